"""The rebuild of a SQLite table: a new one under another name, its rows copied, the old one replaced.

The order of steps is that of https://www.sqlite.org/lang_altertable.html#otheralter, in the transaction that
is there. `legacy_alter_table` is on while the new table gets the old name: else SQLite looks into all views
and triggers then, and stops at one that mentions the table which is just not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .sqlite_draft import Draft
from .sqlite_edits import all_clauses, autoincrement, called, refer_to, rowid_column, unqualified
from .sqlite_form import index_in_form
from .sqlite_scribe import in_schema
from .sqlite_stored import Stored
from .sqlite_text import ColumnText, TableText
from .sqlite_tokens import affinity, fold, string
from .text import SqlText

PREFIX = "_revisions_tmp_"

_TEXT_IN_DISGUISE = ("JSON", "DATE", "DATETIME", "TIME", "TIMESTAMP")
"""Types that SQLAlchemy stores as text though their affinity is NUMERIC: a CAST would cut the values."""

_ROWID_NAMES = ("rowid", "_rowid_", "oid")


@dataclass(frozen=True)
class Copy:
    """A column that is filled from the old table.

    :param column: the new column.
    :param source: the old one.
    :param cast: the type that its values are cast to; None where they are copied as they are.
    """

    column: ColumnText
    source: str
    cast: str | None


@dataclass(frozen=True)
class Rebuild:
    """A table as it is stored, and what it is to become.

    :param redirect: let foreign keys of the table to itself go to the new table from the beginning.
    """

    stored: Stored
    draft: Draft
    redirect: bool = False

    @property
    def temporary(self) -> str:
        """The name under which the new table is made: one that is free."""
        name = wanted = f"{PREFIX}{self.stored.name}"[:50]
        number = 2
        while fold(name) in self.stored.names:
            name, number = f"{wanted[:46]}_{number}", number + 1
        return name

    @property
    def copies(self) -> tuple[Copy, ...]:
        """What is copied: every column that was there before, unless its values are generated."""
        old = self.stored.table
        copies = []
        for column in self.draft.table.columns:
            source = self.draft.sources.get(fold(column.name))
            before = None if source is None else old.column(source)
            if before is None or column.clause("GENERATED"):
                continue
            copies.append(Copy(column, before.name, _cast(before, column)))
        return tuple(copies)

    @property
    def filled_by_default(self) -> tuple[ColumnText, ...]:
        """The columns that get no old values."""
        copied = {fold(copy.column.name) for copy in self.copies}
        columns = self.draft.table.columns
        return tuple(c for c in columns if fold(c.name) not in copied and not c.clause("GENERATED"))


def statements(rebuild: Rebuild, sql: SqlText, *, legacy: bool, analyzed: bool) -> Iterator[str]:
    """Yield the statements of a rebuild.

    :param legacy: `legacy_alter_table` is on already.
    :param analyzed: the table has statistics, which DROP TABLE throws away.
    """
    stored, schema = rebuild.stored, rebuild.stored.schema
    table, temporary = sql.table(stored.name, schema), sql.table(rebuild.temporary, schema)
    yield create_text(rebuild, sql)
    yield from copy_texts(rebuild, sql)
    for trigger in stored.triggers:
        # DROP TABLE drops them too, but not before the foreign keys' actions have fired them.
        yield f"DROP TRIGGER {sql.table(trigger.name, schema)}"
    yield f"DROP TABLE {table}"
    if not legacy:
        yield "PRAGMA legacy_alter_table=ON"
    yield f"ALTER TABLE {temporary} RENAME TO {sql.name(stored.name)}"
    if not legacy:
        yield "PRAGMA legacy_alter_table=OFF"
    for index in rebuild.draft.indexes:
        yield in_schema(str(index_in_form(index, stored.name, sql)), "INDEX", schema, sql)
    for index in rebuild.draft.new_indexes:
        yield str(index)
    for trigger in stored.triggers:
        yield in_schema(trigger.sql or "", "TRIGGER", schema, sql)
    if analyzed:
        yield f"ANALYZE {table}"


def create_text(rebuild: Rebuild, sql: SqlText) -> str:
    """Return the CREATE TABLE of the new table under its temporary name."""
    text = unqualified(rebuild.draft.table)
    if rebuild.redirect:
        text = refer_to(text, rebuild.stored.name, sql.name(rebuild.temporary))
    return str(called(text, sql.table(rebuild.temporary, rebuild.stored.schema)))


def copy_texts(rebuild: Rebuild, sql: SqlText) -> Iterator[str]:
    """Yield what copies the rows, with their rowids, and the counter of AUTOINCREMENT."""
    stored, schema = rebuild.stored, rebuild.stored.schema
    table, temporary = sql.table(stored.name, schema), sql.table(rebuild.temporary, schema)
    targets = [sql.name(copy.column.name) for copy in rebuild.copies]
    # With its table a column that is not there is an error; without, "x" would be a string.
    sources = [_source(copy, table, sql) for copy in rebuild.copies]
    rowids = _rowids(stored.table, rebuild.draft)
    if rowids is not None:
        targets.insert(0, rowids[1])
        sources.insert(0, f"{table}.{rowids[0]}")
    if targets:
        # An ON CONFLICT of the table would leave rows out without a word.
        resolves = any(clause.has("ON", "CONFLICT") for _, clause in all_clauses(rebuild.draft.table))
        insert = "INSERT OR ABORT" if resolves else "INSERT"
        yield f"{insert} INTO {temporary} ({', '.join(targets)}) SELECT {', '.join(sources)} FROM {table}"
    if autoincrement(stored.table) and autoincrement(rebuild.draft.table):
        counters = f"{sql.name(schema)}.sqlite_sequence" if schema else "sqlite_sequence"
        new, old = string(rebuild.temporary), string(stored.name)
        yield f"DELETE FROM {counters} WHERE name = {new}"
        yield f"INSERT INTO {counters} (name, seq) SELECT {new}, seq FROM {counters} WHERE name = {old}"


def _source(copy: Copy, table: str, sql: SqlText) -> str:
    source = f"{table}.{sql.name(copy.source)}"
    return source if copy.cast is None else f"CAST({source} AS {copy.cast}) AS {sql.name(copy.source)}"


def _cast(old: ColumnText, new: ColumnText) -> str | None:
    """Return the type to cast to, where the affinity changes."""
    before, after = affinity(old.declared_type), affinity(new.declared_type)
    if before == after or new.declared_type.upper() in _TEXT_IN_DISGUISE:
        return None
    return new.declared_type or "BLOB"


def _rowids(old: TableText, draft: Draft) -> tuple[str, str] | None:
    """Return by which names rowids are read and written; None where a column holds them, or nothing does."""
    key = rowid_column(draft.table)
    if old.without_rowid or draft.table.without_rowid or (key is not None and fold(key) in draft.sources):
        return None
    read, written = (
        next((name for name in _ROWID_NAMES if table.column(name) is None), None) for table in (old, draft.table)
    )
    return None if read is None or written is None else (read, written)
