"""Directives on the columns of a table."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import Column
from sqlalchemy.types import TypeEngine

from ..operations.base import options
from ..operations.columns import AddColumn, AlterColumn, DropColumn, RenameColumn
from ..operations.copies import copy_type, kept_column
from ..operations.executor import current_executor
from .arguments import dialect_keywords, dropped_column

AnyType = TypeEngine[Any] | type[TypeEngine[Any]]


def add_column(
    table_name: str,
    column: Column[Any],
    *,
    schema: str | None = None,
    if_not_exists: bool | None = None,
    inline_references: bool | None = None,
    inline_primary_key: bool | None = None,
) -> None:
    """Add a column, and in statements of their own its foreign keys, its unique constraint and its index.

    :param column: is copied; it may belong to another table.
    :param if_not_exists: write IF NOT EXISTS.
    :param inline_references: write a single foreign key into the column itself.
    :param inline_primary_key: write PRIMARY KEY into the column itself, if it is `primary_key=True`.
    """
    operation = AddColumn(table_name, kept_column(column), schema, if_not_exists, inline_references, inline_primary_key)
    current_executor().invoke(operation)


def alter_column(
    table_name: str,
    column_name: str,
    *,
    nullable: bool | None = None,
    comment: str | Literal[False] | None = False,
    server_default: Any = False,
    new_column_name: str | None = None,
    type_: AnyType | None = None,
    existing_type: AnyType | None = None,
    existing_server_default: Any = False,
    existing_nullable: bool | None = None,
    existing_comment: str | None = None,
    schema: str | None = None,
    autoincrement: bool | Literal["auto", "ignore_fk"] | None = None,
    existing_autoincrement: bool | Literal["auto", "ignore_fk"] | None = None,
    **kw: Any,
) -> None:
    """Change a column; what is not given stays. MySQL and SQL Server need what stays, in `existing_...`.

    :param nullable: allow or forbid NULL.
    :param comment: the new comment; None drops the comment, False leaves it.
    :param server_default: the new default, as for `sa.Column`; None drops the default, False leaves it.
    :param new_column_name: the new name.
    :param type_: the new type.
    :param autoincrement: AUTO_INCREMENT of MySQL and MariaDB.
    :param kw: `postgresql_using`: the expression that converts the values to the new type.
    """
    operation = AlterColumn(
        table_name,
        column_name,
        schema=schema,
        nullable=nullable,
        server_default=server_default,
        comment=comment,
        new_name=new_column_name,
        type_=None if type_ is None else copy_type(type_),
        autoincrement=autoincrement,
        existing_type=None if existing_type is None else copy_type(existing_type),
        existing_server_default=existing_server_default,
        existing_nullable=existing_nullable,
        existing_comment=existing_comment,
        existing_autoincrement=existing_autoincrement,
        options=options(dialect_keywords(kw, "alter_column")),
    )
    current_executor().invoke(operation)


def rename_column(table_name: str, column_name: str, new_column_name: str, *, schema: str | None = None) -> None:
    """Rename a column, and nothing else: no database needs to be told its type for that."""
    current_executor().invoke(RenameColumn(table_name, column_name, new_column_name, schema))


def drop_column(
    table_name: str,
    column_name: str,
    *,
    schema: str | None = None,
    if_exists: bool | None = None,
    existing: Column[Any] | None = None,
    **kw: Any,
) -> None:
    """Drop a column.

    :param if_exists: write IF EXISTS.
    :param existing: the column as it is now; the way back adds it.
    :param kw: `mssql_drop_default`, `mssql_drop_check`, `mssql_drop_foreign_key`: for SQL Server.
    """
    current_executor().invoke(
        DropColumn(table_name, dropped_column(column_name, existing), schema, if_exists, options(kw))
    )
