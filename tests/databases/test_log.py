"""The log: who did what and when, and what is understood because of it."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import pytest
import sqlalchemy as sa
from flask_revisions.errors import DatabaseError, LateRevision, ScriptFailed, UnknownApplied
from flask_revisions.runner.events import Ahead, Edited, NotLogged
from flask_revisions.runner.log import LogTable, whoami
from flask_revisions.runner.sources import same_code

from ..projects import Project
from .clients import require_clients

LOG = LogTable()


def lines(project: Project) -> list[tuple[str, str, str]]:
    found = "SELECT revision, direction, outcome FROM revision_log ORDER BY id"
    return [(a, b, c) for a, b, c in project.query(found)]


def forget(project: Project) -> None:
    """What Alembic would have left."""
    project.send("DROP TABLE revision_log")


def with_late_revision(project: Project) -> None:
    """Apply `a1` and `c3`, then put `b2`, which makes a table, between them."""
    project.script("a1")
    project.script("c3", "a1")
    project.revisions().upgrade()
    project.table("b2", "a1")
    project.script("c3", "b2")


def test_each_step_has_its_line(project: Project) -> None:
    path = project.table("a1", message="Ümlaute, 表 and 'quotes'")
    project.revisions().upgrade()
    project.revisions().downgrade()
    assert lines(project) == [("a1", "up", "done"), ("a1", "down", "done")]
    with project.engine.connect() as connection:
        back, up = LOG.entries(connection, sources=True)
    assert (up.user, up.host) == whoami() and up.message == "Ümlaute, 表 and 'quotes'" and up.needs == ()
    assert up.source == back.source == path.read_text() and 0 <= (up.seconds or 0) < 30 and len(up.digest) == 32


def test_a_step_that_fails_has_its_line_too(project: Project) -> None:
    project.table("a1")
    project.script("b2", "a1", "raise ValueError('no')")
    with pytest.raises(ScriptFailed):
        project.revisions().upgrade()
    assert lines(project) == [("a1", "up", "done"), ("b2", "up", "failed")]
    with project.engine.connect() as connection:
        assert "ValueError: no" in LOG.entries(connection)[0].error
    project.table("b2", "a1")
    project.revisions().upgrade()
    assert lines(project)[2:] == [("b2", "up", "done")]


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_stamp_has_a_line_for_all_that_it_implies(project: Project) -> None:
    for id, down in (("a1", None), ("b2", "a1"), ("c3", "b2")):
        project.table(id, down)
    project.revisions().stamp("b2")
    project.revisions().stamp("a1")
    expected = [("a1", "up"), ("b2", "up"), ("b2", "down")]
    assert lines(project) == [(id, direction, "stamped") for id, direction in expected]


def test_the_first_contact_notes_what_rows_imply(project: Project) -> None:
    project.table("a1")
    project.table("b2", "a1")
    project.revisions(log=False).upgrade()
    assert not LOG.exists(project.engine.connect())
    assert project.revisions().upgrade() == ()
    assert lines(project) == [("a1", "up", "found"), ("b2", "up", "found")]
    assert project.revisions().upgrade() == () and len(lines(project)) == 2


def test_what_somebody_else_applied_on_top_is_noted_and_not_late(project: Project) -> None:
    for id, down in (("a1", None), ("b2", "a1"), ("c3", "b2"), ("d4", "c3")):
        project.script(id, down)
    project.revisions().upgrade("a1")
    project.send("UPDATE alembic_version SET version_num = 'c3'")
    assert [step.revision.id for step in project.revisions().upgrade()] == ["d4"]
    assert lines(project)[1:] == [("b2", "up", "found"), ("c3", "up", "found"), ("d4", "up", "done")]


def test_a_late_revision_is_an_error_with_two_ways_out(project: Project, kind: str) -> None:
    with_late_revision(project)
    result = project.flask("upgrade", check=False) if kind == "sqlite" else project.cli("upgrade")
    first, second = result.err.splitlines()[-2:]
    assert result.code == 1 and "'b2' (" in first and "was never run" in first
    assert "down_revision = 'c3'" in second and "'flask db stamp c3'" in second
    with pytest.raises(LateRevision) as caught:
        project.revisions().downgrade("a1")
    assert caught.value.revisions == ("b2",) and project.applied() == {"c3"}
    project.revisions().stamp("c3")
    assert project.revisions().upgrade() == () and lines(project)[-1] == ("b2", "up", "stamped")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_stamp_that_writes_the_log_alone_does_not_say_that_it_did_nothing(project: Project) -> None:
    with_late_revision(project)
    first, last = project.cli("stamp", "c3").out.splitlines()
    assert lines(project)[-1] == ("b2", "up", "stamped")
    assert first == "Recorded as applied, and not run: b2." and last.startswith("Nothing else to do: ")
    assert project.cli("stamp", "c3").out.startswith("Nothing to do: ")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_late_revision_that_is_moved_up_runs(project: Project) -> None:
    with_late_revision(project)
    with pytest.raises(LateRevision):
        project.revisions().upgrade()
    project.script("c3", "a1")
    project.table("b2", "c3")
    assert [step.revision.id for step in project.revisions().upgrade()] == ["b2"]


@pytest.mark.parametrize("kind", ["sqlite"])
def test_nothing_that_looks_calls_a_late_revision_applied(project: Project) -> None:
    with_late_revision(project)
    check = project.cli("check")
    assert (check.code, check.out) == (3, "Never run, and before what is applied: b2.\n")
    assert "Warning: Edited since it was applied: c3;" in check.err
    (found,) = json.loads(project.cli("check", "--json").out)
    assert (found["late"], found["edited"], found["pending"]) == (["b2"], ["c3"], [])
    current = project.cli("current", "--check-heads")
    assert current.code == 3 and "Error: Never run, and before what is applied: b2." in current.err
    migrate = project.cli("migrate")
    assert migrate.code == 3 and "The database never ran 'b2', which comes before" in migrate.err
    (status,) = project.revisions().status()
    assert (status.applied, status.late) == (2, ("b2",)) and project.revisions().needs_upgrade()


def rolled_back(project: Project) -> None:
    """A deploy that was rolled back: the database knows c3 and d4, the code has never heard of them."""
    project.table("a1")
    project.table("b2", "a1")
    made = [project.table("c3", "b2", message="a newer thing"), project.table("d4", "c3")]
    project.revisions().upgrade()
    for path in made:
        path.unlink()


def test_a_database_ahead_of_the_code_is_understood(project: Project, kind: str) -> None:
    rolled_back(project)
    events: list[Any] = []
    assert project.revisions().upgrade(report=events.append) == ()
    assert [each.id for event in events if isinstance(event, Ahead) for each in event.revisions] == ["d4"]
    position = project.revisions().current()
    assert [each.id for each in position.ahead] == ["d4"] and position.unknown == () and position.at_heads
    result = project.cli("upgrade")
    assert result.code == 0 and "Warning: The database is ahead of this code" in result.err
    assert result.out.endswith("is at d4 (ahead).\n")
    assert project.cli("current", "--check-heads").out == "d4 (ahead of this code)\n"
    assert project.cli("downgrade").code == 1 and project.applied() == {"d4"}
    project.revisions().stamp("head")
    assert project.applied() == {"b2"} and lines(project)[-2:] == [("d4", "down", "stamped"), ("c3", "down", "stamped")]


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_branch_of_the_older_code_is_applied_beside_what_is_ahead(project: Project) -> None:
    rolled_back(project)
    project.table("x9", "b2")
    assert [step.revision.id for step in project.revisions().upgrade()] == ["x9"]
    assert project.applied() == {"d4", "x9"}


def test_an_unknown_row_that_no_log_explains_stops_all_that_writes(project: Project, kind: str) -> None:
    rolled_back(project)
    forget(project)
    for command in (("upgrade",), ("downgrade", "a1"), ("stamp", "head")):
        result = project.cli(*command)
        assert result.code == 1 and "no file has that id" in result.err and "stamp --purge" in result.err
    with pytest.raises(UnknownApplied):
        project.revisions(log=False).upgrade()
    assert project.applied() == {"d4"} and project.revisions().current().unknown == ("d4",)
    project.revisions().stamp("head", purge=True)
    assert project.applied() == {"b2"}


def test_an_edited_file_is_said_and_no_more(project: Project) -> None:
    path = project.table("a1")
    project.revisions().upgrade()
    path.write_text(path.read_text().replace('"""a1"""', '"""Better words"""') + "\n# a comment\n")
    events: list[Any] = []
    project.revisions().upgrade(report=events.append)
    assert not any(isinstance(event, Edited) for event in events)
    path.write_text(path.read_text().replace('"n"', '"m"'))
    project.table("b2", "a1")
    result = project.cli("upgrade")
    said = [line for line in result.err.splitlines() if "Edited since it was applied: 'a1' (" in line]
    assert result.code == 0 and len(said) == 1 and project.applied() == {"b2"}
    assert '"n"' in project.cli("show", "a1", "--stored").out
    assert "Warning: Edited since it was applied: a1;" in project.cli("check").err


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("x = 1", "x  =  1  # one", True),
        ('def f():\n    "doc"\n    pass', "def f(): pass", True),
        ("x = 0xff", "x = 255", True),
        ("x = 1", "x = 2", False),
        ('x = "a"', 'x = "b"', False),
        ("x = 1", "x = ", False),
    ],
)
def test_what_counts_as_an_edit(one: str, other: str, same: bool) -> None:
    assert same_code(one, other) is same


def test_the_log_can_be_read(project: Project, kind: str) -> None:
    project.table("a1", message="first")
    assert project.cli("log").out == ""
    project.cli("upgrade")
    project.cli("downgrade")
    down, up = project.cli("log").out.splitlines()
    assert " - a1  done " in down and " + a1  done " in up and up.endswith("  first") and "@" in up
    facts = json.loads(project.cli("log", "a1", "-n", "1", "--json").out)
    assert [(each["revision"], each["direction"], each["outcome"]) for each in facts] == [("a1", "down", "done")]
    missing = project.cli("show", "--stored", "zz99")
    assert missing.code == 1 and "has no file of revision 'zz99'" in missing.err


def test_columns_that_an_older_release_did_not_know_are_added(project: Project) -> None:
    project.table("a1")
    project.revisions().upgrade()
    project.send("ALTER TABLE revision_log DROP COLUMN error", "ALTER TABLE revision_log ADD COLUMN later INTEGER")
    project.table("b2", "a1")
    project.revisions().upgrade()
    names = [each["name"] for each in sa.inspect(project.engine).get_columns("revision_log")]
    assert {"error", "later"} <= set(names) and lines(project)[-1] == ("b2", "up", "done")


@pytest.mark.parametrize("kind", ["postgresql"])
def test_where_no_log_can_be_made_nothing_to_do_is_still_nothing(project: Project) -> None:
    project.table("a1")
    project.revisions(log=False).upgrade()
    project.send("CREATE TYPE revision_log AS ENUM ()")
    events: list[Any] = []
    assert project.revisions().upgrade(report=events.append) == ()
    assert [type(event) for event in events if isinstance(event, NotLogged)] == [NotLogged]
    project.table("b2", "a1")
    with pytest.raises(DatabaseError, match="revision_log could not be created"):
        project.revisions().upgrade()
    assert project.applied() == {"a1"} and len(project.revisions(log=False).upgrade()) == 1


def test_a_table_of_somebody_else_is_no_log(project: Project) -> None:
    project.table("a1")
    project.send("CREATE TABLE revision_log (x INTEGER)")
    with pytest.raises(DatabaseError, match="The log revision_log cannot be read") as caught:
        project.revisions().upgrade()
    assert "REVISIONS_LOG = False" in caught.value.hint and project.applied() == set()


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_version_table_of_its_own_has_a_log_of_its_own(project: Project) -> None:
    project.table("a1")
    project.revisions(version_table="mine").upgrade()
    assert project.query("SELECT revision FROM mine_log") == [("a1",)]


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_user_that_nobody_knows(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*arguments: Any) -> Any:
        raise KeyError("getpwuid(): uid not found: 4711")

    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", nobody)
    project.table("a1")
    whoami.cache_clear()
    project.revisions().upgrade()
    whoami.cache_clear()
    assert project.query("SELECT username FROM revision_log") == [(f"uid {os.getuid()}",)]


@pytest.mark.parametrize("kind", ["postgresql"])
def test_the_number_of_a_line_leaves_no_sequence_in_a_dump_without_the_log(project: Project, kind: str) -> None:
    require_clients(kind)
    project.table("a1")
    project.revisions().upgrade()
    command = ["pg_dump", "--schema-only", "--exclude-table", "revision_log", project.url.replace("+psycopg", "")]
    dumped = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "alembic_version" in dumped and "revision_log" not in dumped
