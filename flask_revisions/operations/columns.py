"""Operations on the columns of a table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Column
from sqlalchemy.types import NullType, TypeEngine

from ..errors import OperationError
from ..schema.model import Name, Schema, replaced
from . import shape
from .base import Operation, Options, irreversible, qualified
from .copies import copy_type

UNCHANGED = False
"""In `AlterColumn`: the server default or comment stays as it is; None would drop it."""


@dataclass(frozen=True, eq=False)
class AddColumn(Operation):
    """A new column, with the foreign keys, unique, check and index flags that it carries.

    :param inline_references: write a single foreign key as REFERENCES in the column itself.
    :param inline_primary_key: write PRIMARY KEY in the column itself.
    :param insert_before: in a rebuilt table, the name of the column to stand before.
    :param insert_after: in a rebuilt table, the name of the column to stand after.
    """

    table: str
    column: Column[Any]
    schema: str | None = None
    if_not_exists: bool | None = None
    inline_references: bool | None = None
    inline_primary_key: bool | None = None
    insert_before: str | None = None
    insert_after: str | None = None

    def describe(self) -> str:
        return f"add column {self.column.name} to {qualified(self.table, self.schema)}"

    def invert(self) -> DropColumn:
        return DropColumn(self.table, self.column, self.schema, if_exists=self.if_not_exists)

    def apply(self, schema: Schema) -> Schema:
        name = Name(self.schema, self.table)
        table = shape.known(schema, name)
        if self.if_not_exists and table.column(str(self.column.name)):
            return schema
        added, enums = shape.table_of(schema, name, [self.column])
        made = replace(table, columns=(*table.columns, *added.columns))
        made = shape.merged(made, **{field: getattr(added, field) for field in shape.CONSTRAINTS})
        there = {**{enum.name: enum for enum in enums}, **schema.enums}
        return replace(schema.with_table(made), enums=there)


@dataclass(frozen=True, eq=False)
class AlterColumn(Operation):
    """Changes to one column.

    None means that there is no change; for `server_default` and `comment` None drops what is there, and
    `UNCHANGED` (False) leaves it. What `existing_...` says is repeated where the database wants the whole column.

    :param new_name: the column's name afterwards.
    :param options: further keywords, such as `postgresql_using`.
    """

    table: str
    column: str
    schema: str | None = None
    nullable: bool | None = None
    server_default: Any = UNCHANGED
    comment: str | bool | None = UNCHANGED
    new_name: str | None = None
    type_: TypeEngine[Any] | None = None
    autoincrement: bool | str | None = None
    existing_type: TypeEngine[Any] | None = None
    existing_server_default: Any = UNCHANGED
    existing_nullable: bool | None = None
    existing_comment: str | None = None
    existing_autoincrement: bool | str | None = None
    insert_before: str | None = None
    insert_after: str | None = None
    options: Options = ()

    def describe(self) -> str:
        if self.new_name and self.new_name != self.column:
            return f"rename column {self.column} of {qualified(self.table, self.schema)} to {self.new_name}"
        return f"alter column {self.column} of {qualified(self.table, self.schema)}"

    def invert(self) -> AlterColumn:
        """Return the change back; a change of `nullable` alone is the only one that says what was before.

        :raises Irreversible: what was before is not given in `existing_...`.
        """
        existing_nullable = self.existing_nullable
        if self.nullable is not None and existing_nullable is None:
            existing_nullable = not self.nullable
        self._check_existing()
        renamed = self.new_name is not None
        return replace(
            self,
            column=self.new_name or self.column,
            new_name=self.column if renamed else None,
            nullable=None if self.nullable is None else existing_nullable,
            existing_nullable=_after(self.nullable, existing_nullable),
            type_=None if self.type_ is None else self.existing_type,
            existing_type=_after(self.type_, self.existing_type),
            server_default=UNCHANGED if self.server_default is UNCHANGED else self.existing_server_default,
            existing_server_default=_after_default(self.server_default, self.existing_server_default),
            comment=UNCHANGED if self.comment is UNCHANGED else self.existing_comment,
            existing_comment=self.existing_comment if isinstance(self.comment, bool) else self.comment,
            autoincrement=None if self.autoincrement is None else self.existing_autoincrement or False,
            existing_autoincrement=_after(self.autoincrement, self.existing_autoincrement),
            insert_before=None,
            insert_after=None,
            options=tuple((name, value) for name, value in self.options if name not in _ONE_WAY),
        )

    def _check_existing(self) -> None:
        unknown = [
            keyword
            for keyword, missing in (
                ("existing_type", self.type_ is not None and self.existing_type is None),
                (
                    "existing_server_default",
                    self.server_default is not UNCHANGED and self.existing_server_default is UNCHANGED,
                ),
                ("existing_comment", self.comment is None and self.existing_comment is None),
            )
            if missing
        ]
        if unknown:
            raise irreversible(
                self, "it does not say what was there before", f"give {', '.join(unknown)} to op.alter_column()."
            )

    def apply(self, schema: Schema) -> Schema:
        name = Name(self.schema, self.table)
        table = shape.known(schema, name)
        column = table.column(self.column)
        if column is None:
            raise OperationError(f"There is no column {self.column} in table {name}, which is to be changed.")
        changed = replace(column, **self._changes(schema))
        schema = schema.with_table(replace(table, columns=replaced(table.columns, column, changed)))
        if self.new_name is None or self.new_name == self.column:
            return schema
        return shape.column_renamed(schema, name, self.column, self.new_name)

    def _changes(self, schema: Schema) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        type_ = NullType() if self.type_ is None else copy_type(self.type_)
        if self.type_ is not None:
            typed = shape.column_of(schema, Column(self.column, type_))
            changes |= {each: getattr(typed, each) for each in ("type", "collation", "charset")}
        if self.nullable is not None:
            changes["nullable"] = self.nullable
        if self.server_default is not UNCHANGED:
            default = shape.column_of(schema, Column(self.column, type_, server_default=self.server_default))
            changes |= {each: getattr(default, each) for each in ("default", "identity", "computed")}
        if self.comment is not UNCHANGED:
            changes["comment"] = self.comment or None
        if self.autoincrement is not None:
            changes["autoincrement"] = bool(self.autoincrement)
        return changes


@dataclass(frozen=True, eq=False)
class RenameColumn(Operation):
    """A column under another name; unlike `AlterColumn` it needs to know nothing else of the column."""

    table: str
    column: str
    new_name: str
    schema: str | None = None

    def describe(self) -> str:
        return f"rename column {self.column} of {qualified(self.table, self.schema)} to {self.new_name}"

    def invert(self) -> RenameColumn:
        return replace(self, column=self.new_name, new_name=self.column)

    def apply(self, schema: Schema) -> Schema:
        return shape.column_renamed(schema, Name(self.schema, self.table), self.column, self.new_name)


@dataclass(frozen=True, eq=False)
class DropColumn(Operation):
    """The end of a column.

    :param column: its name, or the column as it is now, which is what can be undone.
    :param options: further keywords, such as `mssql_drop_default`.
    """

    table: str
    column: str | Column[Any]
    schema: str | None = None
    if_exists: bool | None = None
    options: Options = ()

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column if isinstance(self.column, str) else str(self.column.name)

    def describe(self) -> str:
        return f"drop column {self.name} of {qualified(self.table, self.schema)}"

    def invert(self) -> AddColumn:
        if isinstance(self.column, str):
            hint = "give the column as it is: op.drop_column(..., existing=sa.Column(...))."
            raise irreversible(self, "its type is not known", hint)
        return AddColumn(self.table, self.column, self.schema, if_not_exists=self.if_exists)

    def apply(self, schema: Schema) -> Schema:
        table = shape.known(schema, Name(self.schema, self.table))
        if table.column(self.name) is None and not self.if_exists:
            raise OperationError(f"There is no column {self.name} in table {table.name}, which is to be dropped.")
        return schema.with_table(shape.without_column(table, self.name))


_ONE_WAY = frozenset({"postgresql_using"})
"""Options of `AlterColumn` that are about the way to the new column, and not about the way back."""


def _after(new: Any, existing: Any) -> Any:
    return existing if new is None else new


def _after_default(new: Any, existing: Any) -> Any:
    return existing if new is UNCHANGED else new
