"""What a rebuild of a SQLite table cannot keep for sure: found out before anything is changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..errors import OperationError, RebuildRefused
from ..operations.catalog import Catalog, StoredObject
from .sqlite_batch import whole
from .sqlite_edits import all_clauses, rowid_column
from .sqlite_parser import parse_table
from .sqlite_rebuild import Copy, Rebuild
from .sqlite_stored import Stored
from .sqlite_text import Clause, ColumnText, TableText
from .sqlite_tokens import affinity, fold, tokenize
from .text import SqlText


def checked(rebuild: Rebuild, catalog: Catalog, sql: SqlText) -> Rebuild:
    """Return a rebuild that loses nothing.

    :raises RebuildRefused: a trigger, view, row or value would be lost.
    :raises OperationError: a new column has no value for the rows that are there.
    """
    whole(rebuild.draft)
    if not rebuild.stored.asked:
        return rebuild
    refuse_mentions(rebuild.stored, rebuild.draft.missing)
    filled = catalog.has_rows(rebuild.stored.name, rebuild.stored.schema)
    if not filled:
        return rebuild
    key = rowid_column(rebuild.draft.table)
    for column in rebuild.filled_by_default:
        if column.name != key and needs_value(column):
            raise without_value(column, rebuild.stored.name)
    for copy in rebuild.copies:
        _refuse_null(rebuild.stored, copy, catalog, sql)
        _refuse_loss(rebuild.stored, copy, catalog, sql)
    if not catalog.foreign_keys_enforced():
        return rebuild
    return _under_enforcement(rebuild, catalog, sql)


def has_foreign_keys(stored: Stored) -> bool:
    """Return True if a table has foreign keys, or others refer to it."""
    own = any(clause.reference is not None for _, clause in all_clauses(stored.table))
    return own or any(True for _ in _references(stored))


def refuse_mentions(stored: Stored, names: tuple[str, ...]) -> None:
    """Refuse to end a column name that a trigger or view mentions.

    :raises RebuildRefused: it names the trigger or view.
    """
    for name in names:
        for other in stored.mentioning(name):
            drop = f"op.execute('DROP {other.kind.upper()} {other.name}')"
            raise RebuildRefused(
                f"The {other.kind} {other.name} mentions column {name}, which {stored.name} would lose.",
                f"put {drop} before the change, and create the {other.kind} again behind it.",
            )


def needs_value(column: ColumnText) -> bool:
    """Return True for a column that allows no NULL and has no default."""
    default = column.clause("DEFAULT")
    empty = default is None or [token.text.upper() for token in default.said[1:]] == ["NULL"]
    return column.clause("NOT NULL") is not None and empty


def without_value(column: ColumnText, table: str) -> OperationError:
    """Return the error for such a column in a table with rows."""
    name = column.name
    return OperationError(
        f"Column {name} of {table} allows no NULL and has no default, and the table has rows.",
        f"give {name} a server_default; or add it with nullable=True, fill it, and alter it then.",
    )


def _refuse_loss(stored: Stored, copy: Copy, catalog: Catalog, sql: SqlText) -> None:
    """Refuse a CAST that makes another value of one that is stored: '12 apples' is not 12."""
    if copy.cast is None or affinity(copy.cast) == "BLOB":
        return
    table = sql.table(stored.name, stored.schema)
    value = f"{table}.{sql.name(copy.source)}"
    cast = f"CAST({value} AS {copy.cast})"
    # Compared with a number, a text counts as the number that it spells (datatype3.html, 4.2).
    same = f"{cast} = {value} OR (typeof({value}) = 'blob' AND CAST({cast} AS BLOB) = {value})"
    if catalog.finds(f"SELECT 1 FROM {table} WHERE {value} IS NOT NULL AND NOT ({same}) LIMIT 1"):
        raise RebuildRefused(
            f"Column {copy.source} of {stored.name} holds values that would be changed: as {copy.cast} "
            "they are other ones.",
            f"put them right before the change; SELECT * FROM {table} WHERE {cast} <> {value} finds them.",
        )


def _refuse_null(stored: Stored, copy: Copy, catalog: Catalog, sql: SqlText) -> None:
    """Refuse to forbid NULL where it is stored."""
    before = stored.table.column(copy.source)
    if not copy.column.clause("NOT NULL") or (before is not None and before.clause("NOT NULL")):
        return
    table, name = sql.table(stored.name, stored.schema), sql.name(copy.source)
    if catalog.finds(f"SELECT 1 FROM {table} WHERE {table}.{name} IS NULL LIMIT 1"):
        raise OperationError(
            f"Column {copy.source} of {stored.name} cannot be NOT NULL: it holds NULL.",
            f"fill it before the change: op.execute('UPDATE {table} SET {name} = ... WHERE {name} IS NULL').",
        )


def _under_enforcement(rebuild: Rebuild, catalog: Catalog, sql: SqlText) -> Rebuild:
    """Return a rebuild that is safe while foreign keys are enforced: DROP TABLE deletes row by row then.

    https://www.sqlite.org/lang_droptable.html; rows that refer to their own table go with the old one, whose
    copies refer to the new one from the beginning.

    :raises RebuildRefused: rows of another table would be deleted, emptied, or in the way.
    """
    stored = rebuild.stored
    for child, owner, clause in _references(stored):
        own = fold(child.name) == fold(stored.name)
        if own and not clause.has("ON", "DELETE", "RESTRICT"):
            continue
        table = sql.table(child.name, stored.schema)
        columns = clause.columns if owner is None else (owner.name,)
        there = " AND ".join(f"{table}.{sql.name(column)} IS NOT NULL" for column in columns)
        if catalog.finds(f"SELECT 1 FROM {table} WHERE {there} LIMIT 1"):
            raise RebuildRefused(
                f"Table {stored.name} cannot be rebuilt while foreign keys are enforced: rows of "
                f"{child.name} refer to it, and would be deleted, emptied or in the way as the old one goes.",
                "put op.execute('PRAGMA foreign_keys=OFF') at the beginning of the revision.",
            )
    refers_to_itself = any(
        clause.reference is not None and fold(clause.reference.table) == fold(stored.name)
        for _, clause in all_clauses(rebuild.draft.table)
    )
    return replace(rebuild, redirect=refers_to_itself)


def _references(stored: Stored) -> Iterator[tuple[TableText, ColumnText | None, Clause]]:
    """Yield every foreign key to a table, with the table and, if there is one, the column it stands in."""
    others = (table for other in stored.tables if (table := _table(other)) is not None)
    for table in (stored.table, *others):
        for owner, clause in all_clauses(table):
            if clause.reference is not None and fold(clause.reference.table) == fold(stored.name):
                yield table, owner, clause


def _table(other: StoredObject) -> TableText | None:
    """Return another table; None for a virtual one, which has no foreign keys."""
    tokens = tokenize(other.sql or "")
    virtual = any(token.says("VIRTUAL") for token in tokens[:3])
    return None if virtual or not tokens else parse_table(other.sql or "")
