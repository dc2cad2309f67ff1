"""What a project's own functions say about a comparison: `include_name`, `include_object`, `compare_type`, ...

Their signatures are Alembic's: https://alembic.sqlalchemy.org/en/latest/api/runtime.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from ..diff.changes import Change
from ..schema.model import Schema, Table

_GROUPS = {
    "column": "columns",
    "index": "indexes",
    "unique_constraint": "uniques",
    "foreign_key_constraint": "foreign_keys",
    "check_constraint": "checks",
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
        compares = self.compare_type is not None or self.compare_server_default is not None
        if not compares and self.include_object is None:
            return found
        from . import hooked  # what makes SQLAlchemy's items is only loaded for projects that have such functions

        if compares:
            given = (self.compare_type, self.compare_server_default)
            found = tuple(hooked.Compared(*given, self.opts, connection, database, models).changes(found))
        if self.include_object is not None:
            included = hooked.Included(self.include_object, connection, database, models)
            found = tuple(each for each in found if included.asks(each))
        return found


def hooks_of(keywords: Mapping[str, Any], opts: Mapping[str, Any]) -> Hooks:
    """Return the functions that `Revisions(...)` was given."""
    names = ("include_name", "include_object", "compare_type", "compare_server_default")
    return Hooks(**{name: keywords.get(name) for name in names}, opts=opts)
