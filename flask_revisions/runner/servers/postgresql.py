"""PostgreSQL: an advisory lock on a connection of its own, and a second one in the transaction of each step."""

from __future__ import annotations

import re
import select
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, exc, text

from ...database import database_words
from ...errors import DatabaseError, DatabaseUnreachable, TransactionEnded
from ..words import IN_A_TRANSACTION, beginning, only_outside
from .base import AGAIN, ANOTHER_RUN, UNKNOWN, LockName, Server, driver_of, is_alive
from .limits import Patience, connections_here, without_literals
from .round_trips import Failed, Pipelined, row_of, takes_together

LOCK_NOT_AVAILABLE = "55P03"
DEFINES = re.compile(
    r"(ALTER|CREATE|DROP|TRUNCATE|COMMENT|REINDEX|CLUSTER|LOCK|GRANT|REVOKE|REFRESH|SECURITY)\b", re.IGNORECASE
)
BY_THEMSELVES = re.compile(r"\b(CONCURRENTLY|NOWAIT)\b", re.IGNORECASE)
"""What waits in a way of its own: without being in anybody's way, or not at all."""

EARLIER = "a statement of an earlier run, whose client is gone"

BEGIN = "SELECT pg_try_advisory_xact_lock(:key), pg_backend_pid(), current_setting('lock_timeout')"
SHORT = "set_config('lock_timeout', :wait, true)"
NOTICE = "set_config('client_connection_check_interval', '1s', true)"

ENDS_IT = "2D000"
"""SQLSTATE of a procedure that commits, called within a transaction."""

ALONE = re.compile(
    r"VACUUM\b|CLUSTER\s*;?\s*$|REINDEX\s+(?:\([^)]*\)\s*)?(?:SCHEMA|DATABASE|SYSTEM)\b|"
    r"(?:CREATE|DROP|ALTER)\s+(?:DATABASE|TABLESPACE|SUBSCRIPTION)\b|ALTER\s+SYSTEM\b",
    re.IGNORECASE,
)
CONCURRENTLY = re.compile(r"^(?:\s|--[^\n]*\n|/\*.*?\*/)*\w+[^'\"]*?\bCONCURRENTLY\b", re.IGNORECASE | re.DOTALL)

LOCK = text("SELECT pg_try_advisory_xact_lock(:key)")
LOCK_OF_SESSION = text("SELECT pg_try_advisory_lock(:key)")
UNLOCK = text("SELECT pg_advisory_unlock(:key)")

HOLD = text("""
    SELECT pg_backend_pid(), count(set_config(name, value, true))
    FROM pg_settings JOIN (VALUES
        ('statement_timeout', '0'), ('lock_timeout', '0'), ('idle_in_transaction_session_timeout', '0'),
        ('transaction_timeout', '0'), ('tcp_keepalives_idle', '60')) AS wanted (name, value) USING (name)
""")
"""Switches off what would end the transaction that holds the lock; not every server knows all of it."""

HOLDER = text("""
    SELECT a.pid, a.application_name, a.client_addr, now() - a.backend_start
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (l.classid::bigint << 32 | l.objid::bigint) = :key
""")
BLOCKERS = text("""
    SELECT a.pid, a.application_name, a.client_addr, a.state, a.query,
           clock_timestamp() - coalesce(a.xact_start, a.query_start, a.backend_start)
    FROM (SELECT DISTINCT unnest(pg_blocking_pids(:pid)) AS pid) b JOIN pg_stat_activity a ON a.pid = b.pid
    ORDER BY a.xact_start
""")
FORGET = "SHOW server_version_num"
"""Lets go of the snapshot of the statement before: in the extended protocol a portal without a name keeps it until the
next one (https://www.postgresql.org/docs/current/protocol-flow.html), and CREATE INDEX CONCURRENTLY waits for that."""
LOOK_AGAIN = text("SELECT pg_stat_clear_snapshot()")
MARKED = text("""
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()
      AND starts_with(query, :mark)
""")
LOOKALIKES = text("""
    SELECT c.table_name FROM information_schema.columns c
    JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
    WHERE c.table_schema = coalesce(:schema, current_schema()) AND t.table_type = 'BASE TABLE'
    GROUP BY c.table_name HAVING count(*) = 1 AND max(c.column_name) = 'version_num'
""")


