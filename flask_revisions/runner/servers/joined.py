"""A run on a connection of the caller's: in its transaction, which is neither committed nor rolled back here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import replace
from typing import NoReturn

from sqlalchemy import Connection, exc, text

from ...database import Database
from ...dialects import MYSQL
from ...errors import NotSupported, UsageError
from ..events import Report
from .base import ANOTHER_RUN, LockName, Server, StartOver, driver_of, is_alive
from .danglings import dangling_rows
from .limits import Limits
from .mysql import SESSION, MySQLServer, lock_name
from .mysql import described_holder as holder_on_mysql
from .postgresql import EARLIER, LOCK, PostgreSQLServer, key
from .postgresql import described_holder as holder_on_postgresql
from .sqlite import SQLiteServer, is_enforced, switch

SAVEPOINT = "flask_revisions_joined"
HINT = "run it without connection=, in a transaction of its own."


class Joined(Server):
    """What a run needs that joins the transaction of a connection.

    Each step is a savepoint: one that fails is taken back, and the caller's transaction can go on.
    """

    joins = True
    given: Connection
    _saved = False

    def ready(self) -> AbstractContextManager[Connection]:
        """Give the connection for operations without a run: nothing is locked."""
        _refuse_autocommit(self.given)
        return self._in_words()

    @contextmanager
    def session(self) -> Iterator[Connection]:
        with self.ready() as connection, self._locked(connection), self.limited(connection):
            yield connection

    @contextmanager
    def _locked(self, connection: Connection) -> Iterator[None]:
        yield

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._in_words() as connection:
            yield connection

    @contextmanager
    def _in_words(self) -> Iterator[Connection]:
        try:
            yield self.given
        except exc.DBAPIError as error:
            raise self.database.refusal(error) from error

    def begin(self, connection: Connection) -> None:
        if self.has_savepoints and self.savepoints_last:
            connection.exec_driver_sql(f"SAVEPOINT {SAVEPOINT}")
            self._saved = True
        self.blocked = None

    def begin_with(self, connection: Connection, savepoint: str) -> None:
        Server.begin_with(self, connection, savepoint)

    def commit(self, connection: Connection) -> None:
        if self._saved:
            self._saved = False
            connection.exec_driver_sql(f"RELEASE SAVEPOINT {SAVEPOINT}")

    def rollback(self, connection: Connection) -> None:
        if self._saved:
            connection.exec_driver_sql(f"ROLLBACK TO SAVEPOINT {SAVEPOINT}")
            self.commit(connection)

    def refuse_to_leave(self) -> NoReturn:
        """Refuse a statement that has to be outside of the transaction.

        :raises NotSupported: always.
        """
        raise NotSupported("The script leaves its transaction, which it shares with the caller of the run.", HINT)


class JoinedPostgreSQL(Joined, PostgreSQLServer):
    """PostgreSQL: the locks last as long as the transaction."""

    @contextmanager
    def _locked(self, connection: Connection) -> Iterator[None]:
        self._notices_dead_clients = False
        for purpose, what in (("run", ANOTHER_RUN), ("step", EARLIER)):
            self._wait_for_lock(connection, key(self.lock, purpose), what)
        self._try(connection, key(self.lock, "run"))
        try:
            yield
        finally:
            with suppress(exc.DBAPIError):  # what was wrong then is being raised
                if is_alive(connection):
                    self._wait_shortly(connection, False)

    def _wait_for_lock(self, connection: Connection, number: int, what: str) -> None:
        self.wait_for(
            lambda: bool(connection.execute(LOCK, {"key": number}).scalar()),
            what,
            lambda: holder_on_postgresql(connection, number),
        )


class JoinedMySQL(Joined, MySQLServer):
    """MySQL and MariaDB, where a statement that defines something commits what precedes."""

    @contextmanager
    def _locked(self, connection: Connection) -> Iterator[None]:
        database, _, _, self._number = connection.execute(SESSION).one()
        name = lock_name(replace(self.lock, database=database or ""))
        self.wait_for(
            lambda: connection.execute(text("SELECT GET_LOCK(:name, 0)"), {"name": name}).scalar() == 1,
            ANOTHER_RUN,
            lambda: holder_on_mysql(connection, name),
        )
        try:
            yield
        finally:
            if is_alive(connection):
                self.inside(connection, "SELECT 1")  # and its time limit is as it was
                with closing(driver_of(connection).cursor()) as cursor:  # also where SQLAlchemy's transaction has ended
                    cursor.execute(f"SELECT RELEASE_LOCK('{name}')")
                    cursor.fetchall()


class JoinedSQLite(Joined, SQLiteServer):
    """SQLite: its own lock of a transaction that writes is the lock.

    One on a file beside it would be taken in the wrong order: the caller may have written already.
    """

    @contextmanager
    def ready(self) -> Iterator[Connection]:
        with super().ready() as connection:
            driver = driver_of(connection)
            if getattr(driver, "autocommit", None) is True:
                _refuse()
            if not driver.in_transaction:  # Python's driver begins late, and not at all before DDL
                self._patiently(connection, "BEGIN IMMEDIATE", "another connection that writes to this database")
            self._enforced = is_enforced(connection)
            try:
                yield connection
            finally:
                if is_alive(connection) and is_enforced(connection) != self._enforced:
                    switch(connection, self._enforced)

    def between_steps(self, connection: Connection) -> None:
        self._was_off, self._rebuilt, self._dangling = False, False, None

    def begin_rebuild(self, connection: Connection) -> None:
        if self._dangling is None:
            self._dangling = dangling_rows(driver_of(connection))
        try:
            super().begin_rebuild(connection)
        except StartOver as error:
            raise self._cannot_switch() from error

    def _enforce(self, connection: Connection, wanted: bool) -> None:
        try:
            super()._enforce(connection, wanted)
        except StartOver as error:
            raise self._cannot_switch() from error

    def after_script(self, connection: Connection, *, left: bool) -> None:
        super().after_script(connection, left=True)  # it does not begin again

    def _cannot_switch(self) -> NotSupported:
        self._restart_with = None
        return NotSupported(
            "Foreign keys are enforced, and before Python 3.12 that cannot be switched off within a transaction, as "
            "the rebuild of a table asks for.",
            HINT,
        )


def joined_server(
    connection: Connection,
    database: Database,
    lock: LockName,
    *,
    lock_timeout: float,
    report: Report,
    limits: Limits,
) -> Joined:
    """Return what a run on a connection of the caller's needs."""
    kinds: dict[str, type[Joined]] = {
        "sqlite": JoinedSQLite,
        "postgresql": JoinedPostgreSQL,
        **dict.fromkeys(MYSQL, JoinedMySQL),
    }
    kind = kinds.get(database.dialect.name, Joined)
    server = kind(database, lock, lock_timeout=lock_timeout, report=report, limits=limits)
    server.given = connection
    return server


def _refuse_autocommit(connection: Connection) -> None:
    level = connection.get_execution_options().get("isolation_level") or getattr(
        connection.dialect, "_on_connect_isolation_level", None
    )
    if level == "AUTOCOMMIT":
        _refuse()


def _refuse() -> NoReturn:
    raise UsageError(
        "Each statement commits by itself on this connection: there is no transaction to join.",
        "hand over a connection of an engine without isolation_level='AUTOCOMMIT'.",
    )
