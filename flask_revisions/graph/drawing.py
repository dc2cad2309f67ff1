"""A graph as lines of characters: the part on the left of each line, to which the caller adds what it says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from .lanes import Fold, Lanes, Row

_UP, _DOWN, _LEFT, _RIGHT = 1, 2, 4, 8


@dataclass(frozen=True)
class Characters:
    """What a drawing is made of.

    :param lines: one character for each set of directions: up 1, down 2, left 4, right 8, added up.
    :param applied: a revision that is applied.
    :param pending: one that is not.
    :param folded: a line on which revisions are left out.
    """

    lines: str
    applied: str
    pending: str
    folded: str


BOXES = Characters(" ││││╯╮┤│╰╭├─┴┬┼", "●", "○", "┊")
ASCII = Characters(" ||||'.+|'.+-+++", "*", "o", ":")


@dataclass(frozen=True)
class Line:
    """One line of a drawing.

    :param drawn: its characters, with a blank at the end.
    :param ids: the revision that stands on it, or those that are left out there; none on a line that only connects.
    """

    drawn: str
    ids: tuple[str, ...] = ()


def draw(
    rows: Iterable[Row | Fold], applied: Collection[str] | None, *, characters: Characters = BOXES
) -> Iterator[Line]:
    """Yield the lines of a drawing, newest revision first.

    :param applied: the ids that are applied; None where that is not known, which looks as if all were.
    """
    for row in rows:
        if isinstance(row, Fold):
            yield Line(_verticals(row.beside, characters, row.lane, characters.folded), row.ids)
            continue
        if row.joined:
            yield Line(_connections(row.lane, row.joined, row.above, (*row.beside,), characters))
        known = applied is None or row.id in applied
        mark = characters.applied if known else characters.pending
        yield Line(_verticals(row.beside, characters, row.lane, mark), (row.id,))
        if row.forked:
            yield Line(_connections(row.lane, row.forked, row.beside, row.below, characters))


def _verticals(lanes: Lanes, characters: Characters, lane: int, mark: str) -> str:
    cells = [characters.lines[_UP | _DOWN] if each is not None else " " for each in lanes]
    cells += " " * (lane + 1 - len(cells))
    cells[lane] = mark
    return "".join(f"{each} " for each in cells)


def _connections(lane: int, others: tuple[int, ...], above: Lanes, below: Lanes, characters: Characters) -> str:
    """Draw the line between a revision's own lane and those that end or begin there; others pass behind it."""
    first, last = min(lane, *others), max(lane, *others)
    drawn = []
    for each in range(max(len(above), len(below), last + 1)):
        up = each == lane or (each < len(above) and above[each] is not None)
        down = each == lane or (each < len(below) and below[each] is not None)
        directions = up * _UP | down * _DOWN
        if each == lane or each in others:
            directions |= (each > first) * _LEFT | (each < last) * _RIGHT
        elif not directions and first < each < last:
            directions = _LEFT | _RIGHT
        gap = characters.lines[_LEFT | _RIGHT] if first <= each < last else " "
        drawn.append(characters.lines[directions] + gap)
    return "".join(drawn)
