"""`connection=`: a run in the transaction of the caller, which it neither commits nor rolls back."""

from __future__ import annotations

import sys
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_revisions import Revisions
from flask_revisions.errors import LockTimeout, NotSupported, RevisionsError, UsageError

from ..projects import OWN_TABLES, Project

TRANSACTIONAL = ("sqlite", "postgresql")


@pytest.fixture
def pair(project: Project) -> Project:
    """A project with two revisions; the second one has data."""
    project.table("a1")
    project.script("b2", "a1", 'op.execute("INSERT INTO t_a1 (id, n) VALUES (1, 1)")', 'op.execute("DELETE FROM t_a1")')
    return project


def tables(connection: sa.Connection) -> set[str]:
    return set(sa.inspect(connection).get_table_names()) - OWN_TABLES


def test_the_caller_commits(pair: Project) -> None:
    revisions = pair.revisions()
    with pair.engine.begin() as connection:
        assert len(revisions.upgrade(connection=connection)) == 2
        assert connection.in_transaction() and connection.scalar(sa.text("SELECT n FROM t_a1")) == 1
    assert pair.applied() == {"b2"} and pair.tables() == {"t_a1"} and revisions.current().at_heads
    with pair.engine.begin() as connection:
        assert len(revisions.downgrade("base", connection=connection)) == 2
        assert len(revisions.stamp("a1", connection=connection)) == 1
    assert pair.applied() == {"a1"} and pair.tables() == set()


def test_the_caller_rolls_back(pair: Project, kind: str) -> None:
    with pair.engine.connect() as connection:
        pair.revisions().upgrade(connection=connection)
        connection.rollback()
    assert pair.applied() == set()
    assert pair.tables() == (set() if kind in TRANSACTIONAL else {"t_a1"})
    pair.revisions().upgrade()
    assert pair.applied() == {"b2"} and pair.query("SELECT n FROM t_a1") == [(1,)]


def test_what_the_caller_has_done_before_is_seen_and_stays(pair: Project) -> None:
    pair.revisions().upgrade("a1")
    pair.script("b2", "a1", 'op.execute("UPDATE t_a1 SET n = n + 1")')
    with pair.engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO t_a1 (id, n) VALUES (1, 41)"))
        pair.revisions().upgrade(connection=connection)
    assert pair.query("SELECT n FROM t_a1") == [(42,)]


def test_a_step_that_fails_is_taken_back_and_the_transaction_goes_on(pair: Project, kind: str) -> None:
    if kind not in TRANSACTIONAL:
        pytest.skip("DDL ends savepoints there")
    pair.script("c3", "b2", 'op.execute("INSERT INTO t_a1 (id) VALUES (2)")\nop.execute("nonsense")')
    with pair.engine.begin() as connection:
        with pytest.raises(RevisionsError, match="Upgrade of c3 failed"):
            pair.revisions().upgrade(connection=connection)
        connection.execute(sa.text("INSERT INTO t_a1 (id, n) VALUES (3, 3)"))
    assert pair.applied() == {"b2"} and pair.query("SELECT id FROM t_a1 ORDER BY id") == [(1,), (3,)]


def test_who_holds_the_lock_is_waited_for(pair: Project, kind: str) -> None:
    with pair.engine.connect() as connection, pair.engine.connect() as other:
        pair.revisions().upgrade("a1", connection=connection)
        with pytest.raises((LockTimeout, RevisionsError)):
            if kind == "mariadb":
                other.execute(sa.text("SET SESSION innodb_lock_wait_timeout = 1"))
            pair.revisions(lock_timeout=0.3).upgrade(connection=other)
        other.rollback()
        connection.commit()
    assert pair.applied() == {"a1"}


@pytest.mark.parametrize(
    "body",
    (
        'with op.get_context().autocommit_block():\n    op.execute("SELECT 1")',
        'op.execute("COMMIT")',
        "op.get_bind().commit()",
        "op.get_bind().rollback()",
        'op.get_bind().exec_driver_sql("ROLLBACK")',
    ),
    ids=("a block", "COMMIT", "commit()", "rollback()", "ROLLBACK"),
)
def test_a_script_cannot_leave_it(pair: Project, kind: str, body: str) -> None:
    pair.script("c3", "b2", body)
    with pair.engine.connect() as connection:
        with pytest.raises(RevisionsError, match="Upgrade of c3 failed"):
            pair.revisions().upgrade(connection=connection)
        connection.rollback()
        assert connection.scalar(sa.text("SELECT 1")) == 1
    assert pair.applied() == set() and (kind not in TRANSACTIONAL or not pair.tables())


