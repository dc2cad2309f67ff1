"""What PostgreSQL does differently: USING, identity and computed columns, EXCLUDE constraints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Computed, Constraint, Identity, Table
from sqlalchemy.schema import AddConstraint
from sqlalchemy.types import NullType

from ..errors import OperationError
from ..operations import columns, constraints, tables
from ..operations.columns import UNCHANGED
from ..operations.copies import detached
from .actions import Actions, Sql
from .generic import GenericDDL, is_generated

IDENTITY_OPTIONS = (
    "cache",
    "cycle",
    "increment",
    "maxvalue",
    "minvalue",
    "nomaxvalue",
    "nominvalue",
    "start",
)


class PostgreSQLDDL(GenericDDL):
    """Turns operations into PostgreSQL's SQL (https://www.postgresql.org/docs/current/sql-altertable.html)."""

    conditional_indexes = True
    column_changes = ("change_type", "change_nullable", "change_default", "change_comment", "change_name")

    def created_table(self, operation: tables.CreateTable) -> Table:
        """Return a throw-away table as it is to be created."""
        return self.with_stored(super().created_table(operation))

    def added_column(self, operation: columns.AddColumn) -> Column[Any]:
        """Return a column as it is to be added, in a throw-away table."""
        column = super().added_column(operation)
        self.with_stored(column.table)
        return column

    def with_stored(self, table: Table) -> Table:
        """Return the table with its computed columns STORED where nothing is said and no server was asked.

        PostgreSQL refuses a computed column without the word up to version 17.
        """
        if getattr(self.dialect, "server_version_info", None) is None:
            for column in table.c:
                if column.computed is not None and column.computed.persisted is None:
                    column.computed.persisted = True
        return table

    def rename_table(self, operation: tables.RenameTable) -> Actions:
        """Rename a table; PostgreSQL takes no schema before the new name."""
        new_name = self.sql.name(operation.new_name)
        yield Sql(f"{self.altered(operation.name, operation.schema)} RENAME TO {new_name}")

    def change_type(self, operation: columns.AlterColumn) -> Iterator[str]:
        """Yield the statement that changes the type, with the expression that converts what is there."""
        using = dict(operation.options).get("postgresql_using")
        if using and operation.type_ is None:
            raise OperationError(
                f"Cannot {operation.describe()}: postgresql_using is for a new type, and none is given.",
                "Give the new type as type_=..., or leave out postgresql_using.",
            )
        for statement in super().change_type(operation):
            yield f"{statement} USING {using}" if using else statement

    def change_default(self, operation: columns.AlterColumn) -> Iterator[str]:
        """Yield the statements that lead from one default, identity or expression to another."""
        new, old = operation.server_default, operation.existing_server_default
        if new is UNCHANGED or not is_generated(new, old):
            yield from super().change_default(operation)
        elif isinstance(new, Identity) and isinstance(old, Identity):
            yield from self.change_identity(operation, old, new)
        elif isinstance(new, Computed):
            yield self.change_expression(operation, new)
        else:
            yield from self.change_kind(operation)

    def change_kind(self, operation: columns.AlterColumn) -> Iterator[str]:
        """Yield the statements that end a default, identity or expression, and begin another."""
        new, old = operation.server_default, operation.existing_server_default
        column = self.altered_column(operation)
        if isinstance(old, Identity):
            yield f"{column} DROP IDENTITY"
        elif isinstance(old, Computed):
            yield f"{column} DROP EXPRESSION"
        elif old is not None and old is not UNCHANGED:
            yield f"{column} DROP DEFAULT"
        if isinstance(new, Identity):
            yield f"{column} ADD {self.sql.compiler.process(new)}"
        elif new is not None:
            yield f"{column} {self.new_default(operation)}"

    def change_identity(self, operation: columns.AlterColumn, old: Identity, new: Identity) -> Iterator[str]:
        """Yield the statement that sets what differs between two identities; what is left open stays."""
        differences = []
        if bool(old.always) != bool(new.always):
            differences.append(f"SET GENERATED {'ALWAYS' if new.always else 'BY DEFAULT'}")
        for option in IDENTITY_OPTIONS:
            value = getattr(new, option)
            if value is not None and value != getattr(old, option):
                words = self.sql.compiler.get_identity_options(Identity(**{option: value}))
                differences.append(f"SET {words}")
        if differences:
            yield f"{self.altered_column(operation)} {' '.join(differences)}"

    def change_expression(self, operation: columns.AlterColumn, new: Computed) -> str:
        """Return the statement that gives a computed column another expression, from PostgreSQL 17 on."""
        version = getattr(self.dialect, "server_version_info", None)
        if not isinstance(operation.existing_server_default, Computed) or not version or version < (17,):
            raise self.cannot_generate(operation)
        expression = self.sql.compiler.sql_compiler.process(new.sqltext, include_table=False, literal_binds=True)
        return f"{self.altered_column(operation)} SET EXPRESSION AS ({expression})"

    def add_constraint(self, operation: constraints.AddConstraint) -> Actions:
        """Add a constraint, also one that excludes."""
        if isinstance(operation, constraints.AddExclude):
            yield Sql(self.sql.element(AddConstraint(self.exclude_constraint(operation))))
        else:
            yield from super().add_constraint(operation)

    def exclude_constraint(self, operation: constraints.AddExclude) -> Constraint:
        """Return an EXCLUDE constraint that is attached to a throw-away table."""
        from sqlalchemy.dialects.postgresql import ExcludeConstraint  # loads every driver's module

        pairs = [(detached(element), operator) for element, operator in operation.elements]
        constraint = ExcludeConstraint(*pairs, name=operation.name, **dict(operation.options))
        table = self.table(operation.table, operation.schema)
        for element, _ in pairs:
            if isinstance(element, str) and element not in table.c:
                table.append_column(Column(element, NullType()))
        table.append_constraint(constraint)
        return constraint
