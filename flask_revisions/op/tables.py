"""Directives on whole tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.schema import SchemaItem

from ..operations.base import options
from ..operations.copies import copy_items, kept_items
from ..operations.executor import current_executor
from ..operations.tables import CreateTable, DropTable, RenameTable, SetTableComment


def create_table(
    table_name: str,
    *columns: SchemaItem,
    if_not_exists: bool | None = None,
    schema: str | None = None,
    **kw: Any,
) -> Table:
    """Create a table, its indexes and its comments; return it, ready for `op.bulk_insert`.

    :param columns: `sa.Column`, constraints and `sa.Index`; those of another table are copied.
    :param if_not_exists: write IF NOT EXISTS.
    :param kw: further keyword arguments of `sqlalchemy.Table`: `comment`, `prefixes`, `mysql_engine`.
    """
    operation = CreateTable(table_name, kept_items(columns), schema, if_not_exists, options(kw))
    table: Table = current_executor().invoke(operation)
    return table


def drop_table(
    table_name: str,
    *,
    schema: str | None = None,
    if_exists: bool | None = None,
    existing: Sequence[SchemaItem] | None = None,
    **kw: Any,
) -> None:
    """Drop a table.

    :param if_exists: write IF EXISTS.
    :param existing: the columns, constraints and indexes of the table as it is now; the way back creates them.
    :param kw: further keyword arguments of `sqlalchemy.Table`.
    """
    given = options(kw)
    created = None if existing is None else CreateTable(table_name, copy_items(existing), schema, None, given)
    current_executor().invoke(DropTable(table_name, schema, if_exists, given, created))


def rename_table(old_table_name: str, new_table_name: str, *, schema: str | None = None) -> None:
    """Rename a table within its schema."""
    current_executor().invoke(RenameTable(old_table_name, new_table_name, schema))


def create_table_comment(
    table_name: str,
    comment: str | None,
    *,
    existing_comment: str | None = None,
    schema: str | None = None,
) -> None:
    """Set a table's comment.

    :param existing_comment: the one that is there now; the way back sets it again.
    """
    current_executor().invoke(SetTableComment(table_name, comment, existing_comment, schema))


def drop_table_comment(table_name: str, *, existing_comment: str | None = None, schema: str | None = None) -> None:
    """Drop a table's comment.

    :param existing_comment: the one that is there now; the way back sets it again.
    """
    current_executor().invoke(SetTableComment(table_name, None, existing_comment, schema))
