"""Where a run is to lead, and what it needs to know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import Unfinished
from ..graph.graph import Revision, RevisionGraph
from ..graph.logged import Standing, late, refuse_late, refuse_unrelated, unlogged, with_log
from ..graph.plan import Direction, Plan
from ..operations.executor import Run
from .journal import JournalTable, Segment
from .log import LogTable
from .recorder import VersionTable
from .servers import Limits

if TYPE_CHECKING:
    from ..operations.script import Script

Rows = tuple[str, ...]
Load = Callable[[Revision], "Script"]


@dataclass(frozen=True)
class Goal:
    """Where a run is to lead.

    :param direction: what is done; a stamp also settles what the log does not know.
    :param graph: the revisions that there are files for.
    :param resolve: rows of the version table -> full ids; asked once under the lock, so that `+1` stays one step.
    :param plan: the graph with what only the log knows, rows of the version table, and those ids -> the steps; asked
        again if the rows change meanwhile.
    """

    direction: Direction
    graph: RevisionGraph
    resolve: Callable[[Rows], tuple[str, ...]]
    plan: Callable[[RevisionGraph, Rows, tuple[str, ...]], Plan]

    def steps(self, standing: Standing, ids: tuple[str, ...]) -> Plan:
        """Return the steps from where a database is.

        :raises LateRevision: one that is below what is applied was never run.
        :raises UnknownApplied: what is applied belongs to another project.
        """
        if self.direction == "upgrade":
            refuse_unrelated(self.graph, standing)
        graph = with_log(self.graph, standing)
        plan = self.plan(graph, standing.rows, ids)
        if self.direction != "stamp":
            refuse_late(graph, standing, None if self.direction == "upgrade" else plan)
        return plan

    def unsettled(self, standing: Standing) -> tuple[str, ...]:
        """Return what is applied and has to be noted in the log, the lowest first."""
        graph = with_log(self.graph, standing)
        found = unlogged(graph, standing)
        skipped = late(graph, standing) if found and self.direction != "stamp" else ()
        return tuple(id for id in found if id not in skipped)


@dataclass(frozen=True)
class Job:
    """What a run needs to know, besides its plan.

    :param version_table: where it is kept what is applied.
    :param log: where it is kept who did what and when; None for no log.
    :param journal: where it is kept how far an unfinished step has come.
    :param run: what scripts may ask about the run.
    :param run_kwargs: keyword arguments for every `upgrade()` and `downgrade()`.
    :param on_version_apply: called in the transaction of each step, after its row has been written.
    :param transaction_per_migration: False for one transaction around all steps.
    :param lock_timeout: seconds to wait for another run.
    :param limits: time limits of the statements.
    """

    version_table: VersionTable = field(default_factory=VersionTable)
    log: LogTable | None = None
    journal: JournalTable = field(default_factory=JournalTable)
    run: Run = field(default_factory=Run)
    run_kwargs: Mapping[str, Any] = field(default_factory=dict)
    on_version_apply: tuple[Callable[..., Any], ...] = ()
    transaction_per_migration: bool = True
    lock_timeout: float = 600.0
    limits: Limits = field(default_factory=Limits)


def refuse_half_way(written: Iterable[Segment], goal: Goal, plan: Plan) -> None:
    """Raise where a run would leave a revision that is half there: taken back half way, or applied half way.

    :raises Unfinished: it names the revision.
    """
    for segment in written:
        half = segment.revision
        if goal.direction == "upgrade" and segment.direction == "downgrade":
            raise _unfinished(half, "taken back", "downgrade")
        if goal.direction == "downgrade" and segment.direction == "upgrade" and _stands_on(half, goal.graph, plan):
            raise _unfinished(half, "applied", "upgrade")


def _stands_on(half: str, graph: RevisionGraph, plan: Plan) -> bool:
    """Return True if a plan takes back what a revision needs; of one without a file nobody knows."""
    needed = graph.ancestors([half]) if half in graph else None
    return any(needed is None or step.revision.id in needed for step in plan)


def _unfinished(half: str, done: str, command: str) -> Unfinished:
    return Unfinished(
        f"Revision {half} was being {done} when that was interrupted, and is half there.",
        f"'flask db {command}' goes on with it; 'flask db journal' shows how far it came.",
        revision=half,
    )
