"""Catalogs: the facts that operations ask for, looked up on a connection, or not to be had without one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from sqlalchemy import Connection, Select, literal_column, select, table

from ..errors import NotKnowable
from ..operations.catalog import StoredObject
from ..schema.quoting import quoter


class ConnectionCatalog:
    """Looks facts up on a connection, in its transaction, anew each time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def stored_objects(self, schema: str | None) -> tuple[StoredObject, ...]:
        """Return everything that SQLite's schema table holds; nothing on other databases."""
        if self._connection.dialect.name != "sqlite":
            return ()
        # Before 3.33.0 sqlite_schema has no other name than this one (https://www.sqlite.org/schematab.html).
        prefix = quoter(self._connection.dialect)(schema) + "." if schema else ""
        rows = self._connection.exec_driver_sql(
            f"SELECT type, name, tbl_name, sql FROM {prefix}sqlite_master ORDER BY rowid",
            execution_options={"no_parameters": True},
        )
        return tuple(StoredObject(kind, name, owner, sql) for kind, name, owner, sql in rows)

    def foreign_keys_enforced(self) -> bool:
        """Return True where SQLite checks foreign keys on this connection."""
        return self._pragma("foreign_keys")

    def legacy_alter_table(self) -> bool:
        """Return True where SQLite renames a table alone, and not what mentions it, on this connection."""
        return self._pragma("legacy_alter_table")

    def has_rows(self, table_name: str, schema: str | None) -> bool:
        """Return True if the table has at least one row."""
        one: Select[Any] = select(literal_column("1"))
        query = one.select_from(table(table_name, schema=schema)).limit(1)
        return self._connection.execute(query).first() is not None

    def finds(self, query: str) -> bool:
        """Return True if a SELECT, given as plain text, finds at least one row."""
        found = self._connection.exec_driver_sql(query, execution_options={"no_parameters": True})
        return found.first() is not None

    def rows(self, query: str) -> Sequence[Sequence[Any]]:
        """Return the rows of a SELECT, given as plain text."""
        found = self._connection.exec_driver_sql(query, execution_options={"no_parameters": True})
        return [list(row) for row in found]  # plain, since the journal keeps answers

    def _pragma(self, name: str) -> bool:
        if self._connection.dialect.name != "sqlite":
            return False
        return bool(self._connection.exec_driver_sql(f"PRAGMA {name}").scalar())


class NoDatabase:
    """Answers nothing: SQL is written for a database that is not connected."""

    def stored_objects(self, schema: str | None) -> tuple[StoredObject, ...]:
        """Raise `NotKnowable`, as all the others do."""
        self._ask("what is stored")

    def foreign_keys_enforced(self) -> bool:
        """Raise `NotKnowable`."""
        self._ask("whether foreign keys are enforced")

    def legacy_alter_table(self) -> bool:
        """Raise `NotKnowable`."""
        self._ask("how it renames tables")

    def has_rows(self, table_name: str, schema: str | None) -> bool:
        """Raise `NotKnowable`."""
        self._ask(f"whether {table_name} has rows")

    def finds(self, query: str) -> bool:
        """Raise `NotKnowable`."""
        self._ask("for rows")

    def rows(self, query: str) -> Sequence[Sequence[Any]]:
        """Raise `NotKnowable`."""
        self._ask("for rows")

    def _ask(self, what: str) -> NoReturn:
        raise NotKnowable(f"No database is connected that could be asked {what}.", "run without --sql.")
