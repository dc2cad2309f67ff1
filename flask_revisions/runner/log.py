"""The table that keeps who applied or took back what, when, and from which file."""

from __future__ import annotations

import getpass
import json
import os
import platform
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Float,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    column,
    exc,
    insert,
    inspect,
    select,
    table,
)
from sqlalchemy.sql.dml import Insert

from ..config import VERSION_TABLE
from ..database import database_words
from ..errors import DatabaseError
from ..graph.graph import Revision, RevisionGraph
from ..graph.logged import Log, Logged, Standing, changed_files
from ..graph.plan import Step
from ..version import __version__
from .sources import same_code, source_of

if TYPE_CHECKING:
    from ..operations.columns import AddColumn

LOG_TABLE = "revision_log"
WIDTH = 255
LONGEST_SOURCE = 2**24 - 1

Direction = Literal["up", "down"]
Outcome = Literal["done", "failed", "interrupted", "stamped", "found", "recorded"]
"""`done`: its script ran. `stamped`: it was recorded by `stamp`. `found`: it was applied before there was a log.
`recorded`: its script has nothing to do on this database. `failed`, `interrupted`: it was not applied or taken back."""

COUNTS: tuple[Outcome, ...] = ("done", "stamped", "found", "recorded")
"""The outcomes after which a revision is what the entry says."""


@dataclass(frozen=True)
class Entry:
    """One line of the log.

    :param id: the ids of revisions are texts; this is the number of the line.
    :param direction: `up` where the revision was applied, `down` where it was taken back.
    :param started: when, in UTC and without a time zone.
    :param seconds: how long it took; None where nothing ran.
    :param user: who; empty where that is not known.
    :param version: of this package.
    :param message: the first paragraph of the docstring.
    :param needs: the ids that had to be applied before.
    :param digest: of the file's bytes.
    :param source: the file's text; None where it was not at hand.
    :param error: for what failed, why.
    """

    revision: str
    direction: Direction
    outcome: Outcome
    started: datetime
    seconds: float | None = None
    user: str = ""
    host: str = ""
    version: str = __version__
    message: str = ""
    needs: tuple[str, ...] = ()
    digest: str = ""
    source: str | None = None
    error: str = ""
    id: int = 0


