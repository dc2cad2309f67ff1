"""What steps would do: their operations in words and SQL, found out without running them, or by a run rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn

from sqlalchemy import Connection, event

from ..catalog.facts import ConnectionCatalog
from ..database import Database
from ..ddl.marks import Mark, marks_of
from ..errors import LockTimeout, NotKnowable, RevisionsError, TableBlocked
from ..graph.logged import Standing
from ..graph.plan import Plan, Step
from ..operations.base import Operation
from ..operations.executor import executing
from ..operations.script import Script
from .call import call
from .events import Report
from .executors import UNANSWERED, CollectingExecutor, DatabaseExecutor
from .failures import failure
from .goal import Goal, Job, Load
from .offline import TRANSACTIONAL, SqlExecutor
from .servers import LockName, Server, StartOver, TableLocked, server_for
from .sql_script import SqlScript
from .transaction import StepTransaction

ATTEMPTS = 3


@dataclass(frozen=True)
class Seen:
    """One operation of a step.

    :param sentence: what it does, in words.
    :param sql: the statements; None where they depend on what is in the database then.
    """

    sentence: str
    sql: tuple[str, ...] | None
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Preview:
    """What a step would do.

    :param unknown: why that cannot be known beforehand; empty where it can.
    """

    step: Step
    operations: tuple[Seen, ...] = ()
    unknown: str = ""

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks of all its operations, each once."""
        return tuple(dict.fromkeys(mark for each in self.operations for mark in each.marks))


def preview(plan: Plan, job: Job, *, database: Database, load: Load) -> tuple[Preview, ...]:
    """Return what the steps of a plan would do; nothing is run and no database is asked.

    :raises RevisionsError: a script cannot be loaded, or fails.
    """
    return tuple(_preview(step, job, database, load) for step in plan)


def _preview(step: Step, job: Job, database: Database, load: Load) -> Preview:
    if not step.is_migration:
        return Preview(step)
    transactional = database.dialect.name in TRANSACTIONAL
    collecting = CollectingExecutor(
        database.dialect,
        run=job.run,
        naming_convention=database.naming_convention,
        transactional_ddl=transactional,
        applied=tuple(sorted(step.before)),
    )
    unknown = ""
    with executing(collecting):
        script = load(step.revision)
        try:
            call(script, step, job.run_kwargs)
        except Exception as error:
            shown = UNANSWERED.instead_of(error)
            if not isinstance(shown, NotKnowable):
                raise failure(shown, script, step) from error
            unknown = shown.message
    texts: list[str] = []
    out = SqlScript(database.dialect, texts.append, transactional=transactional)
    writing = SqlExecutor(out, job.run, database.naming_convention)
    marks = marks_of(collecting.operations, database.dialect.name)
    seen = []
    for operation, found in zip(collecting.operations, marks, strict=True):
        seen.append(Seen(operation.describe(), _sql(operation, writing, texts), found))
    return Preview(step, tuple(seen), unknown)


def _sql(operation: Operation, executor: SqlExecutor, texts: list[str]) -> tuple[str, ...] | None:
    """Return the statements of an operation; None where they depend on what is in the database."""
    texts.clear()
    try:
        with executing(executor):
            executor.invoke(operation)
    except RevisionsError:
        return None
    return tuple(text.strip().rstrip(";").rstrip() for text in texts)


# -- a run that is rolled back -----------------------------------------------------------------------------


def rehearse(database: Database, job: Job, *, goal: Goal, load: Load, report: Report) -> tuple[Preview, ...]:
    """Return what the steps to a goal did, in a transaction that was rolled back.

    The lock is held, and tables are locked, as in a real run.

    :raises NotKnowable: this database commits DDL by itself, or a step leaves its transaction.
    :raises RevisionsError: a step failed.
    """
    lock = LockName(job.version_table.name, job.version_table.schema)
    server = server_for(database, lock, lock_timeout=job.lock_timeout, report=report, limits=job.limits)
    if not server.savepoints_last:
        raise NotKnowable(
            f"{database.describe()} commits at every definition: a run could not be taken back.",
            "--plan shows what can be known without one; rehearse on a copy.",
        )
    with server.session() as connection:
        transaction = _Rehearsal(connection, server)
        with transaction.watching():
            found = None
            for _ in range(ATTEMPTS):
                if found is None:
                    found = _attempt(transaction, job, goal, load)
    if found is None:
        raise LockTimeout("The rehearsal had to begin again too often.", "run it without --dry-run.")
    return found


