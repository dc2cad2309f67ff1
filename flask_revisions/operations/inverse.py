"""The way back from a list of operations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Column, ForeignKeyConstraint

from .base import Operation
from .constraints import AddForeignKey, DropConstraint
from .data import BulkInsert
from .existing import constraint_operation
from .tables import CreateTable, DropTable


def inverse_of(operations: Iterable[Operation], *, closes_circles: bool = False) -> tuple[Operation, ...]:
    """Return what takes a list of operations back, the last one first.

    Rows that were inserted into a table which the list itself creates go with the table.

    :param closes_circles: foreign keys with `use_alter=True` of new tables were added behind the last operation.
    :raises Irreversible: one of them does not say how it is undone.
    """
    done = tuple(operations)
    created: set[tuple[str, str | None]] = set()
    undone: list[Operation] = []
    for operation in done:
        if isinstance(operation, CreateTable):
            created.add((operation.name, operation.schema))
        if isinstance(operation, BulkInsert):
            schema: str | None = getattr(operation.table, "schema", None)
            if (operation.table.name, schema) in created:
                continue
        undone.append(operation.invert())
    undone.reverse()
    return tuple(_opened(undone, added_at_the_end(done)) if closes_circles else undone)


def added_at_the_end(operations: Iterable[Operation]) -> tuple[AddForeignKey, ...]:
    """Return the foreign keys with `use_alter=True` of new tables that no operation adds by itself."""
    done = tuple(operations)
    added = [_place(each) for each in done if isinstance(each, AddForeignKey)]
    waiting = [key for each in done if isinstance(each, CreateTable) for key in _later(each)]
    return tuple(key for key in waiting if _place(key) not in added)


def _later(create: CreateTable) -> Iterator[AddForeignKey]:
    for item in create.items:
        keys: list[ForeignKeyConstraint] = []
        if isinstance(item, ForeignKeyConstraint) and item.use_alter:
            keys = [item]
        elif isinstance(item, Column):
            given = [key for key in item.foreign_keys if key.use_alter]
            keys = [ForeignKeyConstraint([item.name], [key.target_fullname], name=key.name) for key in given]
        for key in keys:
            name = key.name if isinstance(key.name, str) else None
            found = constraint_operation(key, name=name, table=create.name, schema=create.schema)
            assert isinstance(found, AddForeignKey)
            yield found


def _place(key: AddForeignKey) -> tuple[str, str | None, tuple[str, ...]]:
    return key.table, key.schema, key.columns


def _opened(undone: list[Operation], keys: tuple[AddForeignKey, ...]) -> list[Operation]:
    """Return the way back without foreign keys that hold its tables: those go first, or their tables where nameless."""
    drops = [DropConstraint(key.name, key.table, "foreignkey", key.schema, existing=key) for key in keys if key.name]
    nameless = {(key.table, key.schema) for key in keys if not key.name}
    first = [each for each in undone if isinstance(each, DropTable) and (each.name, each.schema) in nameless]
    return [*drops, *first, *(each for each in undone if each not in first)]
