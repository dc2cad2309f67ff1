"""Asyncio drivers for code that is none: each call of the driver is made in an event loop of its own thread.

So a run needs no event loop of the application, and may be started within one. A connection lives in its loop from its
beginning to its end; the application's pool, whose connections live in other loops, is left alone.
"""

from __future__ import annotations

import asyncio
import copy
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, exc
from sqlalchemy.pool import StaticPool
from sqlalchemy.util import await_only, greenlet_spawn

Result = TypeVar("Result")

LOOKS_EVERY = 0.5
"""Seconds after which the main thread looks for signals: on Windows, waiting for a lock cannot be interrupted."""


class Loop:
    """An event loop in a thread, for the length of a `with` block."""

    def __init__(self) -> None:
        self._loop = asyncio.SelectorEventLoop()  # psycopg knows no other, and Windows has another for its default
        self._thread = threading.Thread(target=self._loop.run_forever, name="flask-revisions-asyncio", daemon=True)
        self._task: asyncio.Task[None] | None = None

    def __enter__(self) -> Loop:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def call(
        self, function: Callable[..., Result], *args: Any, seconds: float | None = None, **keywords: Any
    ) -> Result:
        """Return what a function of SQLAlchemy's comes to, in which it awaits a driver.

        :param seconds: how long it may take; None for no limit.
        :raises TimeoutError: it took longer, and was cancelled.
        """
        if threading.current_thread() is self._thread:  # of a function that is being called
            return function(*args, **keywords)
        return self._submit(lambda: greenlet_spawn(function, *args, **keywords), seconds)

    def run(self, function: Callable[..., Awaitable[Result]], *args: Any, **keywords: Any) -> Result:
        """Return what a coroutine function comes to."""
        if threading.current_thread() is self._thread:
            return await_only(function(*args, **keywords))
        return self._submit(lambda: function(*args, **keywords), None)

    def cancel(self) -> None:
        """Cancel what is running, from any thread."""
        if self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)

    def _submit(self, function: Callable[[], Awaitable[Result]], seconds: float | None) -> Result:
        done: Future[Result] = Future()

        async def work() -> None:
            try:
                done.set_result(await function())
            except BaseException as error:
                done.set_exception(error)

        def start() -> None:
            self._task = self._loop.create_task(work())

        self._loop.call_soon_threadsafe(start)
        try:
            self._wait(done, seconds)
        except BaseException:
            self.cancel()
            wait([done], LOOKS_EVERY)  # the driver ends what the server is doing
            raise
        return done.result()

    @staticmethod
    def _wait(done: Future[Any], seconds: float | None) -> None:
        left = seconds
        while not wait([done], LOOKS_EVERY if left is None else min(left, LOOKS_EVERY)).done:
            left = None if left is None else left - LOOKS_EVERY
            if left is not None and left <= 0:
                raise TimeoutError


class Here:
    """In place of a `Loop`, for code that SQLAlchemy's `run_sync` has called: it may await where it is."""

    def call(self, function: Callable[..., Result], *args: Any, **keywords: Any) -> Result:
        """Return what a function comes to."""
        return function(*args, **keywords)

    def run(self, function: Callable[..., Awaitable[Result]], *args: Any, **keywords: Any) -> Result:
        """Return what a coroutine function comes to."""
        return await_only(function(*args, **keywords))

    def cancel(self) -> None:
        """Do nothing: what is running is the caller's."""


class Driven:
    """A connection as SQLAlchemy adapts it from an asyncio driver, which any code may call.

    What that does not have is asked of the driver's own.

    :param adapted: SQLAlchemy's object.
    :param refused: the driver's class of errors for a statement that was ended.
    """

    def __init__(self, adapted: Any, loop: Loop | Here, refused: type[Exception]) -> None:
        vars(self).update(_adapted=adapted, _loop=loop, _refused=refused)

    def cursor(self, *args: Any, **keywords: Any) -> DrivenCursor:
        """Return a cursor that any code may call."""
        return DrivenCursor(self.call(self._adapted.cursor, *args, **keywords), self)

    def call(self, function: Callable[..., Result], *args: Any, **keywords: Any) -> Result:
        """Return what a method of the adapted connection or of a cursor comes to."""
        try:
            return self._loop.call(function, *args, **keywords)  # type: ignore[no-any-return]
        except asyncio.CancelledError as error:
            raise self._refused("the statement was cancelled") from error

    def run(self, function: Callable[..., Awaitable[Result]], *args: Any, **keywords: Any) -> Result:
        """Return what a coroutine function comes to, in the loop in which the connection lives."""
        return self._loop.run(function, *args, **keywords)  # type: ignore[no-any-return]

    def cancel(self) -> None:
        """End the statement that is running, from any thread."""
        self._loop.cancel()

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._owner(name), name)
        return partial(self.call, value) if callable(value) else value

    def __setattr__(self, name: str, value: Any) -> None:
        # SQLAlchemy 2.0 reads through to the driver's own, and writes only what its class has
        adapted = self._adapted
        self.call(setattr, adapted if hasattr(type(adapted), name) else adapted.driver_connection, name, value)

    def _owner(self, name: str) -> Any:
        return self._adapted if hasattr(self._adapted, name) else self._adapted.driver_connection


