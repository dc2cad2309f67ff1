"""A plan as a script of SQL: the same functions run, and what they would send is written down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateTable

from ..catalog.facts import NoDatabase
from ..ddl import ddl_for
from ..ddl.actions import Action, Fire, Send, Sql
from ..ddl.plain import literal_sql, texts_of
from ..graph.plan import Plan, Step
from ..operations.base import Operation
from ..operations.executor import Run, executing
from ..operations.script import Script
from .call import call
from .executors import carry_out, fire
from .failures import failure
from .goal import Job, Load
from .sql_script import SqlScript, Write
from .standin import StandIn, Unanswered
from .words import only_outside

TRANSACTIONAL = ("postgresql", "sqlite", "mssql")


def write_script(
    plan: Plan,
    job: Job,
    *,
    dialect: Dialect,
    naming_convention: Mapping[str, Any],
    load: Load,
    write: Write,
    transactional_ddl: bool | None = None,
    separator: str | None = None,
) -> None:
    """Write what a plan would send to a database.

    The version table is created where the plan begins with none of its rows.

    :param transactional_ddl: whether BEGIN and COMMIT are written; None: as the database has its DDL.
    :param separator: what stands behind each statement, where there is such a word: `GO` and `/` if None.
    :raises NotKnowable: a script wants to know something of the database.
    :raises RevisionsError: as when the plan is carried out.
    """
    transactional = dialect.name in TRANSACTIONAL if transactional_ddl is None else transactional_ddl
    script = SqlScript(dialect, write, transactional=transactional, separator=separator)
    executor = SqlExecutor(script, job.run, naming_convention)
    together = not job.transaction_per_migration
    for number, step in enumerate(plan):
        if number == 0 or not together:
            script.begin()
        if number == 0 and not step.before:
            table = job.version_table.table()
            script.statement(literal_sql(CreateTable(table), script.dialect))
        script.comment(_title(step))
        _run_step(step, job, executor, load)
        for _, statement in job.version_table.statements(step.rows):
            script.statement(literal_sql(statement, script.dialect))
        if number == len(plan) - 1 or not together:
            script.commit()


def write_version_table(job: Job, *, dialect: Dialect, write: Write) -> None:
    """Write the statement that creates the version table."""
    script = SqlScript(dialect, write, transactional=False)
    script.statement(literal_sql(CreateTable(job.version_table.table()), script.dialect))


def _run_step(step: Step, job: Job, executor: SqlExecutor, load: Load) -> None:
    if not step.is_migration:
        return
    executor.step(step)
    with executing(executor):
        script = load(step.revision)
        try:
            with executor.script(script):
                call(script, step, job.run_kwargs)
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:
            raise _failure(error, script, step) from error


def _failure(error: BaseException, script: Script, step: Step) -> BaseException:
    return failure(UNANSWERED.instead_of(error), script, step)


def _title(step: Step) -> str:
    words = {"upgrade": "Upgrade", "downgrade": "Downgrade", "stamp": "Stamp"}
    ends = [", ".join(ids) or "base" for ids in (step.source_revision_ids, step.destination_revision_ids)]
    message = f": {step.revision.message}" if step.revision.message and not step.is_stamp else ""
    note = " (recorded only)" if step.recorded_only else ""
    return f"{words[step.direction]} {ends[0]} -> {ends[1]}{note}{message}"


# -- what a script meets ------------------------------------------------------------------------------

UNANSWERED = Unanswered(
    "and with --sql there is none",
    "ask context.is_offline_mode() in the script and leave that part out, or run it on a database without --sql.",
)


class SqlExecutor:
    """Operations that are written down."""

    def __init__(self, script: SqlScript, run: Run, naming_convention: Mapping[str, Any]) -> None:
        self.run = run
        self.dialect = script.dialect
        self.naming_convention = naming_convention
        self.transactional_ddl = script.transactional
        self.memo: dict[Any, Any] = {}
        self._script = script
        self._ddl = ddl_for(script.dialect, NoDatabase(), naming_convention, run.ddl)
        self._bind = StandIn(script.dialect, self._perform, UNANSWERED, transactional=script.transactional)
        self._applied: tuple[str, ...] = ()
        self._outside = False

    def step(self, step: Step) -> None:
        """Begin another step."""
        self._applied = tuple(sorted(step.before))

    def invoke(self, operation: Operation) -> Any:
        """Write the statements of an operation; return the Table of a `CreateTable`."""
        return carry_out(self._ddl.actions(operation), self._perform)

    @contextmanager
    def script(self, script: Script) -> Iterator[None]:
        """Write the operations of a script in a block, and what comes behind the last of them."""
        self._ddl.begin_script(own=not script.is_alembics)
        yield
        carry_out(self._ddl.end_script(), self._perform)

    def bind(self) -> Any:
        """Return what stands for a connection."""
        return self._bind

    def autocommit_block(self) -> Any:
        """Write COMMIT before a block and BEGIN after it."""
        return self._autocommit_block() if self._script.transactional else nullcontext()

    @contextmanager
    def _autocommit_block(self) -> Iterator[None]:
        if self._outside:
            yield
            return
        self._script.commit()
        self._outside = True
        yield
        self._outside = False
        self._script.begin()

    def _statement(self, text: str) -> None:
        with self.autocommit_block() if only_outside(text, self.dialect.name) else nullcontext():
            self._script.statement(text)

    def output(self, text: str) -> None:
        """Write a text as it is, without an end of a statement."""
        self._script.write(text + "\n\n")

    def applied(self) -> tuple[str, ...]:
        """Return the rows that the version table has before this step."""
        return self._applied

    def _perform(self, action: Action) -> None:
        if isinstance(action, Sql):
            self._statement(action.text)
        elif isinstance(action, Send):
            for text in texts_of(action, self.dialect):
                self._statement(text)
        elif isinstance(action, Fire):
            fire(action, self._bind, self, checkfirst=False)
