"""The order in which tables can be created."""

from __future__ import annotations

from collections.abc import Iterable

from ..schema.model import ForeignKey, Name, Table


def creation_order(tables: Iterable[Table]) -> tuple[list[Table], dict[Name, tuple[ForeignKey, ...]]]:
    """Return tables so that each comes after those that it refers to, in the order of their names otherwise.

    Where they refer to each other in a circle, some foreign keys have to be added later.

    :return: the tables, and by table the foreign keys that cannot be made with it.
    """
    waiting = {table.name: table for table in sorted(tables, key=lambda table: table.name.order)}
    done: list[Table] = []
    made: set[Name] = set()
    later: dict[Name, tuple[ForeignKey, ...]] = {}
    while waiting:
        ready = [name for name, table in waiting.items() if not _open(table, waiting)]
        if not ready:
            # The one with the fewest open ends begins the circle.
            first = min(waiting, key=lambda name: (len(_open(waiting[name], waiting)), name.order))
            later[first] = _open(waiting[first], waiting)
            ready = [first]
        for name in ready:
            done.append(waiting.pop(name))
            made.add(name)
    return done, later


def _open(table: Table, waiting: dict[Name, Table]) -> tuple[ForeignKey, ...]:
    return tuple(key for key in table.foreign_keys if key.referred in waiting and key.referred != table.name)
