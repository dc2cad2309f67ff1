"""`flask db release` beside a server whose workers upgrade by themselves, through PgBouncer in transaction mode."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import make_url

from ..databases.pgbouncer import free_port, pgbouncer, pool_mode
from ..projects import Project
from ..servers import about_plain_drivers

WORKERS = 4
LONGEST = 240
LOCKS = (
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)

APP = """
import os
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_revisions import Revisions
from sqlalchemy import text
from sqlalchemy.pool import NullPool

db = SQLAlchemy()


def create_app():
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"poolclass": NullPool}
    app.config["REVISIONS_AUTO_UPGRADE"] = True
    db.init_app(app)
    Revisions(app, db)

    @app.get("/")
    def counter():
        return str(db.session.execute(text("SELECT n FROM counter")).scalar())

    return app
"""


@pytest.fixture
def pooled(project: Project, tmp_path: Path) -> Iterator[Project]:
    """The project through the pooler, with five revisions, of which four count."""
    pytest.importorskip("gunicorn")
    with pgbouncer(make_url(project.url), tmp_path, size=20) as url:
        made = Project(project.folder, url.render_as_string(False))
        made.query("SELECT 1")
        assert pool_mode(url) == "transaction"
        create = 'op.create_table("counter", sa.Column("n", sa.Integer))\nop.execute("INSERT INTO counter VALUES (0)")'
        made.script("a1", None, create)
        for number in range(2, 6):
            made.script(f"a{number}", f"a{number - 1}", 'op.execute("UPDATE counter SET n = n + 1")')
        (made.folder / "app.py").write_text(APP)
        yield made
        made.close()


@contextmanager
def gunicorn(project: Project) -> Iterator[Server]:
    """A server with several workers for the length of a block; the application is imported once."""
    port = free_port()
    options = ["--preload", "-w", str(WORKERS), "-b", f"127.0.0.1:{port}", "--timeout", str(LONGEST)]
    log = project.folder / "gunicorn.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *options, "app:create_app()"],
            cwd=project.folder,
            env=project.environment(),
            stdout=out,
            stderr=out,
        )
        try:
            yield Server(process, log, f"http://127.0.0.1:{port}/")
        finally:
            process.terminate()
            process.wait(60)


class Server:
    """A running server, whose workers can be replaced by new ones that have upgraded nothing yet."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, url: str) -> None:
        self.process, self.log, self.url = process, log, url
        self.begun = 0

    def begin(self) -> None:
        """Have new workers, and them alone."""
        if self.begun:
            self.process.send_signal(signal.SIGHUP)
        self.begun += 1
        ends = time.monotonic() + LONGEST
        while not (self.said("Booting worker") == WORKERS * self.begun and self.said("Worker exiting") == self.gone):
            assert self.process.poll() is None and time.monotonic() < ends, self.log.read_text()
            time.sleep(0.05)

    @property
    def gone(self) -> int:
        return WORKERS * (self.begun - 1)

    def said(self, words: str) -> int:
        return self.log.read_text().count(words)


def ask(url: str, answers: list[str]) -> None:
    """Ask until the server is there and says something; while it upgrades, it says 503."""
    ends = time.monotonic() + LONGEST
    while time.monotonic() < ends:
        with suppress(OSError), urllib.request.urlopen(url, timeout=LONGEST) as answer:
            answers.append(answer.read().decode())
            return
        time.sleep(0.05)
    answers.append("no answer")


def round_trip(project: Project, server: Server) -> None:
    """Release and ask, at once; everything is to go well."""
    answers: list[str] = []
    server.begin()
    askers = [threading.Thread(target=ask, args=(server.url, answers)) for _ in range(2 * WORKERS)]
    released = project.start("release")
    for each in askers:
        each.start()
    out, err = released.communicate(timeout=LONGEST)
    for each in askers:
        each.join(LONGEST)
    assert released.returncode == 0 and "Released in" in out, (out, err)
    assert answers == ["4"] * len(askers), (answers, server.log.read_text())
    assert project.applied() == {"a5"}


@about_plain_drivers  # the application cannot use asyncpg behind PgBouncer
@pytest.mark.parametrize("kind", ["postgresql"])
@pytest.mark.parametrize("rounds", [1, pytest.param(50, marks=pytest.mark.slow)])
def test_it_goes_well(project: Project, pooled: Project, kind: str, rounds: int) -> None:
    with gunicorn(pooled) as server:
        for number in range(rounds):
            round_trip(pooled, server)
            print(f"round {number + 1} of {rounds} went well", flush=True)
            project.send("DROP TABLE counter, alembic_version, revision_log")
    assert project.query(LOCKS) == [(0,)], "no lock has stayed with the pooler's connections"
