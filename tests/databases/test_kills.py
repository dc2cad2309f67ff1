"""A process that is killed inside a slow statement: the same command again waits for what still runs, and completes."""

from __future__ import annotations

import signal
import time

import pytest
import sqlalchemy as sa

from ..projects import ROUNDS, Project

SECONDS = 6

SLOW = {
    "sqlite": (
        "open('begun', 'w').close()\n"
        'op.execute("UPDATE t_a1 SET n = n + (WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c '
        'WHERE x < 4000000) SELECT max(x) - 3999999 FROM c)")'
    ),
    "postgresql": f'op.execute("SELECT pg_sleep({SECONDS})")\nop.execute("UPDATE t_a1 SET n = n + 1")',
    "mariadb": (
        "import pathlib, time\npathlib.Path('new').write_text(str(time.time()))\n"
        "pathlib.Path('new').rename('started')\n"
        f'op.execute("UPDATE t_a1 SET n = n + 1 + SLEEP({SECONDS})")'
    ),
}
"""For each database a revision that adds 1, slowly."""

ACTIVE = {
    "postgresql": (
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(6)%' "
        "AND pid <> pg_backend_pid() AND datname = current_database()"
    ),
    "mariadb": (
        "SELECT count(*) FROM information_schema.processlist WHERE info LIKE '%SLEEP(6)%' "
        "AND id <> connection_id() AND db = database()"
    ),
}


def running(project: Project, kind: str) -> bool:
    """True while the slow statement runs; SQLite's runs in the process itself."""
    if kind == "sqlite":
        return (project.folder / "begun").exists()
    return bool(project.query(ACTIVE[kind])[0][0])


def started(project: Project) -> float:
    """When the script was last at its slow statement, in seconds; 0 where it does not say so."""
    path = project.folder / "started"
    return float(path.read_text()) if path.exists() else 0.0


@pytest.mark.parametrize("round", range(ROUNDS))
def test_killed_inside_a_statement_and_started_again_at_once(project: Project, kind: str, round: int) -> None:
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
    first, last = started(project), 0.0
    of_the_dead = ACTIVE[kind].replace("count(*)", "id") if kind == "mariadb" else ""
    number = project.query(of_the_dead)[0][0] if of_the_dead else 0
    again = project.start("upgrade")
    while of_the_dead and started(project) == first and again.poll() is None:
        now = time.time()
        last = now if (number,) in project.query(of_the_dead) else last
    out, err = again.communicate(timeout=60)
    assert again.returncode == 0, (out, err)
    assert kind != "mariadb" or started(project) > last - 0.1, "it began before the other had ended"
    assert project.applied() == {"b2"}
    assert project.query("SELECT n FROM t_a1") == [(1,)]


BLOCKED = (
    "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%{}' AND datname = current_database()"
)


@pytest.mark.parametrize("kind", ["postgresql"])
@pytest.mark.parametrize(
    "statement", ["SELECT pg_sleep(6)", "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t_a1 (n)"], ids=["sleep", "index"]
)
def test_killed_inside_an_autocommit_block(project: Project, kind: str, statement: str) -> None:
    project.table("a1")
    project.flask("upgrade")
    body = f'with op.get_context().autocommit_block():\n    op.execute("{statement}")\n'
    project.script("b2", "a1", body + 'op.execute("INSERT INTO t_a1 (id) VALUES (1)")')
    with project.engine.connect() as reader:
        reader.execute(sa.text("SELECT count(*) FROM t_a1"))  # an index waits for its transaction
        reader.execute(sa.text("LOCK TABLE t_a1 IN ROW EXCLUSIVE MODE"))
        process = project.start("upgrade")
        while not project.query(BLOCKED.format(statement))[0][0]:
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        again = project.start("upgrade")
        assert again.stderr is not None
        line = again.stderr.readline()
    out, err = again.communicate(timeout=60)
    assert again.returncode == 0, (out, line, err)
    assert "Waiting for a statement of an earlier run, whose client is gone" in line
    assert project.applied() == {"b2"} and project.query("SELECT id FROM t_a1") == [(1,)]


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_killed_between_statements_of_a_block(project: Project, kind: str) -> None:
    project.table("a1")
    project.flask("upgrade")
    block = 'with op.get_context().autocommit_block():\n    op.execute("INSERT INTO t_a1 (n) VALUES (1)")\n'
    body = "    import pathlib, time\n    pathlib.Path('begun').touch()\n    time.sleep(30)"
    project.script("b2", "a1", block.replace("(n)", "(id)") + body)
    process = project.start("upgrade")
    while not (project.folder / "begun").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    project.script("b2", "a1", block.replace("(n)", "(id)"))
    assert project.flask("upgrade").code == 0 and project.applied() == {"b2"}
    assert project.query("SELECT id FROM t_a1") == [(1,)]
