"""Changed schemas, enum types and sequences -> operations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from ..operations.base import Operation
from ..operations.data import Execute
from ..operations.types import NamedType
from ..schema import model
from ..schema.model import Name, Schema
from ..schema.quoting import quoted, quoter
from .changes import Changed


def named_type(enum: model.Enum, *, create: bool = True) -> NamedType:
    """Return what makes a type of PostgreSQL, or ends it."""
    return NamedType(sa.Enum(*enum.values, name=enum.name.name, schema=enum.name.schema), create)


def change_values(change: Changed, dialect: Dialect, database: Schema) -> tuple[list[Operation], list[Operation]]:
    """Return what gives a type its new values, and the old ones again.

    Values are added where that is all; else the type and the columns of it are made anew. A row with a value that is
    gone is an error then, and nothing is lost.
    """
    old, new = change.old, change.new
    kept = tuple(each for each in new.values if each in old.values)
    columns = tuple(_columns(old.name, database))
    back = list(_made_anew(old, columns, dialect))
    if kept == old.values:
        return [Execute(each) for each in _values_added(old, new, dialect)], back
    return list(_made_anew(new, columns, dialect)), back


def _values_added(old: model.Enum, new: model.Enum, dialect: Dialect) -> Iterator[str]:
    """Give ALTER TYPE ... ADD VALUE for each, beside the value that it stands next to."""
    there = list(old.values)
    for place, value in enumerate(new.values):
        if value in there:
            continue
        following = next((each for each in new.values[place + 1 :] if each in there), None)
        before = f" BEFORE {_text(following)}" if following is not None else ""
        there.append(value)
        yield escaped(f"ALTER TYPE {quoted(new.name, dialect)} ADD VALUE {_text(value)}{before}")


def _columns(name: Name, database: Schema) -> Iterator[tuple[Name, model.Column]]:
    for table in sorted(database.tables.values(), key=lambda table: table.name.order):
        for column in table.columns:
            if column.type.removesuffix("[]").replace('"', "") == str(name):
                yield table.name, column


def _made_anew(enum: model.Enum, columns: Iterable[tuple[Name, model.Column]], dialect: Dialect) -> Iterator[Operation]:
    quote = quoter(dialect)
    name = quoted(enum.name, dialect)
    aside = f"{enum.name.name}__before"
    yield Execute(escaped(f"ALTER TYPE {name} RENAME TO {quote(aside)}"))
    values = ", ".join(map(_text, enum.values))
    yield Execute(escaped(f"CREATE TYPE {name} AS ENUM ({values})"))
    for table, column in columns:
        altered = f"ALTER TABLE {quoted(table, dialect)} ALTER COLUMN {quote(column.name)}"
        array = "[]" if column.type.endswith("[]") else ""
        if column.default is not None:
            yield Execute(escaped(f"{altered} DROP DEFAULT"))
        yield Execute(escaped(f"{altered} TYPE {name}{array} USING {quote(column.name)}::text{array}::{name}{array}"))
        if column.default is not None:
            yield Execute(escaped(f"{altered} SET DEFAULT {column.default}"))
    yield Execute(escaped(f"DROP TYPE {quoted(Name(enum.name.schema, aside), dialect)}"))


def create_sequence(sequence: model.Sequence, dialect: Dialect) -> Execute:
    """Return what makes a sequence."""
    return Execute(f"CREATE SEQUENCE {quoted(sequence.name, dialect)}{_counting(sequence)}")


def drop_sequence(sequence: model.Sequence, dialect: Dialect) -> Execute:
    """Return what ends a sequence."""
    return Execute(f"DROP SEQUENCE {quoted(sequence.name, dialect)}")


def change_sequence(change: Changed, dialect: Dialect) -> tuple[Execute, Execute]:
    """Return what lets a sequence count in another way, and the way back."""
    name = quoted(change.new.name, dialect)
    usual = {"start": 1, "increment": 1, "cache": 1, "cycle": False}

    def alter(wanted: model.Sequence) -> Execute:
        words = [_word(each, getattr(wanted, each, None), usual.get(each)) for each in change.fields]
        return Execute(f"ALTER SEQUENCE {name} {' '.join(words)}")

    return alter(change.new), alter(change.old)


_WORDS = {
    "start": "START WITH",
    "increment": "INCREMENT BY",
    "minimum": "MINVALUE",
    "maximum": "MAXVALUE",
    "cache": "CACHE",
}


def _counting(sequence: model.Sequence) -> str:
    fields = ("start", "increment", "minimum", "maximum", "cycle", "cache")
    given = [each for each in fields if getattr(sequence, each) not in (None, False)]
    return "".join(f" {_word(each, getattr(sequence, each), None)}" for each in given)


def _word(field: str, value: object, usual: object) -> str:
    chosen = usual if value is None else value
    if field == "cycle":
        return "CYCLE" if chosen else "NO CYCLE"
    return f"NO {_WORDS[field]}" if chosen is None else f"{_WORDS[field]} {chosen}"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def escaped(statement: str) -> str:
    """Return a statement as `op.execute` takes it: a colon is no bind parameter."""
    return statement.replace("::", "\0").replace(":", "\\:").replace("\0", "::")
