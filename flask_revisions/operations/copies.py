"""Copies of SQLAlchemy's schema items that belong to no table; the originals stay as they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import CheckConstraint, Column, Constraint, ForeignKey, ForeignKeyConstraint, Index, column
from sqlalchemy.schema import SchemaItem
from sqlalchemy.sql.base import SchemaEventTarget
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.sql.schema import ColumnCollectionConstraint
from sqlalchemy.sql.visitors import ExternallyTraversible, replacement_traverse
from sqlalchemy.types import TypeEngine, to_instance

_Type = TypeVar("_Type", bound=TypeEngine[Any])


def copy_type(type_: _Type | type[_Type]) -> _Type:
    """Return a type, or an instance of it where a class was given, that no column is attached to."""
    instance: Any = to_instance(type_)
    return instance.copy() if isinstance(instance, SchemaEventTarget) else instance  # type: ignore[no-any-return, attr-defined]


def copy_column(original: Column[Any], *, without: Iterable[Constraint] = ()) -> Column[Any]:
    """Return a copy of a column, with the foreign keys of its own, also when it belongs to a table.

    :param without: foreign key constraints that are copied by other means.
    """
    copied = original._copy()
    if not original.foreign_keys:
        return copied
    left_out = set(without)
    for key in sorted(original.foreign_keys, key=lambda key: str(target_of(key))):
        constraint = key.constraint
        if constraint is not None and len(constraint.elements) == 1 and constraint not in left_out:
            copied.append_foreign_key(key._copy())
    return copied


def copy_items(items: Iterable[SchemaItem]) -> tuple[SchemaItem, ...]:
    """Return copies of the items of a table: columns, constraints, indexes.

    What a column or its type brings along is left to the copied column: the CHECK of a `Boolean`, the
    constraint of `unique=True`, the index of `index=True`.
    """
    given = tuple(items)
    keys = [item for item in given if isinstance(item, ForeignKeyConstraint)]
    return tuple(
        copy_column(item, without=keys) if isinstance(item, Column) else copy_item(item)
        for item in given
        if isinstance(item, Column) or not _brought_along(item)
    )


def kept_items(items: Iterable[SchemaItem]) -> tuple[SchemaItem, ...]:
    """Return the items of a table for an operation to hold: as they are, or copies of those that belong to a table."""
    given = tuple(items)
    return copy_items(given) if any(map(_is_attached, given)) else given


def kept_column(column: Column[Any]) -> Column[Any]:
    """Return a column for an operation to hold: as it is, or a copy of one that belongs to a table."""
    return copy_column(column) if _is_attached(column) else column


def _is_attached(item: SchemaItem) -> bool:
    if isinstance(item, (Column, Index)):
        return item.table is not None
    return getattr(item, "parent", None) is not None


def copy_item(item: SchemaItem) -> SchemaItem:
    """Return a copy of one item of a table."""
    if isinstance(item, Column):
        return copy_column(item)
    if isinstance(item, Index):
        return _copy_index(item)
    if isinstance(item, ForeignKeyConstraint):
        return _copy_foreign_key(item)
    if isinstance(item, ColumnCollectionConstraint) and not isinstance(item, CheckConstraint):
        return _copy_column_constraint(item)
    copy: Any = getattr(item, "_copy", None)
    return item if copy is None else copy()


def detached(expression: Any) -> Any:
    """Return an expression over columns that belong to no table; a string as it is.

    An index or constraint over the column of a table would attach itself to that table.
    """

    def replace(element: ExternallyTraversible, **kw: Any) -> ExternallyTraversible | None:
        return column(element.name, element.type) if isinstance(element, Column) else None

    if not isinstance(expression, ClauseElement):
        return expression
    return replacement_traverse(expression, {}, replace)


def _brought_along(item: SchemaItem) -> bool:
    return bool(getattr(item, "_type_bound", False) or getattr(item, "_column_flag", False))


def _copy_index(index: Index) -> Index:
    info = dict(index.info) or None
    return Index(index.name, *index_elements(index), unique=index.unique, info=info, **index.dialect_kwargs)


def _copy_foreign_key(constraint: ForeignKeyConstraint) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        constraint.column_keys,
        [target_of(key) for key in constraint.elements],
        name=constraint.name,
        onupdate=constraint.onupdate,
        ondelete=constraint.ondelete,
        deferrable=constraint.deferrable,
        initially=constraint.initially,
        use_alter=constraint.use_alter,
        link_to_name=constraint.link_to_name,
        match=constraint.match,
        info=dict(constraint.info) or None,
        comment=constraint.comment,
        **constraint.dialect_kwargs,
    )


def target_of(key: ForeignKey) -> Any:
    """Return what a foreign key refers to in the form that SQLAlchemy takes: names, else a dotted text."""
    # Names as a tuple came with SQLAlchemy 2.1; a text cannot hold a name with a dot in it.
    return getattr(key, "target_tokens", None) or key.target_fullname


def _copy_column_constraint(constraint: ColumnCollectionConstraint) -> ColumnCollectionConstraint:
    options = {
        name: value
        for name in ("deferrable", "initially", "comment", "using", "where", "ops")
        if (value := getattr(constraint, name, None)) is not None
    }
    if constraint.info:
        options["info"] = dict(constraint.info)
    copied: ColumnCollectionConstraint = type(constraint)(
        *constraint_elements(constraint), name=constraint.name, **options, **constraint.dialect_kwargs
    )
    return copied


def index_elements(index: Index) -> list[Any]:
    """Return what an index is over: column keys, and expressions over columns that belong to no table."""
    given = index.expressions or getattr(index, "_pending_colargs", ())
    return [part.key if isinstance(part, Column) else detached(part) for part in given]


def constraint_elements(constraint: ColumnCollectionConstraint) -> list[Any]:
    """Return what a constraint is over: column keys, or an EXCLUDE constraint's pairs."""
    pairs = getattr(constraint, "_render_exprs", None)
    if pairs is not None:
        return [(detached(expression), operator) for expression, _, operator in pairs]
    # SQLAlchemy resolves names when a table is there; until then it keeps what was given.
    given = constraint.columns.values() or constraint._pending_colargs
    return [column.key if isinstance(column, Column) else column for column in given]
