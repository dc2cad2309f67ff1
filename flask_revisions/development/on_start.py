"""What stands between a server and the application: automatic upgrade, and in debug mode the page."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import RevisionsError

if TYPE_CHECKING:
    from flask import Flask

    from ..config import Reading
    from .gate import Gate

log = logging.getLogger("flask_revisions")

RETRY_AFTER = 5
"""Seconds after which a client may ask again."""


@dataclass
class Attempt:
    """One upgrade, which all requests wait for that come while it goes on.

    :param error: why it failed; set before `finished` is.
    """

    finished: threading.Event = field(default_factory=threading.Event)
    error: Exception | None = None


class TooLong:
    """The upgrade goes on for longer than a request waits."""


def install(
    app: Flask, reading: Callable[[], Reading], upgrade: Callable[[], None], *, in_this_thread: Callable[[], bool]
) -> None:
    """Wrap an application so that it upgrades itself when the first request comes, if its settings say so.

    Settings that are wrong are logged then, as a warning: the application serves all the same.

    :param reading: the settings, asked for when a request comes.
    :param upgrade: upgrades to the heads; called with no application context.
    :param in_this_thread: whether the upgrade has to run in the thread of the request.
    """
    app.wsgi_app = Entrance(app, app.wsgi_app, reading, upgrade, in_this_thread)  # type: ignore[method-assign]


class Entrance:
    """A WSGI application that upgrades the database once before it hands on the first request.

    The upgrade has a thread of its own. A server that ends a worker which has not answered for a while (gunicorn
    after 30 seconds, by default) would end the upgrade with it, and the next worker would begin it anew, for ever; so
    a request waits for a limited time, and is told to come again while the upgrade goes on.

    In debug mode the page has a look at each request that comes through.
    """

    def __init__(
        self,
        app: Flask,
        wsgi_app: Callable[..., Iterable[bytes]],
        reading: Callable[[], Reading],
        upgrade: Callable[[], None],
        in_this_thread: Callable[[], bool],
    ) -> None:
        self._app = app
        self._wsgi_app = wsgi_app
        self._reading = reading
        self._upgrade = upgrade
        self._in_this_thread = in_this_thread
        self._lock = threading.Lock()
        self._warned = False
        self._done = False
        self._attempt: Attempt | None = None
        self._gate: Gate | None = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        gate = self._page() if self._app.debug and not self._app.testing else None
        if not self._done:
            answer = self._wait()
            if isinstance(answer, RevisionsError) and gate is not None:
                return gate.refuse(answer, environ, start_response)
            if answer is not None:
                body = _respond(self._lines(answer), start_response)
                return [] if environ.get("REQUEST_METHOD") == "HEAD" else [body]
        return self._wsgi_app(environ, start_response) if gate is None else gate(environ, start_response)

    def _page(self) -> Gate | None:
        """Return the page; None where the project does not want it."""
        settings = self._reading().settings
        if not settings.page:
            return None
        if self._gate is None:
            from .gate import Gate

            self._gate = Gate(self._app, self._wsgi_app, settings.page_hosts)
        return self._gate

    def _wait(self) -> Exception | TooLong | None:
        """Wait for the upgrade; return why there can be no answer yet, else None."""
        reading = self._reading()
        with self._lock:
            if self._done:
                return None
            attempt = self._attempt
            if attempt is None:
                self._warn(reading)
                if not self._is_wanted(reading):
                    self._done = True
                    return None
                attempt = self._attempt = self._start()
        if not attempt.finished.wait(reading.settings.auto_upgrade_wait):
            return TooLong()
        return attempt.error

    def _start(self) -> Attempt:
        attempt = Attempt()
        if self._in_this_thread():
            self._run(attempt)
        else:
            threading.Thread(target=self._run, args=(attempt,), name="flask-revisions-upgrade", daemon=True).start()
        return attempt

    def _run(self, attempt: Attempt) -> None:
        try:
            self._upgrade()
            self._done = True
        except RevisionsError as error:
            log.error("The automatic upgrade failed. Error: %s Hint: %s", error.message, self._as_called(error.hint))
            attempt.error = error
        except Exception as error:
            log.exception("The automatic upgrade failed.")
            attempt.error = error
        finally:
            self._attempt = None  # a request that comes later tries again
            attempt.finished.set()

    def _warn(self, reading: Reading) -> None:
        if not self._warned:
            for problem in reading.problems:
                log.warning("%s Hint: %s", problem.message, self._as_called(problem.hint))
            self._warned = True

    def _as_called(self, hint: str) -> str:
        from .wording import as_called  # an application that is well does not need it

        return as_called(hint, self._app)

    def _is_wanted(self, reading: Reading) -> bool:
        wanted = reading.settings.auto_upgrade
        return bool(self._app.debug if wanted == "debug" else wanted)

    def _lines(self, answer: Exception | TooLong) -> list[str]:
        if isinstance(answer, TooLong):
            return ["The database is being upgraded. Please try again in a moment."]
        lines = ["The database could not be brought up to date; the log says why. The next request tries again."]
        if self._app.debug and isinstance(answer, RevisionsError):
            lines += ["", f"Error: {answer.message}", f"Hint: {self._as_called(answer.hint)}"]
        return lines


def _respond(lines: list[str], start_response: Callable[..., Any]) -> bytes:
    """Start an answer with the status 503, and return what it says."""
    body = "\n".join([*lines, ""]).encode("utf-8", "replace")
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Retry-After", str(RETRY_AFTER)),
        ("Cache-Control", "no-store"),
    ]
    start_response("503 Service Unavailable", headers)
    return body
