"""What each database needs around a step: begin, lock, who holds it."""

from __future__ import annotations

from ...database import Database
from ...dialects import MYSQL
from ..events import Report
from .base import LockName, Server, StartOver, TableLocked
from .limits import Limits, Patience

__all__ = ["Limits", "LockName", "Patience", "Server", "StartOver", "TableLocked", "server_for"]


def server_for(
    database: Database, lock: LockName, *, lock_timeout: float, report: Report, limits: Limits | None = None
) -> Server:
    """Return what a database needs around a step; for one that we do not know, the least."""
    kind = _kind(database.dialect.name)
    return kind(database, lock, lock_timeout=lock_timeout, report=report, limits=limits or Limits())


def _kind(name: str) -> type[Server]:
    # A database's module is imported when it is needed: most projects have one.
    if name == "sqlite":
        from .sqlite import SQLiteServer

        return SQLiteServer
    if name == "postgresql":
        from .postgresql import PostgreSQLServer

        return PostgreSQLServer
    if name in MYSQL:
        from .mysql import MySQLServer

        return MySQLServer
    return Server
