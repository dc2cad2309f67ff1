"""What a batch says of the table itself: how it is really now, and what its new form has besides."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Constraint, Index, MetaData, Table
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import NullType, TypeEngine

from ..operations.copies import copy_type
from ..operations.tables import AlterTable
from . import items
from .sqlite_draft import Draft
from .sqlite_edits import (
    add_constraint,
    all_clauses,
    autoincrement,
    change_column,
    clause_from,
    constraint_from,
    key_columns,
    named,
    not_null,
    same_check,
    value_place,
    with_clause,
    with_option,
    with_type,
    without,
    without_clauses,
)
from .sqlite_scribe import Scribe, stated
from .sqlite_text import Clause, ColumnText, TableText
from .sqlite_tokens import fold, write


def as_described(draft: Draft, batch: AlterTable, scribe: Scribe) -> Draft:
    """Return a draft with the columns that `reflect_args` and the listeners of `reflect_kwargs` put right.

    A listener of `column_reflect` is called with None for the inspector, an empty table of that name, and
    what SQLAlchemy tells of a column; the type, nullability and default that it leaves there count.
    """
    for item in batch.reflect_args:
        if isinstance(item, Column):
            draft = _put_right(draft, item, scribe)
    listeners = dict(batch.reflect_kwargs).get("listeners", ())
    heard = [listener for event, listener in listeners if event == "column_reflect"]
    for column in draft.table.columns if heard else ():
        told = _as_reflected(column, draft.table, scribe)
        info = dict(told)
        for listener in heard:
            listener(None, Table(draft.table.name, MetaData(), schema=batch.schema), info)
        draft = _put_right_by(draft, column, told, info, scribe)
    return draft


def with_table_args(draft: Draft, arguments: tuple[SchemaItem, ...], scribe: Scribe) -> Draft:
    """Return a draft with further constraints and indexes; one that the table has is not written twice."""
    if not arguments:
        return draft
    columns = [Column(column.name, NullType()) for column in draft.table.columns]
    given = [item for item in arguments if isinstance(item, (Constraint, Index))]
    # What is given here is final: no convention gives it another name.
    holder = items.throwaway_table(scribe.table, [*columns, *given], schema=scribe.schema, naming_convention={})
    for constraint in sorted(holder.constraints, key=lambda c: c._creation_order):
        clause = scribe.constraint(constraint)
        if clause is not None:
            draft = dataclasses.replace(draft, table=_with(draft.table, clause))
    indexes = sorted(holder.indexes, key=lambda index: str(index.name))
    new = tuple(scribe.index(index) for index in indexes)
    return dataclasses.replace(draft, new_indexes=(*draft.new_indexes, *new))


def with_table_options(table: TableText, options: Mapping[str, Any]) -> TableText:
    """Return a table with what the keyword arguments for SQLite say; others change nothing."""
    if options.get("sqlite_with_rowid") is False:
        table = with_option(table, "WITHOUT ROWID")
    if options.get("sqlite_strict"):
        table = with_option(table, "STRICT")
    wanted = options.get("sqlite_autoincrement")
    if wanted is None or bool(wanted) == autoincrement(table):
        return table
    return _with_autoincrement(table) if wanted else _without_autoincrement(table)


# -- parts -----------------------------------------------------------------------------------------


def _put_right(draft: Draft, described: Column[Any], scribe: Scribe) -> Draft:
    old = draft.find(described.name)
    new = scribe.column(items.added_column(described, scribe.table, scribe.schema, scribe.naming_convention))

    def change(column: ColumnText) -> ColumnText:
        column = with_type(without_clauses(column, "DEFAULT", "NOT NULL", "NULL"), new)
        for clause in new.clauses:
            if clause.kind in ("DEFAULT", "NOT NULL"):
                column = with_clause(column, clause)
        return column

    draft = dataclasses.replace(draft, table=change_column(draft.table, old.name, change))
    return _with_known_type(draft, old, described.type, scribe)


def _as_reflected(column: ColumnText, table: TableText, scribe: Scribe) -> dict[str, Any]:
    """Return what SQLAlchemy's reflection tells of a column (`Inspector.get_columns`)."""
    dialect: Any = scribe.sql.dialect
    default = column.clause("DEFAULT")
    keys = [fold(name) for name in key_columns(table)]
    return {
        "name": column.name,
        "type": dialect._resolve_type_affinity(column.declared_type),
        "nullable": column.clause("NOT NULL") is None,
        "default": None if default is None else write(default.tokens[value_place(default) :]),
        "autoincrement": "auto",
        "primary_key": keys.index(fold(column.name)) + 1 if fold(column.name) in keys else 0,
    }


