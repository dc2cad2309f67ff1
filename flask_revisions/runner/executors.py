"""Where operations go: a database, or onto a list. For SQL text, see `offline`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect

from ..catalog.facts import NoDatabase
from ..ddl import ddl_for
from ..ddl.actions import Action, Fire, Send, Sql, Unenforced
from ..ddl.plain import with_values
from ..operations.base import Operation
from ..operations.catalog import Catalog
from ..operations.data import Execute
from ..operations.executor import Run
from ..operations.script import Script
from ..operations.tables import CreateTable
from .standin import StandIn, Unanswered

AS_WRITTEN = {"no_parameters": True}
"""Tells SQLAlchemy to hand no parameters to the driver, which then leaves percent signs alone."""


class Transaction(Protocol):
    """What operations are carried out in."""

    @property
    def connection(self) -> Connection:
        """The connection that it is on."""

    def autocommit_block(self) -> AbstractContextManager[None]:
        """Let each statement of a block commit by itself."""

    def without_foreign_keys(self) -> AbstractContextManager[None]:
        """Let SQLite enforce no foreign keys for the length of a block, if that can be."""


class DatabaseExecutor:
    """Operations that are carried out, in the transaction of a step."""

    def __init__(
        self,
        transaction: Transaction,
        catalog: Catalog,
        *,
        run: Run,
        naming_convention: Mapping[str, Any],
        transactional_ddl: bool,
        applied: tuple[str, ...] = (),
    ) -> None:
        self.run = run
        self.dialect: Dialect = transaction.connection.dialect
        self.naming_convention = naming_convention
        self.transactional_ddl = transactional_ddl
        self._transaction = transaction
        self._ddl = ddl_for(self.dialect, catalog, naming_convention, run.ddl)
        self._applied = applied

    def stand_at(self, applied: Iterable[str]) -> None:
        """Say what the rows of the version table are before the next step."""
        self._applied = tuple(sorted(applied))

    def invoke(self, operation: Operation) -> Any:
        """Carry out an operation at once; return the Table of a `CreateTable`."""
        with ExitStack() as stack:
            return carry_out(self._ddl.actions(operation), lambda action: self._perform(action, stack))

    @contextmanager
    def script(self, script: Script) -> Iterator[None]:
        """Carry out the operations of a script in a block, and what comes behind the last of them."""
        with self.operations(own=not script.is_alembics):
            yield

    @contextmanager
    def operations(self, *, own: bool = True) -> Iterator[None]:
        """Carry out the operations of a block, and what comes behind the last of them.

        :param own: what they mean is what this package says; False for Alembic's meaning, where they differ.
        """
        self._ddl.begin_script(own=own)
        yield
        with ExitStack() as stack:
            carry_out(self._ddl.end_script(), lambda action: self._perform(action, stack))

    def bind(self) -> Connection:
        """Return the connection of the step."""
        return self._transaction.connection

    def autocommit_block(self) -> AbstractContextManager[None]:
        """Let each statement of a block commit by itself."""
        return self._transaction.autocommit_block()

    def output(self, text: str) -> None:
        """Print nothing: this is for SQL text."""

    def applied(self) -> tuple[str, ...]:
        """Return the rows of the version table before this step."""
        return self._applied

    def _perform(self, action: Action, stack: ExitStack) -> None:
        connection = self._transaction.connection
        if isinstance(action, Sql):
            connection.exec_driver_sql(action.text, execution_options=AS_WRITTEN).close()
        elif isinstance(action, Send):
            options = dict(action.execution_options)
            connection.execute(action.statement, action.rows, execution_options=options).close()
        elif isinstance(action, Unenforced):
            stack.enter_context(self._transaction.without_foreign_keys())
        else:
            fire(action, connection, _Memo(), checkfirst=True)


UNANSWERED = Unanswered(
    "which is not asked while its operations are only collected",
    "what the script does depends on the answer: it is known when the script runs.",
)


class CollectingExecutor:
    """Operations that are put onto a list, without a database.

    What is sent through `op.get_bind()` is on it as well.

    :param run: what the script may ask about the run; `offline` as it would be when the script runs.
    :param applied: the rows of the version table.
    """

    def __init__(
        self,
        dialect: Dialect,
        *,
        run: Run,
        naming_convention: Mapping[str, Any],
        transactional_ddl: bool = True,
        applied: tuple[str, ...] = (),
    ) -> None:
        self.run = run
        self.dialect = dialect
        self.naming_convention = naming_convention
        self.transactional_ddl = transactional_ddl
        self.operations: list[Operation] = []
        self._ddl = ddl_for(dialect, NoDatabase(), naming_convention, run.ddl)
        self._bind: Any = StandIn(dialect, self._sent, UNANSWERED, transactional=transactional_ddl)
        self._applied = applied

    def invoke(self, operation: Operation) -> Any:
        """Put an operation onto the list; return the Table of a `CreateTable`."""
        self.operations.append(operation)
        return self._ddl.created_table(operation) if isinstance(operation, CreateTable) else None

    def bind(self) -> Connection:
        """Return what stands for a connection: it raises `NotKnowable` when it is asked for an answer."""
        connection: Connection = self._bind
        return connection

    def autocommit_block(self) -> AbstractContextManager[None]:
        """Change nothing: the operations tell by themselves what cannot be in a transaction."""
        return nullcontext()

    def output(self, text: str) -> None:
        """Print nothing: this is for SQL text."""

    def applied(self) -> tuple[str, ...]:
        """Return the rows of the version table before this step."""
        return self._applied

    def _sent(self, action: Sql | Send) -> None:
        if isinstance(action, Sql):
            self.operations.append(Execute(action.text.replace(":", "\\:")))
        elif action.rows is None:
            self.operations.append(Execute(action.statement))
        else:
            self.operations.extend(Execute(with_values(action.statement, row)) for row in action.rows)


def carry_out(actions: Any, perform: Callable[[Action], None]) -> Any:
    """Hand each action to `perform`, the next one only when that has returned; return what the generator returns."""
    while True:
        try:
            action = next(actions)
        except StopIteration as done:
            return done.value
        perform(action)


def fire(action: Fire, connection: Any, runner: Any, *, checkfirst: bool) -> None:
    """Tell SQLAlchemy's listeners on a table what is about to happen to it, or has happened.

    :param runner: has a dict `memo`, in which PostgreSQL's named types note what has been made.
    :param checkfirst: whether the database is asked if such a type is there.
    """
    dispatch = getattr(action.table.dispatch, action.event)
    dispatch(action.table, connection, checkfirst=checkfirst, _ddl_runner=runner, _is_metadata_operation=False)


class _Memo:
    """What SQLAlchemy's named types expect of a runner."""

    def __init__(self) -> None:
        self.memo: dict[Any, Any] = {}
