"""Several processes upgrade at the same instant: one does the work, the others wait, all end well."""

from __future__ import annotations

import threading
import time

import pytest
import sqlalchemy as sa
from flask_revisions.runner.servers import LockName
from flask_revisions.runner.servers.postgresql import key

from ..projects import APP, ROUNDS, Project

PROCESSES = 8

SLOW = {
    "sqlite": "import time\ntime.sleep(0.2)",
    "postgresql": 'op.execute("SELECT pg_sleep(0.2)")',
    "mariadb": 'op.execute("DO SLEEP(0.2)")',
}

AT_ONCE = (
    APP
    + """

import pathlib, time
import flask_revisions.commands.apply  # what is loaded late would tell the processes apart

pathlib.Path(f"ready-{os.getpid()}").touch()
while not pathlib.Path("go").exists():
    time.sleep(0.005)
"""
)
"""An application that is loaded only when all its processes have come to this point."""

WAITING = """
    SELECT xact_start FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND state = 'idle in transaction' AND query LIKE '%pg_try_advisory_xact_lock%'
    AND state_change < clock_timestamp() - interval '20 ms'
"""


def write_history(project: Project, kind: str) -> None:
    """A counter, and four revisions that add 1 to it, each in 200 ms."""
    project.script(
        "r0",
        None,
        'op.create_table("counter", sa.Column("n", sa.Integer))\nop.execute("INSERT INTO counter VALUES (0)")',
    )
    for number in range(1, 5):
        body = f'{SLOW[kind]}\nop.execute("UPDATE counter SET n = n + 1")'
        project.script(f"r{number}", f"r{number - 1}", body)


def upgrade_at_once(project: Project) -> list[tuple[str, str]]:
    """Run upgrades that begin at the same instant, and return what each printed; all end well."""
    (project.folder / "app.py").write_text(AT_ONCE)
    started = [project.start("upgrade") for _ in range(PROCESSES)]
    while len(list(project.folder.glob("ready-*"))) < PROCESSES:
        assert all(process.poll() is None for process in started), [process.communicate() for process in started]
        time.sleep(0.01)
    (project.folder / "go").touch()
    ended = [(*process.communicate(timeout=120), process.returncode) for process in started]
    assert [code for _, _, code in ended] == [0] * PROCESSES, ended
    return [(out, err) for out, err, _ in ended]


@pytest.mark.parametrize("round", range(ROUNDS))
def test_eight_first_upgrades_at_once(project: Project, kind: str, round: int) -> None:
    write_history(project, kind)
    ended = upgrade_at_once(project)
    assert project.query("SELECT n FROM counter") == [(4,)]
    assert project.applied() == {"r4"}
    assert len([out for out, _ in ended if "5 revisions applied" in out]) == 1
    assert any("Waiting for another run" in err for _, err in ended), ended


@pytest.mark.parametrize("kind", ["postgresql"])
def test_indexes_are_made_concurrently_while_seven_wait(project: Project, kind: str) -> None:
    project.script("r0", None, 'op.execute("CREATE TABLE t AS SELECT generate_series(1, 1000) AS n")')
    for number in range(1, 9):
        block = "with op.get_context().autocommit_block():\n"
        body = f'    op.create_index("i{number}", "t", ["n"], postgresql_concurrently=True)'
        project.script(f"r{number}", f"r{number - 1}", "import time\ntime.sleep(0.2)\n" + block + body)
    upgrade_at_once(project)
    valid = "SELECT count(*) FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname ~ '^i[0-9]$' AND indisvalid"
    assert project.applied() == {"r8"} and project.query(valid) == [(8,)]


@pytest.mark.parametrize("kind", ["postgresql"])
def test_who_waits_holds_no_snapshot_back(project: Project, kind: str) -> None:
    """CREATE INDEX CONCURRENTLY waits for transactions, not for single questions after the lock."""
    project.table("a1")
    project.revisions().upgrade()
    project.table("b2", "a1")
    number = key(LockName("alembic_version", None), "run")
    with project.engine.connect() as other, project.engine.connect() as looks:
        other.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": number})
        thread = threading.Thread(target=project.revisions(lock_timeout=30.0).upgrade, daemon=True)
        thread.start()
        transactions = set()
        for _ in range(40):
            time.sleep(0.05)
            looks.rollback()
            transactions |= set(looks.execute(sa.text(WAITING)).scalars())
        other.rollback()
        thread.join(30)
    assert project.applied() == {"b2"}
    assert transactions == set(), "nobody who waits is in a transaction for longer than a question takes"
