"""Directives on the constraints of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Constraint
from sqlalchemy.sql.elements import ColumnElement, TextClause

from ..operations.base import options
from ..operations.constraints import (
    AddCheck,
    AddExclude,
    AddForeignKey,
    AddPrimaryKey,
    AddUnique,
    DropConstraint,
    RenameConstraint,
    ValidateConstraint,
)
from ..operations.executor import current_executor
from .arguments import dropped_constraint, foreign_key_keywords, names


def create_primary_key(
    constraint_name: str | None, table_name: str, columns: Sequence[str], *, schema: str | None = None
) -> None:
    """Add a primary key.

    :param constraint_name: None leaves the name to the naming convention, else to the database; as below.
    """
    current_executor().invoke(AddPrimaryKey(constraint_name, table_name, names(columns), schema))


def create_foreign_key(
    constraint_name: str | None,
    source_table: str,
    referent_table: str,
    local_cols: Sequence[str],
    remote_cols: Sequence[str],
    *,
    onupdate: str | None = None,
    ondelete: str | None = None,
    deferrable: bool | None = None,
    initially: str | None = None,
    match: str | None = None,
    source_schema: str | None = None,
    referent_schema: str | None = None,
    **dialect_kw: Any,
) -> None:
    """Add a foreign key from `local_cols` of `source_table` to `remote_cols` of `referent_table`.

    :param dialect_kw: further arguments of `sqlalchemy.ForeignKeyConstraint`, such as `postgresql_not_valid`.
    """
    operation = AddForeignKey(
        constraint_name,
        source_table,
        referent_table,
        names(local_cols),
        names(remote_cols),
        source_schema,
        referent_schema,
        options(
            foreign_key_keywords(
                dialect_kw,
                onupdate=onupdate,
                ondelete=ondelete,
                deferrable=deferrable,
                initially=initially,
                match=match,
            )
        ),
    )
    current_executor().invoke(operation)


def create_unique_constraint(
    constraint_name: str | None,
    table_name: str,
    columns: Sequence[str],
    *,
    schema: str | None = None,
    **kw: Any,
) -> Any:
    """Add a unique constraint.

    :param kw: `deferrable`, `initially` and further keyword arguments of `sqlalchemy.UniqueConstraint`.
    """
    operation = AddUnique(constraint_name, table_name, names(columns), schema, options(kw))
    return current_executor().invoke(operation)


def create_check_constraint(
    constraint_name: str | None,
    table_name: str,
    condition: str | ColumnElement[bool] | TextClause,
    *,
    schema: str | None = None,
    **kw: Any,
) -> None:
    """Add a CHECK constraint.

    :param condition: a string goes in as it is; an expression over `sa.column(...)` is written by SQLAlchemy.
    :param kw: `deferrable`, `initially` and further keyword arguments of `sqlalchemy.CheckConstraint`.
    """
    current_executor().invoke(AddCheck(constraint_name, table_name, condition, schema, options(kw)))


def create_exclude_constraint(
    constraint_name: str | None,
    table_name: str,
    *elements: tuple[Any, str],
    schema: str | None = None,
    **kw: Any,
) -> None:
    """Add an EXCLUDE constraint, on PostgreSQL.

    :param elements: pairs like `("period", "&&")`: an expression, or a string as it is; an operator.
    :param kw: `where`, `using`, `deferrable`, `initially`, `ops`.
    """
    current_executor().invoke(AddExclude(constraint_name, table_name, elements, schema, options(kw)))


def drop_constraint(
    constraint_name: str | None,
    table_name: str,
    type_: str | None = None,
    *,
    schema: str | None = None,
    if_exists: bool | None = None,
    existing: Constraint | None = None,
) -> None:
    """Drop a constraint.

    :param type_: `foreignkey`, `primary`, `unique` or `check`; MySQL and MariaDB need it.
    :param if_exists: write IF EXISTS.
    :param existing: the constraint as it is now, such as `sa.UniqueConstraint("code")`; the way back adds it.
    """
    kept = dropped_constraint(existing, constraint_name, table_name, schema)
    current_executor().invoke(DropConstraint(constraint_name, table_name, type_, schema, if_exists, kept))


def rename_constraint(
    constraint_name: str,
    new_constraint_name: str,
    table_name: str,
    type_: str | None = None,
    *,
    schema: str | None = None,
) -> None:
    """Rename a constraint.

    :param type_: as for `drop_constraint`; MySQL and MariaDB can rename a `unique` one alone, and need to be told.
    """
    current_executor().invoke(RenameConstraint(constraint_name, new_constraint_name, table_name, type_, schema))


def validate_constraint(constraint_name: str, table_name: str, *, schema: str | None = None) -> None:
    """Check the rows that were there when a constraint was added as not valid; on PostgreSQL, SQL Server and Oracle."""
    current_executor().invoke(ValidateConstraint(constraint_name, table_name, schema))
