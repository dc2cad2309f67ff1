"""What operations change in a frozen schema: pieces of it from SQLAlchemy's items, and changes of its tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import Any

from sqlalchemy import Column, Constraint, Index, MetaData, Table, make_url
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import NoSuchModuleError
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import NullType

from ..errors import OperationError
from ..schema import model
from ..schema.convert import Converter
from ..schema.model import Name, Schema
from .copies import copy_items

CONSTRAINTS = ("foreign_keys", "uniques", "checks", "excludes", "indexes")
"""The fields of a table that hold what has columns; on MySQL and MariaDB unique constraints are indexes."""


@cache
def converter(dialect: str) -> Converter:
    """Return what reads SQLAlchemy's items in the words of a dialect that no database was asked for."""
    kind: Any = DefaultDialect
    with suppress(NoSuchModuleError):  # of a package that is not installed
        kind = make_url(f"{dialect}://").get_dialect()
    return Converter(kind(paramstyle="named"))  # the others double percent signs


# -- pieces --------------------------------------------------------------------------------------------


def table_of(
    schema: Schema, name: Name, items: Iterable[SchemaItem], options: Mapping[str, Any] | None = None
) -> tuple[model.Table, tuple[model.Enum, ...]]:
    """Return a table that has copies of the items, and the types that its columns bring along."""
    made = Table(name.name, MetaData(), *copy_items(items), schema=name.schema, **(options or {}))
    reader = converter(schema.dialect)
    return model.without_sources(reader.table(made)), tuple(model.without_sources(each) for each in reader.enums(made))


def column_of(schema: Schema, column: Column[Any]) -> model.Column:
    """Return one column."""
    made, _ = table_of(schema, Name(None, "t"), [column])
    return made.columns[0]


def constraint_of(schema: Schema, name: Name, columns: Iterable[str], constraint: Constraint) -> Any:
    """Return a constraint over columns of a table whose types do not matter; None where the dialect has none."""
    holder = _holder(name, columns)
    holder.append_constraint(constraint)
    return model.without_sources(converter(schema.dialect).constraint(constraint))


def index_of(schema: Schema, name: Name, columns: Iterable[Any], index: Callable[[Table], Index]) -> model.Index:
    """Return an index.

    :param index: makes it for a table that has the columns which are given by name.
    """
    holder = _holder(name, [each for each in columns if isinstance(each, str)])
    made: model.Index = model.without_sources(converter(schema.dialect).index(index(holder)))
    return made


def _holder(name: Name, columns: Iterable[str]) -> Table:
    return Table(
        name.name, MetaData(), *(Column(each, NullType()) for each in dict.fromkeys(columns)), schema=name.schema
    )


# -- changes -------------------------------------------------------------------------------------------


def known(schema: Schema, name: Name) -> model.Table:
    """Return a table.

    :raises OperationError: the schema does not have it.
    """
    table = schema.table(name.name, name.schema)
    if table is None:
        raise OperationError(f"There is no table {name} in the schema that is to be changed.")
    return table


def with_constraint(table: model.Table, constraint: Any) -> model.Table:
    """Return a table with one more constraint or index, or another primary key."""
    if constraint is None:
        return table
    if isinstance(constraint, model.PrimaryKey):
        return replace(table, primary_key=constraint)
    fields: dict[type, str] = {
        model.ForeignKey: "foreign_keys",
        model.Unique: "uniques",
        model.Check: "checks",
        model.Exclude: "excludes",
        model.Index: "indexes",
    }
    return merged(table, **{fields[type(constraint)]: (constraint,)})


def merged(table: model.Table, **more: tuple[Any, ...]) -> model.Table:
    """Return a table with more constraints and indexes, in the order that tables have them in."""
    changes = {
        field: tuple(sorted((*getattr(table, field), *items), key=lambda item: (item.name or "", repr(item))))
        for field, items in more.items()
    }
    return replace(table, **changes)  # type: ignore[arg-type]


def without_named(table: model.Table, gone: Callable[[Any], bool], *, key: bool = False) -> model.Table:
    """Return a table without the constraints and indexes for which `gone` is true."""
    changes: dict[str, Any] = {
        field: tuple(item for item in getattr(table, field) if not gone(item)) for field in CONSTRAINTS
    }
    if table.primary_key is not None and (key or gone(table.primary_key)):
        changes["primary_key"] = None
    return replace(table, **changes)


def with_name(table: model.Table, old: str, new: str) -> model.Table:
    """Return a table with a constraint or index of another name."""

    def named(item: Any) -> Any:
        return replace(item, name=new) if item is not None and item.name == old else item

    changes: dict[str, Any] = {field: tuple(map(named, getattr(table, field))) for field in CONSTRAINTS}
    return replace(table, primary_key=named(table.primary_key), **changes)


def without_column(table: model.Table, name: str) -> model.Table:
    """Return a table without a column, and without what is over it."""
    left = replace(table, columns=tuple(each for each in table.columns if each.name != name))

    def over(item: Any) -> bool:
        return name in (getattr(item, "columns", ()) or ())

    return without_named(left, over)


def column_renamed(schema: Schema, name: Name, old: str, new: str) -> Schema:
    """Return a schema in which a column has another name, there and in the foreign keys of all tables."""

    def names(columns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(new if each == old else each for each in columns)

    def own(item: Any) -> Any:
        if isinstance(item, model.Index):
            parts = (replace(p, text=new) if p.text == old and not p.is_expression else p for p in item.parts)
            return replace(item, parts=tuple(parts), include=names(item.include))
        return replace(item, columns=names(item.columns)) if hasattr(item, "columns") else item

    def referring(key: model.ForeignKey) -> model.ForeignKey:
        return replace(key, referred_columns=names(key.referred_columns)) if key.referred == name else key

    table = known(schema, name)
    changes: dict[str, Any] = {field: tuple(map(own, getattr(table, field))) for field in CONSTRAINTS}
    changes["columns"] = tuple(replace(each, name=new) if each.name == old else each for each in table.columns)
    changes["primary_key"] = own(table.primary_key) if table.primary_key else None
    schema = schema.with_table(replace(table, **changes))
    return _with_keys(schema, referring)


def table_renamed(schema: Schema, name: Name, new: Name) -> Schema:
    """Return a schema in which a table has another name, and the foreign keys to it."""
    schema = schema.with_table(replace(known(schema, name), name=new), instead_of=name)
    return _with_keys(schema, lambda key: replace(key, referred=new) if key.referred == name else key)


def _with_keys(schema: Schema, change: Callable[[model.ForeignKey], model.ForeignKey]) -> Schema:
    tables = {
        name: replace(table, foreign_keys=tuple(map(change, table.foreign_keys)))
        for name, table in schema.tables.items()
    }
    return replace(schema, tables=tables)


def with_enum(schema: Schema, name: Name, values: tuple[str, ...] | None) -> Schema:
    """Return a schema in which a type has these values; without it if they are None."""
    rest = {each: enum for each, enum in schema.enums.items() if each != name}
    return replace(schema, enums=rest if values is None else {**rest, name: model.Enum(name, values)})


def enum_renamed(schema: Schema, name: Name, new: Name) -> Schema:
    """Return a schema in which the columns of a type name it by another name."""

    def named(column: model.Column) -> model.Column:
        array = "[]" if column.type.endswith("[]") else ""
        of_it = column.type.removesuffix("[]").replace('"', "") == str(name)
        return replace(column, type=f"{new}{array}") if of_it else column

    tables = {each: replace(table, columns=tuple(map(named, table.columns))) for each, table in schema.tables.items()}
    return replace(schema, tables=tables)
