"""Computed columns that are made anew, with what is on them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy.engine import Dialect

from ..dialects import MYSQL
from ..operations.base import Operation
from ..operations.columns import AddColumn, AlterColumn, DropColumn
from ..schema import model
from ..schema.model import Name, Schema, Table
from .alter import alter_column
from .changes import Change, Changed
from .items import Items
from .step import Step, loss


class Remade:
    """The computed columns of a table that are dropped and added again: no value of theirs is lost by that.

    One whose expression changes; on PostgreSQL also one that is computed from a column that gets another type, which
    the server refuses while it is there (https://www.postgresql.org/docs/current/ddl-generated-columns.html).

    :param changes: those of the table.
    """

    def __init__(
        self, name: Name, changes: list[Change], database: Schema, models: Schema, dialect: Dialect, items: Items
    ) -> None:
        self._name = name
        self._items = items
        self._table = database.tables.get(name)
        changed = [each for each in changes if isinstance(each, Changed) and isinstance(each.old, model.Column)]
        self._columns = [
            each for each in changed if "computed" in each.fields and not keeps_values(each, dialect, items)
        ]
        self._freed = [each for each in changed if "computed" in each.fields and each not in self._columns]
        if dialect.name == "postgresql" and self._table is not None:
            self._columns += self._dependent(self._table, models.tables[name], changed)
        self._changed = [each.was for each in changes]

    def _dependent(self, old: Table, new: Table, changed: list[Changed]) -> Iterator[Changed]:
        retyped = {each.old.name for each in changed if {"type", "collation"} & {*each.fields}}
        done = {each.old.name for each in self._columns}
        wanted = {each.name: each for each in new.columns}
        for column in old.columns if retyped else ():
            after = wanted.get(column.name)
            if after is None or column.computed is None or after.computed is None or column.name in done:
                continue
            if any(_mentions(column.computed.expression, each) for each in retyped):
                yield Changed(self._name, column, after)

    def dropped(self) -> Iterator[Step]:
        """Give what drops the columns, after the indexes and constraints on them that stay as they are."""
        for item in self._items_on(self._columns):
            yield Step((self._drop(item),), table=self._name)
        for item in self._items_on(self._freed):
            yield Step((), (self._add(item),), table=self._name)
        for change in self._columns:
            column = self._items.column(change.old)
            lost = None if change.new.computed else f"loses the values of {self._name}.{change.old.name}"
            dropped = DropColumn(self._name.name, column, self._name.schema)
            yield Step((dropped,), table=self._name, note=loss(change) or lost)

    def added(self) -> Iterator[Step]:
        """Give what adds the columns again, and what was on them."""
        for change in self._columns:
            column = self._items.column(change.new)
            yield Step((AddColumn(self._name.name, column, self._name.schema),), table=self._name)
        for item in self._items_on(self._columns):
            yield Step((self._add(item),), table=self._name)
        for item in self._items_on(self._freed):
            yield Step((), (self._drop(item),), table=self._name)

    def _drop(self, item: Any) -> Operation:
        is_index = isinstance(item, model.Index)
        return (self._items.drop_index if is_index else self._items.drop_constraint)(self._name, item)

    def _add(self, item: Any) -> Operation:
        make: Any = self._items.create_index if isinstance(item, model.Index) else self._items.add_constraint
        return make(self._name, item)  # type: ignore[no-any-return]

    def _items_on(self, columns: list[Changed]) -> Iterator[Any]:
        table, names = self._table, [each.old.name for each in columns]
        for item in (*table.indexes, *table.uniques, *table.checks) if table is not None and names else ():
            if item not in self._changed and any(_is_on(item, each) for each in names):
                yield item


def keeps_values(change: Changed, dialect: Dialect, items: Items) -> bool:
    """Return True for a column that is computed no more, and that can keep the values that it has.

    MySQL, MariaDB and PostgreSQL cannot where they are not stored; Alembic has no words for it but on the first two.
    """
    old, new = change.old.computed, change.new.computed
    if new is not None or old is None:
        return False
    if dialect.name in (*MYSQL, "postgresql") and not old.stored:
        return False
    return dialect.name in MYSQL or not items.shared


def freed(name: Name, change: Changed, items: Items, dialect: Dialect) -> Step:
    """Return what lets a column be computed no more, with all else that changes of it; back it is made anew."""
    column = change.old.name
    rest = {*change.fields} - {"computed", "default"}
    plain = replace(change, old=replace(change.old, computed=None, source=None), fields=tuple(sorted(rest)))
    operations: list[Operation] = []
    if dialect.name in MYSQL:
        rest |= {"type", "default"}
        operations += alter_column(name, replace(plain, fields=tuple(sorted(rest))), items, dialect)
    else:
        kept = items.type(change.old)
        given, computed = items.default(change.new), items.column(change.old).server_default
        ends = AlterColumn(
            name.name, column, schema=name.schema, existing_type=kept, existing_nullable=change.old.nullable
        )
        operations.append(replace(ends, server_default=given, existing_server_default=computed))
        operations += alter_column(name, plain, items, dialect) if rest else ()
    down = (
        DropColumn(name.name, items.column(change.new), name.schema),
        AddColumn(name.name, items.column(change.old), name.schema),
    )
    return Step(tuple(operations), down, name)


def _is_on(item: Any, column: str) -> bool:
    """Return True if an index or a constraint has to do with a column."""
    if isinstance(item, model.Check):
        return _mentions(item.expression, column)
    if column in item.columns or column in item.include:
        return True
    if not isinstance(item, model.Index):
        return False
    texts = [each.text for each in item.parts if each.is_expression]
    return any(_mentions(each, column) for each in (*texts, item.where or ""))


def _mentions(expression: str, column: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(column)}(?!\w)", expression) is not None