@dataclass(frozen=True)
class LogTable:
    """Where the log is kept.

    Its columns are only ever added to, and those that were added may be null: so an older release can write to the
    table of a newer one, and a newer one adds what it misses.
    """

    name: str = LOG_TABLE
    schema: str | None = None

    @classmethod
    def beside(cls, version_table: str, schema: str | None) -> LogTable:
        """Return the log that belongs to a version table: each has one of its own, in the same schema."""
        return cls(LOG_TABLE if version_table == VERSION_TABLE else f"{version_table}_log", schema)

    def table(self) -> Table:
        """Return the table as SQLAlchemy knows one, in a metadata of its own."""
        return _table(self.name, self.schema)

    def describe(self) -> str:
        """Return its name with its schema."""
        return f"{self.schema}.{self.name}" if self.schema else self.name

    # -- reading --------------------------------------------------------------------------------------

    def known(self, connection: Connection) -> Log | None:
        """Return what it says about each revision; None where there is no such table. Nothing is written.

        :raises DatabaseError: it cannot be read.
        """
        # no Table: its options for MySQL would load that dialect, wherever a command only looks
        names = ("id", "revision", "direction", "needs", "digest", "message", "outcome")
        columns = table(self.name, *map(column, names), schema=self.schema).c
        statement = (
            select(columns.revision, columns.direction, columns.needs, columns.digest, columns.message)
            .where(columns.outcome.in_(COUNTS))
            .order_by(columns.id)
        )
        for again in (True, False):
            try:
                rows = connection.execute(statement).all()
                break
            except exc.DBAPIError as error:
                if error.connection_invalidated:
                    raise
                connection.rollback()
                if not self.exists(connection):
                    return None
                if again:  # it may be there since another run has made it, a moment ago
                    continue
                raise DatabaseError(
                    f"The log {self.describe()} cannot be read: {database_words(error)}",
                    "let this user read it; if it is somebody else's table, set REVISIONS_LOG = False.",
                ) from error
        known: dict[str, Logged] = {}
        id = ""
        with self._reading(lambda: id):
            for id, direction, needs, digest, message in rows:
                known[id] = Logged(id, direction == "up", _ids_of(needs), digest or "", message or "")
        return known

    def exists(self, connection: Connection) -> bool:
        """Return True if the table is there."""
        return inspect(connection).has_table(self.name, schema=self.schema)

    def entries(
        self, connection: Connection, revision: str | None = None, *, limit: int | None = None, sources: bool = False
    ) -> tuple[Entry, ...]:
        """Return its lines, the newest first; none where there is no such table.

        :param revision: the id of one revision; None for all.
        :param limit: how many at most.
        :param sources: True to read the stored files, too.
        """
        if not self.exists(connection):
            return ()
        there = {each["name"] for each in inspect(connection).get_columns(self.name, schema=self.schema)}
        columns = [each for each in self.table().c if each.name in there and (sources or each.name != "source")]
        statement = select(*columns).order_by(self.table().c.id.desc()).limit(limit)
        if revision is not None:
            statement = statement.where(self.table().c.revision == revision)
        return tuple(self._entry(row._asdict()) for row in connection.execute(statement))

    def stored(self, connection: Connection, revision: str) -> Entry | None:
        """Return the newest line that has the file of a revision; None where there is none."""
        if not self.exists(connection):
            return None
        table = self.table()
        statement = select(table).where(
            table.c.revision == revision, table.c.source.is_not(None), table.c.outcome.in_(COUNTS)
        )
        row = connection.execute(statement.order_by(table.c.id.desc()).limit(1)).first()
        return self._entry(row._asdict()) if row is not None else None

    def _entry(self, row: dict[str, Any]) -> Entry:
        with self._reading(lambda: row.get("revision")):
            return _entry(row)

    @contextmanager
    def _reading(self, revision: Callable[[], Any]) -> Iterator[None]:
        """Say which line cannot be read.

        :param revision: returns what the line is about.
        """
        try:
            yield
        except (ValueError, TypeError, KeyError, zlib.error) as error:
            what = f"it has no column {error}" if isinstance(error, KeyError) else f"{error}"
            raise DatabaseError(
                f"The log {self.describe()} has a line about '{revision()}' that cannot be read: {what}",
                "put that line right or delete it; or do without the log: REVISIONS_LOG = False.",
            ) from error

    # -- writing --------------------------------------------------------------------------------------

    def missing(self, connection: Connection) -> tuple[AddColumn, ...] | None:
        """Return what adds the columns that it lacks; None where there is no such table."""
        try:
            there = {each["name"] for each in inspect(connection).get_columns(self.name, schema=self.schema)}
        except exc.NoSuchTableError:
            return None
        columns = [each for each in self.table().c if each.name not in there]
        if not columns:
            return ()
        from ..operations.columns import AddColumn  # nearly never

        return tuple(AddColumn(self.name, each._copy(), self.schema) for each in columns)

    def create(self, connection: Connection) -> None:
        """Create the table.

        :raises DatabaseError: the database refuses.
        """
        try:
            self.table().create(connection)
        except exc.DBAPIError as error:
            if error.connection_invalidated:
                raise
            raise DatabaseError(
                f"The log {self.describe()} could not be created: {database_words(error)}",
                "let this user create tables, or do without the log: REVISIONS_LOG = False.",
            ) from error

    def line(self, entry: Entry) -> tuple[Insert, dict[str, Any]]:
        """Return a statement that adds a line, the same for every line, and its parameters."""
        return _adding(self), {f"line_{name}": value for name, value in _values(entry).items()}

    def write(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """Add lines."""
        if len(entries) == 1:
            connection.execute(*self.line(entries[0]))
        elif entries:
            connection.execute(insert(self.table()).inline(), [_values(each) for each in entries])


def _ids_of(needs: str) -> tuple[str, ...]:
    """Return what a line says that a revision needs: nearly always one id, which is quicker read than by a parser."""
    inner = needs[2:-2]
    if needs[:2] == '["' and needs[-2:] == '"]' and inner.isalnum():
        return (inner,)
    return tuple(json.loads(needs))


@cache
def _adding(log: LogTable) -> Insert:
    # SQLAlchemy keeps what it has made of a statement with the statement
    table = log.table()
    values: dict[Any, Any] = {each: bindparam(f"line_{each.name}") for each in table.c if each.name != "id"}
    return insert(table).inline().values(values)


@cache
def _table(name: str, schema: str | None) -> Table:
    return Table(
        name,
        MetaData(),
        # an identity goes wherever its table goes: a dump without the table has no sequence left of it
        Column("id", BigInteger().with_variant(Integer, "sqlite"), Identity(always=False), primary_key=True),
        Column("revision", String(WIDTH), nullable=False),
        Column("direction", String(8), nullable=False),
        Column("outcome", String(16), nullable=False),
        Column("started_at", DateTime, nullable=False),
        Column("seconds", Float),
        Column("username", String(WIDTH)),
        Column("hostname", String(WIDTH)),
        Column("version", String(32)),
        Column("message", String(WIDTH)),
        Column("needs", Text, nullable=False),
        Column("digest", String(64)),
        Column("source", LargeBinary(LONGEST_SOURCE)),
        Column("error", Text),
        schema=schema,
        mysql_charset="utf8mb4",
        mariadb_charset="utf8mb4",
    )


# -- entries --------------------------------------------------------------------------------------------


def entry_of(
    revision: Revision,
    direction: Direction,
    outcome: Outcome,
    *,
    needs: Iterable[str],
    source: str | None,
    **facts: Any,
) -> Entry:
    """Return a line about a revision, by who runs this process, now.

    :param facts: what else there is to say, and what is otherwise.
    """
    user, host = whoami()
    entry = Entry(
        revision.id,
        direction,
        outcome,
        datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0),
        user=user,
        host=host,
        message=revision.message,
        needs=tuple(needs),
        digest=revision.digest,
        source=source,
    )
    return replace(entry, **facts) if facts else entry


