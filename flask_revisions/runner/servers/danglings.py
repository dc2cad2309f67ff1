"""Rows of SQLite that refer to nothing: found, counted, and told of."""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import Any

from ...errors import RebuildRefused

Dangling = tuple[str, str, int | None, str]
"""The schema and the table of a row, its rowid (None in a table without), and the table that it refers to."""


def dangling_rows(driver: Any) -> Counter[Dangling]:
    """Return the rows that refer to nothing, of every table with foreign keys.

    A table that refers to something which is no key counts as one such row: SQLite can check nothing there.

    Source: https://www.sqlite.org/pragma.html#pragma_foreign_key_check.
    """
    found: Counter[Dangling] = Counter()
    for _, schema, _ in driver.execute("PRAGMA database_list").fetchall():
        catalog = f"{_quoted(schema)}.sqlite_master"
        tables = driver.execute(f"SELECT name FROM {catalog} WHERE type = 'table' AND sql LIKE '%REFERENCES%'")
        for (table,) in tables.fetchall():
            try:
                rows = driver.execute(f"PRAGMA {_quoted(schema)}.foreign_key_check({_quoted(table)})")
                found.update((schema, table, rowid, parent) for _, rowid, parent, _ in rows)
            except sqlite3.Error as error:  # noqa: PERF203 - each table for itself
                found[(schema, table, None, str(error))] += 1
    return found


def described(found: Counter[Dangling]) -> str:
    """Return how many rows of which tables refer to nothing."""
    pairs = Counter({(table, parent): 0 for _, table, _, parent in found})
    for (_, table, _, parent), count in found.items():
        pairs[(table, parent)] += count
    return "; ".join(_sentence(table, parent, count) for (table, parent), count in sorted(pairs.items()))


def refused(new: Counter[Dangling]) -> RebuildRefused:
    """Return the error about rows that refer to nothing since this step."""
    return RebuildRefused(
        f"Foreign keys would be broken: {described(new)}.",
        "put right what they refer to; or, if the revision deletes or changes rows as well, move that into a revision "
        "of its own: foreign keys are not enforced around the rebuild of a table.",
    )


def _sentence(table: str, parent: str, count: int) -> str:
    if parent.startswith("foreign key mismatch"):
        return parent
    return f"{count} row{'s' if count > 1 else ''} of {table} refer{'' if count > 1 else 's'} to nothing in {parent}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
