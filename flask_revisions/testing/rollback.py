"""One database for many tests: what each does there is in one transaction, which is rolled back at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, NoReturn

from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.pool import StaticPool

from ..errors import NotSupported, TransactionEnded
from ..project import open_project

SAVEPOINT = "flask_revisions_test"

ENDED = "This test has ended the transaction that is rolled back after it, so what it did is still there."
HINT = (
    "something commits by itself: DDL on MySQL and MariaDB, or a COMMIT as text. Let the test take revisions_app, "
    "which has a database of its own; those that follow get another one."
)
NO_LEVEL = "A connection with an isolation level of its own cannot be had where everything is rolled back in the end."
LEVEL_HINT = "let the test take revisions_app, which has a database of its own."


class Held:
    """One connection of an engine, which everybody gets who asks the engine for one.

    What the application begins, commits and rolls back there is a savepoint: what was committed stays until the end of
    the test, and then it is gone, too.
    """

    def __init__(self, engine: Engine) -> None:
        self._record = engine.raw_connection()
        self._connection: Any = self._record.dbapi_connection  # a driver's own
        dialect = engine.dialect
        for name in ("do_begin", "do_commit", "do_rollback", "set_isolation_level"):
            setattr(dialect, name, getattr(self, f"_{name.removeprefix('do_')}"))
        engine.pool = StaticPool(self._same, dialect=dialect)

    @contextmanager
    def rolled_back(self) -> Iterator[None]:
        """Have a transaction for the length of a block.

        :raises TransactionEnded: something in the block has ended it.
        """
        self._send(f"SAVEPOINT {SAVEPOINT}")
        try:
            yield
        finally:
            self._end()

    def close(self) -> None:
        self._record.invalidate()

    def _end(self) -> None:
        self._send(f"ROLLBACK TO SAVEPOINT {SAVEPOINT}")
        self._connection.rollback()

    def _same(self) -> Any:
        return self._connection

    # -- what the engine's dialect does instead of its own ----------------------------------------------

    def _begin(self, connection: Any) -> None:
        """Do nothing: what was committed last can be gone back to."""

    def _commit(self, connection: Any) -> None:
        self._send(f"RELEASE SAVEPOINT {SAVEPOINT}")
        self._send(f"SAVEPOINT {SAVEPOINT}")

    def _rollback(self, connection: Any) -> None:
        self._send(f"ROLLBACK TO SAVEPOINT {SAVEPOINT}")

    def _set_isolation_level(self, connection: Any, level: str) -> NoReturn:
        raise NotSupported(NO_LEVEL, LEVEL_HINT)

    def _send(self, statement: str) -> None:
        try:
            cursor = self._connection.cursor()
            cursor.execute(statement)
            cursor.close()
        except Exception as error:  # of whichever driver
            if "savepoint" not in str(error).lower() and statement.startswith("RELEASE"):
                raise
            raise TransactionEnded(ENDED, HINT) from error


class Shared:
    """An application on a database that tests share.

    :param make: makes both, and drops the database in the end.
    """

    def __init__(self, make: Callable[[], AbstractContextManager[Flask]]) -> None:
        self._make = make
        self._kept = ExitStack()
        self._app: Flask | None = None
        self._held: tuple[Held, ...] = ()

    @contextmanager
    def lent(self) -> Iterator[Flask]:
        """Give the application for the length of a block; what is done in its database is not there afterwards.

        SQLite, and drivers for asyncio: the database is a copy, as there a file is copied faster than it is opened, and
        connections belong to loops of the application.

        :raises TransactionEnded: something in the block has committed; the next block has another database.
        """
        app, ended = self._opened(), True
        try:
            with ExitStack() as transactions:
                for each in self._held:
                    transactions.enter_context(each.rolled_back())
                yield app
            ended = not self._held
        finally:
            if ended:
                self.close()

    def close(self) -> None:
        """Drop the database; it is made anew if it is needed."""
        self._kept.close()
        self._app, self._held = None, ()

    def _opened(self) -> Flask:
        if self._app is None:
            self._app = self._kept.enter_context(self._make())
            self._held = tuple(Held(each) for each in _engines(self._app))
            for each in self._held:
                self._kept.callback(each.close)
        return self._app


def _engines(app: Flask) -> tuple[Engine, ...]:
    """Return the engines whose transactions can be had; none where one cannot."""
    with open_project(app, lenient=True) as project:
        databases = project.databases
    fits = all(not each.dialect.is_async and each.dialect.name != "sqlite" for each in databases)
    return tuple(each.engine for each in databases) if fits else ()
