"""Folders: missing, in the way, or none of those that revisions are read from."""

from __future__ import annotations

import pytest

from ..projects import Project
from .errors import two_lines

COMMANDS = [
    "current",
    "heads",
    "history",
    "branches",
    "show",
    "upgrade",
    "downgrade",
    "stamp",
    "revision",
    "merge heads",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_no_folder(project: Project, command: str) -> None:
    message, hint = two_lines(project.cli(*command.split()), 1)
    assert str(project.versions.parent) in message and hint.startswith(
        "'flask db init' makes one; REVISIONS_DIRECTORY "
    )
    assert list(project.folder.iterdir()) == []


def test_a_folder_that_was_asked_for_is_named_in_the_hint(project: Project) -> None:
    for arguments in (("heads", "-d", "elsewhere"), ("-d", "elsewhere", "heads")):
        message, hint = two_lines(project.cli(*arguments), 1)
        assert str(project.folder / "elsewhere") in message and hint == "'flask db init -d elsewhere' makes one."


@pytest.mark.parametrize("name", ["migrations", "migrations/versions"])
@pytest.mark.parametrize("command", ["heads", "upgrade", "revision", "init"])
def test_a_file_in_its_place(project: Project, name: str, command: str) -> None:
    place = project.folder / name
    place.parent.mkdir(exist_ok=True)
    place.write_text("mine")
    message, hint = two_lines(project.cli(command), 1)
    assert str(place) in message and ("move it away" in hint or "choose another folder" in hint)
    assert place.read_text() == "mine"


def test_a_folder_of_somebody_else(project: Project) -> None:
    (project.folder / "migrations").mkdir()
    (project.folder / "migrations" / "data.txt").write_text("mine")
    message, hint = two_lines(project.cli("init"), 1)
    assert "data.txt" in message and "flask db init -d" in hint
    assert [each.name for each in (project.folder / "migrations").iterdir()] == ["data.txt"]


def test_a_parent_that_is_no_head(pair: Project) -> None:
    message, hint = two_lines(pair.cli("revision", "--head", "aaaa1111"), 1)
    assert "'aaaa1111' is no head: bbbb2222" in message and "--splice" in hint
    assert pair.cli("revision", "--head", "aaaa1111", "--splice").code == 0
    assert pair.cli("revision", "--head", "base", "--branch-label", "apart").code == 0
    assert "(apart) (head)" in pair.cli("heads").out and pair.cli("heads").out.count("\n") == 3


@pytest.mark.parametrize("path", ["elsewhere", "/tmp", "migrations", "migrations/versions/../.."])
def test_a_place_that_revisions_are_not_read_from(pair: Project, path: str) -> None:
    message, hint = two_lines(pair.cli("revision", "--version-path", path), 1)
    assert path in message and str(pair.versions) in hint
    assert len(list(pair.folder.rglob("*.py"))) == 2
    assert pair.cli("revision", "--version-path", "migrations/versions").code == 0


def test_several_places_and_a_new_base(pair: Project) -> None:
    config = {"REVISIONS_VERSION_LOCATIONS": ["migrations/versions", "more"]}
    (pair.folder / "more").mkdir()
    message, hint = two_lines(pair.cli("revision", "--head", "base", config=config), 2)
    assert "several version locations" in message and "--version-path" in hint
    assert pair.cli("revision", "--head", "base", "--version-path", "more", config=config).code == 0
    assert pair.cli("revision", "--head", "bbbb2222", config=config).code == 0
    assert len(list((pair.folder / "more").iterdir())) == 1 and len(list(pair.versions.glob("*.py"))) == 3


def test_a_merge_of_a_head_with_what_it_depends_on(pair: Project) -> None:
    pair.table("cccc3333", None, depends="bbbb2222")
    assert pair.cli("merge", "heads").code == 0
    assert pair.cli("upgrade").code == 0 and pair.cli("current").out.endswith(" (head) (mergepoint)\n")
    assert pair.cli("downgrade", "base").code == 0 and pair.tables() == set()
