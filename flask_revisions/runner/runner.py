"""Carrying out a plan: lock, read what is applied, plan, then for each step a transaction, the script, its row."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from ..catalog.facts import ConnectionCatalog
from ..context import MigrationContext
from ..database import Database
from ..errors import RevisionsError, ScriptInvalid, VersionConflict
from ..graph.graph import Revision
from ..graph.plan import Plan, Step
from ..operations.executor import Run, executing
from ..operations.script import Script
from .events import Planned, Report, StepFinished, StepStarted, silent
from .executors import DatabaseExecutor
from .failures import failure
from .recorder import VersionTable
from .servers import LockName, Server, StartOver, server_for
from .transaction import StepTransaction

REPLANS = 3

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


def run_plan(
    database: Database, job: Job, *, goal: Goal, load: Load, report: Report = silent
) -> tuple[Step, ...]:
    """Carry out what leads to a goal, and return the steps that were done.

    The goal is asked first without the lock. If there is nothing to do, that is the end; otherwise it is asked again
    under the lock, and the second answer holds.

    :param load: a revision -> its script.
    :raises RevisionsError: what was done before stays, and is recorded.
    """
    if not _first_look(database, job, goal):
        report(Planned(0))
        return ()
    lock = LockName(job.version_table.name, job.version_table.schema)
    server = server_for(database, lock, lock_timeout=job.lock_timeout, report=report)
    with server.session() as connection:
        return _Run(database, job, server, connection, load, report).carry_out(goal)


def read_applied(database: Database, table: VersionTable) -> tuple[str, ...]:
    """Return the ids of the version table's rows; nothing is written or created."""
    if not database.exists:
        return ()
    with database.connect() as connection:
        return table.read(connection)


def _first_look(database: Database, job: Job, goal: Goal) -> Plan:
    """Plan on a connection that is closed before the lock is taken: nothing to do is the everyday case."""
    applied = read_applied(database, job.version_table)
    return goal.plan(applied, goal.resolve(applied))


class _Run:
    """One run under the lock."""

    def __init__(
        self, database: Database, job: Job, server: Server, connection: Connection, load: Load, report: Report
    ) -> None:
        self.database = database
        self.job = job
        self.server = server
        self.transaction = StepTransaction(connection, server)
        self.load = load
        self.report = report
        self.done: list[Step] = []
        self.transactional = server.savepoints_last
        self.catalog = ConnectionCatalog(connection)

    def carry_out(self, goal: Goal) -> tuple[Step, ...]:
        with self.transaction.watching():
            ids = None
            for attempt in range(REPLANS):
                applied = self._prepare(attempt)
                ids = goal.resolve(applied) if ids is None else ids
                plan = goal.plan(applied, ids)
                self._widen(plan)
                self.report(Planned(len(plan)))
                try:
                    self._steps(plan)
                    break
                except VersionConflict:
                    # somebody without our lock has changed the table: plan again from what is applied now
                    if attempt + 1 == REPLANS or frozenset(self._read()) == self._expected(plan):
                        raise
        return tuple(self.done)

    # -- before the first step ----------------------------------------------------------------------

    def _prepare(self, attempt: int) -> tuple[str, ...]:
        """Read what is applied; the first run of all creates the table."""
        table = self.job.version_table
        connection = self.transaction.connection
        self.transaction.begin()
        try:
            exists = table.exists(connection)
            applied = table.read(connection) if exists else ()
            if attempt == 0:
                table.refuse_foreign(connection, applied, self.server.lookalikes)
            if not exists:
                table.create(connection)
            self.transaction.verify()
            self.transaction.commit()
        except BaseException:
            self.transaction.rollback()
            raise
        return applied

    def _widen(self, plan: Plan) -> None:
        ids = [change.new for step in plan for change in step.rows if change.new is not None]
        self.transaction.begin()
        try:
            self.job.version_table.widen(self.transaction.connection, ids)
            self.transaction.verify()
            self.transaction.commit()
        except BaseException:
            self.transaction.rollback()
            raise

    def _read(self) -> tuple[str, ...]:
        return read_applied(self.database, self.job.version_table)

    def _expected(self, plan: Plan) -> frozenset[str]:
        return self.done[-1].after if self.done else plan[0].before

    # -- the steps ------------------------------------------------------------------------------------

    def _steps(self, plan: Plan) -> None:
        together = not self.job.transaction_per_migration and self.transactional
        pending: list[Step] = []
        try:
            for number, step in enumerate(plan, 1):
                self.server.check()
                self.report(StepStarted(step, number, len(plan)))
                began = time.monotonic()
                self._step_until_done(step)
                pending.append(step)
                if not together:
                    self._commit(pending)
                self.report(StepFinished(step, number, len(plan), time.monotonic() - began))
            if together and pending:
                self._commit(pending)
        except BaseException:
            self.transaction.rollback()
            raise

    def _commit(self, pending: list[Step]) -> None:
        self.transaction.commit()
        self.done += pending
        pending.clear()

    def _step_until_done(self, step: Step) -> None:
        for _ in range(3):
            try:
                return self._step(step)
            except StartOver:
                self.transaction.rollback()
        raise RevisionsError(f"Revision {step.revision.id} sets PRAGMA foreign_keys again and again.")

    def _step(self, step: Step) -> None:
        executor = DatabaseExecutor(
            self.transaction,
            self.catalog,
            run=self.job.run,
            naming_convention=self.database.naming_convention,
            transactional_ddl=self.transactional,
            applied=tuple(sorted(step.before)),
        )
        with executing(executor):
            script = None if step.direction == "stamp" else self.load(step.revision)
            self.transaction.begin()
            if script is not None:
                self._script(script, step)
            self.job.version_table.apply(self.transaction.connection, step.rows)
            for function in self.job.on_version_apply:
                function(
                    ctx=MigrationContext(executor),
                    step=step,
                    heads=set(step.after),
                    run_args=dict(self.job.run_kwargs),
                )

    def _script(self, script: Script, step: Step) -> None:
        try:
            call(script, step, self.job.run_kwargs)
            self.transaction.verify()
        except (StartOver, KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:
            raise failure(error, script, step, rolled_back=self.transactional) from error


def call(script: Script, step: Step, keywords: Mapping[str, Any]) -> None:
    """Call the script's function for the direction of a step.

    :raises ScriptInvalid: it has none, or calling it does not run it.
    """
    function = script.upgrade if step.direction == "upgrade" else script.downgrade
    if function is None:
        raise ScriptInvalid(
            f"Revision {script.revision} has no downgrade().",
            f"write it in {script.path}, or 'flask db stamp' the revision below if the database is there already.",
            path=script.path,
            revision=script.revision,
        )
    result = function(**keywords)
    if inspect.isawaitable(result) or inspect.isgenerator(result) or inspect.isasyncgen(result):
        getattr(result, "close", lambda: None)()
        raise ScriptInvalid(
            f"{step.direction}() of revision {script.revision} is asynchronous or a generator: nothing of it has run.",
            "write it as a plain function; op.run_async() runs asynchronous code from there.",
            path=script.path,
            revision=script.revision,
        )