def _put_right_by(
    draft: Draft, column: ColumnText, told: Mapping[str, Any], info: Mapping[str, Any], scribe: Scribe
) -> Draft:
    """Return a draft with what listeners changed in the description of a column."""
    table = draft.table
    if info["nullable"] != told["nullable"]:
        table = change_column(table, column.name, lambda old: not_null(old, not info["nullable"]))
    if info["default"] is None and told["default"] is not None:
        table = change_column(table, column.name, lambda old: without_clauses(old, "DEFAULT"))
    elif info["default"] != told["default"]:
        clause = clause_from(f"DEFAULT {info['default']}")
        table = change_column(table, column.name, lambda old: with_clause(old, clause))
    draft = dataclasses.replace(draft, table=table)
    if info["type"] is told["type"]:
        return draft
    new = scribe.type(column.name, copy_type(info["type"]))
    if new.declared_type != column.declared_type:
        table = change_column(draft.table, column.name, lambda old: with_type(old, new))
        draft = dataclasses.replace(draft, table=table)
    return _with_known_type(draft, column, copy_type(info["type"]), scribe)


def _with_known_type(draft: Draft, column: ColumnText, type_: TypeEngine[Any], scribe: Scribe) -> Draft:
    """Return a draft that knows a column's type, with the CHECK of that type if it lacks it."""
    draft = dataclasses.replace(draft, types={**draft.types, fold(column.name): type_})
    for check in scribe.type_checks(column.name, type_):
        present = any(
            clause.kind == "CHECK" and (stated(clause, (check,)) or same_check(clause, check))
            for _, clause in all_clauses(draft.table)
        )
        if not present:
            draft = dataclasses.replace(draft, table=add_constraint(draft.table, check))
    return draft


def _with(table: TableText, clause: Clause) -> TableText:
    """Return a table with a constraint, instead of one of that name or an unnamed one that says the same."""

    def same(_: ColumnText | None, other: Clause) -> bool:
        if clause.name is not None and other.name is not None:
            return fold(clause.name) == fold(other.name)
        return clause.name is None and other.kind == clause.kind and _says_same(clause, other)

    if clause.kind == "PRIMARY KEY":
        table = without(table, lambda _, other: other.kind == "PRIMARY KEY")
    return add_constraint(without(table, same), clause)


def _says_same(one: Clause, other: Clause) -> bool:
    if one.kind == "CHECK":
        return same_check(one, other)
    return [fold(token.text) for token in one.said] == [fold(token.text) for token in other.said]


def _with_autoincrement(table: TableText) -> TableText:
    """Return a table whose key stands in its column, where alone AUTOINCREMENT can be."""
    keys = key_columns(table)
    if len(keys) != 1:
        return table  # as SQLAlchemy: the option means the lone integer key, if there is one
    clause = clause_from("PRIMARY KEY AUTOINCREMENT")
    table = without(table, lambda _, other: other.kind == "PRIMARY KEY")
    return change_column(table, keys[0], lambda column: with_clause(column, clause))


def _without_autoincrement(table: TableText) -> TableText:
    keys = key_columns(table)
    name = next(clause.name for _, clause in all_clauses(table) if clause.kind == "PRIMARY KEY")
    quoted = ", ".join('"' + key.replace('"', '""') + '"' for key in keys)
    clause = constraint_from(f"PRIMARY KEY ({quoted})")
    table = without(table, lambda _, other: other.kind == "PRIMARY KEY")
    return add_constraint(table, clause if name is None else named(clause, name))
