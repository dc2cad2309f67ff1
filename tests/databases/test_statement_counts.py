"""Nothing else is sent than what is needed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask_revisions import Revisions

from ..projects import Project
from ..servers import about_drivers, fresh_database

pytestmark = about_drivers

ROW = "UPDATE alembic_version SET version_num=? WHERE alembic_version.version_num = ?"

LOG = "(a line of the log)"

A_REVISION = {
    "sqlite": [ROW, LOG, "(commit)"],
    "postgresql": ["(a line of the log, and with it) " + ROW, "(commit)"],
    "mariadb": [ROW, LOG, "(commit)"],
}
"""What SQLAlchemy sends for a revision that does nothing; BEGIN, COMMIT, lock and savepoint go past it."""

ON_SQLITE = [
    "BEGIN IMMEDIATE",
    "SAVEPOINT flask_revisions_step",
    "RELEASE SAVEPOINT flask_revisions_step",
    "UPDATE alembic_version",
    "INSERT INTO revision_log",
    "COMMIT",
]
"""The beginnings of what SQLite gets for a revision that does nothing, PRAGMAs left out."""

OLD = int(sa.__version__.startswith("2.0"))
"""SQLAlchemy 2.0 asks PostgreSQL for the domains besides, when it lists columns."""

A_RUN = {"sqlite": 11, "postgresql": 14 + OLD, "mariadb": 14}
"""How many statements there are in a run besides those of its revisions, connecting left out; at most."""

A_RUN_IN_ROUND_TRIPS = 24 + 2 * OLD
"""What a run of one empty revision on PostgreSQL takes, of both its connections, connecting left out; at most."""

NOTHING_TO_DO = {"sqlite": 4, "postgresql": 4, "mariadb": 5}


def watch(revisions: Revisions, app: Any) -> list[str]:
    sent: list[str] = []
    with app.app_context():
        engine = app.extensions["sqlalchemy"].engine
    engine.connect().close()  # the first connection asks questions of its own

    @sa.event.listens_for(engine, "before_cursor_execute")
    def statement(connection: Any, cursor: Any, text: str, parameters: Any, context: Any, many: bool) -> None:
        names = parameters if isinstance(parameters, dict) else ()
        for name in names:
            text = text.replace(f"%({name})s::VARCHAR", "?").replace(f"%({name})s", "?")
        text = " ".join(text.split())
        if text.startswith("WITH line AS"):
            text = "(a line of the log, and with it) " + text.partition("?)) ")[2]
        sent.append(LOG if text.startswith("INSERT INTO revision_log") else text)

    @sa.event.listens_for(engine, "commit")
    def commit(connection: Any) -> None:
        sent.append("(commit)")

    return sent


def opened(project: Project) -> tuple[Revisions, list[str]]:
    app = project.app()
    revisions = app.extensions["revisions"].revisions
    return revisions, watch(revisions, app)


def sent_by(revisions: Revisions, sent: list[str]) -> list[str]:
    """What an upgrade sends, without the release of a lock at its end."""
    sent.clear()
    revisions.upgrade()
    return [each for each in sent if "RELEASE_LOCK" not in each]


def test_an_empty_revision(project: Project, kind: str) -> None:
    project.script("a1")
    revisions, sent = opened(project)
    revisions.upgrade()
    project.script("b2", "a1")
    one = sent_by(revisions, sent)
    for number in (3, 4):
        project.script(f"b{number}", f"b{number - 1}")
    two = sent_by(revisions, sent)
    assert two[len(two) - len(A_REVISION[kind]) * 2 :] == A_REVISION[kind] * 2, two
    assert len(two) - len(one) == len(A_REVISION[kind]) and len(one) - len(A_REVISION[kind]) <= A_RUN[kind], one


def test_what_sqlite_gets_for_an_empty_revision(tmp_path: Path) -> None:
    project = Project(tmp_path, f"sqlite:///{tmp_path / 'x.db'}")
    project.script("a1")
    app = project.app()
    revisions = app.extensions["revisions"].revisions
    revisions.upgrade()
    for number in (2, 3):
        project.script(f"b{number}", f"b{number - 1}" if number > 2 else "a1")
    sent: list[str] = []
    with app.app_context():
        engine = app.extensions["sqlalchemy"].engine
    sa.event.listen(engine, "checkout", lambda driver, *_: driver.set_trace_callback(sent.append))
    revisions.upgrade()
    project.close()
    last = [each for each in sent if not each.startswith("PRAGMA")][-2 * len(ON_SQLITE) :]
    assert all(map(str.startswith, last, ON_SQLITE * 2)) and len(last) == len(ON_SQLITE) * 2, last


def test_a_revision_on_postgresql_costs_three_round_trips(tmp_path: Path) -> None:
    with fresh_database("postgresql", tmp_path) as url, (tmp_path / "wire").open("w+") as wire:
        project = Project(tmp_path / "project", url)
        project.script("a1")
        app = project.app()
        revisions = app.extensions["revisions"].revisions
        revisions.upgrade()
        with app.app_context():
            engine = app.extensions["sqlalchemy"].engine
        sa.event.listen(engine, "checkout", lambda driver, *_: driver.pgconn.trace(wire.fileno()))

        def trips(*numbers: int) -> int:
            for number in numbers:
                project.script(f"b{number}", f"b{number - 1}" if number > 1 else "a1")
            before = wire.seek(0, os.SEEK_END)
            revisions.upgrade()
            wire.seek(before)
            return sum(line.rstrip("\n").split("\t")[1::2][:2] in (["F", "Query"], ["F", "Sync"]) for line in wire)

        one, three = trips(1), trips(2, 3, 4)
        assert three - one == 6 and one <= A_RUN_IN_ROUND_TRIPS


def test_nothing_to_do(project: Project, kind: str) -> None:
    project.script("a1")
    revisions, sent = opened(project)
    revisions.upgrade()
    sent.clear()
    assert revisions.upgrade() == ()
    assert len(sent) == NOTHING_TO_DO[kind] and sent[1].startswith("SELECT") and "version_num" in sent[1], sent
    assert "FROM revision_log" in sent[2], sent


def test_nothing_to_do_takes_one_connection(project: Project, kind: str) -> None:
    project.script("a1")
    app = project.app()
    connections: list[Any] = []
    with app.app_context():
        engine = app.extensions["sqlalchemy"].engine
    project.cli("upgrade", app=app)
    sa.event.listen(engine, "checkout", lambda *connection: connections.append(connection))
    assert "is at a1 (head)" in project.cli("upgrade", app=app).out
    assert len(connections) == 1


def test_a_revision_after_a_block(project: Project, kind: str) -> None:
    project.script("a1")
    revisions, sent = opened(project)
    revisions.upgrade()
    project.script("b2", "a1", "with op.get_context().autocommit_block():\n    op.execute('SELECT 7')")
    all_ = sent_by(revisions, sent)
    block = [each for each in all_ if each.endswith("SELECT 7")]
    assert len(block) == 1
    tail = ["(commit)", *block, "(commit)", *A_REVISION[kind]]
    assert all_[-len(tail) :] == tail, all_
