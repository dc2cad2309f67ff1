"""Operations to SQLAlchemy's items on throw-away tables; what an operation holds is copied first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Constraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import NullType
from sqlalchemy.util import OrderedSet

from ..errors import OperationError
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
)
from ..operations.copies import copy_items, detached
from ..operations.tables import CreateTable

Convention = Mapping[str, Any]
"""A naming convention, as for `sqlalchemy.MetaData`."""


def throwaway_table(
    name: str,
    items: Iterable[SchemaItem] = (),
    *,
    schema: str | None = None,
    naming_convention: Convention,
    options: Mapping[str, Any] | None = None,
    complete: bool = False,
) -> Table:
    """Return a table of its own MetaData that holds copies of the items.

    The tables that its foreign keys refer to are there as well, with the columns that are referred to.

    :param options: further keyword arguments of `sqlalchemy.Table`.
    :param complete: the items are all that the table has: it gets no column for a foreign key to itself.
    :raises OperationError: a foreign key refers to a column that a complete table does not have.
    """
    table = _table_with(copy_items(items), name, schema, naming_convention, **(options or {}))
    for key in sorted(table.foreign_keys, key=lambda key: str(key._column_tokens)):
        _declare_target(key, table, complete=complete)
    _settle_order(table)
    return table


def _table_with(
    items: Iterable[SchemaItem], name: str, schema: str | None, naming_convention: Convention, **options: Any
) -> Table:
    convention = {"ix": "ix_%(column_0_label)s", **naming_convention}
    return Table(name, MetaData(naming_convention=convention), *items, schema=schema, **options)


def created_table(operation: CreateTable, naming_convention: Convention) -> Table:
    """Return the table that a `CreateTable` makes, with its constraints and indexes."""
    return throwaway_table(
        operation.name,
        operation.items,
        schema=operation.schema,
        naming_convention=naming_convention,
        options=dict(operation.options),
        complete=True,
    )


def added_column(column: Column[Any], table: str, schema: str | None, naming_convention: Convention) -> Column[Any]:
    """Return a copy of a column, in a table that has nothing but it and what it brings along."""
    holder = throwaway_table(table, [column], schema=schema, naming_convention=naming_convention)
    copied: Column[Any] = holder.c[column.key]
    return copied


def added_constraint(operation: AddConstraint, naming_convention: Convention) -> Constraint:
    """Return the constraint that an operation adds.

    :raises OperationError: it is none that every dialect has.
    """
    if isinstance(operation, AddForeignKey):
        return _foreign_key(operation, naming_convention)
    if isinstance(operation, AddCheck):
        constraint: Constraint = CheckConstraint(
            detached(operation.condition), name=operation.name, **dict(operation.options)
        )
        columns: tuple[str, ...] = ()
    elif isinstance(operation, AddUnique):
        columns = operation.columns
        constraint = UniqueConstraint(*columns, name=operation.name, **dict(operation.options))
    elif isinstance(operation, AddPrimaryKey):
        columns = operation.columns
        constraint = PrimaryKeyConstraint(*columns, name=operation.name, **dict(operation.options))
    else:
        raise OperationError(f"There is no DDL for {type(operation).__name__}.")
    table = _bare_table(
        operation.table,
        (*columns, *_included(operation.options)),
        schema=operation.schema,
        naming_convention=naming_convention,
    )
    table.append_constraint(constraint)
    return constraint


def index_of(operation: CreateIndex | DropIndex, naming_convention: Convention) -> Index:
    """Return the index that an operation creates or drops."""
    if isinstance(operation, DropIndex) and operation.name is None and operation.existing is not None:
        return index_of(operation.existing, naming_convention)  # whose columns give the convention's name
    given = operation.columns if isinstance(operation, CreateIndex) else ()
    names = [part for part in given if isinstance(part, str)]
    options = dict(operation.options)
    if isinstance(operation, CreateIndex):
        options["unique"] = operation.unique
    table = _bare_table(
        operation.table or "",
        (*names, *_included(operation.options)),
        schema=operation.schema,
        naming_convention=naming_convention,
    )
    return Index(
        operation.name,
        *[table.c[part] if isinstance(part, str) else detached(part) for part in given],
        _table=table,
        **options,
    )


def dropped_constraint(operation: DropConstraint, naming_convention: Convention) -> Constraint:
    """Return a constraint with the name and the kind of the one to be dropped.

    :raises OperationError: the kind is none that is known.
    """
    kinds: dict[str | None, Any] = {
        "foreignkey": lambda name: ForeignKeyConstraint([], [], name=name),
        "primary": lambda name: PrimaryKeyConstraint(name=name),
        "unique": lambda name: UniqueConstraint(name=name),
        "check": lambda name: CheckConstraint("", name=name),
        None: lambda name: Constraint(name=name),
    }
    if operation.kind not in kinds:
        raise OperationError(
            f"Constraint {operation.name} of {operation.table} cannot be of the type {operation.kind!r}.",
            "the types are " + ", ".join(f"'{kind}'" for kind in kinds if kind) + ", and None.",
        )
    if operation.name is None and operation.existing is not None and not isinstance(operation.existing, AddExclude):
        return added_constraint(operation.existing, naming_convention)  # whose columns give the convention's name
    table = _bare_table(operation.table, (), schema=operation.schema, naming_convention=naming_convention)
    constraint: Constraint = kinds[operation.kind](operation.name)
    table.append_constraint(constraint)
    return constraint


def _condition(check: Any) -> str:
    return str(check.sqltext)


def _settle_order(table: Table) -> None:
    """Give the constraints of one column an order: SQLAlchemy has them in sets, and a text must not vary."""
    for column in table.c:
        checks: list[Any] = sorted(column.constraints, key=_condition)
        _put_in_order(checks)
        column.constraints = OrderedSet(checks)
        owned: list[Any] = [key.constraint for key in column.foreign_keys]
        _put_in_order(
            sorted(
                (constraint for constraint in owned if len(constraint.elements) == 1),
                key=lambda constraint: str(constraint.elements[0]._column_tokens),
            )
        )


def _put_in_order(constraints: list[Any]) -> None:
    """Let constraints count as made one after the other."""
    places = sorted(each._creation_order for each in constraints)
    for each, place in zip(constraints, places, strict=True):
        each._creation_order = place


def _foreign_key(operation: AddForeignKey, naming_convention: Convention) -> ForeignKeyConstraint:
    table = _bare_table(
        operation.table, operation.columns, schema=operation.schema, naming_convention=naming_convention
    )
    target = _table_in(table.metadata, operation.referred_table, operation.referred_schema)
    _declare_columns(target, operation.referred_columns)
    constraint = ForeignKeyConstraint(
        operation.columns,
        [target.c[name] for name in operation.referred_columns],
        name=operation.name,
        **dict(operation.options),
    )
    table.append_constraint(constraint)
    return constraint


def _bare_table(name: str, columns: Iterable[str], *, schema: str | None, naming_convention: Convention) -> Table:
    distinct = dict.fromkeys(columns)
    return _table_with([Column(column, NullType()) for column in distinct], name, schema, naming_convention)


def _included(options: Iterable[tuple[str, Any]]) -> list[str]:
    """Return the names under `postgresql_include` and its like, which SQLAlchemy looks up in the table."""
    return [
        column
        for name, value in options
        if name.endswith("_include") and value
        for column in value
        if isinstance(column, str)
    ]


def _declare_target(key: ForeignKey, table: Table, *, complete: bool) -> None:
    """Make sure that the table and the column which a foreign key refers to can be found."""
    schema, name, column = key._column_tokens
    if column is None:  # "table" alone means the column of the same name there
        column = key.parent.key
    target = _table_in(table.metadata, name, schema)
    if column in target.c:
        return
    if any(known.name == column for known in target.c):
        key.link_to_name = True
    elif complete and target is table:
        raise OperationError(
            f"A foreign key of table {name} refers to its column {column}, which is not there.",
            f"its columns are {', '.join(known.name for known in table.c)}.",
        )
    else:
        _declare_columns(target, [column])


def _table_in(metadata: MetaData, name: str, schema: str | None) -> Table:
    known = metadata.tables.get(f"{schema}.{name}" if schema else name)
    return Table(name, metadata, schema=schema) if known is None else known


def _declare_columns(table: Table, names: Iterable[str]) -> None:
    for name in names:
        if name not in table.c:
            table.append_column(Column(name, NullType()))
