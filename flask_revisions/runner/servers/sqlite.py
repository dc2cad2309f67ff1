"""SQLite: a lock of the operating system beside the file, and transactions that really begin."""

from __future__ import annotations

import re
import sqlite3
import threading
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, exc
from sqlalchemy.pool import SingletonThreadPool, StaticPool

from ...errors import DatabaseError, LockTimeout, TransactionEnded
from ..words import beginning
from .base import AGAIN, ANOTHER_RUN, Server, StartOver, TableLocked, driver_of, is_alive, send_directly
from .danglings import Dangling, dangling_rows, described, refused
from .filelock import file_lock, holder_of

FOREIGN_KEYS = re.compile(
    r"PRAGMA\s+(?:\w+\.)?foreign_keys\s*(?:=|\()\s*['\"]?(\w+)['\"]?\s*\)?\s*;?\s*$", re.IGNORECASE
)
OUTSIDE = re.compile(
    r"VACUUM\b|DETACH\b|PRAGMA\s+(?:\w+\.)?(?:(?:journal_mode|synchronous)\s*[=(]|wal_checkpoint\b)",
    re.IGNORECASE,
)
ON = ("on", "1", "true", "yes")
LEGACY = getattr(sqlite3, "LEGACY_TRANSACTION_CONTROL", None)
SHORT_WAIT = 100
"""Milliseconds that SQLite waits by itself, before it is said that there is waiting."""


