"""The tours of README and quickstart, played with the real command: it prints what the pages say."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .projects import ROOT, Project

TOURS = ("README.md", "docs/quickstart.md")
FOLDER = "/srv/notes"
"""Where the pages pretend to be."""

BLOCK = re.compile(r"^```(python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ID = re.compile(r"\b[0-9a-f]{12}(?=\b|_)")
WHOLE_CLASS = re.MULTILINE | re.DOTALL
FUNCTIONS = re.compile(r"def upgrade\(\).*", re.DOTALL)


def blocks(page: str) -> Iterator[tuple[str, str]]:
    text = (ROOT / page).read_text("utf-8")
    yield from BLOCK.findall(text)


def calls(console: str) -> Iterator[tuple[list[str], str]]:
    """Each command, and what is printed under it."""
    for call in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        command, _, printed = call.partition("\n")
        yield shlex.split(command), printed


def without_what_changes(text: str, ids: dict[str, str]) -> str:
    """Give ids numbers in the order in which they come up, and let times and dates be the same."""
    text = ID.sub(lambda found: ids.setdefault(found[0], f"<id {len(ids) + 1}>"), text)
    text = re.sub(r"^ +\d+/\d+ +done in .*\n", "", text, flags=re.MULTILINE)  # of steps that took their time
    text = re.sub(r"\d+\.\d\d s\b", "0.00 s", text)
    return re.sub(r"\d{4}(_\d\d){2}_\d{4}-", "<date>-", text)


def write(source: str, folder: Path, last: str) -> None:
    """Save an application or a changed model of it, or put the functions into the revision that was written last.

    :param last: the command before; what `migrate` has written is what the page shows, and is only looked at.
    """
    application = folder / "app.py"
    if source.startswith("class "):
        name = source.partition("(")[0]
        before = application.read_text("utf-8")
        assert f"\n{name}(" in before
        application.write_text(re.sub(rf"^{name}\(.*?\n\n\n", lambda _: f"{source}\n\n", before, flags=WHOLE_CLASS))
    elif not source.startswith("def upgrade"):
        application.write_text(source, encoding="utf-8")
    else:
        newest = max((folder / "migrations" / "versions").glob("*.py"), key=lambda path: path.stat().st_mtime_ns)
        if last == "migrate":
            assert newest.read_text("utf-8").endswith(source)
        newest.write_text(FUNCTIONS.sub(lambda _: source, newest.read_text("utf-8")), encoding="utf-8")


def printed_by(words: list[str], project: Project) -> str:
    """Run a command in the project's folder; return what it prints, as if that were the folder of the pages."""
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=project.folder,
        env=project.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.stdout.replace(str(project.folder), FOLDER)


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("page", TOURS)
def test_a_tour_prints_what_its_page_says(page: str, project: Project) -> None:
    ours: dict[str, str] = {}
    theirs: dict[str, str] = {}
    played, last = 0, ""
    for language, content in blocks(page):
        if language == "python":
            write(content, project.folder, last)
            continue
        for words, expected in calls(content):
            printed = printed_by(words, project)
            assert without_what_changes(printed, ours) == without_what_changes(expected, theirs), words
            played, last = played + 1, words[2]
    assert played > 5
