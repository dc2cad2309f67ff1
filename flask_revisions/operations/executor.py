"""Who carries out operations: the protocol, and the one global of the package, the executor that is current."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect

if TYPE_CHECKING:
    from .base import Operation
    from .catalog import Catalog


@dataclass(frozen=True)
class Run:
    """What a script may ask about the run that it is part of.

    :param offline: True where SQL is printed and no database is connected.
    :param x_arguments: the values of `-x`, as they were given: `name=value` or a bare word.
    :param tag: the value of `--tag`.
    :param options: everything that was handed to `Revisions(...)`, by name: `op.get_context().opts`.
    :param config: the object behind `op.get_context().config`.
    :param ddl: by the name of a dialect, the project's own way to turn operations into SQL: a class that is made with
        a dialect, what may be asked of the database, and the naming convention.
    """

    offline: bool = False
    x_arguments: tuple[str, ...] = ()
    tag: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    config: Any = None
    ddl: Mapping[str, Callable[[Dialect, Catalog, Mapping[str, Any]], Any]] = field(default_factory=dict)


class Executor(Protocol):
    """Where operations go: to a database, into SQL text, onto a list."""

    @property
    def run(self) -> Run:
        """The run that the current script is part of."""

    @property
    def dialect(self) -> Dialect:
        """The dialect of the database that is changed."""

    @property
    def naming_convention(self) -> Mapping[str, Any]:
        """The naming convention of the application's metadata; empty where it has none."""

    @property
    def transactional_ddl(self) -> bool:
        """True where a rollback takes back the script's DDL."""

    def invoke(self, operation: Operation) -> Any:
        """Carry out an operation; the `Table` of a `CreateTable`, the rows of nothing else."""

    def bind(self) -> Connection:
        """Return the connection of the running step; without a database, a stand-in that prints what it is sent."""

    def autocommit_block(self) -> AbstractContextManager[None]:
        """End the step's transaction for the length of a block, in which each statement commits by itself."""

    def output(self, text: str) -> None:
        """Print a line where SQL is printed; nothing elsewhere."""

    def applied(self) -> tuple[str, ...]:
        """Return the rows of the version table as they were before the running step."""


_current: ContextVar[Executor | None] = ContextVar("flask_revisions_executor", default=None)


def current_executor() -> Executor:
    """Return the executor behind `op` and `context`.

    :raises NameError: no revision is running here.
    """
    executor = _current.get()
    if executor is None:
        raise NameError(
            "No revision is running here: 'op' and 'context' work inside upgrade() and downgrade(), "
            "and while a script is loaded for running."
        )
    return executor


def has_executor() -> bool:
    """Return True while a revision is loaded for running, or runs, in this context."""
    return _current.get() is not None


@contextmanager
def executing(executor: Executor) -> Iterator[None]:
    """Make `executor` the one behind `op` and `context` for the length of a block."""
    token = _current.set(executor)
    try:
        yield
    finally:
        _current.reset(token)