class SQLiteServer(Server):
    """SQLite 3.

    Python's driver begins transactions late and not at all before DDL
    (https://docs.python.org/3/library/sqlite3.html#transaction-control). During a run it begins none: a step begins
    with BEGIN IMMEDIATE, whatever kind of engine the application has made, and DDL is rolled back like all else.
    """

    enforces_width = False

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self._enforced = False
        self._restart_with: bool | None = None
        self._was_off = False
        self._rebuilt = False
        """Whether the running step has rebuilt a table while foreign keys were not enforced."""
        self._counts = False
        """Whether dangling rows are to be known before the step: some were found after it."""
        self._dangling: Counter[Dangling] | None = None

    @property
    def _shared(self) -> bool:
        """True where the application's pool gives everybody the same connection, or the database ends with it."""
        return self.database.file is None or isinstance(self.database.engine.pool, (StaticPool, SingletonThreadPool))

    @contextmanager
    def session(self) -> Iterator[Connection]:
        path = self._lock_file
        with ExitStack() as stack:
            if path is not None:
                stack.enter_context(file_lock(path, lambda take, holder: self.wait_for(take, ANOTHER_RUN, holder)))
            if self._shared:
                stack.enter_context(self._turn())
            connection = stack.enter_context(self.connect())
            stack.enter_context(_transactions_by_hand(driver_of(connection)))
            self._enforced = is_enforced(connection)
            with self.limited(connection):
                yield connection

    def holder(self, connection: Connection) -> str:
        return holder_of(self._lock_file) if self._lock_file is not None else ""

    @property
    def _lock_file(self) -> Path | None:
        file = self.database.file
        return file.with_name(file.name + ".revisions-lock") if file is not None else None

    def stopper(self, connection: Connection) -> Callable[[], None]:
        interrupt: Callable[[], None] = driver_of(connection).interrupt
        return interrupt

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        # closing a shared connection would roll back what another thread is doing on it
        with self._turn() if self._shared else nullcontext():
            self._refuse_busy()
            with self.database.connect() as connection:
                yield connection

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        if not self._shared:
            with super().connect() as connection:
                yield connection
            return
        self._refuse_busy()
        with self.database.connect() as connection:
            if _busy(driver_of(connection)):
                raise self._is_busy()
            yield connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait until no other thread is at work on the only connection."""
        turn = _turns.setdefault(self.database.engine, _Turn())
        if turn.owner == threading.get_ident():
            raise DatabaseError(
                f"A run is going on, on the only connection of {self.database.describe()}.",
                "ask when it has ended; a revision finds its connection in op.get_bind().",
            )
        self.wait_for(lambda: turn.lock.acquire(blocking=False), "another run of revisions in this process")
        turn.owner = threading.get_ident()
        try:
            yield
        finally:
            turn.owner = 0
            turn.lock.release()

    def _refuse_busy(self) -> None:
        pool = self.database.engine.pool
        only = vars(pool).get("connection") if isinstance(pool, StaticPool) else None
        if only is not None and only.dbapi_connection is not None and _busy(only.driver_connection):
            raise self._is_busy()

    def _is_busy(self) -> DatabaseError:
        return DatabaseError(
            f"The only connection of {self.database.describe()} is in the middle of a transaction.",
            "commit or roll back the session that uses it, then run this again.",
        )

    # -- one step ---------------------------------------------------------------------------------------

    def between_steps(self, connection: Connection) -> None:
        wanted = self._restart_with
        if wanted is None:
            wanted, self._was_off = self._enforced, False
            self._rebuilt, self._counts, self._dangling = False, False, None
        self._restart_with = None
        if is_enforced(connection) != wanted:
            switch(connection, wanted)

    def begin(self, connection: Connection) -> None:
        connection.begin()
        driver = driver_of(connection)
        if driver.in_transaction:
            driver.rollback()  # a listener of the application has begun one
        self._patiently(connection, "BEGIN IMMEDIATE", "another connection that writes to this database")
        if self._counts and self._dangling is None:
            self._dangling = dangling_rows(driver)

    def commit(self, connection: Connection) -> None:
        if driver_of(connection).in_transaction:
            try:
                self._patiently(
                    connection, "COMMIT", "another connection that reads this database", self.limits.table_lock
                )
            except LockTimeout as error:
                if not self.limits.table_lock:
                    raise
                # who wants to read has to wait for this COMMIT by now
                raise TableLocked("COMMIT", "another connection that reads this database") from error
        connection.commit()

    def rollback(self, connection: Connection) -> None:
        connection.rollback()
        if is_alive(connection):
            driver_of(connection).rollback()  # an engine with skip_autocommit_rollback has not done it

    def _patiently(self, connection: Connection, statement: str, what: str, seconds: float = 0) -> None:
        """Repeat a statement until no other connection is in its way; what has failed so can be repeated.

        :param seconds: for how long; 0 for as long as for the lock of another run.
        """

        def attempt() -> bool:
            try:
                send_directly(connection, statement)
            except exc.OperationalError as error:
                if "locked" in str(error.orig) or "busy" in str(error.orig):
                    return False
                raise
            return True

        driver = driver_of(connection)
        (timeout,) = driver.execute("PRAGMA busy_timeout").fetchone()
        driver.execute(f"PRAGMA busy_timeout = {SHORT_WAIT}")
        try:
            self.wait_for(
                attempt,
                what,
                left="what was applied before stays",
                cure="close that one, in this process with db.session.remove(), and try again",
                seconds=seconds,
            )
        finally:
            driver.execute(f"PRAGMA busy_timeout = {timeout}")

    @contextmanager
    def autocommit(self, connection: Connection) -> Iterator[None]:
        yield  # the driver begins nothing by itself

    # -- the statements of a script -------------------------------------------------------------------

    def inside(self, connection: Connection, statement: str) -> str:
        """Honour PRAGMA foreign_keys, which SQLite ignores within a transaction without a word."""
        if not driver_of(connection).in_transaction:
            raise TransactionEnded(
                "The transaction of the step had ended before this statement, though not by one of SQLAlchemy's.",
                "leave commit(), rollback() and executescript() of the driver's connection out of revisions.",
            )
        found = FOREIGN_KEYS.match(statement, beginning(statement))
        if found is not None:
            self._enforce(connection, found[1].lower() in ON)
        return statement

    def outside(self, connection: Connection, statement: str) -> str:
        self.end_foreign_transaction(connection)
        return statement

    def end_foreign_transaction(self, connection: Connection) -> None:
        driver = driver_of(connection)
        if driver.in_transaction:
            driver.commit()

    def by_itself(self, statement: str, *, left: bool) -> bool:
        start = beginning(statement)
        return bool(OUTSIDE.match(statement, start) or (left and FOREIGN_KEYS.match(statement, start)))

    def begin_alone(self, connection: Connection) -> None:
        self._patiently(connection, "BEGIN IMMEDIATE", "another connection that writes to this database")

    def needs_no_transaction(self, statement: str) -> bool:
        return bool(OUTSIDE.match(statement, beginning(statement)))

    def fingerprint(self, connection: Connection, statement: str) -> str:
        return AGAIN  # VACUUM

    def _enforce(self, connection: Connection, wanted: bool) -> None:
        """Switch within the transaction where that can be (Python 3.12), else start the step over.

        ON after OFF does not count where it cannot be: what the step did before has been done without.
        """
        stuck = is_enforced(connection) != wanted and not switch(connection, wanted)
        if stuck and not (wanted and self._was_off):
            self._restart_with = wanted
            self._was_off = self._was_off or not wanted
            raise StartOver("PRAGMA foreign_keys has to be set before the transaction begins.")
        self._was_off = self._was_off or not wanted

    def begin_rebuild(self, connection: Connection) -> None:
        """Switch within the transaction where that can be (Python 3.12), else start the step over."""
        self._rebuilt = True
        if not switch(connection, False):
            self._restart_with = False
            raise StartOver("Foreign keys have to be unenforced before the transaction begins.")

    def end_rebuild(self, connection: Connection) -> None:
        if is_alive(connection):
            switch(connection, True)

    def after_script(self, connection: Connection, *, left: bool) -> None:
        """Compare the rows that refer to nothing with those before the step.

        Most databases have none: so it is first seen what there is afterwards, and only if there is something, the
        step begins again and counts before.

        :raises RebuildRefused: there are new ones.
        """
        if not self._rebuilt:
            return
        found = dangling_rows(driver_of(connection))
        if found and self._dangling is None and not left:
            self._counts, self._restart_with = True, is_enforced(connection)
            raise StartOver("Rows refer to nothing: were they there before?")
        new = found - (found if self._dangling is None else self._dangling)
        if new:
            raise refused(new)
        if found:
            warnings.warn(f"{described(found)}, as before this revision.", stacklevel=2)

    def lookalikes(self, connection: Connection, schema: str | None) -> tuple[str, ...]:
        rows = connection.exec_driver_sql(
            "SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' "
            "GROUP BY m.name HAVING count(*) = 1 AND max(c.name) = 'version_num'"
        )
        return tuple(rows.scalars())


# -- the driver's connection ------------------------------------------------------------------------------


@dataclass(eq=False)
class _Turn:
    """Whose turn it is on a connection that several threads share."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    owner: int = 0