class PostgreSQLServer(Server):
    """PostgreSQL 12 and later.

    The lock is a transaction's (`pg_try_advisory_xact_lock`), held by a READ COMMITTED transaction on a connection
    that does nothing else: so it stays with its server process behind a pooler, and does not keep CREATE INDEX
    CONCURRENTLY from ending, as a waiting `pg_advisory_lock` would
    (https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS).
    """

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self._holder: Connection | None = None
        self._holder_in_use = threading.Lock()
        self._process = 0
        self._usual = "0"
        self._short: bool | None = None
        """Whether a statement waits for a table for a short time only; None where that is not known."""
        self._outside = False
        self._direct = True
        self._together = False
        """Whether the driver sends several statements at once."""
        self._waiting = Pipelined()
        self._statement = ""
        self._patience: Patience | None = None
        self._notices_dead_clients = True
        self._mark = f"/* flask-revisions {key(self.lock, 'step') & 0xFFFFFFFF:08x} */ "

    @contextmanager
    def session(self) -> Iterator[Connection]:
        with ExitStack() as stack:
            holder, direct = self._lock_holder(stack)
            self._direct = direct
            connection = self._connect_second(stack, holder) if direct else self._connect_pooled(stack)
            if not holder.closed:
                self._holder = holder
            self._together = direct and takes_together(driver_of(connection))
            self._notices_dead_clients = (connection.dialect.server_version_info or (0,)) >= (14,)
            self.wait_for(lambda: not self._marked(connection), EARLIER)
            with self.limited(connection):
                yield connection

    def holder(self, connection: Connection) -> str:
        return _who(connection, key(self.lock, "run"))

    def _connect_second(self, stack: ExitStack, holder: Connection) -> Connection:
        """Connect for the revisions; if there is room for one connection only, instead of the lock's own."""
        try:
            connection = stack.enter_context(self.connect())
        except DatabaseUnreachable:
            holder.close()
            connection = stack.enter_context(self._locked_itself())
        self.use_transactions(connection, "READ COMMITTED")
        return connection

    def _connect_pooled(self, stack: ExitStack) -> Connection:
        """Connect for the revisions through a pooler, where a lock of the session would be anybody's."""
        try:
            connection = stack.enter_context(self.connect())
            self.use_transactions(connection, "READ COMMITTED")
            _never_prepare(connection)
            connection.execute(text("SELECT 1"))  # only now does the pooler look for a server's connection
            connection.rollback()
        except (DatabaseUnreachable, exc.DBAPIError) as error:
            said = error.message if isinstance(error, DatabaseUnreachable) else database_words(error)
            raise DatabaseError(
                f"The lock takes a second connection to the server, and the pooler has none: {said}",
                "let its pool and the role have two connections, or set a database URL that leads past it.",
            ) from error
        return connection

    def _lock_holder(self, stack: ExitStack) -> tuple[Connection, bool]:
        """Return a connection that holds the lock, and whether it leads to the server itself and to no pooler.

        Each attempt is a transaction of its own: CREATE INDEX CONCURRENTLY waits for every transaction that had a
        snapshot when it looked, and those that wait here would last until it has ended.
        """
        number = key(self.lock, "run")
        holder = self._connect_soon(stack, self.database.connect)
        holder.detach()  # the application's pool may have no room for a second connection
        self.use_transactions(holder, "READ COMMITTED")
        _never_prepare(holder)
        stack.callback(_let_go, holder)

        def attempt() -> bool:
            if holder.execute(LOCK, {"key": number}).scalar():
                return True
            holder.rollback()
            return False

        self.wait_for(attempt, ANOTHER_RUN, lambda: _who(holder, number))
        process, _ = holder.execute(HOLD).one()
        if holder.dialect.is_async:
            holder.exec_driver_sql(FORGET)
        return holder, bool(process == _process_of(driver_of(holder)))

    @contextmanager
    def _locked_itself(self) -> Iterator[Connection]:
        """Give a connection that holds the lock in its session: there is room for one connection only."""
        number = key(self.lock, "run")
        with ExitStack() as stack:
            connection = self._connect_soon(stack)

            def attempt() -> bool:
                taken = bool(connection.execute(LOCK_OF_SESSION, {"key": number}).scalar())
                connection.rollback()
                return taken

            self.wait_for(attempt, ANOTHER_RUN, lambda: _who(connection, number))
            try:
                yield connection
            finally:
                with suppress(exc.SQLAlchemyError):
                    connection.rollback()
                    connection.execute(UNLOCK, {"key": number})

    def _marked(self, connection: Connection) -> bool:
        """Return True while a statement runs that an earlier run has sent outside of a transaction."""
        found = connection.execute(MARKED, {"mark": self._mark}).first()
        connection.rollback()
        return found is not None

    def check(self) -> None:
        if self._holder is None:
            return
        try:
            with self._holder_in_use:
                if not _silent(self._holder):
                    self._holder.exec_driver_sql(FORGET)
        except exc.DBAPIError as error:
            raise DatabaseError(
                f"The connection that holds the lock was lost: {database_words(error)}",
                "another run may have begun; 'flask db current' says where the database is, then run this again.",
            ) from error

    # -- one step -----------------------------------------------------------------------------------

    def begin(self, connection: Connection) -> None:
        self._begin(connection)

    def begin_with(self, connection: Connection, savepoint: str) -> None:
        if not self._begin(connection, savepoint):
            connection.exec_driver_sql(savepoint)

    def _begin(self, connection: Connection, *more: str) -> bool:
        """Begin the transaction of a step; return True if `more` was sent with that."""
        number = key(self.lock, "step")
        self.blocked = None
        sent = False

        def attempt() -> bool:
            nonlocal sent
            connection.begin()
            taken = self._try_at_once(connection, number, more) if self._together else None
            sent = taken is not None
            if taken or (taken is None and self._try(connection, number)):
                return True
            connection.rollback()
            return False

        self.wait_for(attempt, EARLIER, lambda: _who(connection, number), left="what was applied before stays")
        return sent

    def _try_at_once(self, connection: Connection, number: int, more: tuple[str, ...]) -> bool | None:
        """Do what `_try` does, and the BEGIN before it, in one round trip; return None where that could not be done."""
        wait = f"{self.limits.wait * 1000:.0f}ms"
        lock = ", ".join(self._parts()).replace(":key", str(number)).replace(":wait", f"'{wait}'")
        driver = driver_of(connection)
        row = row_of(driver, f"BEGIN ISOLATION LEVEL {self._level}", lock, *more)
        if row is None:
            with suppress(Exception):
                driver.rollback()
            return None
        taken, process, self._usual, *_ = row
        self._process, self._short = int(process), bool(self.limits.table_lock)
        return taken == "t"

    def _parts(self) -> list[str]:
        short = [SHORT] if self.limits.table_lock else []
        return [BEGIN, *short, *([NOTICE] if self._notices_dead_clients else [])]

    def _try(self, connection: Connection, number: int) -> bool:
        """Take the lock of the step; from then on a statement ends soon after its client has gone."""
        wait = {"wait": f"{self.limits.wait * 1000:.0f}ms"} if self.limits.table_lock else {}
        try:
            row = connection.execute(text(", ".join(self._parts())), {"key": number, **wait}).one()
        except exc.DBAPIError as error:
            if error.connection_invalidated or not self._notices_dead_clients:
                raise
            self._notices_dead_clients = False  # the platform of the server does not have it
            connection.rollback()
            connection.begin()
            return self._try(connection, number)
        taken, self._process, self._usual, *_ = row
        self._short = bool(wait)
        return bool(taken)

    logs_with_row = True

    def send_with_next(self, connection: Connection, statement: str, failed: Failed) -> None:
        if self._together:
            self._waiting.add(statement, failed)
        else:
            super().send_with_next(connection, statement, failed)

    def carry(self, connection: Connection, send: Callable[[], None]) -> None:
        if self._waiting:
            self._waiting.send(driver_of(connection), send)
        else:
            send()

    def rollback(self, connection: Connection) -> None:
        self._waiting.clear()
        super().rollback(connection)

    @contextmanager
    def autocommit(self, connection: Connection) -> Iterator[None]:
        self.check()
        with self._autocommitting(connection):
            self._outside, self._short = True, False
            try:
                yield
            finally:
                if is_alive(connection):
                    self._wait_shortly(connection, False)
                self._outside = False

    def by_itself(self, statement: str, *, left: bool) -> bool:
        return only_outside(statement, "postgresql")

    def outside(self, connection: Connection, statement: str) -> str:
        """Mark it: no lock of a transaction tells a later run that it is still running."""
        if self._direct:  # behind a pooler the setting would be anybody's
            self._wait_shortly(connection, self.waits_for_tables(statement))
        return self._mark + statement

    # -- time limits --------------------------------------------------------------------------------

    def inside(self, connection: Connection, statement: str) -> str:
        if _has_ended(driver_of(connection)):
            raise TransactionEnded(
                "The transaction of the step had ended before this statement, though not by one of SQLAlchemy's.",
                "leave COMMIT and ROLLBACK on the driver's connection out of revisions.",
            )
        word = statement[beginning(statement) :].split(maxsplit=1)[:1]
        if word == ["ROLLBACK"]:  # to a savepoint: settings go back, too
            self._short = None
        elif word not in (["SAVEPOINT"], ["RELEASE"]):
            self._wait_shortly(connection, self.waits_for_tables(statement))
        return statement

    def _wait_shortly(self, connection: Connection, short: bool) -> None:
        """Let statements wait for a table a short time only, or as long as the application lets them."""
        if not self.limits.table_lock or self._short == short:
            return
        value = f"{self.limits.wait * 1000:.0f}ms" if short else self._usual
        if self._outside:  # by the driver: SQLAlchemy would begin a transaction for it
            with closing(connection.connection.cursor()) as cursor:
                cursor.execute(f"SET lock_timeout = '{value}'")
        else:
            with closing(driver_of(connection).cursor()) as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{value}'")
        self._short = short

    def waits_for_tables(self, statement: str) -> bool:
        start = beginning(statement)
        return DEFINES.match(statement, start) is not None and not BY_THEMSELVES.search(statement, start)

    def is_blocked(self, error: BaseException) -> bool:
        return (getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)) == LOCK_NOT_AVAILABLE

    def give_way(self, connection: Connection, statement: str, blockers: str) -> None:
        if not self._outside:
            super().give_way(connection, statement, blockers)
        if self._statement != statement or self._patience is None:
            self._statement, self._patience = statement, Patience(self.limits, self.report)
        self._patience.wait(statement.removeprefix(self._mark), blockers)

    def asks_blockers(self, connection: Connection) -> Callable[[], str] | None:
        driver = type(connection.connection.driver_connection)

        def ask() -> str:
            holder = self._holder
            if holder is None or not self._process:
                return ""
            with self._holder_in_use:
                holder.execute(LOOK_AGAIN)
                rows = holder.execute(BLOCKERS, {"pid": self._process}).all()
                holder.exec_driver_sql(FORGET)
            here = {_process_of(each) for each in connections_here(driver)} if rows else set()
            return " and ".join(_session(*row, here=row[0] in here) for row in rows[:3])

        return ask

    # -- what the journal asks --------------------------------------------------------------------------

    def needs_no_transaction(self, statement: str) -> bool:
        return bool(ALONE.match(statement, beginning(statement)) or CONCURRENTLY.search(statement))

    def wants_no_transaction(self, error: BaseException) -> bool:
        state = str(getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or "")
        return state in (IN_A_TRANSACTION, ENDS_IT)

    def fingerprint(self, connection: Connection, statement: str) -> str:
        from .fingerprints import of_postgresql  # with many patterns: not for a run that finds nothing to do

        return of_postgresql(connection, statement)

    def was_done(self, connection: Connection, statement: str, before: str) -> bool | None:
        if before in (AGAIN, UNKNOWN):
            return super().was_done(connection, statement, before)
        from .fingerprints import done_on_postgresql

        return done_on_postgresql(connection, before, self.fingerprint(connection, statement))

    def lookalikes(self, connection: Connection, schema: str | None) -> tuple[str, ...]:
        return tuple(connection.execute(LOOKALIKES, {"schema": schema}).scalars())


