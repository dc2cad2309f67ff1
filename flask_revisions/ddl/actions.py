"""What DDL generation yields: texts to send, statements with values to send, table events to fire."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Table
from sqlalchemy.sql.base import Executable

TableEvent = Literal["before_create", "after_create", "before_drop", "after_drop"]


@dataclass(frozen=True)
class Sql:
    """One complete statement as plain text: no terminator, no parameters, no `%` doubled, no colon escaped.

    It is sent with `exec_driver_sql(text, execution_options={"no_parameters": True})`.
    """

    text: str


@dataclass(frozen=True, eq=False)
class Send:
    """A statement that may carry values, for `Connection.execute`.

    :param rows: parameters, a mapping for each execution, all in one call of the driver; None for none.
    :param execution_options: as for `Connection.execute`.
    """

    statement: Executable
    rows: tuple[Mapping[str, Any], ...] | None = None
    execution_options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Fire:
    """An event of SQLAlchemy's `Table`, to be dispatched with the connection and two keywords.

    `checkfirst` is True where a database is connected. `_ddl_runner` is an object with a dict `memo`, where
    PostgreSQL's named types note that `before_create` made them: a new one for each event online, where
    `checkfirst` looks; one for the whole run offline.
    """

    event: TableEvent
    table: Table


@dataclass(frozen=True)
class Unenforced:
    """SQLite is not to enforce foreign keys for the rest of the operation, which drops a table that rows refer to.

    Where that cannot be switched, nothing happens, and the operation refuses what enforcement would cost.
    """


Action = Sql | Send | Fire | Unenforced

Actions = Generator[Action, None, Any]
"""Actions, each carried out before the next is asked for; the end returns the `Table` of a `CreateTable`."""
