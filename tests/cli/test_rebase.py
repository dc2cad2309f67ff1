"""`flask db rebase`."""

from __future__ import annotations

import pytest

from ..projects import Project


@pytest.fixture
def two(project: Project) -> Project:
    project.table("aaaa1111")
    project.table("bbbb2222", "aaaa1111", message="theirs")
    project.table("cccc3333", "aaaa1111", message="ours")
    project.table("dddd4444", "cccc3333", message="ours too")
    return project


def test_the_branch_that_is_not_applied_moves(two: Project) -> None:
    two.cli("upgrade", "bbbb2222")
    done = two.cli("rebase")
    assert done.code == 0 and done.out.splitlines()[:3] == [
        "Put cccc3333 after bbbb2222:", "  cccc3333, ours", "  dddd4444 (head), ours too",
    ]  # fmt: skip
    assert two.cli("heads").out == "dddd4444 (head)\n"
    assert two.cli("upgrade").code == 0 and two.applied() == {"dddd4444"}


def test_a_dry_run_changes_nothing(two: Project) -> None:
    two.cli("upgrade", "bbbb2222")
    before = {path: path.read_bytes() for path in two.versions.iterdir()}
    assert two.cli("rebase", "--dry-run").out.startswith("Would put cccc3333 after bbbb2222:\n")
    assert {path: path.read_bytes() for path in two.versions.iterdir() if path.suffix == ".py"} == {
        path: content for path, content in before.items() if path.suffix == ".py"
    }


def test_what_the_log_knows_as_applied_is_not_moved(two: Project) -> None:
    two.cli("upgrade", "heads")
    done = two.cli("rebase", "dddd4444")
    assert done.code == 1 and done.err.splitlines() == [
        "Error: A database has 'cccc3333', 'dddd4444' already.",
        "Hint: take that back first ('flask db downgrade'), or join the branches: 'flask db merge heads'.",
    ]


def test_either_could_be_moved_so_it_asks_which(two: Project) -> None:
    done = two.cli("rebase")
    assert done.code == 1 and "'flask db rebase bbbb2222'" in done.err
    assert two.cli("rebase", "bbbb2222").code == 0
    assert two.cli("heads").out == "bbbb2222 (head)\n"


def test_several_heads_name_it(two: Project) -> None:
    assert "'flask db rebase'" in two.cli("upgrade").err
    assert "'flask db rebase'" in two.cli("revision", "-m", "x").err


def test_the_permissions_of_the_file_stay(two: Project) -> None:
    path = two.versions / "cccc3333.py"
    path.chmod(0o640)
    assert two.cli("rebase", "dddd4444").code == 0
    assert path.stat().st_mode & 0o777 == 0o640 and not list(two.versions.glob(".*"))
