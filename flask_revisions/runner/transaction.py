"""The transaction of a step, and what happens when its script meddles with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import Connection, event, exc

from ..errors import TransactionEnded
from .servers.base import Server

GUARD = "flask_revisions_step"
NOTHING = "SELECT 1"

_FIRST_WORDS = frozenset({"BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT"})
_BEGIN = re.compile(
    r"(BEGIN|START\s+TRANSACTION)(\s+(TRANSACTION|WORK|IMMEDIATE|DEFERRED|EXCLUSIVE))*\s*;?\s*$", re.IGNORECASE
)
_COMMIT = re.compile(r"(COMMIT|END)(\s+(TRANSACTION|WORK))?\s*;?\s*$", re.IGNORECASE)
_ROLLBACK = re.compile(r"(ROLLBACK|ABORT)(\s+(TRANSACTION|WORK))?\s*;?\s*$", re.IGNORECASE)

HINT = "use 'with op.get_context().autocommit_block():' around what has to be outside of the transaction."


class StepTransaction:
    """The transaction that a script and its row in the version table share.

    A script may leave it with `autocommit_block()`, or with COMMIT as text, which is taken as the same. Every other
    end is refused, where it is tried or, for a raw cursor, by a savepoint that must still be there before the row is
    written.
    """

    def __init__(self, connection: Connection, server: Server) -> None:
        self.connection = connection
        self._server = server
        self._open = False
        self._guarded = False
        self._own = False
        self._outside: AbstractContextManager[None] | None = None
        self._back_at_next = False

    # -- for the runner -------------------------------------------------------------------------------

    @contextmanager
    def watching(self) -> Iterator[None]:
        """See what is sent on the connection for the length of a block."""
        listeners: tuple[tuple[str, Callable[..., Any], bool], ...] = (
            ("before_cursor_execute", self._before, True),
            ("commit", self._on_commit, False),
            ("rollback", self._on_rollback, False),
        )
        for name, function, returns in listeners:
            event.listen(self.connection, name, function, **({"retval": True} if returns else {}))
        try:
            yield
        finally:
            for name, function, _ in listeners:
                event.remove(self.connection, name, function)

    def begin(self) -> None:
        """Begin, unless a transaction is open already."""
        with self._ourselves():
            if not self._open:
                self._server.begin(self.connection)
                self._open = True
            self._guard()

    def verify(self) -> None:
        """Come back from autocommit, and make sure that the transaction is still the one that was begun.

        :raises TransactionEnded: the script has ended it.
        """
        with self._ourselves():
            self._come_back()
            self._release()

    def commit(self) -> None:
        """Commit what the script and the version table have done."""
        with self._ourselves():
            self.connection.commit()
            self._closed()

    def rollback(self) -> None:
        """Take everything back that has not been committed; on a connection that is gone, nothing happens."""
        with self._ourselves():
            try:
                self._leave_outside()
                self.connection.rollback()
                if not self.connection.closed and not self.connection.invalidated:
                    self.connection.connection.rollback()
                self._closed()
            except exc.SQLAlchemyError:
                self.connection.invalidate()
            except self._driver_errors():
                self.connection.invalidate()
            self._open = self._guarded = False

    # -- for the script -------------------------------------------------------------------------------

    @contextmanager
    def autocommit_block(self) -> Iterator[None]:
        """Commit what precedes, let each statement commit by itself, begin again afterwards."""
        if self._outside is not None:
            yield
            return
        with self._ourselves():
            self._go_outside()
        yield
        with self._ourselves():
            self._come_back()

    # -- what is seen on the connection -----------------------------------------------------------------

    def _before(
        self, connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> tuple[str, Any]:
        if self._own:
            return statement, parameters
        with self._ourselves():
            return self._instead(statement), parameters

    def _instead(self, statement: str) -> str:
        text = statement.lstrip()
        if text[:9].split(None, 1)[:1] and text[:9].split(None, 1)[0].rstrip(";").upper() in _FIRST_WORDS:
            if _ROLLBACK.match(text):
                raise TransactionEnded("The script sends ROLLBACK, which would end the transaction of its step.", HINT)
            if _COMMIT.match(text):
                self._go_outside()
                return NOTHING
            if _BEGIN.match(text):
                self._come_back()
                return NOTHING
        if self._back_at_next:
            self._come_back()
        if self._server.by_itself(statement) and self._outside is None:
            self._go_outside()
            self._back_at_next = True
            return statement
        return self._server.instead(self.connection, statement)

    def _on_commit(self, connection: Connection) -> None:
        if not self._own and self._outside is None:
            raise TransactionEnded("The script commits the transaction of its step.", HINT)

    def _on_rollback(self, connection: Connection) -> None:
        if not self._own and self._outside is None:
            raise TransactionEnded("The script rolls back the transaction of its step.", HINT)

    # -- in and out -----------------------------------------------------------------------------------

    @contextmanager
    def _ourselves(self) -> Iterator[None]:
        before, self._own = self._own, True
        try:
            yield
        finally:
            self._own = before

    def _go_outside(self) -> None:
        if self._outside is not None:
            return
        self._release()
        self.connection.commit()
        self._closed()
        outside = self._server.autocommit(self.connection)
        outside.__enter__()
        self._outside = outside

    def _come_back(self) -> None:
        if self._outside is None:
            return
        self._leave_outside()
        self._server.begin(self.connection)
        self._open = True
        self._guard()

    def _leave_outside(self) -> None:
        outside, self._outside, self._back_at_next = self._outside, None, False
        if outside is not None:
            if self.connection.in_transaction():
                self.connection.commit()
            outside.__exit__(None, None, None)

    def _closed(self) -> None:
        self._open = self._guarded = False
        self._server.ended(self.connection)

    def _guard(self) -> None:
        if self._server.savepoints_last and not self._guarded:
            self.connection.exec_driver_sql(f"SAVEPOINT {GUARD}")
            self._guarded = True

    def _release(self) -> None:
        if not self._guarded:
            return
        try:
            self.connection.exec_driver_sql(f"RELEASE SAVEPOINT {GUARD}")
        except exc.DBAPIError as error:
            raise TransactionEnded(
                "The script has ended the transaction of its step, through the driver's own connection.", HINT
            ) from error
        self._guarded = False

    def _driver_errors(self) -> type[Exception]:
        errors: type[Exception] = self.connection.dialect.loaded_dbapi.Error
        return errors
