"""Directives that send statements and rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BindParameter, bindparam
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.expression import TableClause
from sqlalchemy.types import TypeEngine

from ..operations.base import options
from ..operations.data import BulkInsert, Execute
from ..operations.executor import current_executor


def execute(sqltext: str | Executable, *, execution_options: Mapping[str, Any] | None = None) -> None:
    """Send one statement. It has no result; for one that has, see `op.get_bind()`.

    :param sqltext: a string, in which `:name` is a bind parameter unless written `\\:name`, or any executable
        of SQLAlchemy.
    :param execution_options: as for `Connection.execute`.
    """
    current_executor().invoke(Execute(sqltext, options(execution_options or {})))


def bulk_insert(table: TableClause, rows: list[dict[str, Any]], *, multiinsert: bool = True) -> None:
    """Insert rows.

    :param table: what `op.create_table` returned, or `sa.table("name", sa.column("a", sa.String), ...)`.
    :param rows: a dictionary for each row, from column key to value.
    :param multiinsert: hand all rows to the driver in one call; False inserts them one by one.
    :raises TypeError: the rows are not a list of dictionaries.
    """
    if not isinstance(rows, list):
        raise TypeError(f"op.bulk_insert() takes a list of dictionaries, not a {type(rows).__name__}.")
    for row in rows:
        if not isinstance(row, dict):
            raise TypeError(f"op.bulk_insert() takes a list of dictionaries; one row is a {type(row).__name__}.")
    current_executor().invoke(BulkInsert(table, tuple(dict(row) for row in rows), multiinsert))


def inline_literal(value: Any, type_: TypeEngine[Any] | type[TypeEngine[Any]] | None = None) -> BindParameter[Any]:
    """Return an expression that is written into the statement as a literal, not sent beside it.

    :param value: a simple value: a string, a number, a date.
    :param type_: the type that says how it is written; by default that of the value.
    """
    return bindparam(None, value, type_, unique=True, literal_execute=True)
