"""Automatic upgrade: before the first request is answered, the database is brought up to date."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import RevisionsError

if TYPE_CHECKING:
    from flask import Flask

    from ..config import Reading
    from ..runner.events import Event

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


def install(
    app: Flask,
    reading: Callable[[], Reading],
    upgrade: Callable[[], None],
    *,
    in_this_thread: Callable[[], bool] = lambda: False,
) -> None:
    """Wrap an application so that it upgrades itself when the first request comes, if its settings say so.

    Settings that are wrong are logged then, as a warning: the application serves all the same.

    :param reading: the settings, asked for when the first request comes.
    :param upgrade: upgrades to the heads; called with no application context.
    :param in_this_thread: whether the upgrade has to run in the thread of the request.
    """
    app.wsgi_app = FirstRequest(app, app.wsgi_app, reading, upgrade, in_this_thread)  # type: ignore[method-assign]


class FirstRequest:
    """A WSGI application that upgrades the database once before it hands on the first request.

    The upgrade has a thread of its own. A server that ends a worker which has not answered for a while (gunicorn
    after 30 seconds, by default) would end the upgrade with it, and the next worker would begin it anew, for ever; so
    a request waits for a limited time, and is told to come again while the upgrade goes on.
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

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not self._done:
            unavailable = self._wait()
            if unavailable is not None:
                body = _respond(unavailable, start_response)
                return [] if environ.get("REQUEST_METHOD") == "HEAD" else [body]
        return self._wsgi_app(environ, start_response)

    def _wait(self) -> list[str] | None:
        """Wait for the upgrade; return the lines of an answer if it failed or takes too long, else None."""
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
            return ["The database is being upgraded. Please try again in a moment."]
        return None if attempt.error is None else self._failed(attempt.error)

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
            log.error("The automatic upgrade failed. Error: %s Hint: %s", error.message, error.hint)
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
                log.warning("%s Hint: %s", problem.message, problem.hint)
            self._warned = True

    def _is_wanted(self, reading: Reading) -> bool:
        wanted = reading.settings.auto_upgrade
        return bool(self._app.debug if wanted == "debug" else wanted)

    def _failed(self, error: Exception) -> list[str]:
        lines = ["The database could not be brought up to date; the log says why. The next request tries again."]
        if self._app.debug and isinstance(error, RevisionsError):
            lines += ["", f"Error: {error.message}", f"Hint: {error.hint}"]
        return lines


def log_event(event: Event) -> None:
    """Log what happens during a run; where nobody has set the level of our logger, print it."""
    from ..runner.events import Ahead, Edited, StepFinished, Waiting

    if isinstance(event, StepFinished):
        step = event.step
        _say(f"Applied {step.revision.id}, {event.number} of {event.of}, in {event.seconds:.2f} s.")
    elif isinstance(event, Waiting):
        _say(f"Waiting for {event.what} for {event.seconds:.0f} s. {event.holder}".rstrip())
    elif isinstance(event, Ahead):
        log.warning("The database is ahead of this code, at %s.", ", ".join(each.id for each in event.revisions))
    elif isinstance(event, Edited):
        log.warning("Edited since applied: %s.", ", ".join(each.id for each in event.revisions))


def _say(text: str) -> None:
    log.info("%s", text)
    if log.level == logging.NOTSET and not log.isEnabledFor(logging.INFO) and sys.stderr is not None:
        sys.stderr.write(f"flask-revisions: {text}\n")


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
