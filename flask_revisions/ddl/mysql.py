"""What MySQL and MariaDB do differently: the whole column at each change, and a way to drop for each kind."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    Constraint,
    DateTime,
    ForeignKeyConstraint,
    Identity,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.elements import conv

from ..errors import NotKnowable, NotSupported, OperationError
from ..operations import columns, constraints, objects, tables
from ..operations.base import Operation
from ..operations.catalog import Catalog
from ..operations.columns import UNCHANGED
from ..operations.copies import copy_type
from . import items
from .actions import Actions, Sql
from .generic import GenericDDL
from .parts import in_order, is_generated

_CONSTRAINT_NAMES = """
    SELECT k.CONSTRAINT_NAME FROM information_schema.KEY_COLUMN_USAGE k
    JOIN information_schema.TABLE_CONSTRAINTS c ON c.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA
        AND c.TABLE_NAME = k.TABLE_NAME AND c.CONSTRAINT_NAME = k.CONSTRAINT_NAME
    WHERE k.TABLE_SCHEMA = {schema} AND k.TABLE_NAME = {table} AND c.CONSTRAINT_TYPE = {kind}
    GROUP BY k.CONSTRAINT_NAME HAVING group_concat(k.COLUMN_NAME ORDER BY k.ORDINAL_POSITION) = {columns}
