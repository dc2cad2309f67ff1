"""Ctrl-C and SIGTERM: the statement that runs is ended, and the command with it, in good order."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import click

SIGNALS = (signal.SIGINT, signal.SIGTERM)
PATIENCE = 10.0
"""Seconds that the end of a command waits for a server to be told."""

_KEY = "flask_revisions.interrupts"


class Terminated(KeyboardInterrupt):
    """The system has asked the process to end."""


@dataclass
class Interrupts:
    """What a signal has to end, and whether there was one.

    :param received: the number of the signal; 0 while there was none.
    :param stops: each ends the statement that runs on a connection, from any thread.
    :param stands: says where a run stands, as a part of a sentence.
    """

    received: int = 0
    stops: list[Callable[[], None]] = field(default_factory=list)
    stands: Callable[[], str] = lambda: ""

    @property
    def exit_code(self) -> int:
        """130 or 143, as a shell says it."""
        return 128 + (self.received or signal.SIGINT)

    def check(self) -> None:
        """Raise, where the exception of the signal has been lost: a destructor swallows those."""
        if self.received:
            raise Terminated if self.received == signal.SIGTERM else KeyboardInterrupt

    def handle(self, number: int, frame: Any) -> None:
        """Be told of a signal, in the main thread."""
        self.received = self.received or number
        raise Terminated if number == signal.SIGTERM else KeyboardInterrupt

    def stop(self) -> None:
        """End what runs; a driver may keep the main thread busy until that is done."""
        for each in tuple(self.stops):
            with suppress(Exception):  # a connection that is gone runs nothing any more
                each()


def interrupts(ctx: click.Context) -> Interrupts:
    """Return those of the running command."""
    found: Interrupts = ctx.meta.setdefault(_KEY, Interrupts())
    return found


@contextmanager
def interruptible(found: Interrupts) -> Iterator[None]:
    """Watch for signals for the length of a block; their handlers are put back as they were.

    Nothing happens outside of the main thread, which alone can have handlers, and for a signal that is ignored, as
    SIGINT is in a shell's background.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    ours = [number for number, handler in before.items() if handler not in (signal.SIG_IGN, None)]
    with _watching(found, frozenset(ours)):
        for number in ours:
            signal.signal(number, found.handle)
        try:
            yield
        finally:
            for number in ours:
                signal.signal(number, before[number])


@contextmanager
def _watching(found: Interrupts, numbers: frozenset[int]) -> Iterator[None]:
    """Read the numbers of signals in a thread: while a driver waits in C, no handler of Python's is called."""
    reader, writer = socket.socketpair()
    with reader, writer:
        writer.setblocking(False)
        known = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        if known != -1:  # an event loop is here already
            signal.set_wakeup_fd(known)
            yield
            return

        def watch() -> None:
            while seen := reader.recv(16):
                if numbers & set(seen):
                    found.stop()

        thread = threading.Thread(target=watch, name="flask-revisions-signals", daemon=True)
        thread.start()
        try:
            yield
        finally:
            signal.set_wakeup_fd(-1)
            writer.shutdown(socket.SHUT_WR)
            thread.join(PATIENCE)
