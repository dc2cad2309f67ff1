"""Operations as objects, final names, coroutines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sqlalchemy.sql.elements import conv

from ..operations.base import Operation
from ..operations.executor import current_executor

_Result = TypeVar("_Result")


def invoke(operation: Operation) -> Any:
    """Carry out an operation that exists as an object; return the Table of a `CreateTable`."""
    return current_executor().invoke(operation)


def f(name: str) -> conv:
    """Return a name that is final: no naming convention is applied to it."""
    return conv(name)


def run_async(async_function: Callable[..., Awaitable[_Result]], *args: Any, **kw_args: Any) -> _Result:
    """Call a coroutine function with the step's connection as an `AsyncConnection`; return its result.

    :param args: what it is called with behind the connection.
    :raises NotImplementedError: no database is connected (`--sql`).
    :raises ValueError: the database is not connected through an asyncio driver.
    """
    executor = current_executor()
    if executor.run.offline:
        raise NotImplementedError("op.run_async() needs a database: it cannot be written as SQL text.")
    if not executor.dialect.is_async:
        raise ValueError(
            f"op.run_async() needs an asyncio driver, and this connection uses {executor.dialect.driver}: "
            "call the function with op.get_bind() instead."
        )
    from sqlalchemy.ext.asyncio import AsyncConnection

    from ..asynchronous import run_on

    connection = executor.bind()
    return run_on(connection, async_function, AsyncConnection._retrieve_proxy_for_target(connection), *args, **kw_args)
