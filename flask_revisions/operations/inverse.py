"""The way back from a list of operations."""

from __future__ import annotations

from collections.abc import Iterable

from .base import Operation
from .data import BulkInsert
from .tables import CreateTable


def inverse_of(operations: Iterable[Operation]) -> tuple[Operation, ...]:
    """Return what takes a list of operations back, the last one first.

    Rows that were inserted into a table which the list itself creates go with the table.

    :raises Irreversible: one of them does not say how it is undone.
    """
    created: set[tuple[str, str | None]] = set()
    undone: list[Operation] = []
    for operation in operations:
        if isinstance(operation, CreateTable):
            created.add((operation.name, operation.schema))
        if isinstance(operation, BulkInsert):
            schema: str | None = getattr(operation.table, "schema", None)
            if (operation.table.name, schema) in created:
                continue
        undone.append(operation.invert())
    return tuple(reversed(undone))