"""


class MySQLDDL(GenericDDL):
    """Turns operations into the SQL of MySQL and MariaDB.

    Source: https://dev.mysql.com/doc/refman/8.4/en/alter-table.html, https://mariadb.com/kb/en/alter-table/.
    """

    index_needs_table = True

    def __init__(self, dialect: Dialect, catalog: Catalog, naming_convention: Mapping[str, Any]) -> None:
        super().__init__(dialect, catalog, naming_convention)
        self.is_mariadb = bool(getattr(dialect, "is_mariadb", False))
        self.conditional_indexes = self.is_mariadb
        if not self.is_mariadb:
            self.replace_routine_words = ""

    def alter_table(self, operation: tables.AlterTable) -> Actions:
        """Carry out the changes of a batch in one ALTER TABLE, which copies the table once, as far as that goes.

        A clause that mentions what an earlier one changes or drops begins another statement: within one, names are
        those from before.
        """
        prefix = f"{self.altered(operation.name, operation.schema)} "
        clauses: list[str] = []
        settled: set[str] = set()
        for change in self.changes(operation):
            for action in self.actions(change):
                joins = isinstance(change, _CLAUSES) and isinstance(action, Sql) and action.text.startswith(prefix)
                clause = action.text.removeprefix(prefix) if joins and isinstance(action, Sql) else ""
                if clauses and (not clause or _mentions(clause, settled)):
                    yield Sql(prefix + ", ".join(clauses))
                    clauses, settled = [], set()
                if clause:
                    clauses.append(clause)
                else:
                    yield action
            settled |= _settled_by(change)
        if clauses:
            yield Sql(prefix + ", ".join(clauses))

    def created_table(self, operation: tables.CreateTable) -> Table:
        """Return a throw-away table as it is to be created."""
        return self.with_named_checks(super().created_table(operation))

    def added_column(self, operation: columns.AddColumn) -> Column[Any]:
        """Return a column as it is to be added, in a throw-away table."""
        column = super().added_column(operation)
        self.with_named_checks(column.table)
        return column

    def with_named_checks(self, table: Table) -> Table:
        """Return the table with the CHECKs of its columns behind them, if they have names: MariaDB takes none there.

        Source: https://mariadb.com/kb/en/constraint/.
        """
        for column in table.c if self.is_mariadb else ():
            for check in in_order(column.constraints):
                if check.name is not None:
                    column.constraints.discard(check)
                    table.append_constraint(check)
        return table

    def drop_column(self, operation: columns.DropColumn) -> Actions:
        """Drop a column; the foreign keys that it has, as far as they are known, go before it."""
        if isinstance(operation.column, Column) and operation.column.foreign_keys:
            yield from self._end_keys(operation.column, operation.table, operation.schema)
        yield from super().drop_column(operation)

    def _end_keys(self, column: Column[Any], table: str, schema: str | None) -> Actions:
        try:  # some may have been dropped before
            names = [self.sql.name(each) for each in self._asked_names("FOREIGN KEY", table, schema, (column.name,))]
        except NotKnowable:
            holder = items.added_column(column, table, schema, self.naming_convention).table
            given = in_order(holder.foreign_key_constraints)
            names = [self.constraint_name(each) for each in given if each.name is not None]
        for name in names:
            yield Sql(f"{self.altered(table, schema)} DROP FOREIGN KEY {name}")

    def stored_name(self, constraint: constraints.AddConstraint) -> str | None:
        """Return the name that the server gave to a constraint over some columns, if there is one alone."""
        if not isinstance(constraint, (constraints.AddUnique, constraints.AddForeignKey)):
            return None
        kind = "UNIQUE" if isinstance(constraint, constraints.AddUnique) else "FOREIGN KEY"
        with suppress(NotKnowable):
            found = self._asked_names(kind, constraint.table, constraint.schema, constraint.columns)
            return conv(found[0]) if len(found) == 1 else None
        return None

    def _asked_names(self, kind: str, table: str, schema: str | None, over: tuple[str, ...]) -> list[str]:
        literal = self.sql.literal
        query = _CONSTRAINT_NAMES.format(
            schema=literal(schema) if schema else "database()",
            table=literal(table),
            kind=literal(kind),
            columns=literal(",".join(over)),
        )
        return [str(name) for (name,) in self.catalog.rows(query)]

    def change_column(self, operation: columns.AlterColumn) -> Iterator[Sql]:
        """Change a column in one statement, which says everything of the column but for a default alone."""
        new_default = operation.server_default is not UNCHANGED
        if new_default and is_generated(operation.server_default, operation.existing_server_default):
            raise self.cannot_generate(operation)
        name = self.sql.name(operation.column)
        altered = self.altered(operation.table, operation.schema)
        place = f" {self.place(operation)}" if self.place(operation) else ""
        if operation.new_name is not None or self.needs_change(operation):
            new_name = self.sql.name(operation.new_name or operation.column)
            yield Sql(f"{altered} CHANGE {name} {new_name} {self.whole_column(operation)}{place}")
        elif place or any(
            (
                operation.nullable is not None,
                operation.type_ is not None,
                operation.autoincrement is not None,
                operation.comment is not UNCHANGED,
            )
        ):
            yield Sql(f"{altered} MODIFY {name} {self.whole_column(operation)}{place}")
        elif new_default:
            yield Sql(f"{altered} ALTER COLUMN {name} {self.new_default(operation)}")

    def needs_change(self, operation: columns.AlterColumn) -> bool:
        """Return True for a new default of a DATETIME, TIMESTAMP: SET DEFAULT takes no CURRENT_TIMESTAMP."""
        type_ = operation.type_ if operation.type_ is not None else operation.existing_type
        if type_ is None or operation.server_default is UNCHANGED or operation.server_default is None:
            return False
        return copy_type(type_)._type_affinity is DateTime

    def whole_column(self, operation: columns.AlterColumn) -> str:
        """Return the column after the change: type, NULL, AUTO_INCREMENT, DEFAULT, COMMENT.

        :raises OperationError: the type is not known.
        """
        type_ = operation.type_ if operation.type_ is not None else operation.existing_type
        if type_ is None:
            raise OperationError(
                f"Cannot {operation.describe()} on {self.dialect.name} without its type: "
                "MODIFY and CHANGE say the whole column anew.",
                "add existing_type=..., and existing_nullable, existing_server_default and existing_comment "
                "where they apply.",
            )
        given = operation.server_default
        default = operation.existing_server_default if given is UNCHANGED else given
        comment = operation.existing_comment if operation.comment is UNCHANGED else operation.comment
        words = [
            self.sql.type(type_),
            self._default_words(default) if isinstance(default, Computed) else "",
            self._null_words(operation, default),
            "AUTO_INCREMENT" if _either(operation.autoincrement, operation.existing_autoincrement) else "",
            "" if isinstance(default, Computed) else self._default_words(default),
            f"COMMENT {self.sql.literal(str(comment))}" if comment is not None else "",
        ]
        return " ".join(word for word in words if word)

    def _null_words(self, operation: columns.AlterColumn, default: Any) -> str:
        if _either(operation.nullable, operation.existing_nullable) is False:
            return "NOT NULL"
        return "" if isinstance(default, Computed) else "NULL"  # MariaDB takes no NULL behind an expression

    def _default_words(self, default: Any) -> str:
        """Return the expression of a computed column, or DEFAULT and the default; empty for none."""
        if isinstance(default, Computed):
            return str(self.sql.compiler.process(default))
        nothing = default is None or default is UNCHANGED or isinstance(default, Identity)
        return "" if nothing else f"DEFAULT {self.sql.default(default)}"

    def end_constraint(self, constraint: Constraint, *, if_exists: bool = False) -> Actions:
        """Drop a constraint, each kind in its own way; a CHECK that a type brought along stays.

        :raises NotSupported: the kind is not known.
        """
        if constraint._type_bound:
            return
        table = constraint.table
        altered = self.altered(table.name, table.schema)
        if isinstance(constraint, PrimaryKeyConstraint):
            yield Sql(f"{altered} DROP PRIMARY KEY")
            return
        name = self.constraint_name(constraint)
        condition = "IF EXISTS " if if_exists else ""
        yield Sql(f"{altered} DROP {self.kind_of(constraint)} {condition}{name}")

    def kind_of(self, constraint: Constraint) -> str:
        """Return the word for a kind of constraint."""
        if isinstance(constraint, ForeignKeyConstraint):
            return "FOREIGN KEY"
        if isinstance(constraint, UniqueConstraint):
            return "INDEX"
        if isinstance(constraint, CheckConstraint):
            return "CONSTRAINT" if self.is_mariadb else "CHECK"
        raise NotSupported(
            f"{self.dialect.name} drops each kind of constraint in a way of its own, "
            f"and the kind of {constraint.name} is not given.",
            "add type_='foreignkey', 'unique', 'check' or 'primary'.",
        )

    # -- what is beside tables -----------------------------------------------------------------------

    def rename_index(self, operation: constraints.RenameIndex) -> Actions:
        """Rename an index, which belongs to its table.

        :raises OperationError: the table is not given.
        """
        altered = self.altered(self.table_of_index(operation), operation.schema)
        old, new = self.sql.name(operation.name), self.sql.name(operation.new_name)
        yield Sql(f"{altered} RENAME INDEX {old} TO {new}")

    def rename_constraint(self, operation: constraints.RenameConstraint) -> Actions:
        """Rename a unique constraint, which is an index.

        :raises NotSupported: it is of another kind.
        """
        if operation.kind != "unique":
            raise NotSupported(
                f"{self.dialect.name} renames unique constraints alone: cannot {operation.describe()}.",
                "give type_='unique' if it is one; else drop it, and create it with the new name.",
            )
        renamed = constraints.RenameIndex(operation.name, operation.new_name, operation.table, operation.schema)
        yield from self.rename_index(renamed)

    def needs_sequences(self, operation: Operation) -> None:
        """Raise on MySQL; SQLAlchemy knows of MariaDB's sequences only when it is connected."""
        if not self.is_mariadb:
            raise self.lacks(operation, "sequences")

    def drop_schema(self, operation: objects.DropSchema) -> Actions:
        """Drop a database, with everything in it.

        :raises NotSupported: it is not said that everything may go.
        """
        if not operation.cascade:
            raise NotSupported(
                f"{self.dialect.name} drops a schema with all that is in it: cannot {operation.describe()}.",
                "give cascade=True if that is meant.",
            )
        yield from super().drop_schema(dataclasses.replace(operation, cascade=False))

    def inline_reference(self, column: Column[Any]) -> ForeignKeyConstraint | None:
        """Return the foreign key that goes into the column itself.

        MySQL reads it there and makes none (https://dev.mysql.com/doc/refman/8.4/en/create-table-foreign-keys.html);
        MariaDB takes no name for it there.
        """
        constraint = super().inline_reference(column) if self.is_mariadb else None
        return constraint if constraint is not None and constraint.name is None else None

    def place(self, operation: columns.AddColumn | columns.AlterColumn) -> str:
        """Return the words that put a column behind another one."""
        if operation.insert_after and not operation.insert_before:
            return f"AFTER {self.sql.name(operation.insert_after)}"
        return super().place(operation)

    def without_place(self, change: Any) -> Any:
        """Return a change of a forced rebuild: a place behind another column can be made."""
        return change if getattr(change, "insert_after", None) else super().without_place(change)


_CLAUSES = (
    columns.AddColumn,
    columns.AlterColumn,
    columns.DropColumn,
    constraints.AddConstraint,
    constraints.DropConstraint,
)
"""What ALTER TABLE takes several of in one statement."""


def _settled_by(change: Operation) -> set[str]:
    """Return the names that have another meaning, or none, behind a change."""
    if isinstance(change, columns.AlterColumn):
        return {change.column, change.new_name or change.column}
    if isinstance(change, (columns.DropColumn, constraints.DropConstraint)) and change.name:
        return {change.name}
    return set()


def _mentions(clause: str, names: Iterable[str]) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", clause, re.IGNORECASE) for name in names)


def _either(new: Any, existing: Any) -> Any:
    return existing if new is None else new
