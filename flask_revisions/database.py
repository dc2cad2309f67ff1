"""One database: its name, how to connect to it, and how to speak of it without its password."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, exc
from sqlalchemy.engine import URL, Dialect

from .errors import DatabaseUnreachable

Prepare = Callable[[Connection], Any]


@dataclass(frozen=True, eq=False)
class Database:
    """A database that revisions are applied to.

    :param name: its bind key; None for the default one.
    :param engine: the application's engine.
    :param metadata: the metadata of the models that live in it.
    :param on_connect: called with each new connection; what it does is committed.
    :param connect_timeout: seconds until a server that does not answer counts as not reached; 0 for no limit.
    """

    name: str | None
    engine: Engine
    metadata: tuple[MetaData, ...] = ()
    on_connect: Prepare | None = None
    connect_timeout: float = 20.0

    @property
    def dialect(self) -> Dialect:
        """The dialect; it knows its server only after the first connection."""
        return self.engine.dialect

    @property
    def naming_convention(self) -> Mapping[str, Any]:
        """The naming convention of the models, or an empty mapping."""
        for each in self.metadata:
            return each.naming_convention or {}
        return {}

    @property
    def file(self) -> Path | None:
        """The file of a SQLite database, links resolved; None for a database in memory and for servers."""
        return sqlite_file(self.engine.url) if self.dialect.name == "sqlite" else None

    @property
    def exists(self) -> bool:
        """False for a SQLite file that is not there yet, and would be made by connecting."""
        return self.file is None or self.file.exists()

    def describe(self) -> str:
        """Return the database in a few words: dialect and file, or dialect, server and name; never a password."""
        url = self.engine.url
        if self.dialect.name == "sqlite":
            return f"sqlite {self.file or 'in memory'}"
        server = f" at {url.host}" + (f":{url.port}" if url.port else "") if url.host else ""
        return f"{self.dialect.name} {url.database or ''}{server}"

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Give a connection for the length of a block.

        :raises DatabaseUnreachable: no connection could be made; the text says why, in the driver's words.
        """
        connection = self._open()
        try:
            if self.on_connect is not None:
                self.on_connect(connection)
                connection.commit()
            yield connection
        finally:
            connection.close()

    def _open(self) -> Connection:
        try:
            if self.dialect.name == "sqlite" or not self.connect_timeout:
                return self.engine.connect()
            return _connect_within(self.engine, self.connect_timeout)
        except TimeoutError:
            raise DatabaseUnreachable(
                f"No answer from {self.describe()} within {self.connect_timeout:g} seconds.",
                "is it the right host and port? REVISIONS_CONNECT_TIMEOUT sets how long to wait.",
            ) from None
        except (exc.DBAPIError, exc.TimeoutError, OSError) as error:
            raise DatabaseUnreachable(
                f"Cannot connect to {self.describe()}: {database_words(error)}",
                "check the database URL in the application's configuration, and that the server runs.",
            ) from error


def database_words(error: BaseException) -> str:
    """Return what a driver said, in one line, without SQLAlchemy's additions."""
    said: Any = getattr(error, "orig", None) or error
    if isinstance(said, BaseException) and len(said.args) > 1 and isinstance(said.args[0], int):
        said = said.args[1]
    return " ".join(str(said).split()) or type(said).__name__


def sqlite_file(url: URL) -> Path | None:
    """Return the file that a SQLite URL names, links resolved; None for a database in memory.

    Names that begin with `file:` are URIs (https://www.sqlite.org/uri.html) where the driver is told so.
    """
    name = url.database or ""
    if name.startswith("file:") and str(url.query.get("uri", "")).lower() in ("true", "1", "yes", "on"):
        if url.query.get("mode") == "memory" or "mode=memory" in name:
            return None
        name = name[len("file:") :].split("?")[0]
        if name.startswith("//"):
            name = "/" + name[2:].partition("/")[2]
    if name in ("", ":memory:"):
        return None
    return Path(name).resolve()


def _connect_within(engine: Engine, seconds: float) -> Connection:
    """Connect in a thread of its own: not every driver has a limit for a server that accepts and stays silent."""
    done = threading.Event()
    settled = threading.Lock()
    result: list[Connection | BaseException] = []

    def connect() -> None:
        try:
            result.append(engine.connect())
        except BaseException as error:
            result.append(error)
        if settled.acquire(blocking=False):
            done.set()
        elif isinstance(result[0], Connection):
            result[0].close()

    threading.Thread(target=contextvars.copy_context().run, args=(connect,), daemon=True).start()
    if not done.wait(seconds) and settled.acquire(blocking=False):
        raise TimeoutError
    done.wait()
    if isinstance(result[0], BaseException):
        raise result[0]
    return result[0]
