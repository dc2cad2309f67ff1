"""graph: the revisions as a picture."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import DatabaseError
from ..graph.graph import RevisionGraph
from ..graph.lanes import Fold, Row, folded, rows
from ..graph.pictures import State, mermaid, page, svg
from ..graph.ranges import history, resolve_range
from ..graph.state import current_revisions
from ..project import Project
from .inspect import applied_rows

FORMATS: dict[str, Callable[[RevisionGraph, tuple[Row | Fold, ...], State], str]] = {
    "mermaid": mermaid,
    "svg": svg,
    "html": lambda graph, drawn, state: page("Revisions", summary(graph, state), svg(graph, drawn, state)),
}


def drawn_rows(
    project: Project, state: State, *, rev_range: str | None = None, fold: bool = True
) -> tuple[Row | Fold, ...]:
    """Return the rows of a picture, newest revision first.

    :param rev_range: `from:to`, either end may be left out; None for all.
    :param fold: count the middle of long and uneventful lines instead of drawing it.
    """
    graph = project.graph
    ids = None
    if rev_range is not None:
        applied = applied_rows(project) if "current" in rev_range else None
        ends = resolve_range(graph, rev_range, applied=applied)
        ids = history(graph, ends.lower, ends.upper)
    drawn = rows(graph, ids)
    return folded(graph, drawn, _notable(graph, state)) if fold else drawn


def state_of(project: Project) -> tuple[State, str]:
    """Return what is known of the database, and why nothing is, in words.

    A picture is worth having without a database: one that cannot be asked is no error.
    """
    graph = project.graph
    try:
        applied = [row for row in applied_rows(project) if row in graph]
    except DatabaseError as error:
        return State(), error.message
    return State(graph.ancestors(applied), current_revisions(graph, applied)), ""


def summary(graph: RevisionGraph, state: State) -> str:
    """Return in one sentence how many revisions there are, and how many are applied."""
    count = f"{len(graph)} revision{'' if len(graph) == 1 else 's'}"
    if state.applied is None:
        return f"{count}; the database was not asked."
    waiting = len(graph) - len(state.applied)
    return f"{count}, {f'{waiting} of them pending' if waiting else 'all applied'}."


def _notable(graph: RevisionGraph, state: State) -> set[str]:
    """The current revisions, and what is next to be applied."""
    here = set(state.current)
    return here.union(*(graph.children(id) for id in here))