def _attempt(transaction: _Rehearsal, job: Job, goal: Goal, load: Load) -> tuple[Preview, ...] | None:
    """Return what the steps did; None if they have to begin again."""
    try:
        return _rehearse(transaction, job, goal, load)
    except TableLocked as error:
        raise TableBlocked(
            f"A table is used by somebody else: {error.blockers or 'it is not known by whom'}.",
            "try again when that session has ended.",
            blockers=error.blockers,
            statement=error.statement,
        ) from error
    except StartOver:
        return None
    finally:
        transaction.rollback()


class _Rehearsal(StepTransaction):
    """A transaction that is never committed."""

    def __init__(self, connection: Connection, server: Server) -> None:
        super().__init__(connection, server, lambda: None)
        self.server = server

    def _go_outside(self) -> NoReturn:
        raise NotKnowable(
            "The script leaves its transaction: a run of that could not be taken back.",
            "--plan shows what can be known without one.",
        )


def _rehearse(transaction: _Rehearsal, job: Job, goal: Goal, load: Load) -> tuple[Preview, ...]:
    connection, table = transaction.connection, job.version_table
    transaction.server.between_steps(connection)
    transaction.begin()
    known = job.log.known(connection) if job.log is not None and job.log.exists(connection) else None
    standing = Standing(table.rows(connection) if table.exists(connection) else (), known)
    plan = goal.steps(standing, goal.resolve(standing.rows))
    if not table.exists(connection):
        table.create(connection)
    found = []
    for step in plan:
        executor = _RecordingExecutor(transaction, job, step)
        with executor.listening(), executing(executor):
            if step.is_migration:
                _run(transaction, job, step, load)
        table.apply(connection, step.rows, stamp=step.is_stamp)
        found.append(Preview(step, executor.seen()))
    return tuple(found)


def _run(transaction: _Rehearsal, job: Job, step: Step, load: Load) -> None:
    script: Script | None = None
    try:
        with transaction.lent():
            script = load(step.revision)
            call(script, step, job.run_kwargs)
    except (StartOver, NotKnowable, KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        if script is None:
            raise
        raise failure(error, script, step) from error


@dataclass
class _Sent:
    """What was sent, by an operation or by the script itself."""

    operation: Operation | None
    statements: list[str] = field(default_factory=list)


class _RecordingExecutor(DatabaseExecutor):
    """Carries operations out, and keeps what was sent."""

    def __init__(self, transaction: _Rehearsal, job: Job, step: Step) -> None:
        super().__init__(
            transaction,
            ConnectionCatalog(transaction.connection),
            run=job.run,
            naming_convention=transaction.server.database.naming_convention,
            transactional_ddl=True,
            applied=tuple(sorted(step.before)),
        )
        self._connection = transaction.connection
        self._sent: list[_Sent] = []
        self._current: _Sent | None = None

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Note every statement for the length of a block."""
        event.listen(self._connection, "before_cursor_execute", self._note)
        try:
            yield
        finally:
            event.remove(self._connection, "before_cursor_execute", self._note)

    def invoke(self, operation: Operation) -> Any:
        """Carry out an operation, and note it with its statements."""
        self._current = _Sent(operation)
        self._sent.append(self._current)
        try:
            return super().invoke(operation)
        finally:
            self._current = None

    def seen(self) -> tuple[Seen, ...]:
        """Return what was noted."""
        marks = marks_of([each.operation or Operation() for each in self._sent], self.dialect.name)
        return tuple(
            Seen(each.operation.describe() if each.operation else "", tuple(each.statements), mark)
            for each, mark in zip(self._sent, marks, strict=True)
        )

    def _note(self, connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if "flask_revisions_step" in statement or "lock_timeout = " in statement:
            return  # our own
        if self._current is None:
            self._sent.append(_Sent(None, [statement]))
        else:
            self._current.statements.append(statement)