def test_a_connection_that_commits_each_statement_has_no_transaction(pair: Project) -> None:
    with (
        pair.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
        pytest.raises(UsageError, match="no transaction to join"),
    ):
        pair.revisions().upgrade(connection=connection)


def test_a_session_is_no_connection(pair: Project) -> None:
    from sqlalchemy.orm import Session

    with Session(pair.engine) as session:
        wrong: Any = session
        with pytest.raises(UsageError, match="was given a Session"):
            pair.revisions().upgrade(connection=wrong)
        pair.revisions().upgrade(connection=session.connection())
        session.commit()
    assert pair.applied() == {"b2"}


def test_a_closed_connection_is_refused(pair: Project) -> None:
    with pair.engine.connect() as connection:
        pass
    with pytest.raises(UsageError, match="a Connection that is closed"):
        pair.revisions().upgrade(connection=connection)


def test_the_database_is_the_one_of_the_connection(pair: Project) -> None:
    other = sa.create_engine(f"sqlite:///{pair.folder}/other.db")
    app = Flask("two", root_path=str(pair.folder))
    revisions = Revisions(app, engine={"default": pair.engine, "other": other}, binds=True)
    pair.script("b2", "a1", "def upgrade_other():\n    pass")
    with other.begin() as connection:
        steps = revisions.upgrade(connection=connection)
        assert [step.recorded_only for step in steps] == [True, True]
    assert pair.applied() == set()
    with sa.create_engine("sqlite://").begin() as connection, pytest.raises(UsageError, match="none of the databases"):
        revisions.upgrade(connection=connection)


def test_time_limits_are_as_they_were_afterwards(pair: Project, kind: str) -> None:
    asks = {"postgresql": "SHOW lock_timeout", "mariadb": "SELECT @@lock_wait_timeout", "sqlite": "PRAGMA busy_timeout"}
    with pair.engine.begin() as connection:
        before = connection.exec_driver_sql(asks[kind]).scalar()
        pair.revisions().upgrade(connection=connection)
        assert connection.exec_driver_sql(asks[kind]).scalar() == before


# -- SQLite ---------------------------------------------------------------------------------------------------

REBUILD = 'with op.batch_alter_table("t_a1") as b:\n    b.alter_column("n", nullable=False, existing_type=sa.Integer())'


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("enforced", (True, False))
def test_sqlite_rebuilds_a_table_within_it(pair: Project, enforced: bool) -> None:
    pair.script("c3", "b2", REBUILD)
    pair.send("CREATE TABLE child (id INTEGER, a INTEGER REFERENCES t_a1 (id) ON DELETE CASCADE)")
    with pair.engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA foreign_keys = {'ON' if enforced else 'OFF'}")
        connection.commit()
        pair.revisions().upgrade("b2", connection=connection)
        connection.exec_driver_sql("INSERT INTO child VALUES (1, 1)")
        if enforced and sys.version_info < (3, 12):
            with pytest.raises(RevisionsError, match=r"before Python 3\.12"):
                pair.revisions().upgrade(connection=connection)
        else:
            pair.revisions().upgrade(connection=connection)
            assert connection.exec_driver_sql("SELECT * FROM child").all() == [(1, 1)]
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == int(enforced)
        connection.rollback()
    assert pair.tables() == {"child"}


# -- operations -----------------------------------------------------------------------------------------------


def test_operations_outside_of_a_script(project: Project, kind: str) -> None:
    with project.engine.connect() as connection:
        with project.revisions().operations(connection) as op:
            op.create_table("t", sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer))
            op.bulk_insert(sa.table("t", sa.column("id")), [{"id": 1}])
            with op.batch_alter_table("t") as batch:
                batch.alter_column("n", new_column_name="m", existing_type=sa.Integer())
        assert tables(connection) == {"t"}
        connection.rollback()
        if kind in TRANSACTIONAL:
            assert tables(connection) == set()
            connection.rollback()
        with project.revisions().operations(connection) as op:
            op.create_table("u", sa.Column("id", sa.Integer))
        connection.commit()
    assert "u" in project.tables() and project.applied() == set()


def test_operations_cannot_leave_the_transaction(project: Project) -> None:
    with (
        project.engine.connect() as connection,
        project.revisions().operations(connection) as op,
        pytest.raises(NotSupported, match="leaves its transaction"),
        op.get_context().autocommit_block(),
    ):
        pass
