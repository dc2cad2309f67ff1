"""Foreign keys of tables that are there: dropped before what they hinder, added after what they need."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy.engine import Dialect

from ..dialects import MYSQL
from ..operations.base import Operation
from ..operations.constraints import DropIndex
from ..schema import model
from ..schema.model import Name, Schema, Table
from .changes import Added, Change, Changed, Removed
from .items import Items
from .step import Step


class Keys:
    """Makes the steps for foreign keys, and for the indexes that MySQL makes for them by itself.

    :param database: what is there before the changes.
    """

    def __init__(
        self, changes: tuple[Change, ...], database: Schema, models: Schema, dialect: Dialect, items: Items
    ) -> None:
        self._changes = changes
        self._database = database
        self._models = models
        self._dialect = dialect
        self._items = items
        self._on_mysql = dialect.name in MYSQL
        self._aside = tuple(self._in_the_way()) if self._on_mysql else ()

    def removed(self, cyclic: Mapping[Name, tuple[model.ForeignKey, ...]]) -> Iterator[Step]:
        """Give what drops foreign keys: those that go, and those that stand in the way of a change.

        :param cyclic: keys of tables that are dropped and refer to each other.
        """
        for table, key in self._keys(cyclic, _taken):
            yield self._drops(table, key)
        for name, key in self._aside:
            yield Step((self._items.drop_constraint(name, key),), table=name)

    def added(self, later: Mapping[Name, tuple[model.ForeignKey, ...]]) -> Iterator[Step]:
        """Give what adds foreign keys: new ones, and those that stood in the way.

        :param later: keys of tables that are created and refer to each other.
        """
        for table, key in self._keys(later, _given):
            yield self._adds(table, key)
        for name, key in self._aside:
            yield Step((self._items.add_constraint(name, key),), table=name)

    def _keys(
        self, of_tables: Mapping[Name, tuple[model.ForeignKey, ...]], of_change: Callable[[Change], Any]
    ) -> Iterator[tuple[Name, model.ForeignKey]]:
        """Give foreign keys with their tables: those of whole tables, then what the changes have of keys."""
        for table, keys in of_tables.items():
            yield from ((table, key) for key in keys)
        for change in self._changes:
            key = of_change(change)
            if isinstance(key, model.ForeignKey):
                assert change.table is not None
                yield change.table, key

    def _in_the_way(self) -> Iterator[tuple[Name, model.ForeignKey]]:
        """Give the foreign keys that stay, and whose columns get another type.

        MySQL and MariaDB change the type of no column that a foreign key is on, or refers to, not even its length:
        https://mariadb.com/kb/en/foreign-keys/.
        """
        changed = {column for change in self._changes if isinstance(change, Changed) for column in _held(change)}
        gone = [(each.table, each.was) for each in self._changes]
        for table in sorted(self._database.tables.values(), key=lambda table: table.name.order) if changed else ():
            for key in table.foreign_keys if table.name in self._models.tables else ():
                held = {(table.name, each) for each in key.columns}
                held |= {(key.referred, each) for each in key.referred_columns}
                if held & changed and (table.name, key) not in gone:
                    yield table.name, key

    def _drops(self, table: Name, item: model.ForeignKey) -> Step:
        dropped, added = self._items.drop_constraint(table, item), self._items.add_constraint(table, item)
        there = self._database.tables.get(table)
        index = self._index_of(there, item)
        if index is None or there is None:
            return Step((dropped,), table=table)
        own = not comes_with_a_key(there, index, self._dialect)
        back: tuple[Operation, ...] = (self._items.create_index(table, index), added) if own else (added,)
        return Step((dropped, self._items.drop_index(table, index)), back, table=table)

    def _adds(self, table: Name, key: model.ForeignKey) -> Step:
        added = self._items.add_constraint(table, key)
        if not self._on_mysql or self._is_covered(table, key):
            return Step((added,), table=table)
        # The server makes an index for it, and leaves that behind when the key is dropped.
        left = DropIndex(added.name, table.name, table.schema)
        return Step((added,), (added.invert(), left), table=table)

    def _index_of(self, table: Table | None, key: model.ForeignKey) -> model.Index | None:
        """Return the index that MySQL has made for a foreign key and that nothing else wants."""
        if not self._on_mysql or table is None:
            return None
        wanted = self._models.tables.get(table.name)
        kept = {index.name for index in wanted.indexes} if wanted else set()
        if wanted and any(each.columns == key.columns for each in wanted.foreign_keys):
            return None
        made = (each for each in table.indexes if each.columns == key.columns and not each.unique)
        return next((each for each in made if each.name not in kept), None)

    def _is_covered(self, name: Name, key: model.ForeignKey) -> bool:
        """Return True if there is an index for a foreign key when it is added: the server makes none then."""
        wanted, there = self._models.tables.get(name), self._database.tables.get(name)
        if wanted is None:
            return False
        indexes = [*wanted.indexes]
        if there is not None:
            gone = [each.was for each in self._changes]
            left = (each for each in there.indexes if each not in gone)
            indexes += [each for each in left if not comes_with_a_key(there, each, self._dialect)]
        lists = [each.columns for each in indexes]
        lists += [wanted.primary_key.columns] if wanted.primary_key else []
        return any(each[: len(key.columns)] == key.columns for each in lists)


def comes_with_a_key(table: Table, index: model.Index, dialect: Dialect) -> bool:
    """Return True for an index that MySQL makes by itself when the foreign key is made again."""
    return dialect.name in MYSQL and any(
        index.columns == key.columns and index.name in (key.name, key.columns[0]) for key in table.foreign_keys
    )


def _taken(change: Change) -> Any:
    """Return what the database has, and will not have like that."""
    return change.was if isinstance(change, (Removed, Changed)) else None


def _given(change: Change) -> Any:
    """Return what the database will have, and has not like that."""
    return change.item if isinstance(change, (Added, Changed)) else None


def _held(change: Changed) -> Iterator[tuple[Name, str]]:
    """Give the columns that get another type, character set or collation."""
    if isinstance(change.old, model.Column) and {"type", "collation"} & {*change.fields}:
        assert change.table is not None
        yield change.table, change.old.name
    elif isinstance(change.old, Table) and "options" in change.fields:
        before = dict(change.old.options)
        if any(before.get(key) != value for key, value in change.new.options if key == "mysql_default_charset"):
            yield from ((change.old.name, each.name) for each in change.old.columns if "char" in each.type)