_turns: WeakKeyDictionary[Engine, _Turn] = WeakKeyDictionary()


@contextmanager
def _transactions_by_hand(driver: Any) -> Iterator[None]:
    """Keep the driver from beginning transactions, and put it back as it was, whatever becomes of it."""
    modern = LEGACY is not None and hasattr(driver, "autocommit")
    autocommit, isolation_level = getattr(driver, "autocommit", None), driver.isolation_level
    if modern:
        driver.autocommit = LEGACY
    if driver.in_transaction:
        driver.rollback()
    driver.isolation_level = None
    enforced = driver.execute("PRAGMA foreign_keys").fetchone()
    try:
        yield
    finally:
        with suppress(sqlite3.Error):  # it is closed
            if driver.in_transaction:
                driver.rollback()
            driver.execute(f"PRAGMA foreign_keys = {enforced[0] if enforced else 0}")
            driver.isolation_level = isolation_level
            if modern:
                driver.autocommit = autocommit


def _busy(driver: Any) -> bool:
    """Return True in the middle of a transaction; with `autocommit=False` one is always open."""
    return bool(driver.in_transaction) and getattr(driver, "autocommit", None) is not False


def is_enforced(connection: Connection) -> bool:
    """Return True if foreign keys are enforced."""
    row = driver_of(connection).execute("PRAGMA foreign_keys").fetchone()
    return bool(row and row[0])


def switch(connection: Connection, wanted: bool) -> bool:
    """Enforce foreign keys or not; return False where that cannot be within a transaction."""
    driver = driver_of(connection)
    if not driver.in_transaction:
        driver.execute(f"PRAGMA foreign_keys = {'ON' if wanted else 'OFF'}")
    elif hasattr(driver, "setconfig"):
        with suppress(sqlite3.Error):
            driver.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_FKEY, wanted)  # type: ignore[attr-defined,unused-ignore]
    return is_enforced(connection) == wanted
