"""What scripts ask: the run that they are part of, its `-x` arguments, its connection."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, overload

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.base import Executable

from .errors import SeveralHeads
from .operations.base import options
from .operations.data import Execute
from .operations.executor import Executor, current_executor

if TYPE_CHECKING:
    config: Any
    """The configuration object of the run."""

__all__ = [
    "MigrationContext",
    "begin_transaction",
    "config",
    "execute",
    "get_bind",
    "get_context",
    "get_impl",
    "get_tag_argument",
    "get_x_argument",
    "is_offline_mode",
    "is_transactional_ddl",
    "static_output",
]


def __getattr__(name: str) -> Any:
    if name == "config":
        return current_executor().run.config
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@overload
def get_x_argument(as_dictionary: Literal[False] = False) -> list[str]: ...


@overload
def get_x_argument(as_dictionary: Literal[True]) -> dict[str, str]: ...


@overload
def get_x_argument(as_dictionary: bool) -> list[str] | dict[str, str]: ...


def get_x_argument(as_dictionary: bool = False) -> list[str] | dict[str, str]:
    """Return the values of `-x` in the order in which they were given.

    :param as_dictionary: return them by name instead: `-x a=1` is `{"a": "1"}`, a bare `-x a` is `{"a": ""}`.
    """
    given = current_executor().run.x_arguments
    if not as_dictionary:
        return list(given)
    return {name: value for name, _, value in (argument.partition("=") for argument in given)}


def get_tag_argument() -> str | None:
    """Return the value of `--tag`, or None."""
    return current_executor().run.tag


def is_offline_mode() -> bool:
    """Return True where SQL is printed (`--sql`) and no database is connected."""
    return current_executor().run.offline


def is_transactional_ddl() -> bool:
    """Return True where a rollback takes back a script's DDL."""
    return current_executor().transactional_ddl


def get_bind() -> Connection:
    """Return the connection of the running step; with `--sql`, a stand-in that prints what it is sent."""
    return current_executor().bind()


def get_context() -> MigrationContext:
    """Return the run that the script is part of."""
    return MigrationContext(current_executor())


def get_impl() -> Implementation:
    """Return the database of the run, the same as `op.get_context().impl`."""
    return Implementation(current_executor())


def execute(sql: str | Executable, execution_options: Mapping[str, Any] | None = None) -> None:
    """Send one statement, as `op.execute` does.

    :param sql: a string, in which `:name` is a bind parameter unless written `\\:name`, or any executable of
        SQLAlchemy.
    :param execution_options: as for `Connection.execute`.
    """
    get_context().execute(sql, execution_options)


def static_output(text: str) -> None:
    """Print a text where SQL is printed; nothing elsewhere."""
    current_executor().output(text)


def begin_transaction() -> AbstractContextManager[None]:
    """Return a block that changes nothing: a running step is in its transaction already."""
    return nullcontext()


@dataclass(frozen=True)
class Implementation:
    """The database of a run, as `op.get_context().impl` shows it."""

    executor: Executor

    @property
    def dialect(self) -> Dialect:
        """The dialect of the database that is changed."""
        return self.executor.dialect

    @property
    def transactional_ddl(self) -> bool:
        """True where a rollback takes back a script's DDL."""
        return self.executor.transactional_ddl

    @property
    def connection(self) -> Connection:
        """The connection of the running step; without a database, a stand-in that prints what it is sent."""
        return self.executor.bind()

    @property
    def bind(self) -> Connection:
        """The same as `connection`."""
        return self.executor.bind()

    @property
    def as_sql(self) -> bool:
        """True where SQL is printed and no database is connected."""
        return self.executor.run.offline

    def execute(self, sql: str | Executable, execution_options: Mapping[str, Any] | None = None) -> None:
        """Send one statement, as `op.execute` does."""
        self.executor.invoke(Execute(sql, options(execution_options or {})))

    def static_output(self, text: str) -> None:
        """Print a text where SQL is printed; nothing elsewhere."""
        self.executor.output(text)


@dataclass(frozen=True)
class MigrationContext:
    """The run that a script is part of: what `op.get_context()` returns."""

    executor: Executor

    @property
    def impl(self) -> Implementation:
        """The database of the run."""
        return Implementation(self.executor)

    @property
    def dialect(self) -> Dialect:
        """The dialect of the database that is changed."""
        return self.executor.dialect

    @property
    def bind(self) -> Connection:
        """The connection of the running step; without a database, a stand-in that prints what it is sent."""
        return self.executor.bind()

    @property
    def connection(self) -> Connection:
        """The same as `bind`."""
        return self.executor.bind()

    @property
    def config(self) -> Any:
        """The configuration object of the run."""
        return self.executor.run.config

    @property
    def as_sql(self) -> bool:
        """True where SQL is printed and no database is connected."""
        return self.executor.run.offline

    @property
    def opts(self) -> Mapping[str, Any]:
        """Everything that was handed to `Revisions(...)`, by name."""
        return self.executor.run.options

    @property
    def version_table(self) -> str:
        """The name of the table that says what is applied."""
        return str(self.opts.get("version_table", "alembic_version"))

    @property
    def version_table_schema(self) -> str | None:
        """The schema of that table; None for the connection's default schema."""
        schema: str | None = self.opts.get("version_table_schema")
        return schema

    @property
    def environment_context(self) -> ModuleType:
        """This module: what scripts ask of it, they may ask here as well."""
        return sys.modules[__name__]

    def execute(self, sql: str | Executable, execution_options: Mapping[str, Any] | None = None) -> None:
        """Send one statement, as `op.execute` does."""
        self.impl.execute(sql, execution_options)

    def autocommit_block(self) -> AbstractContextManager[None]:
        """Return a block outside of the step's transaction, in which each statement commits by itself."""
        return self.executor.autocommit_block()

    def begin_transaction(self, _per_migration: bool = False) -> AbstractContextManager[None]:
        """Return a block that changes nothing: a running step is in its transaction already."""
        return nullcontext()

    def get_current_heads(self) -> tuple[str, ...]:
        """Return the rows of the version table as they were before the running step."""
        return self.executor.applied()

    def get_current_revision(self) -> str | None:
        """Return the only row of the version table as it was before the running step, or None.

        :raises SeveralHeads: there are several rows.
        """
        applied = self.executor.applied()
        if len(applied) > 1:
            raise SeveralHeads(
                f"The database is at several revisions: {', '.join(applied)}.",
                "ask get_current_heads() for all of them.",
                heads=applied,
            )
        return applied[0] if applied else None
