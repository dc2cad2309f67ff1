"""Runs that kill themselves at a chosen point of what they send to the database."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask_revisions import Revisions
from flask_revisions.runner import transaction
from flask_revisions.runner.servers import base, mysql, sqlite

from ..projects import Project


@dataclass(frozen=True)
class Runs:
    """Runs in processes of their own, which are forked from this one.

    :param begins: from the first statement with this text on, each statement is two points: before and after it, also
        those of our own that go past SQLAlchemy's listeners.
    """

    project: Project
    begins: str

    def points(self, work: Callable[[Revisions], object]) -> list[str]:
        """Run undisturbed; return what there is to die at."""
        status, trace = self._run(work, 0)
        assert status == 0, self._said()
        return trace

    def die(self, number: int, expected: str, work: Callable[[Revisions], object]) -> None:
        """Run, and be killed at a point, from 1; that it was there is made sure of."""
        status, trace = self._run(work, number)
        assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, (status, self._said())
        assert len(trace) == number and trace[-1] == expected, (trace[-1:], expected)

    def again(self, work: Callable[[Revisions], object]) -> None:
        """Run once more; it has to complete."""
        status, _ = self._run(work, 0)
        assert status == 0, self._said()

    def _said(self) -> str:
        file = self.project.folder / "said"
        return file.read_text() if file.exists() else ""

    def _run(self, work: Callable[[Revisions], object], number: int) -> tuple[int, list[str]]:
        trace = self.project.folder / "trace"
        trace.unlink(missing_ok=True)
        child = os.fork()
        if child == 0:
            with suppress(BaseException):
                try:
                    self._work(work, number, trace)
                    os._exit(0)
                except BaseException:
                    (self.project.folder / "said").write_text(traceback.format_exc())
            os._exit(1)
        _, status = os.waitpid(child, 0)
        return status, trace.read_text().splitlines() if trace.exists() else []

    def _work(self, work: Callable[[Revisions], object], number: int, trace: Path) -> None:
        os.chdir(self.project.folder)
        app = self.project.app()
        count = 0
        started = False

        def point(what: str) -> None:
            nonlocal count
            count += 1
            with trace.open("a") as file:
                file.write(" ".join(what.split())[:70] + "\n")
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)

        def before(connection: Any, cursor: Any, statement: str, *others: Any) -> None:
            nonlocal started
            started = started or self.begins in statement
            if started:
                point(f"before {statement}")

        def after(connection: Any, cursor: Any, statement: str, *others: Any) -> None:
            if started:
                point(f"after {statement}")

        def commit(connection: Any) -> None:
            if started:
                point("before COMMIT")

        _see_what_is_sent_directly(before, after)
        with app.app_context():
            engine = app.extensions["sqlalchemy"].engine
        sa.event.listen(engine, "before_cursor_execute", before)
        sa.event.listen(engine, "after_cursor_execute", after)
        sa.event.listen(engine, "commit", commit)
        work(app.extensions["revisions"].revisions)


def _see_what_is_sent_directly(before: Callable[..., None], after: Callable[..., None]) -> None:
    send = base.send_directly

    def directly(connection: Any, statement: str) -> None:
        before(connection, None, statement)
        send(connection, statement)
        after(connection, None, statement)

    for module in (base, mysql, sqlite, transaction):
        vars(module)["send_directly"] = directly
