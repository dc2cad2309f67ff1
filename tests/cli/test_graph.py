"""`flask db graph`."""

from __future__ import annotations

import pytest

from ..projects import Project


@pytest.fixture
def branched(project: Project) -> Project:
    project.script("a1", message="create users")
    project.script("b1", "a1", labels="left")
    project.script("c1", "a1")
    project.script("d1", ("b1", "c1"), message="both")
    return project


def test_what_is_applied_is_marked(branched: Project) -> None:
    branched.cli("upgrade", "b1")
    done = branched.cli("graph")
    assert done.out.splitlines() == [
        "○ d1 (head), both", "├─╮", "● │ b1 (left) (current), b1", "│ ○ c1, c1", "├─╯", "● a1, create users",
    ]  # fmt: skip
    assert done.err == "4 revisions, 2 of them pending.\n"


def test_the_real_command_on_a_stream_without_boxes(branched: Project) -> None:
    done = branched.flask("graph", PYTHONIOENCODING="ascii")
    assert done.out.splitlines()[:3] == ["o d1 (head), both", "+-.", "o | b1 (left), b1"]


def test_a_database_that_is_not_reached_is_no_obstacle(branched: Project) -> None:
    branched.url = "postgresql+psycopg://nobody:secret@127.0.0.1:1/none"
    done = branched.cli("graph", "-q")
    assert done.code == 0 and done.out.startswith("● d1 (head), both\n")
    assert done.err.startswith("Warning: The database was not asked.") and "secret" not in done.err


@pytest.mark.parametrize(
    ("format", "begins"), [("svg", "<svg "), ("html", "<!doctype html>"), ("mermaid", "flowchart BT"), ("text", "○ d1")]
)
def test_a_picture_goes_to_a_file_and_replaces_it(branched: Project, format: str, begins: str) -> None:
    out = branched.folder / "out"
    out.write_text("something else")
    done = branched.cli("graph", "--format", format, "-o", str(out))
    assert (done.code, done.out, done.err) == (0, "", f"Wrote {out}.\n")
    assert out.read_text("utf-8").startswith(begins)
    assert [each.name for each in branched.folder.glob("out*")] == ["out"]


def test_a_file_that_cannot_be_written_is_two_lines(branched: Project) -> None:
    done = branched.cli("graph", "-o", str(branched.folder / "nosuch" / "out"), "--format", "svg")
    assert done.code == 1 and "out cannot be written: No such file or directory." in done.err
    assert done.err.splitlines()[-1] == "Hint: name another file with -o."


def test_a_range(branched: Project) -> None:
    assert branched.cli("graph", "-r", "b1:").out.splitlines() == ["○ d1 (head), both", "○ b1 (left), b1"]


def test_no_revisions(project: Project) -> None:
    project.cli("init", "-d", str(project.folder / "migrations"))
    assert project.cli("graph").err.startswith("There are no revisions yet")
