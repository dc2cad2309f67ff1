"""Other drivers: with those of asyncio every command runs, also where an event loop runs already."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_revisions import Revisions
from flask_revisions.errors import LockTimeout, RevisionsError, StatementTimeout, TableBlocked
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ..projects import Project
from ..servers import fresh_database

pytest.importorskip("greenlet")

DRIVERS = {"sqlite": "aiosqlite", "postgresql": "asyncpg"}
SLOW = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(60)",
}

ASYNCHRONOUS = """
async def fill(connection, *, name):
    await connection.execute(sa.text("INSERT INTO t_aaaa1111 (id, n) VALUES (1, 2)"))
    return (await connection.execute(sa.text("SELECT n FROM t_aaaa1111"))).scalar()


assert op.run_async(fill, name="x") == 2
"""


@pytest.fixture
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of database with an asyncio driver."""
    return str(request.param)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kind" in metafunc.fixturenames:
        metafunc.parametrize("kind", DRIVERS, indirect=True)


@pytest.fixture
def url(url: str, kind: str) -> str:
    """The URL with an asyncio driver."""
    pytest.importorskip(DRIVERS[kind])
    return url


@pytest.fixture
def engine(project: Project, kind: str) -> AsyncEngine:
    """The application's engine."""
    return create_async_engine(asynchronous(project.url, kind), poolclass=sa.NullPool)


def asynchronous(url: str, kind: str) -> str:
    return f"{kind}+{DRIVERS[kind]}:{url.partition(':')[2]}"


def with_engine(project: Project, engine: Any, **keywords: Any) -> Revisions:
    return Revisions(application(project), engine=engine, **keywords)


def application(project: Project) -> Flask:
    return Flask("asynchronous", root_path=str(project.folder))


def test_every_command_runs(project: Project, engine: AsyncEngine, kind: str) -> None:
    metadata = sa.MetaData()
    sa.Table("people", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer))
    app = application(project)
    Revisions(app, engine=engine, metadata=metadata)
    commands = (
        ["init"],
        ["migrate", "-m", "people", "--rev-id", "aaaa1111"],
        ["upgrade", "--plan"],
        ["ensure-version"],
        ["upgrade", "--sql"],
        ["upgrade"],
        ["check"],
        ["current", "--check-heads"],
        ["status"],
        ["log"],
        ["journal"],
        ["doctor"],
        ["history", "-i"],
        ["graph"],
        ["downgrade"],
        ["stamp", "head"],
        ["stamp", "base"],
        ["release"],
    )
    for command in commands:
        result = project.cli(*command, app=app)
        assert result.code == 0, (command, result)
    assert project.tables() == {"people"}


def test_an_engine_of_flask_sqlalchemy(project: Project, kind: str) -> None:
    project.table("aaaa1111")
    app = project.app({"SQLALCHEMY_DATABASE_URI": asynchronous(project.url, kind)})
    assert app.extensions["revisions"].revisions.upgrade() and project.tables() == {"t_aaaa1111"}


def test_the_asynchronous_engines_of_flask_sqlalchemy_lite(project: Project, kind: str) -> None:
    lite = pytest.importorskip("flask_sqlalchemy_lite")
    project.table("aaaa1111")
    app = Flask("lite", root_path=str(project.folder))
    options = {"url": asynchronous(project.url, kind), "poolclass": sa.NullPool}
    app.config["SQLALCHEMY_ASYNC_ENGINES"] = {"default": options}
    assert Revisions(app, lite.SQLAlchemy(app)).upgrade() and project.tables() == {"t_aaaa1111"}


def test_within_an_event_loop(project: Project, engine: AsyncEngine) -> None:
    project.table("aaaa1111")
    revisions = with_engine(project, engine)

    async def serve() -> int:
        async with engine.connect() as connection:
            revisions.upgrade()
            return int((await connection.execute(sa.text("SELECT count(*) FROM t_aaaa1111"))).scalar_one())

    assert asyncio.run(serve()) == 0


def test_a_coroutine_function_in_a_script(project: Project, engine: AsyncEngine) -> None:
    project.table("aaaa1111")
    project.script("bbbb2222", "aaaa1111", ASYNCHRONOUS)
    with_engine(project, engine).upgrade()
    assert project.query("SELECT n FROM t_aaaa1111") == [(2,)]


