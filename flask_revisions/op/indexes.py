"""Directives on indexes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Index
from sqlalchemy.sql.elements import ColumnElement, TextClause

from ..operations.base import options
from ..operations.constraints import CreateIndex, DropIndex, RenameIndex
from ..operations.executor import current_executor
from .arguments import dropped_index, names


def create_index(
    index_name: str | None,
    table_name: str,
    columns: Sequence[str | TextClause | ColumnElement[Any]],
    *,
    schema: str | None = None,
    unique: bool = False,
    if_not_exists: bool | None = None,
    **kw: Any,
) -> None:
    """Create an index.

    :param index_name: None leaves the name to the naming convention.
    :param columns: names, `sa.text("lower(code)")` and expressions over `sa.column(...)`.
    :param if_not_exists: write IF NOT EXISTS.
    :param kw: further keyword arguments of `sqlalchemy.Index`: `quote`, `postgresql_where`, `mysql_length`.
    """
    operation = CreateIndex(index_name, table_name, names(columns), schema, bool(unique), if_not_exists, options(kw))
    current_executor().invoke(operation)


def drop_index(
    index_name: str,
    table_name: str | None = None,
    *,
    schema: str | None = None,
    if_exists: bool | None = None,
    existing: Index | None = None,
    **kw: Any,
) -> None:
    """Drop an index.

    :param table_name: its table, which MySQL, MariaDB and SQL Server need.
    :param if_exists: write IF EXISTS.
    :param existing: the index as it is now, such as `sa.Index(None, "code")`; the way back creates it.
    :param kw: further keyword arguments of `sqlalchemy.Index`, such as `postgresql_concurrently`.
    """
    kept = dropped_index(existing, index_name, table_name, schema)
    current_executor().invoke(DropIndex(index_name, table_name, schema, if_exists, options(kw), kept))


def rename_index(
    index_name: str, new_index_name: str, table_name: str | None = None, *, schema: str | None = None
) -> None:
    """Rename an index.

    :param table_name: its table, which MySQL, MariaDB and SQL Server need.
    """
    current_executor().invoke(RenameIndex(index_name, new_index_name, table_name, schema))
