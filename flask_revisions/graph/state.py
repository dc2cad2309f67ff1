"""What the rows of a version table say: what is applied, what is pending, what no file knows."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import OverlappingTargets, UnknownApplied
from .graph import RevisionGraph


def unknown_rows(graph: RevisionGraph, applied: Iterable[str]) -> tuple[str, ...]:
    """Return the rows that are the id of no file, each once."""
    return tuple(row for row in dict.fromkeys(applied) if row not in graph)


def known_rows(graph: RevisionGraph, applied: Iterable[str]) -> tuple[str, ...]:
    """Return the rows, each once, after a check that there is a file for each.

    :raises UnknownApplied: there is none for one of them.
    """
    rows = tuple(dict.fromkeys(applied))
    unknown = unknown_rows(graph, rows)
    if not unknown:
        return rows
    names = ", ".join(f"'{row}'" for row in unknown)
    what = "revision" if len(unknown) == 1 else "revisions"
    raise UnknownApplied(
        f"The database is at {what} {names}, and no file has that id.",
        "bring back the code that has it; or, if you know which revision the database is really at, "
        "say so with 'flask db stamp --purge REVISION'.",
        revisions=unknown,
    )


def separate_rows(graph: RevisionGraph, applied: Iterable[str]) -> tuple[str, ...]:
    """Return the rows, after a check that there is a file for each and that none is behind another.

    :raises UnknownApplied: there is no file for one of them.
    :raises OverlappingTargets: one is behind another, through parents or dependencies.
    """
    rows = known_rows(graph, applied)
    behind = graph.implied(rows)
    if not behind:
        return rows
    tops = [row for row in rows if row not in behind]
    names = ", ".join(f"'{row}'" for row in rows)
    rest = ", ".join(f"'{row}'" for row in rows if row in behind)
    raise OverlappingTargets(
        f"The version table says {names} at once, but {rest} is already part of the others.",
        f"'flask db stamp {' '.join(tops)}' leaves one row for each branch.",
        target=", ".join(rows),
    )


def current_revisions(graph: RevisionGraph, applied: Iterable[str]) -> tuple[str, ...]:
    """Return the ids that `current` shows: on each branch the newest revision that is applied.

    These are the rows, and what they imply on other branches by `depends_on`.

    :raises UnknownApplied: there is no file for one of the rows.
    """
    rows = known_rows(graph, applied)
    active = graph.ancestors(rows)
    newest = dict.fromkeys(id for id in graph if id in active and active.isdisjoint(graph.children(id)))
    return tuple(dict.fromkeys((*(row for row in rows if row in newest), *newest)))


def pending(graph: RevisionGraph, applied: Iterable[str]) -> tuple[str, ...]:
    """Return the ids of the revisions that are not applied, in the order in which they would be.

    :raises UnknownApplied: there is no file for one of the rows.
    """
    rows = known_rows(graph, applied)
    if set(graph.effective_heads).issubset(rows):
        return ()
    return tuple(reversed(graph.walk_down(graph.keys() - graph.ancestors(rows))))
