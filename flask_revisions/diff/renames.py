"""What may only have another name now: found by likeness, decided by whoever is asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import partial
from typing import Any

from ..dialects import MYSQL
from ..schema import model
from ..schema.model import Name, Schema, Table
from .changes import Added, Change, Changed, EnumValue, Removed, Renamed, about
from .columns import same_type
from .constraints import same_item
from .objects import with_value_renamed

LIKE = 0.6
"""The share of a table's columns that has to be in the other one, too, for both to look like one table."""


@dataclass(frozen=True)
class Likely:
    """Something that is gone, and something new that looks like it.

    :param table: the table of two columns, by its name in the models; None for tables and values of types.
    """

    table: Name | None
    old: Any
    new: Any

    @property
    def old_name(self) -> str:
        """The name as `--rename` takes it: `users`, `users.email`, `state.open`."""
        return self.change().old_name

    @property
    def names(self) -> tuple[str, str]:
        """The old name and the new one."""
        return (self.old_name, self.new_name)

    @property
    def new_name(self) -> str:
        """The new name without what stands in front of it."""
        return self.new.name.name if isinstance(self.new.name, Name) else str(self.new.name)

    @property
    def flag(self) -> str:
        """What says on the command line that it is a rename."""
        return f"--rename {self.old_name}:{self.new_name}"

    def change(self) -> Renamed:
        """Return it as a change."""
        return Renamed(self.table, self.old, self.new)


def likely_renames(changes: Iterable[Change], dialect: str, said: Mapping[str, str]) -> Iterator[Likely]:
    """Give what looks like a rename, tables first; nothing that is gone and nothing that is new comes twice.

    Indexes and constraints are no question: see `renamed_items`.

    :param said: old names and new names that are known to be renames, whatever they look like.
    """
    given = tuple(changes)
    tables = _gone_and_new(given, Table)
    yield from (Likely(None, *pair) for pair in _pairs(*tables, partial(_table_likeness, dialect=dialect, said=said)))
    for name in dict.fromkeys(each.table for each in given if each.table is not None):
        columns = _gone_and_new((each for each in given if each.table == name), model.Column)
        mine_said = {old.rpartition(".")[2]: new for old, new in said.items() if old.rpartition(".")[0] == str(name)}
        pairs = _pairs(*columns, partial(_column_likeness, dialect=dialect, said=mine_said))
        yield from (Likely(name, *pair) for pair in pairs)
    for change in about(given, Changed, model.Enum):
        yield from _values(change.old, change.new, said)


def _gone_and_new(changes: Iterable[Change], item: type) -> tuple[list[Any], list[Any]]:
    known = tuple(changes)
    return [each.item for each in about(known, Removed, item)], [each.item for each in about(known, Added, item)]


def _values(old: model.Enum, new: model.Enum, said: Mapping[str, str]) -> Iterator[Likely]:
    """Give values that stand in the place of others, or are like them."""
    gone = [EnumValue(old.name, each) for each in old.values if each not in new.values]
    added = [EnumValue(old.name, each) for each in new.values if each not in old.values]
    same_place = len(old.values) == len(new.values)

    def likeness(one: EnumValue, other: EnumValue) -> float:
        if said.get(f"{old.name}.{one.name}") == other.name:
            return 3.0
        similar = _similar(one.name, other.name)
        is_there = same_place and old.values.index(one.name) == new.values.index(other.name)
        return similar + is_there if is_there or similar > LIKE else 0.0

    yield from (Likely(None, *pair) for pair in _pairs(gone, added, likeness))


def renamed_items(changes: Iterable[Change], dialect: str) -> tuple[Change, ...]:
    """Return changes in which an index or constraint that is the same but for its name has another name.

    Nothing is lost in either way, so nobody is asked; and its rows need not be looked at again.
    """
    kinds = (model.Index, model.Unique) if dialect in MYSQL else (model.Index, model.Unique, model.Check)
    left = list(changes)
    gone, new = about(left, Removed, kinds), about(left, Added, kinds)
    both = {each.item.name for each in gone} & {each.item.name for each in new}
    found: list[Change] = []
    for old in gone:
        pair = next((each for each in new if each.table == old.table and _is_renamed(old, each, dialect)), None)
        if pair is not None and not {old.item.name, pair.item.name} & both:
            for each in (old, pair):
                left.remove(each)
            new.remove(pair)
            found.append(Renamed(old.table, old.item, pair.item))
    return (*found, *left)


def _is_renamed(old: Any, new: Any, dialect: str) -> bool:
    is_named = old.item.name is not None and new.item.name is not None and not getattr(new.item, "bound", False)
    return is_named and same_item(old.item, new.item, dialect)


