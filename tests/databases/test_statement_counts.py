"""Nothing else is sent than what is needed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_revisions import Revisions

from ..projects import Project

GUARD = ["SAVEPOINT flask_revisions_step", "RELEASE SAVEPOINT flask_revisions_step"]
ROW = "UPDATE alembic_version SET version_num=? WHERE alembic_version.version_num = ?"

LOG = "(a line of the log)"

A_REVISION = {
    "sqlite": ["BEGIN IMMEDIATE", *GUARD, ROW, LOG, "COMMIT", "(commit)"],
    "postgresql": [
        "SELECT pg_try_advisory_xact_lock(?), pg_backend_pid(), current_setting('lock_timeout'), "
        "set_config('lock_timeout', ?, true), set_config('client_connection_check_interval', '1s', true)",
        *GUARD,
        ROW,
        LOG,
        "(commit)",
    ],
    "mariadb": [ROW, LOG, "(commit)"],
}
"""What is sent for a revision that does nothing."""

A_RUN = {"sqlite": 11, "postgresql": 14, "mariadb": 14}
"""How many statements there are in a run besides those of its revisions, connecting left out; at most."""

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
        sent.append(LOG if text.startswith("INSERT INTO revision_log") else " ".join(text.split()))

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


def test_nothing_to_do(project: Project, kind: str) -> None:
    project.script("a1")
    revisions, sent = opened(project)
    revisions.upgrade()
    sent.clear()
    assert revisions.upgrade() == ()
    assert len(sent) == NOTHING_TO_DO[kind] and sent[1].startswith("SELECT") and "version_num" in sent[1], sent
    assert "FROM revision_log" in sent[2], sent


def test_a_revision_after_a_block(project: Project, kind: str) -> None:
    project.script("a1")
    revisions, sent = opened(project)
    revisions.upgrade()
    project.script("b2", "a1", "with op.get_context().autocommit_block():\n    op.execute('SELECT 7')")
    all_ = sent_by(revisions, sent)
    begin, commit = A_REVISION[kind][:1] if kind != "mariadb" else [], A_REVISION[kind][-1:]
    if kind == "sqlite":
        commit = ["COMMIT", "(commit)"]
    guard = [] if kind == "mariadb" else GUARD
    block = [each for each in all_ if each.endswith("SELECT 7")]
    assert len(block) == 1
    tail = [*begin, *guard, *commit, *block, "(commit)", *begin, *guard, ROW, LOG, *commit]
    assert all_[-len(tail) :] == tail, all_
