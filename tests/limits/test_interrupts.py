"""Ctrl-C and SIGTERM in the middle of a statement: it ends, everything is rolled back, and it is said where that is."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ..projects import Project

SLOW = {
    "sqlite": (
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 4000000000) SELECT max(x) FROM c"
    ),
    "postgresql": "SELECT pg_sleep(60)",
    "mariadb": "SELECT SLEEP(60)",
}
ACTIVE = {
    "postgresql": (
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(60)%' "
        "AND pid <> pg_backend_pid() AND datname = current_database()"
    ),
    "mariadb": (
        "SELECT count(*) FROM information_schema.processlist WHERE info LIKE '%SLEEP(60)%' "
        "AND id <> connection_id() AND db = database()"
    ),
}


def slow(project: Project, kind: str) -> None:
    """Two revisions, of which the second writes a row and comes to no end."""
    project.table("a1")
    body = f"op.execute('INSERT INTO t_a1 (id) VALUES (1)')\nopen('begun', 'w').close()\nop.execute({SLOW[kind]!r})"
    project.script("b2", "a1", body)


def running(project: Project, kind: str) -> bool:
    if kind == "sqlite":
        return (project.folder / "begun").exists()
    return bool(project.query(ACTIVE[kind])[0][0])


def eventually(condition: Callable[[], bool]) -> bool:
    """Give a server a while in which something comes true."""
    ends = time.monotonic() + 10
    while not condition() and time.monotonic() < ends:
        time.sleep(0.05)
    return condition()


@pytest.fixture(autouse=True)
def other_handlers() -> Iterator[None]:
    """What a signal meets where the command has no handler: an error, and not the end of the test run."""

    def handler(number: int, frame: Any) -> None:
        raise AssertionError(f"signal {number} came through")

    before = signal.signal(signal.SIGTERM, handler)
    yield
    signal.signal(signal.SIGTERM, before)


def signal_when(condition: Callable[[], bool], number: int) -> threading.Thread:
    """Send this process a signal a little after something has become true."""

    def run() -> None:
        while not condition():
            time.sleep(0.02)
        time.sleep(0.2)
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_statement_is_ended_and_nothing_of_its_revision_stays(project: Project, kind: str, number: int) -> None:
    slow(project, kind)
    signal_when(lambda: running(project, kind), number)
    result = project.cli("upgrade")
    assert result.code == 128 + number
    assert result.err.splitlines() == [
        "Error: Interrupted, in b2 (2 of 2); the database is at a1.",
        "Hint: what was finished stays; run the command again to go on.",
    ]
    assert kind == "sqlite" or eventually(lambda: not running(project, kind)), "the server has ended it, too"
    assert project.applied() == {"a1"} and project.query("SELECT * FROM t_a1") == []
    project.script("b2", "a1")
    assert project.revisions(lock_timeout=2.0).upgrade() and project.applied() == {"b2"}, "no lock has stayed"


def test_a_script_that_catches_everything_is_ended_all_the_same(project: Project, kind: str) -> None:
    slow(project, kind)
    path = project.versions / "b2.py"
    caught = f"try:\n        op.execute({SLOW[kind]!r})\n    except BaseException:\n        pass"
    path.write_text(path.read_text().replace(f"op.execute({SLOW[kind]!r})", caught))
    project.table("c3", "b2")
    signal_when(lambda: running(project, kind), signal.SIGTERM)
    result = project.cli("upgrade")
    assert result.code == 143 and result.err.startswith("Error: Interrupted, "), result
    assert "t_c3" not in project.tables()


@pytest.mark.parametrize("kind", ["sqlite"])
def test_while_another_run_is_waited_for(project: Project) -> None:
    project.table("a1")
    project.script("b2", "a1", "import time\nopen('begun', 'w').close()\ntime.sleep(60)")
    first = project.start("upgrade")
    while not (project.folder / "begun").exists():
        assert first.poll() is None, first.communicate()
        time.sleep(0.02)
    signal_when(lambda: True, signal.SIGTERM)
    second = project.cli("upgrade")
    assert second.code == 143 and "Error: Interrupted, and nothing was changed.\n" in second.err
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=30)
    assert first.returncode == 143 and project.applied() == {"a1"}


@pytest.mark.parametrize("kind", ["sqlite"])
def test_handlers_are_put_back_and_threads_have_none(project: Project) -> None:
    project.table("a1")
    before = [signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM), signal.set_wakeup_fd(-1)]
    asked = "import signal\nprint('handler', 'Interrupts' in repr(signal.getsignal(signal.SIGTERM)))"
    project.script("b2", "a1", asked)
    assert "handler True" in project.cli("upgrade").out
    assert [signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM), signal.set_wakeup_fd(-1)] == before
    project.cli("downgrade")
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(project.cli("upgrade")))
    thread.start()
    thread.join(30)
    assert results[0].code == 0 and "handler False" in results[0].out


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_signal_that_is_ignored_stays_ignored(project: Project) -> None:
    project.table("a1")
    project.script("b2", "a1", "import os, signal\nos.kill(os.getpid(), signal.SIGINT)")
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert project.cli("upgrade").code == 0 and project.applied() == {"b2"}
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_through_the_test_runner(project: Project) -> None:
    project.table("a1")
    project.script("b2", "a1", "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)")
    result = project.cli("upgrade")
    assert result.code == 143 and result.err.startswith("Error: Interrupted, in b2 (2 of 2)")
    assert project.applied() == {"a1"}


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("call", ["open", "fsync", "link", "unlink"])
@pytest.mark.parametrize("command", ["init", "revision -m two", "merge heads"])
def test_what_writes_files_leaves_all_of_one_or_nothing(
    project: Project, command: str, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signal comes at each call of the operating system that makes or names a file."""
    if command != "init":
        project.table("a1")
        project.table("b2", "a1")
        project.table("c3", "a1")
    before = set(project.folder.rglob("*.py"))
    app = project.app()
    owner = Path if call == "unlink" else os  # before Python 3.11 a path has its own way to the system
    real = getattr(owner, call)

    def struck(path: Any, *arguments: Any, **keywords: Any) -> Any:
        if call == "fsync" or ".new-" in str(path):
            monkeypatch.setattr(owner, call, real)
            os.kill(os.getpid(), signal.SIGTERM)
        return real(path, *arguments, **keywords)

    monkeypatch.setattr(owner, call, struck)
    words = command.replace("heads", "b2 c3").split() + {"r": ["--splice", "--head", "b2"], "m": ["--splice"]}.get(
        command[0], []
    )
    result = project.cli(*words, app=app)
    assert result.code == 143 and result.err.startswith("Error: Interrupted")
    assert [path for path in project.folder.rglob("*") if path.suffix == ".tmp"] == []
    for path in set(project.folder.rglob("*.py")) - before:
        assert "def downgrade" in path.read_text(), "all of it"
    assert project.cli(*words).code == 0
