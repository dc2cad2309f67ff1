"""What stands before an application in debug mode: the page while revisions are pending, and who may use it."""

from __future__ import annotations

import ipaddress
import logging
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from flask import Request

from ..errors import RevisionsError
from ..project import Project, open_project
from .page import APPLY, CREATE, HERE, Buttons, Situation, as_json, html
from .situation import create_revision, needs_attention, situation_of, upgrade
from .wording import as_called, group_of

if TYPE_CHECKING:
    from flask import Flask

log = logging.getLogger("flask_revisions")

LOOK_AGAIN = 2.0
"""Seconds for which a database that was up to date is taken for it, unless a revision file came or went."""

TOKENS = 64
LARGEST_FORM = 16_384
"""Bytes of a request that presses a button, at most."""

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")
NOT_ALLOWED = (
    "Not allowed. The buttons work for a browser on this machine alone, once for each page;\n"
    "REVISIONS_PAGE_HOSTS names other hosts. Load the page again, or run 'flask db upgrade'.\n"
)
USED = "Nothing was done: a page is good for one press, and this one was used, or is old."
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

Start = Callable[..., Any]


class Gate:
    """A WSGI application that shows a page while revisions are pending, and else hands on the request.

    The page may change the database, so its buttons are for one who could do that anyway: a browser on the same
    machine, which asks for it by a name of that machine, on the page that it was given, once. Any other reader gets
    the page without buttons.

    :param hosts: addresses and host names that are trusted like this machine's own.
    """

    def __init__(self, app: Flask, wsgi_app: Callable[..., Iterable[bytes]], hosts: Iterable[str]) -> None:
        self._app = app
        self._wsgi_app = wsgi_app
        self._hosts = frozenset(each.lower() for each in hosts)
        self._tokens: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()
        self._fine_until = 0.0
        self._seen: dict[str, int] = {}
        """The folders of the revisions, and when each had changed."""
        self._warned = ""

    def __call__(self, environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path in (APPLY, CREATE) and environ.get("REQUEST_METHOD") == "POST":
            return self._press(path, environ, start_response)
        if path == HERE.rstrip("/"):
            here = environ.get("SCRIPT_NAME", "") + HERE
            return _answer(start_response, "308 Permanent Redirect", "", "text/plain", location=here)
        if path == HERE:
            return self._show(self._whole_situation(), environ, start_response)
        if not self._is_fine():
            shown = self._situation()
            if shown is not None and shown.needs_attention:
                return self._show(shown, environ, start_response)
        return self._wsgi_app(environ, start_response)

    def refuse(
        self, error: RevisionsError, environ: dict[str, Any], start_response: Start, *, back: str = ""
    ) -> Iterable[bytes]:
        """Show the page with an error.

        :param back: where its reader wanted to go; the path of the request, unless it is given.
        """
        shown = self._situation(problem=error)
        return self._show(shown or _only(error), environ, start_response, back=back)

    # -- what there is to show --------------------------------------------------------------------------

    def _is_fine(self) -> bool:
        """Return True if the database was up to date a moment ago, and there are no new files since."""
        if time.monotonic() < self._fine_until and all(_changed(each) == was for each, was in self._seen.items()):
            return True
        try:
            with self._project() as project:
                fine = not needs_attention(project)
                self._seen = {each: _changed(each) for each in project.locations}
        except RevisionsError as error:
            self._warn(error)
            return False
        self._fine_until = time.monotonic() + LOOK_AGAIN if fine else 0.0
        return fine

    def _situation(self, *, problem: RevisionsError | None = None) -> Situation | None:
        """Return what there is to say; None where the database cannot be asked: the application will say so itself."""
        try:
            with self._project() as project:
                return situation_of(project, problem=problem)
        except RevisionsError as error:
            self._warn(error)
            return None

    def _whole_situation(self) -> Situation:
        """Return what there is to say, with the models' differences, or why it cannot be known."""
        try:
            with self._project() as project:
                return situation_of(project, differences=True)
        except RevisionsError as error:
            return _only(error)

    def _warn(self, error: RevisionsError) -> None:
        if error.message != self._warned:
            hint = as_called(error.hint, self._app)
            log.warning("The pending page was left out. Error: %s Hint: %s", error.message, hint)
            self._warned = error.message

    @contextmanager
    def _project(self) -> Iterator[Project]:
        with open_project(self._app, lenient=True) as project:
            yield project

    # -- what can be done -------------------------------------------------------------------------------

    def _press(self, path: str, environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        if not self._trusts(environ):
            return self._forbid(start_response)
        form = _form(environ)
        back = _path(form.get("back", ""))
        if not self._spend(form.get("token", "")):
            return self._show_again(back, environ, start_response)
        try:
            with self._project() as project:
                if path == APPLY:
                    upgrade(project)
                else:
                    create_revision(project, form.get("message", ""), form.get("history", ""))
        except RevisionsError as error:
            log.error("Error: %s Hint: %s", error.message, as_called(error.hint, self._app))
            return self.refuse(error, environ, start_response, back=back)
        self._fine_until = 0.0
        return _answer(start_response, "303 See Other", "", "text/plain", location=back)

    def _show_again(self, back: str, environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        """Show the page to a reader whose page had been used, which is what loading it again comes to."""
        shown = self._whole_situation()
        if not shown.problem:
            shown = replace(shown, problem=USED, hint="press the button once more.")
        return self._show(shown, environ, start_response, back=back, status="403 Forbidden")

    def _forbid(self, start_response: Start) -> Iterable[bytes]:
        return _answer(start_response, "403 Forbidden", as_called(NOT_ALLOWED, self._app), "text/plain")

    def _as_called(self, shown: Situation) -> Situation:
        """Return what there is to say with the commands as the application calls them."""
        cure, problem, hint = (as_called(each, self._app) for each in (shown.cure, shown.problem, shown.hint))
        return replace(shown, cure=cure, problem=problem, hint=hint, group=group_of(self._app))

    def _show(
        self, shown: Situation, environ: dict[str, Any], start_response: Start, *, back: str = "", status: str = ""
    ) -> Iterable[bytes]:
        shown = self._as_called(shown)
        status = status or ("503 Service Unavailable" if shown.needs_attention else "200 OK")
        if _wants_json(environ):
            return _answer(start_response, status, as_json(shown), "application/json")
        buttons = None
        if self._trusts(environ):
            buttons = Buttons(self._token(), back or _back(environ), environ.get("SCRIPT_NAME", ""))
        body = html(shown, buttons)
        return _answer(start_response, status, "" if environ["REQUEST_METHOD"] == "HEAD" else body, "text/html")

    def _token(self) -> str:
        token = secrets.token_urlsafe(24)
        with self._lock:
            self._tokens[token] = None
            while len(self._tokens) > TOKENS:
                self._tokens.popitem(last=False)
        return token

    def _spend(self, token: str) -> bool:
        with self._lock:
            return self._tokens.pop(token, True) is None

    def _trusts(self, environ: dict[str, Any]) -> bool:
        """Return True for a browser of this machine, or of a host that the project trusts.

        A page of somebody else's could send a request from here, under a name that leads here: so the name of the
        host counts as well (https://developer.mozilla.org/en-US/docs/Web/HTTP/Headers/Sec-Fetch-Site).
        """
        host = environ.get("HTTP_HOST", "").lower()
        origin = environ.get("HTTP_ORIGIN")
        return (
            self._is_near(environ)
            and self._is_name(_without_port(host))
            and (origin is None or urlsplit(origin).netloc.lower() == host)
            and environ.get("HTTP_SEC_FETCH_SITE", "same-origin") in ("same-origin", "none")
        )

    def _is_near(self, environ: dict[str, Any]) -> bool:
        address = environ.get("REMOTE_ADDR", "")
        if address.lower() in self._hosts:
            return True
        return _is_loopback(address) and not any(each in environ for each in FORWARDED)

    def _is_name(self, host: str) -> bool:
        return (
            host == "localhost" or host.endswith(".localhost") or _is_loopback(host.strip("[]")) or host in self._hosts
        )


def _only(error: RevisionsError) -> Situation:
    return Situation("", problem=error.message, hint=error.hint)


def _changed(folder: str) -> int:
    """Return when a file last came to a folder, or went."""
    try:
        return Path(folder).stat().st_mtime_ns
    except OSError:
        return 0


def _is_loopback(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def _form(environ: dict[str, Any]) -> dict[str, str]:
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return {}
    if not 0 < length <= LARGEST_FORM:
        return {}
    content = environ["wsgi.input"].read(length).decode("utf-8", "replace")
    return {name: values[0] for name, values in parse_qs(content, keep_blank_values=True).items()}


def _wants_json(environ: dict[str, Any]) -> bool:
    offered = Request(environ).accept_mimetypes
    return offered.best_match(["text/html", "application/json"]) == "application/json"


def _back(environ: dict[str, Any]) -> str:
    """Return where a reader wanted to go."""
    if environ.get("REQUEST_METHOD") != "GET":
        return str(environ.get("SCRIPT_NAME", "")) + "/"
    request = Request(environ)
    return request.root_path.rstrip("/") + request.full_path.rstrip("?")


def _path(back: str) -> str:
    """Return a path on this server; nothing that a browser would take for another one."""
    is_path = back.startswith("/") and not back.startswith(("//", "/\\")) and back.isprintable() and "\\" not in back
    return back.encode("ascii", "ignore").decode() if is_path else "/"


def _answer(
    start_response: Start, status: str, body: str, kind: str, *, location: str | None = None
) -> Iterable[bytes]:
    content = body.encode("utf-8", "replace")
    headers = [
        ("Content-Type", f"{kind}; charset=utf-8"),
        ("Content-Length", str(len(content))),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
    ]
    if location is not None:
        headers.append(("Location", location))
    start_response(status, headers)
    return [content]
