"""SQLite: a lock of the operating system beside the file, and transactions that really begin."""

from __future__ import annotations

import os
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine
from sqlalchemy.pool import StaticPool

from ...database import database_words
from ...errors import DatabaseError, DatabaseUnreachable
from .base import Server, driver_of

ENFORCE = re.compile(r"\s*PRAGMA\s+(?:\w+\.)?foreign_keys\s*(?:=|\()\s*['\"]?(\w+)['\"]?\s*\)?\s*;?\s*$", re.IGNORECASE)
OUTSIDE = re.compile(r"\s*(VACUUM\b|PRAGMA\s+(?:\w+\.)?journal_mode\s*(=|\())", re.IGNORECASE)
ON = ("on", "1", "true", "yes")
LEGACY = getattr(sqlite3, "LEGACY_TRANSACTION_CONTROL", None)

_locks_in_memory: WeakKeyDictionary[Engine, threading.Lock] = WeakKeyDictionary()


class StartOver(BaseException):  # noqa: N818 - no error: a script must not catch it
    """The step has to begin again with foreign keys enforced or not, as they now are set for it."""


class SQLiteServer(Server):
    """SQLite 3.

    Python's driver begins transactions late and not at all before DDL
    (https://docs.python.org/3/library/sqlite3.html#transaction-control): here a step begins with BEGIN IMMEDIATE,
    whatever kind of engine the application has made, and DDL is rolled back like everything else.
    """

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self._driver_settings: tuple[Any, Any] | None = None
        self._enforce: bool | None = None
        self._enforce_after: bool | None = None

    @contextmanager
    def session(self) -> Iterator[Connection]:
        file = self.database.file
        with self._process_lock() if file is None else self._file_lock(file), self.database.connect() as connection:
            enforced = _pragma(connection, "foreign_keys")
            try:
                yield connection
            finally:
                if not connection.closed and not connection.invalidated:
                    _set_enforced(connection, bool(enforced))

    # -- the lock -------------------------------------------------------------------------------------

    @contextmanager
    def _file_lock(self, file: Path) -> Iterator[None]:
        path = file.with_name(file.name + ".revisions-lock")
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
        except OSError as error:
            raise DatabaseUnreachable(
                f"Cannot write {path}: {error.strerror}.",
                "revisions need to write to the database's folder; does it exist, and may this user write there?",
            ) from error
        try:
            self.wait_for(
                lambda: _try_lock(descriptor),
                "another run of revisions on this database",
                lambda: _read_holder(descriptor),
            )
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0) if hasattr(os, "pwrite") else None
            try:
                yield
            finally:
                os.ftruncate(descriptor, 0)
        finally:
            os.close(descriptor)

    @contextmanager
    def _process_lock(self) -> Iterator[None]:
        lock = _locks_in_memory.setdefault(self.database.engine, threading.Lock())
        self.wait_for(lambda: lock.acquire(blocking=False), "another run of revisions in this process")
        try:
            yield
        finally:
            lock.release()

    # -- one step ---------------------------------------------------------------------------------------

    def begin(self, connection: Connection) -> None:
        if self._enforce is not None:
            _set_enforced(connection, self._enforce)
            self._enforce = None
        transaction = connection.begin()
        driver = driver_of(connection)
        if driver.in_transaction and isinstance(connection.engine.pool, StaticPool):
            raise DatabaseError(
                f"The only connection of {self.database.describe()} is in the middle of a transaction.",
                "commit or roll back the session that uses it, then upgrade.",
            )
        self._driver_settings = (getattr(driver, "autocommit", None), driver.isolation_level)
        if LEGACY is not None:
            driver.autocommit = LEGACY
        if driver.in_transaction:
            driver.rollback()
        driver.isolation_level = None
        try:
            self.wait_for(lambda: self._begin_writing(driver), "another connection that writes to this database")
        except BaseException:
            transaction.rollback()
            self.ended(connection)
            raise

    def _begin_writing(self, driver: Any) -> bool:
        try:
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if "locked" in str(error) or "busy" in str(error):
                return False
            raise DatabaseUnreachable(
                f"Cannot write to {self.database.describe()}: {database_words(error)}.",
                "is it a database, and may this user write to it and to its folder?",
            ) from error
        return True

    def ended(self, connection: Connection) -> None:
        if self._driver_settings is not None and not connection.closed and not connection.invalidated:
            driver = driver_of(connection)
            autocommit, isolation_level = self._driver_settings
            driver.isolation_level = isolation_level
            if LEGACY is not None:
                driver.autocommit = autocommit
        self._driver_settings = None
        if self._enforce_after is not None:
            _set_enforced(connection, self._enforce_after)
            self._enforce_after = None

    @contextmanager
    def autocommit(self, connection: Connection) -> Iterator[None]:
        driver = driver_of(connection)
        settings = (getattr(driver, "autocommit", None), driver.isolation_level)
        if LEGACY is not None:
            driver.autocommit = LEGACY
        driver.isolation_level = None
        try:
            yield
        finally:
            driver.isolation_level = settings[1]
            if LEGACY is not None:
                driver.autocommit = settings[0]

    def instead(self, connection: Connection, statement: str) -> str:
        """Honour PRAGMA foreign_keys, which SQLite ignores within a transaction without a word."""
        found = ENFORCE.match(statement)
        if found is None or not driver_of(connection).in_transaction:
            return statement
        wanted = found[1].lower() in ON
        if bool(_pragma(connection, "foreign_keys")) == wanted:
            self._enforce_after = None
            return statement
        if _switch_now(connection, wanted):
            return statement
        if wanted:  # what the step has done so far was done without: it stays so until its end
            self._enforce_after = True
            return statement
        self._enforce = False
        raise StartOver

    def by_itself(self, statement: str) -> bool:
        return bool(OUTSIDE.match(statement))

    def lookalikes(self, connection: Connection, schema: str | None) -> tuple[str, ...]:
        rows = connection.exec_driver_sql(
            "SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' "
            "GROUP BY m.name HAVING count(*) = 1 AND max(c.name) = 'version_num'"
        )
        return tuple(rows.scalars())


def _pragma(connection: Connection, name: str) -> int:
    row = driver_of(connection).execute(f"PRAGMA {name}").fetchone()
    return int(row[0]) if row else 0


def _set_enforced(connection: Connection, wanted: bool) -> None:
    """Outside of a transaction."""
    driver_of(connection).execute(f"PRAGMA foreign_keys={'ON' if wanted else 'OFF'}")


def _switch_now(connection: Connection, wanted: bool) -> bool:
    """Switch enforcement within a transaction, where the driver can (Python 3.12)."""
    setconfig = getattr(driver_of(connection), "setconfig", None)
    if setconfig is None:
        return False
    try:
        setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_FKEY, wanted)  # type: ignore[attr-defined,unused-ignore]
    except sqlite3.Error:
        return False
    return bool(_pragma(connection, "foreign_keys")) == wanted


def _try_lock(descriptor: int) -> bool:
    try:
        _lock(descriptor)
    except OSError:
        return False
    return True


def _read_holder(descriptor: int) -> str:
    os.lseek(descriptor, 0, os.SEEK_SET)
    try:
        number = os.read(descriptor, 20).decode("ascii", "replace").strip()
    except OSError:
        return ""
    return f"process {number}" if number.isdigit() else ""


try:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

except ImportError:  # Windows
    import msvcrt

    def _lock(descriptor: int) -> None:
        """Lock one byte far behind the text of the file, so that others can read the text."""
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
