"""Operations that send statements and rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exc
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.expression import TableClause

from .base import Operation, Options


@dataclass(frozen=True, eq=False)
class Execute(Operation):
    """One statement.

    :param statement: SQL text, in which `:name` is a bind parameter unless written `\\:name`, or any executable
        of SQLAlchemy.
    :param execution_options: options for this statement, as for `Connection.execute`.
    """

    statement: str | Executable
    execution_options: Options = ()

    def describe(self) -> str:
        text = " ".join(_text(self.statement).split())
        return f"execute {text[:77] + '...' if len(text) > 80 else text}"


def _text(statement: str | Executable) -> str:
    try:
        return str(statement)
    except (exc.SQLAlchemyError, AttributeError):  # CREATE TYPE and the like, which plain SQL has no words for
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(statement).__name__).upper()
        name = getattr(getattr(statement, "element", None), "name", None)
        return f"{words} {name}" if name else words


@dataclass(frozen=True, eq=False)
class BulkInsert(Operation):
    """Rows for a table.

    :param rows: a mapping from column key to value for each row.
    :param multiinsert: send all rows in one call of the driver; False sends them one by one.
    """

    table: TableClause
    rows: tuple[Mapping[str, Any], ...]
    multiinsert: bool = True

    def describe(self) -> str:
        rows = "row" if len(self.rows) == 1 else "rows"
        return f"insert {len(self.rows)} {rows} into {self.table.name}"
