"""Carrying out a plan: lock, read what is applied, plan, then for each step a transaction, the script, its row."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, exc

from ..catalog.facts import ConnectionCatalog
from ..context import MigrationContext
from ..database import Database
from ..errors import RevisionsError, ScriptInvalid, VersionConflict
from ..graph.graph import Revision
from ..graph.plan import Plan, Step
from ..operations.executor import Run, executing, has_executor
from ..operations.script import Script
from .derived import downgrade_from_upgrade
from .events import Planned, Report, StepFinished, StepStarted, silent
from .executors import DatabaseExecutor
from .failures import NOTHING_STAYED, callback_failure, commit_failure, failure
from .recorder import OLD_WIDTH, VersionTable
from .servers import LockName, Server, StartOver, server_for
from .transaction import StepTransaction

REPLANS = 3
RESTARTS = 3

Rows = tuple[str, ...]
Load = Callable[[Revision], Script]


@dataclass(frozen=True)
class Goal:
    """Where a run is to lead.

    :param resolve: rows of the version table -> full ids; asked once under the lock, so that `+1` stays one step.
    :param plan: rows of the version table, and those ids -> the steps; asked again if the rows change meanwhile.
    """

    resolve: Callable[[Rows], tuple[str, ...]]
    plan: Callable[[Rows, tuple[str, ...]], Plan]


@dataclass(frozen=True)
class Job:
    """What a run needs to know, besides its plan.

    :param version_table: where it is kept what is applied.
    :param run: what scripts may ask about the run.
    :param run_kwargs: keyword arguments for every `upgrade()` and `downgrade()`.
    :param on_version_apply: called in the transaction of each step, after its row has been written.
    :param transaction_per_migration: False for one transaction around all steps.
    :param lock_timeout: seconds to wait for another run.
    """

    version_table: VersionTable = field(default_factory=VersionTable)
    run: Run = field(default_factory=Run)
    run_kwargs: Mapping[str, Any] = field(default_factory=dict)
    on_version_apply: tuple[Callable[..., Any], ...] = ()
    transaction_per_migration: bool = True
    lock_timeout: float = 600.0


def run_plan(database: Database, job: Job, *, goal: Goal, load: Load, report: Report = silent) -> tuple[Step, ...]:
    """Carry out what leads to a goal, and return the steps that were done.

    The goal is asked first without the lock. If there is nothing to do, that is the end; otherwise it is asked again
    under the lock, and the second answer holds.

    :param load: a revision -> its script.
    :raises RevisionsError: what was done before stays, and is recorded.
    """
    if has_executor():
        raise RevisionsError(
            "A revision is running here, and it cannot start another run.",
            "what should come first is a revision of its own, or one that this one depends on.",
        )
    server = _server(database, job.version_table, lock_timeout=job.lock_timeout, report=report)
    if not _first_look(server, job.version_table, goal):
        report(Planned(0))
        return ()
    with server.session() as connection:
        return _Run(server, job, connection, load).carry_out(goal)


def read_applied(database: Database, table: VersionTable) -> tuple[str, ...]:
    """Return the ids of the version table's rows; nothing is written or created."""
    if not database.exists:
        return ()
    with _server(database, table).reading() as connection:
        return table.read(connection)


def _server(database: Database, table: VersionTable, *, lock_timeout: float = 600.0, report: Report = silent) -> Server:
    return server_for(database, LockName(table.name, table.schema), lock_timeout=lock_timeout, report=report)


def _first_look(server: Server, table: VersionTable, goal: Goal) -> Plan:
    """Plan on a connection that is closed before the lock is taken: nothing to do is the everyday case."""
    applied: Rows = ()
    if server.database.exists:
        with server.reading() as connection:
            applied = table.read(connection)
            table.refuse_foreign(connection, applied, server.lookalikes)
    return goal.plan(applied, goal.resolve(applied))


