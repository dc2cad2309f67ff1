"""Databases for tests: empty ones, and copies of one that has been upgraded once."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.pool import NullPool

from ..database import Database
from ..errors import NotSupported

PREFIX = "revisions_test_"


@contextmanager
def empty_database(server: URL, folder: Path) -> Iterator[URL]:
    """Give the URL of an empty database, which is dropped afterwards.

    :param server: a database on the server that it is made on; for SQLite any URL of it.
    :param folder: where the files of SQLite databases go.
    :raises NotSupported: databases of this kind cannot be made here.
    """
    name = PREFIX + secrets.token_hex(6)
    if _kind(server) == "sqlite":
        yield server.set(database=str(folder / f"{name}.db"))
        return
    _administer(server, f"CREATE DATABASE {name}")
    try:
        yield server.set(database=name)
    finally:
        _drop(server, name)


@contextmanager
def copied_database(template: URL, server: URL, folder: Path) -> Iterator[URL | None]:
    """Give the URL of a copy of a database that nobody is connected to; the copy is dropped afterwards.

    None where it cannot be copied: MySQL and MariaDB copy tables and their rows, and there are other things in it.
    """
    kind = _kind(server)
    if kind == "postgresql":
        name = PREFIX + secrets.token_hex(6)
        _administer(server, f"CREATE DATABASE {name} TEMPLATE {template.database}")
        try:
            yield server.set(database=name)
        finally:
            _drop(server, name)
        return
    with empty_database(server, folder) as copy:
        if kind == "sqlite":
            if Path(str(template.database)).exists():
                shutil.copyfile(str(template.database), str(copy.database))
            yield copy
        else:
            yield copy if _copy_tables(template, copy) else None


def _kind(server: URL) -> str:
    kind = server.get_backend_name().replace("mariadb", "mysql")
    if kind not in ("sqlite", "postgresql", "mysql"):
        raise NotSupported(
            f"Databases of '{kind}' cannot be made for tests.", "override the fixture revisions_app with one of yours."
        )
    return kind


def _drop(server: URL, name: str) -> None:
    force = " WITH (FORCE)" if _kind(server) == "postgresql" else ""  # PostgreSQL 13: connections that were left open
    _administer(server, f"DROP DATABASE IF EXISTS {name}{force}")


def _administer(server: URL, statement: str) -> None:
    engine = create_engine(server, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with Database(None, engine).connect() as connection:
        connection.execute(text(statement))


# -- MySQL and MariaDB ------------------------------------------------------------------------------------

_OTHER_THINGS = """
SELECT (SELECT count(*) FROM information_schema.views WHERE table_schema = :name)
     + (SELECT count(*) FROM information_schema.triggers WHERE trigger_schema = :name)
     + (SELECT count(*) FROM information_schema.routines WHERE routine_schema = :name)
"""
_COLUMNS = """
SELECT column_name FROM information_schema.columns
WHERE table_schema = :name AND table_name = :table AND coalesce(generation_expression, '') = ''
ORDER BY ordinal_position
"""
_TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = :name AND table_type = 'BASE TABLE'"


def _copy_tables(template: URL, copy: URL) -> bool:
    engine = create_engine(copy, poolclass=NullPool)
    with Database(None, engine).connect() as connection:
        name = template.database
        if connection.execute(text(_OTHER_THINGS), {"name": name}).scalar():
            return False
        connection.execute(text("SET SESSION foreign_key_checks = 0, sql_mode = 'NO_AUTO_VALUE_ON_ZERO'"))
        tables = list(connection.execute(text(_TABLES), {"name": name}).scalars())
        for table in tables:  # each commits by itself; the rows then need one commit together
            _copy_table(connection, f"`{name}`", table)
        for table in tables:
            _copy_rows(connection, f"`{name}`", str(name), table)
        connection.commit()
    engine.dispose()
    return True


def _copy_table(connection: Connection, quoted: str, table: str) -> None:
    statement = f"SHOW CREATE TABLE {quoted}.{_quoted(table)}"
    made = connection.exec_driver_sql(statement, execution_options=_AS_WRITTEN).one()[1]
    connection.exec_driver_sql(made, execution_options=_AS_WRITTEN)


def _copy_rows(connection: Connection, quoted: str, name: str, table: str) -> None:
    own = _quoted(table)
    if not connection.exec_driver_sql(f"SELECT 1 FROM {quoted}.{own} LIMIT 1", execution_options=_AS_WRITTEN).first():
        return
    found = connection.execute(text(_COLUMNS), {"name": name, "table": table}).scalars()
    columns = ", ".join(map(_quoted, found))
    connection.exec_driver_sql(
        f"INSERT INTO {own} ({columns}) SELECT {columns} FROM {quoted}.{own}", execution_options=_AS_WRITTEN
    )


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


_AS_WRITTEN = {"no_parameters": True}
"""Percent signs are what they are."""
