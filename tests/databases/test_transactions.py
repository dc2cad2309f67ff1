"""What is in a transaction: a revision and its row, or the whole run; whatever engine the application has."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask_revisions import Revisions
from flask_revisions.errors import RevisionsError, ScriptFailed
from sqlalchemy.pool import NullPool, QueuePool

from ..projects import Project
from ..servers import about_drivers, about_plain_drivers

ENGINES = [
    ("postgresql", {"isolation_level": "AUTOCOMMIT"}),
    ("postgresql", {"isolation_level": "REPEATABLE READ"}),
    ("postgresql", {"isolation_level": "SERIALIZABLE"}),
    ("postgresql", {"execution_options": {"isolation_level": "AUTOCOMMIT"}}),
    ("postgresql", {"connect_args": {"autocommit": True}}),
    ("postgresql", {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0}),
    ("mariadb", {"isolation_level": "AUTOCOMMIT"}),
    ("mariadb", {"isolation_level": "SERIALIZABLE"}),
    ("mariadb", {"connect_args": {"autocommit": True}}),
    ("mariadb", {"connect_args": {"init_command": "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"}}),
    ("mariadb", {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0}),
]
"""Engines as applications make them."""


def revisions_on(project: Project, options: dict[str, Any]) -> tuple[Revisions, sa.Engine]:
    app = project.app({"SQLALCHEMY_ENGINE_OPTIONS": {"poolclass": NullPool, **options}})
    with app.app_context():
        return app.extensions["revisions"].revisions, app.extensions["sqlalchemy"].engine


def settings(engine: sa.Engine) -> list[Any]:
    """What the application finds on a connection of its engine, and whether it commits by itself."""
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        mode = driver.get_autocommit() if hasattr(driver, "get_autocommit") else driver.autocommit
        found = [mode, connection.get_isolation_level()]
        if connection.dialect.name == "postgresql":
            found += connection.exec_driver_sql(
                "SELECT setting FROM pg_settings WHERE name IN ('statement_timeout', 'lock_timeout', "
                "'application_name', 'client_connection_check_interval', 'default_transaction_isolation', "
                "'idle_in_transaction_session_timeout') ORDER BY name"
            ).scalars()
        return found


def write_data(project: Project, id: str, down: str, *, fails: bool = False) -> None:
    body = f'op.execute("INSERT INTO t_a1 (id, n) VALUES ({int(id[1:])}, 1)")'
    project.script(id, down, body + ("\nraise ValueError('no')" if fails else ""))


def test_a_run_that_fails_leaves_what_was_before(project: Project, kind: str) -> None:
    project.table("a1")
    write_data(project, "b2", "a1")
    project.script(
        "c3",
        "b2",
        'op.execute("INSERT INTO t_a1 (id, n) VALUES (3, 1)")\nop.add_column("t_a1", '
        'sa.Column("c", sa.Integer))\nop.execute("INSERT INTO t_a1 (id, n) VALUES (4, 1)")\nop.execute("no SQL")',
    )
    project.table("d4", "c3")
    with pytest.raises(ScriptFailed, match=r"Upgrade of c3 failed at migrations/versions/c3.py:15, op.execute"):
        project.revisions().upgrade()
    assert project.applied() == {"b2"} and project.tables() == {"t_a1"}
    # DDL commits what was before it on MariaDB, but not what comes after
    assert project.query("SELECT id FROM t_a1 ORDER BY id") == ([(2,), (3,)] if kind == "mariadb" else [(2,)])


def test_each_revision_is_committed_when_it_is_done(project: Project) -> None:
    project.table("a1")
    write_data(project, "b2", "a1")
    body = "with sa.create_engine({!r}).connect() as other:\n    found = other.execute(sa.text({!r})).all()\n"
    body += "open('seen', 'w').write(str(found))"
    project.script("c3", "b2", body.format(project.url, "SELECT version_num, n FROM alembic_version, t_a1"))
    project.revisions().upgrade()
    assert (project.folder / "seen").read_text() == "[('b2', 1)]"


def test_one_transaction_for_the_whole_run(project: Project, kind: str) -> None:
    project.table("a1")
    write_data(project, "b2", "a1")
    write_data(project, "c3", "b2", fails=True)
    with pytest.raises(ScriptFailed):
        project.revisions(transaction_per_migration=False).upgrade()
    assert project.applied() == ({"b2"} if kind == "mariadb" else set())
    write_data(project, "c3", "b2")
    steps = project.revisions(transaction_per_migration=False).upgrade()
    assert [step.revision.id for step in steps] == (["c3"] if kind == "mariadb" else ["a1", "b2", "c3"])
    assert project.applied() == {"c3"}


def test_an_autocommit_block_divides_the_transaction_of_the_whole_run(project: Project, kind: str) -> None:
    project.table("a1")
    write_data(project, "b2", "a1")
    project.script("c3", "b2", "with op.get_context().autocommit_block():\n    pass\nraise ValueError('no')")
    revisions = project.revisions(transaction_per_migration=False)
    with pytest.raises(ScriptFailed) as caught:
        revisions.upgrade()
    assert project.applied() == {"b2"} and project.query("SELECT count(*) FROM t_a1") == [(1,)]
    assert kind == "mariadb" or "nothing of this revision was applied" in caught.value.hint
    project.script("c3", "b2", "pass")
    assert [step.revision.id for step in revisions.upgrade()] == ["c3"]


@about_drivers
@pytest.mark.parametrize(("kind", "options"), ENGINES)
def test_the_engine_is_left_as_it_was(project: Project, kind: str, options: dict[str, Any]) -> None:
    revisions, engine = revisions_on(project, options)
    before = settings(engine)
    project.table("a1")
    write_data(project, "b2", "a1", fails=True)
    with pytest.raises(ScriptFailed):
        revisions.upgrade()
    assert settings(engine) == before
    assert project.applied() == {"a1"} and project.query("SELECT count(*) FROM t_a1") == [(0,)]
    write_data(project, "b2", "a1")
    project.script("c3", "b2", "with op.get_context().autocommit_block():\n    op.execute('SELECT 1')")
    assert len(revisions.upgrade()) == 2 and len(revisions.downgrade("base")) == 3
    assert settings(engine) == before


@about_drivers
def test_what_a_script_sets_does_not_reach_the_application(project: Project, kind: str) -> None:
    setting = {
        "sqlite": ("PRAGMA recursive_triggers=ON", "PRAGMA recursive_triggers"),
        "postgresql": ("SET statement_timeout = '77s'", "SHOW statement_timeout"),
        "mariadb": ("SET SESSION lock_wait_timeout = 77", "SELECT @@lock_wait_timeout"),
    }
    change, ask = setting[kind]
    project.script("a1", None, f'op.execute("{change}")')
    revisions, engine = revisions_on(project, {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0})
    with engine.connect() as connection:
        before = connection.exec_driver_sql(ask).scalar()
    revisions.upgrade()
    with engine.connect() as connection:
        assert connection.exec_driver_sql(ask).scalar() == before


@pytest.mark.parametrize("kind", ["postgresql", "sqlite"])
def test_a_constraint_that_is_checked_at_commit(project: Project, kind: str) -> None:
    project.script(
        "a1",
        None,
        (
            'op.execute("CREATE TABLE p (id INTEGER PRIMARY KEY)")\n'
            'op.execute("CREATE TABLE c (p INTEGER REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED)")'
        ),
    )
    project.script(
        "b2",
        "a1",
        'op.execute("PRAGMA foreign_keys=ON")\n' * (kind == "sqlite") + 'op.execute("INSERT INTO c VALUES (7)")',
    )
    with pytest.raises(RevisionsError, match=r"(?i)^Upgrade of b2 failed at its COMMIT: .*foreign key"):
        project.revisions().upgrade()
    assert project.applied() == {"a1"} and project.query("SELECT count(*) FROM c") == [(0,)]
    project.script("b2", "a1")
    assert len(project.revisions().upgrade()) == 1


def test_a_reader_of_sqlite_is_waited_for_at_commit(project: Project) -> None:
    if not project.url.startswith("sqlite"):
        pytest.skip("readers do not hold up writers here")
    project.table("a1")
    project.revisions().upgrade()
    project.table("b2", "a1")
    reader = project.engine.connect()
    reader.exec_driver_sql("BEGIN")
    reader.exec_driver_sql("SELECT * FROM t_a1").all()
    events: list[Any] = []

    def report(event: Any) -> None:
        events.append(event)
        if "that reads this database" in getattr(event, "what", ""):
            reader.close()

    assert len(project.revisions().upgrade(report=report)) == 1
    assert [type(event).__name__ for event in events] == [
        "Connected", "Planned", "StepStarted", "Waiting", "StepFinished",
    ]  # fmt: skip


def may_write(driver: Any) -> None:
    setattr(driver, "readonly" if hasattr(driver, "readonly") else "read_only", False)  # psycopg2's name, or psycopg's


@about_plain_drivers
@pytest.mark.parametrize("kind", ["postgresql"])
def test_what_the_application_wants_of_each_transaction_goes_for_ours_too(project: Project, kind: str) -> None:
    project.table("a1")
    project.table("b2", "a1")
    options = {"connect_args": {"options": "-c default_transaction_read_only=on"}, "poolclass": NullPool}
    app = project.app({"SQLALCHEMY_ENGINE_OPTIONS": options})
    with app.app_context():
        engine = app.extensions["sqlalchemy"].engine
    sa.event.listen(engine, "connect", lambda driver, record: may_write(driver))
    assert len(app.extensions["revisions"].revisions.upgrade()) == 2
