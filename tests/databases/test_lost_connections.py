"""A connection that an administrator ends in the middle of a run: two lines, nothing half-recorded, a rerun works."""

from __future__ import annotations

import time
from typing import Any

import pytest
import sqlalchemy as sa
from flask_revisions.errors import DatabaseError, DatabaseUnreachable, RevisionsError
from flask_revisions.runner.events import StepStarted
from sqlalchemy import make_url

from ..projects import Project
from ..servers import about_drivers
from .proxy import Side, cutter

pytestmark = pytest.mark.parametrize("kind", ["postgresql", "mariadb"])

KILL = {
    "postgresql": ("SELECT pg_backend_pid()", "SELECT pg_terminate_backend({})"),
    "mariadb": ("SELECT connection_id()", "KILL {}"),
}
HOLDER = (
    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid <> {} "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
SLOW = {"postgresql": "SELECT pg_sleep(20)", "mariadb": "SELECT SLEEP(20)"}

INSERT = 'op.execute("INSERT INTO t_a1 (id) VALUES (1)")\n'


def end_own(project: Project, kind: str, *, delay: float = 0) -> str:
    """Lines of a script that have its own connection ended, at once or in the middle of what follows."""
    ask, kill = KILL[kind]
    lines = (
        "import threading, time\n"
        f"number = op.get_bind().exec_driver_sql({ask!r}).scalar()\n"
        "def kill():\n"
        f"    time.sleep({delay})\n"
        f"    engine = sa.create_engine({project.url!r})\n"
        "    with engine.connect() as other:\n"
        f"        other.exec_driver_sql({kill!r}.format(number))\n"
        "    engine.dispose()\n"
    )
    return lines + ("threading.Thread(target=kill).start()\n" if delay else "kill()\ntime.sleep(0.2)\n")


@pytest.fixture
def prepared(project: Project) -> Project:
    project.table("a1")
    project.revisions().upgrade()
    return project


def fails(project: Project, kind: str, body: str) -> RevisionsError:
    project.script("b2", "a1", body)
    with pytest.raises(RevisionsError) as caught:
        project.revisions().upgrade()
    assert project.applied() == {"a1"}
    project.table("b2", "a1")
    assert len(project.revisions(lock_timeout=15.0).upgrade()) == 1 and project.applied() == {"b2"}
    return caught.value


def test_within_a_statement(prepared: Project, kind: str) -> None:
    error = fails(prepared, kind, INSERT + end_own(prepared, kind, delay=0.3) + f"op.execute('{SLOW[kind]}')")
    assert isinstance(error, DatabaseUnreachable) and error.exit_code == 8
    assert error.message.startswith("Upgrade of b2 failed at migrations/versions/b2.py:22, op.execute(")
    assert "the connection was lost" in error.message and "run 'flask db upgrade' again" in error.hint
    assert prepared.query("SELECT count(*) FROM t_a1") == [(0,)]


def test_between_two_statements(prepared: Project, kind: str) -> None:
    error = fails(prepared, kind, INSERT + end_own(prepared, kind) + INSERT)
    assert isinstance(error, DatabaseUnreachable) and "the connection was lost" in error.message
    assert prepared.query("SELECT count(*) FROM t_a1") == [(0,)]


def test_after_the_last_statement(prepared: Project, kind: str) -> None:
    error = fails(prepared, kind, INSERT + end_own(prepared, kind))
    assert isinstance(error, DatabaseUnreachable) and "lost" in error.message
    assert prepared.query("SELECT count(*) FROM t_a1") == [(0,)]


@pytest.mark.parametrize("block", [False, True])
def test_who_catches_that_goes_on_in_vain(prepared: Project, kind: str, block: bool) -> None:
    lines = end_own(prepared, kind) + "try:\n    op.execute('SELECT 1')\nexcept Exception:\n    pass\n"
    if block:
        lines = "with op.get_context().autocommit_block():\n" + "".join(f"    {each}\n" for each in lines.splitlines())
    error = fails(prepared, kind, lines)
    assert isinstance(error, DatabaseUnreachable) and "the connection was lost" in error.message


def test_between_two_steps(prepared: Project, kind: str) -> None:
    def callback(ctx: Any, **others: Any) -> None:
        found.append(ctx.connection.exec_driver_sql(KILL[kind][0]).scalar())

    def report(event: Any) -> None:
        if isinstance(event, StepStarted) and event.number == 2:
            prepared.send(KILL[kind][1].format(found[0]))

    found: list[int] = []
    prepared.script("b2", "a1", INSERT)
    prepared.table("c3", "b2")
    with pytest.raises(DatabaseUnreachable, match="lost"):
        prepared.revisions(on_version_apply=callback).upgrade(report=report)
    assert prepared.applied() == {"b2"} and prepared.query("SELECT count(*) FROM t_a1") == [(1,)]
    assert len(prepared.revisions().upgrade()) == 1


@pytest.mark.parametrize("side", ["before", "after"])
def test_at_commit(prepared: Project, kind: str, side: Side) -> None:
    """Whether it was carried out only the database knows; the same command does what is right."""
    prepared.script("b2", "a1", INSERT)
    with cutter(make_url(prepared.url), side) as (url, line):
        through = Project(prepared.folder, url.render_as_string(hide_password=False))
        revisions = through.revisions(on_version_apply=lambda **facts: line.armed.set())
        with pytest.raises(DatabaseUnreachable) as caught:
            revisions.upgrade()
        through.close()
    assert line.cut.is_set()
    assert "failed at its COMMIT: the connection was lost, and it is not known whether it was carried out" in str(
        caught.value
    )
    assert "'flask db current' says where it is" in caught.value.hint
    committed = side == "after"
    assert prepared.applied() == ({"b2"} if committed else {"a1"})
    assert len(prepared.revisions(lock_timeout=15.0).upgrade()) == int(not committed)
    assert prepared.applied() == {"b2"} and prepared.query("SELECT id FROM t_a1") == [(1,)]


def end_holder(project: Project, own: int) -> None:
    """End the connection that holds the lock of the run."""
    for (number,) in project.query(HOLDER.format(own)):
        project.send(f"SELECT pg_terminate_backend({number})")
        while project.query(f"SELECT 1 FROM pg_stat_activity WHERE pid = {number}"):
            time.sleep(0.01)


@about_drivers
def test_the_connection_of_the_lock_is_missed_before_the_next_step(prepared: Project, kind: str) -> None:
    if kind != "postgresql":
        pytest.skip("elsewhere it is the connection of the run")

    def callback(ctx: Any, **others: Any) -> None:
        end_holder(prepared, ctx.connection.execute(sa.text("SELECT pg_backend_pid()")).scalar() or 0)

    prepared.script("b2", "a1", INSERT)
    prepared.table("c3", "b2")
    with pytest.raises(DatabaseError, match=r"The connection that holds the lock was lost: .*terminating") as caught:
        prepared.revisions(on_version_apply=callback).upgrade()
    assert "another run may have begun" in caught.value.hint
    assert prepared.applied() == {"b2"} and prepared.tables() == {"t_a1"}
    assert [step.revision.id for step in prepared.revisions().upgrade()] == ["c3"]


def test_the_connection_of_the_lock_is_missed_before_a_block(prepared: Project, kind: str) -> None:
    if kind != "postgresql":
        pytest.skip("elsewhere it is the connection of the run")
    ends = f"engine = sa.create_engine({prepared.url!r})\n"
    ends += "own = op.get_bind().exec_driver_sql('SELECT pg_backend_pid()').scalar()\n"
    ends += (
        f"with engine.connect() as other:\n    for (number,) in other.exec_driver_sql({HOLDER!r}.format(own)).all():\n"
    )
    ends += "        other.exec_driver_sql(f'SELECT pg_terminate_backend({number})')\nengine.dispose()\n"
    error = fails(prepared, kind, ends + "with op.get_context().autocommit_block():\n    " + INSERT)
    assert (
        "b2.py:18, with op.get_context().autocommit_block(): The connection that holds the lock was lost"
        in error.message
    )
    assert prepared.query("SELECT count(*) FROM t_a1") == [(0,)]


def test_after_the_last_step_the_lock_does_not_matter(prepared: Project, kind: str) -> None:
    if kind != "postgresql":
        pytest.skip("elsewhere it is the connection of the run")
    prepared.script("b2", "a1", INSERT)

    def callback(ctx: Any, **others: Any) -> None:
        end_holder(prepared, ctx.connection.execute(sa.text("SELECT pg_backend_pid()")).scalar() or 0)

    assert len(prepared.revisions(on_version_apply=callback).upgrade()) == 1
    assert prepared.applied() == {"b2"}
