"""An upgrade with nothing to do runs no code of the project's revisions, however many there are."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ..projects import Project

REVISIONS = 5000

WATCH = """
import os, sys

folder = os.path.join(os.getcwd(), "migrations", "versions")
seen = set()

def watch(event, arguments):
    if event == "exec" and getattr(arguments[0], "co_filename", "").startswith(folder):
        seen.add(arguments[0].co_filename)

sys.addaudithook(watch)
sys.argv = ["flask", "db", *sys.argv[1:]]
from flask.cli import main
try:
    main()
finally:
    print("executed:", len(seen))
"""


def executed(project: Project, *arguments: str) -> int:
    """How many of the revisions' files a command executes."""
    result = subprocess.run(
        [sys.executable, "-c", WATCH, *arguments],
        cwd=project.folder,
        env=project.environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    return int(result.stdout.rpartition("executed:")[2])


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_five_thousand_revisions_that_are_applied_are_not_executed(project: Project) -> None:
    for number in range(REVISIONS):
        project.script(f"r{number:04}", f"r{number - 1:04}" if number else None)
    project.flask("stamp", "head")
    assert executed(project, "upgrade") == 0
    assert executed(project, "history") == 0
    assert executed(project, "downgrade", "-2") == 2, "the hook sees what runs"
