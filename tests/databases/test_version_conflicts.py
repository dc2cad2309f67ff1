"""Somebody without our lock changes the version table in the middle of a run: planned again, or an error."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask_revisions.errors import RevisionsError, ScriptFailed, UnknownApplied, VersionConflict
from sqlalchemy.pool import QueuePool

from ..projects import Project

SERVERS = ("postgresql", "mariadb")
ELSEWHERE = "with sa.create_engine({url!r}).begin() as other:\n    other.exec_driver_sql({sql!r})\n"
ONE_CONNECTION = {"SQLALCHEMY_ENGINE_OPTIONS": {"poolclass": QueuePool, "pool_size": 2, "max_overflow": 0}}


def elsewhere(project: Project, sql: str) -> str:
    """Lines of a script that send a statement on a connection of their own, once."""
    block = ELSEWHERE.format(url=project.url, sql=sql).replace("\n", "\n    ").rstrip()
    return f"import pathlib\nif not pathlib.Path('once').exists():\n    pathlib.Path('once').touch()\n    {block}\n"


def applied(project: Project) -> list[str]:
    return sorted(row for (row,) in project.query("SELECT version_num FROM alembic_version"))


@pytest.fixture
def prepared(project: Project) -> Project:
    project.table("a1")
    project.table("x1")
    project.revisions().upgrade("heads")
    return project


@pytest.mark.parametrize("kind", SERVERS)
def test_a_row_that_moved_to_the_same_revision_is_planned_again(prepared: Project) -> None:
    sql = "UPDATE alembic_version SET version_num = 'b2' WHERE version_num = 'a1'"
    prepared.script("b2", "a1", elsewhere(prepared, sql) + 'op.execute("INSERT INTO t_a1 (id) VALUES (1)")')
    prepared.table("c3", "b2")
    events: list[Any] = []
    steps = prepared.revisions(ONE_CONNECTION).upgrade("c3", report=events.append)
    assert [step.revision.id for step in steps] == ["c3"] and applied(prepared) == ["c3", "x1"]
    assert prepared.query("SELECT count(*) FROM t_a1") == [(0,)], "rolled back: somebody else has done it"
    assert [event.steps for event in events if type(event).__name__ == "Planned"] == [2, 1]


@pytest.mark.parametrize("kind", SERVERS)
def test_a_row_that_moved_to_where_no_file_is(prepared: Project) -> None:
    sql = "UPDATE alembic_version SET version_num = 'zzz' WHERE version_num = 'a1'"
    prepared.script("b2", "a1", elsewhere(prepared, sql) + 'op.execute("INSERT INTO t_a1 (id) VALUES (1)")')
    with pytest.raises(UnknownApplied, match="'zzz'"):
        prepared.revisions().upgrade("b2")
    assert applied(prepared) == ["x1", "zzz"] and prepared.query("SELECT count(*) FROM t_a1") == [(0,)]


@pytest.mark.parametrize("kind", SERVERS)
def test_a_row_that_is_gone(prepared: Project) -> None:
    prepared.script("b2", "a1", elsewhere(prepared, "DELETE FROM alembic_version WHERE version_num = 'a1'"))
    with pytest.raises(RevisionsError, match="Upgrade of a1 failed"):  # its table is there
        prepared.revisions().upgrade("b2")
    assert applied(prepared) == ["x1"]


@pytest.mark.parametrize("kind", SERVERS)
def test_a_row_of_a_later_step_changed_by_a_callback(prepared: Project) -> None:
    prepared.table("a2", "a1")
    prepared.table("x2", "x1")
    called: list[str] = []

    def callback(**keywords: Any) -> None:
        called.append(keywords["step"].revision.id)
        if len(called) == 1:
            other = "x" if called == ["a2"] else "a"
            prepared.send(f"UPDATE alembic_version SET version_num = '{other}2' WHERE version_num = '{other}1'")

    steps = prepared.revisions(on_version_apply=callback).upgrade("heads")
    assert [step.revision.id for step in steps] == called and len(called) == 1
    assert applied(prepared) == ["a2", "x2"]


def test_a_script_that_writes_the_row_itself(prepared: Project, kind: str) -> None:
    prepared.script(
        "b2", "a1", "op.execute(\"UPDATE alembic_version SET version_num = 'b2' WHERE version_num = 'a1'\")"
    )
    with pytest.raises(VersionConflict, match="had 0 rows 'a1' where one was expected"):
        prepared.revisions().upgrade("b2")
    assert applied(prepared) == ["a1", "x1"]


def test_a_driver_that_does_not_count_rows_is_not_asked_how_many_it_changed(prepared: Project) -> None:
    blind = "op.get_bind().dialect.supports_sane_rowcount = False\n"
    gone = "op.execute(\"DELETE FROM alembic_version WHERE version_num = 'a1'\")"
    prepared.script("b2", "a1", blind + gone)
    assert [step.revision.id for step in prepared.revisions().upgrade("b2")] == ["b2"]
    assert applied(prepared) == ["x1"]


def test_a_row_that_is_there_twice(project: Project) -> None:
    project.table("a1")
    project.revisions(version_table_pk=False).upgrade()
    project.send("INSERT INTO alembic_version VALUES ('a1')")
    project.script("b2", "a1", 'op.execute("INSERT INTO t_a1 (id) VALUES (1)")')
    with pytest.raises(VersionConflict, match="had 2 rows 'a1' where one was expected") as caught:
        project.revisions().upgrade()
    assert "stamp --purge" in caught.value.hint
    assert applied(project) == ["a1", "a1"] and project.query("SELECT count(*) FROM t_a1") == [(0,)]
    project.revisions().stamp("a1", purge=True)
    assert applied(project) == ["a1"]


@pytest.mark.parametrize("kind", SERVERS)
@pytest.mark.parametrize("key", [True, False])
def test_a_new_row_that_is_there_already(prepared: Project, key: bool) -> None:
    prepared.send("DROP TABLE alembic_version")
    prepared.script("a1", None, elsewhere(prepared, "INSERT INTO alembic_version VALUES ('a1')"))
    prepared.script("x1")
    steps = prepared.revisions(version_table_pk=key).upgrade("heads")
    assert [step.revision.id for step in steps] == ["x1"] and applied(prepared) == ["a1", "x1"]


def test_a_callback_that_fails_takes_the_step_back(prepared: Project, kind: str) -> None:
    prepared.script("b2", "a1", 'op.execute("INSERT INTO t_a1 (id) VALUES (1)")')

    def audit(**keywords: Any) -> None:
        found = keywords["ctx"].connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalars().all()
        assert sorted(found) == ["b2", "x1"]
        raise ValueError("no audit today")

    with pytest.raises(ScriptFailed) as caught:
        prepared.revisions(on_version_apply=audit).upgrade("b2")
    assert "Upgrade of b2 failed in " in caught.value.message
    assert "audit() of on_version_apply: ValueError: no audit today" in caught.value.message
    assert applied(prepared) == ["a1", "x1"] and prepared.query("SELECT count(*) FROM t_a1") == [(0,)]


ENDS = {
    "commit": lambda ctx: ctx.connection.commit(),
    "rollback": lambda ctx: ctx.connection.rollback(),
    "close": lambda ctx: ctx.connection.close(),
    "ROLLBACK": lambda ctx: ctx.execute("ROLLBACK"),
}


@pytest.mark.parametrize("how", ENDS)
def test_a_callback_that_ends_the_transaction_is_named(prepared: Project, how: str) -> None:
    prepared.table("b2", "a1")
    revisions = prepared.revisions(on_version_apply=lambda ctx, **others: ENDS[how](ctx))
    with pytest.raises(ScriptFailed, match=r"Upgrade of b2 failed in .*<lambda>.* of on_version_apply: The script"):
        revisions.upgrade("b2")
    assert applied(prepared) == ["a1", "x1"]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_callback_that_rolls_back_on_the_drivers_connection(prepared: Project) -> None:
    prepared.table("b2", "a1")
    revisions = prepared.revisions(on_version_apply=lambda ctx, **others: ctx.connection.connection.rollback())
    with pytest.raises(ScriptFailed, match=r"<lambda>.* of on_version_apply: The script has ended the transaction"):
        revisions.upgrade("b2")
    assert applied(prepared) == ["a1", "x1"]


def test_a_callback_may_use_a_block(prepared: Project) -> None:
    def callback(ctx: Any, **others: Any) -> None:
        with ctx.autocommit_block():
            ctx.execute("INSERT INTO t_a1 (id) VALUES (1)")

    prepared.script("b2", "a1")
    prepared.table("c3", "b2")
    prepared.revisions(on_version_apply=callback).upgrade("b2")
    assert applied(prepared) == ["b2", "x1"] and prepared.query("SELECT count(*) FROM t_a1") == [(1,)]
    prepared.revisions().upgrade("c3")
