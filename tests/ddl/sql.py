"""The texts that directives become, on any dialect, without a database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import sqlalchemy
from flask_revisions.ddl import ddl_for
from flask_revisions.ddl.actions import Action, Fire, Send, Sql
from flask_revisions.ddl.plain import literal_sql, texts_of
from flask_revisions.errors import NotKnowable
from flask_revisions.operations.base import Operation
from flask_revisions.operations.catalog import StoredObject
from flask_revisions.operations.executor import Run, executing
from sqlalchemy import Connection
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.engine.mock import MockConnection

RECENT = tuple(int(part) for part in sqlalchemy.__version__.split(".")[:3] if part.isdigit()) >= (2, 0, 45)
"""Whether SQLAlchemy writes all that is tested here: the oldest release that we run on has fewer options."""


class NoDatabase:
    """A catalog that knows nothing, as with `--sql`."""

    def stored_objects(self, schema: str | None) -> tuple[StoredObject, ...]:
        raise NotKnowable("No database is connected.")

    def foreign_keys_enforced(self) -> bool:
        raise NotKnowable("No database is connected.")

    def legacy_alter_table(self) -> bool:
        raise NotKnowable("No database is connected.")

    def has_rows(self, table: str, schema: str | None) -> bool:
        raise NotKnowable("No database is connected.")

    def finds(self, query: str) -> bool:
        raise NotKnowable("No database is connected.")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        raise NotKnowable("No database is connected.")


class TextExecutor:
    """Keeps what operations become: `actions` as they come, `texts` as they would be printed."""

    def __init__(
        self, dialect: Dialect, *, naming_convention: Mapping[str, Any] | None = None, run: Run | None = None
    ) -> None:
        self.run = run or Run(offline=True)
        self.dialect = dialect
        self.naming_convention = naming_convention or {}
        self.transactional_ddl = True
        self.memo: dict[Any, Any] = {}
        self.actions: list[Action] = []
        self.texts: list[str] = []
        self.events: list[str] = []
        self._ddl = ddl_for(dialect, NoDatabase(), self.naming_convention)
        self._connection = MockConnection(dialect, lambda statement, *_, **__: self._print(statement))

    def invoke(self, operation: Operation) -> Any:
        actions = self._ddl.actions(operation)
        while True:
            try:
                action = next(actions)
            except StopIteration as done:
                return done.value
            self._take(action)

    def bind(self) -> Connection:
        return cast(Connection, self._connection)

    @contextmanager
    def autocommit_block(self) -> Iterator[None]:
        self.texts.append("COMMIT")
        yield
        self.texts.append("BEGIN")

    def output(self, text: str) -> None:
        self.texts.append(text)

    def applied(self) -> tuple[str, ...]:
        return ()

    def _take(self, action: Action) -> None:
        self.actions.append(action)
        if isinstance(action, Sql):
            self.texts.append(action.text)
        elif isinstance(action, Send):
            self.texts.extend(texts_of(action, self.dialect))
        elif isinstance(action, Fire):
            self.events.append(action.event)
            dispatch = getattr(action.table.dispatch, action.event)
            dispatch(action.table, self._connection, checkfirst=False, _ddl_runner=self)

    def _print(self, statement: Any) -> None:
        self.texts.append(literal_sql(statement, self.dialect))


def dialect_named(name: str) -> Dialect:
    """Return a new dialect; `default` is SQLAlchemy's generic one."""
    if name == "default":
        return DefaultDialect()
    return make_url(f"{name}://").get_dialect()()


def sql_of(
    dialect: str | Dialect,
    function: Callable[[], Any],
    *,
    naming_convention: Mapping[str, Any] | None = None,
) -> list[str]:
    """Return the statements that a function of `op.*` calls makes, with single spaces between their words."""
    found = dialect_named(dialect) if isinstance(dialect, str) else dialect
    executor = TextExecutor(found, naming_convention=naming_convention)
    with executing(executor):
        function()
    return [" ".join(text.split()) for text in executor.texts]
