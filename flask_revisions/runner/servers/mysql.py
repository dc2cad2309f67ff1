"""MySQL and MariaDB: a named lock on the migration's own connection, which survives DDL and COMMIT."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, exc, text

from ..statements import kind_of
from ..words import beginning
from .base import ANOTHER_RUN, LockName, Server, driver_of, is_alive, send_directly
from .limits import Patience, connections_here, without_literals

LOOKALIKES = text("""
    SELECT table_name FROM information_schema.columns WHERE table_schema = coalesce(:schema, database())
    GROUP BY table_name HAVING count(*) = 1 AND max(column_name) = 'version_num'
""")
TABLES = text("""
    SELECT table_name FROM information_schema.tables
    WHERE table_schema = coalesce(:schema, database()) AND table_type = 'BASE TABLE'
""")
SESSION = text("SELECT DATABASE(), @@autocommit, @@tx_isolation, CONNECTION_ID()")
HOLDER = text("""
    SELECT p.id, p.user, p.host, p.time FROM information_schema.processlist p WHERE p.id = IS_USED_LOCK(:name)
""")

LOCK_WAIT_TIMEOUT = 1205
A_LITTLE = 0.5
"""Seconds that a server's own limit comes after that of the process."""
SHORT = "SET @flask_revisions_usual = @@SESSION.lock_wait_timeout, SESSION lock_wait_timeout = {:d}"
USUAL = "SET SESSION lock_wait_timeout = @flask_revisions_usual"
DEFINES = re.compile(r"(ALTER|CREATE|DROP|RENAME|TRUNCATE|OPTIMIZE|LOCK)\b", re.IGNORECASE)
QUEUES = """
    SELECT state FROM information_schema.processlist WHERE id = {:d} AND state = 'Waiting for table metadata lock'
"""
METADATA_LOCKS = """
    SELECT DISTINCT t.PROCESSLIST_ID, t.PROCESSLIST_USER, t.PROCESSLIST_HOST, t.PROCESSLIST_TIME, t.PROCESSLIST_INFO
    FROM performance_schema.metadata_locks l JOIN performance_schema.threads t ON t.THREAD_ID = l.OWNER_THREAD_ID
    WHERE l.OBJECT_TYPE = 'TABLE' AND l.OBJECT_SCHEMA = DATABASE() AND l.LOCK_STATUS = 'GRANTED'
      AND t.PROCESSLIST_ID <> CONNECTION_ID()
"""
TRANSACTIONS = """
    SELECT p.id, p.user, p.host, timestampdiff(SECOND, t.trx_started, now()), p.info
    FROM information_schema.innodb_trx t JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
    WHERE p.db = DATABASE() AND p.id <> CONNECTION_ID() ORDER BY t.trx_started
"""


