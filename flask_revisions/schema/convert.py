"""SQLAlchemy's MetaData, Table and Column to values; `restore.py` goes the other way.

Everything is put in the words of one dialect, whose compiler writes types and expressions.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from ..dialects import MYSQL
from .column_types import TypeReader
from .index_text import read_text, unwrapped
from .model import (
    Check,
    Column,
    Computed,
    Enum,
    Exclude,
    ForeignKey,
    Identity,
    Index,
    IndexPart,
    Name,
    PrimaryKey,
    Schema,
    Sequence,
    Table,
    Unique,
)
from .types import BINARY

AnyConstraint = PrimaryKey | ForeignKey | Unique | Check | Exclude | Index

OPEN_DEFAULT = "(set by the database)"
"""The default of a column whose models say only that the database has one (`FetchedValue`)."""


class Converter:
    """Reads SQLAlchemy's items in the words of a dialect.

    :param dialect: one that has been connected knows its default schema and its server.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.types = TypeReader(dialect)
        self._ddl: Any = dialect.ddl_compiler(dialect, None)  # type: ignore[arg-type]
        self._preparer: Any = dialect.identifier_preparer
        self._on_mysql = dialect.name in MYSQL

    # -- everything -----------------------------------------------------------------------------------

    def schema(self, metadata: Iterable[sa.MetaData]) -> Schema:
        """Return what models describe.

        :raises ValueError: two of them have a table of the same name.
        """
        tables: dict[Name, Table] = {}
        enums: dict[Name, Enum] = {}
        sequences: dict[Name, Sequence] = {}
        for each in metadata:
            for table in each.tables.values():
                if table.info.get("is_view"):
                    continue
                made = self.table(table)
                if made.name in tables:
                    raise ValueError(f"two tables of the models are named {made.name}")
                tables[made.name] = made
                enums.update((enum.name, enum) for enum in self.enums(table))
            sequences.update(self._sequences(each))
        schemas = {name.schema for group in (tables, enums, sequences) for name in group} - {None}
        return Schema(self.dialect.name, tables, enums, sequences, frozenset(each for each in schemas if each))

    def table(self, table: sa.Table) -> Table:
        """Return a table, with everything that comes with it."""
        groups: dict[type, list[Any]] = {kind: [] for kind in (ForeignKey, Unique, Check, Exclude, Index)}
        for constraint in table.constraints:
            item = self.constraint(constraint)
            if item is not None and not isinstance(item, PrimaryKey):
                groups[type(item)].append(item)
        groups[Index] += [self.index(each) for each in table.indexes]
        key = self.constraint(table.primary_key)
        return Table(
            self.name(table),
            tuple(self.column(each) for each in table.columns if not each.system),
            key if isinstance(key, PrimaryKey) else None,
            foreign_keys=_sorted(groups[ForeignKey]),
            uniques=_sorted(groups[Unique]),
            checks=_sorted(groups[Check]),
            excludes=_sorted(groups[Exclude]),
            indexes=_sorted(groups[Index]),
            comment=table.comment or None if self.dialect.supports_comments else None,
            options=self._options(table),
            source=table,
        )

    def name(self, item: Any) -> Name:
        """Return the name of a table, type or sequence; the default schema is None, also where it is written."""
        return self._name(item.schema, str(item.name))

    def _name(self, schema: str | None, name: str) -> Name:
        return Name(None if schema == self.dialect.default_schema_name else schema, name)

    def _options(self, table: sa.Table) -> tuple[tuple[str, Any], ...]:
        given = dict(table.dialect_kwargs.items())
        if self._on_mysql:
            kept = {_MYSQL_OPTIONS.get(key.partition("_")[2]): str(value) for key, value in given.items()}
            return tuple(sorted((key, value) for key, value in kept.items() if key))
        return tuple(sorted((key, value) for key, value in given.items() if key.startswith(f"{self.dialect.name}_")))

    def _sequences(self, metadata: sa.MetaData) -> Iterable[tuple[Name, Sequence]]:
        if not self.dialect.supports_sequences:
            return
        given: dict[str, sa.Sequence] = metadata._sequences
        for each in given.values():
            if not (each.optional and self.dialect.sequences_optional):
                sequence = self.sequence(each)
                yield sequence.name, sequence

    def sequence(self, sequence: sa.Sequence) -> Sequence:
        """Return a sequence."""
        return Sequence(
            self.name(sequence),
            sequence.start,
            sequence.increment,
            sequence.minvalue,
            sequence.maxvalue,
            bool(sequence.cycle),
            sequence.cache,
            source=sequence,
        )

    # -- columns --------------------------------------------------------------------------------------

    def column(self, column: sa.Column[Any]) -> Column:
        """Return a column."""
        type_ = self.types.said(column.type)
        autoincrement = self._counts(column)
        return Column(
            str(column.name),
            type_.text,
            nullable=bool(column.nullable) and not column.primary_key,
            default=None if autoincrement else self._default(column),
            comment=column.comment or None if self.dialect.supports_comments else None,
            collation=type_.collation,
            charset=type_.charset,
            identity=self._identity(column),
            computed=self._computed(column),
            autoincrement=autoincrement,
            source=column,
        )

    def native_enum(self, type_: TypeEngine[Any]) -> Any:
        """Return the named type of the database that a type needs, an `ENUM`; None if it needs none."""
        return self.types.native_enum(type_)

    def enums(self, table: sa.Table) -> Iterable[Enum]:
        """Give the types of PostgreSQL that a table's columns bring along."""
        for column in table.columns if self.dialect.name == "postgresql" else ():
            found = self.types.native_enum(column.type) if self.types.said(column.type).has_enum else None
            if found is not None and getattr(found, "create_type", True):
                yield Enum(self.name(found), tuple(found.enums), source=column.type)

    def _counts(self, column: sa.Column[Any]) -> bool:
        """Return True for a key that the database counts; on MySQL that is what an identity and a sequence become."""
        table, default = column.table, column.default
        has_identity = column.identity is not None and self.dialect.supports_identity_columns
        if table is None or has_identity or (column.server_default is not None and column.identity is None):
            return False
        is_left_out = isinstance(default, sa.Sequence) and (default.optional or not self.dialect.supports_sequences)
        if default is not None and not is_left_out:
            return False
        return self.dialect.name != "sqlite" and table._autoincrement_column is column

    def _default(self, column: sa.Column[Any]) -> str | None:
        default = column.server_default
        if default is None or isinstance(default, (sa.Identity, sa.Computed)):
            return None
        if not isinstance(default, sa.DefaultClause):
            return OPEN_DEFAULT
        text: str | None = self._ddl.get_column_default_string(column)
        return None if text is None else self.types.single(text)

    def _identity(self, column: sa.Column[Any]) -> Identity | None:
        found = column.identity
        if found is None or not self.dialect.supports_identity_columns:
            return None
        return Identity(
            bool(found.always),
            found.start,
            found.increment,
            found.minvalue,
            found.maxvalue,
            bool(found.cycle),
            found.cache,
        )

    def _computed(self, column: sa.Column[Any]) -> Computed | None:
        found = column.computed
        if found is None:
            return None
        stored = found.persisted if found.persisted is not None else self._stores_computed
        return Computed(self.expression(found.sqltext), stored)

    @property
    def _stores_computed(self) -> bool:
        """True where a computed column is stored if nothing is said: PostgreSQL's are up to version 17.

        https://www.postgresql.org/docs/18/ddl-generated-columns.html; SQLAlchemy 2.0 writes STORED for every version.
        """
        if self.dialect.name != "postgresql":
            return False
        was_asked = getattr(self.dialect, "server_version_info", None) is not None
        return not (was_asked and getattr(self.dialect, "supports_virtual_generated_columns", False))

    # -- constraints ----------------------------------------------------------------------------------

    def constraint(self, constraint: sa.Constraint) -> AnyConstraint | None:
        """Return a constraint; None for one that the dialect does not write."""
        rule = constraint._create_rule
        if rule is not None and not rule(self._ddl):
            return None
        name = self.constraint_name(constraint)
        if isinstance(constraint, sa.PrimaryKeyConstraint):
            columns = tuple(str(each.name) for each in constraint.columns)
            return PrimaryKey(columns, name, source=constraint) if columns else None
        if isinstance(constraint, sa.ForeignKeyConstraint):
            return self._foreign_key(constraint, name)
        if isinstance(constraint, sa.UniqueConstraint):
            return self._unique(constraint, name)
        if isinstance(constraint, sa.CheckConstraint):
            bound = bool(getattr(constraint, "_type_bound", False))
            return Check(name, self.expression(constraint.sqltext), bound, source=constraint)
        if hasattr(constraint, "_render_exprs"):
            return self._exclude(constraint, name) if self.dialect.name == "postgresql" else None
        return None

    def constraint_name(self, constraint: sa.Constraint | sa.Index) -> str | None:
        """Return the name that is written, by convention or shortened; None where there is none."""
        if constraint.name is None:
            return None
        name: str | None = self._preparer.format_constraint(constraint, _alembic_quote=False)
        return None if name is None else str(name)

    def _foreign_key(self, constraint: sa.ForeignKeyConstraint, name: str | None) -> ForeignKey:
        columns = tuple(str(element.parent.name) for element in constraint.elements)
        referred, referred_columns = self._target(constraint)
        return ForeignKey(
            name,
            columns,
            referred,
            referred_columns,
            onupdate=self._action(constraint.onupdate),
            ondelete=self._action(constraint.ondelete),
            deferrable=bool(constraint.deferrable) and not self._on_mysql,
            initially=_initially(constraint.initially) if not self._on_mysql else None,
            match=None if (match := (constraint.match or "SIMPLE").upper()) == "SIMPLE" or self._on_mysql else match,
            source=constraint,
        )

    def _target(self, constraint: sa.ForeignKeyConstraint) -> tuple[Name, tuple[str, ...]]:
        try:
            targets = [element.column for element in constraint.elements]
            return self.name(targets[0].table), tuple(str(each.name) for each in targets)
        except exc.SQLAlchemyError:  # the models do not describe that table
            parts = [element.target_fullname.split(".") for element in constraint.elements]
            schema = ".".join(parts[0][:-2]) or None
            return self._name(schema, parts[0][-2]), tuple(each[-1] for each in parts)

    def _action(self, action: str | None) -> str | None:
        given = (action or "NO ACTION").upper()
        nothing = ("NO ACTION", "RESTRICT") if self._on_mysql else ("NO ACTION",)
        return None if given in nothing else given

    def _unique(self, constraint: sa.UniqueConstraint, name: str | None) -> Unique | Index:
        columns = tuple(str(each.name) for each in constraint.columns)
        if self._on_mysql:
            return Index(name, tuple(map(IndexPart, columns)), unique=True, source=constraint)
        given = _dialect_options(constraint, self.dialect.name)
        return Unique(
            name,
            columns,
            bool(constraint.deferrable),
            _initially(constraint.initially),
            bool(given.get("nulls_not_distinct")),
            tuple(_column_name(each, constraint.table) for each in given.get("include") or ()),
            source=constraint,
        )

    def _exclude(self, constraint: Any, name: str | None) -> Exclude:
        elements = tuple(
            (self.expression(expression) + (f" {ops}" if (ops := constraint.ops.get(key)) else ""), operator)
            for expression, key, operator in constraint._render_exprs
        )
        where = None if constraint.where is None else self.expression(constraint.where)
        return Exclude(
            name,
            elements,
            constraint.using.lower(),
            where,
            bool(constraint.deferrable),
            _initially(constraint.initially),
            source=constraint,
        )

    def expression(self, expression: Any) -> str:
        """Return an expression as the dialect's compiler writes it in DDL: values in it, no table names."""
        text: str = self._ddl.sql_compiler.process(
            sa.text(expression) if isinstance(expression, str) else expression, include_table=False, literal_binds=True
        )
        return self.types.single(text)

    # -- indexes --------------------------------------------------------------------------------------

    def index(self, index: sa.Index) -> Index:
        """Return an index."""
        given = _dialect_options(index, self.dialect.name)
        opclasses, lengths = given.get("ops") or {}, given.get("length")
        kind = (given.get("prefix") or given.get("using") or "").lower()
        where = given.get("where")
        return Index(
            self.constraint_name(index),
            tuple(self._part(each, opclasses, lengths, index.table) for each in index.expressions),
            bool(index.unique),
            None if kind in ("btree", "") else kind,
            None if where is None else self.expression(where),
            tuple(_column_name(each, index.table) for each in given.get("include") or ()),
            bool(given.get("nulls_not_distinct")),
            tuple(sorted((key.lower(), str(value).lower()) for key, value in (given.get("with") or {}).items())),
            source=index,
        )

    def _part(self, expression: Any, opclasses: dict[str, str], lengths: Any, table: sa.Table | None) -> IndexPart:
        said = unwrapped(expression)
        is_column = isinstance(said.expression, sa.Column)
        if is_column:
            text, collation = str(said.expression.name), None
        else:
            attributes = self.dialect.name in ("postgresql", "sqlite")
            said = read_text(said, self.expression(said.expression), attributes=attributes)
            text, collation = said.expression, said.collation
            collation = collation.upper() if collation and self.dialect.name == "sqlite" else collation
            if table is not None and text in table.columns:
                is_column = True  # sa.desc("name"), sa.text("name DESC")
                collation = None if collation == self._usual_collation(table.columns[text]) else collation
        length = lengths.get(text) if isinstance(lengths, dict) else lengths
        return IndexPart(
            text,
            not is_column,
            said.descending,
            None if said.nulls_first == said.descending else said.nulls_first,
            said.opclass or (opclasses.get(said.key) or opclasses.get(text) if said.key else None),
            collation,
            length=length,
        )

    def _usual_collation(self, column: sa.Column[Any]) -> str | None:
        """Return the collation that an index on a column has if nothing is said."""
        own: str | None = getattr(self.types.concrete(column.type), "collation", None)
        return own or (BINARY if self.dialect.name == "sqlite" else None)


