"""What any database needs around a step; alone, what one gets that we know nothing special about."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, exc, inspect
from sqlalchemy.engine.interfaces import IsolationLevel

from ...database import Database
from ...dialects import MYSQL
from ...errors import DatabaseUnreachable, LockTimeout
from ..events import Connected, Report, Waiting
from .limits import Clock, Limits, StatementLimits
from .round_trips import Failed

FIRST_PAUSE = 0.05
LONGEST_PAUSE = 0.5
SAY_AGAIN = 5.0
FORGETS = 2.0

Connect = Callable[[], AbstractContextManager[Connection]]

AGAIN = "again"
"""In place of a fingerprint: the statement may be sent any number of times."""

UNKNOWN = ""
"""In place of a fingerprint: nothing tells whether the statement was done."""

ANOTHER_RUN = "another run of revisions on this database"


class StartOver(Exception):
    """The step has to begin again, on a connection as it has been set for it meanwhile."""


class TableLocked(StartOver):
    """A table was not to be had in time: the step has to begin again later, and let go of all that it holds meanwhile.

    :param statement: what needed it.
    :param blockers: who has it, in words; may be empty.
    """

    def __init__(self, statement: str, blockers: str) -> None:
        super().__init__(f"A table is locked that is needed for: {statement}")
        self.statement = statement
        self.blockers = blockers


@dataclass(frozen=True)
class LockName:
    """What a lock is named after: one version table of one database is one lock.

    :param database: the database's own name, where locks are known to the whole server.
    """

    table: str
    schema: str | None
    database: str = ""

    def digest(self, purpose: str = "run") -> bytes:
        """Return 32 bytes that are the same in every process and every release."""
        parts = ("flask-revisions", purpose, self.database, self.schema or "", self.table)
        return hashlib.sha256("\0".join(parts).encode()).digest()


class Server:
    """What one kind of database needs around a step.

    The generic one has transactions and no lock.

    :param lock_timeout: seconds to wait for another run.
    """

    def __init__(
        self, database: Database, lock: LockName, *, lock_timeout: float, report: Report, limits: Limits
    ) -> None:
        self.database = database
        self.lock = lock
        self.lock_timeout = lock_timeout
        self.report = report
        self.limits = limits
        self.blocked: TableLocked | None = None
        """Why the running step has to begin again, whatever its script makes of that."""
        self._level: IsolationLevel = "READ COMMITTED"

    # -- the whole run ------------------------------------------------------------------------------

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """Hold the lock, and give the connection that the revisions run on."""
        with self.connect() as connection:
            self.use_transactions(connection)
            with self.limited(connection):
                yield connection

    def reading(self) -> AbstractContextManager[Connection]:
        """Give a connection to look at the database with, without the lock."""
        return self.database.connect()

    def holder(self, connection: Connection) -> str:
        """Return who holds the lock of a run, in words; empty if nobody does, or the database does not tell."""
        return ""

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Give a connection that is thrown away at the end.

        Whatever has been set or is still held on it, by us or by scripts, ends with it.
        """
        with self.database.connect() as connection:
            driver = connection.connection.dbapi_connection
            entry = connection.connection._connection_record
            try:
                yield connection
            finally:
                if is_alive(connection):
                    connection.invalidate()
                if entry.dbapi_connection is driver:  # a script has given it back to the pool
                    entry.invalidate()

    def _connect_soon(self, stack: ExitStack, connect: Connect | None = None) -> Connection:
        """Connect, and try again: a server may take its time to forget a connection that was closed.

        :param connect: gives the connection; None for `connect`.
        """
        ends = time.monotonic() + FORGETS
        while True:
            try:
                return stack.enter_context((connect or self.connect)())
            except DatabaseUnreachable:  # noqa: PERF203 - it is the attempt that is repeated
                if time.monotonic() >= ends:
                    raise
                time.sleep(FIRST_PAUSE)

    def check(self) -> None:
        """Raise if the lock has been lost since it was taken.

        :raises DatabaseError: another run may be going on; nothing more may be done.
        """

    def stopper(self, connection: Connection) -> Callable[[], None]:
        """Return a function that ends the statement that runs on a connection, from any thread."""
        cancel: Callable[[], None] | None = getattr(driver_of(connection), "cancel", None)
        return cancel or (lambda: None)

    # -- time limits --------------------------------------------------------------------------------

    @contextmanager
    def limited(self, connection: Connection) -> Iterator[None]:
        """Hold the statements of a run to the time limits, and tell how they are ended."""
        stop = self.stopper(connection)
        self.report(Connected(stop))
        limits = StatementLimits(
            connection,
            self.limits,
            Clock(self.limits, stop, self.asks_blockers(connection), self.sees_queue(connection)),
            waits=self.waits_for_tables,
            is_blocked=self.is_blocked,
            carry=lambda send: self.carry(connection, send),
            blocked=lambda statement, blockers: self.give_way(connection, statement, blockers),
        )
        with limits.applied():
            yield

    def waits_for_tables(self, statement: str) -> bool:
        """Return True for a statement that waits for a table only so long, and is then tried again."""
        return False

    def is_blocked(self, error: BaseException) -> bool:
        """Return True if an error of the driver is that a table was not to be had in time."""
        return False

    def asks_blockers(self, connection: Connection) -> Callable[[], str] | None:
        """Return a function that says who blocks a connection while it waits, for another thread."""
        return None

    def sees_queue(self, connection: Connection) -> Callable[[], bool] | None:
        """Return a function that tells another thread whether the running statement waits for a table.

        None where the database itself ends one that has waited for too long.
        """
        return None

    def give_way(self, connection: Connection, statement: str, blockers: str) -> None:
        """Return to have a statement sent again.

        :raises TableLocked: the step has to begin again.
        :raises TableBlocked: that was tried for long enough.
        """
        self.blocked = TableLocked(statement, blockers)
        raise self.blocked

    # -- one step -----------------------------------------------------------------------------------

    def between_steps(self, connection: Connection) -> None:
        """Put back what the script of the step before has switched on the connection."""

    def begin(self, connection: Connection) -> None:
        """Begin the transaction of a step."""
        connection.begin()

    def begin_with(self, connection: Connection, savepoint: str) -> None:
        """Begin the transaction of a step, and make a savepoint in it."""
        self.begin(connection)
        send_directly(connection, savepoint)

    def send_with_next(self, connection: Connection, statement: str, failed: Failed) -> None:
        """Send a statement of our own, at the latest together with the next one, if that saves a round trip.

        :param failed: the error -> what is raised instead, unless the connection was lost.
        """
        self.send(connection, statement, failed)

    @staticmethod
    def send(connection: Connection, statement: str, failed: Failed) -> None:
        """Send a statement of our own now; the parameters are those of `send_with_next`."""
        try:
            send_directly(connection, statement)
        except exc.DBAPIError as error:
            if error.connection_invalidated:
                raise
            raise failed(error) from error

    def carry(self, connection: Connection, send: Callable[[], None]) -> None:
        """Send a statement by `send`, and what has waited for it before that."""
        send()

    logs_with_row = False
    """True where the row of the version table and the line of the log are one statement."""

    def commit(self, connection: Connection) -> None:
        """Commit the transaction of a step."""
        connection.commit()

    def rollback(self, connection: Connection) -> None:
        """Roll back the transaction of a step, if there is one."""
        connection.rollback()

    joins = False
    """True where the transaction is the caller's of the run."""

    enforces_width = True
    """False where a column takes a text that is longer than it was declared."""

    @property
    def has_savepoints(self) -> bool:
        """False where SAVEPOINT is no statement (DuckDB): nobody notices there that a script ended its transaction."""
        return self.database.dialect.name != "duckdb"

    @property
    def savepoints_last(self) -> bool:
        """True where a savepoint lives as long as the transaction; False where DDL ends both."""
        return self.database.dialect.name not in (*MYSQL, "oracle")

    def autocommit(self, connection: Connection) -> AbstractContextManager[None]:
        """Let every statement commit by itself for the length of a block, outside of any transaction."""
        return self._autocommitting(connection)

    def refuse_to_leave(self) -> None:
        """Raise where the transaction is not ours to commit before the end of a step."""

    # -- the statements of a script -------------------------------------------------------------------

    def inside(self, connection: Connection, statement: str) -> str:
        """Return what to send in place of a statement within the transaction; most of all, the same.

        :raises TransactionEnded: the transaction is no longer there.
        :raises StartOver: the step has to begin again.
        """
        return statement

    def end_foreign_transaction(self, connection: Connection) -> None:
        """Commit what a listener of the application has begun where each statement commits by itself."""

    def outside(self, connection: Connection, statement: str) -> str:
        """Return what to send in place of a statement that commits by itself; most of all, the same."""
        return statement

    def by_itself(self, statement: str, *, left: bool) -> bool:
        """Return True for a statement that this database takes outside of a transaction only.

        :param left: the step has committed something already: it cannot start over any more.
        """
        return False

    def begin_rebuild(self, connection: Connection) -> None:
        """Enforce no foreign keys from here on: SQLite rebuilds a table.

        :raises StartOver: the step has to begin again.
        """

    def end_rebuild(self, connection: Connection) -> None:
        """Enforce foreign keys again."""

    def after_script(self, connection: Connection, *, left: bool) -> None:
        """Look at what a script has left, before its row is written.

        :param left: the step has committed something already: it cannot start over any more.
        :raises RevisionsError: it must not stay so.
        :raises StartOver: the step has to begin again.
        """

    # -- what the journal asks --------------------------------------------------------------------------

    def begin_alone(self, connection: Connection) -> None:
        """Begin a transaction for one statement, where each commits by itself."""
        connection.exec_driver_sql("BEGIN")

    def needs_no_transaction(self, statement: str) -> bool:
        """Return True for a statement that cannot be in a transaction together with a row about it."""
        return False

    def wants_no_transaction(self, error: BaseException) -> bool:
        """Return True if a statement was refused for being in a transaction."""
        return False

    def fingerprint(self, connection: Connection, statement: str) -> str:
        """Return what the database looks like where a statement changes it; `UNKNOWN` where nothing tells."""
        return UNKNOWN

    def was_done(self, connection: Connection, statement: str, before: str) -> bool | None:
        """Return whether a statement was done since a fingerprint was taken; None where nothing tells."""
        if before in (AGAIN, UNKNOWN):
            return False if before == AGAIN else None
        return self.fingerprint(connection, statement) != before

    # -- version tables -------------------------------------------------------------------------------

    def lookalikes(self, connection: Connection, schema: str | None) -> tuple[str, ...]:
        """Return the tables whose only column is `version_num`: somebody's version tables.

        Where the dialect of a database that is not known here cannot read its columns, there are none to tell.
        """
        inspector = inspect(connection)
        try:
            return tuple(
                name
                for name in inspector.get_table_names(schema=schema)
                if [each["name"] for each in inspector.get_columns(name, schema=schema)] == ["version_num"]
            )
        except exc.DBAPIError as error:
            if error.connection_invalidated:
                raise
            return ()

    # -- for the subclasses ---------------------------------------------------------------------------

    def use_transactions(self, connection: Connection, level: IsolationLevel | None = None) -> None:
        """Choose in which isolation level the steps run; never in one that commits each statement by itself.

        :param level: None for the application's choice, and the database's own if that is AUTOCOMMIT.
        """
        dialect = connection.dialect
        chosen = connection.get_execution_options().get("isolation_level") or getattr(
            dialect, "_on_connect_isolation_level", None
        )
        usual = chosen if chosen and chosen != "AUTOCOMMIT" else connection.default_isolation_level
        self._level = level or usual or "READ COMMITTED"
        if level is not None or chosen == "AUTOCOMMIT":
            self._set_level(connection, self._level)

    @contextmanager
    def _autocommitting(self, connection: Connection) -> Iterator[None]:
        self._set_level(connection, "AUTOCOMMIT")
        try:
            yield
        finally:
            if is_alive(connection):
                self._set_level(connection, self._level)

    def _set_level(self, connection: Connection, level: IsolationLevel) -> None:
        """On the driver's connection: SQLAlchemy would put it back when that is returned to the pool."""
        driver = connection.connection.dbapi_connection
        assert driver is not None
        connection.dialect.set_isolation_level(driver, level)

    def wait_for(
        self,
        attempt: Callable[[], bool],
        what: str,
        holder: Callable[[], str] = lambda: "",
        *,
        left: str = "nothing was changed",
        cure: str = "try again when it is done",
        seconds: float = 0,
    ) -> None:
        """Repeat `attempt` until it is True, and say so while it is not.

        :param what: what is waited for, for people.
        :param holder: asked for whoever holds it, each time that it is said.
        :param left: how things are left when there is no more waiting.
        :param cure: what helps then.
        :param seconds: for how long, instead of `lock_timeout`.
        :raises LockTimeout: that time has passed.
        """
        limit = seconds or self.lock_timeout
        began = time.monotonic()
        pause, said = FIRST_PAUSE, 0.0
        while not attempt():
            waited = time.monotonic() - began
            if waited >= limit:
                who = holder()
                raise LockTimeout(
                    f"Waited {limit:g} seconds for {what}{f', held by {who}' if who else ''}; {left}.",
                    f"{cure}, or set REVISIONS_LOCK_TIMEOUT (seconds) to wait longer.",
                    holder=who,
                )
            if waited >= said:
                self.report(Waiting(what, holder(), waited))
                said = waited + SAY_AGAIN
            time.sleep(min(pause, max(limit - waited, 0.0)))
            pause = min(pause * 1.5, LONGEST_PAUSE)


