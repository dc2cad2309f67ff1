"""current, heads, branches, history, show, log: what only looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import ForeignVersionTable, NotStored, UnknownRevision
from ..graph.graph import Revision, RevisionGraph
from ..graph.logged import Logged, Standing, ahead, late, with_log
from ..graph.ranges import history as ids_of_history
from ..graph.ranges import resolve_range
from ..graph.state import current_revisions, pending, unknown_rows
from ..graph.targets import resolve, resolve_one
from ..project import Project
from .environment import warn_of_version_table

if TYPE_CHECKING:
    from ..runner.log import Entry, LogTable


@dataclass(frozen=True)
class Position:
    """Where a database is.

    :param applied: the rows of its version table.
    :param revisions: the newest applied revision of each branch; not those that no file is known for.
    :param unknown: the rows that neither a file nor the log is known for.
    :param ahead: what the log says about rows that no file is known for: the code is older than the database.
    :param overlapping: the rows that are part of others, and should not be there.
    :param pending: the ids that are not applied, in the order in which they would be.
    :param heads: the ids of the heads, dependencies considered.
    :param late: the ids below applied ones that were never run, as far as the log tells.
    """

    applied: tuple[str, ...]
    revisions: tuple[Revision, ...]
    unknown: tuple[str, ...]
    overlapping: tuple[str, ...]
    pending: tuple[str, ...]
    heads: tuple[str, ...]
    ahead: tuple[Logged, ...] = ()
    late: tuple[str, ...] = ()

    @property
    def at_heads(self) -> bool:
        """True if every revision is applied, and every row is known, by a file or by the log."""
        return not (self.pending or self.unknown or self.late)


def current(project: Project) -> Position:
    """Return where the database is; nothing is written to it."""
    return position_of(project, read_standing(project))


def position_of(project: Project, standing: Standing) -> Position:
    """Return where the database is, by what was read from it."""
    graph = project.graph
    newer = ahead(graph, standing)
    unknown = tuple(row for row in unknown_rows(graph, standing.rows) if row not in newer)
    behind = graph.implied([row for row in standing.rows if row in graph])
    known = with_log(graph, standing)
    rows = tuple(row for row in standing.rows if row in known)
    newest = (each for each in current_revisions(known, rows) if each in graph)
    return Position(
        standing.rows,
        tuple(graph[each] for each in newest),
        unknown,
        tuple(row for row in standing.rows if row in behind),
        tuple(each for each in pending(known, rows) if each in graph),
        graph.effective_heads,
        tuple(standing.log[row] for row in newer) if standing.log else (),
        late(known, standing),
    )


def read_standing(project: Project, *, log: bool = True) -> Standing:
    """Return the rows of the version table and what the log says; warn where another table looks more like it.

    :param log: False leaves out what the log says, which has a line for each revision.
    """
    from ..runner.runner import read_standing as read  # not for what only looks at files

    standing = read(project.database, project.version_table, project.log if log else None)
    warn_of_rows_elsewhere(project, standing)
    return standing


def warn_of_rows_elsewhere(project: Project, standing: Standing) -> None:
    """Warn where nothing is applied, and another table or an edited `env.py` says that the rows are elsewhere."""
    if not standing.rows and not project.version_table.confirmed and project.database.exists:
        _warn_of_others(project)
        warn_of_version_table(project)


def applied_rows(project: Project) -> tuple[str, ...]:
    """Return the rows of the version table; warn where another table looks more like it."""
    return read_standing(project, log=False).rows


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
    applied = rows_for(project, revision)
    return _values(graph, resolve(graph, revision, applied=applied))


def source(revision: Revision) -> str | None:
    """Return the text of a revision's file; None where there is none that can be read."""
    from ..runner.sources import source_of

    return source_of(revision)


def log(project: Project, revision: str | None = None, *, limit: int | None = None) -> tuple[Entry, ...]:
    """Return what was applied, taken back or recorded, the newest first; nothing where there is no log.

    :param revision: an identifier of one revision, or the id of one that only the log knows; None for all.
    :param limit: how many entries at most.
    """
    from ..runner.runner import read_from

    table = _log_table(project)
    id = _id(project, revision) if revision is not None else None
    return read_from(project.database, project.version_table, lambda c: table.entries(c, id, limit=limit)) or ()


def stored(project: Project, revision: str) -> Entry:
    """Return the newest entry of the log that has the file of a revision.

    :param revision: an identifier of one revision, or the id of one that only the log knows.
    :raises NotStored: there is none.
    """
    from ..runner.runner import read_from

    table = _log_table(project)
    id = _id(project, revision)
    found = read_from(project.database, project.version_table, lambda c: table.stored(c, id))
    if found is None:
        raise NotStored(
            f"The log {table.describe()} has no file of revision '{id}'.", "'flask db log' shows what it has."
        )
    return found


def _log_table(project: Project) -> LogTable:
    """Return where the log is, or was before it was switched off."""
    from ..runner.log import LogTable

    return project.log or LogTable.beside(project.version_table.name, project.version_table.schema)


def _id(project: Project, revision: str) -> str:
    """Return the id that an identifier means; an identifier that leads nowhere may be an id of the log's."""
    graph = project.graph
    applied = rows_for(project, revision)
    try:
        return resolve_one(graph, revision, applied=applied)
    except UnknownRevision:
        if applied is not None:
            raise
        return revision


def rows_for(project: Project, revision: str) -> tuple[str, ...] | None:
    """Return the rows of the version table if an identifier is relative to them; None, and nobody is asked, if not."""
    relative = revision not in project.graph and ("current" in revision or revision[:1] in ("+", "-"))
    return applied_rows(project) if relative else None


def _values(graph: RevisionGraph, ids: tuple[str, ...]) -> tuple[Revision, ...]:
    return tuple(graph[each] for each in ids)
