"""Arguments of directives, as operations keep them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import Column, Constraint, Index, dialects

from ..operations.constraints import AddConstraint, CreateIndex
from ..operations.copies import copy_column
from ..operations.executor import current_executor
from ..operations.existing import constraint_operation, index_operation

_Name = TypeVar("_Name")


def names(given: Sequence[_Name]) -> tuple[_Name, ...]:
    """Return columns as a tuple; a single name, which is a sequence of letters to Python, as one column."""
    single: Any = [given] if isinstance(given, str) else given
    return tuple(single)


def foreign_key_keywords(further: dict[str, Any], **named: Any) -> dict[str, Any]:
    """Return the keywords of a foreign key that were given, with the further ones."""
    return {name: value for name, value in named.items() if value is not None} | further


def dialect_keywords(keywords: dict[str, Any], directive: str) -> dict[str, Any]:
    """Return further keywords as they are, with a warning for each that belongs to no dialect."""
    known = {*dialects.__all__, "mariadb", current_executor().dialect.name}
    for name in keywords:
        if name.partition("_")[0] not in known:
            warnings.warn(f"{directive}() has no keyword {name}: it does nothing.", stacklevel=3)
    return keywords


def dropped_column(name: str, existing: Column[Any] | None) -> str | Column[Any]:
    """Return a column that is dropped: as it is now where that is given, else its name.

    :raises TypeError: they are two columns.
    """
    if existing is None:
        return name
    if existing.name != name:
        raise TypeError(f"existing= is a column {existing.name}, and {name} is dropped.")
    return copy_column(existing)


def dropped_constraint(
    existing: Constraint | None, name: str | None, table: str, schema: str | None
) -> AddConstraint | None:
    """Return what would add a constraint that is dropped, where that is known."""
    return None if existing is None else constraint_operation(existing, name=name, table=table, schema=schema)


def dropped_index(
    existing: Index | None, name: str | None, table: str | None, schema: str | None
) -> CreateIndex | None:
    """Return what would create an index that is dropped, where that is known.

    :raises TypeError: it is not said which table it is on.
    """
    if existing is None:
        return None
    of = table or (existing.table.name if existing.table is not None else None)
    if of is None:
        raise TypeError(f"existing= of the index {name} needs table_name as well.")
    return index_operation(existing, name=name, table=of, schema=schema)
