"""status: everything about where a database is, at one look."""

from __future__ import annotations

from dataclasses import dataclass

from ..graph.graph import Revision
from ..graph.logged import Standing, with_log
from ..project import Project
from .inspect import position_of, warn_of_rows_elsewhere


@dataclass(frozen=True)
class Begun:
    """A revision that was begun and not finished.

    :param revision: its id.
    :param direction: `upgrade` or `downgrade`.
    """

    revision: str
    direction: str


@dataclass(frozen=True)
class Status:
    """Where a database is.

    :param database: in words, without a password.
    :param bind: its bind key; None for the default one.
    :param exists: False for a SQLite file that is not there yet.
    :param at: the rows of the version table.
    :param applied: how many revisions are applied, as far as there are files for them.
    :param pending: the revisions that are not, in the order in which they would be.
    :param heads: the heads, dependencies considered.
    :param ahead: rows that only the log knows: the code is older than the database.
    :param unknown: rows that nobody knows.
    :param overlapping: rows that are part of others, and should not be there.
    :param late: revisions below applied ones that were never run.
    :param edited: applied revisions whose files were edited since.
    :param unfinished: revisions that were begun and not finished, or are running just now.
    :param holder: who holds the lock of a run just now; empty if nobody does.
    """

    database: str
    bind: str | None
    exists: bool
    at: tuple[str, ...]
    applied: int
    pending: tuple[Revision, ...]
    heads: tuple[str, ...]
    ahead: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    overlapping: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    unfinished: tuple[Begun, ...] = ()
    holder: str = ""

    @property
    def done(self) -> bool:
        """True if nothing is left to do: ahead of the code is done as well."""
        return not (self.pending or self.unknown or self.overlapping or self.late or self.unfinished)


def status(project: Project) -> Status:
    """Return where the database is; nothing is written to it.

    :raises DatabaseUnreachable: it cannot be asked.
    """
    standing, edited, unfinished, holder = _look(project)
    warn_of_rows_elsewhere(project, standing)
    graph = project.graph
    position = position_of(project, standing)
    applied = with_log(graph, standing).ancestors(row for row in standing.rows if row not in position.unknown)
    return Status(
        project.database.describe(),
        project.database.name,
        project.database.exists,
        tuple(sorted(standing.rows)),
        len([each for each in applied if each in graph and each not in position.late]),
        tuple(graph[each] for each in position.pending),
        position.heads,
        tuple(each.id for each in position.ahead),
        position.unknown,
        position.overlapping,
        position.late,
        tuple(each.id for each in edited),
        unfinished,
        holder,
    )


def _look(project: Project) -> tuple[Standing, tuple[Revision, ...], tuple[Begun, ...], str]:
    from ..runner.log import edited_files
    from ..runner.servers import LockName, server_for

    database, table, log = project.database, project.version_table, project.log
    if not database.exists:
        return Standing(), (), (), ""
    lock = LockName(table.name, table.schema)
    server = server_for(database, lock, lock_timeout=project.settings.lock_timeout, report=lambda event: None)
    with server.reading() as connection:
        standing = Standing(table.read(connection), log.known(connection) if log is not None else None)
        edited = edited_files(connection, log, project.graph, standing) if log is not None else ()
        begun = project.journal.unfinished(connection)
        return standing, tuple(edited), tuple(Begun(*each) for each in begun), server.holder(connection)
