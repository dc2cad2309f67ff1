"""Each kind of change: detected, written, applied, silent; and back again."""

from __future__ import annotations

import pytest

from ..projects import Project
from .kinds import KINDS, Kind
from .models import Author

ALWAYS = {
    "table with everything added",
    "tables that refer to each other removed",
    "tables with a dot in a name added",
    "column with foreign key removed",
    "NOT NULL",
    "index where",
    "check changed",
    "unique without a name added",
}
"""The kinds that are tried each time; all others on demand (`-m slow`)."""

CASES = [
    pytest.param(each, database, id=f"{each}-{database}", marks=() if each.name in ALWAYS else pytest.mark.slow)
    for each in KINDS
    for database in each.on
]


@pytest.mark.parametrize(("change", "kind"), CASES)
def test_a_change_is_found_written_applied_and_taken_back(change: Kind, kind: str, project: Project) -> None:
    author = Author(project)
    author.begin(change.old)
    author.assert_same(change.old)
    found = author.run(change.new, "check")
    assert found.code == 4
    assert change.says in found.out
    text = author.migrate(change.new)
    author.assert_same(change.new)
    back = author.run(change.old, "downgrade")
    assert back.code == 0, (back, text)
    assert_same_without_the_newest(author, change)
    assert author.run(change.new, "upgrade").code == 0
    author.assert_same(change.new)


def assert_same_without_the_newest(author: Author, change: Kind) -> None:
    """The models of before are those of the database, although a revision is pending."""
    newest = max(author.project.versions.glob("*.py"), key=lambda path: path.stat().st_mtime_ns)
    aside = newest.rename(newest.with_suffix(".aside"))
    author.assert_same(change.old)
    aside.rename(newest)
