"""Operations to SQL near the standard: one method per operation, which dialects override."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from sqlalchemy import Column, ForeignKeyConstraint, text
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import AddConstraint, CreateIndex, DropIndex, DropTable, DropTableComment, SetTableComment
from sqlalchemy.sql.elements import ClauseElement

from ..errors import NotSupported, OperationError
from ..operations import columns, constraints, custom, data, tables
from ..operations.base import Operation
from ..operations.catalog import Catalog
from ..operations.columns import UNCHANGED
from . import items
from .actions import Actions, Fire, Send, Sql
from .objects import METHODS as OBJECTS
from .objects import ObjectDDL
from .parts import by_name, in_order, is_generated

METHODS: Mapping[type[Operation], str] = {
    tables.CreateTable: "create_table",
    tables.DropTable: "drop_table",
    tables.RenameTable: "rename_table",
    tables.SetTableComment: "set_table_comment",
    tables.AlterTable: "alter_table",
    columns.AddColumn: "add_column",
    columns.AlterColumn: "alter_column",
    columns.DropColumn: "drop_column",
    constraints.AddConstraint: "add_constraint",
    constraints.DropConstraint: "drop_constraint",
    constraints.CreateIndex: "create_index",
    constraints.DropIndex: "drop_index",
    data.Execute: "execute",
    data.BulkInsert: "bulk_insert",
    custom.CustomOperation: "custom",
    **OBJECTS,
}
"""The method for each operation; an operation that is not listed takes that of the class it comes from."""


class GenericDDL(ObjectDDL):
    """Turns operations into the actions that carry them out on one dialect."""

    conditional_indexes = False
    """Whether CREATE INDEX knows IF NOT EXISTS: then indexes of a conditional CREATE TABLE have it too."""

    add_words = "ADD COLUMN"
    """The words before a new column."""

    index_needs_table = False
    """Whether DROP INDEX has to name the table of the index."""

    column_changes: tuple[str, ...] = (
        "change_nullable",
        "change_default",
        "change_type",
        "change_comment",
        "change_name",
    )
    """The methods that change the parts of a column, in the order of their statements."""

    own = False
    """Whether the running script does not import from alembic."""

    def __init__(self, dialect: Dialect, catalog: Catalog, naming_convention: Mapping[str, Any]) -> None:
        """Prepare for one database.

        :param dialect: as the connection has it; for `--sql`, a new one.
        :param catalog: what may be asked of the database.
        :param naming_convention: as for `sqlalchemy.MetaData`; may be empty.
        """
        super().__init__(dialect, catalog, naming_convention)
        self._pending: list[ForeignKeyConstraint] = []

    def begin_script(self, *, own: bool) -> None:
        """Begin with the operations of another script.

        :param own: it does not import from alembic: what its operations leave open is done when it has ended.
        """
        self.own, self._pending = own, []

    def end_script(self) -> Actions:
        """Add the foreign keys with `use_alter=True` that the script's tables have and no operation has added."""
        pending, self._pending = self._pending, []
        for key in pending:
            yield Sql(self.sql.element(AddConstraint(key)))

    def _await(self, key: ForeignKeyConstraint) -> None:
        """Leave a foreign key for the end of the script: the other table may not be there yet."""
        if self.own and self.dialect.supports_alter:
            self._pending.append(key)
        elif self.dialect.supports_alter:
            warnings.warn(_not_created(key), stacklevel=3)

    def _added(self, operation: constraints.AddConstraint) -> None:
        """Note that a foreign key is added by an operation of its own."""
        if isinstance(operation, constraints.AddForeignKey):
            of = (operation.table, operation.schema, operation.columns)
            self._pending = [
                key for key in self._pending if (key.table.name, key.table.schema, tuple(key.column_keys)) != of
            ]

    def actions(self, operation: Operation) -> Actions:
        """Yield what carries out an operation; return the Table of a `CreateTable`.

        :raises OperationError: the operation cannot be written for this database.
        """
        method = next((METHODS[kind] for kind in type(operation).__mro__ if kind in METHODS), None)
        if method is None:
            raise OperationError(
                f"There is no DDL for the operation {type(operation).__name__}.",
                "send its statements with op.execute().",
            )
        try:
            return (yield from getattr(self, method)(operation))
        except SQLAlchemyError as error:
            raise OperationError(
                f"Cannot {operation.describe()} on {self.dialect.name}: {_reason(error)}.",
                _hint(error),
            ) from error

    # -- tables ------------------------------------------------------------------------------------

    def create_table(self, operation: tables.CreateTable) -> Actions:
        """Create a table, then its indexes and, where they are statements of their own, its comments."""
        table = self.created_table(operation)
        for key in table.foreign_key_constraints:
            if key.use_alter:
                self._await(key)
        conditional = bool(operation.if_not_exists)
        yield Fire("before_create", table)
        yield Sql(self.creating_table(table, conditional=conditional))
        yield Fire("after_create", table)
        for index in by_name(table.indexes):
            again = conditional and self.conditional_indexes
            yield Sql(self.creating_index(index, conditional=again))
        if self.separate_comments and table.comment is not None:
            yield Sql(self.sql.element(SetTableComment(table)))
        yield from self.column_comments(table.c)
        return table

    def drop_table(self, operation: tables.DropTable) -> Actions:
        """Drop a table."""
        table = self.table(operation.name, operation.schema, **dict(operation.options))
        yield Fire("before_drop", table)
        yield Sql(self.sql.element(DropTable(table, if_exists=bool(operation.if_exists))))
        yield Fire("after_drop", table)

    def rename_table(self, operation: tables.RenameTable) -> Actions:
        """Rename a table; the new name carries the schema as well."""
        new_name = self.sql.table(operation.new_name, operation.schema)
        yield Sql(f"{self.altered(operation.name, operation.schema)} RENAME TO {new_name}")

    def set_table_comment(self, operation: tables.SetTableComment) -> Actions:
        """Set or drop a table's comment."""
        table = self.table(operation.name, operation.schema, comment=operation.comment)
        element = DropTableComment if operation.comment is None else SetTableComment
        yield Sql(self.sql.element(element(table)))

    def alter_table(self, operation: tables.AlterTable) -> Actions:
        """Carry out the changes of a batch one by one: no table is rebuilt where ALTER TABLE is complete."""
        for change in self.changes(operation):
            yield from self.actions(change)

    def changes(self, operation: tables.AlterTable) -> Iterator[Operation]:
        """Yield the changes of a batch, without the places that a rebuild would give to columns."""
        forced = operation.recreate == "always"
        if forced and operation.partial_reordering:
            self.keeps_order(operation.describe())
        for change in operation.operations:
            yield self.without_place(change) if forced else change

    # -- columns -----------------------------------------------------------------------------------

    def add_column(self, operation: columns.AddColumn) -> Actions:
        """Add a column, then the constraints and indexes that it brings along, then its comment."""
        column = self.added_column(operation)
        inline = self.inline_reference(column) if operation.inline_references else None
        yield Sql(self.adding(operation, column, inline))
        for constraint in in_order(column.table.constraints):
            if constraint is not inline:
                yield from self.new_constraint(constraint)
        for index in by_name(column.table.indexes):
            yield Sql(self.sql.element(CreateIndex(index)))
        yield from self.column_comments([column])

    def adding(self, operation: columns.AddColumn, column: Column[Any], inline: ForeignKeyConstraint | None) -> str:
        """Return the statement that adds a column, with the foreign key that goes into the column itself."""
        words = [
            self.altered(operation.table, operation.schema),
            self.add_words,
            "IF NOT EXISTS" if operation.if_not_exists else "",
            self.sql.column(column),
            "PRIMARY KEY" if operation.inline_primary_key and column.primary_key else "",
            self.sql.reference(inline) if inline is not None else "",
            *(self.sql.constraint(check) for check in in_order(column.constraints)),
            self.place(operation),
        ]
        return " ".join(word for word in words if word)

    def alter_column(self, operation: columns.AlterColumn) -> Actions:
        """Change a column; the CHECK of its old type goes before, that of its new type comes after."""
        self.place(operation)  # may refuse, before anything is sent
        if operation.type_ is not None and operation.existing_type is not None:
            for constraint in self.type_checks(operation, operation.column, operation.existing_type):
                yield from self.end_constraint(constraint)
        yield from self.change_column(operation)
        if operation.type_ is not None:
            name = operation.new_name or operation.column
            for constraint in self.type_checks(operation, name, operation.type_):
                yield from self.new_constraint(constraint)

    def change_column(self, operation: columns.AlterColumn) -> Iterator[Sql]:
        """Change a column, one statement for each part, without the CHECK of its type."""
        for change in self.column_changes:
            for statement in getattr(self, change)(operation):
                yield Sql(statement)

    def change_nullable(self, operation: columns.AlterColumn) -> Iterator[str]:
        """Yield the statement that allows or forbids NULL."""
        if operation.nullable is not None:
            yield f"{self.altered_column(operation)} {'DROP' if operation.nullable else 'SET'} NOT NULL"

    def change_default(self, operation: columns.AlterColumn) -> Iterator[str]:
        """Yield the statements that set or drop the server default."""
        if operation.server_default is UNCHANGED:
            return
        if is_generated(operation.server_default, operation.existing_server_default):
            raise self.cannot_generate(operation)
        yield f"{self.altered_column(operation)} {self.new_default(operation)}"

    def change_type(self, operation: columns.AlterColumn) -> Iterator[str]:
        """Yield the statement that changes the type."""
        if operation.type_ is not None:
            yield f"{self.altered_column(operation)} TYPE {self.sql.type(operation.type_)}"

    def change_comment(self, operation: columns.AlterColumn) -> Iterator[str]:
        """Yield the statement that sets or drops the comment."""
        if operation.comment is not UNCHANGED:
            name = f"{self.sql.table(operation.table, operation.schema)}.{self.sql.name(operation.column)}"
            comment = None if operation.comment is None else str(operation.comment)
            yield f"COMMENT ON COLUMN {name} IS {self.comment(comment)}"

    def change_name(self, operation: columns.AlterColumn) -> Iterator[str]:
        """Yield the statement that renames the column."""
        if operation.new_name is not None:
            old, new = self.sql.name(operation.column), self.sql.name(operation.new_name)
            yield f"{self.altered(operation.table, operation.schema)} RENAME {old} TO {new}"

    def drop_column(self, operation: columns.DropColumn) -> Actions:
        """Drop a column."""
        condition = "IF EXISTS " if operation.if_exists else ""
        name = self.sql.name(operation.name)
        yield Sql(f"{self.altered(operation.table, operation.schema)} DROP COLUMN {condition}{name}")

    # -- constraints and indexes -------------------------------------------------------------------

    def add_constraint(self, operation: constraints.AddConstraint) -> Actions:
        """Add a constraint.

        :raises NotSupported: it is an EXCLUDE constraint, which dialects of their own have.
        """
        self._added(operation)
        if isinstance(operation, constraints.AddExclude):
            raise NotSupported(
                f"{self.dialect.name} has no EXCLUDE constraints: cannot {operation.describe()}.",
                "leave it out there: if op.get_context().dialect.name == '...': ...",
            )
        yield Sql(self.sql.element(AddConstraint(items.added_constraint(operation, self.naming_convention))))

    def drop_constraint(self, operation: constraints.DropConstraint) -> Actions:
        """Drop a constraint; of one that no name is known of, the name that the database gave it is looked up."""
        constraint = items.dropped_constraint(operation, self.naming_convention)
        if constraint.name is None and operation.existing is not None:
            constraint.name = self.stored_name(operation.existing)
        yield from self.end_constraint(constraint, if_exists=bool(operation.if_exists))

    def create_index(self, operation: constraints.CreateIndex) -> Actions:
        """Create an index."""
        index = items.index_of(operation, self.naming_convention)
        yield Sql(self.creating_index(index, conditional=bool(operation.if_not_exists)))

    def drop_index(self, operation: constraints.DropIndex) -> Actions:
        """Drop an index.

        :raises OperationError: its table is not given, and this dialect needs it.
        """
        if self.index_needs_table and operation.table is None:
            raise OperationError(
                f"{self.dialect.name} needs the table of the index {operation.name}.",
                f"write op.drop_index({str(operation.name)!r}, table_name='...').",
            )
        index = items.index_of(operation, self.naming_convention)
        yield Sql(self.sql.element(DropIndex(index, if_exists=bool(operation.if_exists))))

    # -- data --------------------------------------------------------------------------------------

    def execute(self, operation: data.Execute) -> Actions:
        """Send one statement."""
        given = operation.statement
        yield Send(text(given) if isinstance(given, str) else given, None, dict(operation.execution_options))

    def bulk_insert(self, operation: data.BulkInsert) -> Actions:
        """Insert rows: together where they have the same columns, one by one where values are SQL."""
        insert = operation.table.insert().inline()
        together = operation.multiinsert and not any(
            isinstance(value, ClauseElement) for row in operation.rows for value in row.values()
        )
        if together:
            for _, rows in groupby(operation.rows, key=frozenset):
                yield Send(insert, tuple(rows))
        else:
            for row in operation.rows:
                yield Send(insert.values(row))

    def custom(self, operation: custom.CustomOperation) -> Actions:
        """Do what an operation of the project's own says."""
        for part in operation.statements(self.dialect):
            if isinstance(part, str):
                yield Sql(part)
            elif isinstance(part, Operation):
                yield from self.actions(part)
            else:
                yield Send(part)


def _reason(error: SQLAlchemyError) -> str:
    """Return what SQLAlchemy says, without the addresses of its objects."""
    said = str(error).partition("\n")[0].partition(" (Background on")[0].rstrip(".")
    before, unknown, kind = said.partition("Compiler <")
    return f"{before}there is no {kind.rpartition(' ')[2]}" if unknown else said


def _hint(error: SQLAlchemyError) -> str:
    if "requires a length" in str(error):
        return "give the type a length, here and in the model: sa.String(80)."
    return "Change the arguments of the operation, or send the statement with op.execute()."


def _not_created(key: ForeignKeyConstraint) -> str:
    return (
        f"The foreign key of {key.table.name} over {', '.join(key.column_keys)} has use_alter=True: "
        "CREATE TABLE does not make it. Add op.create_foreign_key() after both tables."
    )
