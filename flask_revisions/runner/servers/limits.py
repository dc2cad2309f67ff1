"""Time limits of a run's statements: how long one may take, and how long one may wait for a table."""

from __future__ import annotations

import gc
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, event

from ...errors import StatementTimeout, TableBlocked
from ..events import Report, Waiting

LOOKS_EVERY = 0.1
GIVING_WAY = 0.05
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0
A_TABLE = "a table that another session uses"

_LITERAL = re.compile(r"'(?:[^']|'')*'")


@dataclass(frozen=True)
class Limits:
    """Time limits, in seconds.

    :param statement: how long a statement of a script may take; None for no limit.
    :param table_lock: how long one that changes a table's definition waits for the table; 0 for no limit.
    :param patience: for how long what has not got its table is tried again.
    """

    statement: float | None = None
    table_lock: float = 5.0
    patience: float = 300.0

    @property
    def wait(self) -> float:
        """How long a statement itself waits for a table, in seconds.

        Who queues behind it waits until it has been ended as well: that is what the rest is for.
        """
        return self.table_lock - min(GIVING_WAY, self.table_lock / 10)


class Patience:
    """Lets time pass between attempts, more each time, as long as there is some left.

    Between attempts no lock is held, so that those who queue behind it get their turn.
    """

    def __init__(self, limits: Limits, report: Report) -> None:
        self._limits = limits
        self._report = report
        self._began = time.monotonic()
        self._pause = FIRST_PAUSE
        self._attempts = 0

    def wait(self, statement: str, blockers: str) -> None:
        """Wait before another attempt, and say so.

        :param statement: what has not got its table.
        :param blockers: who has it, in words; may be empty.
        :raises TableBlocked: there has been enough of that.
        """
        self._attempts += 1
        waited = time.monotonic() - self._began
        if waited + self._pause > self._limits.patience:
            who = f": {blockers}" if blockers else ""
            times = "once" if self._attempts == 1 else f"{self._attempts} times"
            raise TableBlocked(
                f"Another session keeps a table locked that '{_short(statement)}' needs{who}; tried {times} in "
                f"{waited + self._limits.table_lock:.1f} s.",
                "close that session, in this process with db.session.remove(); or set REVISIONS_TABLE_LOCK_PATIENCE "
                "(seconds) to try for longer.",
                blockers=blockers,
                statement=statement,
            )
        self._report(Waiting(A_TABLE, blockers, waited))
        time.sleep(self._pause)
        self._pause = min(self._pause * 1.5, LONGEST_PAUSE)


@dataclass
class _Running:
    """The statement that runs.

    :param waits: whether it may wait for a table.
    :param passed: when it did not wait for one yet, or any more.
    """

    waits: bool
    began: float = 0.0
    passed: float = 0.0
    blockers: str | None = None
    ended: bool = False
    gives_way: bool = False

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Let its time begin now."""
        self.began = self.passed = time.monotonic()


class Clock:
    """Looks at the running statement from another thread: asks who blocks it, and ends it when its time is over.

    :param stop: ends the statement.
    :param blockers: says who blocks it, while it waits; None where that can be asked afterwards only.
    :param queues: tells whether it waits for a table; None where the database counts the time of that.
    """

    def __init__(
        self,
        limits: Limits,
        stop: Callable[[], None],
        blockers: Callable[[], str] | None,
        queues: Callable[[], bool] | None,
    ) -> None:
        self._limits = limits
        self._stop = stop
        self._blockers = blockers if limits.table_lock else None
        self._queues = queues
        self._mutex = threading.Lock()
        self._over = threading.Event()
        self._running: _Running | None = None
        self.looks = limits.statement is not None or self._blockers is not None or queues is not None
        """False where there is nothing to look for."""

    @contextmanager
    def started(self) -> Iterator[None]:
        """Look for the length of a block."""
        if not self.looks:
            yield
            return
        thread = threading.Thread(target=self._watch, name="flask-revisions-clock", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    @contextmanager
    def running(self, *, waits: bool) -> Iterator[_Running]:
        """Look at the statement of a block, in which others may be sent before it: the journal's."""
        running, outer = _Running(waits), self._running
        self._running = running
        try:
            yield running
        finally:
            with self._mutex:  # what is being asked or ended belongs to this statement
                if outer is not None:
                    outer.begin()
                self._running = outer

    def _watch(self) -> None:
        pause = LOOKS_EVERY
        while not self._over.wait(pause):
            pause = LOOKS_EVERY
            with self._mutex:
                running = self._running
                if running is not None:
                    self._look(running, time.monotonic() - running.began)
                    pause = self._until_it_gives_way(running)

    def _look(self, running: _Running, seconds: float) -> None:
        if running.waits and self._blockers and seconds >= min(1.0, self._limits.table_lock * 0.4):
            with suppress(Exception):  # that it cannot be asked is no reason to stop
                running.blockers = self._blockers() or running.blockers
        if running.waits and self._queues and seconds >= LOOKS_EVERY and not running.gives_way:
            with suppress(Exception):
                self._look_at_queue(running, self._queues)
        if self._limits.statement is not None and seconds >= self._limits.statement and not running.ended:
            running.ended = True
            with suppress(Exception):
                self._stop()

    def _until_it_gives_way(self, running: _Running) -> float:
        if not (self._queues and running.waits):
            return LOOKS_EVERY
        left = running.passed + self._limits.wait - time.monotonic()
        return left if 0 < left < LOOKS_EVERY else LOOKS_EVERY

    def _look_at_queue(self, running: _Running, queues: Callable[[], bool]) -> None:
        """End a statement that has been waiting for its table; one may wait at its beginning and at its end."""
        looked = time.monotonic()
        if not queues():
            running.passed = looked
        elif time.monotonic() - running.passed >= self._limits.wait:
            self._stop()
            running.gives_way = True