def driver_of(connection: Connection) -> Any:
    """Return the driver's own connection object; for an asyncio driver, one that code may call that is none."""
    pooled = connection.connection
    if connection.dialect.is_async:
        from ...asynchronous import driver_behind

        return driver_behind(pooled.dbapi_connection)
    return pooled.driver_connection or pooled.dbapi_connection


def send_directly(connection: Connection, statement: str) -> Any:
    """Send a statement of our own by the driver, past SQLAlchemy's listeners; the errors are SQLAlchemy's.

    :return: its first row; None where it gives none.
    :raises sqlalchemy.exc.DBAPIError: the database refuses it, or the connection is lost.
    """
    driver: Any = connection.connection.dbapi_connection  # an asyncio driver's own is not to be called from here
    dialect = connection.dialect
    errors: Any = dialect.loaded_dbapi.Error
    try:
        with closing(driver.cursor()) as cursor:
            cursor.execute(statement)
            return cursor.fetchone() if cursor.description else None
    except errors as error:
        lost = dialect.is_disconnect(error, driver, None)
        if lost:
            connection.invalidate(error)
        raise exc.DBAPIError.instance(
            statement, None, error, errors, connection_invalidated=lost, dialect=dialect
        ) from error


def is_alive(connection: Connection) -> bool:
    """Return False for a connection that was lost or closed, or that a script has given back to the pool."""
    return not connection.closed and not connection.invalidated and connection.connection.is_valid