class MySQLServer(Server):
    """MySQL 8 and MariaDB 10.5 and later.

    The lock has to be on the connection that the revisions run on: a statement of a killed client keeps it until
    the statement ends (https://mariadb.com/kb/en/get_lock/, https://dev.mysql.com/doc/refman/8.0/en/locking-functions.html).
    """

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self._number = 0
        self._short = False
        self._statement = ""
        self._patience: Patience | None = None
        self._onlooking = ExitStack()
        self._onlooker: Any = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read what is there at each statement.

        Another run may make a table between two of them, and a transaction whose view is older than a table may not
        read it (ER_TABLE_DEF_CHANGED, https://mariadb.com/kb/en/mariadb-error-codes/).
        """
        with self.database.connect() as connection:
            if connection.get_isolation_level() != "AUTOCOMMIT":
                connection.execution_options(isolation_level="READ COMMITTED")
            yield connection

    @contextmanager
    def session(self) -> Iterator[Connection]:
        with ExitStack() as stack:
            connection = self._connect_soon(stack)
            database, commits, level, self._number = connection.execute(SESSION).one()
            connection.rollback()
            # the URL may have switched autocommit on, and SQLAlchemy does not know of that
            self.use_transactions(connection, level.replace("-", " ") if commits else None)
            name = lock_name(replace(self.lock, database=database or ""))
            self.wait_for(lambda: _take(connection, name), ANOTHER_RUN, lambda: _who(connection, name))
            try:
                self._limit_by_itself(connection)
                with self.limited(connection):
                    yield connection
            finally:
                _release(connection, name)

    def _limit_by_itself(self, connection: Connection) -> None:
        """Have MariaDB end what KILL QUERY does not reach: the user, or the server, may have no other connection left.

        https://mariadb.com/kb/en/aborting-statements/
        """
        if self.limits.statement is not None and getattr(connection.dialect, "is_mariadb", False):
            connection.exec_driver_sql(f"SET SESSION max_statement_time = {self.limits.statement + A_LITTLE:.1f}")
            connection.rollback()

    def holder(self, connection: Connection) -> str:
        database = connection.execute(text("SELECT DATABASE()")).scalar()
        return _who(connection, lock_name(replace(self.lock, database=database or "")))

    def stopper(self, connection: Connection) -> Callable[[], None]:
        def stop() -> None:
            with self._aside(connection) as cursor:
                cursor.execute(f"KILL QUERY {self._number:d}")

        return stop

    @contextmanager
    def _aside(self, connection: Connection) -> Iterator[Any]:
        """Give a cursor on a connection of its own, for another thread."""
        if connection.dialect.is_async:
            with self.database.connect() as another, closing(driver_of(another).cursor()) as cursor:
                yield cursor
            return
        pool = self.database.engine.pool.recreate()  # the application's may have no room
        with closing(pool.connect()) as other:
            try:
                yield other.cursor()
            finally:
                other.invalidate()

    # -- time limits --------------------------------------------------------------------------------

    @contextmanager
    def limited(self, connection: Connection) -> Iterator[None]:
        with self._onlooking, super().limited(connection):
            yield

    def inside(self, connection: Connection, statement: str) -> str:
        """Let the definition of tables wait for a short time only, and rows as long as the application lets them."""
        waits = self.waits_for_tables(statement)
        if self.limits.table_lock and waits != self._short:
            seconds = max(1, math.ceil(self.limits.table_lock))
            send_directly(connection, SHORT.format(seconds) if waits else USUAL)
            self._short = waits
        return statement

    def waits_for_tables(self, statement: str) -> bool:
        return DEFINES.match(statement, beginning(statement)) is not None

    def sees_queue(self, connection: Connection) -> Callable[[], bool] | None:
        """Return it for a limit that is no whole number of seconds: the server counts only those."""
        if not self.limits.table_lock % 1:
            return None

        def looks() -> bool:
            if self._onlooker is None:
                self._onlooker = self._onlooking.enter_context(self._aside(connection))
            self._onlooker.execute(QUEUES.format(self._number))
            return bool(self._onlooker.fetchall())

        return looks

    def is_blocked(self, error: BaseException) -> bool:
        return bool(error.args) and error.args[0] == LOCK_WAIT_TIMEOUT

    def give_way(self, connection: Connection, statement: str, blockers: str) -> None:
        """Send it again: what came before is committed, and the metadata locks of that are gone."""
        if self._statement != statement:
            self._statement, self._patience = statement, Patience(self.limits, self.report)
        assert self._patience is not None
        self._patience.wait(statement, self._blockers(connection))

    def _blockers(self, connection: Connection) -> str:
        """Return who may have the table: a session that is in a transaction has what it has looked at."""
        driver = driver_of(connection)
        here = set(map(_number_of, connections_here(type(driver))))
        for query in (METADATA_LOCKS, TRANSACTIONS):
            with suppress(Exception), closing(driver.cursor()) as cursor:  # not every server tells, nor every user
                cursor.execute(query)
                rows = cursor.fetchall()
                if rows:
                    return " or ".join(_session(*row, here=row[0] in here) for row in rows[:3])
        return ""

    def needs_no_transaction(self, statement: str) -> bool:
        return kind_of(statement, "mysql") != "data"

    def fingerprint(self, connection: Connection, statement: str) -> str:
        from .fingerprints import of_mysql  # with many patterns: not for a run that finds nothing to do

        return of_mysql(connection, statement)

    def lookalikes(self, connection: Connection, schema: str | None) -> tuple[str, ...]:
        # two statements: the server joins these two views by comparing every row with every row
        found = connection.execute(LOOKALIKES, {"schema": schema}).scalars().all()
        tables = set(connection.execute(TABLES, {"schema": schema}).scalars()) if found else ()
        return tuple(name for name in found if name in tables)


def lock_name(lock: LockName) -> str:
    """Return a name of 48 characters; names are known to the whole server, and may have 64."""
    return "flask_revisions:" + lock.digest().hex()[:32]


def _number_of(driver: Any) -> int:
    """Return the server's number of a connection of the driver; 0 where it is closed: mysqlclient has none then."""
    with suppress(Exception):
        return int(driver.thread_id())
    return 0


def _session(number: int, user: str, host: str, seconds: int, query: str | None, *, here: bool) -> str:
    whose = ", of this very process" if here else ""
    doing = without_literals(query) if query else "idle in its transaction"
    return f"connection {number} ({user}@{host}{whose}, {doing}, for {seconds} s)"


def _take(connection: Connection, name: str) -> bool:
    taken = connection.execute(text("SELECT GET_LOCK(:name, 0)"), {"name": name}).scalar()
    connection.rollback()
    return taken == 1


def _release(connection: Connection, name: str) -> None:
    """Release the lock at once; it would go with the connection, but the server may take its time for that."""
    try:
        if is_alive(connection):
            connection.rollback()
            connection.execute(text("SELECT RELEASE_LOCK(:name)"), {"name": name})
            connection.rollback()
    except exc.SQLAlchemyError:
        connection.invalidate()


def _who(connection: Connection, name: str) -> str:
    said = described_holder(connection, name)
    connection.rollback()
    return said


def described_holder(connection: Connection, name: str) -> str:
    """Return who holds a named lock, in words; empty if nobody does."""
    row = connection.execute(HOLDER, {"name": name}).first()
    if row is None:
        return ""
    number, user, host, seconds = row
    return f"connection {number} ({user}@{host}, {seconds} s in its statement)"
