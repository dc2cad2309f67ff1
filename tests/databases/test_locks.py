"""One migrator at a time: who waits, for how long, for whom; and that no lock stays behind."""

from __future__ import annotations

import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask_revisions.errors import LOCKED, DatabaseUnreachable, LockTimeout, RevisionsError, StatementTimeout
from flask_revisions.runner.events import Waiting
from flask_revisions.runner.servers import LockName
from flask_revisions.runner.servers.mysql import lock_name
from sqlalchemy.pool import QueuePool

from ..projects import Project

ONE = {"SQLALCHEMY_ENGINE_OPTIONS": {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0}}
HOLD = """import pathlib, time
pathlib.Path('begun').touch()
while not pathlib.Path('go').exists():
    time.sleep(0.02)
"""
HELD = {
    "postgresql": (
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = "
        "(SELECT oid FROM pg_database WHERE datname = current_database())"
    ),
    "mariadb": "SELECT IS_USED_LOCK('{}') IS NOT NULL",
}


def held(project: Project, kind: str) -> str:
    """The question whether the lock is held."""
    return HELD[kind].format(lock_name(LockName("alembic_version", None, project.engine.url.database or "")))


def in_thread(function: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    """Start a thread; what the function returns, or raises, is appended to the list."""
    ended: list[Any] = []

    def run() -> None:
        try:
            ended.append(function())
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, ended


@contextmanager
def running(project: Project, **keywords: Any) -> Iterator[list[Any]]:
    """An upgrade that waits in the middle of revision `hold` for the end of the block."""
    (project.folder / "begun").unlink(missing_ok=True)
    (project.folder / "go").unlink(missing_ok=True)
    thread, ended = in_thread(project.revisions(**keywords).upgrade)
    while not (project.folder / "begun").exists():
        assert thread.is_alive(), ended
        time.sleep(0.01)
    try:
        yield ended
    finally:
        (project.folder / "go").touch()
        thread.join(30)


@pytest.fixture
def prepared(project: Project) -> Project:
    project.table("a1")
    project.revisions().upgrade()
    project.script("hold", "a1", HOLD + 'op.execute("INSERT INTO t_a1 (id) VALUES (1)")')
    return project


def test_eight_threads_of_one_process(project: Project) -> None:
    project.script(
        "a1",
        None,
        'op.create_table("counter", sa.Column("n", sa.Integer))\nop.execute("INSERT INTO counter VALUES (0)")',
    )
    for number in range(2, 5):
        project.script(
            f"a{number}", f"a{number - 1}", 'import time\ntime.sleep(0.05)\nop.execute("UPDATE counter SET n = n + 1")'
        )
    revisions = project.revisions()
    threads = [in_thread(revisions.upgrade) for _ in range(8)]
    for thread, _ in threads:
        thread.join(60)
    assert sorted(len(ended[0]) for _, ended in threads) == [0] * 7 + [4], threads
    assert project.query("SELECT n FROM counter") == [(3,)] and project.applied() == {"a4"}


def test_threads_and_processes_up_and_down(project: Project) -> None:
    for number in range(1, 4):
        project.table(f"a{number}", f"a{number - 1}" if number > 1 else None)
    revisions = project.revisions()
    processes = [project.start(*words) for words in (["upgrade"], ["downgrade", "base"], ["upgrade"])]
    threads = [
        in_thread(revisions.upgrade),
        in_thread(lambda: revisions.downgrade("base")),
        in_thread(revisions.upgrade),
    ]
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, (out, err)
    for thread, ended in threads:
        thread.join(60)
        assert isinstance(ended[0], tuple), ended
    applied = project.applied()
    assert applied in ({"a3"}, set()) and project.tables() == ({"t_a1", "t_a2", "t_a3"} if applied else set())


def test_an_upgrade_beside_a_downgrade_waits_for_its_end(project: Project, kind: str) -> None:
    """What the downgrade has done of its revision is in its journal, and is no revision that was left half way."""
    if kind != "mariadb":
        pytest.skip("elsewhere the downgrade is not seen before its end")
    project.table("a1")
    project.script(
        "a2",
        "a1",
        'op.create_table("b", sa.Column("id", sa.Integer))\nop.create_table("c", sa.Column("id", sa.Integer))',
        'op.drop_table("c")\n' + HOLD + 'op.drop_table("b")',
    )
    revisions = project.revisions()
    revisions.upgrade()
    down, taken_back = in_thread(lambda: revisions.downgrade("a1"))
    while not (project.folder / "begun").exists():
        assert down.is_alive(), taken_back
        time.sleep(0.01)
    events: list[Any] = []
    up, applied = in_thread(lambda: revisions.upgrade(report=events.append))
    while not events:
        assert up.is_alive(), applied
        time.sleep(0.01)
    (project.folder / "go").touch()
    for thread in (down, up):
        thread.join(30)
    assert [len(ended[0]) for ended in (taken_back, applied)] == [1, 1]
    assert isinstance(events[0], Waiting) and {"b", "c"} < project.tables()


def test_who_waits_says_so_and_finds_the_work_done(prepared: Project, kind: str) -> None:
    events: list[Any] = []
    with running(prepared) as ended:
        thread, second = in_thread(lambda: prepared.revisions().upgrade(report=events.append))
        while not events:
            assert thread.is_alive(), second
            time.sleep(0.01)
    thread.join(30)
    assert len(ended[0]) == 1 and second == [()]
    assert isinstance(events[0], Waiting) and "another run of revisions" in events[0].what
    assert events[0].seconds < 1 and events[0].holder.startswith("connection " if kind == "mariadb" else "process ")
    assert prepared.query("SELECT count(*) FROM t_a1") == [(1,)]


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_session_of_the_application_that_writes_is_told_apart_from_a_run(prepared: Project) -> None:
    with prepared.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE of_mine (n INTEGER)")
        connection.exec_driver_sql("INSERT INTO of_mine VALUES (1)")
        with pytest.raises(LockTimeout, match="another connection that writes to this database") as caught:
            prepared.revisions(lock_timeout=0.5).upgrade()
    assert "db.session.remove()" in caught.value.hint and "REVISIONS_LOCK_TIMEOUT" in caught.value.hint


def test_no_longer_than_it_was_told(prepared: Project, kind: str) -> None:
    with running(prepared):
        began = time.monotonic()
        with pytest.raises(LockTimeout, match=r"Waited 0.5 seconds for another run of revisions") as caught:
            prepared.revisions(lock_timeout=0.5).upgrade()
        assert 0.5 <= time.monotonic() - began < 3
        assert caught.value.exit_code == LOCKED == 5 and "nothing was changed" in caught.value.message
        assert f"held by {caught.value.holder}" in caught.value.message and caught.value.holder
        result = prepared.flask("upgrade", check=False, FLASK_REVISIONS_LOCK_TIMEOUT="0")
        assert result.code == 5 and len(result.err.strip().splitlines()) == 2, result
        assert prepared.applied() == {"a1"} or kind == "sqlite"
    assert prepared.applied() == {"hold"}


FAILS: dict[str, str] = {
    "an exception": "raise ValueError('no')",
    "Ctrl-C": "raise KeyboardInterrupt",
    "sys.exit()": "raise SystemExit(0)",
    "a lost connection": "op.get_bind().connection.dbapi_connection.close()\nop.execute('SELECT 1')",
    "a connection given back": "op.get_bind().connection.close()",
}


@pytest.mark.parametrize("how", FAILS)
def test_no_lock_stays_behind(prepared: Project, kind: str, how: str) -> None:
    revisions = prepared.revisions(ONE)
    prepared.script("hold", "a1", FAILS[how])
    with pytest.raises((RevisionsError, KeyboardInterrupt)):
        revisions.upgrade()
    assert prepared.applied() == {"a1"}
    if kind in HELD:
        eventually(lambda: prepared.query(held(prepared, kind)) == [(0,)])
    prepared.table("hold", "a1")
    assert len(revisions.upgrade()) == 1 and len(revisions.downgrade("base")) == 2
    if kind in HELD:
        eventually(lambda: prepared.query(held(prepared, kind)) == [(0,)])


def eventually(condition: Callable[[], bool]) -> None:
    """A server forgets a connection that was closed a little later."""
    ends = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_the_lock_of_a_killed_process_is_gone(prepared: Project) -> None:
    process = prepared.start("upgrade")
    while not (prepared.folder / "begun").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (prepared.folder / "go").touch()
    assert len(prepared.revisions(lock_timeout=10.0).upgrade()) == 1
    assert prepared.query("SELECT count(*) FROM t_a1") == [(1,)]


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_two_version_tables_do_not_wait_for_each_other(prepared: Project) -> None:
    with running(prepared):
        other = prepared.folder / "other" / "versions"
        other.mkdir(parents=True)
        (other / "z1.py").write_text(
            'revision = "z1"\ndown_revision = None\ndef upgrade(): pass\ndef downgrade(): pass\n'
        )
        revisions = prepared.revisions(version_table="z_version", directory="other", lock_timeout=0.0)
        assert len(revisions.upgrade()) == 1


def test_two_databases_of_a_server_do_not_wait_for_each_other(prepared: Project, kind: str) -> None:
    if kind != "mariadb":
        pytest.skip("its locks alone are known to the whole server")
    name = prepared.engine.url.database + "_2"
    prepared.send(f"CREATE DATABASE {name}")
    try:
        second = Project(prepared.folder, prepared.engine.url.set(database=name).render_as_string(False))
        with running(prepared):
            assert len(second.revisions(lock_timeout=0.0).upgrade("a1")) == 1
        second.close()
    finally:
        prepared.send(f"DROP DATABASE {name}")


def test_a_revision_cannot_start_another_run(prepared: Project) -> None:
    body = "from flask import current_app\ncurrent_app.extensions['revisions'].revisions.upgrade()"
    prepared.script("hold", "a1", body)
    with pytest.raises(RevisionsError, match=r"Upgrade of hold failed .* cannot start another run"):
        prepared.revisions().upgrade()
    assert prepared.applied() == {"a1"}


@contextmanager
def role(project: Project, kind: str) -> Iterator[Project]:
    """A user of the server who may hold one connection only."""
    name = f"r{secrets.token_hex(6)}"
    if kind == "postgresql":
        project.send(
            f"CREATE ROLE {name} LOGIN CONNECTION LIMIT 1",
            f"ALTER DATABASE {project.engine.url.database} OWNER TO {name}",
        )
    else:
        project.send(
            f"CREATE USER {name}@'%' WITH MAX_USER_CONNECTIONS 1",
            f"GRANT ALL ON {project.engine.url.database}.* TO {name}@'%'",
        )
    made = Project(project.folder, project.engine.url.set(username=name).render_as_string(False))
    try:
        yield made
    finally:
        made.close()
        if kind == "postgresql":
            project.send(
                f"ALTER DATABASE {project.engine.url.database} OWNER TO postgres",
                f"DROP OWNED BY {name}",
                f"DROP ROLE {name}",
            )
        else:
            project.send(f"DROP USER {name}@'%'")


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
@pytest.mark.parametrize("options", [{}, ONE], ids=["no pool", "a pool of one"])
def test_a_user_who_may_hold_one_connection(project: Project, kind: str, options: dict[str, Any]) -> None:
    with role(project, kind) as limited:
        limited.table("a1")
        ask = f"found = op.get_bind().execute(sa.text({held(project, kind)!r})).scalar()\nassert found >= 1, found\n"
        block = "with op.get_context().autocommit_block():\n    op.execute('INSERT INTO t_a1 (id) VALUES (1)')\n"
        limited.script("b2", "a1", ask + block + "raise ValueError('no')")
        revisions = limited.revisions(options)
        with pytest.raises(RevisionsError, match="ValueError: no"):
            revisions.upgrade()
        limited.script("b2", "a1", ask + block)
        assert len(revisions.upgrade()) == 1 and len(revisions.downgrade("base")) == 2
        assert project.applied() == set()


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
@pytest.mark.parametrize("prefix", ["", "CREATE TABLE slow AS "], ids=["data", "definition"])
def test_a_statement_is_ended_also_where_there_is_one_connection(project: Project, kind: str, prefix: str) -> None:
    slow = "SELECT 1 FROM pg_sleep(20)" if kind == "postgresql" else "SELECT SLEEP(20)"
    with role(project, kind) as limited:
        limited.table("a1")
        limited.script("b2", "a1", f"op.execute({prefix + slow!r})")
        with pytest.raises(StatementTimeout, match=r"took longer than 0\.5 seconds"):
            limited.revisions(statement_timeout=0.5).upgrade()
        assert project.applied() == {"a1"} and project.tables() == {"t_a1"}


def test_one_connection_is_a_lock_for_the_others_too(project: Project, kind: str) -> None:
    if kind != "postgresql":
        pytest.skip("elsewhere there is no other way")
    with role(project, kind) as limited:
        limited.table("a1")
        limited.script("hold", "a1", HOLD)
        with running(limited):
            with pytest.raises(LockTimeout, match="held by process"):
                project.revisions(lock_timeout=0.2).upgrade()
            with pytest.raises(DatabaseUnreachable, match="too many connections"):
                limited.revisions(lock_timeout=0.2).upgrade()
        assert project.applied() == {"hold"} and project.query(held(project, kind)) == [(0,)]
