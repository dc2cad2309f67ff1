"""What Oracle does differently: MODIFY, ADD without COLUMN, comments that are emptied, identities said anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Computed, ForeignKeyConstraint, Identity, Index

from ..errors import NotSupported
from ..operations import columns, constraints, definitions, objects, tables
from ..operations.columns import UNCHANGED
from .actions import Actions, Sql
from .generic import GenericDDL
from .parts import is_generated

_Named = columns.AddColumn | columns.DropColumn | constraints.DropConstraint


class OracleDDL(GenericDDL):
    """Turns operations into Oracle's SQL.

    Source: https://docs.oracle.com/en/database/oracle/oracle-database/23/sqlrf/ALTER-TABLE.html.
    """

    add_words = "ADD"
    materialized_views = True
    conditional_indexes = True

    def rename_table(self, operation: tables.RenameTable) -> Actions:
        """Rename a table; Oracle takes no schema before the new name."""
        new_name = self.sql.name(operation.new_name)
        yield Sql(f"{self.altered(operation.name, operation.schema)} RENAME TO {new_name}")

    def adding(self, operation: columns.AddColumn, column: Column[Any], inline: ForeignKeyConstraint | None) -> str:
        """Return the statement that adds a column."""
        self.unconditional(operation, operation.if_not_exists)
        return super().adding(operation, column, inline)

    def drop_column(self, operation: columns.DropColumn) -> Actions:
        """Drop a column."""
        self.unconditional(operation, operation.if_exists)
        yield from super().drop_column(operation)

    def drop_constraint(self, operation: constraints.DropConstraint) -> Actions:
        """Drop a constraint."""
        self.unconditional(operation, operation.if_exists)
        yield from super().drop_constraint(operation)

    def unconditional(self, operation: _Named, condition: bool | None) -> None:
        """Make sure that a column or constraint is not added or dropped on a condition.

        :raises NotSupported: it is.
        """
        if condition:
            raise NotSupported(
                f"oracle has IF EXISTS for tables and indexes alone: it cannot {operation.describe()} on a condition.",
                "leave out if_exists and if_not_exists, and look into user_tab_columns or user_constraints before.",
            )

    def validate_constraint(self, operation: constraints.ValidateConstraint) -> Actions:
        """Check the rows that were there before a constraint."""
        altered = self.altered(operation.table, operation.schema)
        yield Sql(f"{altered} ENABLE VALIDATE CONSTRAINT {self.sql.name(operation.name)}")

    def create_schema(self, operation: objects.CreateSchema) -> Actions:
        """Raise: a schema of Oracle is a user."""
        raise self.lacks(operation, "schemas that are no users")

    def drop_schema(self, operation: objects.DropSchema) -> Actions:
        """Raise: a schema of Oracle is a user."""
        raise self.lacks(operation, "schemas that are no users")

    def creating_view(self, view: definitions.CreateView, words: str) -> str:
        """Return the statement that creates or replaces a view."""
        text = super().creating_view(view, words)
        return text if dict(view.options).get("with_data", True) else text.replace(" AS ", " BUILD DEFERRED AS ", 1)

    def altered_column(self, operation: columns.AlterColumn) -> str:
        """Return the beginning of a statement: `ALTER TABLE schema.name MODIFY column`."""
        return f"{self.altered(operation.table, operation.schema)} MODIFY {self.sql.name(operation.column)}"

    def change_nullable(self, operation: columns.AlterColumn) -> Iterator[str]:
        """Yield the statement that allows or forbids NULL."""
        if operation.nullable is not None:
            yield f"{self.altered_column(operation)} {'NULL' if operation.nullable else 'NOT NULL'}"

    def change_default(self, operation: columns.AlterColumn) -> Iterator[str]:
        """Yield the statements that set or drop a default or an identity, which is said as a whole."""
        new, old = operation.server_default, operation.existing_server_default
        if new is UNCHANGED or not is_generated(new, old):
            yield from super().change_default(operation)
            return
        if isinstance(new, Computed) or isinstance(old, Computed):
            raise self.cannot_generate(operation)
        if not isinstance(new, Identity):
            yield f"{self.altered_column(operation)} DROP IDENTITY"
        if isinstance(new, Identity):
            yield f"{self.altered_column(operation)} {self.sql.compiler.process(new)}"
        elif new is not None:
            yield f"{self.altered_column(operation)} {self.new_default(operation)}"

    def new_default(self, operation: columns.AlterColumn) -> str:
        """Return the words that set a plain default; NULL is Oracle's word for none."""
        default = operation.server_default
        return f"DEFAULT {'NULL' if default is None else self.sql.default(default)}"

    def change_type(self, operation: columns.AlterColumn) -> Iterator[str]:
        """Yield the statement that changes the type."""
        if operation.type_ is not None:
            yield f"{self.altered_column(operation)} {self.sql.type(operation.type_)}"

    def change_name(self, operation: columns.AlterColumn) -> Iterator[str]:
        """Yield the statement that renames the column."""
        if operation.new_name is not None:
            old, new = self.sql.name(operation.column), self.sql.name(operation.new_name)
            yield f"{self.altered(operation.table, operation.schema)} RENAME COLUMN {old} TO {new}"

    def creating_index(self, index: Index, *, conditional: bool) -> str:
        """Return the statement that creates an index; IF NOT EXISTS is there from Oracle 23 on."""
        statement = super().creating_index(index, conditional=False)
        return statement.replace("INDEX ", "INDEX IF NOT EXISTS ", 1) if conditional else statement

    def comment(self, comment: str | None) -> str:
        """Return a comment as a literal; Oracle drops one by making it empty."""
        return super().comment(comment or "")
