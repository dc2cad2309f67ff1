"""Several processes upgrade at the same instant: one does the work, the others wait, all end well."""

from __future__ import annotations

import os

import pytest

from ..projects import Project

PROCESSES = 8
ROUNDS = int(os.environ.get("FLASK_REVISIONS_TEST_ROUNDS", "1"))

SLOW = {
    "sqlite": "import time\ntime.sleep(0.2)",
    "postgresql": 'op.execute("SELECT pg_sleep(0.2)")',
    "mariadb": 'op.execute("DO SLEEP(0.2)")',
}


def write_history(project: Project, kind: str) -> None:
    """A counter, and four revisions that add 1 to it, each in 200 ms."""
    project.script("r0", None, 'op.create_table("counter", sa.Column("n", sa.Integer))\nop.execute("INSERT INTO counter VALUES (0)")')
    for number in range(1, 5):
        body = f'{SLOW[kind]}\nop.execute("UPDATE counter SET n = n + 1")'
        project.script(f"r{number}", f"r{number - 1}", body)


@pytest.mark.parametrize("round", range(ROUNDS))
def test_eight_first_upgrades_at_once(project: Project, kind: str, round: int) -> None:
    write_history(project, kind)
    started = [project.start("upgrade") for _ in range(PROCESSES)]
    ended = [(process.communicate(timeout=120), process.returncode) for process in started]
    assert [code for _, code in ended] == [0] * PROCESSES, ended
    assert project.query("SELECT n FROM counter") == [(4,)]
    assert project.applied() == {"r4"}
    workers = [out for (out, _), _ in ended if "5 revisions applied" in out]
    assert len(workers) == 1
    assert any("Waiting for another run" in err for (_, err), _ in ended), ended
