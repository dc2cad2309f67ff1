"""Operations on the constraints and indexes of a table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Constraint,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.sql.elements import ColumnElement, TextClause

from ..errors import OperationError
from ..schema import model
from ..schema.model import Name, Schema
from . import shape
from .base import Operation, Options, irreversible, qualified
from .copies import detached


@dataclass(frozen=True, eq=False)
class AddConstraint(Operation):
    """What all new constraints share.

    :param name: None lets the naming convention, else the database, choose; a `conv` is final.
    :param options: further keywords, of SQLAlchemy's constraint and of dialects.
    """

    name: str | None
    table: str

    def describe(self) -> str:
        return f"add {self._what()} {self.name or '(unnamed)'} to {self._where()}"

    def invert(self) -> DropConstraint:
        schema: str | None = getattr(self, "schema", None)
        return DropConstraint(self.name, self.table, self.kind, schema, existing=self)

    @property
    def kind(self) -> str | None:
        """What `op.drop_constraint` calls it: `foreignkey`, `primary`, `unique`, `check`; None for all others."""
        return None

    def _what(self) -> str:
        return "constraint"

    def _where(self) -> str:
        return qualified(self.table, getattr(self, "schema", None))

    def apply(self, schema: Schema) -> Schema:
        name = Name(getattr(self, "schema", None), self.table)
        columns = [each for each in getattr(self, "columns", ()) if isinstance(each, str)]
        made = shape.constraint_of(schema, name, columns, self._item())
        return schema.with_table(shape.with_constraint(shape.known(schema, name), made))

    def _item(self) -> Constraint:
        """Return the constraint as SQLAlchemy has it."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class AddForeignKey(AddConstraint):
    """A foreign key from `columns` to `referred_columns` of `referred_table`."""

    referred_table: str
    columns: tuple[str, ...]
    referred_columns: tuple[str, ...]
    schema: str | None = None
    referred_schema: str | None = None
    options: Options = ()

    @property
    def kind(self) -> str:
        return "foreignkey"

    def _what(self) -> str:
        return "foreign key"

    def _item(self) -> Constraint:
        table = qualified(self.referred_table, self.referred_schema)
        targets = [f"{table}.{column}" for column in self.referred_columns]
        return ForeignKeyConstraint(self.columns, targets, name=self.name, **dict(self.options))


@dataclass(frozen=True, eq=False)
class AddUnique(AddConstraint):
    """A unique constraint over `columns`."""

    columns: tuple[str, ...]
    schema: str | None = None
    options: Options = ()

    @property
    def kind(self) -> str:
        return "unique"

    def _what(self) -> str:
        return "unique constraint"

    def _item(self) -> Constraint:
        return UniqueConstraint(*self.columns, name=self.name, **dict(self.options))


@dataclass(frozen=True, eq=False)
class AddPrimaryKey(AddConstraint):
    """A primary key over `columns`."""

    columns: tuple[str, ...]
    schema: str | None = None
    options: Options = ()

    @property
    def kind(self) -> str:
        return "primary"

    def _what(self) -> str:
        return "primary key"

    def _item(self) -> Constraint:
        return PrimaryKeyConstraint(*self.columns, name=self.name, **dict(self.options))


@dataclass(frozen=True, eq=False)
class AddCheck(AddConstraint):
    """A CHECK constraint; a condition given as a string goes in as it is."""

    condition: str | TextClause | ColumnElement[bool]
    schema: str | None = None
    options: Options = ()

    @property
    def kind(self) -> str:
        return "check"

    def _what(self) -> str:
        return "check constraint"

    def _item(self) -> Constraint:
        return CheckConstraint(detached(self.condition), name=self.name, **dict(self.options))


@dataclass(frozen=True, eq=False)
class AddExclude(AddConstraint):
    """An EXCLUDE constraint of PostgreSQL: pairs of an expression and an operator."""

    elements: tuple[tuple[Any, str], ...]
    schema: str | None = None
    options: Options = ()

    def _what(self) -> str:
        return "exclude constraint"

    def _item(self) -> Constraint:
        from sqlalchemy.dialects.postgresql import ExcludeConstraint  # loads every driver's module

        written = [
            (text(each) if isinstance(each, str) else detached(each), operator) for each, operator in self.elements
        ]
        return ExcludeConstraint(*written, name=self.name, **dict(self.options))


@dataclass(frozen=True, eq=False)
class DropConstraint(Operation):
    """The end of a constraint.

    :param kind: `foreignkey`, `primary`, `unique`, `check`, or None where the database needs no kind.
    :param existing: what would add it, where that is known: then it may have no name, and can be undone.
    """

    name: str | None
    table: str
    kind: str | None = None
    schema: str | None = None
    if_exists: bool | None = None
    existing: AddConstraint | None = None

    def describe(self) -> str:
        return f"drop constraint {self.name or '(unnamed)'} of {qualified(self.table, self.schema)}"

    def invert(self) -> AddConstraint:
        if self.existing is None:
            hint = "give it as it is: op.drop_constraint(..., existing=sa.UniqueConstraint(...))."
            raise irreversible(self, "what it says is not known", hint)
        return self.existing

    def apply(self, schema: Schema) -> Schema:
        table = shape.known(schema, Name(self.schema, self.table))
        if self.name is None and self.existing is not None:
            there = shape.known(self.existing.apply(schema.with_table(replace(table, primary_key=None))), table.name)
            added = [
                item
                for field in shape.CONSTRAINTS
                for item in getattr(there, field)
                if item.name is None and item in getattr(table, field)
            ]
            key = self.kind == "primary"
            return schema.with_table(shape.without_named(table, lambda item: not key and item in added[-1:], key=key))
        key = self.kind == "primary" and table.primary_key is not None and table.primary_key.name in (None, self.name)
        left = shape.without_named(table, lambda item: item.name is not None and item.name == self.name, key=key)
        if left == table and not self.if_exists:
            raise OperationError(f"There is no constraint {self.name} of {table.name}, which is to be dropped.")
        return schema.with_table(left)


