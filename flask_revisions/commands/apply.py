"""upgrade, downgrade, stamp: what changes a database."""

from __future__ import annotations

from collections.abc import Iterable

from ..graph.graph import RevisionGraph
from ..graph.plan import Plan, Step, plan_down_from, plan_stamp, plan_up_to
from ..graph.targets import resolve_downgrade, resolve_upgrade
from ..project import Project
from ..runner.events import Report, silent
from ..runner.runner import Goal, create_version_table, run_plan
from .environment import notice_environment
from .protection import refuse_destructive, refuse_downgrade


def upgrade(
    project: Project, target: str = "head", *, confirmed: Iterable[str] = (), report: Report | None = None
) -> tuple[Step, ...]:
    """Apply what is missing up to `target`, and return the steps that were done.

    :param confirmed: names of protected databases in which something may be destroyed.
    :raises ProtectedDatabase: the database is protected from that, and is not named.
    :raises RevisionsError: what was done before stays, and is recorded.
    """
    goal = upgrade_goal(project, target)
    if project.settings.protected == "destructive":
        refuse_destructive(project, goal, confirmed)
    return _run(project, goal, report)


def downgrade(
    project: Project, target: str = "-1", *, confirmed: Iterable[str] = (), report: Report | None = None
) -> tuple[Step, ...]:
    """Revert what is applied above `target`, and return the steps that were done.

    :param confirmed: names of protected databases for which this is meant.
    :raises ProtectedDatabase: the database is protected, and is not named.
    :raises RevisionsError: what was done before stays, and is recorded.
    """
    refuse_downgrade(project, confirmed)
    return _run(project, downgrade_goal(project, target), report)


def upgrade_goal(project: Project, target: str) -> Goal:
    """Return where an upgrade leads."""
    graph = project.graph

    def resolve(applied: tuple[str, ...]) -> tuple[str, ...]:
        return resolve_upgrade(graph, applied, target)

    return Goal("upgrade", graph, resolve, plan_up_to)


def downgrade_goal(project: Project, target: str) -> Goal:
    """Return where a downgrade leads."""
    graph = project.graph

    def resolve(applied: tuple[str, ...]) -> tuple[str, ...]:
        return resolve_downgrade(graph, applied, target)

    return Goal("downgrade", graph, resolve, plan_down_from)


def stamp(
    project: Project,
    targets: Iterable[str] = ("head",),
    *,
    purge: bool = False,
    report: Report | None = None,
) -> tuple[Step, ...]:
    """Record `targets` as applied without running anything, and return what was recorded.

    :param purge: delete all rows first, those too that no file is known for.
    """
    graph = project.graph
    wanted = tuple(targets)

    def plan(known: RevisionGraph, applied: tuple[str, ...], ids: tuple[str, ...]) -> Plan:
        return plan_stamp(known, applied, wanted, purge=purge, names=graph)

    return _run(project, Goal("stamp", graph, lambda applied: (), plan), report)


def ensure_version(project: Project, *, report: Report | None = None) -> bool:
    """Create the version table where it is not there, and nothing else; return True if it was made."""
    notice_environment(project)
    return create_version_table(project.database, project.job(), report=report or silent)


def _run(project: Project, goal: Goal, report: Report | None) -> tuple[Step, ...]:
    notice_environment(project)
    with project.answering():
        return run_plan(project.database, project.job(), goal=goal, load=project.load, report=report or silent)
