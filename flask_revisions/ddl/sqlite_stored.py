"""A SQLite table with everything that hangs on it, as the schema table or a `Table` tells."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import Constraint, Table
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.schema import CreateIndex, CreateTable

from ..errors import NotSupported, OperationError, RebuildRefused
from ..operations.catalog import StoredObject
from . import items
from .sqlite_parser import parse_index, parse_table
from .sqlite_text import IndexText, TableText
from .sqlite_tokens import fold, mentioned, tokenize
from .text import SqlText


@dataclass(frozen=True)
class Stored:
    """A table, and what else its database holds.

    :param indexes: its indexes, without those that a constraint brings along.
    :param triggers: its triggers.
    :param views: all views, and the triggers of other tables and of views.
    :param tables: the other tables.
    :param names: every name that is taken, folded.
    :param asked: True where a database was asked; False where only a `Table` is known.
    """

    table: TableText
    schema: str | None
    indexes: tuple[IndexText, ...]
    triggers: tuple[StoredObject, ...] = ()
    views: tuple[StoredObject, ...] = ()
    tables: tuple[StoredObject, ...] = ()
    names: frozenset[str] = frozenset()
    asked: bool = True

    @property
    def name(self) -> str:
        """The table's name."""
        return self.table.name

    def within(self, stored: Stored) -> Stored:
        """Return this table among the triggers, views and tables of a database, which has it as `stored`.

        :raises RebuildRefused: the database's table has a column that this one lacks.
        """
        for column in stored.table.columns:
            if self.table.column(column.name) is None:
                raise RebuildRefused(
                    f"copy_from lacks column {column.name} of {stored.name}, whose values would be lost.",
                    f"add {column.name} to copy_from, and drop it in the block if it is to go.",
                )
        named = {fold(index.name) for index in stored.indexes}
        told = tuple(index for index in self.indexes if fold(index.name) not in named)
        return replace(stored, table=self.table, indexes=(*stored.indexes, *told))

    def mentioning(self, name: str) -> tuple[StoredObject, ...]:
        """Return the triggers and views in which the table and that name occur.

        A view that reads a view of the table counts as well.
        """
        ours = {fold(self.name)}
        found: list[StoredObject] = []
        waiting = list(self.views)
        while waiting:
            near = [view for view in waiting if any(_mentions(view, name) for name in ours)]
            if not near:
                break
            waiting = [view for view in waiting if view not in near]
            ours |= {fold(view.name) for view in near if view.kind == "view"}
            found += near
        return tuple(other for other in (*self.triggers, *found) if _mentions(other, name))


def stored_table(objects: Iterable[StoredObject], name: str, schema: str | None) -> Stored:
    """Return a table from the rows of the schema table.

    :raises OperationError: there is no such table.
    :raises NotSupported: it is a view or a virtual table.
    """
    listed = tuple(objects)
    found = _one(listed, name)
    own = [each for each in listed if each is not found and fold(each.table) == fold(name)]
    others = [each for each in listed if each is not found and each not in own]
    return Stored(
        parse_table(found.sql or ""),
        schema,
        tuple(parse_index(text) for text in (each.sql for each in _of_kind(own, "index")) if text),
        _of_kind(own, "trigger"),
        _of_kind(others, "view", "trigger"),
        _of_kind(others, "table"),
        frozenset(fold(each.name) for each in listed),
    )


def _one(listed: tuple[StoredObject, ...], name: str) -> StoredObject:
    tables = {fold(each.name): each for each in reversed(_of_kind(listed, "table", "view"))}
    found = tables.get(fold(name))
    if found is None:
        raise OperationError(f"There is no table {name}.", "look at its name; 'flask db current' shows where you are.")
    if found.kind == "view" or tokenize(found.sql or "")[2].says("VIRTUAL"):
        kind = "view" if found.kind == "view" else "virtual table"
        raise NotSupported(f"{name} is a {kind}, which cannot be altered.", "drop it and create it again.")
    return found


def _of_kind(objects: Iterable[StoredObject], *kinds: str) -> tuple[StoredObject, ...]:
    return tuple(each for each in objects if each.kind in kinds)


def described_table(described: Table, sql: SqlText) -> Stored:
    """Return a table from SQLAlchemy's description of it, as CREATE TABLE would make it."""
    given = [*described.columns, *described.constraints, *described.indexes]
    copied = items.throwaway_table(
        described.name,
        given,
        schema=described.schema,
        naming_convention=described.metadata.naming_convention,
        options=dict(described.dialect_kwargs),
    )
    for constraint in copied.constraints:
        _unname(constraint, sql)
    indexes = sorted(copied.indexes, key=lambda index: str(index.name))
    return Stored(
        parse_table(sql.element(CreateTable(copied))),
        described.schema,
        tuple(parse_index(sql.element(CreateIndex(index))) for index in indexes),
        asked=False,
    )


def _unname(constraint: Constraint, sql: SqlText) -> None:
    """Let a constraint have no name where the naming convention cannot make one out of nothing."""
    try:
        sql.constraint(constraint)
    except InvalidRequestError:
        constraint.name = None
        columns = ", ".join(column.name for column in getattr(constraint, "columns", ()))
        warnings.warn(
            f"The CHECK of {constraint.table.name}.{columns} stays unnamed: its type has no name.",
            stacklevel=2,
        )


def _mentions(other: StoredObject, name: str) -> bool:
    return mentioned(tokenize(other.sql or ""), name)
