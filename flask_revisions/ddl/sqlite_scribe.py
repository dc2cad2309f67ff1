"""SQLAlchemy's schema items as pieces of a SQLite table's text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import CheckConstraint, Column, Constraint, Enum, ForeignKeyConstraint, Index, Integer
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateIndex
from sqlalchemy.sql.compiler import DDLCompiler
from sqlalchemy.types import TypeEngine

from ..errors import NotSupported
from ..operations.constraints import AddCheck, AddConstraint, AddForeignKey, AddPrimaryKey, AddUnique
from ..operations.copies import copy_type
from . import items
from .sqlite_edits import clause_from, column_from, constraint_from, map_clauses, named, same_check
from .sqlite_parser import parse_index
from .sqlite_text import Clause, ColumnText, IndexText, TableText
from .sqlite_tokens import fold, name_of, tokenize, write
from .text import SqlText


@dataclass(frozen=True)
class Scribe:
    """Writes columns, constraints and indexes of one table.

    :param naming_convention: that of the application.
    """

    sql: SqlText
    table: str
    schema: str | None
    naming_convention: Mapping[str, Any]

    def column(self, column: Column[Any]) -> ColumnText:
        """Return a column with its type, default, NOT NULL and the CHECKs that stand in it."""
        checks = sorted(column.constraints, key=lambda check: check._creation_order)
        return column_from(" ".join((self.sql.column(column), *map(self.sql.constraint, checks))))

    def type(self, name: str, type_: TypeEngine[Any]) -> ColumnText:
        """Return a column that has a type and nothing else."""
        return column_from(self.sql.column(Column(name, copy_type(type_))))

    def default(self, default: Any) -> Clause | None:
        """Return the DEFAULT clause for a server default; None for one that is not written in the table."""
        return column_from(self.sql.column(Column("c", Integer(), server_default=default))).clause("DEFAULT")

    def constraint(self, constraint: Constraint) -> Clause | None:
        """Return a constraint of the table; None for one that this dialect does without.

        :raises NotSupported: a foreign key into another schema.
        """
        rule = constraint._create_rule
        if rule is not None and not rule(self.sql.compiler):
            return None
        if isinstance(constraint, ForeignKeyConstraint):
            return constraint_from(self._foreign_key(constraint))
        text = self.sql.compiler.process(constraint)
        return constraint_from(text) if text else None

    def inline(self, clause: Clause) -> Clause:
        """Return a foreign key or CHECK of the table as it stands in the column itself."""
        tokens = clause.tokens
        place = next(place for place, token in enumerate(tokens) if token.says("REFERENCES", "CHECK"))
        bare = clause_from(write(tokens[place:]))
        return bare if clause.name is None else named(bare, self.sql.name(clause.name))

    def type_checks(self, name: str, type_: TypeEngine[Any]) -> tuple[Clause, ...]:
        """Return the CHECKs that a type brings along for a column."""
        column = items.added_column(Column(name, copy_type(type_)), self.table, self.schema, self.naming_convention)
        checks = [check for check in column.table.constraints if isinstance(check, CheckConstraint)]
        clauses = (self.constraint(check) for check in checks)
        return tuple(clause for clause in clauses if clause is not None)

    def index(self, index: Index) -> IndexText:
        """Return an index."""
        return parse_index(self.sql.element(CreateIndex(index)))

    def convention_names(self, table: TableText, convention: Mapping[str, Any]) -> TableText:
        """Return a table whose unnamed constraints have the names that a convention gives them."""
        if not convention:
            return table

        def change(column: ColumnText | None, clause: Clause) -> Clause:
            name = None if clause.name else self._name(column, clause, convention)
            return clause if name is None else named(clause, name)

        return map_clauses(table, change)

    def _name(self, column: ColumnText | None, clause: Clause, convention: Mapping[str, Any]) -> str | None:
        operation = _as_operation(self.table, column, clause)
        if operation is None:
            return None
        try:
            constraint = items.added_constraint(operation, convention)
        except (SQLAlchemyError, LookupError):  # the convention needs a name, or columns, that are not there
            return None
        if constraint.name is None:
            return None
        return str(self.sql.dialect.identifier_preparer.format_constraint(constraint))

    def _foreign_key(self, key: ForeignKeyConstraint) -> str:
        schema = key.elements[0].column.table.schema
        if schema not in (None, self.schema):
            raise NotSupported(
                f"A foreign key of {self.table} cannot refer to {key.elements[0].target_fullname}: "
                "on SQLite it stays within one database file.",
                "leave the foreign key out on SQLite.",
            )
        # SQLite's compiler leaves out a key whose target has no schema where its table has one.
        return str(DDLCompiler.visit_foreign_key_constraint(self.sql.compiler, key))


def members(clause: Clause, column: str) -> frozenset[str] | None:
    """Return the values of a CHECK of the form `column IN (1, 'x')`, as Boolean and Enum types make it."""
    heard = [token for token in clause.expression if not token.silent]
    if len(heard) < 4 or fold(name_of(heard[0])) != fold(column) or not heard[1].says("IN"):
        return None
    values = heard[3:-1]
    plain = heard[2].says("(") and all(token.kind in ("string", "number") or token.says(",") for token in values)
    return frozenset(name_of(token) for token in values if not token.says(",")) if plain else None


def stated(clause: Clause, checks: tuple[Clause, ...]) -> bool:
    """Return True if a CHECK is among those of a type: by its name, without one by what it says."""
    for check in checks:
        if clause.name is None and same_check(clause, check):
            return True
        if clause.name is not None and check.name is not None and fold(clause.name) == fold(check.name):
            return True
    return False


def guessed(clause: Clause, column: ColumnText, old: Iterable[TypeEngine[Any]], new: ColumnText) -> bool:
    """Return True if an unnamed CHECK is certainly that of the type which a column leaves.

    Boolean and Enum made one for every column in releases of SQLAlchemy before 1.4.

    :param old: what is known of the type that the column leaves.
    :param new: the column with the type that it gets.
    """
    values = None if clause.name else members(clause, column.name)
    if values is None:
        return False
    if any(isinstance(type_, Enum) and values == frozenset(type_.enums) for type_ in old):
        return True
    boolean = column.declared_type.upper() == "BOOLEAN" != new.declared_type.upper()
    return boolean and values == {"0", "1"}


def in_schema(text: str, kind: str, schema: str | None, sql: SqlText) -> str:
    """Return a stored CREATE INDEX or CREATE TRIGGER text with the schema before the name that it makes.

    :param kind: the word before the name.
    """
    if not schema:
        return text
    tokens = tokenize(text)
    at = next(place for place, token in enumerate(tokens) if token.says(kind))
    while tokens[at + 1].silent:
        at += 1
    return write(tokens[: at + 1]) + sql.name(schema) + "." + write(tokens[at + 1 :])


def _as_operation(table: str, column: ColumnText | None, clause: Clause) -> AddConstraint | None:
    columns = clause.columns if column is None else (column.name,)
    if clause.kind == "PRIMARY KEY":
        return AddPrimaryKey(None, table, columns)
    if clause.kind == "UNIQUE":
        return AddUnique(None, table, columns)
    if clause.kind == "CHECK":
        return AddCheck(None, table, "1")
    reference = clause.reference
    if reference is None:
        return None
    return AddForeignKey(None, table, reference.table, columns, reference.columns or columns)


def with_schema_of(operation: AddConstraint, schema: str | None) -> AddConstraint:
    """Return a foreign key's operation whose target is looked for where its table is."""
    if isinstance(operation, AddForeignKey) and operation.referred_schema is None:
        return replace(operation, referred_schema=schema)
    return operation