def key(lock: LockName, purpose: str) -> int:
    """Return the signed 64-bit number of an advisory lock; such locks are known within one database."""
    return int.from_bytes(lock.digest(purpose)[:8], "big", signed=True)


def _process_of(driver: Any) -> int:
    """Return the number of the server's process behind a connection of the driver; 0 where it is closed."""
    with suppress(Exception):
        ask = getattr(driver, "get_server_pid", None)  # asyncpg
        return int(ask() if ask is not None else driver.info.backend_pid)
    return 0


def _has_ended(driver: Any) -> bool:
    """Return True if a driver is in no transaction, and would commit the next statement by itself.

    psycopg begins anew; asyncpg and psycopg2 do not notice that COMMIT was sent as a text on a cursor of their own.
    """
    if hasattr(driver, "is_in_transaction"):
        return not driver.is_in_transaction()
    status = getattr(driver, "get_transaction_status", None)
    return status is not None and status() == 0


def _session(pid: int, application: str, address: str | None, state: str, query: str, age: Any, *, here: bool) -> str:
    whose = "of this very process" if here else (application or (f"from {address}" if address else "unnamed"))
    since = str(age).split(".")[0]
    return f"process {pid} ({whose}, {state} for {since}: {without_literals(query)})"


def _let_go(holder: Connection) -> None:
    with suppress(exc.SQLAlchemyError):  # it may be gone, and nothing depends on it any more
        holder.rollback()


def _never_prepare(connection: Connection) -> None:
    """Keep psycopg from preparing what it sees often: behind a pooler each transaction may meet another server."""
    driver = driver_of(connection)
    if hasattr(driver, "prepare_threshold"):
        driver.prepare_threshold = None


def _silent(connection: Connection) -> bool:
    """Return True if nothing has come from the server since the last answer: then it has not hung up either."""
    descriptor = getattr(driver_of(connection), "fileno", None)
    if descriptor is None:
        return False
    try:
        readable, _, _ = select.select([descriptor()], [], [], 0)
    except ValueError:  # more files are open than select() can count
        return False
    return not readable


def _who(connection: Connection, number: int) -> str:
    said = described_holder(connection, number)
    connection.rollback()
    return said


def described_holder(connection: Connection, number: int) -> str:
    """Return who holds an advisory lock, in words; empty if nobody does."""
    row = connection.execute(HOLDER, {"key": number}).first()
    if row is None:
        return ""
    pid, application, address, since = row
    where = f" from {address}" if address else ""
    return f"process {pid} ({application or 'unnamed'}{where}, connected for {str(since).split('.')[0]})"
