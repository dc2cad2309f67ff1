"""Where operations go: a database, or SQL text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect

from ..ddl import ddl_for
from ..ddl.actions import Action, Fire, Send, Sql
from ..operations.base import Operation
from ..operations.catalog import Catalog
from ..operations.executor import Run

AS_WRITTEN = {"no_parameters": True}
"""Tells SQLAlchemy to hand no parameters to the driver, which then leaves percent signs alone."""


class Transaction(Protocol):
    """What operations are carried out in."""

    @property
    def connection(self) -> Connection:
        """The connection that it is on."""

    def autocommit_block(self) -> AbstractContextManager[None]:
        """Let each statement of a block commit by itself."""


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
        self._ddl = ddl_for(self.dialect, catalog, naming_convention)
        self._applied = applied

    def invoke(self, operation: Operation) -> Any:
        """Carry out an operation at once; return the Table of a `CreateTable`."""
        return carry_out(self._ddl.actions(operation), self._perform)

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

    def _perform(self, action: Action) -> None:
        connection = self._transaction.connection
        if isinstance(action, Sql):
            connection.exec_driver_sql(action.text, execution_options=AS_WRITTEN).close()
        elif isinstance(action, Send):
            options = dict(action.execution_options)
            connection.execute(action.statement, action.rows, execution_options=options).close()
        else:
            fire(action, connection, _Memo(), checkfirst=True)


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
