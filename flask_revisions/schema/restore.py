"""Values -> SQLAlchemy's items, for what was read from a database: the other direction of `convert.py`."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import SchemaItem
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import NullType, TypeEngine, UserDefinedType

from ..dialects import MYSQL
from . import model
from .expressions import same_expression
from .quoting import escaped, quoter

_PARTS = re.compile(r"(?P<name>[^(\[]+)(?:\((?P<arguments>.*?)\))?(?P<rest>[^\[\])]*)(?P<array>(?:\[\])*)\Z", re.DOTALL)


class Written(UserDefinedType[Any]):
    """A type that is known by its text alone."""

    cache_ok = True

    def __init__(self, text: str) -> None:
        self.text = text

    def get_col_spec(self, **kw: Any) -> str:
        """Return the text."""
        return self.text


class Restorer:
    """Makes SQLAlchemy's items of what was read from a database.

    :param schema: where enum types are looked up.
    :param brings_types: a column brings its enum type along.
    """

    def __init__(self, dialect: Dialect, schema: model.Schema, *, brings_types: bool = False) -> None:
        self.dialect = dialect
        self._schema = schema
        self._brings_types = brings_types
        self._prefix = "mysql" if dialect.name in MYSQL else dialect.name
        self._known: dict[str, Any] = dialect.ischema_names  # type: ignore[attr-defined]

    # -- types ----------------------------------------------------------------------------------------

    def type(self, column: model.Column) -> TypeEngine[Any]:
        """Return the type of a column."""
        if not column.type:
            return NullType()
        if self.dialect.name == "postgresql":
            made = self._postgresql(column.type, column.collation)
        elif self.dialect.name in MYSQL:
            made = self._mysql(column)
        else:
            made = self._sqlite(column.type, column.collation)
        return made

    def _postgresql(self, text: str, collation: str | None) -> TypeEngine[Any]:
        parts = _PARTS.match(text)
        if parts is None:
            return Written(text)
        if parts["array"]:
            return postgresql.ARRAY(self._postgresql(text[: -len(parts["array"])], collation))
        enum = self._enum(text)
        if enum is not None:
            return enum
        name, arguments, rest = parts["name"].strip(), _arguments(parts["arguments"]), parts["rest"].strip()
        if name in ("timestamp", "time") or name.startswith(("timestamp with", "time with")):
            made: Any = postgresql.TIMESTAMP if name.startswith("timestamp") else postgresql.TIME
            return _plain(made(timezone="with time" in text, precision=arguments[0] if arguments else None))
        if name.startswith("interval"):
            fields = name.partition(" ")[2].upper() or None
            return postgresql.INTERVAL(fields=fields, precision=arguments[0] if arguments else None)
        if name in ("character varying", "character", "text") and not rest:
            kind: Any = {"character varying": sa.String, "character": sa.CHAR, "text": sa.Text}[name]
            return kind(*arguments, collation=collation)  # type: ignore[no-any-return]
        if name == "bit varying":
            return postgresql.BIT(arguments[0] if arguments else None, varying=True)
        if name in _PLAIN:
            return _PLAIN[name](*arguments)  # type: ignore[no-any-return]
        return self._other(text, name, arguments)

    def _enum(self, text: str) -> TypeEngine[Any] | None:
        schema, _, name = text.rpartition(".")
        called = model.Name(_unquoted(schema) or None, _unquoted(name))
        enum = self._schema.enums.get(called)
        if enum is None:
            return None
        if self._brings_types:
            return sa.Enum(*enum.values, name=called.name, schema=called.schema)
        return postgresql.ENUM(*enum.values, name=called.name, schema=called.schema, create_type=False)

    def _mysql(self, column: model.Column) -> TypeEngine[Any]:
        parts = re.match(r"(?P<name>\w+)(?:\((?P<arguments>.*)\))?(?P<flags>.*)\Z", column.type, re.DOTALL)
        if parts is None:
            return Written(column.type)
        name, flags = parts["name"], parts["flags"].split()
        texts = {key: value for key, value in (("charset", column.charset), ("collation", column.collation)) if value}
        if name in ("enum", "set"):
            values = [each[1:-1].replace("''", "'") for each in re.findall(r"'(?:[^']|'')*'", parts["arguments"] or "")]
            kind: Any = mysql.ENUM if name == "enum" else mysql.SET
            return kind(*values, **texts)  # type: ignore[no-any-return]
        if name == "tinyint" and parts["arguments"] == "1" and not flags:
            return mysql.TINYINT(display_width=1)
        arguments = _arguments(parts["arguments"])
        if name in ("datetime", "timestamp", "time") and arguments:
            return getattr(mysql, name.upper())(fsp=arguments[0])  # type: ignore[no-any-return]
        if not flags and not texts and name in _PLAIN:
            return _PLAIN[name](*arguments)  # type: ignore[no-any-return]
        known = self._known.get(name)
        if known is None:
            return Written(column.type)
        options: dict[str, Any] = {**texts, **{flag: True for flag in flags if flag in ("unsigned", "zerofill")}}
        try:
            return known(*arguments, **options)  # type: ignore[no-any-return]
        except TypeError:
            return Written(column.type)

    def _sqlite(self, text: str, collation: str | None) -> TypeEngine[Any]:
        parts = _PARTS.match(text)
        name = parts["name"].strip().lower() if parts else ""
        arguments = _arguments(parts["arguments"]) if parts else ()
        if name in ("varchar", "text", "char"):
            kind: Any = {"varchar": sa.String, "text": sa.Text, "char": sa.CHAR}[name]
            return kind(*arguments, collation=collation)  # type: ignore[no-any-return]
        if name in _PLAIN and not (parts and parts["rest"].strip()):
            return _PLAIN[name](*arguments)  # type: ignore[no-any-return]
        return self._other(text, name.upper(), arguments)

    def _other(self, text: str, name: str, arguments: tuple[Any, ...]) -> TypeEngine[Any]:
        known = self._known.get(name)
        try:
            return Written(text) if known is None or known is NullType else known(*arguments)
        except TypeError:
            return Written(text)

    # -- columns --------------------------------------------------------------------------------------

    def column(self, column: model.Column, *, primary_key: bool = False) -> sa.Column[Any]:
        """Return a column, without its constraints."""
        extra: list[SchemaItem] = []
        if column.computed is not None:
            extra.append(sa.Computed(column.computed.expression, persisted=column.computed.stored))
        if column.identity is not None:
            extra.append(self.identity(column.identity))
        keywords: dict[str, Any] = {}
        if column.autoincrement:
            keywords["autoincrement"] = True
        return sa.Column(
            column.name,
            self.type(column),
            *extra,
            server_default=self.default(column.default),
            nullable=column.nullable,
            comment=column.comment,
            **keywords,
        )

    def identity(self, identity: model.Identity) -> sa.Identity:
        """Return GENERATED ... AS IDENTITY."""
        return sa.Identity(
            always=identity.always,
            start=identity.start,
            increment=identity.increment,
            minvalue=identity.minimum,
            maxvalue=identity.maximum,
            cycle=identity.cycle or None,
            cache=identity.cache,
        )

    def default(self, text: str | None) -> Any:
        """Return a default as `server_default` takes it."""
        if text is None:
            return None
        literal = re.fullmatch(r"'((?:[^'\\]|'')*)'(?:::[\w \".\[\]]+)?", text)
        if literal:
            value = literal[1].replace("''", "'")
            if same_expression(text, "'" + literal[1] + "'", self.dialect.name):
                return value
        if self.dialect.name == "sqlite" and not re.fullmatch(r"[\w.+-]+|'.*'", text):
            text = text if text.startswith("(") and text.endswith(")") else f"({text})"
        return sa.text(escaped(text))

    # -- constraints and indexes ----------------------------------------------------------------------

    def constraint(self, item: Any) -> sa.Constraint:
        """Return a constraint."""
        name = item.name
        if isinstance(item, model.PrimaryKey):
            return sa.PrimaryKeyConstraint(*item.columns, name=name)
        deferrable = getattr(item, "deferrable", False) or None
        initially = getattr(item, "initially", None)
        if isinstance(item, model.ForeignKey):
            target = ".".join(each for each in item.referred if each)
            return sa.ForeignKeyConstraint(
                item.columns,
                [f"{target}.{column}" for column in item.referred_columns],
                name=name,
                onupdate=item.onupdate,
                ondelete=item.ondelete,
                deferrable=deferrable,
                initially=initially,
                match=item.match,
            )
        if isinstance(item, model.Unique):
            return sa.UniqueConstraint(
                *item.columns, name=name, deferrable=deferrable, initially=initially, **self.unique_options(item)
            )
        if isinstance(item, model.Check):
            return sa.CheckConstraint(sa.text(escaped(item.expression)), name=name)
        return postgresql.ExcludeConstraint(
            *((sa.text(escaped(expression)), operator) for expression, operator in item.elements),
            name=name,
            using=item.using,
            where=None if item.where is None else sa.text(escaped(item.where)),
            deferrable=deferrable,
            initially=initially,
        )

    def unique_options(self, item: model.Unique) -> dict[str, Any]:
        """Return the keyword arguments for PostgreSQL that a unique constraint needs."""
        found: dict[str, Any] = {}
        if item.nulls_not_distinct:
            found["postgresql_nulls_not_distinct"] = True
        if item.include:
            found["postgresql_include"] = list(item.include)
        return found

    def index(self, index: model.Index) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the elements of an index, and the keyword arguments of `sqlalchemy.Index`."""
        options: dict[str, Any] = {}
        prefix = self._prefix
        if index.using:
            key = "prefix" if prefix == "mysql" else "using"
            options[f"{prefix}_{key}"] = index.using.upper() if prefix == "mysql" else index.using
        if index.where is not None:
            options[f"{prefix}_where"] = sa.text(escaped(index.where))
        if index.include:
            options[f"{prefix}_include"] = list(index.include)
        if index.nulls_not_distinct:
            options[f"{prefix}_nulls_not_distinct"] = True
        if index.options:
            options[f"{prefix}_with"] = dict(index.options)
        parts = [self._part(part) for part in index.parts]
        opclasses = {part: each.opclass for part, each in zip(parts, index.parts, strict=True) if isinstance(part, str)}
        opclasses = {text: opclass for text, opclass in opclasses.items() if opclass}
        if opclasses:
            options[f"{prefix}_ops"] = opclasses
        lengths = {part.text: part.length for part in index.parts if part.length}
        if lengths:
            options[f"{prefix}_length"] = lengths
        return tuple(parts), options

    def _part(self, part: model.IndexPart) -> Any:
        if not (part.is_expression or part.descending or part.collation) and part.nulls_first is None:
            return part.text
        text = part.text
        if part.is_expression and not re.fullmatch(r"[\w.]+\(.*\)", text, re.DOTALL):
            text = f"({text})" if not (text.startswith("(") and text.endswith(")")) else text
        if not part.is_expression:
            text = quoter(self.dialect)(text)
        if part.collation:
            text += f" COLLATE {quoter(self.dialect)(part.collation)}"
        if part.opclass and (part.is_expression or part.collation or part.descending or part.nulls_first is not None):
            text += f" {part.opclass}"
        if part.descending:
            text += " DESC"
        if part.nulls_first is not None:
            text += " NULLS FIRST" if part.nulls_first else " NULLS LAST"
        made: ColumnElement[Any] = sa.literal_column(text)
        return made


