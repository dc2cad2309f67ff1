"""`REVISIONS_AUTO_UPGRADE` under real servers: applied once, and the first answer has the new tables."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from ..projects import Project
from .serving import ask, server

APP = """
import os
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_revisions import Revisions

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
app.config["REVISIONS_AUTO_UPGRADE"] = True
app.config.from_prefixed_env()
db = SQLAlchemy(app)
Revisions(app, db)


@app.route("/")
def index():
    return ",".join(str(n) for (n,) in db.session.execute(db.text("SELECT n FROM counter")))


if __name__ == "__main__":
    app.run(port=int(os.environ["PORT"]))
"""

GUNICORN = ["gunicorn", "--bind", "127.0.0.1:{port}", "--log-level", "error", "app:app"]

SERVERS = {
    "flask run": ["flask", "run", "--port", "{port}"],
    "flask run with reloader": ["flask", "run", "--debug", "--port", "{port}"],
    "app.run()": ["app"],
    "gunicorn": [*GUNICORN, "--workers", "4"],
    "gunicorn with threads": [*GUNICORN, "--workers", "2", "--threads", "4"],
    "gunicorn --preload": [*GUNICORN, "--workers", "4", "--preload"],
    "waitress": ["waitress", "--listen", "127.0.0.1:{port}", "app:app"],
}


@pytest.fixture
def counting(project: Project) -> Project:
    """Three revisions: the second takes its time, and the third and it count."""
    up = "op.create_table('counter', sa.Column('n', sa.Integer))\nop.execute('INSERT INTO counter VALUES (0)')"
    project.script("a1", None, up)
    project.script("b2", "a1", "import time\ntime.sleep(0.5)\nop.execute('UPDATE counter SET n = n + 1')")
    project.script("c3", "b2", "op.execute('UPDATE counter SET n = n + 1')")
    (project.folder / "app.py").write_text(APP)
    return project


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mariadb"])
def test_four_servers_at_once_on_one_database(counting: Project) -> None:
    with ExitStack() as stack:
        ports = [stack.enter_context(server(counting, SERVERS["flask run"])) for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(ask, ports)) == [(200, "2")] * 4
    assert counting.applied() == {"c3"}


@pytest.mark.parametrize("name", [name for name in SERVERS if name != "flask run"])
@pytest.mark.parametrize("kind", ["postgresql"])
def test_whichever_way_an_application_is_served(counting: Project, name: str) -> None:
    if "gunicorn" in name:
        pytest.importorskip("gunicorn", reason="it does not run here")
    with server(counting, SERVERS[name]) as port:
        ask(port)
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(ask, [port] * 8)) == [(200, "2")] * 8
    assert counting.applied() == {"c3"}


@pytest.mark.parametrize("kind", ["postgresql"])
def test_an_upgrade_that_takes_longer_than_a_worker_may(counting: Project) -> None:
    pytest.importorskip("gunicorn", reason="it does not run here")
    tries = counting.folder / "tries"
    counting.script("d4", "c3", f"open({str(tries)!r}, 'a').write('x')\nimport time\ntime.sleep(4)")
    command = [*GUNICORN, "--workers", "1", "--timeout", "2"]
    with server(counting, command, FLASK_REVISIONS_AUTO_UPGRADE_WAIT="0.5") as port:
        answers = [ask(port)]
        while answers[-1][0] == 503 and len(answers) < 50:
            time.sleep(0.2)
            answers.append(ask(port))
    assert answers[-1] == (200, "2") and len(answers) > 3
    assert tries.read_text() == "x"
