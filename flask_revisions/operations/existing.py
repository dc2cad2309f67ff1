"""What is there now, given as SQLAlchemy's items -> the operations that would make it, for drops that can be undone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Constraint,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Sequence,
    UniqueConstraint,
)
from sqlalchemy.sql.schema import ColumnCollectionConstraint

from .base import Options, options
from .constraints import AddCheck, AddConstraint, AddExclude, AddForeignKey, AddPrimaryKey, AddUnique, CreateIndex
from .copies import constraint_elements, detached, index_elements, target_of
from .objects import SequenceOptions

SHARED = ("deferrable", "initially", "info", "comment")
OF_FOREIGN_KEYS = ("onupdate", "ondelete", "match", "use_alter", *SHARED)
OF_EXCLUSIONS = ("using", "where", "ops", *SHARED)


def constraint_operation(
    constraint: Constraint, *, name: str | None, table: str, schema: str | None = None
) -> AddConstraint:
    """Return what adds a constraint to a table.

    :param constraint: is not changed; it may belong to a table.
    :param name: the name that it gets.
    :raises TypeError: it is a constraint of no known kind.
    """
    if isinstance(constraint, ForeignKeyConstraint):
        return _foreign_key(constraint, name, table, schema)
    if isinstance(constraint, CheckConstraint):
        return AddCheck(name, table, detached(constraint.sqltext), schema, _given(constraint, SHARED))
    if isinstance(constraint, (UniqueConstraint, PrimaryKeyConstraint)):
        kind = AddUnique if isinstance(constraint, UniqueConstraint) else AddPrimaryKey
        columns = tuple(str(column) for column in constraint_elements(constraint))
        return kind(name, table, columns, schema, _given(constraint, SHARED))
    if isinstance(constraint, ColumnCollectionConstraint):
        return AddExclude(
            name, table, tuple(constraint_elements(constraint)), schema, _given(constraint, OF_EXCLUSIONS)
        )
    raise TypeError(f"A {type(constraint).__name__} is no constraint that can be added to a table.")


def index_operation(index: Index, *, name: str | None, table: str, schema: str | None = None) -> CreateIndex:
    """Return what creates an index of a table.

    :param index: is not changed; it may belong to a table.
    """
    keywords: Mapping[str, Any] = dict(index.dialect_kwargs)
    return CreateIndex(name, table, tuple(index_elements(index)), schema, bool(index.unique), None, options(keywords))


def sequence_options(sequence: Sequence) -> SequenceOptions:
    """Return what a sequence counts like."""
    return SequenceOptions(
        sequence.start, sequence.increment, sequence.minvalue, sequence.maxvalue, sequence.cycle, sequence.cache
    )


def _foreign_key(constraint: ForeignKeyConstraint, name: str | None, table: str, schema: str | None) -> AddForeignKey:
    targets = [_tokens(target_of(key)) for key in constraint.elements]
    columns = tuple(constraint.column_keys)
    return AddForeignKey(
        name,
        table,
        targets[0][1],
        columns,
        tuple(target or column for (_, _, target), column in zip(targets, columns, strict=True)),
        schema,
        targets[0][0],
        _given(constraint, OF_FOREIGN_KEYS),
    )


def _tokens(target: Any) -> tuple[str | None, str, str | None]:
    """Return schema, table and column of what a foreign key refers to."""
    parts = list(target) if isinstance(target, tuple) else target.split(".")
    if len(parts) == 1:
        return None, parts[0], None
    *before, table, column = parts
    return ".".join(part for part in before if part) or None, table, column


def _given(constraint: Constraint, names: tuple[str, ...]) -> Options:
    """Return the keyword arguments that a constraint was made with."""
    given = {name: value for name in names if (value := getattr(constraint, name, None))}
    if getattr(constraint, "deferrable", None) is False:
        given["deferrable"] = False
    return options({**given, **constraint.dialect_kwargs})
