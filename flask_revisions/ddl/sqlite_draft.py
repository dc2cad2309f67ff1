"""What a SQLite table is to become: its text under the operations of one batch, and what is copied where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from sqlalchemy.types import TypeEngine

from ..errors import OperationError, UnknownColumn
from .sqlite_edits import in_order
from .sqlite_text import ColumnText, IndexText, TableText
from .sqlite_tokens import fold


@dataclass(frozen=True)
class Draft:
    """A table on its way from one text to another. The keys of mappings are folded names.

    :param sources: for each column that is filled with old values, the old column.
    :param indexes: the indexes that it keeps.
    :param new_indexes: the indexes that it gets.
    :param current: names that columns had earlier in the batch, with those that they have now.
    :param gone: names that some column had, and that another may have now.
    :param ended: names of the constraints that stood in a column which is gone.
    :param types: types that are known better than the text tells.
    :param places: pairs of columns of which the first is to stand before the second.
    :param moved: columns that do not keep their place among the old ones.
    """

    table: TableText
    sources: Mapping[str, str]
    indexes: tuple[IndexText, ...]
    new_indexes: tuple[IndexText, ...] = ()
    current: Mapping[str, str] = field(default_factory=dict)
    gone: tuple[str, ...] = ()
    ended: frozenset[str] = frozenset()
    types: Mapping[str, TypeEngine[Any]] = field(default_factory=dict)
    places: tuple[tuple[str, str], ...] = ()
    moved: frozenset[str] = frozenset()

    def find(self, name: str) -> ColumnText:
        """Return the column of that name, else the one that had it earlier in the batch.

        :raises UnknownColumn: there is none.
        """
        column = self.table.column(name) or self.table.column(self.current.get(fold(name), name))
        if column is None:
            listed = ", ".join(column.name for column in self.table.columns)
            raise UnknownColumn(
                f"Table {self.table.name} has no column {name}.", f"it has: {listed}.", table=self.table.name
            )
        return column

    @property
    def missing(self) -> tuple[str, ...]:
        """The names that some column had and none has now."""
        return tuple(name for name in dict.fromkeys(self.gone) if self.table.column(name) is None)


def begin(
    table: TableText,
    indexes: Iterable[IndexText],
    *,
    current: Mapping[str, str] | None = None,
    types: Mapping[str, TypeEngine[Any]] | None = None,
) -> Draft:
    """Return the draft in which nothing has changed yet."""
    sources = {fold(column.name): column.name for column in table.columns}
    return Draft(table, sources, tuple(indexes), current=current or {}, types=types or {})


def forget(draft: Draft, name: str) -> Draft:
    """Return a draft that no longer copies anything into a column, which itself is gone."""
    key = fold(name)
    return replace(
        draft,
        sources={other: source for other, source in draft.sources.items() if other != key},
        types={other: type_ for other, type_ in draft.types.items() if other != key},
        gone=(*draft.gone, name),
    )


def renamed(draft: Draft, name: str, new: str) -> Draft:
    """Return a draft whose mappings know a column by its new name."""
    old, key = fold(name), fold(new)
    current = {other: new if fold(now) == old else now for other, now in draft.current.items()}
    return replace(
        draft,
        sources={key if other == old else other: source for other, source in draft.sources.items()},
        types={key if other == old else other: type_ for other, type_ in draft.types.items()},
        current={**current, old: new},
        gone=(*draft.gone, name),
        places=tuple((new if fold(a) == old else a, new if fold(b) == old else b) for a, b in draft.places),
        moved=frozenset(key if other == old else other for other in draft.moved),
    )


def kept_in_place(draft: Draft) -> list[str]:
    """Return the old columns that are still there and were not told to go elsewhere, in their order."""
    names = (fold(column.name) for column in draft.table.columns)
    return [name for name in names if name in draft.sources and name not in draft.moved]


def placed(draft: Draft, name: str, before: str | None, after: str | None, *, reordering: bool) -> Draft:
    """Return a draft in which a column stands where it was asked for; without a wish, behind the old ones.

    :param reordering: the batch has an order of its own: only what is asked for counts.
    """
    old = kept_in_place(draft)
    left = None if after is None else fold(draft.find(after).name)
    right = None if before is None else fold(draft.find(before).name)
    if not reordering:
        left, right = _neighbours(draft, old, left, right)
    if left is None and right is None and not reordering and old:
        left = old[-1]
    key = fold(name)
    pairs = (*([(left, key)] if left else []), *([(key, right)] if right else []))
    return replace(draft, places=(*draft.places, *pairs))


def _neighbours(draft: Draft, old: list[str], left: str | None, right: str | None) -> tuple[str | None, str | None]:
    """Return both neighbours of a place of which one was named."""
    if left and not right:
        if left in old:
            right = next(iter(old[old.index(left) + 1 :]), None)
        else:
            right = next((fold(b) for a, b in draft.places if fold(a) == left), None)
    elif right and not left:
        if right in old:
            left = next(iter(reversed(old[: old.index(right)])), None)
        else:
            left = next((fold(a) for a, b in draft.places if fold(b) == right), None)
    return left, right


def arranged(draft: Draft, reordering: tuple[tuple[str, ...], ...]) -> Draft:
    """Return a draft with its columns in the order that the batch asks for.

    :param reordering: groups of columns that are to follow each other.
    """
    if not reordering and not draft.places:
        return draft
    groups = [[fold(draft.find(name).name) for name in group] for group in reordering]
    chains = groups or [kept_in_place(draft)]
    pairs = {pair for chain in chains for pair in pairwise(chain)}
    pairs |= {(fold(left), fold(right)) for left, right in draft.places}
    names = [fold(column.name) for column in draft.table.columns]
    known = {(left, right) for left, right in pairs if left != right and left in names and right in names}
    return replace(draft, table=in_order(draft.table, _sorted(draft.table.name, names, known)))


def _sorted(table: str, names: list[str], pairs: set[tuple[str, str]]) -> list[str]:
    """Return names such that each pair is in order, in rounds of those that wait for no other."""
    done: list[str] = []
    waiting = names
    while waiting:
        ready = [name for name in waiting if not any(b == name and a in waiting for a, b in pairs)]
        if not ready:
            raise OperationError(
                f"The columns of {table} cannot be put in the order that is asked for: {', '.join(waiting)}.",
                "look at partial_reordering, insert_before and insert_after: they contradict each other.",
            )
        done += ready
        waiting = [name for name in waiting if name not in ready]
    return done