def _pairs(gone: list[Any], new: list[Any], likeness: Callable[[Any, Any], float]) -> Iterator[tuple[Any, Any]]:
    """Give pairs that are alike, the most alike ones first."""
    found = [
        (-score, str(old.name), str(item.name), old, item)
        for old in gone
        for item in new
        if (score := likeness(old, item))
    ]
    taken: set[int] = set()
    for *_, old, item in sorted(found, key=lambda each: each[:3]):
        if not {id(old), id(item)} & taken:
            taken |= {id(old), id(item)}
            yield old, item


def _table_likeness(old: Table, new: Table, dialect: str, said: Mapping[str, str]) -> float:
    if said.get(str(old.name)) == new.name.name:
        return 3.0
    if _said(new) is not None:
        return 2.0 if _said(new) == old.name.name else 0.0
    if old.name.schema != new.name.schema:
        return 0.0
    types = {column.name: column.type for column in old.columns}
    same = [each for each in new.columns if each.name in types and same_type(types[each.name], each.type, dialect)]
    share = len(same) / max(len(old.columns), len(new.columns), 1)
    return share + _similar(old.name.name, new.name.name) / 10 if share >= LIKE else 0.0


def _column_likeness(old: model.Column, new: model.Column, dialect: str, said: Mapping[str, str]) -> float:
    if said.get(old.name) == new.name:
        return 3.0
    if _said(new) is not None:
        return 2.0 if _said(new) == old.name else 0.0
    if not same_type(old.type, new.type, dialect) or (old.computed is None) != (new.computed is None):
        return 0.0
    return 0.5 + _similar(old.name, new.name) / 2 + (0.1 if old.nullable == new.nullable else 0.0)


def _similar(old: str, new: str) -> float:
    return SequenceMatcher(None, old.lower(), new.lower()).ratio()


def _said(item: Table | model.Column) -> str | None:
    """Return the old name that the models tell: `info={"renamed_from": "old"}`."""
    found = None if item.source is None else item.source.info.get("renamed_from")
    return None if found is None else str(found)


def is_said(likely: Likely) -> bool:
    """Return True if the models tell that it is a rename."""
    return _said(likely.new) is not None


# -- a database in which something has its new name ---------------------------------------------------


def with_rename(schema: Schema, likely: Likely) -> Schema:
    """Return a database in which something is called as the models call it."""
    if isinstance(likely.old, EnumValue):
        return with_value_renamed(schema, likely.old, likely.new.name)
    if likely.table is None:
        return _table_renamed(schema, likely.old.name, likely.new.name)
    return _column_renamed(schema, likely.table, likely.old.name, likely.new.name)


def _table_renamed(schema: Schema, old: Name, new: Name) -> Schema:
    tables = {}
    for name, table in schema.tables.items():
        keys = tuple(replace(key, referred=new) if key.referred == old else key for key in table.foreign_keys)
        called = new if name == old else name
        tables[called] = replace(table, name=called, foreign_keys=keys)
    return replace(schema, tables=tables)


def _column_renamed(schema: Schema, table: Name, old: str, new: str) -> Schema:
    def names(given: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(new if each == old else each for each in given)

    def text(given: str) -> str:
        return re.sub(rf"(?<![\w'.]){re.escape(old)}(?![\w'])", new, given)

    def index(given: model.Index) -> model.Index:
        parts = tuple(
            replace(part, text=text(part.text) if part.is_expression else names((part.text,))[0])
            for part in given.parts
        )
        where = None if given.where is None else text(given.where)
        return replace(given, parts=parts, where=where, include=names(given.include))

    tables = {}
    for name, each in schema.tables.items():
        keys = tuple(
            replace(key, referred_columns=names(key.referred_columns)) if key.referred == table else key
            for key in each.foreign_keys
        )
        each = replace(each, foreign_keys=keys)
        if name == table:
            each = replace(
                each,
                columns=tuple(replace(c, name=new) if c.name == old else _computed(c, text) for c in each.columns),
                primary_key=each.primary_key and replace(each.primary_key, columns=names(each.primary_key.columns)),
                foreign_keys=tuple(replace(key, columns=names(key.columns)) for key in each.foreign_keys),
                uniques=tuple(replace(u, columns=names(u.columns)) for u in each.uniques),
                checks=tuple(replace(check, expression=text(check.expression)) for check in each.checks),
                indexes=tuple(map(index, each.indexes)),
            )
        tables[name] = each
    return replace(schema, tables=tables)


def _computed(column: model.Column, text: Callable[[str], str]) -> model.Column:
    if column.computed is None:
        return column
    return replace(column, computed=replace(column.computed, expression=text(column.computed.expression)))
