"""Where each revision stands in a picture: one row for each, newest first, and side by side as many lanes as needed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from .graph import RevisionGraph

Lanes = tuple[str | None, ...]
"""For each lane the id that it leads down to; None for one that is free."""

LONGEST_RUN = 4
"""Revisions of an uneventful line that are drawn; of more, those in the middle are counted only."""


@dataclass(frozen=True)
class Row:
    """One revision in its lane.

    :param lane: from 0, the number of its lane.
    :param joined: the lanes that end here, because they lead to this revision from other children.
    :param forked: the lanes, besides its own, that lead on to its parents.
    :param above: the lanes before those of `joined` have ended.
    :param beside: the lanes that pass on the left and on the right of the revision.
    :param below: the lanes once those of `forked` have begun.
    """

    id: str
    lane: int
    joined: tuple[int, ...]
    forked: tuple[int, ...]
    above: Lanes
    beside: Lanes
    below: Lanes


@dataclass(frozen=True)
class Fold:
    """Revisions that follow each other in one lane and are not drawn.

    :param ids: the newest first.
    :param beside: the lanes that pass.
    """

    ids: tuple[str, ...]
    lane: int
    beside: Lanes


def rows(graph: RevisionGraph, ids: Iterable[str] | None = None) -> tuple[Row, ...]:
    """Return a row for each revision, newest first.

    :param ids: those to draw; None for all. A parent that is not among them is as if it were not there.
    """
    walked = graph.walk_down(graph if ids is None else ids)
    drawn = set(walked)
    lanes: list[str | None] = []
    found = []
    for id in walked:
        above = _trimmed(lanes)
        mine = [lane for lane, leads_to in enumerate(lanes) if leads_to == id] or [_free(lanes)]
        lane, *joined = mine
        for each in mine:
            lanes[each] = None
        beside = _trimmed(lanes)
        forked = _lead_on(lanes, lane, [each for each in graph.parents(id) if each in drawn])
        found.append(Row(id, lane, tuple(joined), forked, above, beside, _trimmed(lanes)))
    return tuple(found)


def folded(graph: RevisionGraph, drawn: Iterable[Row], notable: Collection[str]) -> tuple[Row | Fold, ...]:
    """Return the rows, with the middle of each long and uneventful line as one.

    :param notable: the ids that have to be seen. Ends, branches, merges, labels and dependencies are, anyway.
    """
    result: list[Row | Fold] = []
    run: list[Row] = []
    for row in drawn:
        if run and row.lane == run[-1].lane and row.id in graph.parents(run[-1].id) and _plain(graph, row, notable):
            run.append(row)
            continue
        result += _shortened(run)
        run = [row] if _plain(graph, row, notable) else []
        if not run:
            result.append(row)
    return (*result, *_shortened(run))


def _plain(graph: RevisionGraph, row: Row, notable: Collection[str]) -> bool:
    id = row.id
    alone = len(graph.children(id)) == len(graph.parents(id)) == 1
    ties = graph[id].labels or graph.dependencies(id) or len(graph.needed_by(id)) > 1
    return alone and not ties and id not in notable


def _shortened(run: list[Row]) -> list[Row | Fold]:
    if len(run) <= LONGEST_RUN:
        return [*run]
    middle = run[1:-1]
    return [run[0], Fold(tuple(row.id for row in middle), run[0].lane, middle[0].beside), run[-1]]


def _free(lanes: list[str | None]) -> int:
    """Return the first lane that leads nowhere; a new one where there is none."""
    if None not in lanes:
        lanes.append(None)
    return lanes.index(None)


def _lead_on(lanes: list[str | None], lane: int, parents: list[str]) -> tuple[int, ...]:
    """Let a lane lead to the first parent, and find or begin lanes for the others."""
    if not parents:
        return ()
    lanes[lane] = parents[0]
    forked = []
    for parent in parents[1:]:
        led = lanes.index(parent) if parent in lanes else _free(lanes)
        lanes[led] = parent
        forked.append(led)
    return tuple(forked)


def _trimmed(lanes: list[str | None]) -> Lanes:
    used = len(lanes)
    while used and lanes[used - 1] is None:
        used -= 1
    return tuple(lanes[:used])
