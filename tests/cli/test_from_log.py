"""After a change of branches: what is applied and has no file is taken back with the file that the log has kept."""

from __future__ import annotations

import pytest
from flask_revisions.errors import FileGone, NotStored, UnknownApplied

from ..projects import Project


@pytest.fixture
def switched(project: Project) -> Project:
    """A database with two revisions of another branch; this one has another revision in their place."""
    project.table("a1")
    theirs = [project.table("b1", "a1"), project.table("b2", "b1", message="theirs")]
    project.revisions().upgrade()
    for path in theirs:
        path.unlink()
    project.table("c1", "a1")
    return project


def test_it_is_taken_back_and_this_branch_applied(switched: Project) -> None:
    refused = switched.cli("downgrade")
    assert refused.code == 1 and refused.err.splitlines()[-2:] == [
        "Error: Revision b2 (theirs) is applied, and has no file here: another branch, or a newer release, has it.",
        "Hint: 'flask db downgrade --from-log' takes it back, with the file that the log has kept.",
    ]
    looked = switched.cli("downgrade", "--from-log", "--plan")
    assert looked.code == 0 and "drop table t_b2" in looked.out.lower() and switched.applied() == {"b2"}
    done = switched.cli("downgrade", "--from-log")
    assert done.code == 0 and [line.split()[2] for line in done.out.splitlines()[:2]] == ["b2", "b1"]
    assert switched.applied() == {"a1"} and switched.tables() == {"t_a1"}
    assert switched.cli("upgrade").code == 0
    assert switched.applied() == {"c1"} and switched.tables() == {"t_a1", "t_c1"}
    newest = switched.query("SELECT revision, direction FROM revision_log ORDER BY id DESC")[:3]
    assert newest == [("c1", "up"), ("b1", "down"), ("b2", "down")]


def test_what_this_branch_has_applied_meanwhile_stays(switched: Project) -> None:
    switched.revisions().upgrade()
    assert switched.applied() == {"b2", "c1"}
    steps = switched.revisions().downgrade(from_log=True)
    assert [step.revision.id for step in steps] == ["b2", "b1"]
    assert switched.applied() == {"c1"} and switched.tables() == {"t_a1", "t_c1"}
    assert switched.revisions().downgrade(from_log=True) == ()


@pytest.mark.parametrize("yes", [True, False])
def test_on_a_terminal_it_is_asked(switched: Project, yes: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flask_revisions.cli.confirm.is_terminal", lambda *stream: True)
    asked: list[str] = []
    monkeypatch.setattr("click.confirm", lambda text, **others: asked.append(text) or yes)
    done = switched.cli("downgrade")
    assert asked == ["Take it back, with the file that the log has kept?"]
    assert (done.code, switched.applied()) == ((0, {"a1"}) if yes else (1, {"b2"}))


def test_what_the_log_does_not_know_cannot_be_taken_from_it(switched: Project) -> None:
    switched.send("DELETE FROM revision_log WHERE revision = 'b1'")
    with pytest.raises(UnknownApplied) as caught:
        switched.revisions().downgrade()
    assert not isinstance(caught.value, FileGone)
    with pytest.raises(UnknownApplied):
        switched.revisions().downgrade(from_log=True)
    assert switched.applied() == {"b2"}


def test_a_file_that_was_not_kept_is_named(switched: Project) -> None:
    switched.send("UPDATE revision_log SET source = NULL WHERE revision = 'b1'")
    with pytest.raises(NotStored, match="has no file of revision 'b1'"):
        switched.revisions().downgrade(from_log=True)
    assert switched.applied() == {"b2"}


def test_it_goes_with_no_revision(switched: Project) -> None:
    done = switched.cli("downgrade", "a1", "--from-log")
    assert done.code == 2 and done.err.splitlines()[-1] == "Hint: leave out REVISION and --sql."
