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

log = logging.getLogger("flask_revisions")

RETRY_AFTER = 5


def install(app: Flask, reading: Reading, upgrade: Callable[[], None]) -> None:
    """Wrap an application so that it upgrades itself when the first request comes, if its settings say so.

    Settings that are wrong are logged then, as a warning: the application serves all the same.

    :param upgrade: upgrades to the heads; called with no application context.
    """
    wanted = reading.settings.auto_upgrade
    if wanted is False and not reading.problems:
        return
    app.wsgi_app = _FirstRequest(app, app.wsgi_app, reading, upgrade)  # type: ignore[method-assign]


class _FirstRequest:
    """A WSGI application that does something once before it hands on the first request."""

    def __init__(
        self, app: Flask, wsgi_app: Callable[..., Iterable[bytes]], reading: Reading, upgrade: Callable[[], None]
    ) -> None:
        self._app = app
        self._wsgi_app = wsgi_app
        self._reading = reading
        self._upgrade = upgrade
        self._lock = threading.Lock()
        self._done = False

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not self._done:
            with self._lock:
                if not self._done:
                    error = self._once()
                    if error is not None:
                        return _unavailable(error, self._app.debug, start_response)
                    self._done = True
        return self._wsgi_app(environ, start_response)

    def _once(self) -> Exception | None:
        for problem in self._reading.problems:
            log.warning("%s %s", problem.message, problem.hint)
        wanted = self._reading.settings.auto_upgrade
        if wanted is False or (wanted == "debug" and not self._app.debug):
            return None
        try:
            self._upgrade()
        except RevisionsError as error:
            log.error("Automatic upgrade failed: %s Hint: %s", error.message, error.hint)
            return error
        except Exception as error:
            log.exception("Automatic upgrade failed")
            return error
        return None


def _unavailable(error: Exception, debug: bool, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer 503; the next request tries again."""
    lines = ["The database could not be brought up to date; the log says why. The next request tries again."]
    if debug and isinstance(error, RevisionsError):
        lines += ["", f"Error: {error.message}", f"Hint: {error.hint}"]
    body = "\n".join([*lines, ""]).encode()
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Retry-After", str(RETRY_AFTER)),
        ("Cache-Control", "no-store"),
    ]
    start_response("503 Service Unavailable", headers)
    return [body]
