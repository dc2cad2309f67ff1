"""The order in which tables can be created."""

from __future__ import annotations

from collections.abc import Iterable

from ..schema.model import ForeignKey, Name, Table


def creation_order(tables: Iterable[Table]) -> tuple[list[Table], dict[Name, tuple[ForeignKey, ...]]]:
    """Return tables so that each comes after those that it refers to, in the order of their names otherwise.

    Where they refer to each other in a circle, some foreign keys have to be added later; so has one to a name with a
    dot in it, which the source of CREATE TABLE cannot tell from a schema.

    :return: the tables, and by table the foreign keys that cannot be made with it.
    """
    waiting = {table.name: table for table in sorted(tables, key=lambda table: table.name.order)}
    left = {name: len(_open(table, waiting)) for name, table in waiting.items()}
    referring: dict[Name, list[Name]] = {name: [] for name in waiting}
    for name, table in waiting.items():
        for key in _open(table, waiting):
            referring[key.referred].append(name)
    done: list[Table] = []
    later: dict[Name, tuple[ForeignKey, ...]] = {}
    ready = [name for name, count in left.items() if not count]
    while waiting:
        if not ready:
            # The one with the fewest open ends begins the circle.
            first = min(waiting, key=lambda name: (left[name], name.order))
            later[first] = _open(waiting[first], waiting)
            ready = [first]
        done += [waiting.pop(name) for name in ready]
        for name in ready:
            for each in referring[name]:
                left[each] -= 1
        freed = {each for name in ready for each in referring[name] if each in waiting and not left[each]}
        ready = sorted(freed, key=lambda name: name.order)
    for table in done:
        if dotted := tuple(key for key in table.foreign_keys if _has_a_dot(key)):
            later[table.name] = tuple(dict.fromkeys((*later.get(table.name, ()), *dotted)))
    return done, later


def _has_a_dot(key: ForeignKey) -> bool:
    return any("." in name for name in (key.referred.name, *key.referred_columns))


def _open(table: Table, waiting: dict[Name, Table]) -> tuple[ForeignKey, ...]:
    return tuple(key for key in table.foreign_keys if key.referred in waiting and key.referred != table.name)
