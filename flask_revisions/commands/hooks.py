"""What a project's own functions say about a comparison: `include_name`, `include_object`, `compare_type`, ...

Their signatures are Alembic's: https://alembic.sqlalchemy.org/en/latest/api/runtime.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from ..compat.migration import MigrationContext
from ..diff.changes import Added, Change, Changed, Removed
from ..diff.items import Items
from ..schema import model
from ..schema.convert import Converter
from ..schema.model import Name, Schema, Table

_GROUPS = {
    "column": "columns",
    "index": "indexes",
    "unique_constraint": "uniques",
    "foreign_key_constraint": "foreign_keys",
    "check_constraint": "checks",
}
_KINDS: dict[type, str] = {
    model.Table: "table",
    model.Column: "column",
    model.Index: "index",
    model.Unique: "unique_constraint",
    model.ForeignKey: "foreign_key_constraint",
    model.Check: "check_constraint",
}


@dataclass(frozen=True)
class Hooks:
    """The functions of a project; nothing is done for one that is not there."""

    include_name: Callable[..., Any] | None = None
    include_object: Callable[..., Any] | None = None
    compare_type: Any = None
    compare_server_default: Any = None
    opts: Mapping[str, Any] = field(default_factory=dict)

    # -- what is looked at ----------------------------------------------------------------------------

    def named(self, database: Schema) -> Schema:
        """Return a database without what `include_name` leaves out, as if it were not there."""
        include = self.include_name
        if include is None:
            return database
        tables = {}
        for name, table in database.tables.items():
            parents = {"schema_name": name.schema}
            if (name.schema is None or include(name.schema, "schema", {})) and include(name.name, "table", parents):
                tables[name] = self._parts_named(table, include)
        return replace(database, tables=tables)

    def _parts_named(self, table: Table, include: Callable[..., Any]) -> Table:
        parents = {
            "schema_name": table.name.schema,
            "table_name": table.name.name,
            "schema_qualified_table_name": str(table.name),
        }
        kept: dict[str, Any] = {
            group: tuple(each for each in getattr(table, group) if include(each.name, kind, parents))
            for kind, group in _GROUPS.items()
        }
        return replace(table, **kept)

    # -- what counts ----------------------------------------------------------------------------------

    def decided(
        self, changes: Iterable[Change], connection: Connection, database: Schema, models: Schema
    ) -> tuple[Change, ...]:
        """Return the changes that the project's functions let count."""
        found = tuple(changes)
        if self.compare_type is not None or self.compare_server_default is not None:
            found = tuple(_Compared(self, connection, database, models).changes(found))
        if self.include_object is not None:
            found = tuple(
                each for each in found if _Included(self.include_object, connection, database, models).asks(each)
            )
        return found


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


class _Included(_Sides):
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


class _Compared(_Sides):
    """Asks `compare_type` and `compare_server_default` about the columns that both sides have."""

    def __init__(self, hooks: Hooks, connection: Connection, database: Schema, models: Schema) -> None:
        super().__init__(connection, database, models)
        self._hooks = hooks
        self._convert = Converter(connection.dialect)
        self._context = MigrationContext.configure(connection, opts=hooks.opts)

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
        for field_name, hook in (("type", self._hooks.compare_type), ("default", self._hooks.compare_server_default)):
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


def hooks_of(keywords: Mapping[str, Any], opts: Mapping[str, Any]) -> Hooks:
    """Return the functions that `Revisions(...)` was given."""
    names = ("include_name", "include_object", "compare_type", "compare_server_default")
    return Hooks(**{name: keywords.get(name) for name in names}, opts=opts)