_MYSQL_OPTIONS = {
    "engine": "mysql_engine",
    "charset": "mysql_default_charset",
    "default_charset": "mysql_default_charset",
    "collate": "mysql_collate",
    "default_collate": "mysql_collate",
}
"""The options of a table that MySQL and MariaDB tell, in their several spellings."""


def _initially(given: str | None) -> str | None:
    return None if given is None or given.upper() == "IMMEDIATE" else given.upper()


def _column_name(column: Any, table: Any) -> str:
    if isinstance(column, str):
        return str(table.columns[column].name) if table is not None and column in table.columns else column
    return str(column.name)


def _dialect_options(item: Any, dialect: str) -> dict[str, Any]:
    """Return an item's keyword arguments for a dialect, without its prefix."""
    prefixes = ("mysql_", "mariadb_") if dialect in MYSQL else (f"{dialect}_",)
    return {
        key[len(prefix) :]: value
        for key, value in item.dialect_kwargs.items()
        for prefix in prefixes
        if key.startswith(prefix)
    }


def _sorted(items: list[Any]) -> tuple[Any, ...]:
    """Sort by what the models say, so that the order of a set does not matter."""
    names = {item.name for item in items}
    if None not in names and len(names) == len(items):
        return tuple(sorted(items, key=lambda item: str(item.name)))
    return tuple(sorted(items, key=lambda item: (item.name or "", repr(item))))
