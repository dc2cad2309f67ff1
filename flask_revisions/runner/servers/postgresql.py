"""PostgreSQL: an advisory lock on a connection of its own, and a second one in the transaction of each step."""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, exc, text

from ...database import database_words
from ...errors import DatabaseError
from .base import LockName, Server, autocommitting, driver_of

GUARDED_SETTINGS = (
    "idle_in_transaction_session_timeout",
    "statement_timeout",
    "lock_timeout",
    "transaction_timeout",
)
CLIENT_CHECK = "1s"

HOLDER = """
    SELECT a.pid, a.application_name, a.client_addr, now() - a.backend_start
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (l.classid::bigint << 32 | l.objid::bigint) = :key
"""
LOOKALIKES = """
    SELECT table_name FROM information_schema.columns
    WHERE table_schema = coalesce(:schema, current_schema())
    GROUP BY table_name HAVING count(*) = 1 AND max(column_name) = 'version_num'
"""


class PostgreSQLServer(Server):
    """PostgreSQL 12 and later.

    The lock is a transaction's (`pg_try_advisory_xact_lock`), held by a READ COMMITTED transaction on a connection
    that does nothing else: so it stays with its server process behind a pooler, and does not keep CREATE INDEX
    CONCURRENTLY from ending, as a waiting `pg_advisory_lock` would
    (https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS).
    """

    _holder: Connection | None = None
    _notices_dead_clients = False

    @contextmanager
    def session(self) -> Iterator[Connection]:
        with self.database.connect() as holder:
            holder.execution_options(isolation_level="READ COMMITTED")
            holder.detach()  # the application's pool may have no room for a second connection
            self._guard(holder)
            self._take(holder, key(self.lock, "run"), "another run of revisions on this database")
            self._holder = holder
            with self.database.connect() as connection:
                connection.execution_options(isolation_level="READ COMMITTED")
                self._notices_dead_clients = _can_notice_dead_clients(connection)
                yield connection
                self.check()
            holder.rollback()

    def check(self) -> None:
        if self._holder is None:
            return
        try:
            if not _silent(self._holder):
                self._holder.execute(text("SELECT 1"))
        except exc.DBAPIError as error:
            raise DatabaseError(
                f"The connection that holds the lock was lost: {database_words(error)}",
                "another run may have begun; 'flask db current' says where the database is, then run this again.",
            ) from error

    def begin(self, connection: Connection) -> None:
        connection.begin()
        if self._notices_dead_clients:
            # PostgreSQL 14: else a killed client's statement runs to its end
            connection.execute(
                text("SELECT set_config('client_connection_check_interval', :every, true)"), {"every": CLIENT_CHECK}
            )
        self._take(connection, key(self.lock, "step"), "a statement of an earlier run, whose client is gone,")

    @contextmanager
    def autocommit(self, connection: Connection) -> Iterator[None]:
        """Without a transaction there is no lock of the step: earlier statements are known by their session's name."""
        name = f"flask-revisions {key(self.lock, 'step') & 0xFFFFFFFF:08x}"
        with autocommitting(connection):
            self.wait_for(
                lambda: not self._active(connection, name), "a statement of an earlier run, whose client is gone,"
            )
            before = connection.execute(text("SELECT current_setting('application_name')")).scalar()
            connection.execute(text("SELECT set_config('application_name', :name, false)"), {"name": name})
            try:
                yield
            finally:
                if not connection.invalidated:
                    connection.execute(
                        text("SELECT set_config('application_name', :name, false)"), {"name": before or ""}
                    )

    def lookalikes(self, connection: Connection, schema: str | None) -> tuple[str, ...]:
        return tuple(connection.execute(text(LOOKALIKES), {"schema": schema}).scalars())

    def _take(self, connection: Connection, number: int, what: str) -> None:
        def attempt() -> bool:
            return bool(connection.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": number}).scalar())

        self.wait_for(attempt, what, lambda: _who(connection, number))

    def _guard(self, holder: Connection) -> None:
        """Switch off what could end the transaction that holds the lock."""
        known = set(
            holder.execute(
                text("SELECT name FROM pg_settings WHERE name = ANY(:names)"), {"names": list(GUARDED_SETTINGS)}
            ).scalars()
        )
        off = ", ".join(f"set_config('{name}', '0', true)" for name in GUARDED_SETTINGS if name in known)
        alive = "set_config('tcp_keepalives_idle', '60', true)"
        holder.execute(text(f"SELECT {off}, {alive}"))

    def _active(self, connection: Connection, name: str) -> bool:
        return bool(
            connection.execute(
                text(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                    "AND application_name = :name AND state = 'active' AND pid <> pg_backend_pid()"
                ),
                {"name": name},
            ).scalar()
        )


def key(lock: LockName, purpose: str) -> int:
    """Return the signed 64-bit number of an advisory lock; such locks are known within one database."""
    return int.from_bytes(lock.digest(purpose)[:8], "big", signed=True)


def _can_notice_dead_clients(connection: Connection) -> bool:
    """Return True where the server takes `client_connection_check_interval`; some platforms refuse it."""
    if (connection.dialect.server_version_info or (0,)) < (14,):
        return False
    with connection.begin() as trial:
        try:
            connection.execute(
                text("SELECT set_config('client_connection_check_interval', :every, true)"), {"every": CLIENT_CHECK}
            )
        except exc.DBAPIError:
            return False
        finally:
            trial.rollback()
    return True


def _silent(connection: Connection) -> bool:
    """Return True if nothing has come from the server since the last answer: then it has not hung up either."""
    descriptor = getattr(driver_of(connection), "fileno", None)
    if descriptor is None:
        return False
    readable, _, _ = select.select([descriptor()], [], [], 0)
    return not readable


def _who(connection: Connection, number: int) -> str:
    row = connection.execute(text(HOLDER), {"key": number}).first()
    if row is None:
        return ""
    pid, application, address, since = row
    where = f" from {address}" if address else ""
    return f"process {pid} ({application or 'unnamed'}{where}, connected for {str(since).split('.')[0]})"
