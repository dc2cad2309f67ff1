"""PostgreSQL behind PgBouncer in transaction mode: each transaction may meet another server process."""

from __future__ import annotations

import secrets
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask_revisions.errors import DatabaseError
from sqlalchemy import make_url
from sqlalchemy.pool import NullPool

from ..projects import Project
from ..servers import about_plain_drivers
from .pgbouncer import pgbouncer

pytestmark = [pytest.mark.parametrize("kind", ["postgresql"]), about_plain_drivers]  # asyncpg prepares each statement

SETTINGS = (
    "SELECT pg_backend_pid(), (SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings "
    "WHERE source = 'session' OR name IN ('application_name', 'default_transaction_isolation')), "
    "(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()), "
    "(SELECT count(*) FROM pg_prepared_statements), pg_sleep(0.05)"
)
BLOCK = "with op.get_context().autocommit_block():\n    op.execute('CREATE INDEX CONCURRENTLY i_{0} ON t_a1 (n)')\n"


@pytest.fixture
def pooled(project: Project, tmp_path: Path) -> Iterator[Project]:
    """The project, with a URL that leads through the pooler; `pooled.direct` goes past it."""
    with pgbouncer(make_url(project.url), tmp_path) as url:
        made = Project(project.folder, url.render_as_string(False))
        yield made
        made.close()


def servers(project: Project) -> set[tuple[Any, ...]]:
    """What the pooler's connections to the server have set, asked on several of them at once."""
    engines = [sa.create_engine(project.url, poolclass=NullPool) for _ in range(6)]
    connections = [engine.connect() for engine in engines]
    found = set()
    for connection in connections:
        pid, settings, locks, prepared, _ = connection.exec_driver_sql(SETTINGS).one()
        found.add((pid, settings, locks, prepared))
    for connection in connections:
        connection.close()
    return found


def write_history(project: Project) -> None:
    project.table("a1")
    for number in range(2, 14):
        body = f'op.execute("INSERT INTO t_a1 (id, n) VALUES ({number}, 1)")\n' + BLOCK.format(number) * (number == 7)
        project.script(f"a{number}", f"a{number - 1}", body)


def test_up_and_down_and_nothing_leaks(pooled: Project, kind: str) -> None:
    before = servers(pooled)
    write_history(pooled)
    revisions = pooled.revisions()
    assert len(revisions.upgrade()) == 13 and len(revisions.downgrade("base")) == 13
    after = servers(pooled)
    assert {rest for _, *rest in before for rest in [tuple(rest)]} == {
        ("application_name= default_transaction_isolation=read committed", 0, 0)
    }
    assert {tuple(rest) for _, *rest in after} == {tuple(rest) for _, *rest in before}


def test_two_at_once(pooled: Project, kind: str) -> None:
    write_history(pooled)
    started = [pooled.start("upgrade") for _ in range(2)]
    ended = [(process.communicate(timeout=60), process.returncode) for process in started]
    assert [code for _, code in ended] == [0, 0], ended
    assert pooled.applied() == {"a13"} and pooled.query("SELECT count(*) FROM t_a1") == [(12,)]
    assert sum("13 revisions applied" in out for (out, _), _ in ended) == 1


def test_who_waits_long_is_not_confused_by_the_pooler(pooled: Project, kind: str) -> None:
    pooled.table("a1")
    pooled.script("b2", "a1", "import time\ntime.sleep(2.5)")
    started = [pooled.start("upgrade") for _ in range(3)]
    ended = [(process.communicate(timeout=60), process.returncode) for process in started]
    assert [code for _, code in ended] == [0, 0, 0], ended
    assert {tuple(rest) for _, *rest in servers(pooled)} == {
        ("application_name= default_transaction_isolation=read committed", 0, 0)
    }


def test_a_killed_client_leaves_no_lock(pooled: Project, kind: str) -> None:
    if pooled.query("SHOW server_version_num") < [("140000",)]:
        pytest.skip("client_connection_check_interval is new in PostgreSQL 14: the statement goes on to its end")
    pooled.table("a1")
    pooled.script("b2", "a1", "open('begun', 'w').close()\nop.execute('SELECT pg_sleep(30)')")
    process = pooled.start("upgrade")
    while not (pooled.folder / "begun").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    pooled.script("b2", "a1", "op.execute('INSERT INTO t_a1 (id) VALUES (1)')")
    assert len(pooled.revisions(lock_timeout=15.0).upgrade()) == 1
    assert pooled.query("SELECT count(*) FROM t_a1") == [(1,)]


def test_a_role_with_one_connection_is_refused(project: Project, kind: str, tmp_path: Path) -> None:
    name = f"r{secrets.token_hex(6)}"
    database = project.engine.url.database
    project.send(f"CREATE ROLE {name} LOGIN CONNECTION LIMIT 1", f"ALTER DATABASE {database} OWNER TO {name}")
    try:
        with pgbouncer(project.engine.url.set(username=name), tmp_path) as url:
            limited = Project(project.folder, url.render_as_string(False))
            limited.table("a1")
            with pytest.raises(DatabaseError, match="takes a second connection to the server, and the pooler has none"):
                limited.revisions().upgrade()
            limited.close()
        assert project.tables() == set()
    finally:
        project.send(f"ALTER DATABASE {database} OWNER TO postgres", f"DROP OWNED BY {name}", f"DROP ROLE {name}")
