"""Operations on the columns of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column
from sqlalchemy.types import TypeEngine

from .base import Operation, Options, qualified

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


@dataclass(frozen=True, eq=False)
class DropColumn(Operation):
    """The end of a column.

    :param options: further keywords, such as `mssql_drop_default`.
    """

    table: str
    column: str
    schema: str | None = None
    if_exists: bool | None = None
    options: Options = ()

    def describe(self) -> str:
        return f"drop column {self.column} of {qualified(self.table, self.schema)}"