def entries_of(graph: RevisionGraph, ids: Iterable[str], direction: Direction, outcome: Outcome) -> tuple[Entry, ...]:
    """Return a line for each of several revisions that are recorded without being run."""
    made = []
    for id in ids:
        revision = graph.get(id) or Revision(id)
        needs = graph.needs(id) if id in graph else ()
        source = source_of(revision) if direction == "up" else None
        made.append(entry_of(revision, direction, outcome, needs=needs, source=source))
    return tuple(made)


def entry_of_step(step: Step, outcome: Outcome, *, source: str | None, **facts: Any) -> Entry:
    """Return the line about a step."""
    direction: Direction = "up" if step.is_upgrade else "down"
    return entry_of(step.revision, direction, outcome, needs=step.down_revision_ids, source=source, **facts)


def edited_files(
    connection: Connection, log: LogTable, graph: RevisionGraph, standing: Standing
) -> tuple[Revision, ...]:
    """Return the applied revisions whose file is another program now than when it ran."""
    found = []
    for id in changed_files(graph, standing):
        then, now = log.stored(connection, id), source_of(graph[id])
        if then is not None and now is not None and not same_code(then.source or "", now):
            found.append(graph[id])
    return tuple(found)


@cache
def whoami() -> tuple[str, str]:
    """Return user and host of this process. Finding out never fails: containers run as users that nobody knows."""
    try:
        user = getpass.getuser()
    except Exception:  # KeyError, OSError, ImportError: it depends on platform and version
        user = f"uid {os.getuid()}" if hasattr(os, "getuid") else ""
    try:
        host = platform.node()
    except Exception:
        host = ""
    return user, host


def _values(entry: Entry) -> dict[str, Any]:
    source = entry.source
    packed = None if source is None else zlib.compress(source.encode("utf-8", "surrogatepass"), 6)
    return {
        "revision": entry.revision,
        "direction": entry.direction,
        "outcome": entry.outcome,
        "started_at": entry.started,
        "seconds": entry.seconds,
        "username": _text(entry.user, WIDTH),
        "hostname": _text(entry.host, WIDTH),
        "version": _text(entry.version, 32),
        "message": _text(entry.message, WIDTH),
        "needs": json.dumps(entry.needs),
        "digest": entry.digest,
        "source": packed if packed is None or len(packed) <= LONGEST_SOURCE else None,
        "error": _text(entry.error, 4000) or None,
    }


def _text(text: str, length: int) -> str:
    """Return what any database takes: no lone surrogates, no NUL, not too long."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")[:length]


def _entry(row: dict[str, Any]) -> Entry:
    source = row.get("source")
    return Entry(
        row["revision"],
        row["direction"],
        row["outcome"],
        row["started_at"],
        row.get("seconds"),
        row.get("username") or "",
        row.get("hostname") or "",
        row.get("version") or "",
        row.get("message") or "",
        tuple(json.loads(row["needs"])),
        row.get("digest") or "",
        None if source is None else zlib.decompress(bytes(source)).decode("utf-8", "surrogatepass"),
        row.get("error") or "",
        row["id"],
    )
