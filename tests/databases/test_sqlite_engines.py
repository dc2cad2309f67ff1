"""SQLite behind every kind of engine: steps are transactions, and the driver's connection is left as it was."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask_revisions import Revisions
from flask_revisions.errors import DatabaseError, ScriptFailed
from sqlalchemy.pool import NullPool, QueuePool, SingletonThreadPool, StaticPool

from ..projects import Project
from ..servers import about_drivers

pytestmark = about_drivers

LEGACY = getattr(sqlite3, "LEGACY_TRANSACTION_CONTROL", None)
MODERN = pytest.mark.skipif(sys.version_info < (3, 12), reason="autocommit= is new in Python 3.12")

DRIVERS: dict[str, dict[str, Any]] = {
    "as it comes": {},
    "isolation_level None": {"connect_args": {"isolation_level": None}},
    "isolation_level IMMEDIATE": {"connect_args": {"isolation_level": "IMMEDIATE"}},
    "isolation_level EXCLUSIVE": {"connect_args": {"isolation_level": "EXCLUSIVE"}},
    "AUTOCOMMIT of SQLAlchemy": {"isolation_level": "AUTOCOMMIT"},
    "SERIALIZABLE of SQLAlchemy": {"isolation_level": "SERIALIZABLE"},
    "skip_autocommit_rollback": {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True},
    "autocommit=True": {"connect_args": {"autocommit": True}},
    "autocommit=False": {"connect_args": {"autocommit": False}},
}
POOLS: dict[str, dict[str, Any]] = {
    "none": {"poolclass": NullPool},
    "of one": {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0},
    "static": {"poolclass": StaticPool},
    "of the thread": {"poolclass": SingletonThreadPool},
}

drivers = pytest.mark.parametrize(
    "driver", [pytest.param(name, marks=MODERN if "autocommit=" in name else ()) for name in DRIVERS]
)
pools = pytest.mark.parametrize("pool", POOLS)

FAILS = (
    'op.execute("CREATE TABLE half (id INTEGER)")\nop.execute("INSERT INTO t_a1 (n) VALUES (1)")\nop.execute("no SQL")'
)


@pytest.fixture(params=["file", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project with a database in a file, and one with a database in memory."""
    monkeypatch.chdir(tmp_path)
    made = Project(tmp_path, "sqlite://" if request.param == "memory" else f"sqlite:///{tmp_path / 'app.db'}")
    yield made
    made.close()


def revisions_on(project: Project, **options: Any) -> tuple[Revisions, sa.Engine]:
    if project.url == "sqlite://":
        options = {"poolclass": StaticPool, **options}
        options["connect_args"] = {"check_same_thread": False, **options.get("connect_args", {})}
    app = project.app({"SQLALCHEMY_ENGINE_OPTIONS": options})
    with app.app_context():
        return app.extensions["revisions"].revisions, app.extensions["sqlalchemy"].engine


def settings(engine: sa.Engine) -> tuple[Any, ...]:
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        pragmas = [driver.execute(f"PRAGMA {name}").fetchone() for name in ("foreign_keys", "busy_timeout")]
        return (driver.isolation_level, getattr(driver, "autocommit", None), *pragmas)


def tables(engine: sa.Engine) -> set[str]:
    return set(sa.inspect(engine).get_table_names()) - {"revision_log", "revision_journal"}


@pools
@drivers
def test_a_step_that_fails_is_rolled_back_with_its_ddl(place: Project, driver: str, pool: str) -> None:
    if place.url == "sqlite://" and pool in ("none", "of one"):
        pytest.skip("each connection would be a database of its own")
    revisions, engine = revisions_on(place, **DRIVERS[driver], **POOLS[pool])
    before = settings(engine)
    place.table("a1")
    place.script("b2", "a1", FAILS)
    with pytest.raises(ScriptFailed, match='near "no": syntax error'):
        revisions.upgrade()
    assert settings(engine) == before
    assert tables(engine) == {"alembic_version", "t_a1"}
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars().all() == ["a1"]
        assert connection.exec_driver_sql("SELECT count(*) FROM t_a1").scalar() == 0


@drivers
def test_up_and_down_leaves_the_driver_as_it_was(place: Project, driver: str) -> None:
    revisions, engine = revisions_on(place, **DRIVERS[driver])
    before = settings(engine)
    for number in range(1, 4):
        place.table(f"a{number}", f"a{number - 1}" if number > 1 else None)
    assert len(revisions.upgrade()) == 3
    assert settings(engine) == before and tables(engine) == {"alembic_version", "t_a1", "t_a2", "t_a3"}
    assert len(revisions.downgrade("base")) == 3
    assert settings(engine) == before and tables(engine) == {"alembic_version"}


def begins_by_hand(engine: sa.Engine) -> None:
    """What SQLAlchemy's documentation advises for transactions that include DDL and SAVEPOINT."""

    @sa.event.listens_for(engine, "connect")
    def connect(connection: Any, record: Any) -> None:
        connection.isolation_level = None

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN")


def enforces_foreign_keys(engine: sa.Engine) -> None:
    @sa.event.listens_for(engine, "connect")
    def connect(connection: Any, record: Any) -> None:
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA busy_timeout=1234")


@pytest.mark.parametrize("listeners", [begins_by_hand, enforces_foreign_keys])
def test_listeners_of_the_application(place: Project, listeners: Callable[[sa.Engine], None]) -> None:
    revisions, engine = revisions_on(place)
    engine.dispose()
    listeners(engine)
    before = settings(engine)
    place.table("a1")
    place.script("b2", "a1", 'op.execute("VACUUM")\nop.execute("CREATE TABLE b (id INTEGER)")')
    place.script("c3", "b2", FAILS)
    with pytest.raises(ScriptFailed):
        revisions.upgrade()
    assert tables(engine) == {"alembic_version", "t_a1", "b"}
    assert settings(engine) == before


def test_what_the_application_has_not_committed_in_memory_is_not_lost(tmp_path: Path) -> None:
    project = Project(tmp_path, "sqlite://")
    project.table("a1")
    revisions, engine = revisions_on(project)
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE mine (id INTEGER)")
        connection.exec_driver_sql("INSERT INTO mine VALUES (1)")
        for action in (revisions.upgrade, revisions.current):
            with pytest.raises(DatabaseError, match="in the middle of a transaction"):
                action()
        connection.commit()
    assert len(revisions.upgrade()) == 1
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM mine").scalar() == 1


def test_a_memory_database_that_connections_share_does_not_vanish(tmp_path: Path) -> None:
    url = "sqlite:///file:shared?mode=memory&cache=shared&uri=true"
    project = Project(tmp_path, url)
    project.table("a1")
    revisions, engine = revisions_on(project, poolclass=QueuePool, pool_size=1, max_overflow=0)
    revisions.upgrade()
    assert tables(engine) == {"alembic_version", "t_a1"} and revisions.current().applied == ("a1",)


def test_no_lock_and_no_transaction_stay_behind(place: Project) -> None:
    revisions, engine = revisions_on(place)
    place.table("a1")
    place.script("b2", "a1", "raise ValueError('no')")
    with pytest.raises(ScriptFailed):
        revisions.upgrade()
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN EXCLUSIVE")
        connection.rollback()
    if place.url != "sqlite://":
        (lock,) = place.folder.glob("*.revisions-lock")
        assert lock.read_bytes() == b""
