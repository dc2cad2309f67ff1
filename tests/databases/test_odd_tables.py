"""Version tables and logs that somebody has changed by hand: an error that says what is in the way."""

from __future__ import annotations

import pytest
from flask_revisions.errors import DatabaseError, VersionConflict

from ..cli.errors import two_lines
from ..projects import Project


def test_a_column_that_the_row_does_not_fill_is_named(project: Project) -> None:
    project.send("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, mine INTEGER NOT NULL)")
    project.table("a1")
    message, _ = two_lines(project.cli("upgrade"), 1)
    assert "mine" in message and "already" not in message and project.applied() == set()


@pytest.mark.parametrize("kind", ["postgresql"])
def test_a_line_of_the_log_that_is_refused_is_told_from_a_row_that_is_there(project: Project) -> None:
    project.table("a1")
    project.revisions().upgrade()
    project.send("ALTER TABLE revision_log ADD COLUMN mine INTEGER NOT NULL DEFAULT 1 CHECK (id < 2)")
    project.table("b2", "a1")
    message, _ = two_lines(project.cli("upgrade"), 1)
    assert "revision_log" in message and "alembic_version" not in message and project.applied() == {"a1"}


@pytest.mark.parametrize("kind", ["postgresql"])
def test_numbers_of_the_log_that_lag_behind_are_told_from_a_row_that_is_there(project: Project) -> None:
    project.table("a1")
    project.revisions().upgrade()
    project.send("ALTER TABLE revision_log ALTER COLUMN id RESTART WITH 1")
    project.table("b2", "a1")
    with pytest.raises(DatabaseError, match="The log revision_log does not take the line about 'b2'") as caught:
        project.revisions().upgrade()
    assert not isinstance(caught.value, VersionConflict) and project.tables() == {"t_a1"}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_trigger_that_refuses_the_row_is_told(project: Project, kind: str) -> None:
    project.table("a1")
    project.revisions().upgrade()
    if kind == "sqlite":
        body = "BEGIN SELECT RAISE(ABORT, 'frozen by us'); END"
        project.send(f"CREATE TRIGGER frozen BEFORE UPDATE ON alembic_version {body}")
    else:
        project.send("ALTER TABLE alembic_version ADD CONSTRAINT frozen_by_us CHECK (version_num = 'a1')")
    project.table("b2", "a1")
    message, _ = two_lines(project.cli("upgrade"), 1)
    assert "frozen" in message and "does not take the row 'b2'" in message and project.tables() == {"t_a1"}


def test_a_row_that_is_there_twice_is_refused_before_a_script_runs(project: Project) -> None:
    project.send("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    project.send("INSERT INTO alembic_version VALUES ('a1')", "INSERT INTO alembic_version VALUES ('a1')")
    project.script("a1")
    project.table("b2", "a1")
    for command in ("upgrade", "downgrade"):
        message, hint = two_lines(project.cli(command), 1)
        assert "2 rows 'a1'" in message and "stamp --purge" in hint
    assert project.tables() == set() and project.journal() == []
    assert project.cli("stamp", "--purge", "a1").code == 0 and project.cli("upgrade").code == 0
    assert project.applied() == {"b2"} and project.tables() == {"t_b2"}


DAMAGED = {
    "needs": ("UPDATE revision_log SET needs = 'no list'", ("upgrade", "current", "status", "log")),
    "a number for needs": ("UPDATE revision_log SET needs = '5'", ("upgrade", "current", "status", "log")),
    "source": ("UPDATE revision_log SET digest = 'x', source = {blob}", ("upgrade", "status")),
    "stored source": ("UPDATE revision_log SET source = {blob}", ("show --stored a1",)),
    "no needs": ("ALTER TABLE revision_log DROP COLUMN needs", ("upgrade", "log")),
    "no outcome": ("ALTER TABLE revision_log DROP COLUMN outcome", ("upgrade", "log")),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_a_log_that_is_damaged_is_named(project: Project, kind: str, case: str) -> None:
    project.table("a1")
    project.revisions().upgrade()
    project.table("b2", "a1")
    statement, commands = DAMAGED[case]
    project.send(statement.format(blob="decode('0001', 'hex')" if kind == "postgresql" else "x'0001'"))
    for command in commands:
        message, hint = two_lines(project.cli(*command.split()), 1)
        assert "revision_log" in message and "REVISIONS_LOG = False" in hint, command
    assert project.applied() == {"a1"}
    assert project.cli("upgrade", config={"REVISIONS_LOG": False}).code == 0


def test_the_version_table_of_another_project_is_not_taken_for_one_that_is_ahead(project: Project) -> None:
    project.table("a1")
    project.table("b2", "a1")
    project.revisions().upgrade()
    for path in project.versions.glob("*.py"):
        path.unlink()
    project.table("x1")
    project.table("y2", "x1")
    for command in ("upgrade", "release"):
        message, hint = two_lines(project.cli(command), 1)
        assert "another project" in message and "'b2'" in message and "REVISIONS_VERSION_TABLE" in hint
    assert project.applied() == {"b2"} and project.tables() == {"t_a1", "t_b2"}
    mine = project.app({"REVISIONS_VERSION_TABLE": "mine_version"})
    assert project.cli("upgrade", app=mine).code == 0
    assert project.applied("mine_version") == {"y2"} and project.applied() == {"b2"}
