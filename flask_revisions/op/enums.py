"""Directives on the enumerations that are types of the database, as PostgreSQL has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..operations.enums import AddEnumValue, AlterEnum, CreateEnum, DropEnum, DropEnumValue, RenameEnumValue
from ..operations.executor import current_executor
from .arguments import names


def create_enum(
    enum_name: str, values: Sequence[str], *, schema: str | None = None, if_not_exists: bool | None = None
) -> None:
    """Create a type with its values, in their order; on PostgreSQL.

    :param if_not_exists: do nothing if there is a type of that name.
    """
    current_executor().invoke(CreateEnum(enum_name, names(values), schema, if_not_exists))


def drop_enum(
    enum_name: str,
    *,
    schema: str | None = None,
    if_exists: bool | None = None,
    existing: Sequence[str] | None = None,
) -> None:
    """Drop a type that nothing uses any more; on PostgreSQL.

    :param if_exists: write IF EXISTS.
    :param existing: its values as they are now; the way back creates it with them.
    """
    kept = None if existing is None else names(existing)
    current_executor().invoke(DropEnum(enum_name, schema, if_exists, kept))


def add_enum_value(
    enum_name: str,
    value: str,
    *,
    before: str | None = None,
    after: str | None = None,
    schema: str | None = None,
    if_not_exists: bool = True,
) -> None:
    """Add a value to a type, at the end or beside another one; on PostgreSQL, which commits it at once.

    :param if_not_exists: do nothing if it has the value: what is committed at once may be there already.
    """
    current_executor().invoke(AddEnumValue(enum_name, value, schema, before, after, if_not_exists))


def drop_enum_value(enum_name: str, value: str, *, replacement: str | None = None, schema: str | None = None) -> None:
    """Take a value from a type, which is made anew for that; on PostgreSQL.

    :param replacement: the value that rows with the old one get; without one, such a row is an error.
    """
    current_executor().invoke(DropEnumValue(enum_name, value, schema, replacement))


def rename_enum_value(enum_name: str, value: str, new_value: str, *, schema: str | None = None) -> None:
    """Give a value of a type another name; on PostgreSQL. Rows follow."""
    current_executor().invoke(RenameEnumValue(enum_name, value, new_value, schema))


def alter_enum(
    enum_name: str,
    values: Sequence[str] | None = None,
    *,
    new_name: str | None = None,
    existing_values: Sequence[str] | None = None,
    replacements: Mapping[str, str] | None = None,
    schema: str | None = None,
) -> None:
    """Give a type exactly these values in this order, or another name; on PostgreSQL.

    New values are added. If others go, or the order changes, the type and the columns of it are made anew.

    :param existing_values: the values as they are now; the way back has them again.
    :param replacements: for values that go, the ones that their rows get; without it, such a row is an error.
    """
    operation = AlterEnum(
        enum_name,
        None if values is None else names(values),
        schema,
        new_name,
        None if existing_values is None else names(existing_values),
        dict(replacements or {}),
    )
    current_executor().invoke(operation)
