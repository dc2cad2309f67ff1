"""The transaction of a step, and what happens when its script meddles with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NoReturn

from sqlalchemy import Connection, event, exc

from ..errors import JournalMismatch, TransactionEnded
from .replay import Journal
from .servers.base import Server, StartOver, is_alive, send_directly
from .tap import Kept, TappedCursor
from .words import ABORTED, ending, sqlstate

GUARD = "flask_revisions_step"
NOTHING = "SELECT 1"

HINT = "use 'with op.get_context().autocommit_block():' around what has to be outside of the transaction."
CAUGHT_HINT = "use 'with op.get_bind().begin_nested():' around what may fail, and catch the error outside of that."


class StepTransaction:
    """The transaction that a script and its row in the version table share.

    A script may leave it with `autocommit_block()`, or with COMMIT as text, which is taken as the same. Every other
    end is refused: where it is tried, or for what is done on the driver's own connection by a savepoint that must
    still be there before the row is written.

    :param committed: called after each commit, those of autocommit blocks included.
    :param journal: is asked before anything of a script is sent; None where nothing is ever committed.
    """

    def __init__(
        self, connection: Connection, server: Server, committed: Callable[[], None], journal: Journal | None = None
    ) -> None:
        self.connection = connection
        self._journal = journal
        self.left = False
        """True once the running step has committed something on its way."""
        self._server = server
        self._committed = committed
        self._open = False
        self._guarded = False
        self._watched = False
        self._verdict: BaseException | None = None
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
        vars(self.connection)["close"] = self._close  # there is no event for that
        try:
            yield
        finally:
            del vars(self.connection)["close"]
            for name, function, _ in listeners:
                event.remove(self.connection, name, function)

    def begin(self, *, guarded: bool = False) -> None:
        """Begin, unless a transaction is open already.

        :param guarded: True where the transaction will be lent at once.
        """
        if self._open:
            return
        if guarded and self._can_guard:
            self._server.begin_with(self.connection, f"SAVEPOINT {GUARD}")
            self._guarded = True
        else:
            self._server.begin(self.connection)
        self._open = True

    @contextmanager
    def lent(self, *, row_follows: bool = False) -> Iterator[None]:
        """Let a script have the transaction for the length of a block, and make sure that it is still there then.

        :param row_follows: True where the caller sends a statement at once: whether the transaction is still there may
            show with that.
        :raises TransactionEnded: the script has ended it.
        :raises StartOver: the step has to begin again.
        """
        self.left, self._verdict = False, None
        self._guard()
        options = self.connection.get_execution_options()
        pooled = self.connection.connection
        if self._journal is not None:
            vars(pooled)["cursor"] = lambda *args, **given: TappedCursor(
                driver_cursor(pooled, *args, **given), self._run, self._heard
            )
        self._watched = True
        try:
            yield
            with self._ourselves():
                self._take_back(options)
                self._release(with_next=row_follows)
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException:
            verdict = self._server.blocked or self._verdict
            if verdict is None:
                if not self.connection.invalidated:
                    self._look_for_connection()
                raise
            raise verdict from None  # whatever the script has made of it
        finally:
            self._watched = False
            vars(pooled).pop("cursor", None)

    def commit(self) -> None:
        """Commit what the script and the version table have done."""
        self._server.commit(self.connection)
        self._open = self._guarded = False
        self._committed()

    def undo_step(self) -> None:
        """Take back what the running step has done, and commit what was done before it."""
        self._leave_outside()
        self.connection.exec_driver_sql(f"ROLLBACK TO SAVEPOINT {GUARD}")
        self._release()
        self.commit()

    def rollback(self) -> None:
        """Take everything back that has not been committed; on a connection that is gone, nothing happens."""
        connection = self.connection
        try:
            self._leave_outside()
            known = connection.in_transaction()
            if is_alive(connection) or connection.invalidated:
                self._server.rollback(connection)
            if not known and is_alive(connection):
                connection.connection.rollback()  # SQLAlchemy holds it for ended: a script has tried to end it
        except (exc.SQLAlchemyError, connection.dialect.loaded_dbapi.Error):
            if is_alive(connection):
                connection.invalidate()
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
        try:
            yield
        except Exception:
            self._back_at_next = True  # the script may catch it, and go on
            raise
        with self._ourselves():
            self._come_back()

    @contextmanager
    def without_foreign_keys(self) -> Iterator[None]:
        """Let SQLite enforce no foreign keys for the length of a block.

        :raises StartOver: the step has to begin again.
        """
        with self._ourselves():
            try:
                self._server.begin_rebuild(self.connection)
            except StartOver as verdict:
                self._verdict = verdict
                raise
        try:
            yield
        finally:
            with self._ourselves():
                self._server.end_rebuild(self.connection)

    # -- what is seen on the connection -----------------------------------------------------------------

    def _before(
        self, connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> tuple[str, Any]:
        if not self._watched:
            return statement, parameters
        self._raise_verdict()
        with self._ourselves():
            return self._instead(statement), parameters

    def _instead(self, statement: str) -> str:
        kind = ending(statement)
        if kind == "rollback":
            self._refuse("The script sends ROLLBACK, which would end the transaction of its step.")
        if kind == "commit":
            self._go_outside()
            return NOTHING
        if kind == "begin" or self._back_at_next:
            self._come_back()
        if kind == "begin":
            return NOTHING
        if self._outside is None and self._server.by_itself(statement, left=self.left):
            self._go_outside()
            self._back_at_next = True
        if self._outside is not None:
            return self._server.outside(self.connection, statement)
        try:
            return self._server.inside(self.connection, statement)
        except (TransactionEnded, StartOver) as verdict:
            self._verdict = verdict
            raise

    def _run(self, cursor: Any, send: Callable[[], Any], statement: str, parameters: Any) -> Kept | None:
        """Have the journal decide what becomes of a statement of the script."""
        if not self._watched or self._journal is None:
            send()
            return None
        with self._ourselves():
            try:
                return self._journal.run(cursor, send, statement, parameters, outside=self._outside is not None)
            except JournalMismatch as verdict:
                self._verdict = verdict
                raise

    def _heard(self, rows: Any) -> None:
        """Have the journal know what a script has read."""
        if self._watched and self._journal is not None:
            self._journal.heard(rows)

    def _on_commit(self, connection: Connection) -> None:
        if self._watched and self._outside is None:
            self._refuse("The script commits the transaction of its step.")

    def _on_rollback(self, connection: Connection) -> None:
        if self._watched and self._outside is None:
            self._refuse("The script rolls back the transaction of its step.")

    def _close(self) -> None:
        if self._watched:
            self._refuse("The script closes the connection of its step.")
        Connection.close(self.connection)

    def _refuse(self, message: str) -> NoReturn:
        self._verdict = TransactionEnded(message, HINT)
        raise self._verdict

    # -- in and out -----------------------------------------------------------------------------------

    @contextmanager
    def _ourselves(self) -> Iterator[None]:
        """Do something ourselves in the middle of a script."""
        before, self._watched = self._watched, False
        try:
            yield
        finally:
            self._watched = before

    def _go_outside(self) -> None:
        if self._outside is not None:
            return
        self._server.refuse_to_leave()
        if self._journal is not None:
            self._journal.leaving()
        self._release()
        self.commit()
        self.left = True
        outside = self._server.autocommit(self.connection)
        outside.__enter__()
        self._outside = outside

    def _come_back(self) -> None:
        if self._outside is not None:
            self._leave_outside()
            self.begin(guarded=True)

    def _leave_outside(self) -> None:
        outside, self._outside, self._back_at_next = self._outside, None, False
        if outside is not None:
            if is_alive(self.connection) and self.connection.in_transaction():
                self.connection.commit()
            outside.__exit__(None, None, None)

    def _take_back(self, options: Mapping[str, Any]) -> None:
        self._raise_verdict()
        self._look_for_connection()
        now = self.connection.get_execution_options()
        changed = {name: options.get(name) for name in now if now[name] is not options.get(name)}
        changed.pop("isolation_level", None)
        if changed:  # they would go for our own statements, too
            self.connection.execution_options(**changed)
        if self._outside is not None:
            self._leave_outside()
            self.begin()
        self._server.after_script(self.connection, left=self.left)

    def _raise_verdict(self) -> None:
        verdict = self._server.blocked or self._verdict
        if verdict is not None:
            raise verdict

    def _look_for_connection(self) -> None:
        if self.connection.invalidated:
            raise TransactionEnded("The script has gone on without it.")
        if not is_alive(self.connection):
            raise TransactionEnded("The script has given the connection of its step back to the pool.", HINT)

    @property
    def _can_guard(self) -> bool:
        return self._server.has_savepoints and self._server.savepoints_last

    def _guard(self) -> None:
        if self._can_guard and not self._guarded:
            send_directly(self.connection, f"SAVEPOINT {GUARD}")
            self._guarded = True

    def _release(self, *, with_next: bool = False) -> None:
        if self._guarded:
            self._guarded = False
            send = self._server.send_with_next if with_next else self._server.send
            send(self.connection, f"RELEASE SAVEPOINT {GUARD}", _ended)


def _ended(error: BaseException) -> TransactionEnded:
    """Return what it means that the savepoint is not there."""
    if sqlstate(error) == ABORTED:
        return TransactionEnded(
            "The script went on after an error of the database, which had ended the transaction of its step.",
            CAUGHT_HINT,
        )
    return TransactionEnded("The script has ended the transaction of its step, on the driver's own connection.", HINT)


def driver_cursor(pooled: Any, *args: Any, **given: Any) -> Any:
    """Return a cursor of the driver, untapped."""
    return pooled.dbapi_connection.cursor(*args, **given)
