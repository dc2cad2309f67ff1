"""Constraints and indexes of two tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..dialects import MYSQL
from ..schema.expressions import same_expression
from ..schema.model import Check, Exclude, ForeignKey, Index, IndexPart, Table, Unique
from .changes import Added, Change, Changed, Removed

Same = Callable[[Any, Any], bool]


def compare_constraints(old: Table, new: Table, dialect: str) -> Iterator[Change]:
    """Give what is different in indexes, unique constraints, foreign keys, checks and exclusions."""
    rules = _Rules(dialect)
    # An index of the models that has no columns says nothing; the database's own is as good.
    open_ones = {each.name for each in new.indexes if not each.parts}
    there = tuple(each for each in _indexes(old, new, dialect) if each.name not in open_ones)
    wanted = tuple(each for each in new.indexes if each.parts)
    yield from _match(new, there, wanted, rules.by_columns, rules.same_index)
    yield from _match(new, old.uniques, new.uniques, rules.by_column_set, rules.same_unique)
    keys = rules.distinct(new.foreign_keys, old.foreign_keys)
    yield from _match(new, old.foreign_keys, keys, rules.by_target, rules.same_key, by_name=False)
    yield from _match(new, old.checks, new.checks, rules.same_check, rules.same_check)
    yield from _match(new, old.excludes, new.excludes, rules.by_elements, rules.same_exclude)


def same_item(old: Any, new: Any, dialect: str) -> bool:
    """Return True if two indexes or constraints are the same but for their names."""
    rules = _Rules(dialect)
    if isinstance(old, Index):
        return isinstance(new, Index) and rules.same_index(old, new)
    if isinstance(old, Unique):
        return isinstance(new, Unique) and rules.same_unique(old, new)
    return isinstance(old, Check) and isinstance(new, Check) and rules.same_check(old, new)


def _match(
    table: Table, old: tuple[Any, ...], new: tuple[Any, ...], counterpart: Same, same: Same, *, by_name: bool = True
) -> Iterator[Change]:
    """Pair what has the same name, and what has none by what it says; give the rest."""
    if not old and not new:
        return
    left = list(old)
    pairs: list[tuple[Any, Any]] = []
    nameless = []
    added = []
    for item in new:
        there = next((each for each in left if by_name and item.name is not None and each.name == item.name), None)
        if there is None:
            nameless.append(item)
        else:
            left.remove(there)
            pairs.append((there, item))
    for item in nameless:
        is_named = by_name and item.name is not None
        there = next((each for each in left if counterpart(each, item) and not (is_named and each.name)), None)
        if there is None:
            added.append(item)
        else:
            left.remove(there)
            pairs.append((there, item))
    yield from (Removed(table.name, item) for item in left)
    yield from (Changed(table.name, before, after) for before, after in pairs if not same(before, after))
    yield from (Added(table.name, item) for item in added)


def _indexes(old: Table, new: Table, dialect: str) -> tuple[Index, ...]:
    """Return the indexes of a database, without those that MySQL makes for foreign keys by itself."""
    if dialect not in MYSQL:
        return old.indexes
    wanted = {index.name for index in new.indexes}
    keys = {key.columns for key in old.foreign_keys}
    return tuple(each for each in old.indexes if each.unique or each.name in wanted or each.columns not in keys)


@dataclass(frozen=True)
class _Rules:
    """When two constraints or indexes are counterparts, and when they are the same, in the words of a dialect."""

    dialect: str

    def same_text(self, old: str | None, new: str | None) -> bool:
        if old is None or new is None:
            return old is new
        return same_expression(old, new, self.dialect)

    def by_columns(self, old: Index, new: Index) -> bool:
        return old.columns == new.columns and old.unique == new.unique

    def same_index(self, old: Index, new: Index) -> bool:
        if replace(old, name=new.name) == new:
            return True
        if self.dialect in MYSQL and not {old.using, new.using} & {"fulltext", "spatial"}:
            old, new = replace(old, using=None), replace(new, using=None)
        told = ("unique", "using", "include", "nulls_not_distinct", "options")
        if not _agree(old, new, told) or len(old.parts) != len(new.parts):
            return False
        return self.same_text(old.where, new.where) and all(map(self._same_part, old.parts, new.parts))

    def _same_part(self, old: IndexPart, new: IndexPart) -> bool:
        if old == new:
            return True
        if new.is_expression != old.is_expression or not self.same_text(old.text, new.text):
            return False
        return replace(old, text="") == replace(new, text="")

    def by_column_set(self, old: Unique, new: Unique) -> bool:
        return sorted(old.columns) == sorted(new.columns)

    def same_unique(self, old: Unique, new: Unique) -> bool:
        ours, theirs = replace(old, name=None, columns=()), replace(new, name=None, columns=())
        return self.by_column_set(old, new) and ours == theirs

    def by_target(self, old: ForeignKey, new: ForeignKey) -> bool:
        ours = sorted(zip(old.columns, old.referred_columns, strict=False))
        theirs = sorted(zip(new.columns, new.referred_columns, strict=False))
        return ours == theirs and old.referred == new.referred

    def same_key(self, old: ForeignKey, new: ForeignKey) -> bool:
        return _agree(old, new, ("onupdate", "ondelete", "deferrable", "initially", "match"))

    def distinct(self, wanted: tuple[ForeignKey, ...], there: tuple[ForeignKey, ...]) -> tuple[ForeignKey, ...]:
        """Return foreign keys without those that say again what another one says, as a column and a table may."""
        found: list[ForeignKey] = []
        for key in wanted:
            same = [each for each in found if self.by_target(each, key) and self.same_key(each, key)]
            if not same:
                found.append(key)
        return wanted if len(wanted) == len(there) else tuple(found)

    def same_check(self, old: Check, new: Check) -> bool:
        return self.same_text(old.expression, new.expression)

    def by_elements(self, old: Exclude, new: Exclude) -> bool:
        return len(old.elements) == len(new.elements) and all(
            ours[1] == theirs[1] and self.same_text(ours[0], theirs[0])
            for ours, theirs in zip(old.elements, new.elements, strict=True)
        )

    def same_exclude(self, old: Exclude, new: Exclude) -> bool:
        told = ("using", "deferrable", "initially")
        return _agree(old, new, told) and self.by_elements(old, new) and self.same_text(old.where, new.where)


def _agree(old: Any, new: Any, fields: tuple[str, ...]) -> bool:
    return all(getattr(old, field) == getattr(new, field) for field in fields)
