"""Changed enum types and sequences -> operations.

Alembic has no directives for them: scripts that are to run there, too, have SQL instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from ..operations.base import Operation
from ..operations.data import Execute
from ..operations.enums import AddEnumValue, AlterEnum, DropEnum, DropEnumValue, RenameEnumValue
from ..operations.objects import AlterSequence, CreateSchema, CreateSequence, DropSchema, DropSequence, SequenceOptions
from ..operations.types import NamedType
from ..schema import model
from ..schema.model import Name, Schema
from ..schema.quoting import escaped, quoted, quoter
from .changes import Changed, EnumValue

Ways = tuple[tuple[Operation, ...], tuple[Operation, ...]]
"""What does something, and what takes it back."""


class Objects:
    """Makes the operations for what is beside tables.

    :param shared: with words that Alembic has, too.
    """

    def __init__(self, dialect: Dialect, database: Schema, *, shared: bool) -> None:
        self._dialect = dialect
        self._database = database
        self.shared = shared

    # -- schemas --------------------------------------------------------------------------------------

    def schema(self, name: str) -> Ways:
        """Return what makes a schema."""
        if not self.shared:
            return (CreateSchema(name),), (DropSchema(name),)
        sql = quoter(self._dialect)(name)
        return (Execute(escaped(f"CREATE SCHEMA {sql}")),), (Execute(escaped(f"DROP SCHEMA {sql}")),)

    # -- enum types -----------------------------------------------------------------------------------

    def enum(self, enum: model.Enum, *, with_table: bool = False) -> Ways:
        """Return what makes a type.

        :param with_table: a table that is created has a column of it.
        """
        name, schema = enum.name.name, enum.name.schema
        if not self.shared:
            # Columns bring it along, and take it away; but where SQL is written nobody knows which those are.
            return (), (DropEnum(name, schema, existing=enum.values),)
        named = NamedType(sa.Enum(*enum.values, name=name, schema=schema))
        return () if with_table else (named,), (named.invert(),)

    def values(self, change: Changed) -> Ways:
        """Return what gives a type its new values, and the old ones again.

        Values are added where that is all; else the type and the columns of it are made anew. A row with a value that
        is gone is an error then, and nothing is lost.
        """
        old, new = change.old, change.new
        is_longer = tuple(each for each in new.values if each in old.values) == old.values
        if self.shared:
            back = tuple(self._made_anew(old))
            return (tuple(self._values_added(old, new)) if is_longer else tuple(self._made_anew(new))), back
        name, schema = new.name.name, new.name.schema
        there = AlterEnum(name, new.values, schema, existing=old.values)
        if not is_longer:
            return (there,), (there.invert(),)
        added = tuple(_added(old, new))
        gone = tuple(DropEnumValue(name, each.value, schema) for each in reversed(added))
        # One by one each makes the type anew.
        return added, gone if len(gone) == 1 else (there.invert(),)

    def value_renamed(self, old: EnumValue, new: EnumValue) -> Ways:
        """Return what gives a value of a type another name; rows follow."""
        if not self.shared:
            renamed = RenameEnumValue(old.enum.name, old.name, new.name, old.enum.schema)
            return (renamed,), (renamed.invert(),)
        altered = f"ALTER TYPE {quoted(old.enum, self._dialect)} RENAME VALUE"
        up, down = (f"{altered} {_text(a)} TO {_text(b)}" for a, b in ((old.name, new.name), (new.name, old.name)))
        return (Execute(escaped(up)),), (Execute(escaped(down)),)

    def _values_added(self, old: model.Enum, new: model.Enum) -> Iterator[Operation]:
        """Give ALTER TYPE ... ADD VALUE for each, beside the value that it stands next to."""
        for each in _added(old, new):
            before = f" BEFORE {_text(each.before)}" if each.before is not None else ""
            yield Execute(
                escaped(f"ALTER TYPE {quoted(new.name, self._dialect)} ADD VALUE {_text(each.value)}{before}")
            )

    def _made_anew(self, enum: model.Enum) -> Iterator[Operation]:
        quote = quoter(self._dialect)
        name = quoted(enum.name, self._dialect)
        aside = f"{enum.name.name}__before"
        yield Execute(escaped(f"ALTER TYPE {name} RENAME TO {quote(aside)}"))
        values = ", ".join(map(_text, enum.values))
        yield Execute(escaped(f"CREATE TYPE {name} AS ENUM ({values})"))
        for table, column in _columns(enum.name, self._database):
            altered = f"ALTER TABLE {quoted(table, self._dialect)} ALTER COLUMN {quote(column.name)}"
            array = "[]" if column.type.endswith("[]") else ""
            if column.default is not None:
                yield Execute(escaped(f"{altered} DROP DEFAULT"))
            using = f"{quote(column.name)}::text{array}::{name}{array}"
            yield Execute(escaped(f"{altered} TYPE {name}{array} USING {using}"))
            if column.default is not None:
                yield Execute(escaped(f"{altered} SET DEFAULT {column.default}"))
        yield Execute(escaped(f"DROP TYPE {quoted(Name(enum.name.schema, aside), self._dialect)}"))

    # -- sequences ------------------------------------------------------------------------------------

    def sequence(self, sequence: model.Sequence) -> Ways:
        """Return what makes a sequence."""
        counting = _counting(sequence)
        name, schema = sequence.name.name, sequence.name.schema
        if not self.shared:
            return (CreateSequence(name, schema, counting),), (DropSequence(name, schema, existing=counting),)
        called = quoted(sequence.name, self._dialect)
        created = f"CREATE SEQUENCE {called}{_words(counting)}"
        return (Execute(escaped(created)),), (Execute(escaped(f"DROP SEQUENCE {called}")),)

    def sequence_changed(self, change: Changed) -> Ways:
        """Return what lets a sequence count in another way."""
        fields = [_FIELDS.get(each, each) for each in change.fields]
        return (self._counts(change.new, fields),), (self._counts(change.old, fields),)

    def _counts(self, sequence: model.Sequence, fields: Iterable[str]) -> Operation:
        counting, usual = _counting(sequence), self._usual(sequence)
        given: dict[str, Any] = {each: getattr(counting, each) for each in fields}
        given = {each: usual[each] if value is None else value for each, value in given.items()}
        wanted = SequenceOptions(**given)
        if not self.shared:
            return AlterSequence(sequence.name.name, wanted, sequence.name.schema)
        return Execute(escaped(f"ALTER SEQUENCE {quoted(sequence.name, self._dialect)}{_words(wanted)}"))

    def _usual(self, sequence: model.Sequence) -> dict[str, Any]:
        """Return how a sequence counts that is told nothing else.

        https://www.postgresql.org/docs/current/sql-createsequence.html,
        https://mariadb.com/kb/en/create-sequence/
        """
        is_postgresql = self._dialect.name == "postgresql"
        largest = 2**63 - (1 if is_postgresql else 2)
        up = (sequence.increment or 1) > 0
        return {
            "start": 1 if up else -1,
            "increment": 1,
            "minvalue": 1 if up else -largest - (1 if is_postgresql else 0),
            "maxvalue": largest if up else -1,
            "cycle": False,
            "cache": 1 if is_postgresql else 1000,
        }


def _added(old: model.Enum, new: model.Enum) -> Iterator[AddEnumValue]:
    there = list(old.values)
    for place, value in enumerate(new.values):
        if value not in there:
            following = next((each for each in new.values[place + 1 :] if each in there), None)
            there.append(value)
            yield AddEnumValue(new.name.name, value, new.name.schema, before=following, if_not_exists=True)


def _columns(name: Name, database: Schema) -> Iterator[tuple[Name, model.Column]]:
    for table in sorted(database.tables.values(), key=lambda table: table.name.order):
        for column in table.columns:
            if is_of(column, name):
                yield table.name, column


def is_of(column: model.Column, enum: Name) -> bool:
    """Return True if a column, or what its arrays hold, is of an enum type."""
    return column.type.removesuffix("[]").replace('"', "") == str(enum)


_FIELDS = {"minimum": "minvalue", "maximum": "maxvalue"}


def _counting(sequence: model.Sequence) -> SequenceOptions:
    return SequenceOptions(
        sequence.start,
        sequence.increment,
        sequence.minimum,
        sequence.maximum,
        sequence.cycle or None,
        sequence.cache,
    )


_WORDS = {
    "start": "START WITH {}",
    "increment": "INCREMENT BY {}",
    "minvalue": "MINVALUE {}",
    "maxvalue": "MAXVALUE {}",
    "cache": "CACHE {}",
}


def _words(counting: SequenceOptions) -> str:
    found = []
    for field in counting.given():
        value = getattr(counting, field)
        found.append(("CYCLE" if value else "NO CYCLE") if field == "cycle" else _WORDS[field].format(value))
    return "".join(f" {word}" for word in found)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def with_value_renamed(schema: Schema, old: EnumValue, new: str) -> Schema:
    """Return a database in which a value of a type has another name."""
    enum = schema.enums[old.enum]
    values = tuple(new if each == old.name else each for each in enum.values)
    tables = {name: _with_default(table, old, new) for name, table in schema.tables.items()}
    return replace(schema, tables=tables, enums={**schema.enums, old.enum: replace(enum, values=values)})


def _with_default(table: model.Table, old: EnumValue, new: str) -> model.Table:
    columns = tuple(
        replace(column, default=column.default.replace(_text(old.name), _text(new), 1))
        if column.default is not None and is_of(column, old.enum)
        else column
        for column in table.columns
    )
    return replace(table, columns=columns)