class _Run:
    """One run under the lock."""

    def __init__(self, server: Server, job: Job, connection: Connection, load: Load) -> None:
        self.server = server
        self.job = job
        self.load = load
        self.connection = connection
        self.transaction = StepTransaction(connection, server, self._committed)
        self.transactional = server.savepoints_last
        self.together = self.transactional and not job.transaction_per_migration
        self.catalog = ConnectionCatalog(connection)
        self.rows: frozenset[str] = frozenset()
        """The rows of the version table, as our last commit has left them."""
        self.pending: list[Step] = []
        self.done: list[Step] = []

    def carry_out(self, goal: Goal) -> tuple[Step, ...]:
        with self.transaction.watching():
            try:
                applied = self._applied()
                ids = goal.resolve(applied)
                for again in reversed(range(REPLANS)):
                    plan = goal.plan(applied, ids)
                    try:
                        self._carry_out(plan)
                        break
                    except VersionConflict:
                        # has somebody without our lock changed the table? Then plan from what is applied now
                        self._roll_back()
                        before, applied = self.rows, self._applied()
                        if self.rows == before or not again:
                            raise
            except BaseException:
                self._roll_back()
                raise
        return tuple(self.done)

    def _applied(self) -> Rows:
        """Read what is applied; the first run of all creates the table."""
        table = self.job.version_table
        self.transaction.begin()
        applied: Rows = ()
        if table.exists(self.connection):
            table.refuse_view(self.connection)
            applied = table.rows(self.connection)
            self.transaction.rollback()
        else:
            table.create(self.connection)
            self.transaction.commit()
        self.rows = frozenset(applied)
        return applied

    def _carry_out(self, plan: Plan) -> None:
        self._widen(plan)
        self.server.report(Planned(len(plan)))
        for number, step in enumerate(plan, 1):
            self.server.check()
            self.server.report(StepStarted(step, number, len(plan)))
            began = time.monotonic()
            alone = self._step_until_done(step)
            self.pending.append(step)
            if alone or not self.together or number == len(plan):
                self._commit()
            self.server.report(StepFinished(step, number, len(plan), time.monotonic() - began))

    def _widen(self, plan: Plan) -> None:
        """Make room for long ids, in a transaction of its own: the table is locked no longer than for that."""
        table = self.job.version_table
        ids = [change.new for step in plan for change in step.rows if change.new is not None]
        if not self.server.enforces_width or max(map(len, ids), default=0) <= OLD_WIDTH:
            return
        self.transaction.begin()
        change = table.widening(self.connection, ids)
        if change is not None:
            self._executor(self.rows).invoke(change)
            self.transaction.commit()

    # -- one step -------------------------------------------------------------------------------------

    def _step_until_done(self, step: Step) -> bool:
        """Return True if the step had to start over, which makes it a transaction of its own."""
        for restarts in range(RESTARTS):
            self.server.between_steps(self.connection)
            try:
                self._step(step)
                return restarts > 0
            except StartOver:
                self.transaction.undo_step()
        raise RevisionsError(
            f"Revision {step.revision.id} switches foreign keys again and again.", "once at its beginning is enough."
        )

    def _step(self, step: Step) -> None:
        executor = self._executor(step.before)
        self.transaction.begin()
        with executing(executor):
            if step.is_migration:
                self._script(step)
            self.job.version_table.apply(self.connection, step.rows, stamp=step.is_stamp)
            for function in self.job.on_version_apply:
                self._call_back(function, step, executor)

    def _script(self, step: Step) -> None:
        script = None
        try:
            with self.transaction.lent():
                script = self.load(step.revision)
                call(script, step, self.job.run_kwargs)
        except (StartOver, KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:
            if script is None:
                raise
            raise failure(error, script, step, stayed=self._stayed(), lost=self.connection.invalidated) from error

    def _call_back(self, function: Callable[..., Any], step: Step, executor: DatabaseExecutor) -> None:
        try:
            with self.transaction.lent():
                function(
                    ctx=MigrationContext(executor),
                    step=step,
                    heads=set(step.after),
                    run_args=dict(self.job.run_kwargs),
                )
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:
            raise callback_failure(error, function, step, stayed=self._stayed()) from error

    def _executor(self, applied: Iterable[str]) -> DatabaseExecutor:
        return DatabaseExecutor(
            self.transaction,
            self.catalog,
            run=self.job.run,
            naming_convention=self.server.database.naming_convention,
            transactional_ddl=self.transactional,
            applied=tuple(sorted(applied)),
        )

    # -- committed or not -----------------------------------------------------------------------------

    def _commit(self) -> None:
        try:
            self.transaction.commit()
        except exc.DBAPIError as error:
            raise commit_failure(error, self.pending[-1]) from error

    def _committed(self) -> None:
        if self.pending:
            self.rows = self.pending[-1].after
            self.done += self.pending
            self.pending.clear()

    def _roll_back(self) -> None:
        self.transaction.rollback()
        self.pending.clear()

    def _stayed(self) -> str:
        if not self.transactional:
            return "this database commits DDL by itself: what the script did before this line has stayed"
        if self.transaction.left:
            return "what it did up to its last autocommit block has stayed"
        return NOTHING_STAYED


def call(script: Script, step: Step, keywords: Mapping[str, Any]) -> None:
    """Call the script's function for the direction of a step.

    Without a `downgrade()`, the way back is derived from `upgrade()`.

    :raises Irreversible: it has no `downgrade()`, and none can be derived.
    :raises ScriptInvalid: calling the function does not run it.
    """
    back = script.downgrade or downgrade_from_upgrade(script)
    function = script.upgrade if step.direction == "upgrade" else back
    result = function(**keywords)
    if inspect.isawaitable(result) or inspect.isgenerator(result) or inspect.isasyncgen(result):
        getattr(result, "close", lambda: None)()
        raise ScriptInvalid(
            f"{step.direction}() of revision {script.revision} is asynchronous or a generator: nothing of it has run.",
            "write it as a plain function; op.run_async() runs asynchronous code from there.",
            path=script.path,
            revision=script.revision,
        )