@dataclass(frozen=True, eq=False)
class CreateIndex(Operation):
    """An index over columns, given by name, and expressions.

    :param options: further keyword arguments of `sqlalchemy.Index`, such as `postgresql_where`.
    """

    name: str | None
    table: str
    columns: tuple[str | TextClause | ColumnElement[Any], ...]
    schema: str | None = None
    unique: bool = False
    if_not_exists: bool | None = None
    options: Options = ()

    def describe(self) -> str:
        return f"create index {self.name or '(unnamed)'} on {qualified(self.table, self.schema)}"

    def invert(self) -> DropIndex:
        way = tuple((name, value) for name, value in self.options if name in _OF_THE_WAY)
        return DropIndex(self.name, self.table, self.schema, self.if_not_exists, way, existing=self)

    def apply(self, schema: Schema) -> Schema:
        table = shape.known(schema, Name(self.schema, self.table))
        return schema.with_table(shape.with_constraint(table, self.made(schema)))

    def made(self, schema: Schema) -> model.Index:
        """Return the index in the words of a schema."""
        name = Name(self.schema, self.table)
        given = dict(self.options)
        included = [each for key, value in given.items() if key.endswith("_include") for each in value or ()]

        def made(table: Table) -> Index:
            parts = [table.c[each] if isinstance(each, str) else detached(each) for each in self.columns]
            return Index(self.name, *parts, _table=table, unique=self.unique, **given)

        return shape.index_of(schema, name, [*self.columns, *included], made)


@dataclass(frozen=True, eq=False)
class DropIndex(Operation):
    """The end of an index.

    :param name: None only with `existing`, whose name is then that of the naming convention.
    :param table: its table, which MySQL, MariaDB and SQL Server need to know.
    :param existing: what would create it, where that is known.
    """

    name: str | None
    table: str | None = None
    schema: str | None = None
    if_exists: bool | None = None
    options: Options = ()
    existing: CreateIndex | None = None

    def describe(self) -> str:
        return f"drop index {qualified(self.name or '(unnamed)', self.schema)}"

    def invert(self) -> CreateIndex:
        if self.existing is None:
            hint = "give it as it is: op.drop_index(..., existing=sa.Index(...))."
            raise irreversible(self, "its columns are not known", hint)
        return replace(self.existing, if_not_exists=self.if_exists)

    def apply(self, schema: Schema) -> Schema:
        unnamed = self.name is None and self.existing is not None
        name = self.existing.made(schema).name if self.existing is not None and unnamed else self.name
        for table in schema.tables.values():
            of_it = self.table in (None, table.name.name) and table.name.schema == self.schema
            if of_it and any(index.name == name for index in table.indexes):
                left = tuple(index for index in table.indexes if index.name != name)
                return schema.with_table(replace(table, indexes=left))
        if self.if_exists:
            return schema
        raise OperationError(f"There is no index {name}, which is to be dropped.")


_OF_THE_WAY = frozenset({"postgresql_concurrently", "quote"})
"""Options of an index that matter when it is dropped."""


@dataclass(frozen=True, eq=False)
class RenameConstraint(Operation):
    """A constraint under another name.

    :param kind: as in `DropConstraint`: where a unique constraint is an index, its name is changed as that.
    """

    name: str
    new_name: str
    table: str
    kind: str | None = None
    schema: str | None = None

    def describe(self) -> str:
        return f"rename constraint {self.name} of {qualified(self.table, self.schema)} to {self.new_name}"

    def invert(self) -> RenameConstraint:
        return replace(self, name=self.new_name, new_name=self.name)

    def apply(self, schema: Schema) -> Schema:
        return schema.with_table(
            shape.with_name(shape.known(schema, Name(self.schema, self.table)), self.name, self.new_name)
        )


@dataclass(frozen=True, eq=False)
class ValidateConstraint(Operation):
    """The check of the rows that were there when a constraint was added as not valid."""

    name: str
    table: str
    schema: str | None = None

    def describe(self) -> str:
        return f"validate constraint {self.name} of {qualified(self.table, self.schema)}"

    def invert(self) -> ValidateConstraint:
        return self  # what holds can be checked again


@dataclass(frozen=True, eq=False)
class RenameIndex(Operation):
    """An index under another name.

    :param table: its table, which MySQL, MariaDB and SQL Server need to know.
    """

    name: str
    new_name: str
    table: str | None = None
    schema: str | None = None

    def describe(self) -> str:
        return f"rename index {qualified(self.name, self.schema)} to {self.new_name}"

    def invert(self) -> RenameIndex:
        return replace(self, name=self.new_name, new_name=self.name)

    def apply(self, schema: Schema) -> Schema:
        for table in schema.tables.values():
            if table.name.schema == self.schema and any(index.name == self.name for index in table.indexes):
                return schema.with_table(shape.with_name(table, self.name, self.new_name))
        raise OperationError(f"There is no index {self.name}, which is to be renamed.")
