"""Automatic upgrade: before the first request is answered, the database is brought up to date."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from .errors import RevisionsError

if TYPE_CHECKING:
    from flask import Flask

    from .config import Reading
    from .runner.events import Event

log = logging.getLogger("flask_revisions")

RETRY_AFTER = 5
"""Seconds after which a client may ask again."""


def install(app: Flask, reading: Callable[[], Reading], upgrade: Callable[[], None]) -> None:
    """Wrap an application so that it upgrades itself when the first request comes, if its settings say so.

    Settings that are wrong are logged then, as a warning: the application serves all the same.

    :param reading: the settings, asked for when the first request comes.
    :param upgrade: upgrades to the heads; called with no application context.
    """
    app.wsgi_app = FirstRequest(app, app.wsgi_app, reading, upgrade)  # type: ignore[method-assign]


class FirstRequest:
    """A WSGI application that does something once before it hands on the first request."""

    def __init__(
        self,
        app: Flask,
        wsgi_app: Callable[..., Iterable[bytes]],
        reading: Callable[[], Reading],
        upgrade: Callable[[], None],
    ) -> None:
        self._app = app
        self._wsgi_app = wsgi_app
        self._reading = reading
        self._upgrade = upgrade
        self._lock = threading.Lock()
        self._warned = False
        self._done = False
        self._failures = 0
        self._last: Exception | None = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not self._done:
            error = self._once()
            if error is not None:
                body = _unavailable(error, self._app.debug, start_response)
                return [] if environ.get("REQUEST_METHOD") == "HEAD" else [body]
        return self._wsgi_app(environ, start_response)

    def _once(self) -> Exception | None:
        """Upgrade; requests that come meanwhile wait, and have its success or its failure in common."""
        failures = self._failures
        with self._lock:
            if self._done:
                return None
            if self._failures == failures:
                self._last = self._try()
                self._failures += self._last is not None
                self._done = self._last is None
            return self._last

    def _try(self) -> Exception | None:
        reading = self._reading()
        if not self._warned:
            for problem in reading.problems:
                log.warning("%s Hint: %s", problem.message, problem.hint)
            self._warned = True
        wanted = reading.settings.auto_upgrade
        if wanted is False or (wanted == "debug" and not self._app.debug):
            return None
        try:
            self._upgrade()
        except RevisionsError as error:
            log.error("The automatic upgrade failed. Error: %s Hint: %s", error.message, error.hint)
            return error
        except Exception as error:
            log.exception("The automatic upgrade failed.")
            return error
        return None


def log_event(event: Event) -> None:
    """Log what happens during a run."""
    from .runner.events import Ahead, Edited, StepFinished, Waiting

    if isinstance(event, StepFinished):
        step = event.step
        log.info("Applied %s, %s of %s, in %.2f s.", step.revision.id, event.number, event.of, event.seconds)
    elif isinstance(event, Waiting):
        log.info("Waiting for %s for %.0f s. %s", event.what, event.seconds, event.holder)
    elif isinstance(event, Ahead):
        log.warning("The database is ahead of this code, at %s.", ", ".join(each.id for each in event.revisions))
    elif isinstance(event, Edited):
        log.warning("Edited since applied: %s.", ", ".join(each.id for each in event.revisions))


def _unavailable(error: Exception, debug: bool, start_response: Callable[..., Any]) -> bytes:
    """Start an answer with the status 503, and return what it says."""
    lines = ["The database could not be brought up to date; the log says why. The next request tries again."]
    if debug and isinstance(error, RevisionsError):
        lines += ["", f"Error: {error.message}", f"Hint: {error.hint}"]
    body = "\n".join([*lines, ""]).encode("utf-8", "replace")
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Retry-After", str(RETRY_AFTER)),
        ("Cache-Control", "no-store"),
    ]
    start_response("503 Service Unavailable", headers)
    return body
