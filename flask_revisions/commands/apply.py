"""upgrade, downgrade, stamp: what changes a database, and how several have their turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass

from sqlalchemy import Connection

from ..database import Database
from ..graph.graph import RevisionGraph
from ..graph.plan import Plan, Step, plan_down_from, plan_stamp, plan_up_to
from ..graph.targets import resolve_downgrade, resolve_upgrade
from ..project import Project
from ..runner.events import DatabaseStarted, Report, silent
from ..runner.goal import Goal
from ..runner.runner import create_version_table, run_plan
from .binds import with_recorded_only
from .environment import notice_environment
from .from_log import from_log_goal, offering_the_log, with_stored_files
from .protection import refuse_destructive, refuse_downgrade


@dataclass(frozen=True)
class Outcome:
    """What was done on one database.

    :param steps: the steps that were done, in their order.
    """

    database: Database
    steps: tuple[Step, ...]


def each_database(
    project: Project,
    work: Callable[[Project], tuple[Step, ...]],
    *,
    report: Report = silent,
    connection: Connection | None = None,
) -> Iterator[Outcome]:
    """Do something on each database in turn; yield what was done on it when it is done.

    What was done stays when a later one fails; those that follow are left alone then.

    :param work: called with the project on each database; one of the functions below.
    :param connection: the database that it leads to is the only one.
    """
    if connection is not None:
        from .joined import on_connection  # with every kind of database: most runs have their own connection

        one = on_connection(project, connection)
        yield Outcome(one.database, work(one))
        return
    for one in project.each():
        if project.has_several:
            report(DatabaseStarted(one.database.name, one.database.describe()))
        yield Outcome(one.database, work(one))


def steps_of(outcomes: Iterable[Outcome]) -> tuple[Step, ...]:
    """Return the steps that were done on all databases."""
    return tuple(step for each in outcomes for step in each.steps)


def upgrade(
    project: Project,
    target: str = "head",
    *,
    confirmed: Iterable[str] = (),
    report: Report | None = None,
    connection: Connection | None = None,
) -> tuple[Step, ...]:
    """Apply what is missing up to `target`, and return the steps that were done.

    :param confirmed: names of protected databases in which something may be destroyed.
    :param connection: one whose transaction is joined.
    :raises ProtectedDatabase: the database is protected from that, and is not named.
    :raises RevisionsError: what was done before stays, and is recorded.
    """
    goal = upgrade_goal(project, target)
    if project.settings.protected == "destructive":
        refuse_destructive(project, goal, confirmed)
    return _run(project, goal, report, connection)


def downgrade(
    project: Project,
    target: str = "-1",
    *,
    from_log: bool = False,
    confirmed: Iterable[str] = (),
    report: Report | None = None,
    connection: Connection | None = None,
) -> tuple[Step, ...]:
    """Revert what is applied above `target`, and return the steps that were done.

    :param from_log: instead of that, what no file is known for, with the files that the log has kept.
    :param confirmed: names of protected databases for which this is meant.
    :param connection: one whose transaction is joined.
    :raises ProtectedDatabase: the database is protected, and is not named.
    :raises FileGone: what is applied has no file here, and the log has it.
    :raises NotStored: the log has not kept a file.
    :raises RevisionsError: what was done before stays, and is recorded.
    """
    refuse_downgrade(project, confirmed)
    if from_log:
        with with_stored_files(project) as complete:
            return _run(complete, from_log_goal(complete), report, connection)
    with offering_the_log(project) if connection is None else nullcontext():
        return _run(project, downgrade_goal(project, target), report, connection)


def upgrade_goal(project: Project, target: str) -> Goal:
    """Return where an upgrade leads."""
    graph = project.graph

    def resolve(applied: tuple[str, ...]) -> tuple[str, ...]:
        return resolve_upgrade(graph, applied, target)

    def plan(known: RevisionGraph, applied: tuple[str, ...], ids: tuple[str, ...]) -> Plan:
        return with_recorded_only(project, plan_up_to(known, applied, ids))

    return Goal("upgrade", graph, resolve, plan)


def downgrade_goal(project: Project, target: str) -> Goal:
    """Return where a downgrade leads."""
    graph = project.graph

    def resolve(applied: tuple[str, ...]) -> tuple[str, ...]:
        return resolve_downgrade(graph, applied, target)

    def plan(known: RevisionGraph, applied: tuple[str, ...], ids: tuple[str, ...]) -> Plan:
        return with_recorded_only(project, plan_down_from(known, applied, ids))

    return Goal("downgrade", graph, resolve, plan)


def stamp(
    project: Project,
    targets: Iterable[str] = ("head",),
    *,
    purge: bool = False,
    report: Report | None = None,
    connection: Connection | None = None,
) -> tuple[Step, ...]:
    """Record `targets` as applied without running anything, and return what was recorded.

    :param purge: delete all rows first, those too that no file is known for.
    :param connection: one whose transaction is joined.
    """
    graph = project.graph
    wanted = tuple(targets)

    def plan(known: RevisionGraph, applied: tuple[str, ...], ids: tuple[str, ...]) -> Plan:
        return plan_stamp(known, applied, wanted, purge=purge, names=graph)

    return _run(project, Goal("stamp", graph, lambda applied: (), plan), report, connection)


def ensure_version(project: Project, *, report: Report | None = None) -> bool:
    """Create the version table where it is not there, and nothing else; return True if it was made."""
    if project.is_first:
        notice_environment(project)
    return create_version_table(project.database, project.job(), report=report or silent)


def _run(project: Project, goal: Goal, report: Report | None, connection: Connection | None = None) -> tuple[Step, ...]:
    if project.is_first:
        notice_environment(project)
    with project.answering():
        return run_plan(
            project.database,
            project.job(),
            goal=goal,
            load=project.load,
            report=report or silent,
            connection=connection,
        )
