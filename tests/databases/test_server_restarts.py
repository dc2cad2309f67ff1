"""A server that crashes in the middle of a run, and is started again: a clear error, and the same command completes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..cli.errors import two_lines
from ..projects import Project
from .own_server import OwnServer, own_server

KINDS = ("postgresql", "mariadb")
COUNT = 'op.execute("UPDATE counter SET n = n + 1")\n'
SLEEPS = {"postgresql": 'op.execute("SELECT pg_sleep(30)")\n', "mariadb": 'op.execute("DO SLEEP(30)")\n'}
WAITS = """import pathlib, time
pathlib.Path("begun").touch()
while pathlib.Path("begun").exists():
    time.sleep(0.01)
"""
PLACES = ("in a statement", "between statements", "in an autocommit block")


@pytest.fixture(scope="module", params=KINDS)
def server(request: pytest.FixtureRequest) -> Iterator[OwnServer]:
    with own_server(request.param) as made:
        yield made


@pytest.fixture
def interrupted(server: OwnServer, tmp_path: Path) -> Iterator[Project]:
    """A project on the server, whose database is as if nothing had ever been there."""
    project = Project(tmp_path, server.url)
    made = 'op.create_table("counter", sa.Column("n", sa.Integer))\nop.execute("INSERT INTO counter VALUES (0)")'
    project.script("a1", None, made)
    project.revisions().upgrade()
    yield project
    for table in ("t_c3", "t_b2", "counter", "alembic_version", "revision_log", "revision_journal"):
        project.send(f"DROP TABLE IF EXISTS {table}")
    project.close()


def script(kind: str, place: str, *, waits: bool) -> str:
    """Two changes, a table, and the place where the server goes away; the second time nothing is waited for."""
    table = 'op.create_table("t_b2", sa.Column("id", sa.Integer))\n'
    pause = (WAITS + (SLEEPS[kind] if place == "in a statement" else "")) if waits else ""
    if place == "in an autocommit block":
        lines = "".join(f"    {line}\n" for line in (COUNT + pause + COUNT).splitlines())
        return table + "with op.get_context().autocommit_block():\n" + lines
    return COUNT + table + pause + COUNT


@pytest.mark.parametrize("place", [PLACES[0], *(pytest.param(each, marks=pytest.mark.slow) for each in PLACES[1:])])
def test_the_server_crashes_and_comes_back(server: OwnServer, interrupted: Project, place: str) -> None:
    project, begun = interrupted, interrupted.folder / "begun"
    project.script("b2", "a1", script(server.kind, place, waits=True))
    project.table("c3", "b2")
    process = project.start("upgrade")
    while not begun.exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    if place == "in a statement":
        begun.unlink()
        time.sleep(0.3)  # until the statement runs; if it does not yet, the connection is missed all the same
    server.stop()
    begun.unlink(missing_ok=True)
    out, err = process.communicate(timeout=60)
    message, hint = err.splitlines()[-2:]
    assert process.returncode == 8, (out, err)
    assert message.startswith("Error: Upgrade of b2 failed at ") and "the connection was lost" in message, err
    assert "when the database is back" in hint and "Traceback" not in err
    refused, _ = two_lines(project.cli("upgrade"), 8)
    assert str(server.port) in refused

    server.start()
    project.script("b2", "a1", script(server.kind, place, waits=False))
    project.flask("upgrade")
    assert project.applied() == {"c3"} and project.query("SELECT n FROM counter") == [(2,)]
    assert project.tables() == {"counter", "t_b2", "t_c3"} and project.journal() == []
