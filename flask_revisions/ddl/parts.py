"""What the statements of every dialect are made of: throw-away tables, names, defaults, comments, constraints."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Column, Computed, Constraint, ForeignKeyConstraint, Identity, Index, PrimaryKeyConstraint, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import AddConstraint, CreateIndex, CreateTable, DropConstraint, SetColumnComment
from sqlalchemy.types import TypeEngine

from ..errors import NotSupported, OperationError
from ..operations import columns, constraints, tables
from ..operations.base import Operation
from ..operations.catalog import Catalog
from ..operations.copies import copy_type
from . import items
from .actions import Actions, Sql
from .plain import plain_dialect
from .text import SqlText


class Parts:
    """What the methods for operations are written with, on one dialect."""

    def __init__(self, dialect: Dialect, catalog: Catalog, naming_convention: Mapping[str, Any]) -> None:
        self.dialect = plain_dialect(dialect)
        self.catalog = catalog
        self.naming_convention = naming_convention
        self.sql = SqlText(self.dialect)

    def created_table(self, operation: tables.CreateTable) -> Table:
        """Return a throw-away table as it is to be created."""
        return items.created_table(operation, self.naming_convention)

    def added_column(self, operation: columns.AddColumn) -> Column[Any]:
        """Return a column as it is to be added, in a throw-away table."""
        return items.added_column(operation.column, operation.table, operation.schema, self.naming_convention)

    def creating_table(self, table: Table, *, conditional: bool) -> str:
        """Return the statement that creates a table, on the condition that it is not there if so wanted."""
        return self.sql.element(CreateTable(table, if_not_exists=conditional))

    def creating_index(self, index: Index, *, conditional: bool) -> str:
        """Return the statement that creates an index, on the condition that it is not there if so wanted."""
        return self.sql.element(CreateIndex(index, if_not_exists=conditional))

    def table(self, name: str, schema: str | None, **options: Any) -> Table:
        """Return a throw-away table without columns."""
        return items.throwaway_table(name, schema=schema, naming_convention=self.naming_convention, options=options)

    def altered(self, table: str, schema: str | None) -> str:
        """Return the beginning of a statement: `ALTER TABLE schema.name`."""
        return f"ALTER TABLE {self.sql.table(table, schema)}"

    def altered_column(self, operation: columns.AlterColumn) -> str:
        """Return the beginning of a statement: `ALTER TABLE schema.name ALTER COLUMN column`."""
        altered = self.altered(operation.table, operation.schema)
        return f"{altered} ALTER COLUMN {self.sql.name(operation.column)}"

    def comment(self, comment: str | None) -> str:
        """Return the word for a comment, or for none."""
        return "NULL" if comment is None else self.sql.literal(comment)

    def new_default(self, operation: columns.AlterColumn) -> str:
        """Return the words that set or drop a plain server default."""
        if operation.server_default is None:
            return "DROP DEFAULT"
        return f"SET DEFAULT {self.sql.default(operation.server_default)}"

    def new_constraint(self, constraint: Constraint) -> Actions:
        """Add a constraint that a column or type brings along, where this dialect needs it."""
        rule = constraint._create_rule
        if not isinstance(constraint, PrimaryKeyConstraint) and (rule is None or rule(self.sql.compiler)):
            yield Sql(self.sql.element(AddConstraint(constraint)))

    def end_constraint(self, constraint: Constraint, *, if_exists: bool = False) -> Actions:
        """Drop a constraint, unless it is one that this dialect never had."""
        rule = constraint._create_rule
        if rule is None or rule(self.sql.compiler):
            self.constraint_name(constraint)
            yield Sql(self.sql.element(DropConstraint(constraint, if_exists=if_exists)))

    def constraint_name(self, constraint: Constraint) -> str:
        """Return the name of a constraint that is to be dropped.

        :raises OperationError: it has none.
        """
        preparer: Any = self.dialect.identifier_preparer
        name = None if constraint.name is None else preparer.format_constraint(constraint)
        if name is None:
            raise OperationError(
                f"A constraint of {constraint.table.name} is to be dropped and has no name.",
                "look its name up in the database and give it as op.f('...').",
            )
        return str(name)

    def stored_name(self, constraint: constraints.AddConstraint) -> str | None:
        """Return the name of a constraint that was added without one; None where it cannot be known."""
        return None

    def type_checks(self, operation: columns.AlterColumn, column: str, type_: TypeEngine[Any]) -> list[Constraint]:
        """Return the CHECK constraints that a type brings along for a column."""
        holder = items.added_column(
            Column(column, copy_type(type_)), operation.table, operation.schema, self.naming_convention
        ).table
        return [c for c in in_order(holder.constraints) if not isinstance(c, PrimaryKeyConstraint)]

    def inline_reference(self, column: Column[Any]) -> ForeignKeyConstraint | None:
        """Return the foreign key that can be written in the column itself: a single one."""
        keys = list(column.foreign_keys)
        return keys[0].constraint if len(keys) == 1 else None

    @property
    def separate_comments(self) -> bool:
        """True where a comment is a statement of its own, not a part of CREATE TABLE."""
        return self.dialect.supports_comments and not self.dialect.inline_comments

    def column_comments(self, new: Iterable[Column[Any]]) -> Iterator[Sql]:
        """Set the comments of new columns, where they are statements of their own."""
        for column in new:
            if self.separate_comments and column.comment is not None:
                yield Sql(self.sql.element(SetColumnComment(column)))

    def place(self, operation: columns.AddColumn | columns.AlterColumn) -> str:
        """Return the words that put a column in its place; empty for no place.

        :raises NotSupported: a place is asked for and this dialect has none.
        """
        if operation.insert_before or operation.insert_after:
            raise NotSupported(
                f"{self.dialect.name} cannot {operation.describe()} at a place among the others.",
                "leave out insert_before and insert_after.",
            )
        return ""

    def without_place(self, change: Operation) -> Operation:
        """Return a change of a forced rebuild for a table that is not rebuilt: the order of columns stays."""
        if not isinstance(change, (columns.AddColumn, columns.AlterColumn)):
            return change
        if change.insert_before or change.insert_after:
            self.keeps_order(change.describe())
        return dataclasses.replace(change, insert_before=None, insert_after=None)

    def keeps_order(self, description: str) -> None:
        """Say that the order which was asked for is not made."""
        warnings.warn(f"{self.dialect.name} keeps the order of columns: {description}.", stacklevel=2)

    def cannot_generate(self, operation: columns.AlterColumn) -> NotSupported:
        """Return the error for a column that would begin or cease to be computed or an identity."""
        return NotSupported(
            f"{self.dialect.name} cannot {operation.describe()}: computed and identity columns stay as such.",
            "add a new column with op.add_column() and drop the old one.",
        )


def is_generated(*defaults: Any) -> bool:
    """Return True if one of the server defaults is `Computed` or `Identity`."""
    return any(isinstance(default, (Computed, Identity)) for default in defaults)


def in_order(found: Iterable[Constraint]) -> list[Constraint]:
    """Return constraints in the order in which they were made."""
    return sorted(found, key=lambda constraint: constraint._creation_order)


def by_name(indexes: Iterable[Index]) -> list[Index]:
    """Return indexes in an order that is the same on every run."""
    return sorted(indexes, key=lambda index: str(index.name))
