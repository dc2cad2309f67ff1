"""Models as values that can be changed, and the SQLAlchemy tables that they stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from .vocabulary import CONVENTION, TYPES


@dataclass(frozen=True)
class Column:
    """A column.

    :param type: a key of `TYPES`.
    :param default: a text as it is, or with `=` in front an expression of SQL.
    :param computed: an expression, stored or (with `~` in front) not.
    :param values: those of an enum.
    """

    name: str
    type: str
    nullable: bool = True
    default: str | None = None
    comment: str | None = None
    computed: str | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Item:
    """A constraint or an index.

    :param kind: `index`, `unique`, `check` or `exclude`.
    :param columns: the columns that it is about.
    :param text: what stands in a check; of an index, in front of its columns, an expression.
    :param options: the keyword arguments.
    """

    kind: str
    name: str | None
    columns: tuple[str, ...]
    text: str | None = None
    options: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Reference:
    """A column that refers to the key of another table.

    :param target: the name of that table.
    """

    column: str
    target: str
    name: str | None = None
    options: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Table:
    """A table with a key named `id`."""

    name: str
    columns: tuple[Column, ...] = ()
    items: tuple[Item, ...] = ()
    references: tuple[Reference, ...] = ()
    key: str = "int"
    comment: str | None = None
    schema: str | None = None

    @property
    def target(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name


@dataclass(frozen=True)
class Models:
    """Tables, and the names of sequences with how they count."""

    tables: tuple[Table, ...] = ()
    sequences: tuple[tuple[str, int], ...] = ()
    convention: bool = False


# -- the tables ---------------------------------------------------------------------------------------


def build(models: Models, kind: str) -> sa.MetaData:
    """Make the tables in a new metadata."""
    metadata = sa.MetaData(naming_convention=CONVENTION if models.convention else None)
    keys = {table.target: table.key for table in models.tables}
    for table in models.tables:
        options = {"comment": table.comment} if table.comment else {}
        made = sa.Table(table.name, metadata, *_columns(table, kind, keys), schema=table.schema, **options)
        for number, item in enumerate(table.items):
            # A convention with the name of a check in it needs one.
            is_nameless = models.convention and item.kind == "check" and item.name is None
            _add(replace(item, name=f"c{number}") if is_nameless else item, made, kind)
    for name, increment in models.sequences:
        sa.Sequence(name, metadata=metadata, increment=increment)
    return metadata


def _columns(table: Table, kind: str, keys: dict[str, str]) -> Iterator[Any]:
    yield from _key(table.key)
    for column in table.columns:
        yield _column(column, table, kind)
    for each in table.references:
        target = sa.ForeignKey(f"{each.target}.id", name=each.name, **dict(each.options))
        yield sa.Column(each.column, {"text": sa.String(12), "big": sa.BigInteger()}.get(keys[each.target]), target)


def _key(key: str) -> Iterator[sa.Column[Any]]:
    if key == "identity":
        yield sa.Column("id", sa.Integer, sa.Identity(start=10), primary_key=True)
        return
    yield sa.Column("id", {"text": sa.String(12), "big": sa.BigInteger()}.get(key, sa.Integer()), primary_key=True)
    if key == "pair":
        yield sa.Column("part", sa.Integer, primary_key=True, autoincrement=False)


def _column(column: Column, table: Table, kind: str) -> sa.Column[Any]:
    type_ = TYPES[kind][column.type]
    is_named = column.type.startswith("enum") or column.type == "boolean checked"
    made = type_.make(*column.values, name=f"e_{table.name}_{column.name}") if is_named else type_.make()
    extra = []
    if column.computed is not None:
        extra.append(sa.Computed(column.computed.removeprefix("~"), persisted=column.computed[0] != "~"))
    default: Any = column.default
    if default is not None and default[:1] == "=":
        is_plain = re.fullmatch(r"[\w.+-]+|'.*'", default[1:])
        default = sa.text(default[1:] if is_plain or kind != "sqlite" else f"({default[1:]})")
    return sa.Column(
        column.name, made, *extra, nullable=column.nullable, server_default=default, comment=column.comment
    )


def _add(item: Item, table: sa.Table, kind: str) -> None:
    options = dict(item.options)
    columns = [table.c[each] for each in item.columns]
    if item.kind == "unique":
        table.append_constraint(sa.UniqueConstraint(*columns, name=item.name, **options))
    elif item.kind == "check":
        table.append_constraint(sa.CheckConstraint(_text(item, kind), name=item.name))
    elif item.kind == "exclude":
        pairs = [(each, "=") for each in columns]
        table.append_constraint(postgresql.ExcludeConstraint(*pairs, name=item.name, using="btree"))
    else:
        if "where" in options:
            where = sa.text(written(options.pop("where"), item.columns, kind))
            options |= {f"{dialect}_where": where for dialect in ("sqlite", "postgresql")}
        parts = [columns[0].desc(), *columns[1:]] if options.pop("desc", False) else columns
        if item.text is not None:
            parts = [sa.text(_text(item, kind))]
        sa.Index(item.name, *parts, _table=table, **options)


def _text(item: Item, kind: str) -> str:
    assert item.text is not None
    return written(item.text, item.columns, kind)


def written(text: str, columns: tuple[str, ...], kind: str) -> str:
    """Put the quoted names of columns into a text, as `sqlalchemy.text` takes it."""
    quote = "`" if kind == "mariadb" else '"'
    for number, each in enumerate(columns, 1):
        name = quote + each.replace(quote, quote * 2) + quote
        text = text.replace(f"${number}", name.replace(":", "\\:"))
    return text