class DrivenCursor:
    """A cursor of a `Driven` connection."""

    def __init__(self, cursor: Any, connection: Driven) -> None:
        # SQLAlchemy 2.0 does not say it of psycopg's: then they are asked within the loop, which is never wrong
        vars(self).update(_cursor=cursor, _connection=connection, _streams=getattr(cursor, "server_side", True))

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._cursor, name)
        if not callable(value) or (name.startswith("fetch") and not self._streams):  # rows that are here
            return value
        return partial(self._connection.call, value)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._cursor, name, value)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.fetchall())

    def __enter__(self) -> DrivenCursor:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class SQLiteDriven:
    """The connection of the standard library behind one of aiosqlite; its methods are called in the latter's thread.

    :param connection: aiosqlite's.
    """

    def __init__(self, connection: Any, driven: Driven) -> None:
        vars(self).update(_connection=connection, _raw=connection._conn, _driven=driven)

    def execute(self, *args: Any) -> Rows:
        """Run a statement, and return all its rows."""
        return Rows(self._call(lambda: self._raw.execute(*args).fetchall()))

    def interrupt(self) -> None:
        """End the statement that is running, from any thread."""
        self._raw.interrupt()

    def _call(self, function: Callable[..., Any], *args: Any) -> Any:
        try:
            return self._driven.run(self._connection._execute, function, *args)
        except ValueError as error:  # as aiosqlite says it
            raise sqlite3.ProgrammingError("Cannot operate on a closed database.") from error

    def __getattr__(self, name: str) -> Any:
        value = self._call(getattr, self._raw, name)  # some are for its own thread alone
        return partial(self._call, value) if callable(value) else value

    def __setattr__(self, name: str, value: Any) -> None:
        self._call(setattr, self._raw, name, value)


class Rows(list[Any]):
    """All rows of a statement, to be taken like those of a cursor."""

    def fetchone(self) -> Any:
        """Return the next row; None where there is no more."""
        return self.pop(0) if self else None

    def fetchall(self) -> list[Any]:
        """Return the rows."""
        return self


@contextmanager
def connected(engine: Engine, seconds: float | None = None) -> Iterator[Connection]:
    """Give a connection of an engine with an asyncio driver, for the length of a block and for any code.

    :param seconds: how long connecting may take; None for no limit.
    :raises TimeoutError: it took longer.
    :raises sqlalchemy.exc.DBAPIError: the driver gave none.
    """
    shared = isinstance(engine.pool, StaticPool)  # a database in memory is its only connection
    own = engine if shared else _with_own_pool(engine)
    with Loop() as loop:
        try:
            connection = _connect(own, loop, seconds)
            pooled: Any = connection.connection
            record, adapted = pooled._connection_record, pooled.dbapi_connection
            refused = getattr(engine.dialect.loaded_dbapi, "OperationalError")  # noqa: B009 - modules have no types
            pooled.dbapi_connection = record.dbapi_connection = driven = Driven(adapted, loop, refused)
            try:
                yield connection
            finally:
                # SQLAlchemy leaves such a one to the garbage collector.
                is_left = pooled.is_detached and pooled.is_valid and not engine.dialect.has_terminate
                connection.close()
                if is_left:
                    driven.close()
                if record.dbapi_connection is driven:
                    record.dbapi_connection = adapted
        finally:
            if not shared:
                loop.call(own.dispose)


def _connect(engine: Engine, loop: Loop, seconds: float | None) -> Connection:
    """Return a new connection. Its errors are SQLAlchemy's, whose release 2.0 leaves those of asyncpg as they are."""
    try:
        return loop.call(engine.connect, seconds=seconds)
    except Exception as error:
        if type(error).__module__.partition(".")[0] != engine.dialect.driver:
            raise
        raise exc.OperationalError(None, None, error) from error


def driver_behind(connection: Any) -> Any:
    """Return what stands for the driver's own connection, in code that is not asyncio's.

    :param connection: as SQLAlchemy's pool has it; one that is not `Driven` is used within `run_sync`.
    """
    driven = connection if isinstance(connection, Driven) else Driven(connection, Here(), RuntimeError)
    behind = driven._adapted.driver_connection
    return SQLiteDriven(behind, driven) if hasattr(behind, "_conn") else driven


def _with_own_pool(engine: Engine) -> Engine:
    """Return an engine that is the same, listeners included, but for its connections."""
    own = copy.copy(engine)
    own.pool = engine.pool.recreate()
    return own


def run_on(connection: Connection, function: Callable[..., Awaitable[Result]], *args: Any, **keywords: Any) -> Result:
    """Return what a coroutine function comes to, in the loop in which a connection lives.

    On a connection that is not of `connected`, it is the loop of the code that called `run_sync`.
    """
    driven = connection.connection.dbapi_connection
    if isinstance(driven, Driven):
        return driven.run(function, *args, **keywords)
    return await_only(function(*args, **keywords))
