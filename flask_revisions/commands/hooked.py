"""The project's functions that are given SQLAlchemy's items of both sides, which are made for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from ..compat.migration import MigrationContext
from ..diff.changes import Added, Change, Changed, Removed
from ..diff.items import Items
from ..schema import model
from ..schema.convert import Converter
from ..schema.model import Name, Schema, Table

_KINDS: dict[type, str] = {
    model.Table: "table",
    model.Column: "column",
    model.Index: "index",
    model.Unique: "unique_constraint",
    model.ForeignKey: "foreign_key_constraint",
    model.Check: "check_constraint",
}


class _Sides:
    """SQLAlchemy's items of both sides; those of the database are made when they are asked for."""

    def __init__(self, connection: Connection, database: Schema, models: Schema) -> None:
        self._items = Items(connection.dialect, database)
        self._database = database
        self._models = models
        self._made: dict[Name, sa.Table] = {}

    def reflected(self, name: Name) -> sa.Table | None:
        """Return a table of the database with its constraints and indexes."""
        there = self._database.tables.get(name)
        if there is None:
            return None
        if name not in self._made:
            created = self._items.create_table(there)
            table = sa.Table(name.name, sa.MetaData(), *created.items, schema=name.schema)
            for index in there.indexes:
                plain = [table.c[part.text] for part in index.parts if not part.is_expression]
                sa.Index(index.name, *plain, unique=index.unique, _table=table)
            self._made[name] = table
        return self._made[name]

    def item(self, table: Name, item: Any) -> Any:
        """Return the item of the database that a value was read from."""
        there = self.reflected(table)
        if there is None or isinstance(item, model.Table):
            return there
        if isinstance(item, model.Column):
            return there.c[item.name]
        candidates: Iterable[Any] = there.indexes if isinstance(item, model.Index) else there.constraints
        return next((each for each in candidates if each.name == item.name), None)


class Included(_Sides):
    """Asks `include_object` about both sides of each change."""

    def __init__(self, include: Callable[..., Any], connection: Connection, database: Schema, models: Schema) -> None:
        super().__init__(connection, database, models)
        self._include = include

    def asks(self, change: Change) -> bool:
        """Return True if the change counts."""
        item: Any = getattr(change, "item", None)
        kind = _KINDS.get(type(item))
        if kind is None:
            return True
        name = change.table or (item.name if isinstance(item, Table) else None)
        assert name is not None
        if change.table is not None and not self._counts("table", name.name, self._model(name), self.reflected(name)):
            return False
        called = item.name.name if isinstance(item, Table) else item.name
        ours = None if isinstance(change, Removed) else item.source
        theirs = None if isinstance(change, Added) else self.item(name, getattr(change, "old", None) or item)
        return self._counts(kind, called, ours, theirs)

    def _model(self, name: Name) -> Any:
        table = self._models.tables.get(name)
        return None if table is None else table.source

    def _counts(self, kind: str, name: str | None, ours: Any, theirs: Any) -> bool:
        if ours is not None and not self._include(ours, name, kind, False, theirs):
            return False
        return theirs is None or bool(self._include(theirs, name, kind, True, ours))


class Compared(_Sides):
    """Asks `compare_type` and `compare_server_default` about the columns that both sides have."""

    def __init__(
        self,
        compare_type: Any,
        compare_server_default: Any,
        opts: Mapping[str, Any],
        connection: Connection,
        database: Schema,
        models: Schema,
    ) -> None:
        super().__init__(connection, database, models)
        self._hooks = {"type": compare_type, "default": compare_server_default}
        self._convert = Converter(connection.dialect)
        self._context = MigrationContext.configure(connection, opts=opts)

    def changes(self, given: tuple[Change, ...]) -> Iterable[Change]:
        """Give the changes as the functions see them."""
        known = {(each.table, each.new.name): each for each in given if isinstance(each, Changed) and _is_column(each)}
        yield from (each for each in given if not _is_column(each))
        for name, table in self._models.tables.items():
            there = self._database.tables.get(name)
            for column in table.columns if there is not None else ():
                old = there.column(column.name) if there is not None else None
                if old is None:
                    continue
                change = known.get((name, column.name))
                fields = {*change.fields} if isinstance(change, Changed) else set()
                wanted = self._fields(name, old, column, fields)
                if wanted:
                    yield (
                        replace(change, fields=wanted)
                        if isinstance(change, Changed)
                        else Changed(name, old, column, wanted)
                    )

    def _fields(self, table: Name, old: model.Column, new: model.Column, fields: set[str]) -> tuple[str, ...]:
        for field_name, hook in self._hooks.items():
            if hook is False:
                fields.discard(field_name)
            elif callable(hook):
                theirs = self.item(table, old)
                verdict = self._ask(hook, field_name, theirs, new)
                if verdict is not None:
                    (fields.add if verdict else fields.discard)(field_name)
        return tuple(sorted(fields))

    def _ask(self, hook: Callable[..., Any], field_name: str, theirs: Any, new: model.Column) -> Any:
        ours = new.source
        if field_name == "type":
            return hook(self._context, theirs, ours, theirs.type, ours.type)
        default = None if theirs.server_default is None else str(getattr(theirs.server_default, "arg", ""))
        return hook(self._context, theirs, ours, default, ours.server_default, self._convert.column(ours).default)


def _is_column(change: Change) -> bool:
    return isinstance(change, Changed) and isinstance(change.item, model.Column)
