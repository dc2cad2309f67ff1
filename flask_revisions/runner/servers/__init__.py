"""What each database needs around a step: begin, lock, who holds it."""

from __future__ import annotations

from ...database import Database
from ..events import Report
from .base import LockName, Server, StartOver, TableLocked
from .limits import Limits, Patience
from .mysql import MySQLServer
from .postgresql import PostgreSQLServer
from .sqlite import SQLiteServer

__all__ = ["Limits", "LockName", "Patience", "Server", "StartOver", "TableLocked", "server_for"]

_SERVERS: dict[str, type[Server]] = {
    "mariadb": MySQLServer,
    "mysql": MySQLServer,
    "postgresql": PostgreSQLServer,
    "sqlite": SQLiteServer,
}


def server_for(
    database: Database, lock: LockName, *, lock_timeout: float, report: Report, limits: Limits | None = None
) -> Server:
    """Return what a database needs around a step; for one that we do not know, the least."""
    kind = _SERVERS.get(database.dialect.name, Server)
    return kind(database, lock, lock_timeout=lock_timeout, report=report, limits=limits or Limits())
