"""What an operation may ask of the database that it runs on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class StoredObject:
    """One row of SQLite's `sqlite_master` (https://www.sqlite.org/schematab.html).

    :param kind: `table`, `index`, `trigger` or `view`.
    :param name: its name.
    :param table: the table that it belongs to; its own name for tables and views.
    :param sql: the text that made it; None for indexes that a constraint brings along.
    """

    kind: str
    name: str
    table: str
    sql: str | None


class Catalog(Protocol):
    """Facts that are looked up when an operation is about to run, and only if it needs them.

    :raises NotKnowable: from any method, where no database is connected.
    """

    def stored_objects(self, schema: str | None) -> tuple[StoredObject, ...]:
        """Return everything that SQLite's schema table holds, in its order."""

    def foreign_keys_enforced(self) -> bool:
        """Return True where SQLite checks foreign keys on this connection."""

    def legacy_alter_table(self) -> bool:
        """Return True where SQLite renames a table alone, and not what mentions it, on this connection."""

    def has_rows(self, table: str, schema: str | None) -> bool:
        """Return True if the table has at least one row."""

    def finds(self, query: str) -> bool:
        """Return True if a SELECT, given as plain text, finds at least one row."""

    def rows(self, query: str) -> Sequence[Sequence[Any]]:
        """Return the rows of a SELECT, given as plain text."""
