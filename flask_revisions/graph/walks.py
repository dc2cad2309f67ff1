"""Going a number of revisions up or down: exactly as far as said, or as far as there is."""

from __future__ import annotations

from collections.abc import Collection

from . import wording
from .graph import RevisionGraph


def walk(
    graph: RevisionGraph,
    start: str | None,
    steps: int,
    *,
    target: str,
    lineage: Collection[str] | None = None,
) -> str | None:
    """Return the id that is a number of revisions away, along parents and children; None for below all bases.

    :param start: an id, or None to begin below all bases.
    :param steps: negative for down.
    :param target: the identifier as it was given, for errors.
    :param lineage: the ids of the branch to stay on where the ways part.
    :raises AmbiguousRevision: the ways part.
    :raises StepsOutOfRange: there are not as many.
    """
    place = start
    for done in range(abs(steps)):
        below_all = place is None
        ways = _up(graph, place) if steps > 0 else _down(graph, place)
        if lineage is not None:
            ways = [id for id in ways if id in lineage]
        if len(ways) > 1:
            raise wording.fork(graph, ways, target)
        if not ways and (steps > 0 or below_all):
            raise wording.too_far(target, up=steps > 0, possible=done)
        place = ways[0] if ways else None
    return place


def spread(graph: RevisionGraph, start: Collection[str], steps: int) -> tuple[str, ...]:
    """Return where a number of revisions up or down leads, along all ways and no further than there is.

    :param start: ids; none of them to begin below all bases.
    :param steps: negative for down.
    """
    front = dict.fromkeys(start)
    if not front and steps > 0:
        front, steps = dict.fromkeys(graph.bases), steps - 1
    for _ in range(abs(steps)):
        following = dict.fromkeys(
            other for id in front for other in ((_up(graph, id) if steps > 0 else _down(graph, id)) or [id])
        )
        if following == front:
            break
        front = following
    return tuple(front)


def _up(graph: RevisionGraph, place: str | None) -> list[str]:
    return list(graph.bases if place is None else graph.children(place))


def _down(graph: RevisionGraph, place: str | None) -> list[str]:
    return [] if place is None else list(graph.parents(place))
