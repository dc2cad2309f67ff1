"""Operations on whole tables, and `AlterTable`: one batch of changes to a table as one value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import Table
from sqlalchemy.schema import SchemaItem

from ..schema.model import Name, Schema
from . import shape
from .base import Operation, Options, irreversible, qualified

Recreate = Literal["auto", "always", "never"]


@dataclass(frozen=True, eq=False)
class CreateTable(Operation):
    """A new table.

    :param items: columns, constraints and indexes, in the order in which they were given.
    :param options: further keyword arguments of `sqlalchemy.Table`, such as `comment` or `mysql_engine`.
    """

    name: str
    items: tuple[SchemaItem, ...] = ()
    schema: str | None = None
    if_not_exists: bool | None = None
    options: Options = ()

    def describe(self) -> str:
        return f"create table {qualified(self.name, self.schema)}"

    def invert(self) -> DropTable:
        return DropTable(self.name, self.schema, if_exists=self.if_not_exists, existing=self)

    def apply(self, schema: Schema) -> Schema:
        name = Name(self.schema, self.name)
        if self.if_not_exists and name in schema.tables:
            return schema
        table, enums = shape.table_of(schema, name, self.items, dict(self.options))
        there = {**{enum.name: enum for enum in enums}, **schema.enums}
        return replace(schema.with_table(table), enums=there)


@dataclass(frozen=True, eq=False)
class DropTable(Operation):
    """The end of a table.

    :param options: further keyword arguments of `sqlalchemy.Table`.
    :param existing: what would create the table as it is now, where that is known.
    """

    name: str
    schema: str | None = None
    if_exists: bool | None = None
    options: Options = ()
    existing: CreateTable | None = None

    def describe(self) -> str:
        return f"drop table {qualified(self.name, self.schema)}"

    def invert(self) -> CreateTable:
        if self.existing is None:
            raise irreversible(self, "its columns are not known", "give them: op.drop_table(..., existing=[...]).")
        return replace(self.existing, if_not_exists=self.if_exists)

    def apply(self, schema: Schema) -> Schema:
        name = Name(self.schema, self.name)
        if not self.if_exists:
            shape.known(schema, name)
        return schema.without_table(name)


@dataclass(frozen=True, eq=False)
class RenameTable(Operation):
    """A table under another name, in the same schema."""

    name: str
    new_name: str
    schema: str | None = None

    def describe(self) -> str:
        return f"rename table {qualified(self.name, self.schema)} to {self.new_name}"

    def invert(self) -> RenameTable:
        return RenameTable(self.new_name, self.name, self.schema)

    def apply(self, schema: Schema) -> Schema:
        return shape.table_renamed(schema, Name(self.schema, self.name), Name(self.schema, self.new_name))


@dataclass(frozen=True, eq=False)
class SetTableComment(Operation):
    """A table's comment, or its end.

    :param comment: the new comment; None drops it.
    :param existing_comment: the one that is there now, where it is known.
    """

    name: str
    comment: str | None
    existing_comment: str | None = None
    schema: str | None = None

    def describe(self) -> str:
        verb = "drop the comment of" if self.comment is None else "comment on"
        return f"{verb} table {qualified(self.name, self.schema)}"

    def invert(self) -> SetTableComment:
        if self.comment is None and self.existing_comment is None:
            raise irreversible(self, "the comment is not known", "give it as existing_comment=...")
        return replace(self, comment=self.existing_comment, existing_comment=self.comment)

    def apply(self, schema: Schema) -> Schema:
        return schema.with_table(
            replace(shape.known(schema, Name(self.schema, self.name)), comment=self.comment or None)
        )


@dataclass(frozen=True, eq=False)
class AlterTable(Operation):
    """Changes to one table that belong together: what a `batch_alter_table` block holds.

    A database with a real ALTER TABLE carries out `operations` one by one; SQLite may rebuild the table once.

    :param operations: operations on columns, constraints, indexes and the comment of this table, in order.
    :param recreate: whether to rebuild: as the database needs, always, never.
    :param partial_reordering: groups of column names in the order that a rebuilt table is to have.
    :param copy_from: the table as it is now, instead of looking it up.
    :param table_args: further constraints and indexes of the rebuilt table.
    :param table_kwargs: further keyword arguments of the rebuilt table.
    :param reflect_args: columns that replace the ones found in the database.
    :param reflect_kwargs: keyword arguments for looking the table up (`listeners`).
    :param naming_convention: names for constraints that have none in the database, so that they can be dropped.
    """

    name: str
    operations: tuple[Operation, ...] = ()
    schema: str | None = None
    recreate: Recreate = "auto"
    partial_reordering: tuple[tuple[str, ...], ...] = ()
    copy_from: Table | None = None
    table_args: tuple[SchemaItem, ...] = ()
    table_kwargs: Options = ()
    reflect_args: tuple[SchemaItem, ...] = ()
    reflect_kwargs: Options = ()
    naming_convention: dict[str, Any] | None = None

    def describe(self) -> str:
        return f"alter table {qualified(self.name, self.schema)}"

    def invert(self) -> AlterTable:
        if self.table_args or self.table_kwargs or self.reflect_args:
            raise irreversible(self, "table_args, table_kwargs and reflect_args do not say what was there before")
        return replace(
            self,
            operations=tuple(operation.invert() for operation in reversed(self.operations)),
            partial_reordering=(),
            copy_from=None,
        )

    def apply(self, schema: Schema) -> Schema:
        for operation in self.operations:
            schema = operation.apply(schema)
        return schema
