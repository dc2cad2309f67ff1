"""Operations on the enumerations that are types of the database, as PostgreSQL has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..errors import OperationError
from ..schema.model import Name, Schema
from . import shape
from .base import Operation, irreversible, qualified


@dataclass(frozen=True, eq=False)
class CreateEnum(Operation):
    """A new type with its values, in their order."""

    name: str
    values: tuple[str, ...]
    schema: str | None = None
    if_not_exists: bool | None = None

    def describe(self) -> str:
        return f"create enum {qualified(self.name, self.schema)}"

    def invert(self) -> DropEnum:
        return DropEnum(self.name, self.schema, if_exists=self.if_not_exists, existing=self.values)

    def apply(self, schema: Schema) -> Schema:
        name = Name(self.schema, self.name)
        there = self.if_not_exists and name in schema.enums
        return schema if there else shape.with_enum(schema, name, self.values)


@dataclass(frozen=True, eq=False)
class DropEnum(Operation):
    """The end of a type.

    :param existing: its values as they are now, where they are known.
    """

    name: str
    schema: str | None = None
    if_exists: bool | None = None
    existing: tuple[str, ...] | None = None

    def describe(self) -> str:
        return f"drop enum {qualified(self.name, self.schema)}"

    def invert(self) -> CreateEnum:
        if self.existing is None:
            raise irreversible(self, "its values are not known", "give them: op.drop_enum(..., existing=[...]).")
        return CreateEnum(self.name, self.existing, self.schema, if_not_exists=self.if_exists)

    def apply(self, schema: Schema) -> Schema:
        if not self.if_exists:
            _values(schema, Name(self.schema, self.name))
        return shape.with_enum(schema, Name(self.schema, self.name), None)


@dataclass(frozen=True, eq=False)
class AddEnumValue(Operation):
    """One more value: at the end, or beside the one that `before` or `after` names."""

    name: str
    value: str
    schema: str | None = None
    before: str | None = None
    after: str | None = None
    if_not_exists: bool | None = None

    def describe(self) -> str:
        return f"add value '{self.value}' to enum {qualified(self.name, self.schema)}"

    def invert(self) -> DropEnumValue:
        return DropEnumValue(self.name, self.value, self.schema, before=self.before, after=self.after)

    def apply(self, schema: Schema) -> Schema:
        values = [each for each in _values(schema, Name(self.schema, self.name)) if each != self.value]
        place = len(values)
        if self.before in values:
            place = values.index(self.before)
        elif self.after in values:
            place = values.index(self.after) + 1
        return shape.with_enum(schema, Name(self.schema, self.name), (*values[:place], self.value, *values[place:]))


@dataclass(frozen=True, eq=False)
class DropEnumValue(Operation):
    """One value less: the type is made anew, and no row may have the value.

    :param replacement: the value that rows with the old one get.
    :param before: the value that it stands before, for the way back.
    :param after: the value that it stands behind, for the way back.
    """

    name: str
    value: str
    schema: str | None = None
    replacement: str | None = None
    before: str | None = None
    after: str | None = None

    def describe(self) -> str:
        return f"drop value '{self.value}' of enum {qualified(self.name, self.schema)}"

    def invert(self) -> AddEnumValue:
        return AddEnumValue(self.name, self.value, self.schema, self.before, self.after, if_not_exists=True)

    def apply(self, schema: Schema) -> Schema:
        left = tuple(each for each in _values(schema, Name(self.schema, self.name)) if each != self.value)
        return shape.with_enum(schema, Name(self.schema, self.name), left)


@dataclass(frozen=True, eq=False)
class RenameEnumValue(Operation):
    """A value under another name, in the same place; rows follow."""

    name: str
    value: str
    new_value: str
    schema: str | None = None

    def describe(self) -> str:
        return f"rename value '{self.value}' of enum {qualified(self.name, self.schema)} to '{self.new_value}'"

    def invert(self) -> RenameEnumValue:
        return replace(self, value=self.new_value, new_value=self.value)

    def apply(self, schema: Schema) -> Schema:
        values = _values(schema, Name(self.schema, self.name))
        renamed = tuple(self.new_value if each == self.value else each for each in values)
        return shape.with_enum(schema, Name(self.schema, self.name), renamed)


@dataclass(frozen=True, eq=False)
class AlterEnum(Operation):
    """Another name, or exactly these values in this order.

    :param values: None leaves them as they are.
    :param new_name: None leaves it as it is.
    :param existing: the values as they are now, where they are known.
    :param replacements: for values that go, the ones that their rows get.
    """

    name: str
    values: tuple[str, ...] | None = None
    schema: str | None = None
    new_name: str | None = None
    existing: tuple[str, ...] | None = None
    replacements: Mapping[str, str] = field(default_factory=dict)

    def describe(self) -> str:
        if self.values is None and self.new_name:
            return f"rename enum {qualified(self.name, self.schema)} to {self.new_name}"
        return f"alter enum {qualified(self.name, self.schema)}"

    def invert(self) -> AlterEnum:
        if self.values is not None and self.existing is None:
            hint = "give them: op.alter_enum(..., existing_values=[...])."
            raise irreversible(self, "the values before are not known", hint)
        return AlterEnum(
            self.new_name or self.name,
            None if self.values is None else self.existing,
            self.schema,
            self.name if self.new_name else None,
            self.values,
        )

    def apply(self, schema: Schema) -> Schema:
        name = Name(self.schema, self.name)
        values = self.values or _values(schema, name)
        if self.new_name is None:
            return shape.with_enum(schema, name, values)
        new = Name(self.schema, self.new_name)
        return shape.enum_renamed(shape.with_enum(shape.with_enum(schema, name, None), new, values), name, new)


def _values(schema: Schema, name: Name) -> tuple[str, ...]:
    if name not in schema.enums:
        raise OperationError(f"There is no enum {name} in the schema that is to be changed.")
    return schema.enums[name].values