def test_a_script_that_fails_is_rolled_back(project: Project, engine: AsyncEngine) -> None:
    project.table("aaaa1111")
    project.script("bbbb2222", "aaaa1111", 'op.execute("CREATE TABLE x (id INTEGER)")\nop.execute("nonsense")')
    with pytest.raises(RevisionsError, match="bbbb2222"):
        with_engine(project, engine).upgrade()
    assert project.tables() == {"t_aaaa1111"} and project.applied() == {"aaaa1111"}


def test_listeners_of_the_application_are_called(project: Project, engine: AsyncEngine) -> None:
    seen = []
    sa.event.listen(engine.sync_engine, "connect", lambda driver, record: seen.append(driver))
    project.table("aaaa1111")
    with_engine(project, engine).upgrade()
    assert seen


def test_a_statement_that_takes_too_long_is_ended(project: Project, engine: AsyncEngine, kind: str) -> None:
    project.script("aaaa1111", None, f'op.execute("{SLOW[kind]}")')
    with pytest.raises(StatementTimeout, match=r"longer than 0\.3 seconds"):
        with_engine(project, engine, statement_timeout=0.3).upgrade()
    assert project.applied() == set()


def test_two_runs_wait_for_each_other(project: Project, engine: AsyncEngine, kind: str) -> None:
    began, goes_on = threading.Event(), threading.Event()
    project.script("aaaa1111", None, "op.get_context().opts['hold']()")
    project.table("bbbb2222", "aaaa1111")

    def hold() -> None:
        began.set()
        assert goes_on.wait(20)

    slow = in_thread(with_engine(project, engine, opts={"hold": hold}).upgrade)
    assert began.wait(20)
    with pytest.raises(LockTimeout):
        with_engine(project, engine, lock_timeout=0.2).upgrade()
    goes_on.set()
    slow.join()
    assert project.applied() == {"bbbb2222"}


def in_thread(function: Callable[[], Any]) -> threading.Thread:
    thread = threading.Thread(target=function)
    thread.start()
    return thread


def test_nothing_of_the_thread_is_left(project: Project, engine: AsyncEngine) -> None:
    project.table("aaaa1111")
    with_engine(project, engine).upgrade()
    assert not [each.name for each in threading.enumerate() if "asyncio" in each.name]


