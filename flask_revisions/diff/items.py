"""Values -> the items that operations hold: from the models' own where there are any, else from what was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import SchemaItem
from sqlalchemy.sql.elements import conv
from sqlalchemy.types import TypeEngine

from ..dialects import MYSQL
from ..operations.base import Options, options
from ..operations.constraints import (
    AddCheck,
    AddConstraint,
    AddExclude,
    AddForeignKey,
    AddPrimaryKey,
    AddUnique,
    CreateIndex,
    DropConstraint,
    DropIndex,
    RenameConstraint,
    RenameIndex,
)
from ..operations.copies import copy_type, detached
from ..operations.tables import CreateTable
from ..schema import model
from ..schema.convert import Converter
from ..schema.model import Name, Schema, Table
from ..schema.restore import Restorer
from ..schema.types import MYSQL_BOOLEAN

Constraint = model.PrimaryKey | model.ForeignKey | model.Unique | model.Check | model.Exclude


class Items:
    """Makes what operations hold.

    :param database: where the types of what was read are looked up.
    :param shared: types of PostgreSQL do not come and go with columns, as in scripts of Alembic.
    """

    def __init__(self, dialect: Dialect, database: Schema, *, shared: bool = False) -> None:
        self._dialect = dialect
        self.shared = shared
        self._convert = Converter(dialect)
        self._restore = Restorer(dialect, database, brings_types=not shared)

    # -- columns --------------------------------------------------------------------------------------

    def type(self, column: model.Column) -> TypeEngine[Any]:
        """Return a column's type, as the models write it where they do."""
        return copy_type(column.source.type) if column.source is not None else self._restore.type(column)

    def existing_type(self, old: model.Column, new: model.Column) -> TypeEngine[Any]:
        """Return the type that a column has; where MySQL keeps a Boolean as a number, as the models mean it.

        :param old: the column as the database has it.
        :param new: the column as it will be.
        """
        may_be_truth = self._dialect.name in MYSQL and old.type == new.type == MYSQL_BOOLEAN
        is_truth = may_be_truth and new.source is not None and new.source.type._type_affinity is sa.Boolean
        return sa.Boolean() if is_truth else self.type(old)

    def column(self, column: model.Column) -> sa.Column[Any]:
        """Return a column without keys, constraints and indexes: those are operations of their own."""
        source = column.source
        if source is None:
            return self._restore.column(column)
        made: sa.Column[Any] = source._copy()
        made.unique = made.index = None
        made.primary_key = False
        made.nullable = column.nullable
        made.constraints = set()
        made.foreign_keys = set()
        return made

    def default(self, column: model.Column) -> Any:
        """Return a column's default as `server_default` takes it; None where it has none."""
        if column.source is None:
            if column.identity is not None:
                return self._restore.identity(column.identity)
            return self._restore.default(column.default)
        given = column.source.server_default
        if isinstance(given, sa.Identity) and column.identity is None:  # the database has no such thing
            return None
        return given.arg if isinstance(given, sa.DefaultClause) else given

    def identity(self, identity: model.Identity) -> sa.Identity:
        """Return GENERATED ... AS IDENTITY."""
        return self._restore.identity(identity)

    # -- constraints ----------------------------------------------------------------------------------

    def made_name(self, item: Any, table: Name) -> str | None:
        """Return a name for a constraint that the models leave without one, as PostgreSQL would choose it.

        What has no name cannot be dropped again. SQLite can do without: there a constraint is known by what it says.
        """
        if self._dialect.name == "sqlite":
            return None
        columns = "" if isinstance(item, model.PrimaryKey) else "_".join(getattr(item, "columns", ()))
        if isinstance(item, model.Check):
            columns = sha256(item.expression.encode()).hexdigest()[:8]
        ending = next(word for kind, word in _ENDINGS.items() if isinstance(item, kind))
        name = "_".join(part for part in (table.name, columns, ending) if part)
        longest = self._dialect.max_identifier_length
        return conv(name if len(name) <= longest else name[: longest - 9] + "_" + sha256(name.encode()).hexdigest()[:8])

    def name(self, item: Any, table: Name | None = None) -> str | None:
        """Return a name; one that is final as a `conv`, so that no naming convention is applied to it again.

        :param table: where what has no name is to get one.
        """
        if item.name is None:
            return None if table is None else self.made_name(item, table)
        is_plain = item.source is not None and not isinstance(item.source.name, conv)
        return str(item.name) if is_plain else conv(item.name)

    def constraint(self, item: Constraint) -> sa.Constraint:
        """Return a constraint of a table that is created."""
        original = self._original(item)
        made = self._restore.constraint(replace(original, name=self.name(item)))
        for key, value in self._kept(item).items():
            if key in ("onupdate", "ondelete"):
                setattr(made, key, value)
            elif key.partition("_")[0] in sa.dialects.__all__:
                made.dialect_kwargs[key] = value
        return made

    def _original(self, item: Any) -> Any:
        """Return a constraint as the models write it, and not as the database would."""
        if item.source is None or isinstance(item, (model.ForeignKey, model.PrimaryKey)):
            return item
        found = self._convert.constraint(item.source)
        return item if found is None else found

    def _kept(self, item: Any) -> dict[str, Any]:
        """Return keywords of the models' item that a value does not have, or has in another form."""
        source = item.source
        if source is None:
            return {}
        found = dict(source.dialect_kwargs)
        if isinstance(item, model.ForeignKey):
            found |= {key: value for key in ("onupdate", "ondelete") if (value := getattr(source, key))}
        return found

    def add_constraint(self, table: Name, item: Any) -> AddConstraint:
        """Return the operation that adds a constraint."""
        name, schema = self.name(item, table), table.schema
        item = replace(self._original(item), name=name)
        if isinstance(item, model.Index):  # a unique constraint, which is an index in MySQL's catalog
            return AddUnique(name, table.name, item.columns, schema)
        if isinstance(item, model.PrimaryKey):
            return AddPrimaryKey(name, table.name, item.columns, schema)
        if isinstance(item, model.ForeignKey):
            return AddForeignKey(
                name,
                table.name,
                item.referred.name,
                item.columns,
                item.referred_columns,
                schema,
                item.referred.schema,
                _given({"match": item.match, **_actions(item), **self._kept(item), **_deferral(item)}),
            )
        if isinstance(item, model.Unique):
            given = {**self._kept(item), **self._restore.unique_options(item), **_deferral(item)}
            return AddUnique(name, table.name, item.columns, schema, _given(given))
        made: Any = self._restore.constraint(item)
        if isinstance(item, model.Check):
            return AddCheck(name, table.name, made.sqltext, schema)
        elements = tuple((detached(expression), operator) for expression, _, operator in made._render_exprs)
        keywords = {"using": item.using, "where": made.where, **_deferral(item)}
        return AddExclude(name, table.name, elements, schema, _given(keywords))

    def drop_constraint(self, table: Name, item: Any) -> DropConstraint:
        """Return the operation that drops a constraint."""
        existing = self.add_constraint(table, item)
        return DropConstraint(existing.name, table.name, existing.kind, table.schema, existing=existing)

    # -- indexes --------------------------------------------------------------------------------------

    def create_index(self, table: Name, index: model.Index) -> CreateIndex:
        """Return the operation that creates an index."""
        name, source = self.name(index), index.source
        if source is None:
            elements, keywords = self._restore.index(index)
        else:
            elements = tuple(_element(each) for each in source.expressions)
            keywords = {key: _named(value) for key, value in source.dialect_kwargs.items()}
        return CreateIndex(name, table.name, elements, table.schema, index.unique, None, options(keywords))

    def drop_index(self, table: Name, index: model.Index) -> DropIndex:
        """Return the operation that drops an index."""
        existing = self.create_index(table, index)
        return DropIndex(existing.name, table.name, table.schema, existing=existing)

    def rename(self, table: Name, old: Any, new: Any) -> RenameIndex | RenameConstraint:
        """Return the operation that gives an index or a constraint another name."""
        if isinstance(old, model.Index) and not is_constraint(new):
            return RenameIndex(old.name or "", new.name or "", table.name, table.schema)
        kind = "check" if isinstance(old, model.Check) else "unique"
        return RenameConstraint(old.name or "", new.name or "", table.name, kind, table.schema)

    # -- tables ---------------------------------------------------------------------------------------

    def create_table(self, table: Table, *, without: tuple[model.ForeignKey, ...] = ()) -> CreateTable:
        """Return the operation that creates a table with its constraints.

        :param without: foreign keys that are added later.
        """
        constraints: list[Any] = [each for each in table.checks if not each.bound]
        constraints += [each for each in table.foreign_keys if each not in without]
        constraints += [] if table.primary_key is None else [table.primary_key]
        constraints += [*table.uniques, *table.excludes]
        made = [self.constraint(each) for each in constraints]
        made += [
            sa.UniqueConstraint(*each.columns, name=self.name(each))
            for each in table.indexes
            if isinstance(each.source, sa.UniqueConstraint)
        ]
        items: list[SchemaItem] = [*map(self.column, table.columns), *made]
        keywords: dict[str, Any] = {} if table.comment is None else {"comment": table.comment}
        if table.source is not None:
            keywords |= {key: table.source.dialect_kwargs[key] for key in sorted(table.source.dialect_kwargs)}
            if table.source._prefixes:
                keywords["prefixes"] = list(table.source._prefixes)
        else:
            keywords |= dict(table.options)
        return CreateTable(table.name.name, tuple(items), table.name.schema, None, options(keywords))


_ENDINGS: dict[Any, str] = {
    model.PrimaryKey: "pkey",
    model.ForeignKey: "fkey",
    model.Unique: "key",
    model.Index: "key",
    model.Check: "check",
    model.Exclude: "excl",
}


def is_constraint(index: model.Index) -> bool:
    """Return True for a unique constraint of the models that is an index in MySQL's catalog."""
    return isinstance(index.source, sa.UniqueConstraint)


def _actions(item: model.ForeignKey) -> dict[str, Any]:
    return {"onupdate": item.onupdate, "ondelete": item.ondelete}


def _deferral(item: Any) -> dict[str, Any]:
    return {"deferrable": item.deferrable or None, "initially": item.initially}


def _given(keywords: Mapping[str, Any]) -> Options:
    return options({key: value for key, value in keywords.items() if value is not None})


def _element(expression: Any) -> Any:
    return str(expression.name) if isinstance(expression, sa.Column) else detached(expression)


def _named(value: Any) -> Any:
    """Return columns in the value of a keyword by their names."""
    if isinstance(value, sa.Column):
        return str(value.name)
    if isinstance(value, (list, tuple)):
        return [_named(each) for each in value]
    return detached(value) if hasattr(value, "compile") else value
