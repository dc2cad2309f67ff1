"""One run under the lock: plan, then for each step a transaction, the script, its row."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, exc

from ..catalog.facts import ConnectionCatalog
from ..context import MigrationContext
from ..database import database_words, hide, secrets_in
from ..errors import DatabaseError, RevisionsError, TransactionEnded, VersionConflict
from ..graph.graph import RevisionGraph
from ..graph.logged import Standing, late, turned, with_log
from ..graph.plan import Plan, Step
from ..operations.columns import AddColumn
from ..operations.executor import executing
from ..operations.script import Script
from .call import call
from .events import LateRecorded, NotLogged, Planned, StepFinished, StepStarted
from .failures import NOTHING_STAYED, callback_failure, commit_failure, failure
from .goal import Goal, Job, Load, refuse_half_way
from .log import Entry, LogTable, Outcome, entries_of, entry_of_step
from .recorder import OLD_WIDTH
from .replay import Journal, RememberingCatalog
from .servers import Patience, Server, StartOver, TableLocked
from .servers.base import is_alive
from .sources import source_of
from .transaction import StepTransaction

if TYPE_CHECKING:
    from .executors import DatabaseExecutor

REPLANS = 3
RESTARTS = 3


class RunUnderLock:
    """One run under the lock."""

    def __init__(self, server: Server, job: Job, connection: Connection, load: Load) -> None:
        self.server = server
        self.job = job
        self.load = load
        self.connection = connection
        self.journal = Journal(connection, server, job.journal)
        self.transaction = StepTransaction(connection, server, self._committed, self.journal)
        self.transactional = server.savepoints_last
        self.together = self.transactional and not job.transaction_per_migration
        self.catalog: Any = RememberingCatalog(ConnectionCatalog(connection), self.journal)
        self.rows: frozenset[str] = frozenset()
        """The rows of the version table, as our last commit has left them."""
        self.graph = RevisionGraph()
        """The revisions, with those that only the log knows."""
        self.missing: tuple[AddColumn, ...] | None = None
        """The columns that the log lacks; None where it is not there."""
        self.running: Step | None = None
        self.pending: list[Step] = []
        self.done: list[Step] = []

    def carry_out(self, goal: Goal) -> tuple[Step, ...]:
        with self.transaction.watching():
            try:
                standing = self._standing(goal)
                ids = goal.resolve(standing.rows)
                for again in reversed(range(REPLANS)):
                    plan = goal.steps(standing, ids)
                    refuse_half_way(self.journal.written, goal, plan)
                    self._settle(goal, standing, plan)
                    self._prepare_journal(plan)
                    try:
                        self._until_tables_are_free(plan)
                        break
                    except VersionConflict:
                        # has somebody without our lock changed the table? Then plan from what is applied now
                        self._roll_back()
                        before, standing = self.rows, self._standing(goal)
                        if self.rows == before or not again:
                            raise
            except BaseException as error:
                self._roll_back()
                self._note(error)
                raise
        return tuple(self.done)

    def _standing(self, goal: Goal) -> Standing:
        """Read where the database is; the first run of all creates the version table."""
        table, log = self.job.version_table, self.job.log
        self.transaction.begin()
        standing = Standing()
        there = table.exists(self.connection)
        self.missing = log.missing(self.connection) if log is not None else None
        if there:
            table.refuse_view(self.connection)
            rows = table.rows(self.connection)
            if goal.direction != "stamp":
                table.refuse_twice(rows)
            standing = Standing(rows, log.known(self.connection) if log and self.missing is not None else None)
            self.journal.load()
            self.transaction.rollback()
        else:
            table.create(self.connection)
            self.transaction.commit()
        self.rows = frozenset(standing.rows)
        self.graph = with_log(goal.graph, standing)
        return standing

    def _settle(self, goal: Goal, standing: Standing, plan: Plan) -> None:
        """Make sure that the log is there, and note in it what is applied and it does not know.

        Where nothing else is to do, that it cannot be done is no error.
        """
        log = self.job.log
        found = goal.unsettled(standing) if log is not None else ()
        if log is None or not (found or (plan and self.missing != ())):
            return
        try:
            self.transaction.begin()
            self._prepare(log)
            never_run = late(self.graph, standing)
            before = tuple(id for id in found if id not in never_run)
            log.write(self.connection, entries_of(self.graph, before, "up", "found"))
            settled = tuple(id for id in found if id in never_run)
            log.write(self.connection, entries_of(self.graph, settled, "up", "stamped"))
            self.transaction.commit()
            if settled:
                self.server.report(LateRecorded(settled))
        except (DatabaseError, exc.DBAPIError) as error:
            if plan or self.connection.invalidated:
                raise
            self._roll_back()
            self.server.report(NotLogged(error.message if isinstance(error, DatabaseError) else database_words(error)))

    def _load_journal(self) -> None:
        self.transaction.begin()
        self.journal.load()
        self.transaction.rollback()

    def _prepare_journal(self, plan: Plan) -> None:
        """Create the journal where that commits by itself, and so cannot be done within a step."""
        if plan and not (self.journal.exists or self.transactional):
            self.transaction.begin()
            self.journal.create()
            self.transaction.commit()

    def _prepare(self, log: LogTable) -> None:
        """Create the log, or add what an older release did not know of."""
        if self.missing is None:
            log.create(self.connection)
        for change in self.missing or ():
            self._executor(self.rows).invoke(change)
        self.missing = ()

    def _until_tables_are_free(self, plan: Plan) -> None:
        """Carry out a plan; where a table is locked for too long, let go of everything and try again later."""
        before = len(self.done)
        self.server.report(Planned(len(plan), tuple(sorted(self.rows))))
        patience, last = Patience(self.server.limits, self.server.report), -1
        while True:
            begin = len(self.done) - before
            if begin != last:  # for each step anew
                patience, last = Patience(self.server.limits, self.server.report), begin
            try:
                self._widen(plan)
                self._carry_out(plan, begin)
                return
            except TableLocked as locked:
                left = self.transaction.left
                self._roll_back()
                patience.wait(locked.statement, locked.blockers)
                if left:  # it has committed a part of itself, and goes on behind that
                    self._load_journal()

    def _carry_out(self, plan: Plan, begin: int) -> None:
        for number, step in enumerate(plan[begin:], begin + 1):
            self.server.check()
            self.server.report(StepStarted(step, number, len(plan)))
            self.running, began = step, time.monotonic()
            alone = self._step_until_done(step, began)
            self.pending.append(step)
            if alone or not self.together or number == len(plan):
                self._commit()
            self.running = None
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

    def _step_until_done(self, step: Step, began: float) -> bool:
        """Return True if the step had to start over, which makes it a transaction of its own."""
        for restarts in range(RESTARTS):
            self.server.between_steps(self.connection)
            try:
                self._step(step, began)
                return restarts > 0
            except TableLocked:
                raise
            except StartOver:
                self.transaction.undo_step()
        raise RevisionsError(
            f"Revision {step.revision.id} switches foreign keys again and again.", "once at its beginning is enough."
        )

    def _step(self, step: Step, began: float) -> None:
        executor = self._executor(step.before)
        self.transaction.begin(guarded=step.is_migration)
        self.journal.begin(step.revision.id, step.direction, lambda: source_of(step.revision) or "")
        with executing(executor):
            script = self._script(step, executor) if step.is_migration else None
            self._record(step, script, began)
            for function in self.job.on_version_apply:
                self._call_back(function, step, executor)
        if step.is_stamp:
            self.journal.forget()
        self.journal.finish()

    def _record(self, step: Step, script: Script | None, began: float) -> None:
        """Write the row of the version table and the lines of the log."""
        log = self.job.log
        entries = self._entries(step, script, began) if log is not None else ()
        line = None
        if log is not None and self.server.logs_with_row and len(entries) == 1 and step.rows:
            line, entries = log.line(entries[0]), ()
        try:
            self.job.version_table.apply(self.connection, step.rows, stamp=step.is_stamp, line=line)
        except (TransactionEnded, exc.DBAPIError) as error:
            lost = self.connection.invalidated
            if script is None or not (lost or isinstance(error, TransactionEnded)):
                raise
            raise failure(error, script, step, stayed=self._stayed(), lost=lost) from error
        if log is not None:
            log.write(self.connection, entries)

    def _entries(self, step: Step, script: Script | None, began: float) -> tuple[Entry, ...]:
        """Return what the log says about a step that was done."""
        if script is not None:
            return (entry_of_step(step, "done", source=script.source, seconds=round(time.monotonic() - began, 3)),)
        up, down = turned(self.graph, step.before, step.after)
        return (
            *entries_of(self.graph, down, "down", "stamped"),
            *entries_of(self.graph, up, "up", "stamped"),
        )

    def _script(self, step: Step, executor: DatabaseExecutor) -> Script:
        script = None
        try:
            with self.transaction.lent(row_follows=bool(step.rows)):
                script = self.load(step.revision)
                with executor.script(script):
                    call(script, step, self.job.run_kwargs)
        except (StartOver, KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:
            if script is None:
                raise
            raise failure(error, script, step, stayed=self._stayed(), lost=self.connection.invalidated) from error
        return script

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
        self._operations.stand_at(applied)
        return self._operations

    @cached_property
    def _operations(self) -> DatabaseExecutor:
        from .executors import DatabaseExecutor  # with all that makes SQL: not for a run that finds nothing to do

        return DatabaseExecutor(
            self.transaction,
            self.catalog,
            run=self.job.run,
            naming_convention=self.server.database.naming_convention,
            transactional_ddl=self.transactional,
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

    def _note(self, error: BaseException) -> None:
        """Note in the log that the running step was not done, if the connection is still there for it."""
        step, log = self.running, self.job.log
        if step is None or log is None or self.server.joins or not is_alive(self.connection):
            return
        outcome: Outcome = "failed" if isinstance(error, Exception) else "interrupted"
        words = hide(str(error), secrets_in(self.server.database.engine.url))
        source = source_of(step.revision)
        with suppress(Exception):  # what happened is what is raised, not that it could not be noted
            self.transaction.begin()
            log.write(self.connection, (entry_of_step(step, outcome, source=source, error=words),))
            self.transaction.commit()

    def _stayed(self) -> str:
        if not self.journal.used:
            return NOTHING_STAYED
        last = "autocommit block" if self.transactional else "statement that commits by itself"
        return f"what it did up to its last {last} has stayed, and is not done again"
