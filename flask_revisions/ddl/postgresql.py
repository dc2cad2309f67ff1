"""What PostgreSQL does differently: USING, identity and computed columns, EXCLUDE constraints."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import Column, Computed, Constraint, Identity, Table
from sqlalchemy.schema import AddConstraint
from sqlalchemy.sql.elements import conv
from sqlalchemy.types import NullType

from ..errors import NotKnowable
from ..operations import columns, constraints, definitions, objects, tables
from ..operations.columns import UNCHANGED
from ..operations.copies import detached
from . import items
from .actions import Actions, Sql
from .parts import is_generated
from .postgresql_enums import EnumDDL

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


INVALID = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass({index}) AND NOT indisvalid"
INDEXES = "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = to_regclass({table}) ORDER BY 1"


CONSTRAINT_NAMES = """
    SELECT c.conname FROM pg_constraint c
    WHERE c.conrelid = to_regclass({table}) AND c.contype = {kind} AND array(
        SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY AS k (number, place)
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number ORDER BY k.place
    ) = ARRAY[{columns}]::text[]
"""
KINDS: Mapping[type[constraints.AddConstraint], str] = {
    constraints.AddUnique: "u",
    constraints.AddForeignKey: "f",
    constraints.AddPrimaryKey: "p",
}


class PostgreSQLDDL(EnumDDL):
    """Turns operations into PostgreSQL's SQL (https://www.postgresql.org/docs/current/sql-altertable.html)."""

    conditional_indexes = True
    materialized_views = True
    trigger_of_table = True
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

    def stored_name(self, constraint: constraints.AddConstraint) -> str | None:
        """Return the name that PostgreSQL gave to a constraint over some columns, if there is one alone."""
        if not isinstance(constraint, (constraints.AddUnique, constraints.AddForeignKey, constraints.AddPrimaryKey)):
            return None
        query = CONSTRAINT_NAMES.format(
            table=self.sql.literal(self.sql.table(constraint.table, constraint.schema)),
            kind=self.sql.literal(KINDS[type(constraint)]),
            columns=", ".join(map(self.sql.literal, constraint.columns)),
        )
        with suppress(NotKnowable):
            found = self.catalog.rows(query)
            return conv(found[0][0]) if len(found) == 1 else None
        return None

    # -- indexes, validation ---------------------------------------------------------------------------

    def create_index(self, operation: constraints.CreateIndex) -> Actions:
        """Create an index; CONCURRENTLY, one that is invalid goes before, which an attempt without end left behind.

        Source: https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY.
        """
        if dict(operation.options).get("postgresql_concurrently"):
            index = items.index_of(operation, self.naming_convention)
            name = self.sql.table(str(index.name), operation.schema)
            with suppress(NotKnowable):
                if self.catalog.finds(INVALID.format(index=self.sql.literal(name))):
                    yield Sql(f"DROP INDEX CONCURRENTLY {name}")
        yield from super().create_index(operation)

    def validate_constraint(self, operation: constraints.ValidateConstraint) -> Actions:
        """Check the rows that were there before a constraint."""
        altered = self.altered(operation.table, operation.schema)
        yield Sql(f"{altered} VALIDATE CONSTRAINT {self.sql.name(operation.name)}")

    # -- what is beside tables ---------------------------------------------------------------------------

    def create_extension(self, operation: objects.CreateExtension) -> Actions:
        """Install an extension."""
        words = [
            "CREATE EXTENSION",
            "IF NOT EXISTS" if operation.if_not_exists else "",
            self.sql.name(operation.name),
            f"SCHEMA {self.sql.name(operation.schema)}" if operation.schema else "",
            f"VERSION {self.sql.literal(operation.version)}" if operation.version else "",
            "CASCADE" if operation.cascade else "",
        ]
        yield Sql(" ".join(word for word in words if word))

    def drop_extension(self, operation: objects.DropExtension) -> Actions:
        """Take an extension away."""
        text = self.drop_text("EXTENSION", operation.name, None, if_exists=operation.if_exists)
        yield Sql(f"{text} CASCADE" if operation.cascade else text)

    def creating_view(self, view: definitions.CreateView, words: str) -> str:
        """Return the statement that creates or replaces a view."""
        filled = dict(view.options).get("with_data", True)
        return super().creating_view(view, words) + ("" if filled else " WITH NO DATA")

    def replace_view(self, operation: definitions.ReplaceView) -> Actions:
        """Give a view another definition; one whose rows are stored is made anew, with its indexes."""
        new = operation.new
        if not new.materialized:
            yield from super().replace_view(operation)
            return
        indexes: list[str] = []
        with suppress(NotKnowable):
            name = self.sql.literal(self.sql.table(new.name, new.schema))
            indexes = [str(text) for (text,) in self.catalog.rows(INDEXES.format(table=name))]
        yield from self.drop_view(definitions.DropView(new.name, new.schema, materialized=True))
        yield from self.create_view(new)
        yield from map(Sql, indexes)

    def replace_trigger(self, operation: definitions.ReplaceTrigger) -> Actions:
        """Drop a trigger and create it anew: before PostgreSQL 14 there is no other way."""
        new = operation.new
        yield from self.drop_trigger(definitions.DropTrigger(new.name, new.table, new.schema))
        yield from self.create_trigger(new)

    def drop_function(self, operation: definitions.DropFunction) -> Actions:
        """Drop a function, which its arguments identify; their defaults may not be said."""
        name, parenthesis, arguments = operation.signature.partition("(")
        text = self.drop_text("FUNCTION", name.strip(), operation.schema, if_exists=operation.if_exists)
        yield Sql(text + parenthesis + without_defaults(arguments.strip()))


def without_defaults(arguments: str) -> str:
    """Return the arguments of a function without their defaults."""
    kept: list[str] = []
    depth, leaving = 0, False
    for piece in re.findall(r"'(?:[^']|'')*'|\"[^\"]*\"|\w+|\s+|:=|.", arguments, re.DOTALL):
        depth += (piece in "([") - (piece in ")]")
        if depth <= 0 and piece in ",)":
            leaving = False
        if depth == 0 and (piece.upper() == "DEFAULT" or piece in ("=", ":=")):
            leaving = True
            while kept and kept[-1].isspace():
                kept.pop()
        if not leaving:
            kept.append(piece)
    return "".join(kept)
