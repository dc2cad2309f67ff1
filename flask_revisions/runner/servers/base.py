"""What any database needs around a step; on its own, what a database gets that we know nothing special about."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, inspect

from ...database import Database
from ...errors import LockTimeout
from ..events import Report, Waiting

FIRST_PAUSE = 0.05
LONGEST_PAUSE = 0.5
SAY_AGAIN = 5.0


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

    def __init__(self, database: Database, lock: LockName, *, lock_timeout: float, report: Report) -> None:
        self.database = database
        self.lock = lock
        self.lock_timeout = lock_timeout
        self.report = report

    # -- the whole run ------------------------------------------------------------------------------

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """Hold the lock, and give the connection that the revisions run on."""
        with self.database.connect() as connection:
            yield with_transactions(connection)

    def check(self) -> None:
        """Raise if the lock has been lost since it was taken.

        :raises DatabaseError: another run may be going on; nothing more may be done.
        """

    # -- one step -----------------------------------------------------------------------------------

    def begin(self, connection: Connection) -> None:
        """Begin the transaction of a step."""
        connection.begin()

    def ended(self, connection: Connection) -> None:
        """Put back what `begin` changed, after the transaction was committed or rolled back."""

    @property
    def savepoints_last(self) -> bool:
        """True where a savepoint lives as long as the transaction; False where DDL ends both."""
        return self.database.dialect.name not in ("mysql", "mariadb", "oracle")

    def autocommit(self, connection: Connection) -> AbstractContextManager[None]:
        """Let every statement commit by itself for the length of a block, outside of any transaction."""
        return autocommitting(connection)

    def instead(self, connection: Connection, statement: str) -> str:
        """Return what to send in place of a statement of the script; most of all, the same."""
        return statement

    def by_itself(self, statement: str) -> bool:
        """Return True for a statement that this database takes outside of a transaction only."""
        return False

    def lookalikes(self, connection: Connection, schema: str | None) -> tuple[str, ...]:
        """Return the tables whose only column is `version_num`: somebody's version tables."""
        inspector = inspect(connection)
        tables = inspector.get_table_names(schema=schema)
        return tuple(
            name
            for name in tables
            if [each["name"] for each in inspector.get_columns(name, schema=schema)] == ["version_num"]
        )

    # -- for the subclasses ---------------------------------------------------------------------------

    def wait_for(
        self, attempt: Callable[[], bool], what: str, holder: Callable[[], str] = lambda: ""
    ) -> None:
        """Repeat `attempt` until it is True, and say so while it is not.

        :param what: what is waited for, for people.
        :param holder: asked for whoever holds it, each time that it is said.
        :raises LockTimeout: `lock_timeout` has passed.
        """
        began = time.monotonic()
        pause, said = FIRST_PAUSE, 0.0
        while not attempt():
            waited = time.monotonic() - began
            if waited >= self.lock_timeout:
                who = holder()
                raise LockTimeout(
                    f"Waited {self.lock_timeout:g} seconds for {what}{f', held by {who}' if who else ''}; "
                    "nothing was changed.",
                    "try again when it is done, or set REVISIONS_LOCK_TIMEOUT (seconds) to wait longer.",
                    holder=who,
                )
            if not said or waited >= said:
                self.report(Waiting(what, holder(), waited))
                said = waited + SAY_AGAIN
            time.sleep(min(pause, max(self.lock_timeout - waited, 0.0)))
            pause = min(pause * 1.5, LONGEST_PAUSE)


def with_transactions(connection: Connection) -> Connection:
    """Return the connection with real transactions, also where the application's engine commits by itself."""
    dialect = connection.dialect
    chosen = connection.get_execution_options().get("isolation_level") or getattr(
        dialect, "_on_connect_isolation_level", None
    )
    if str(chosen).upper() != "AUTOCOMMIT":
        return connection
    levels = [each for each in dialect.get_isolation_level_values(driver_of(connection)) if each != "AUTOCOMMIT"]
    preferred = [each for each in ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE") if each in levels]
    return connection.execution_options(isolation_level=(preferred or levels)[0])


@contextmanager
def autocommitting(connection: Connection) -> Iterator[None]:
    """Let a connection that is in no transaction commit each statement by itself for the length of a block."""
    before = connection.get_isolation_level()
    driver_of(connection).rollback()  # some drivers have begun a transaction for that question
    connection.execution_options(isolation_level="AUTOCOMMIT")
    try:
        yield
    finally:
        if not connection.invalidated and not connection.closed:
            if connection.in_transaction():
                connection.rollback()
            connection.execution_options(isolation_level=before)


def driver_of(connection: Connection) -> Any:
    """Return the driver's own connection object."""
    return connection.connection.driver_connection
