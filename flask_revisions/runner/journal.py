"""The table that says how far an unfinished step has come, where parts of it have been committed already."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.sql.dml import Insert

from ..config import VERSION_TABLE

JOURNAL_TABLE = "revision_journal"
LONGEST = 2**24 - 1


@dataclass(frozen=True)
class Item:
    """One thing that a step did, with what came back.

    :param text: a digest of the statement.
    :param parameters: a digest of its parameters.
    :param said: the statement in short, for people.
    :param rows: what it returned; None where it returns nothing.
    :param columns: name and type code of each column of those rows.
    :param lost: True where what it returned cannot be kept.
    :param failed: True where the database refused it, and the script went on.
    :param fact: True for what an operation asked of the database; its answer is in `rows`.
    :param change: True for what changes more than rows.
    :param reads: a digest of all that the script had read before; empty where it had read nothing.
    """

    text: str
    parameters: str
    said: str
    rowcount: int = -1
    lastrowid: int | None = None
    rows: list[list[Any]] | None = None
    columns: list[list[Any]] | None = None
    lost: bool = False
    failed: bool = False
    fact: bool = False
    change: bool = False
    reads: str = ""


@dataclass(frozen=True)
class Segment:
    """What was committed together, and the statement that was sent next and commits by itself.

    :param number: its place in the step, from 1.
    :param script: the text of the script that did it; empty where it was that of the segment before.
    :param items: what was done, in its order.
    :param statement: the statement after it, whole; empty where there is none.
    :param fingerprint: what the database looked like before that, as the server says it.
    """

    revision: str
    direction: str
    number: int
    script: str
    items: tuple[Item, ...] = ()
    statement: str = ""
    fingerprint: str = ""


@dataclass(frozen=True)
class JournalTable:
    """Where the journal is kept. It is empty but while a step goes on, or after one that was not finished."""

    name: str = JOURNAL_TABLE
    schema: str | None = None

    @classmethod
    def beside(cls, version_table: str, schema: str | None) -> JournalTable:
        """Return the journal that belongs to a version table: each has one of its own, in the same schema."""
        return cls(JOURNAL_TABLE if version_table == VERSION_TABLE else f"{version_table}_journal", schema)

    def table(self) -> Table:
        """Return the table as SQLAlchemy knows one, in a metadata of its own."""
        return _table(self.name, self.schema)

    def exists(self, connection: Connection) -> bool:
        """Return True if the table is there. It mostly is not, and this is asked in one statement."""
        return self.name in inspect(connection).get_table_names(schema=self.schema)

    def create(self, connection: Connection) -> None:
        """Create the table, unless it is there."""
        self.table().create(connection, checkfirst=True)

    def read(self, connection: Connection, revision: str | None = None) -> tuple[Segment, ...]:
        """Return what it has, in its order; the table is there.

        :param revision: the id of one revision; None for all.
        """
        table = self.table()
        statement = select(table).order_by(table.c.id)
        if revision is not None:
            statement = statement.where(table.c.revision == revision)
        return tuple(_segment(row._asdict()) for row in connection.execute(statement))

    def unfinished(self, connection: Connection) -> tuple[tuple[str, str], ...]:
        """Return id and direction of the revisions that it has, in its order; none where there is no such table."""
        if not self.exists(connection):
            return ()
        columns = self.table().c
        rows = connection.execute(select(columns.revision, columns.direction).order_by(columns.id))
        return tuple(dict.fromkeys((revision, direction) for revision, direction in rows))

    def write(self, connection: Connection, segment: Segment) -> None:
        """Add a segment."""
        items = json.dumps([_packed(each) for each in segment.items])
        values = {
            "revision": segment.revision,
            "direction": segment.direction,
            "number": segment.number,
            "script": zlib.compress(segment.script.encode("utf-8", "surrogatepass")),
            "items": zlib.compress(items.encode()),
            "statement": segment.statement,
            "fingerprint": segment.fingerprint,
        }
        connection.execute(_adding(self), values)

    def settle(self, connection: Connection, segment: Segment, *, done: bool) -> None:
        """Say whether the statement after a segment was done."""
        table = self.table()
        values: dict[str, Any] = {"fingerprint": DONE} if done else {"statement": "", "fingerprint": ""}
        connection.execute(update(table).where(*_same(table, segment)).values(**values))

    def forget(self, connection: Connection, revision: str | None = None) -> None:
        """Delete what it has of a revision; None for all."""
        statement = delete(self.table())
        connection.execute(statement if revision is None else statement.where(self.table().c.revision == revision))


DONE = "done"
"""In place of a fingerprint: somebody who has looked says that the statement was done."""


@cache
def _adding(journal: JournalTable) -> Insert:
    # SQLAlchemy keeps what it has made of a statement with the statement
    table = journal.table()
    return insert(table).inline().values({each.name: bindparam(each.name) for each in table.c if each.name != "id"})


@cache
def _table(name: str, schema: str | None) -> Table:
    return Table(
        name,
        MetaData(),
        Column("id", BigInteger().with_variant(Integer, "sqlite"), Identity(always=False), primary_key=True),
        Column("revision", String(255), nullable=False),
        Column("direction", String(16), nullable=False),
        Column("number", Integer, nullable=False),
        Column("script", LargeBinary(LONGEST), nullable=False),
        Column("items", LargeBinary(LONGEST), nullable=False),
        Column("statement", Text(LONGEST).with_variant(Text(), "postgresql", "sqlite", "oracle"), nullable=False),
        Column("fingerprint", Text(LONGEST).with_variant(Text(), "postgresql", "sqlite", "oracle"), nullable=False),
        schema=schema,
        mysql_charset="utf8mb4",
        mariadb_charset="utf8mb4",
        mysql_engine="InnoDB",
        mariadb_engine="InnoDB",
    )


def _same(table: Table, segment: Segment) -> tuple[Any, ...]:
    return (
        table.c.revision == segment.revision,
        table.c.direction == segment.direction,
        table.c.number == segment.number,
    )


def _segment(row: dict[str, Any]) -> Segment:
    items = json.loads(zlib.decompress(bytes(row["items"])))
    return Segment(
        row["revision"],
        row["direction"],
        row["number"],
        zlib.decompress(bytes(row["script"])).decode("utf-8", "surrogatepass"),
        tuple(_unpacked(each) for each in items),
        row["statement"] or "",
        row["fingerprint"] or "",
    )


# -- values as JSON: nothing that is read back is ever executed --------------------------------------------

_WRITERS: tuple[tuple[type, str, Callable[[Any], Any]], ...] = (
    (Decimal, "decimal", str),
    (datetime, "datetime", datetime.isoformat),
    (date, "date", date.isoformat),
    (time, "time", time.isoformat),
    (timedelta, "seconds", timedelta.total_seconds),
    (UUID, "uuid", str),
    (bytes, "bytes", lambda value: base64.b64encode(value).decode()),
    (bytearray, "bytes", lambda value: base64.b64encode(value).decode()),
    (memoryview, "bytes", lambda value: base64.b64encode(value).decode()),
)
_READERS: dict[str, Callable[[Any], Any]] = {
    "decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "seconds": lambda value: timedelta(seconds=value),
    "uuid": UUID,
    "bytes": base64.b64decode,
    "list": lambda value: [plain(each) for each in value],
    "tuple": lambda value: tuple(plain(each) for each in value),
}


def tagged(value: Any) -> Any:
    """Return a value as JSON takes it.

    :raises TypeError: it is of a type that cannot be kept.
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return {type(value).__name__: [tagged(each) for each in value]}
    for kind, name, write in _WRITERS:
        if isinstance(value, kind):
            return {name: write(value)}
    raise TypeError(type(value).__name__)


def plain(value: Any) -> Any:
    """Return the value that `tagged` was given."""
    if isinstance(value, dict):
        ((name, inner),) = value.items()
        return _READERS[name](inner)
    return value


def digest(text: str) -> str:
    """Return a short digest of a text."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def kept_rows(rows: Iterable[Iterable[Any]]) -> list[list[Any]] | None:
    """Return rows as they can be kept; None where a value cannot."""
    try:
        return [[tagged(value) for value in row] for row in rows]
    except TypeError:
        return None


_EMPTY = vars(Item("", "", ""))


def _packed(item: Item) -> dict[str, Any]:
    return {name: value for name, value in vars(item).items() if value != _EMPTY[name]}


def _unpacked(item: dict[str, Any]) -> Item:
    return Item(**{"text": "", "parameters": "", "said": "", **item})
