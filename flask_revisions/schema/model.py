"""A database's shape as frozen values, equal or not equal: what is compared, and what operations change.

Texts of types and expressions are in the form in which the database's own catalog writes them, as far as rules of
text can tell (`types.py`, `expressions.py`). `source` is the item of SQLAlchemy that a value was made from; it is
None for what was read from a database, and no part of a comparison.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeVar

_Item = TypeVar("_Item", bound="Column | ForeignKey | Unique | Check | Exclude | Index")


class Name(NamedTuple):
    """The name of a table, type or sequence.

    :param schema: None for the database's default schema.
    """

    schema: str | None
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name

    @property
    def order(self) -> tuple[str, str]:
        """What names are sorted by: those of the default schema come first."""
        return (self.schema or "", self.name)


@dataclass(frozen=True)
class Identity:
    """GENERATED ... AS IDENTITY; None is the database's own default."""

    always: bool = False
    start: int | None = None
    increment: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    cycle: bool = False
    cache: int | None = None


@dataclass(frozen=True)
class Computed:
    """GENERATED ALWAYS AS (expression).

    :param stored: False for a column that is computed when it is read.
    """

    expression: str
    stored: bool = True


@dataclass(frozen=True)
class Column:
    """One column.

    :param type: as the catalog writes it, such as `character varying(50)`; empty where it is not known.
    :param default: the expression of DEFAULT, and on MySQL what follows it (`ON UPDATE ...`).
    :param collation: where it is not the one that the column would have anyway.
    :param charset: likewise, on MySQL and MariaDB.
    :param autoincrement: the database counts: SERIAL, AUTO_INCREMENT; never with `identity`.
    """

    name: str
    type: str
    nullable: bool = True
    default: str | None = None
    comment: str | None = None
    collation: str | None = None
    charset: str | None = None
    identity: Identity | None = None
    computed: Computed | None = None
    autoincrement: bool = False
    source: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class PrimaryKey:
    """The primary key; `name` is None where the database has no names for it, or the models leave it to it."""

    columns: tuple[str, ...]
    name: str | None = None
    source: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class ForeignKey:
    """A foreign key.

    :param onupdate: CASCADE, SET NULL, ..., in capitals; None for NO ACTION, and on MySQL for RESTRICT, too.
    :param initially: DEFERRED; None for IMMEDIATE.
    :param match: FULL, PARTIAL; None for SIMPLE.
    """

    name: str | None
    columns: tuple[str, ...]
    referred: Name
    referred_columns: tuple[str, ...]
    onupdate: str | None = None
    ondelete: str | None = None
    deferrable: bool = False
    initially: str | None = None
    match: str | None = None
    source: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Unique:
    """A unique constraint; on MySQL and MariaDB those are unique indexes, and are `Index` here."""

    name: str | None
    columns: tuple[str, ...]
    deferrable: bool = False
    initially: str | None = None
    nulls_not_distinct: bool = False
    include: tuple[str, ...] = ()
    source: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Check:
    """A CHECK constraint.

    :param bound: it belongs to the type of a column (`Boolean`, `Enum`) and comes and goes with that.
    """

    name: str | None
    expression: str
    bound: bool = field(default=False, compare=False)
    source: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Exclude:
    """An EXCLUDE constraint of PostgreSQL.

    :param elements: pairs of an expression and an operator.
    """

    name: str | None
    elements: tuple[tuple[str, str], ...]
    using: str = "gist"
    where: str | None = None
    deferrable: bool = False
    initially: str | None = None
    source: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class IndexPart:
    """One column or expression of an index.

    :param text: the name of the column, or the expression.
    :param nulls_first: where that is not what the direction brings with it.
    :param length: the number of characters that are indexed, on MySQL.
    """

    text: str
    is_expression: bool = False
    descending: bool = False
    nulls_first: bool | None = None
    opclass: str | None = None
    collation: str | None = None
    length: int | None = None


