"""What scripts call: each function builds one operation and gives it to whoever carries out the revision."""

from __future__ import annotations

from ..context import get_bind, get_context, get_impl
from .batch import BatchOperations, batch_alter_table
from .columns import add_column, alter_column, drop_column
from .constraints import (
    create_check_constraint,
    create_exclude_constraint,
    create_foreign_key,
    create_primary_key,
    create_unique_constraint,
    drop_constraint,
)
from .data import bulk_insert, execute, inline_literal
from .indexes import create_index, drop_index
from .running import f, invoke, run_async
from .tables import create_table, create_table_comment, drop_table, drop_table_comment, rename_table

__all__ = [
    "BatchOperations",
    "add_column",
    "alter_column",
    "batch_alter_table",
    "bulk_insert",
    "create_check_constraint",
    "create_exclude_constraint",
    "create_foreign_key",
    "create_index",
    "create_primary_key",
    "create_table",
    "create_table_comment",
    "create_unique_constraint",
    "drop_column",
    "drop_constraint",
    "drop_index",
    "drop_table",
    "drop_table_comment",
    "execute",
    "f",
    "get_bind",
    "get_context",
    "get_impl",
    "inline_literal",
    "invoke",
    "rename_table",
    "run_async",
]
