"""Columns and the primary key of two tables."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..dialects import MYSQL
from ..schema.convert import OPEN_DEFAULT
from ..schema.expressions import same_default, same_expression
from ..schema.model import Column, Computed, Identity, Table
from ..schema.types import MYSQL_BOOLEAN
from .changes import Added, Change, Changed, Removed


def compare_columns(old: Table, new: Table, dialect: str) -> Iterator[Change]:
    """Give what is different: added columns, changed ones, removed ones."""
    before = {column.name: column for column in old.columns}
    after = {column.name: column for column in new.columns}
    yield from (Added(new.name, column) for name, column in after.items() if name not in before)
    for name, column in after.items():
        if name in before and (fields := column_fields(before[name], column, dialect)):
            yield Changed(new.name, before[name], column, fields)
    yield from (Removed(new.name, column) for name, column in before.items() if name not in after)


def column_fields(old: Column, new: Column, dialect: str) -> tuple[str, ...]:
    """Return the names of the fields in which two columns of the same name differ."""
    if old == new:
        return ()
    same = {
        "type": same_type(old.type, new.type, dialect),
        "collation": _same_collation(old, new, dialect),
        "nullable": old.nullable == new.nullable,
        "default": new.default == OPEN_DEFAULT or same_default(old.default, new.default, new.type, dialect),
        "comment": old.comment == new.comment,
        "identity": _same_identity(old, new),
        "computed": _same_computed(old.computed, new.computed, dialect),
        "autoincrement": dialect not in MYSQL or old.autoincrement == new.autoincrement,
    }
    return tuple(field for field, is_same in same.items() if not is_same)


def same_type(old: str, new: str, dialect: str) -> bool:
    """Return True if two types are the same; one that is not known is never different."""
    if old == new or not old or not new:
        return True
    if dialect in MYSQL:
        return _mysql_form(old) == _mysql_form(new)
    return False


def _mysql_form(type_: str) -> object:
    if type_.startswith(("enum(", "set(")):
        return type_[:4], frozenset(re.findall(r"'(?:[^']|'')*'", type_))
    return "tinyint" if type_ == MYSQL_BOOLEAN else type_


def _same_collation(old: Column, new: Column, dialect: str) -> bool:
    if dialect not in MYSQL:
        return old.collation == new.collation
    if new.charset and old.charset and new.charset != old.charset:
        return False
    return new.collation is None or old.collation is None or new.collation == old.collation


def _same_identity(old: Column, new: Column) -> bool:
    if old.identity is None or new.identity is None:
        # A key that counts by identity is as good as one that counts by SERIAL.
        return old.identity is new.identity or (new.identity is None and new.autoincrement)
    return _usual(old.identity) == _usual(new.identity)


def _usual(identity: Identity) -> Identity:
    """Return an identity without what would be so anyway."""
    ascending = (identity.increment or 1) > 0
    first = identity.minimum if ascending else identity.maximum
    start = identity.start
    if start is not None and start == (first if first is not None else (1 if ascending else -1)):
        start = None
    return Identity(
        identity.always,
        start,
        None if identity.increment == 1 else identity.increment,
        None if ascending and identity.minimum == 1 else identity.minimum,
        identity.maximum,
        identity.cycle,
        None if identity.cache == 1 else identity.cache,
    )


def _same_computed(old: Computed | None, new: Computed | None, dialect: str) -> bool:
    if old is None or new is None:
        return old is new
    return old.stored == new.stored and same_expression(old.expression, new.expression, dialect)


def compare_key(old: Table, new: Table) -> Iterator[Change]:
    """Give what is different in the primary key; its name does not matter."""
    before, after = old.primary_key, new.primary_key
    if before is None and after is not None:
        yield Added(new.name, after)
    elif before is not None and after is None:
        yield Removed(new.name, before)
    elif before is not None and after is not None and before.columns != after.columns:
        yield Changed(new.name, before, after, ("columns",))