class StatementLimits:
    """Holds each statement that is sent on a connection to the limits.

    :param waits: tells whether a statement may wait for a table, and is not to do that for long.
    :param blocked: called with a statement that has not got its table in time, and who has it; returns to have it
        sent again.
    :param is_blocked: tells whether an error of the driver is that.
    :param carry: called with what sends a statement.
    """

    def __init__(
        self,
        connection: Connection,
        limits: Limits,
        clock: Clock,
        *,
        waits: Callable[[str], bool],
        is_blocked: Callable[[BaseException], bool],
        blocked: Callable[[str, str], None],
        carry: Callable[[Callable[[], None]], None],
    ) -> None:
        self._connection = connection
        self._limits = limits
        self._clock = clock
        self._waits = waits
        self._is_blocked = is_blocked
        self._blocked = blocked
        self._carry = carry

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Do so for the length of a block."""
        engine = self._connection.engine  # these events are its dialect's: other connections have to be left alone
        hooks: dict[str, Callable[..., Any]] = {
            "do_execute": self._execute,
            "do_execute_no_params": self._execute_no_params,
            "do_executemany": self._execute_many,
        }
        for name, hook in hooks.items():
            event.listen(engine, name, hook)
        try:
            with self._clock.started():
                yield
        finally:
            for name, hook in hooks.items():
                event.remove(engine, name, hook)

    def _execute(self, cursor: Any, statement: str, parameters: Any, context: Any) -> bool | None:
        return self._ours(
            context, statement, lambda: context.dialect.do_execute(cursor, statement, parameters, context)
        )

    def _execute_no_params(self, cursor: Any, statement: str, context: Any) -> bool | None:
        return self._ours(context, statement, lambda: context.dialect.do_execute_no_params(cursor, statement, context))

    def _execute_many(self, cursor: Any, statement: str, parameters: Any, context: Any) -> bool | None:
        return self._ours(
            context, statement, lambda: context.dialect.do_executemany(cursor, statement, parameters, context)
        )

    def _ours(self, context: Any, statement: str, send: Callable[[], None]) -> bool | None:
        if getattr(context, "root_connection", None) is not self._connection:
            return None
        waits = bool(self._limits.table_lock) and self._waits(statement)
        while not self._sent(statement, send, waits=waits):
            pass
        return True

    def _sent(self, statement: str, send: Callable[[], None], *, waits: bool) -> bool:
        """Send a statement; return False if it has to be sent once more."""
        running = None
        try:
            if self._clock.looks:
                with self._clock.running(waits=waits) as running:
                    self._carry(send)
            else:
                self._carry(send)
        except Exception as error:
            if running is not None and running.ended:
                raise StatementTimeout(
                    f"'{_short(statement)}' took longer than {self._limits.statement:g} seconds, and was ended.",
                    "let it do less at a time, or set REVISIONS_STATEMENT_TIMEOUT (seconds) higher.",
                    statement=statement,
                ) from error
            if not (waits and (self._is_blocked(error) or (running is not None and running.gives_way))):
                raise
            self._blocked(statement, (running.blockers if running else None) or "")
            return False
        return True


def without_literals(query: str) -> str:
    """Return a statement of somebody else in a few words, without the values in it: one may be a password."""
    return _short(_LITERAL.sub("'...'", query))


def connections_here(kind: type) -> Iterator[Any]:
    """Return the connections of a driver that this very process has open, whoever made them."""
    for each in gc.get_objects():
        if issubclass(type(each), kind):
            yield each


def _short(statement: str) -> str:
    text = " ".join(statement.split())
    return text if len(text) <= 100 else f"{text[:97]}..."
