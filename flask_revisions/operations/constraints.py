"""Operations on the constraints and indexes of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.sql.elements import ColumnElement, TextClause

from .base import Operation, Options, qualified


@dataclass(frozen=True, eq=False)
class AddConstraint(Operation):
    """What all new constraints share.

    :param name: None lets the naming convention, else the database, choose; a `conv` is final.
    :param options: further keywords, of SQLAlchemy's constraint and of dialects.
    """

    name: str | None
    table: str

    def describe(self) -> str:
        return f"add {self._what()} {self.name or '(unnamed)'} to {self._where()}"

    def _what(self) -> str:
        return "constraint"

    def _where(self) -> str:
        return qualified(self.table, getattr(self, "schema", None))


@dataclass(frozen=True, eq=False)
class AddForeignKey(AddConstraint):
    """A foreign key from `columns` to `referred_columns` of `referred_table`."""

    referred_table: str
    columns: tuple[str, ...]
    referred_columns: tuple[str, ...]
    schema: str | None = None
    referred_schema: str | None = None
    options: Options = ()

    def _what(self) -> str:
        return "foreign key"


@dataclass(frozen=True, eq=False)
class AddUnique(AddConstraint):
    """A unique constraint over `columns`."""

    columns: tuple[str, ...]
    schema: str | None = None
    options: Options = ()

    def _what(self) -> str:
        return "unique constraint"


@dataclass(frozen=True, eq=False)
class AddPrimaryKey(AddConstraint):
    """A primary key over `columns`."""

    columns: tuple[str, ...]
    schema: str | None = None
    options: Options = ()

    def _what(self) -> str:
        return "primary key"


@dataclass(frozen=True, eq=False)
class AddCheck(AddConstraint):
    """A CHECK constraint; a condition given as a string goes in as it is."""

    condition: str | TextClause | ColumnElement[bool]
    schema: str | None = None
    options: Options = ()

    def _what(self) -> str:
        return "check constraint"


@dataclass(frozen=True, eq=False)
class AddExclude(AddConstraint):
    """An EXCLUDE constraint of PostgreSQL: pairs of an expression and an operator."""

    elements: tuple[tuple[Any, str], ...]
    schema: str | None = None
    options: Options = ()

    def _what(self) -> str:
        return "exclude constraint"


@dataclass(frozen=True, eq=False)
class DropConstraint(Operation):
    """The end of a constraint.

    :param kind: `foreignkey`, `primary`, `unique`, `check`, or None where the database needs no kind.
    """

    name: str | None
    table: str
    kind: str | None = None
    schema: str | None = None
    if_exists: bool | None = None

    def describe(self) -> str:
        return f"drop constraint {self.name or '(unnamed)'} of {qualified(self.table, self.schema)}"


@dataclass(frozen=True, eq=False)
class CreateIndex(Operation):
    """An index over columns, given by name, and expressions.

    :param options: further keyword arguments of `sqlalchemy.Index`, such as `postgresql_where`.
    """

    name: str | None
    table: str
    columns: tuple[str | TextClause | ColumnElement[Any], ...]
    schema: str | None = None
    unique: bool = False
    if_not_exists: bool | None = None
    options: Options = ()

    def describe(self) -> str:
        return f"create index {self.name or '(unnamed)'} on {qualified(self.table, self.schema)}"


@dataclass(frozen=True, eq=False)
class DropIndex(Operation):
    """The end of an index.

    :param table: its table, which MySQL, MariaDB and SQL Server need to know.
    """

    name: str
    table: str | None = None
    schema: str | None = None
    if_exists: bool | None = None
    options: Options = ()

    def describe(self) -> str:
        return f"drop index {qualified(self.name, self.schema)}"
