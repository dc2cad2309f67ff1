"""What scripts call: each function builds one operation and gives it to whoever carries out the revision."""

from __future__ import annotations

from ..context import get_bind, get_context, get_impl
from .batch import BatchOperations, batch_alter_table
from .columns import add_column, alter_column, drop_column, rename_column
from .constraints import (
    create_check_constraint,
    create_exclude_constraint,
    create_foreign_key,
    create_primary_key,
    create_unique_constraint,
    drop_constraint,
    rename_constraint,
    validate_constraint,
)
from .data import bulk_insert, execute, inline_literal
from .definitions import (
    create_function,
    create_materialized_view,
    create_trigger,
    create_view,
    drop_function,
    drop_materialized_view,
    drop_trigger,
    drop_view,
    replace_function,
    replace_materialized_view,
    replace_trigger,
    replace_view,
)
from .enums import add_enum_value, alter_enum, create_enum, drop_enum, drop_enum_value, rename_enum_value
from .indexes import create_index, drop_index, rename_index
from .objects import (
    alter_sequence,
    create_extension,
    create_schema,
    create_sequence,
    drop_extension,
    drop_schema,
    drop_sequence,
)
from .running import f, invoke, run_async
from .tables import create_table, create_table_comment, drop_table, drop_table_comment, rename_table

__all__ = [
    "BatchOperations",
    "add_column",
    "add_enum_value",
    "alter_column",
    "alter_enum",
    "alter_sequence",
    "batch_alter_table",
    "bulk_insert",
    "create_check_constraint",
    "create_enum",
    "create_exclude_constraint",
    "create_extension",
    "create_foreign_key",
    "create_function",
    "create_index",
    "create_materialized_view",
    "create_primary_key",
    "create_schema",
    "create_sequence",
    "create_table",
    "create_table_comment",
    "create_trigger",
    "create_unique_constraint",
    "create_view",
    "drop_column",
    "drop_constraint",
    "drop_enum",
    "drop_enum_value",
    "drop_extension",
    "drop_function",
    "drop_index",
    "drop_materialized_view",
    "drop_schema",
    "drop_sequence",
    "drop_table",
    "drop_table_comment",
    "drop_trigger",
    "drop_view",
    "execute",
    "f",
    "get_bind",
    "get_context",
    "get_impl",
    "inline_literal",
    "invoke",
    "rename_column",
    "rename_constraint",
    "rename_enum_value",
    "rename_index",
    "rename_table",
    "replace_function",
    "replace_materialized_view",
    "replace_trigger",
    "replace_view",
    "run_async",
    "validate_constraint",
]
