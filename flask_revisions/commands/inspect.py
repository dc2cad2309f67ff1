"""current, heads, branches, history, show: what only looks."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ForeignVersionTable
from ..graph.graph import Revision, RevisionGraph
from ..graph.ranges import history as ids_of_history
from ..graph.ranges import resolve_range
from ..graph.state import current_revisions, pending, unknown_rows
from ..graph.targets import resolve
from ..project import Project
from .environment import warn_of_version_table


@dataclass(frozen=True)
class Position:
    """Where a database is.

    :param applied: the rows of its version table.
    :param revisions: the newest applied revision of each branch; not those that no file is known for.
    :param unknown: the rows that no file is known for.
    :param overlapping: the rows that are part of others, and should not be there.
    :param pending: the ids that are not applied, in the order in which they would be.
    :param heads: the ids of the heads, dependencies considered.
    """

    applied: tuple[str, ...]
    revisions: tuple[Revision, ...]
    unknown: tuple[str, ...]
    overlapping: tuple[str, ...]
    pending: tuple[str, ...]
    heads: tuple[str, ...]

    @property
    def at_heads(self) -> bool:
        """True if nothing is pending and every row is known."""
        return not self.pending and not self.unknown


def current(project: Project) -> Position:
    """Return where the database is; nothing is written to it."""
    graph = project.graph
    applied = applied_rows(project)
    unknown = unknown_rows(graph, applied)
    known = tuple(row for row in applied if row in graph)
    behind = graph.implied(known)
    return Position(
        applied,
        tuple(graph[each] for each in current_revisions(graph, known)),
        unknown,
        tuple(row for row in known if row in behind),
        pending(graph, known),
        graph.effective_heads,
    )


def applied_rows(project: Project) -> tuple[str, ...]:
    """Return the rows of the version table; warn where another table looks more like it."""
    from ..runner.runner import read_applied  # not for what only looks at files

    applied = read_applied(project.database, project.version_table)
    if not applied and not project.version_table.confirmed and project.database.exists:
        _warn_of_others(project)
        warn_of_version_table(project)
    return applied


def _warn_of_others(project: Project) -> None:
    from ..runner.servers import LockName, server_for

    table = project.version_table
    server = server_for(project.database, LockName(table.name, table.schema), lock_timeout=0, report=lambda event: None)
    with project.database.connect() as connection:
        try:
            table.refuse_foreign(connection, (), server.lookalikes)
        except ForeignVersionTable as error:
            project.warn(f"{error.message} You can {error.hint}")


def heads(project: Project, *, resolve_dependencies: bool = False) -> tuple[Revision, ...]:
    """Return the revisions that no other one comes after.

    :param resolve_dependencies: leave out those that another one depends on.
    """
    graph = project.graph
    return _values(graph, graph.effective_heads if resolve_dependencies else graph.heads)


def branches(project: Project) -> tuple[Revision, ...]:
    """Return the revisions that more than one other comes after."""
    return _values(project.graph, project.graph.branch_points)


def history(project: Project, rev_range: str | None = None) -> tuple[Revision, ...]:
    """Return the revisions of a range, or all of them, newest first.

    :param rev_range: `from:to`, either end may be left out; the database is asked only for `current`.
    """
    graph = project.graph
    if rev_range is None:
        return _values(graph, ids_of_history(graph))
    applied = applied_rows(project) if "current" in rev_range else None
    ends = resolve_range(graph, rev_range, applied=applied)
    return _values(graph, ids_of_history(graph, ends.lower, ends.upper))


def show(project: Project, revision: str = "head") -> tuple[Revision, ...]:
    """Return the revisions that an identifier names; the database is asked for what is relative to it."""
    graph = project.graph
    needs_database = revision not in graph and ("current" in revision or revision[:1] in ("+", "-"))
    applied = applied_rows(project) if needs_database else None
    return _values(graph, resolve(graph, revision, applied=applied))


def _values(graph: RevisionGraph, ids: tuple[str, ...]) -> tuple[Revision, ...]:
    return tuple(graph[each] for each in ids)
