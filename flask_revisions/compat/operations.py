"""`Operations`: the directives as methods of an object, and the registry of a project's own directives."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, TypeVar

from .. import op
from ..context import Implementation, MigrationContext
from ..operations.base import Operation
from ..operations.executor import current_executor, executing
from .refusals import NotCarried

_Class = TypeVar("_Class", bound=type)
_Function = TypeVar("_Function", bound=Callable[..., Any])

_directives: dict[str, Callable[..., Any]] = {}
_implementations: dict[type, Callable[..., Any]] = {}


class MigrateOperation:
    """The base class of a project's own operations."""

    def reverse(self) -> MigrateOperation:
        """Return the operation that takes this one back, for those that can be."""
        raise NotImplementedError


class Operations:
    """The directives of `op`, carried out on the database of a migration context.

    :param migration_context: what `op.get_context()` or `MigrationContext.configure(connection)` returned.
    """

    def __init__(self, migration_context: MigrationContext, impl: object = None) -> None:
        self.migration_context = migration_context

    @property
    def impl(self) -> Implementation:
        """The database."""
        return self.migration_context.impl

    @classmethod
    @contextmanager
    def context(cls, migration_context: MigrationContext) -> Iterator[Operations]:
        """Have `op` work on the database of a migration context for the length of a block."""
        with executing(migration_context.executor):
            yield cls(migration_context)

    @classmethod
    def register_operation(cls, name: str, sourcename: str | None = None) -> Callable[[_Class], _Class]:
        """Return a decorator that makes a method of an operation's class the directive `op.<name>`.

        :param sourcename: the name of that method, if it is another one.
        """

        def register(operation: _Class) -> _Class:
            _directives[name] = getattr(operation, sourcename or name)
            return operation

        return register

    @classmethod
    def implementation_for(cls, op_cls: type, replace: bool = False) -> Callable[[_Function], _Function]:
        """Return a decorator for the function that carries out the operations of a class.

        :param replace: accepted; a later function always takes the place of an earlier one.
        """

        def register(function: _Function) -> _Function:
            _implementations[op_cls] = function
            return function

        return register

    def invoke(self, operation: Any) -> Any:
        """Carry out an operation that exists as an object, ours or one of the project's own."""
        with executing(self.migration_context.executor):
            if isinstance(operation, Operation):
                return current_executor().invoke(operation)
            return _implementation(type(operation))(self, operation)

    @contextmanager
    def batch_alter_table(self, *args: Any, **kwargs: Any) -> Iterator[op.BatchOperations]:
        """Collect the changes of a block to one table; see `op.batch_alter_table`."""
        with executing(self.migration_context.executor), op.batch_alter_table(*args, **kwargs) as batch:
            yield batch

    def __getattr__(self, name: str) -> Callable[..., Any]:
        custom = _custom(name)
        if custom is not None:
            return self._running(partial(custom, self))
        if name not in op.__all__:
            hint = "see flask_revisions.op for those there are."
            raise NotCarried(f"There is no directive 'op.{name}'.", hint)
        return self._running(getattr(op, name))

    def _running(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            with executing(self.migration_context.executor):
                return function(*args, **kwargs)

        return call


# -- what `alembic.op` has beyond `flask_revisions.op` -------------------------------------------------

register_operation = Operations.register_operation
implementation_for = Operations.implementation_for


def current_operations() -> Operations:
    """Return the directives of the running step as an object."""
    return Operations(op.get_context())


def invoke(operation: Any) -> Any:
    """Carry out an operation that exists as an object, ours or one of the project's own."""
    return current_operations().invoke(operation)


def custom_directive(name: str) -> Callable[..., Any] | None:
    """Return a project's own directive as a function of `op`, or None."""
    if _custom(name) is None:
        return None

    def call(*args: Any, **kwargs: Any) -> Any:
        return getattr(current_operations(), name)(*args, **kwargs)

    return call


def _custom(name: str) -> Callable[..., Any] | None:
    """Return what is registered under a name, here or, by packages that know it alone, with Alembic."""
    if name in _directives or name in op.__all__ or name.startswith("_"):
        return _directives.get(name)
    return getattr(_alembics_own(), name, None)


def _implementation(kind: type) -> Callable[..., Any]:
    found = next((_implementations[each] for each in kind.__mro__ if each in _implementations), None)
    theirs = _alembics_own()
    if found is None and theirs is not None:
        with suppress(ValueError):  # nothing is registered there either
            found = theirs._to_impl.dispatch(kind)
    if found is None:
        raise NotCarried(
            f"Nothing says how to carry out {kind.__name__}.",
            "register a function for it with Operations.implementation_for.",
        )
    return found


def _alembics_own() -> Any:
    """Return the `Operations` of the real Alembic; None where it is not loaded."""
    return getattr(sys.modules.get("alembic.operations.base"), "Operations", None)
