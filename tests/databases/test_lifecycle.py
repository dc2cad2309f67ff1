"""A project's first steps, and that what goes up comes down without a trace."""

from __future__ import annotations

from sqlalchemy import inspect

from ..projects import Project

COLUMNS = 'op.create_table("users", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(30)))'


def shape(project: Project) -> dict[str, list[str]]:
    found = inspect(project.engine)
    return {name: [str(each) for each in found.get_columns(name)] for name in sorted(project.tables())}


def test_up_and_down_and_up_again(project: Project) -> None:
    project.script("a1", None, COLUMNS, 'op.drop_table("users")')
    project.script("b2", "a1", 'op.add_column("users", sa.Column("age", sa.Integer))', 'op.drop_column("users", "age")')
    revisions = project.revisions()
    revisions.upgrade()
    first = shape(project)
    assert list(first) == ["users"] and project.applied() == {"b2"}
    project.send("INSERT INTO users (id, name, age) VALUES (1, 'x', 2)")
    revisions.downgrade("base")
    assert shape(project) == {} and project.applied() == set()
    revisions.upgrade()
    assert shape(project) == first and project.query("SELECT count(*) FROM users") == [(0,)]


def test_nothing_to_do_returns_no_steps(project: Project) -> None:
    project.table("a1")
    revisions = project.revisions()
    assert [step.revision.id for step in revisions.upgrade()] == ["a1"]
    assert revisions.upgrade() == ()
    assert revisions.current().at_heads and not revisions.needs_upgrade()


def test_a_step_and_its_row_come_together(project: Project) -> None:
    project.table("a1")
    project.script("b2", "a1", 'op.execute("INSERT INTO t_a1 (id, n) VALUES (1, 1)")\nraise ValueError("no")')
    revisions = project.revisions()
    try:
        revisions.upgrade()
    except Exception as error:
        assert "b2.py" in str(error) and "no" in str(error)
    assert project.applied() == {"a1"} and project.query("SELECT count(*) FROM t_a1") == [(0,)]