_PLAIN: dict[str, Any] = {
    "integer": sa.Integer,
    "int": sa.Integer,
    "bigint": sa.BigInteger,
    "smallint": sa.SmallInteger,
    "numeric": sa.Numeric,
    "decimal": sa.Numeric,
    "double precision": postgresql.DOUBLE_PRECISION,
    "real": sa.REAL,
    "float": sa.Float,
    "boolean": sa.Boolean,
    "date": sa.Date,
    "datetime": sa.DateTime,
    "time": sa.Time,
    "timestamp": sa.TIMESTAMP,
    "varchar": sa.String,
    "char": sa.CHAR,
    "text": sa.Text,
    "bytea": sa.LargeBinary,
    "blob": sa.LargeBinary,
    "json": sa.JSON,
    "uuid": sa.Uuid,
    "jsonb": postgresql.JSONB,
}


def _plain(type_: Any) -> TypeEngine[Any]:
    """Return SQLAlchemy's own type for one of PostgreSQL's, if that says as much."""
    if type_.precision is not None:
        return type_  # type: ignore[no-any-return]
    kind = sa.DateTime if isinstance(type_, postgresql.TIMESTAMP) else sa.Time
    return kind(timezone=type_.timezone)


def _arguments(text: str | None) -> tuple[Any, ...]:
    found = [each.strip() for each in (text or "").split(",") if each.strip()]
    return tuple(int(each) if re.fullmatch(r"-?\d+", each) else each.strip("'") for each in found)


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name[:1] == '"' else name
