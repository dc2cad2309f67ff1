"""What SQL Server does differently: sp_rename, default constraints, comments as properties, IF before a statement."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from sqlalchemy import Column, ForeignKeyConstraint, Index, Table
from sqlalchemy.engine import Dialect

from ..errors import OperationError
from ..operations import columns, constraints, data, definitions, objects, tables
from ..operations.catalog import Catalog
from ..operations.columns import UNCHANGED
from .actions import Actions, Sql
from .generic import GenericDDL
from .parts import is_generated

DEFAULT_SCHEMA = "dbo"

_DROPPED_BEFORE_COLUMN = {
    "mssql_drop_default": "default_constraints",
    "mssql_drop_check": "check_constraints",
    "mssql_drop_foreign_key": "foreign_keys",
}


class MSSQLDDL(GenericDDL):
    """Turns operations into Transact-SQL.

    Source: https://learn.microsoft.com/sql/t-sql/statements/alter-table-transact-sql. DROP ... IF EXISTS is there
    from SQL Server 2016 on; IF NOT EXISTS is no part of any statement, and is written as an IF before it.
    """

    add_words = "ADD"
    index_needs_table = True
    conditional_indexes = True
    replace_view_words = replace_routine_words = "CREATE OR ALTER"
    column_changes = ("end_default", "change_type", "change_default", "change_comment", "change_name")

    def __init__(self, dialect: Dialect, catalog: Catalog, naming_convention: Mapping[str, Any]) -> None:
        super().__init__(dialect, catalog, naming_convention)
        if not self.dialect.default_schema_name:  # no server was asked
            self.dialect.default_schema_name = DEFAULT_SCHEMA

    def rename_table(self, operation: tables.RenameTable) -> Actions:
        """Rename a table within its schema."""
        new_name = self.sql.name(operation.new_name)
        yield Sql(f"EXEC sp_rename {self.path(operation.name, operation.schema)}, {new_name}")

    def set_table_comment(self, operation: tables.SetTableComment) -> Actions:
        """Set, change or drop the property that is a table's comment."""
        target = self.holder(operation.name, operation.schema)
        yield Sql(self.set_property(operation.comment, operation.existing_comment, target))

    # -- columns -----------------------------------------------------------------------------------

    def adding(self, operation: columns.AddColumn, column: Column[Any], inline: ForeignKeyConstraint | None) -> str:
        """Return the statement that adds a column."""
        statement = super().adding(dataclasses.replace(operation, if_not_exists=None), column, inline)
        if not operation.if_not_exists:
            return statement
        table = self.path(operation.table, operation.schema)
        return f"IF COL_LENGTH({table}, {self.literal(column.name)}) IS NULL {statement}"

    def end_default(self, operation: columns.AlterColumn) -> Iterator[str]:
        """Yield what drops the constraint that is the column's default: a new one needs its place."""
        new, old = operation.server_default, operation.existing_server_default
        if new is UNCHANGED:
            return
        if is_generated(new, old):
            raise self.cannot_generate(operation)
        if new is None or (old is not UNCHANGED and old is not None):
            yield self.dropping("default_constraints", operation.table, operation.schema, operation.column)

    def change_type(self, operation: columns.AlterColumn) -> Iterator[str]:
        """Yield the statement that changes type and nullability, which are said together.

        :raises OperationError: the type is not known.
        """
        if operation.type_ is None and operation.nullable is None:
            return
        type_ = operation.existing_type if operation.type_ is None else operation.type_
        if type_ is None:
            raise OperationError(
                f"Cannot {operation.describe()} on mssql without its type: ALTER COLUMN says it together with NULL.",
                "add existing_type=... .",
            )
        nullable = operation.existing_nullable if operation.nullable is None else operation.nullable
        if nullable is None:
            warnings.warn(
                f"SQL Server lets a column be NULL that is given a type alone: {operation.describe()}. "
                "Add existing_nullable=... .",
                stacklevel=2,
            )
        words = {None: "", True: " NULL", False: " NOT NULL"}[nullable]
        yield f"{self.altered_column(operation)} {self.sql.type(type_)}{words}"

    def change_default(self, operation: columns.AlterColumn) -> Iterator[str]:
        """Yield the statement that gives the column a default."""
        if operation.server_default is not UNCHANGED and operation.server_default is not None:
            altered = self.altered(operation.table, operation.schema)
            default = self.sql.default(operation.server_default)
            yield f"{altered} ADD DEFAULT {default} FOR {self.sql.name(operation.column)}"

    def change_comment(self, operation: columns.AlterColumn) -> Iterator[str]:
        """Yield what sets, changes or drops the property that is a column's comment."""
        if operation.comment is not UNCHANGED:
            comment = None if operation.comment is None else str(operation.comment)
            target = self.holder(operation.table, operation.schema, operation.column)
            yield self.set_property(comment, operation.existing_comment, target)

    def change_name(self, operation: columns.AlterColumn) -> Iterator[str]:
        """Yield the statement that renames the column."""
        if operation.new_name is not None:
            column = self.path(operation.table, operation.schema, operation.column)
            yield f"EXEC sp_rename {column}, {self.sql.name(operation.new_name)}, 'COLUMN'"

    def drop_column(self, operation: columns.DropColumn) -> Actions:
        """Drop a column, after the constraints over it that the keywords name."""
        given = dict(operation.options)
        for keyword, kind in _DROPPED_BEFORE_COLUMN.items():
            if given.get(keyword):
                yield Sql(self.dropping(kind, operation.table, operation.schema, operation.name))
        yield from super().drop_column(operation)

    # -- renames, and what is beside tables ---------------------------------------------------------

    def rename_column(self, operation: columns.RenameColumn) -> Actions:
        """Rename a column."""
        column = self.path(operation.table, operation.schema, operation.column)
        yield Sql(f"EXEC sp_rename {column}, {self.sql.name(operation.new_name)}, 'COLUMN'")

    def rename_index(self, operation: constraints.RenameIndex) -> Actions:
        """Rename an index, which belongs to its table.

        :raises OperationError: the table is not given.
        """
        index = self.path(self.table_of_index(operation), operation.schema, operation.name)
        yield Sql(f"EXEC sp_rename {index}, {self.sql.name(operation.new_name)}, 'INDEX'")

    def rename_constraint(self, operation: constraints.RenameConstraint) -> Actions:
        """Rename a constraint, which belongs to the schema."""
        name = self.path(operation.name, operation.schema)
        yield Sql(f"EXEC sp_rename {name}, {self.sql.name(operation.new_name)}, 'OBJECT'")

    def validate_constraint(self, operation: constraints.ValidateConstraint) -> Actions:
        """Check the rows that were there before a constraint."""
        altered = self.altered(operation.table, operation.schema)
        yield Sql(f"{altered} WITH CHECK CHECK CONSTRAINT {self.sql.name(operation.name)}")

    def create_schema(self, operation: objects.CreateSchema) -> Actions:
        """Create a schema; that has to be a batch of its own."""
        text = f"CREATE SCHEMA {self.sql.name(operation.name)}"
        condition = f"IF SCHEMA_ID({self.literal(operation.name)}) IS NULL EXEC({self.literal(text)})"
        yield Sql(condition if operation.if_not_exists else text)

    def drop_schema(self, operation: objects.DropSchema) -> Actions:
        """Drop a schema that is empty."""
        if operation.cascade:
            raise self.lacks(operation, "DROP SCHEMA ... CASCADE", "Drop what is in it before.")
        yield from super().drop_schema(operation)

    def creating_trigger(self, trigger: definitions.CreateTrigger, words: str) -> str:
        """Return the statement that creates or replaces a trigger."""
        name, table = self.sql.table(trigger.name, trigger.schema), self.sql.table(trigger.table, trigger.schema)
        return f"{words} TRIGGER {name} ON {table} {trigger.event.strip()} {trigger.action.strip()}"

    # -- data --------------------------------------------------------------------------------------

    def bulk_insert(self, operation: data.BulkInsert) -> Actions:
        """Insert rows; where they have values for an identity column, that is allowed for as long."""
        table = operation.table
        name, schema = table.name, getattr(table, "schema", None)
        for keys, rows in groupby(operation.rows, key=frozenset):
            named = sorted(str(table.c[key].name if key in table.c else key) for key in keys)
            condition = (
                f"IF EXISTS (SELECT 1 FROM sys.identity_columns WHERE object_id = OBJECT_ID({self.path(name, schema)}) "
                f"AND name IN ({', '.join(self.literal(str(each)) for each in named)})) "
            )
            switch = f"{condition}SET IDENTITY_INSERT {self.sql.table(name, schema)}"
            if named:
                yield Sql(f"{switch} ON")
            yield from super().bulk_insert(dataclasses.replace(operation, rows=tuple(rows)))
            if named:
                yield Sql(f"{switch} OFF")

    # -- parts -------------------------------------------------------------------------------------

    def creating_table(self, table: Table, *, conditional: bool) -> str:
        """Return the statement that creates a table."""
        statement = super().creating_table(table, conditional=False)
        return f"IF OBJECT_ID({self.path(table.name, table.schema)}) IS NULL {statement}" if conditional else statement

    def creating_index(self, index: Index, *, conditional: bool) -> str:
        """Return the statement that creates an index."""
        statement = super().creating_index(index, conditional=False)
        if not conditional or index.table is None:
            return statement
        table = self.path(index.table.name, index.table.schema)
        found = f"SELECT 1 FROM sys.indexes WHERE object_id = OBJECT_ID({table}) AND name = {{}}"
        return f"IF NOT EXISTS ({found.format(self.literal(str(index.name)))}) {statement}"

    def path(self, table: str, schema: str | None, column: str | None = None) -> str:
        """Return a name in a string, as procedures and functions want it: `'[Erp].[StockItem].qty'`."""
        name = self.sql.table(table, schema)
        return self.literal(name if column is None else f"{name}.{self.sql.name(column)}")

    def literal(self, value: str) -> str:
        """Return a string in quotes; one with letters beyond ASCII is a national one."""
        return f"{'' if value.isascii() else 'N'}{self.sql.literal(value)}"

    def dropping(self, kind: str, table: str, schema: str | None, column: str) -> str:
        """Return a batch that drops the constraint of a kind which is over a column alone, if there is one.

        :param kind: the catalog view to look into.
        """
        view, owner = f"sys.{kind}", "parent"
        if kind == "foreign_keys":
            view += " k JOIN sys.foreign_key_columns c ON k.object_id = c.constraint_object_id"
            owner = "c.parent"
        altered = self.altered(table, schema)
        return (
            "DECLARE @name nvarchar(260)\n"
            f"SELECT @name = QUOTENAME(name) FROM {view}\n"
            f"WHERE {owner}_object_id = OBJECT_ID({self.path(table, schema)}) "
            f"AND COL_NAME({owner}_object_id, {owner}_column_id) = {self.literal(column)}\n"
            f"EXEC({self.literal(altered + ' DROP CONSTRAINT ')} + @name)"
        )

    def holder(self, table: str, schema: str | None, column: str | None = None) -> str:
        """Return the words that say to what the property of a comment belongs."""
        owner = self.sql.name(schema or str(self.dialect.default_schema_name))
        words = f"'schema', {owner}, 'table', {self.sql.name(table)}"
        return words if column is None else f"{words}, 'column', {self.sql.name(column)}"

    def set_property(self, comment: str | None, existing: str | None, holder: str) -> str:
        """Return the call that adds, updates or drops the property of a comment.

        Source: https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/
        (sp_addextendedproperty, sp_updateextendedproperty, sp_dropextendedproperty).
        """
        if comment is None:
            return f"EXEC sp_dropextendedproperty 'MS_Description', {holder}"
        procedure = "sp_addextendedproperty" if existing is None else "sp_updateextendedproperty"
        return f"EXEC {procedure} 'MS_Description', N{self.sql.literal(comment)}, {holder}"
