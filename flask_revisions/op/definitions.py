"""Directives on what has a definition in SQL: views, functions, triggers."""

from __future__ import annotations

from sqlalchemy.sql.base import Executable

from ..operations.base import options
from ..operations.definitions import (
    CreateFunction,
    CreateTrigger,
    CreateView,
    DropFunction,
    DropTrigger,
    DropView,
    ReplaceFunction,
    ReplaceTrigger,
    ReplaceView,
)
from ..operations.executor import current_executor


def create_view(view_name: str, definition: str | Executable, *, schema: str | None = None) -> None:
    """Create a view.

    :param definition: its SELECT, as text or as an expression of SQLAlchemy.
    """
    current_executor().invoke(CreateView(view_name, definition, schema))


def replace_view(
    view_name: str,
    definition: str | Executable,
    *,
    existing: str | Executable | None = None,
    schema: str | None = None,
) -> None:
    """Give a view another definition. PostgreSQL lets it have more columns at its end, and no other changes of them.

    :param existing: the definition as it is now; the way back has it again.
    """
    current_executor().invoke(_replaced(view_name, definition, existing, schema, materialized=False))


def drop_view(
    view_name: str,
    *,
    existing: str | Executable | None = None,
    schema: str | None = None,
    if_exists: bool | None = None,
) -> None:
    """Drop a view.

    :param existing: the definition as it is now; the way back creates it.
    :param if_exists: write IF EXISTS.
    """
    kept = None if existing is None else CreateView(view_name, existing, schema)
    current_executor().invoke(DropView(view_name, schema, False, if_exists, kept))


def create_materialized_view(
    view_name: str, definition: str | Executable, *, schema: str | None = None, with_data: bool = True
) -> None:
    """Create a view whose rows are stored; on PostgreSQL and Oracle.

    :param with_data: store them at once; False leaves that to the first refresh.
    """
    operation = CreateView(view_name, definition, schema, True, _with_data(with_data))
    current_executor().invoke(operation)


def replace_materialized_view(
    view_name: str,
    definition: str | Executable,
    *,
    existing: str | Executable | None = None,
    schema: str | None = None,
) -> None:
    """Drop a materialized view and create it with another definition, with the indexes that it has.

    :param existing: the definition as it is now; the way back has it again.
    """
    current_executor().invoke(_replaced(view_name, definition, existing, schema, materialized=True))


def drop_materialized_view(
    view_name: str,
    *,
    existing: str | Executable | None = None,
    schema: str | None = None,
    if_exists: bool | None = None,
) -> None:
    """Drop a materialized view.

    :param existing: the definition as it is now; the way back creates it, without its indexes.
    :param if_exists: write IF EXISTS.
    """
    kept = None if existing is None else CreateView(view_name, existing, schema, True)
    current_executor().invoke(DropView(view_name, schema, True, if_exists, kept))


def create_function(signature: str, definition: str, *, schema: str | None = None) -> None:
    """Create a function; on all databases but SQLite.

    :param signature: its name and arguments: `area(width integer, height integer)`.
    :param definition: all that comes behind them: `RETURNS integer LANGUAGE sql AS 'SELECT width * height'`.
    """
    current_executor().invoke(CreateFunction(signature, definition, schema))


def replace_function(
    signature: str, definition: str, *, existing: str | None = None, schema: str | None = None
) -> None:
    """Give a function another definition.

    :param existing: the definition as it is now; the way back has it again.
    """
    kept = None if existing is None else CreateFunction(signature, existing, schema)
    current_executor().invoke(ReplaceFunction(CreateFunction(signature, definition, schema), kept))


def drop_function(
    signature: str, *, existing: str | None = None, schema: str | None = None, if_exists: bool | None = None
) -> None:
    """Drop a function.

    :param signature: its name and arguments, of which PostgreSQL may have several with one name.
    :param existing: the definition as it is now; the way back creates it.
    :param if_exists: write IF EXISTS.
    """
    kept = None if existing is None else CreateFunction(signature, existing, schema)
    current_executor().invoke(DropFunction(signature, schema, if_exists, kept))


def create_trigger(trigger_name: str, table_name: str, event: str, action: str, *, schema: str | None = None) -> None:
    """Create a trigger.

    :param event: when it fires: `BEFORE INSERT`, `AFTER UPDATE OF price`.
    :param action: what comes behind the table: `FOR EACH ROW EXECUTE FUNCTION stamp()`, `BEGIN ...; END`.
    """
    current_executor().invoke(CreateTrigger(trigger_name, table_name, event, action, schema))


def replace_trigger(
    trigger_name: str,
    table_name: str,
    event: str,
    action: str,
    *,
    existing: tuple[str, str] | None = None,
    schema: str | None = None,
) -> None:
    """Give a trigger another event and action.

    :param existing: event and action as they are now; the way back has them again.
    """
    kept = None if existing is None else CreateTrigger(trigger_name, table_name, *existing, schema=schema)
    new = CreateTrigger(trigger_name, table_name, event, action, schema)
    current_executor().invoke(ReplaceTrigger(new, kept))


def drop_trigger(
    trigger_name: str,
    table_name: str,
    *,
    existing: tuple[str, str] | None = None,
    schema: str | None = None,
    if_exists: bool | None = None,
) -> None:
    """Drop a trigger.

    :param existing: event and action as they are now; the way back creates it.
    :param if_exists: write IF EXISTS.
    """
    kept = None if existing is None else CreateTrigger(trigger_name, table_name, *existing, schema=schema)
    current_executor().invoke(DropTrigger(trigger_name, table_name, schema, if_exists, kept))


def _replaced(
    name: str,
    definition: str | Executable,
    existing: str | Executable | None,
    schema: str | None,
    *,
    materialized: bool,
) -> ReplaceView:
    kept = None if existing is None else CreateView(name, existing, schema, materialized)
    return ReplaceView(CreateView(name, definition, schema, materialized), kept)


def _with_data(with_data: bool) -> tuple[tuple[str, bool], ...]:
    return () if with_data else options({"with_data": False})
