"""A process that is killed inside a slow statement: the same command again waits for what still runs, and completes."""

from __future__ import annotations

import signal
import time

from ..projects import Project

SECONDS = 3

SLOW = {
    "sqlite": (
        "open('begun', 'w').close()\n"
        'op.execute("UPDATE t_a1 SET n = n + (WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c '
        'WHERE x < 4000000) SELECT max(x) - 3999999 FROM c)")'
    ),
    "postgresql": f'op.execute("SELECT pg_sleep({SECONDS})")\nop.execute("UPDATE t_a1 SET n = n + 1")',
    "mariadb": f'op.execute("UPDATE t_a1 SET n = n + 1 + SLEEP({SECONDS})")',
}
"""For each database a revision that adds 1, slowly."""

ACTIVE = {
    "postgresql": (
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(3)%' "
        "AND pid <> pg_backend_pid() AND datname = current_database()"
    ),
    "mariadb": (
        "SELECT count(*) FROM information_schema.processlist WHERE info LIKE '%SLEEP(3)%' "
        "AND id <> connection_id() AND db = database()"
    ),
}


def running(project: Project, kind: str) -> bool:
    """True while the slow statement runs; SQLite's runs in the process itself."""
    if kind == "sqlite":
        return (project.folder / "begun").exists()
    return bool(project.query(ACTIVE[kind])[0][0])


def test_killed_inside_a_statement_and_started_again_at_once(project: Project, kind: str) -> None:
    project.table("a1")
    project.flask("upgrade")
    project.send("INSERT INTO t_a1 (id, n) VALUES (1, 0)")
    project.script("b2", "a1", SLOW[kind])
    process = project.start("upgrade")
    while not running(project, kind):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert running(project, kind), "on a server the statement was to outlive its client"
    again = project.flask("upgrade")
    assert kind == "sqlite" or "Waiting for" in again.err, again
    assert project.applied() == {"b2"}
    assert project.query("SELECT n FROM t_a1") == [(1,)]