def test_no_connection_is_left_to_the_garbage_collector(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    pytest.importorskip("psycopg")
    monkeypatch.chdir(tmp_path)
    with fresh_database("postgresql", tmp_path) as url:
        project = Project(tmp_path, url)
        project.table("aaaa1111")
        with_engine(project, create_async_engine(f"postgresql+psycopg_async:{url.partition(':')[2]}")).upgrade()
        project.close()
    gc.collect()
    assert [each.message for each in recwarn if "still open" in str(each.message)] == []


def test_in_memory_it_is_the_connection_of_the_application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("aiosqlite")
    monkeypatch.chdir(tmp_path)
    project = Project(tmp_path, "sqlite://")
    project.table("aaaa1111")
    engine = create_async_engine("sqlite+aiosqlite://")
    revisions = with_engine(project, engine)

    async def work() -> list[str]:
        await asyncio.to_thread(revisions.upgrade)
        async with engine.connect() as connection:
            found = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
            with pytest.raises(RevisionsError, match="in the middle of a transaction"):
                await connection.exec_driver_sql("INSERT INTO t_aaaa1111 VALUES (1, 1)")
                revisions.upgrade()
        assert revisions.current().at_heads
        await engine.dispose()
        return found

    assert "t_aaaa1111" in asyncio.run(work())


def test_a_server_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    pytest.importorskip("asyncpg")
    monkeypatch.chdir(tmp_path)
    project = Project(tmp_path, "sqlite://")
    project.table("aaaa1111")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        engine = create_async_engine(f"postgresql+asyncpg://u:p@127.0.0.1:{silent.getsockname()[1]}/x")
        with pytest.raises(RevisionsError, match=r"No answer from .* within 0.3 seconds"):
            with_engine(project, engine, connect_timeout=0.3).upgrade()


def test_a_server_that_refuses_the_connection(project: Project, kind: str) -> None:
    if kind != "postgresql":
        pytest.skip("no server")
    project.table("aaaa1111")
    url = sa.make_url(asynchronous(project.url, kind)).set(database="nosuch")
    engine = create_async_engine(url, poolclass=sa.NullPool)
    app = application(project)
    Revisions(app, engine=engine)
    result = project.cli("upgrade", app=app)
    assert result.code == 8 and 'database "nosuch" does not exist' in result.err, result
    assert "Hint: create the database, or correct its name in the database URL." in result.err


def test_the_transaction_of_an_asynchronous_connection_is_joined(project: Project, engine: AsyncEngine) -> None:
    project.table("aaaa1111")
    body = 'with op.batch_alter_table("t_aaaa1111") as batch:\n    batch.alter_column("n", nullable=False, '
    project.script("bbbb2222", "aaaa1111", body + "existing_type=sa.Integer())")
    revisions = with_engine(project, engine)

    async def work() -> None:
        async with engine.connect() as connection:
            await connection.run_sync(lambda sync: revisions.upgrade(connection=sync))
            await connection.rollback()
        assert project.tables() == set()
        async with engine.begin() as connection:
            await connection.run_sync(lambda sync: revisions.upgrade(connection=sync))

    asyncio.run(work())
    assert project.applied() == {"bbbb2222"}


# -- psycopg2 and mysqlclient -----------------------------------------------------------------------------------

PLAIN = {"psycopg2": "postgresql", "mysqldb": "mariadb"}
SLEEPS = {"psycopg2": "SELECT pg_sleep(60)", "mysqldb": "SELECT SLEEP(60)"}


@pytest.fixture(params=PLAIN)
def plain(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project whose application has another driver than the tests."""
    driver = str(request.param)
    pytest.importorskip({"mysqldb": "MySQLdb"}.get(driver, driver))
    monkeypatch.chdir(tmp_path)
    with fresh_database(PLAIN[driver], tmp_path) as url:
        project = Project(tmp_path, url)
        project.url = f"{url.split('+')[0]}+{driver}:{url.partition(':')[2]}"
        yield project
        project.close()


def test_up_and_down_with_a_plain_driver(plain: Project) -> None:
    plain.table("aaaa1111")
    plain.script("bbbb2222", "aaaa1111", 'op.execute("INSERT INTO t_aaaa1111 (id, n) VALUES (1, 100 % 7)")', "pass")
    revisions = plain.revisions()
    assert len(revisions.upgrade()) == 2 and plain.query("SELECT n FROM t_aaaa1111") == [(2,)]
    assert len(revisions.downgrade("base")) == 2 and plain.tables() == set()


def test_a_slow_statement_is_ended_with_a_plain_driver(plain: Project) -> None:
    sleeps = next(statement for driver, statement in SLEEPS.items() if f"+{driver}:" in plain.url)
    plain.script("aaaa1111", None, f'op.execute("{sleeps}")')
    with pytest.raises(StatementTimeout):
        plain.revisions(statement_timeout=0.3).upgrade()


def test_two_runs_wait_for_each_other_with_a_plain_driver(plain: Project) -> None:
    began, goes_on = threading.Event(), threading.Event()
    plain.script("aaaa1111", None, "op.get_context().opts['hold']()")
    plain.table("bbbb2222", "aaaa1111")

    def hold() -> None:
        began.set()
        assert goes_on.wait(20)

    slow = in_thread(plain.revisions(opts={"hold": hold}).upgrade)
    assert began.wait(20)
    with pytest.raises(LockTimeout, match="another run"):
        plain.revisions(lock_timeout=0.2).upgrade()
    goes_on.set()
    slow.join()
    assert plain.applied() == {"bbbb2222"}


def test_a_table_that_is_used_is_said_also_where_a_closed_connection_is_left(plain: Project) -> None:
    plain.table("aaaa1111")
    plain.script("bbbb2222", "aaaa1111", 'op.add_column("t_aaaa1111", sa.Column("more", sa.Integer))')
    plain.revisions().upgrade("aaaa1111")
    pooled = sa.create_engine(plain.url, poolclass=sa.NullPool).raw_connection()
    closed = pooled.driver_connection
    pooled.close()
    with plain.engine.connect() as connection, pytest.raises(TableBlocked, match="t_aaaa1111"):
        connection.exec_driver_sql("SELECT count(*) FROM t_aaaa1111")
        plain.revisions({"REVISIONS_TABLE_LOCK_PATIENCE": 1.0}, table_lock_timeout=0.5).upgrade()
    del closed
