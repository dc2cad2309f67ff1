"""Coroutine functions inside a script."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa
from flask_revisions import op
from flask_revisions.operations.executor import Run, executing

from ..ddl.sql import TextExecutor


class Online(TextExecutor):
    """An executor that has a connection."""

    def __init__(self, connection):
        super().__init__(connection.dialect, run=Run())
        self._connection = connection


async def add(connection, first, *, second):
    return (await connection.execute(sa.text(f"SELECT {first} + {second}"))).scalar()


def test_offline_there_is_nothing_to_await_on():
    executor = TextExecutor(sa.create_engine("sqlite://").dialect)
    with executing(executor), pytest.raises(NotImplementedError, match="cannot be written as SQL text"):
        op.run_async(add, 1, second=2)


def test_a_synchronous_connection_is_a_value_error_that_names_its_driver():
    with (
        sa.create_engine("sqlite://").connect() as connection,
        executing(Online(connection)),
        pytest.raises(ValueError, match="this connection uses pysqlite"),
    ):
        op.run_async(add, 1, second=2)


def test_the_function_gets_the_connection_and_its_result_comes_back():
    pytest.importorskip("greenlet")
    pytest.importorskip("aiosqlite")
    from sqlalchemy.ext.asyncio import create_async_engine

    def script(connection):
        with executing(Online(connection)):
            return op.run_async(add, 1, second=2)

    async def main():
        engine = create_async_engine("sqlite+aiosqlite://")
        async with engine.connect() as connection:
            result = await connection.run_sync(script)
        await engine.dispose()
        return result

    assert asyncio.run(main()) == 3
