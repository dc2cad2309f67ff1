"""A SQLite file, directives that run on it in one transaction, and its structure as text."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from flask_revisions.catalog.facts import ConnectionCatalog
from flask_revisions.ddl import ddl_for
from flask_revisions.ddl.actions import Action, Fire, Send, Sql, Unenforced
from flask_revisions.operations.base import Operation
from flask_revisions.operations.executor import Run, executing


class Tables:
    """A database file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def sql(self, *statements: str) -> list[tuple[Any, ...]]:
        """Send statements, each committed; return the rows of the last."""
        rows: list[tuple[Any, ...]] = []
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            for statement in statements:
                rows = connection.execute(statement).fetchall()
        return rows

    def text(self, name: str) -> str:
        """Return the stored text of a table, index, trigger or view, with single spaces."""
        ((found,),) = self.sql(f"SELECT sql FROM sqlite_master WHERE name = '{name}'")
        return " ".join(found.split())

    def names(self, kind: str) -> list[str]:
        """Return the names of all tables, indexes, triggers or views."""
        return [name for (name,) in self.sql(f"SELECT name FROM sqlite_master WHERE type = '{kind}' ORDER BY 1")]

    @contextmanager
    def transaction(self, *, enforced: bool = False) -> Iterator[sa.Connection]:
        """Open a transaction that has really begun."""
        engine = sa.create_engine(f"sqlite:///{self.path}", poolclass=sa.NullPool)

        @sa.event.listens_for(engine, "connect")
        def connect(connection: Any, _: Any) -> None:
            connection.isolation_level = None
            connection.execute(f"PRAGMA foreign_keys={'ON' if enforced else 'OFF'}")

        @sa.event.listens_for(engine, "begin")
        def begin(connection: sa.Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        with engine.begin() as connection:
            yield connection

    def run(
        self,
        function: Callable[[], Any],
        *,
        enforced: bool = False,
        naming_convention: Mapping[str, Any] | None = None,
    ) -> list[str]:
        """Run a function of directives in one transaction; return the texts that were sent."""
        with self.transaction(enforced=enforced) as connection:
            executor = LiveExecutor(connection, naming_convention or {})
            with executing(executor):
                function()
        return executor.sent

    def structure(self, *, without: tuple[str, ...] = ()) -> list[str]:
        """Return what there is, free of how the texts are laid out and in which order clauses stand."""
        found = []
        listed = self.sql("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name")
        for kind, name, table, text in listed:
            if table in without or name.startswith("sqlite_"):
                continue
            if kind != "table":
                found.append(" ".join((text or "").split()))
                continue
            found.append(f"table {name}")
            found += [f"  column {row[1:]}" for row in self.sql(f'PRAGMA table_xinfo("{name}")')]
            found += sorted(f"  clause {clause}" for clause in clauses(text))
            keys = self.sql(f'PRAGMA foreign_key_list("{name}")')
            found += sorted(f"  key {row[2:]}" for row in keys)
        return found


class LiveExecutor:
    """Carries operations out on a connection, and notes the texts that it sends."""

    def __init__(self, connection: sa.Connection, naming_convention: Mapping[str, Any]) -> None:
        self.run = Run()
        self.dialect = connection.dialect
        self.naming_convention = naming_convention
        self.transactional_ddl = True
        self.sent: list[str] = []
        self._connection = connection
        self._ddl = ddl_for(connection.dialect, ConnectionCatalog(connection), naming_convention)

    def invoke(self, operation: Operation) -> None:
        for action in self._ddl.actions(operation):
            self._perform(action)

    def bind(self) -> sa.Connection:
        return self._connection

    def _perform(self, action: Action) -> None:
        if isinstance(action, Sql):
            self.sent.append(" ".join(action.text.split()))
            self._connection.exec_driver_sql(action.text, execution_options={"no_parameters": True})
        elif isinstance(action, Send):
            self._connection.execute(action.statement, cast(Any, action.rows))
        elif not isinstance(action, Unenforced):  # here it stays as it is
            assert isinstance(action, Fire)  # nobody listens to these tables


def clauses(text: str) -> list[str]:
    """Return what stands between the outer commas of a CREATE TABLE text, each with single spaces."""
    found = [""]
    depth, quote = 0, ""
    for letter in text[text.index("(") + 1 : text.rindex(")")]:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"`":
            quote = letter
        depth += (letter == "(") - (letter == ")") if not quote else 0
        if letter == "," and depth == 0 and not quote:
            found.append("")
        else:
            found[-1] += letter
    return [" ".join(clause.split()) for clause in found]
