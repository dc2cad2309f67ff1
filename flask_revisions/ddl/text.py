"""Pieces of SQL text, written by SQLAlchemy's DDL compiler as far as it writes them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Constraint, ForeignKeyConstraint, Integer, MetaData, Sequence, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.ddl import BaseDDLElement
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.types import String, TypeEngine

from ..errors import OperationError


class SqlText:
    """Writes names, types, defaults and whole DDL elements for one plain dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.compiler: Any = dialect.ddl_compiler(dialect, None)  # type: ignore[arg-type]

    def element(self, element: BaseDDLElement) -> str:
        """Return a DDL element as one statement."""
        return str(element.compile(dialect=self.dialect)).strip()

    def name(self, name: str) -> str:
        """Return a name, in quotes where it needs them."""
        return str(self.dialect.identifier_preparer.quote(name))

    def table(self, name: str, schema: str | None = None) -> str:
        """Return a table with its schema; dots in a schema part names, unless it is a `quoted_name`."""
        if not schema:
            return self.name(name)
        parts = [schema] if isinstance(schema, quoted_name) else schema.split(".")
        return ".".join(self.name(part) for part in (*parts, name))

    def type(self, type_: TypeEngine[Any]) -> str:
        """Return a type."""
        return str(self.compiler.type_compiler.process(type_))

    def literal(self, value: str) -> str:
        """Return a string in quotes."""
        return str(self.compiler.sql_compiler.render_literal_value(value, String()))

    def column(self, column: Column[Any]) -> str:
        """Return a column as CREATE TABLE has it, without its constraints."""
        return str(self.compiler.get_column_specification(column))

    def constraint(self, constraint: Constraint) -> str:
        """Return a constraint as CREATE TABLE has it."""
        return str(self.compiler.process(constraint))

    def counting(self, sequence: Sequence) -> str:
        """Return what a sequence counts like, as CREATE and ALTER SEQUENCE have it."""
        return str(self.compiler.get_identity_options(sequence))

    def reference(self, constraint: ForeignKeyConstraint) -> str:
        """Return a foreign key over one column as it stands in the column: its name and `REFERENCES ...`."""
        target = constraint.elements[0].column
        preparer: Any = self.dialect.identifier_preparer
        name = None if constraint.name is None else preparer.format_constraint(constraint)
        parts = [
            "" if name is None else f"CONSTRAINT {name} ",
            f"REFERENCES {preparer.format_table(target.table)}",
            f" ({self.name(target.name)})",
            self.compiler.define_constraint_match(constraint),
            self.compiler.define_constraint_cascades(constraint),
            self.compiler.define_constraint_deferrability(constraint),
        ]
        return "".join(parts)

    def default(self, default: Any) -> str:
        """Return a server default as it stands behind the word DEFAULT.

        :raises OperationError: it is a `FetchedValue`, which says only that there is some default.
        """
        # The column, not the default alone: some dialects put an expression in parentheses there.
        column = Column("x", Integer(), server_default=default)
        Table("t", MetaData(), column)  # SQL Server's compiler writes no column without one
        text = self.column(column).partition(" DEFAULT ")[2]
        if not text:
            raise OperationError(
                f"A {type(default).__name__} says nothing that could be written as a server default.",
                "give a string, sa.text('...') or an expression.",
            )
        return text
