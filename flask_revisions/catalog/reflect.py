"""A whole database as a value, in a number of queries that does not grow with the number of its tables."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from ..dialects import MYSQL
from ..errors import NotSupported
from ..schema.model import Schema


def read_schema(connection: Connection, schemas: Iterable[str] | None = ()) -> Schema:
    """Return what a database has.

    :param schemas: which schemas to read besides the default one; None for all.
    :raises NotSupported: the catalog of this kind of database cannot be read.
    """
    dialect = connection.dialect.name
    if dialect == "postgresql":
        from . import postgresql

        return postgresql.read(connection, schemas)
    if dialect in MYSQL:
        from . import mysql

        return mysql.read(connection, schemas)
    if dialect == "sqlite":
        from . import sqlite

        return sqlite.read(connection, schemas)
    raise NotSupported(
        f"The tables of a {dialect} database cannot be compared with the models.", "write the revision by hand."
    )
