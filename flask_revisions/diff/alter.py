"""A changed column -> the operations that change it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from ..operations.base import options
from ..operations.columns import UNCHANGED, AlterColumn
from ..schema import model
from ..schema.model import Name
from ..schema.quoting import quoter
from ..schema.types import BINARY
from .changes import Changed
from .items import Items


def alter_column(table: Name, change: Changed, items: Items, dialect: Dialect) -> Iterator[AlterColumn]:
    """Give what changes a column; what stays is said as well, for databases that want the whole of it."""
    old, new, fields = change.old, change.new, {*change.fields}
    using = _using(old, new, dialect) if "type" in fields else None
    existing = AlterColumn(
        table.name,
        old.name,
        schema=table.schema,
        existing_type=items.existing_type(old, new),
        existing_nullable=old.nullable,
        existing_comment=old.comment,
        existing_server_default=_default(old, items),
        existing_autoincrement=True if old.autoincrement and dialect.name != "postgresql" else None,
    )
    wanted = existing
    if fields & {"type", "collation"}:
        wanted = replace(wanted, type_=_type(old, new, items, dialect))
    if "nullable" in fields:
        wanted = replace(wanted, nullable=new.nullable)
    if "comment" in fields:
        wanted = replace(wanted, comment=new.comment)
    if fields & {"default", "identity"}:
        wanted = replace(wanted, server_default=_wanted(old, new, items), existing_server_default=_known(old, items))
    if "autoincrement" in fields:
        wanted = replace(wanted, autoincrement=new.autoincrement, existing_autoincrement=old.autoincrement)
    if using is None:
        yield wanted
        return
    using_option = options({"postgresql_using": using})
    if old.default is None:
        yield replace(wanted, options=using_option)
        return
    # PostgreSQL cannot carry a default over to a type that has no cast for it.
    default = wanted.server_default if wanted.server_default is not UNCHANGED else items.default(new)
    yield replace(existing, server_default=None, existing_server_default=_known(old, items))
    yield replace(wanted, options=using_option, server_default=UNCHANGED, existing_server_default=UNCHANGED)
    if default is not None:
        yield replace(
            existing,
            existing_type=items.type(new),
            existing_nullable=new.nullable,
            existing_comment=new.comment,
            server_default=default,
            existing_server_default=None,
        )


def _type(old: model.Column, new: model.Column, items: Items, dialect: Dialect) -> TypeEngine[Any]:
    """Return the type that is to be; SQLite keeps a collation until it is given another one."""
    if dialect.name == "sqlite" and old.collation is not None and new.collation is None:
        return items.type(replace(new, source=None, collation=BINARY))
    return items.type(new)


def _wanted(old: model.Column, new: model.Column, items: Items) -> Any:
    """Return the default that is to be; of an identity also what only the old one had said otherwise."""
    found = items.default(new)
    if old.identity is None or new.identity is None:
        return found
    usual = {"start": 1, "increment": 1, "cache": 1}
    explicit: dict[str, Any] = {
        key: value
        for key, value in usual.items()
        if getattr(old.identity, key) is not None and getattr(new.identity, key) is None
    }
    made = items.identity(replace(new.identity, **explicit))
    before = {
        "cycle": (old.identity.cycle and not new.identity.cycle, False),
        "nominvalue": (old.identity.minimum is not None and new.identity.minimum is None, True),
        "nomaxvalue": (old.identity.maximum is not None and new.identity.maximum is None, True),
    }
    ended = {key: value for key, (is_ended, value) in before.items() if is_ended}
    for key, value in ended.items():
        setattr(made, key, value)
    return made if explicit or ended else found


def _default(column: model.Column, items: Items) -> Any:
    """Return the default that stays; UNCHANGED where there is none to be repeated."""
    found = items.default(column)
    return UNCHANGED if found is None else found


def _known(column: model.Column, items: Items) -> Any:
    return items.default(column)


_NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
_TEXTS = ("character varying", "character", "text", "citext")
_CASTS = {
    *(("jsonb", each) for each in (*_NUMBERS, "boolean", "json")),
    *(("bit", each) for each in ("integer", "bigint")),
    *((each, "bit") for each in ("integer", "bigint")),
    *((each, "money") for each in ("integer", "bigint", "numeric")),
    ("json", "jsonb"),
    ("hstore", "json"),
    ("hstore", "jsonb"),
    ("money", "numeric"),
}
_TIMES = ("date", "timestamp without time zone", "timestamp with time zone")


def _using(old: model.Column, new: model.Column, dialect: Dialect) -> str | None:
    """Return how PostgreSQL converts the values; None where it knows by itself.

    It does so for casts that an assignment may make: https://www.postgresql.org/docs/current/catalog-pg-cast.html.
    """
    if dialect.name != "postgresql":
        return None
    before, after = (re.sub(r"\(.*?\)", "", column.type) for column in (old, new))
    if before == after or after in _TEXTS or any({before, after} <= {*group} for group in (_NUMBERS, _TIMES)):
        return None
    name = quoter(dialect)(new.name)
    if after == "boolean" and before in _NUMBERS:
        return f"{name} <> 0"
    if before == "boolean" and after in _NUMBERS:
        return f"{name}::integer" + ("" if after == "integer" else f"::{new.type}")
    # Between two types that have no cast, text is the way.
    through = "" if before in _TEXTS or (before, after) in _CASTS else "::text"
    return f"{name}{through}::{new.type}"
