"""Operations on what is beside tables: sequences, schemas, extensions."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from ..schema import model
from ..schema.model import Name, Schema
from .base import Operation, irreversible, qualified


@dataclass(frozen=True)
class SequenceOptions:
    """What a sequence counts like; None is the database's own default, and for a change: as it is.

    :param cycle: begin again at the other end.
    :param cache: how many numbers a connection takes at once.
    """

    start: int | None = None
    increment: int | None = None
    minvalue: int | None = None
    maxvalue: int | None = None
    cycle: bool | None = None
    cache: int | None = None

    def given(self) -> tuple[str, ...]:
        """Return the names of those that are not None."""
        return tuple(each.name for each in fields(self) if getattr(self, each.name) is not None)


@dataclass(frozen=True, eq=False)
class CreateSequence(Operation):
    """A sequence that belongs to no column."""

    name: str
    schema: str | None = None
    counting: SequenceOptions = SequenceOptions()
    if_not_exists: bool | None = None

    def describe(self) -> str:
        return f"create sequence {qualified(self.name, self.schema)}"

    def invert(self) -> DropSequence:
        return DropSequence(self.name, self.schema, if_exists=self.if_not_exists, existing=self.counting)

    def apply(self, schema: Schema) -> Schema:
        made = _sequence(Name(self.schema, self.name), self.counting, model.Sequence(Name(self.schema, self.name)))
        return replace(schema, sequences={**schema.sequences, made.name: made})


@dataclass(frozen=True, eq=False)
class DropSequence(Operation):
    """The end of a sequence.

    :param existing: how it counts now, where that is known.
    """

    name: str
    schema: str | None = None
    if_exists: bool | None = None
    existing: SequenceOptions | None = None

    def describe(self) -> str:
        return f"drop sequence {qualified(self.name, self.schema)}"

    def invert(self) -> CreateSequence:
        if self.existing is None:
            hint = "say it: op.drop_sequence(..., existing=sa.Sequence(...))."
            raise irreversible(self, "how it counts is not known", hint)
        return CreateSequence(self.name, self.schema, self.existing, if_not_exists=self.if_exists)

    def apply(self, schema: Schema) -> Schema:
        left = {name: each for name, each in schema.sequences.items() if name != Name(self.schema, self.name)}
        return replace(schema, sequences=left)


@dataclass(frozen=True, eq=False)
class AlterSequence(Operation):
    """A sequence that counts in another way.

    :param counting: what changes.
    :param existing: how it counts now, where that is known.
    """

    name: str
    counting: SequenceOptions
    schema: str | None = None
    existing: SequenceOptions | None = None

    def describe(self) -> str:
        return f"alter sequence {qualified(self.name, self.schema)}"

    def invert(self) -> AlterSequence:
        before = self.existing or SequenceOptions()
        unknown = [name for name in self.counting.given() if getattr(before, name) is None]
        if unknown:
            hint = f"give {', '.join(unknown)}: op.alter_sequence(..., existing=sa.Sequence(...))."
            raise irreversible(self, "how it counted before is not known", hint)
        changed = {name: getattr(before, name) for name in self.counting.given()}
        return replace(self, counting=SequenceOptions(**changed), existing=self.counting)

    def apply(self, schema: Schema) -> Schema:
        name = Name(self.schema, self.name)
        changed = _sequence(name, self.counting, schema.sequences.get(name, model.Sequence(name)))
        return replace(schema, sequences={**schema.sequences, name: changed})


@dataclass(frozen=True, eq=False)
class CreateSchema(Operation):
    """A schema; on MySQL and MariaDB that is a database."""

    name: str
    if_not_exists: bool | None = None

    def describe(self) -> str:
        return f"create schema {self.name}"

    def invert(self) -> DropSchema:
        return DropSchema(self.name, if_exists=self.if_not_exists)

    def apply(self, schema: Schema) -> Schema:
        return replace(schema, schemas=schema.schemas | {self.name})


@dataclass(frozen=True, eq=False)
class DropSchema(Operation):
    """The end of a schema, which has to be empty.

    :param cascade: with everything in it.
    """

    name: str
    if_exists: bool | None = None
    cascade: bool = False

    def describe(self) -> str:
        return f"drop schema {self.name}"

    def invert(self) -> CreateSchema:
        if self.cascade:
            raise irreversible(self, "what goes with it is not known")
        return CreateSchema(self.name, if_not_exists=self.if_exists)

    def apply(self, schema: Schema) -> Schema:
        return replace(schema, schemas=schema.schemas - {self.name})


@dataclass(frozen=True, eq=False)
class CreateExtension(Operation):
    """An extension of PostgreSQL.

    :param schema: where its objects go.
    :param version: another one than the newest that is installed.
    :param cascade: with the extensions that it needs.
    """

    name: str
    schema: str | None = None
    version: str | None = None
    cascade: bool = False
    if_not_exists: bool | None = None

    def describe(self) -> str:
        return f"create extension {self.name}"

    def invert(self) -> DropExtension:
        return DropExtension(self.name, if_exists=self.if_not_exists, existing=self)


@dataclass(frozen=True, eq=False)
class DropExtension(Operation):
    """The end of an extension.

    :param cascade: with everything that uses it.
    :param existing: what would create it as it is now, where that is known.
    """

    name: str
    if_exists: bool | None = None
    cascade: bool = False
    existing: CreateExtension | None = None

    def describe(self) -> str:
        return f"drop extension {self.name}"

    def invert(self) -> CreateExtension:
        if self.cascade:
            raise irreversible(self, "what goes with it is not known")
        if self.existing is not None:
            return replace(self.existing, if_not_exists=self.if_exists)
        return CreateExtension(self.name, if_not_exists=self.if_exists)


def _sequence(name: Name, counting: SequenceOptions, before: model.Sequence) -> model.Sequence:
    fields = {"minvalue": "minimum", "maxvalue": "maximum"}
    given = {fields.get(each, each): getattr(counting, each) for each in counting.given()}
    return replace(before, name=name, **given)
