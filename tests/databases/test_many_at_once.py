"""2, 8 and 16 processes at once, on a database that nobody has upgraded before, and upgrades against downgrades."""

from __future__ import annotations

import os
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from flask_revisions import Revisions

from ..projects import ROUNDS, Project
from ..servers import fresh_database

LONG = ROUNDS if ROUNDS > 1 else 50

WAIT = """import pathlib, time
while len(list(pathlib.Path({folder!r}).glob("{turn}-begun-*"))) < {processes}:
    time.sleep(0.005)
"""
"""What a revision does until every process has begun its run: so all of them overlap."""

Work = Callable[[Revisions], object]


def write_history(project: Project, turn: str, processes: int) -> None:
    """A counter of what is applied, and three revisions that count; the first waits for all processes."""
    waits = WAIT.format(folder=str(project.folder), turn=turn, processes=processes)
    made = 'op.create_table("counter", sa.Column("n", sa.Integer))\nop.execute("INSERT INTO counter VALUES (0)")\n'
    project.script("r0", None, made)
    for number in range(1, 4):
        count = 'op.execute("UPDATE counter SET n = n {} 1")\n'
        table = f'op.create_table("t{number}", sa.Column("n", sa.Integer))\n', f'op.drop_table("t{number}")\n'
        project.script(
            f"r{number}",
            f"r{number - 1}",
            waits + count.format("+") + table[0],
            waits + count.format("-") + table[1],
        )


def at_once(project: Project, turn: str, works: Sequence[Work]) -> list[tuple[float, float]]:
    """Do each work in a process of its own, and return when each began and ended; none fails."""
    project.close()
    children = [_started(project, turn, number, work) for number, work in enumerate(works)]
    while len(list(project.folder.glob(f"{turn}-ready-*"))) < len(works):
        time.sleep(0.005)
    (project.folder / f"{turn}-go").touch()
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    said = [path.read_text() for path in project.folder.glob(f"{turn}-said-*")]
    assert codes == [0] * len(works), said
    times = [(project.folder / f"{turn}-times-{number}").read_text().split() for number in range(len(works))]
    return [(float(began), float(ended)) for began, ended in times]


def _started(project: Project, turn: str, number: int, work: Work) -> int:
    child = os.fork()
    if child:
        return child
    try:
        os.chdir(project.folder)
        revisions = project.revisions()
        (project.folder / f"{turn}-ready-{number}").touch()
        while not (project.folder / f"{turn}-go").exists():
            time.sleep(0.002)
        (project.folder / f"{turn}-begun-{number}").touch()
        began = time.monotonic()
        work(revisions)
        (project.folder / f"{turn}-times-{number}").write_text(f"{began} {time.monotonic()}")
        os._exit(0)
    except BaseException:
        (project.folder / f"{turn}-said-{number}").write_text(traceback.format_exc())
    os._exit(1)


def upgrade(revisions: Revisions) -> None:
    revisions.upgrade()


def downgrade(revisions: Revisions) -> None:
    revisions.downgrade("r0")


@cache
def warm(kind: str) -> None:
    """Load in this process what a run needs, so that those that are forked from it need not."""
    with TemporaryDirectory() as folder, fresh_database(kind, Path(folder)) as url:
        project = Project(Path(folder), url)
        write_history(project, "warm", 0)
        upgrade(project.revisions())
        downgrade(project.revisions())
        project.close()


def race(kind: str, folder: Path, processes: int) -> None:
    """One round: all upgrade a new database, then half of them upgrade while the others downgrade."""
    warm(kind)
    folder.mkdir()
    with fresh_database(kind, folder) as url:
        project = Project(folder, url)
        write_history(project, "first", processes)
        assert_overlap(at_once(project, "first", [upgrade] * processes))
        assert project.query("SELECT n FROM counter") == [(3,)] and project.applied() == {"r3"}
        assert done(project) == {("up", f"r{number}"): 1 for number in range(4)}

        project.revisions().downgrade("r1")  # so that whoever comes first has something to do, which waits for all
        write_history(project, "both", processes)
        assert_overlap(at_once(project, "both", [upgrade, downgrade] * (processes // 2)))
        (row,) = project.applied()
        count = int(row.removeprefix("r"))
        assert count in (0, 3) and project.query("SELECT n FROM counter") == [(count,)]
        assert project.tables() == {"counter", *(f"t{number}" for number in range(1, count + 1))}
        runs = done(project)
        for number in range(1, 4):
            assert runs[("up", f"r{number}")] - runs[("down", f"r{number}")] == int(number <= count), runs
        project.close()


def done(project: Project) -> Counter[tuple[str, str]]:
    """How often each revision was run, as the log says."""
    rows = project.query("SELECT direction, revision FROM revision_log WHERE outcome = 'done'")
    assert project.query("SELECT count(*) FROM revision_log WHERE outcome <> 'done'") == [(0,)]
    return Counter((direction, revision) for direction, revision in rows)


def assert_overlap(times: Sequence[tuple[float, float]]) -> None:
    assert max(began for began, _ in times) < min(ended for _, ended in times), times


@pytest.mark.parametrize("processes", [8])
def test_at_once(kind: str, processes: int, tmp_path: Path) -> None:
    race(kind, tmp_path / "round", processes)


@pytest.mark.slow
@pytest.mark.parametrize("processes", [2, 8, 16])
def test_at_once_many_times(kind: str, processes: int, tmp_path: Path) -> None:
    for number in range(LONG):
        race(kind, tmp_path / f"round{number}", processes)
