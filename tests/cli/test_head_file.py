"""The file HEAD, in which parallel branches conflict in git."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ..projects import Project

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])


def head(project: Project) -> list[str]:
    return (project.folder / "migrations" / "HEAD").read_text("utf-8").splitlines()


def git(folder: Path, *words: str, fails: bool = False) -> str:
    who = ("-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "init.defaultBranch=main")
    done = subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, timeout=60)
    assert (done.returncode != 0) == fails, done
    return done.stdout


def test_it_is_there_for_who_asks_for_it_and_follows_every_command(project: Project) -> None:
    assert project.cli("init").code == 0
    project.cli("revision", "-m", "first", "--rev-id", "a1")
    assert not (project.folder / "migrations" / "HEAD").exists()
    done = project.cli("init", "--head-file")
    assert done.out.splitlines() == [f"Made {Path('migrations') / 'HEAD'}."] and head(project) == ["a1"]
    project.cli("revision", "-m", "second", "--rev-id", "b1")
    assert head(project) == ["b1"]
    project.cli("revision", "-m", "beside", "--rev-id", "c1", "--head", "a1", "--splice")
    assert head(project) == ["b1", "c1"]
    project.cli("merge", "heads", "--rev-id", "d1")
    assert head(project) == ["d1"]


def test_it_is_new_with_the_folder(project: Project) -> None:
    assert project.cli("init", "--head-file").code == 0 and head(project) == []
    assert project.cli("revision", "-m", "first", "--rev-id", "a1").code == 0 and head(project) == ["a1"]


def test_two_branches_conflict_in_git_and_a_rebase_ends_it(project: Project) -> None:
    project.cli("init", "--head-file")
    project.cli("revision", "-m", "first", "--rev-id", "a1")
    git(project.folder, "init", "-q")
    git(project.folder, "add", "migrations")
    git(project.folder, "commit", "-qm", "first")
    git(project.folder, "checkout", "-qb", "other")
    project.cli("revision", "-m", "theirs", "--rev-id", "b1")
    git(project.folder, "add", "migrations")
    git(project.folder, "commit", "-qm", "theirs")
    git(project.folder, "checkout", "-q", "main")
    project.cli("revision", "-m", "ours", "--rev-id", "c1")
    git(project.folder, "add", "migrations")
    git(project.folder, "commit", "-qm", "ours")
    assert "CONFLICT" in git(project.folder, "merge", "other", fails=True)
    assert "<<<<<<< HEAD" in head(project)
    assert project.cli("rebase", "b1").code == 0
    assert head(project) == ["b1"]
    assert project.revisions().show("b1")[0].parents == ("c1",)


def test_doctor_says_where_it_is_wrong_and_init_writes_it_anew(project: Project) -> None:
    project.cli("init", "--head-file")
    project.cli("revision", "-m", "first", "--rev-id", "a1")
    (project.folder / "migrations" / "HEAD").write_text("z9\n")
    said = project.cli("doctor")
    assert "HEAD of the revisions folder does not name the newest revision" in said.out + said.err
    assert project.cli("init", "--head-file").code == 0 and head(project) == ["a1"]
    said = project.cli("doctor")
    assert "HEAD of the revisions folder" not in said.out + said.err
