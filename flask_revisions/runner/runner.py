"""Carrying out a plan: a first look without the lock, then a run under it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from ..database import Database
from ..errors import LateRevision, RevisionsError, Unfinished
from ..graph.logged import Standing, ahead, refuse_unrelated
from ..graph.plan import Step
from ..operations.executor import has_executor
from .events import Ahead, Edited, Planned, Report, silent
from .goal import Goal, Job, Load, refuse_half_way
from .journal import Segment
from .log import LogTable, edited_files
from .recorder import VersionTable
from .servers import LockName, Server, server_for

T = TypeVar("T")


def run_plan(
    database: Database,
    job: Job,
    *,
    goal: Goal,
    load: Load,
    report: Report = silent,
    connection: Connection | None = None,
) -> tuple[Step, ...]:
    """Carry out what leads to a goal, and return the steps that were done.

    The goal is asked first without the lock. If there is nothing to do, that is the end; otherwise it is asked again
    under the lock, and the second answer holds.

    :param load: a revision -> its script.
    :param connection: one whose transaction is joined; None for connections and transactions of our own.
    :raises RevisionsError: what was done before stays, and is recorded.
    """
    if has_executor():
        raise RevisionsError(
            "A revision is running here, and it cannot start another run.",
            "what should come first is a revision of its own, or one that this one depends on.",
        )
    server = _server_of_run(database, job, report, connection)
    standing = _where_nothing_is_to_do(server, job, goal)
    if standing is not None:
        report(Planned(0, standing.rows))
        return ()
    from .run import RunUnderLock  # with all that applies revisions: not for a run that finds nothing to do

    with server.session() as own:
        return RunUnderLock(server, job, own, load).carry_out(goal)


def create_version_table(database: Database, job: Job, *, report: Report = silent) -> bool:
    """Create the version table where it is not there; return True if it was made."""
    server = _server_of_run(database, job, report)
    if database.exists:
        with server.reading() as connection:
            if job.version_table.exists(connection):
                return False

    def create(connection: Connection) -> bool:
        there = job.version_table.exists(connection)
        if not there:
            job.version_table.create(connection)
        return not there

    return run_with_lock(database, job, create, report)


def read_standing(database: Database, table: VersionTable, log: LogTable | None) -> Standing:
    """Return the rows of the version table and what the log says; nothing is written or created."""
    if not database.exists:
        return Standing()
    with _server(database, table).reading() as connection:
        return _standing(connection, table, log)


def read_from(database: Database, table: VersionTable, read: Callable[[Connection], T]) -> T | None:
    """Return what `read` finds on a connection, without the lock; None where the database is not there yet."""
    if not database.exists:
        return None
    with _server(database, table).reading() as connection:
        return read(connection)


def run_with_lock(database: Database, job: Job, work: Callable[[Connection], T], report: Report = silent) -> T:
    """Return what `work` comes to, in a transaction of its own and under the lock of a run."""
    server = _server_of_run(database, job, report)
    with server.session() as connection:
        server.begin(connection)
        result = work(connection)
        server.commit(connection)
        return result


def _standing(connection: Connection, table: VersionTable, log: LogTable | None, *, joins: bool = False) -> Standing:
    """Read where a database is.

    :param joins: what is not there is looked for first: no rollback is ours after a statement that fails for it.
    """
    if joins:
        rows = table.rows(connection) if table.exists(connection) else ()
        return Standing(rows, log.known(connection) if log is not None and log.exists(connection) else None)
    return Standing(table.read(connection), log.known(connection) if log is not None else None)


def _server_of_run(database: Database, job: Job, report: Report, connection: Connection | None = None) -> Server:
    lock = LockName(job.version_table.name, job.version_table.schema)
    if connection is not None:
        from .servers.joined import joined_server  # with every kind of database: most runs have their own connection

        return joined_server(
            connection, database, lock, lock_timeout=job.lock_timeout, report=report, limits=job.limits
        )
    return server_for(database, lock, lock_timeout=job.lock_timeout, report=report, limits=job.limits)


def _server(database: Database, table: VersionTable) -> Server:
    return server_for(database, LockName(table.name, table.schema), lock_timeout=600.0, report=silent)


def _where_nothing_is_to_do(server: Server, job: Job, goal: Goal) -> Standing | None:
    """Return where the database is if there is nothing to do, which is the everyday case; None if there is.

    This first look is done on a connection that is closed before the lock is taken.
    """
    standing = Standing()
    unfinished: tuple[Segment, ...] = ()
    if server.database.exists:
        with server.reading() as connection:
            standing = _standing(connection, job.version_table, job.log, joins=server.joins)
            if standing.rows and job.journal.exists(connection):
                unfinished = job.journal.read(connection)
            job.version_table.refuse_foreign(connection, standing.rows, server.lookalikes)
            _tell(server, job, goal, standing, connection)
    ids = goal.resolve(standing.rows)
    try:
        plan = goal.steps(standing, ids)
        refuse_half_way(unfinished, goal, plan)
    except (LateRevision, Unfinished):
        return None  # another run may be in the middle of it: what there is to refuse shows under the lock
    return None if plan or (job.log is not None and goal.unsettled(standing)) else standing


def _tell(server: Server, job: Job, goal: Goal, standing: Standing, connection: Connection) -> None:
    """Report what a user should know of where the database is.

    :raises UnknownApplied: what is applied belongs to another project.
    """
    if goal.direction == "upgrade":
        refuse_unrelated(goal.graph, standing)
    newer = ahead(goal.graph, standing)
    if newer and standing.log:
        server.report(Ahead(tuple(standing.log[id] for id in newer)))
    if job.log is not None:
        edited = edited_files(connection, job.log, goal.graph, standing)
        if edited:
            server.report(Edited(edited))