@dataclass(frozen=True)
class Index:
    """An index.

    :param using: the method in small letters; None for the database's usual one.
    :param options: storage parameters as pairs of texts, sorted.
    """

    name: str | None
    parts: tuple[IndexPart, ...]
    unique: bool = False
    using: str | None = None
    where: str | None = None
    include: tuple[str, ...] = ()
    nulls_not_distinct: bool = False
    options: tuple[tuple[str, str], ...] = ()
    source: Any = field(default=None, compare=False, repr=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """The texts of its parts."""
        return tuple(part.text for part in self.parts)


@dataclass(frozen=True)
class Table:
    """One table.

    :param options: what dialects add, as pairs of a keyword of `sqlalchemy.Table` and its value, sorted:
        `(("mysql_engine", "InnoDB"),)`.
    """

    name: Name
    columns: tuple[Column, ...] = ()
    primary_key: PrimaryKey | None = None
    foreign_keys: tuple[ForeignKey, ...] = ()
    uniques: tuple[Unique, ...] = ()
    checks: tuple[Check, ...] = ()
    excludes: tuple[Exclude, ...] = ()
    indexes: tuple[Index, ...] = ()
    comment: str | None = None
    options: tuple[tuple[str, Any], ...] = ()
    source: Any = field(default=None, compare=False, repr=False)

    def column(self, name: str) -> Column | None:
        """Return the column of a name, if there is one."""
        return named(self.columns, name)


@dataclass(frozen=True)
class Enum:
    """A type of PostgreSQL that is made by CREATE TYPE ... AS ENUM."""

    name: Name
    values: tuple[str, ...]
    source: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Sequence:
    """A sequence that belongs to no column; None is the database's own default."""

    name: Name
    start: int | None = None
    increment: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    cycle: bool = False
    cache: int | None = None
    source: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Schema:
    """Everything that models describe, or that a database has.

    :param dialect: `postgresql`, `mysql`, `mariadb`, `sqlite`, ...: whose words the texts are in.
    :param tables: by name.
    :param schemas: the schemas that there are besides the default one.
    """

    dialect: str
    tables: Mapping[Name, Table] = field(default_factory=dict)
    enums: Mapping[Name, Enum] = field(default_factory=dict)
    sequences: Mapping[Name, Sequence] = field(default_factory=dict)
    schemas: frozenset[str] = frozenset()

    def table(self, name: str, schema: str | None = None) -> Table | None:
        """Return the table of a name, if there is one."""
        return self.tables.get(Name(schema, name))

    def with_table(self, table: Table, *, instead_of: Name | None = None) -> Schema:
        """Return this with a table added or changed.

        :param instead_of: the name that it had.
        """
        rest = {name: each for name, each in self.tables.items() if name not in (table.name, instead_of)}
        return replace(self, tables={**rest, table.name: table})

    def without_table(self, name: Name) -> Schema:
        """Return this without a table."""
        return replace(self, tables={each: table for each, table in self.tables.items() if each != name})


def named(items: Iterable[_Item], name: str | None) -> _Item | None:
    """Return the item of a name, if there is one."""
    return next((item for item in items if item.name == name), None)


def replaced(items: Iterable[_Item], old: _Item, new: _Item | None) -> tuple[_Item, ...]:
    """Return items with one of them changed; left out if `new` is None."""
    return tuple(each for item in items if (each := new if item is old else item) is not None)


def without_sources(value: Any) -> Any:
    """Return a table or an item of one without SQLAlchemy's items in it."""
    if isinstance(value, tuple):
        return tuple(without_sources(each) for each in value)
    if not hasattr(value, "source"):
        return value
    if isinstance(value, Table):
        changes = {
            each: without_sources(getattr(value, each))
            for each in ("columns", "primary_key", "foreign_keys", "uniques", "checks", "excludes", "indexes")
        }
        return replace(value, source=None, **changes)
    return replace(value, source=None)
