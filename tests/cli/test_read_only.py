"""Commands that read or apply write no file into the project: a read-only checkout, a user without a name or a home."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..projects import Project

NOBODY = 54321
COMMANDS = (["upgrade"], ["current"], ["history"], ["heads"], ["show"], ["downgrade", "base"], ["upgrade", "--sql"])
WRITING = ["revision", "-m", "x"]


@pytest.fixture
def checkout(pair: Project) -> Iterator[Project]:
    """A project that its user may only read; the database is in a folder of the user's own."""
    if os.name == "nt" or os.getuid() != 0:
        pytest.skip("only root can become somebody else")
    for command in COMMANDS:
        pair.cli(*command)  # what they import is loaded now: the user may not be able to read this Python
    home = Path(pair.url.removeprefix("sqlite:///")).parent
    os.chown(home, NOBODY, NOBODY)
    for path in home.iterdir():
        if not path.is_dir():
            os.chown(path, NOBODY, NOBODY)
    parents = [each for each in (*home.parents, home) if each != Path("/")]
    modes = {each: each.stat().st_mode for each in parents}
    for each, mode in modes.items():
        each.chmod(mode | 0o011)
    yield pair
    for each, mode in modes.items():
        each.chmod(mode)


def listing(project: Project) -> set[str]:
    return {str(path.relative_to(project.folder)) for path in project.folder.rglob("*")}


def as_nobody(project: Project, *commands: list[str]) -> list[tuple[int, str]]:
    """Run commands in a child that has become a user whom the system does not know."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        found: list[tuple[int, str]] = []
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            for name in ("HOME", "USER", "LOGNAME"):
                os.environ.pop(name, None)
            for command in commands:
                result = project.cli(*command)
                found.append((result.code, result.out + result.err))
        except BaseException as error:
            found.append((99, repr(error)))
        os.write(writer, json.dumps(found).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        results = [(code, said) for code, said in json.load(pipe)]
    os.waitpid(child, 0)
    return results


def test_a_user_without_a_name_reads_and_applies_and_writes_nothing(checkout: Project) -> None:
    before = listing(checkout)
    results = as_nobody(checkout, *COMMANDS)
    assert [code for code, _ in results] == [0] * len(COMMANDS), results
    assert listing(checkout) == before


def test_writing_there_is_an_error_in_two_lines(checkout: Project) -> None:
    ((code, said),) = as_nobody(checkout, WRITING)
    assert code == 1 and "cannot be written: Permission denied" in said and said.count("\n") == 2


def test_files_of_the_project_are_not_compiled(pair: Project) -> None:
    for command in COMMANDS:
        assert pair.cli(*command).code == 0
    assert not list(pair.folder.rglob("*.pyc"))
