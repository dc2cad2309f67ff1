"""Whether two operations say the same: they hold SQLAlchemy's items, which compare by identity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from sqlalchemy import Column, Constraint, Index, MetaData, Table
from sqlalchemy.schema import SchemaItem
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.types import TypeEngine

from ..schema import model
from .base import Operation
from .copies import copy_items
from .shape import converter


def same(one: Operation, other: Operation, *, dialect: str = "default") -> bool:
    """Return True if two operations say the same, item by item in the form of `schema/model.py`.

    :param dialect: in whose words the items are read.
    """
    return bool(_form(one, dialect) == _form(other, dialect))


def _form(value: Any, dialect: str) -> Any:
    """Return something that is equal where what is meant is equal."""
    if isinstance(value, TypeEngine):
        return (converter(dialect).types.text(value) or repr(value), repr(value))
    if isinstance(value, Column):
        return ("column", value.comment, *_of_table([value], dialect))
    if isinstance(value, Table):
        return ("table", value.fullname, *_of_table([*value.columns, *value.constraints, *value.indexes], dialect))
    if isinstance(value, (Constraint, Index)):
        columns = [Column(each.name, each.type) for each in getattr(value, "columns", ())]
        return (type(value).__name__, *_of_table([*columns, value], dialect))
    if isinstance(value, SchemaItem):
        return repr(value)
    if isinstance(value, ClauseElement):
        return str(value.compile(dialect=converter(dialect).dialect, compile_kwargs={"literal_binds": True}))
    if is_dataclass(value) and not isinstance(value, type):
        return (type(value).__name__, *(_form(getattr(value, each.name), dialect) for each in fields(value)))
    if isinstance(value, Mapping):
        return tuple((key, _form(each, dialect)) for key, each in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(_form(each, dialect) for each in value)
    return (type(value).__name__, value) if isinstance(value, bool) or value is None else value


def _of_table(items: list[Any], dialect: str) -> tuple[Any, ...]:
    table = converter(dialect).table(Table("t", MetaData(), *copy_items(items)))
    return tuple(
        repr(model.without_sources(getattr(table, field)))
        for field in ("columns", "primary_key", "foreign_keys", "uniques", "checks", "excludes", "indexes")
    )
