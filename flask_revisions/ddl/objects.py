"""Renames, and what is beside tables: enumerations, sequences, schemas, views, functions, triggers."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Sequence
from sqlalchemy.schema import CreateSequence, DropSequence
from sqlalchemy.sql.base import Executable

from ..errors import NotSupported, OperationError
from ..operations import columns, constraints, definitions, enums, objects
from ..operations.base import Operation
from .actions import Actions, Sql
from .parts import Parts
from .plain import literal_sql

METHODS: Mapping[type[Operation], str] = {
    columns.RenameColumn: "rename_column",
    constraints.RenameConstraint: "rename_constraint",
    constraints.ValidateConstraint: "validate_constraint",
    constraints.RenameIndex: "rename_index",
    enums.CreateEnum: "create_enum",
    enums.DropEnum: "drop_enum",
    enums.AddEnumValue: "add_enum_value",
    enums.DropEnumValue: "drop_enum_value",
    enums.RenameEnumValue: "rename_enum_value",
    enums.AlterEnum: "alter_enum",
    objects.CreateSequence: "create_sequence",
    objects.AlterSequence: "alter_sequence",
    objects.DropSequence: "drop_sequence",
    objects.CreateSchema: "create_schema",
    objects.DropSchema: "drop_schema",
    objects.CreateExtension: "create_extension",
    objects.DropExtension: "drop_extension",
    definitions.CreateView: "create_view",
    definitions.ReplaceView: "replace_view",
    definitions.DropView: "drop_view",
    definitions.CreateFunction: "create_function",
    definitions.ReplaceFunction: "replace_function",
    definitions.DropFunction: "drop_function",
    definitions.CreateTrigger: "create_trigger",
    definitions.ReplaceTrigger: "replace_trigger",
    definitions.DropTrigger: "drop_trigger",
}
"""The method for each operation."""


class ObjectDDL(Parts):
    """Turns operations on what is beside tables into actions; a dialect overrides what it has or lacks."""

    replace_view_words = "CREATE OR REPLACE"
    """What a statement begins with that replaces a view; empty where it is dropped first."""

    replace_routine_words = "CREATE OR REPLACE"
    """What a statement begins with that replaces a function or trigger; empty where it is dropped first."""

    materialized_views = False
    """Whether there are views whose rows are stored."""

    trigger_of_table = False
    """Whether DROP TRIGGER names the table."""

    # -- renames, validation -------------------------------------------------------------------------

    def rename_column(self, operation: columns.RenameColumn) -> Actions:
        """Rename a column."""
        old, new = self.sql.name(operation.column), self.sql.name(operation.new_name)
        yield Sql(f"ALTER TABLE {self.sql.table(operation.table, operation.schema)} RENAME COLUMN {old} TO {new}")

    def rename_constraint(self, operation: constraints.RenameConstraint) -> Actions:
        """Rename a constraint."""
        old, new = self.sql.name(operation.name), self.sql.name(operation.new_name)
        yield Sql(f"ALTER TABLE {self.sql.table(operation.table, operation.schema)} RENAME CONSTRAINT {old} TO {new}")

    def validate_constraint(self, operation: constraints.ValidateConstraint) -> Actions:
        """Check rows that were there before a constraint."""
        raise self.lacks(operation, "constraints that are not valid")

    def rename_index(self, operation: constraints.RenameIndex) -> Actions:
        """Rename an index."""
        name = self.sql.table(operation.name, operation.schema)
        yield Sql(f"ALTER INDEX {name} RENAME TO {self.sql.name(operation.new_name)}")

    def table_of_index(self, operation: constraints.RenameIndex) -> str:
        """Return the table of an index, on databases where an index belongs to one.

        :raises OperationError: it is not given.
        """
        if operation.table is None:
            raise OperationError(
                f"{self.dialect.name} needs the table of the index {operation.name}.",
                f"write op.rename_index({operation.name!r}, {operation.new_name!r}, '...').",
            )
        return operation.table

    # -- enumerations ----------------------------------------------------------------------------------

    def create_enum(self, operation: enums.CreateEnum) -> Actions:
        """Create a type."""
        raise self.no_enum(operation)

    def drop_enum(self, operation: enums.DropEnum) -> Actions:
        """Drop a type."""
        raise self.no_enum(operation)

    def add_enum_value(self, operation: enums.AddEnumValue) -> Actions:
        """Add a value."""
        raise self.no_enum(operation)

    def drop_enum_value(self, operation: enums.DropEnumValue) -> Actions:
        """Take a value away."""
        raise self.no_enum(operation)

    def rename_enum_value(self, operation: enums.RenameEnumValue) -> Actions:
        """Rename a value."""
        raise self.no_enum(operation)

    def alter_enum(self, operation: enums.AlterEnum) -> Actions:
        """Change the values or the name of a type."""
        raise self.no_enum(operation)

    def no_enum(self, operation: Operation) -> NotSupported:
        """Return the error for a database where enumerations are no types of their own."""
        hint = "change the columns instead: op.alter_column(..., type_=sa.Enum(...))."
        return self.lacks(operation, "enumerations that are types", hint)

    # -- sequences, schemas, extensions ------------------------------------------------------------------

    def create_sequence(self, operation: objects.CreateSequence) -> Actions:
        """Create a sequence."""
        self.needs_sequences(operation)
        element = CreateSequence(self.sequence(operation), if_not_exists=bool(operation.if_not_exists))
        yield Sql(self.sql.element(element))

    def alter_sequence(self, operation: objects.AlterSequence) -> Actions:
        """Change what a sequence counts like."""
        self.needs_sequences(operation)
        name = self.sql.table(operation.name, operation.schema)
        yield Sql(f"ALTER SEQUENCE {name} {self.sql.counting(self.sequence(operation))}")

    def drop_sequence(self, operation: objects.DropSequence) -> Actions:
        """Drop a sequence."""
        self.needs_sequences(operation)
        sequence = Sequence(operation.name, schema=operation.schema)
        yield Sql(self.sql.element(DropSequence(sequence, if_exists=bool(operation.if_exists))))

    def sequence(self, operation: objects.CreateSequence | objects.AlterSequence) -> Sequence:
        """Return a sequence with the options that were given."""
        counting = operation.counting
        given = {name: getattr(counting, name) for name in counting.given()}
        return Sequence(operation.name, schema=operation.schema, **given)

    def needs_sequences(self, operation: Operation) -> None:
        """Raise where there are no sequences."""
        if not self.dialect.supports_sequences:
            raise self.lacks(operation, "sequences")

    def create_schema(self, operation: objects.CreateSchema) -> Actions:
        """Create a schema."""
        condition = "IF NOT EXISTS " if operation.if_not_exists else ""
        yield Sql(f"CREATE SCHEMA {condition}{self.sql.name(operation.name)}")

    def drop_schema(self, operation: objects.DropSchema) -> Actions:
        """Drop a schema."""
        condition = "IF EXISTS " if operation.if_exists else ""
        everything = " CASCADE" if operation.cascade else ""
        yield Sql(f"DROP SCHEMA {condition}{self.sql.name(operation.name)}{everything}")

    def create_extension(self, operation: objects.CreateExtension) -> Actions:
        """Install an extension."""
        raise self.lacks(operation, "extensions")

    def drop_extension(self, operation: objects.DropExtension) -> Actions:
        """Take an extension away."""
        raise self.lacks(operation, "extensions")

    # -- views -----------------------------------------------------------------------------------------

    def create_view(self, operation: definitions.CreateView) -> Actions:
        """Create a view."""
        self.refuse_materialized(operation, operation.materialized)
        yield Sql(self.creating_view(operation, "CREATE"))

    def replace_view(self, operation: definitions.ReplaceView) -> Actions:
        """Give a view another definition."""
        self.refuse_materialized(operation, operation.new.materialized)
        new = operation.new
        if self.replace_view_words and not new.materialized:
            yield Sql(self.creating_view(new, self.replace_view_words))
        else:
            yield from self.drop_view(definitions.DropView(new.name, new.schema, new.materialized))
            yield from self.create_view(new)

    def drop_view(self, operation: definitions.DropView) -> Actions:
        """Drop a view."""
        self.refuse_materialized(operation, operation.materialized)
        kind = "MATERIALIZED VIEW" if operation.materialized else "VIEW"
        yield Sql(self.drop_text(kind, operation.name, operation.schema, if_exists=operation.if_exists))

    def creating_view(self, view: definitions.CreateView, words: str) -> str:
        """Return the statement that creates or replaces a view."""
        kind = "MATERIALIZED VIEW" if view.materialized else "VIEW"
        return f"{words} {kind} {self.sql.table(view.name, view.schema)} AS {self.select(view.definition)}"

    def select(self, definition: str | Executable) -> str:
        """Return the SELECT of a view."""
        text = definition if isinstance(definition, str) else literal_sql(definition, self.dialect)
        return text.strip().rstrip(";").rstrip()

    def refuse_materialized(self, operation: Operation, materialized: bool) -> None:
        """Raise for a materialized view where there are none."""
        if materialized and not self.materialized_views:
            raise self.lacks(operation, "materialized views")

    # -- functions, triggers ---------------------------------------------------------------------------

    def create_function(self, operation: definitions.CreateFunction) -> Actions:
        """Create a function."""
        yield Sql(self.creating_function(operation, "CREATE"))

    def replace_function(self, operation: definitions.ReplaceFunction) -> Actions:
        """Give a function another definition."""
        if self.replace_routine_words:
            yield Sql(self.creating_function(operation.new, self.replace_routine_words))
        else:
            yield from self.drop_function(definitions.DropFunction(operation.new.signature, operation.new.schema))
            yield from self.create_function(operation.new)

    def drop_function(self, operation: definitions.DropFunction) -> Actions:
        """Drop a function, which its name alone identifies."""
        name = operation.signature.partition("(")[0].strip()
        yield Sql(self.drop_text("FUNCTION", name, operation.schema, if_exists=operation.if_exists))

    def creating_function(self, function: definitions.CreateFunction, words: str) -> str:
        """Return the statement that creates or replaces a function."""
        name, parenthesis, arguments = function.signature.partition("(")
        called = f"{self.sql.table(name.strip(), function.schema)}{parenthesis}{arguments.rstrip()}"
        return f"{words} FUNCTION {called} {function.definition.strip()}"

    def create_trigger(self, operation: definitions.CreateTrigger) -> Actions:
        """Create a trigger."""
        yield Sql(self.creating_trigger(operation, "CREATE"))

    def replace_trigger(self, operation: definitions.ReplaceTrigger) -> Actions:
        """Give a trigger another event and action."""
        new = operation.new
        if self.replace_routine_words:
            yield Sql(self.creating_trigger(new, self.replace_routine_words))
        else:
            yield from self.drop_trigger(definitions.DropTrigger(new.name, new.table, new.schema))
            yield from self.create_trigger(new)

    def drop_trigger(self, operation: definitions.DropTrigger) -> Actions:
        """Drop a trigger."""
        schema = None if self.trigger_of_table else operation.schema
        text = self.drop_text("TRIGGER", operation.name, schema, if_exists=operation.if_exists)
        of_table = f" ON {self.sql.table(operation.table, operation.schema)}" if self.trigger_of_table else ""
        yield Sql(text + of_table)

    def creating_trigger(self, trigger: definitions.CreateTrigger, words: str) -> str:
        """Return the statement that creates or replaces a trigger."""
        name = self.sql.table(trigger.name, None if self.trigger_of_table else trigger.schema)
        table = self.sql.table(trigger.table, trigger.schema)
        return f"{words} TRIGGER {name} {trigger.event.strip()} ON {table} {trigger.action.strip()}"

    # -- parts -----------------------------------------------------------------------------------------

    def drop_text(self, kind: str, name: str, schema: str | None, *, if_exists: bool | None) -> str:
        """Return the statement that drops an object."""
        condition = "IF EXISTS " if if_exists else ""
        return f"DROP {kind} {condition}{self.sql.table(name, schema)}"

    def lacks(self, operation: Operation, what: str, hint: str = "") -> NotSupported:
        """Return the error for something that this database does not have."""
        return NotSupported(
            f"{self.dialect.name} has no {what}: cannot {operation.describe()}.",
            hint or "leave it out there: if op.get_context().dialect.name == '...': ...",
        )
