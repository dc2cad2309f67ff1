"""One database: its name, how to connect to it, and how to speak of it without its password."""

from __future__ import annotations

import contextvars
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from sqlalchemy import Connection, Engine, MetaData, exc
from sqlalchemy.engine import URL, Dialect

from .errors import ConfigurationError, DatabaseError, DatabaseUnreachable, LockTimeout, RevisionsError

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
    def label(self) -> str:
        """Its name for people: the bind key, or `default`."""
        return self.name or "default"

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
        """Return the database in a few words: dialect and file, or dialect, name and server; no password."""
        url = self.engine.url
        if self.dialect.name == "sqlite":
            return f"sqlite {self.file or 'in memory'}"
        _, misread, rest = _place(url).rpartition("@")
        if misread:
            return f"{self.dialect.name} {rest}"
        server = f" at {url.host}" + (f":{url.port}" if url.port else "") if url.host else ""
        return f"{self.dialect.name} {url.database or ''}{server}".replace("  ", " ")

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Give a connection for the length of a block.

        :raises DatabaseUnreachable: no connection could be made, or it was lost; the text says why, in the
            driver's words.
        :raises DatabaseError: the database refused a statement of the block.
        """
        with self._opened() as connection:
            try:
                self._prepare(connection)
                yield connection
            except exc.DBAPIError as error:
                raise self.refusal(error) from error

    def refusal(self, error: exc.DBAPIError) -> RevisionsError:
        """Return what a person should read about an error that a driver raised on a connection."""
        said = self._words(error)
        if error.connection_invalidated:
            return DatabaseUnreachable(
                f"The connection to {self.describe()} was lost: {said}",
                "when the database is back, 'flask db current' says where it is; then run the command again.",
            )
        if self.dialect.name == "sqlite" and "locked" in said:
            return LockTimeout(
                f"Another connection keeps {self.describe()} locked: {said}",
                "end the program that uses it, or wait until it has finished; then run the command again.",
            )
        return DatabaseError(
            f"{self.describe()} refused a statement: {said}",
            _hint(said, "add --traceback to see the statement and where it comes from."),
        )

    def _prepare(self, connection: Connection) -> None:
        if self.on_connect is None:
            return
        try:
            self.on_connect(connection)
            connection.commit()
        except RevisionsError:
            raise
        except Exception as error:
            raise ConfigurationError(
                f"The function of REVISIONS_ON_CONNECT failed: {type(error).__name__}: {self._words(error)}",
                "correct it; it is called with each new connection. --traceback shows where that was.",
            ) from error

    @contextmanager
    def _opened(self) -> Iterator[Connection]:
        with ExitStack() as stack:
            yield self._open(stack)

    def _open(self, stack: ExitStack) -> Connection:
        try:
            if self.dialect.is_async:
                from .asynchronous import connected  # with asyncio: most applications have no use for it

                return stack.enter_context(connected(self.engine, self.connect_timeout or None))
            if self.dialect.name == "sqlite" or not self.connect_timeout:
                return stack.enter_context(closing(self.engine.connect()))
            return stack.enter_context(closing(_connect_within(self.engine, self.connect_timeout)))
        except TimeoutError:
            raise DatabaseUnreachable(
                f"No answer from {self.describe()} within {self.connect_timeout:g} seconds.",
                "is it the right host and port? REVISIONS_CONNECT_TIMEOUT sets how long to wait.",
            ) from None
        except (exc.DBAPIError, exc.TimeoutError, OSError, UnicodeError) as error:
            said = self._words(error)
            hint = _hint(said, "check the database URL in the application's configuration.")
            if self.file is not None and self.file.is_dir():
                hint = "this is a folder; the database URL has to name a file."
            raise DatabaseUnreachable(f"Cannot connect to {self.describe()}: {said}", hint) from error

    def _words(self, error: BaseException) -> str:
        """Return what a driver said, as the end of a sentence and without a password."""
        said = hide(database_words(error), secrets_in(self.engine.url))
        return said if said.endswith((".", "!", "?")) else f"{said}."


_CLASS = re.compile(r"^<class '[\w.]+'>: ")
"""What SQLAlchemy 2.0 puts before each error of asyncpg."""


def database_words(error: BaseException) -> str:
    """Return what a driver said, in one line, without SQLAlchemy's additions and PostgreSQL's drawings."""
    said: Any = getattr(error, "orig", None) or error
    if isinstance(said, BaseException) and len(said.args) > 1 and isinstance(said.args[0], int):
        said = said.args[1] or said
    lines = [line for line in str(said).splitlines() if line.strip() != "^" and not line.startswith("LINE ")]
    words = " ".join(" ".join(lines).split())
    return _CLASS.sub("", words) or type(said).__name__


_CURES = (
    (
        r"unknown database|database .* does not exist",
        "create the database, or correct its name in the database URL.",
    ),
    (
        r"access denied|password|authentication|role .* does not exist",
        "check user and password in the database URL.",
    ),
    (r"resolve host|name or service|translate host|getaddrinfo", "check the host name in the database URL."),
    (r"refused|timed out|no route", "check host and port in the database URL, and that the server runs."),
    (
        r"unable to open database file",
        "check the path in the database URL: its folder has to exist, and this user may write there.",
    ),
    (r"not a database|malformed", "is it the right file? If it is, restore it from a backup."),
    (r"read-?only", "may this user write to the database, and for SQLite to its folder?"),
    (r"permission denied|denied to user", "give this user the rights, or connect as one who has them."),
)
"""Patterns of what databases and drivers say in English, and what helps; in another language none matches."""


_CURES_OF_STATEMENTS = (
    (r"disk is full|No space left|The table '.*' is full", "free some space"),
    (
        r"write a readonly database|in a read-only transaction|with the --read-only option|READ ONLY transaction",
        "let this user write to the database",
    ),
    (r"permission denied for|command denied to user|must be owner of", "give this user the rights"),
)
"""The same for what a script sends, where the words may be those of its own tables."""


def cure(said: str) -> str:
    """Return what helps against what a database said to a statement of a script; empty where that is its own affair."""
    return next((hint for pattern, hint in _CURES_OF_STATEMENTS if re.search(pattern, said)), "")


def _hint(said: str, otherwise: str) -> str:
    return next((hint for pattern, hint in _CURES if re.search(pattern, said, re.IGNORECASE)), otherwise)


# -- what nobody may read ------------------------------------------------------------------------------

_IN_A_URL = re.compile(r"(\w://[^\s:/@]*:)(?!password@)[^\s'\"]*@")
_SECRET_WORDS = re.compile(r"pass|pwd|secret|token", re.IGNORECASE)
_ODBC_PASSWORD = re.compile(r"\b(?:pwd|password)\s*=\s*(\{[^}]*\}|[^;]*)", re.IGNORECASE)


def secrets_in(url: URL) -> frozenset[str]:
    """Return the passwords in a URL, in each spelling in which an error could repeat them.

    A password that is also the name of user, host or database is none: it could not be told from that.
    """
    found = [str(url.password)] if url.password else []
    misread = _place(url).rpartition("@")[0] if url.password else ""
    if misread:
        found += [f"{url.password}@{misread}", misread, *re.split("[@/:]", misread)]
    for name, value in url.query.items():
        texts = (value,) if isinstance(value, str) else value
        if _SECRET_WORDS.search(name):
            found += texts
        for text in texts:
            found += _ODBC_PASSWORD.findall(text)
    known = {"", url.username, *url.drivername.split("+")}
    if not misread:
        known |= {url.host, url.database}
    return frozenset(spelt for each in found if each not in known for spelt in _spellings(each))


def hide(text: str, secrets: Iterable[str]) -> str:
    """Return a text with `***` in place of secrets, and of passwords in whatever looks like a URL."""
    for secret in sorted(secrets, key=len, reverse=True):
        if secret in text:
            # as a word of its own: a password `a` does not make every a a secret
            left, right = (r"\b" if re.match(r"\w", end) else "" for end in (secret[0], secret[-1]))
            text = re.sub(left + re.escape(secret) + right, "***", text)
    return _IN_A_URL.sub(r"\1***@", text) if "://" in text else text


def _place(url: URL) -> str:
    """Return host, port and name; with an @ in it, if the password has one that should have been quoted."""
    port = f":{url.port}" if url.port else ""
    return f"{url.host or ''}{port}/{url.database or ''}"


def _spellings(secret: str) -> set[str]:
    return {
        secret,
        quote(secret, safe=""),
        quote(secret),
        quote(secret, safe=" +"),
        quote_plus(secret),
        repr(secret)[1:-1],
        ascii(secret)[1:-1],
    }


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
    """Connect in a thread: not every driver has a limit for a server that accepts and stays silent."""
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
