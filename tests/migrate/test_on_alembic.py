"""What is written into a folder of Alembic runs there, too: the way back stays open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ..projects import Project
from .kinds import KINDS, Kind
from .models import Author, Models, done

pytest.importorskip("alembic")

from alembic.migration import MigrationContext
from alembic.operations import Operations

ALWAYS = {
    "NOT NULL",
    "NOT NULL of truth",
    "foreign key on delete",
    "check changed",
    "value of an enum removed",
    "sequence changed",
    "identity of a wider type",
    "identity of a column",
}
NAMELESS = ("without a name", "primary key")
"""What Alembic cannot change on SQLite: a constraint without a name."""

BEYOND = {
    ("domain added", "postgresql"),
    ("domain of text", "postgresql"),
    ("type that another column is computed from", "sqlite"),
}
"""What Alembic cannot carry out: it makes no domain with a column, and its batch copies generated columns, too."""

CASES = [
    pytest.param(each, kind, id=f"{each}-{kind}", marks=() if each.name in ALWAYS else pytest.mark.slow)
    for each in KINDS
    for kind in each.on
    if not (kind == "sqlite" and any(word in each.name for word in NAMELESS)) and (each.name, kind) not in BEYOND
]


@pytest.mark.parametrize(("change", "kind"), CASES)
def test_what_is_written_into_a_folder_of_alembic_runs_on_alembic(change: Kind, kind: str, project: Project) -> None:
    author = Author(project)
    project.script("begin", op="alembic")
    done(author.run(change.old, "upgrade"))
    run(project, written(author, change.old, "first"), "upgrade", "first")
    author.assert_same(change.old)
    second = written(author, change.new, "second")
    run(project, second, "upgrade", "second")
    author.assert_same(change.new)
    run(project, second, "downgrade", "first")
    second.rename(second.with_suffix(".aside"))
    author.assert_same(change.old)


def written(author: Author, models: Models, id: str) -> Path:
    done(author.run(models, "migrate", "--rev-id", id, "--no-rename"))
    [path] = author.project.versions.glob(f"*-{id}*.py")
    return path


def run(project: Project, path: Path, function: str, applied: str) -> None:
    """Run a script with Alembic's own directives."""
    names: dict[str, Any] = {}
    exec(path.read_text("utf-8"), names)
    with project.engine.begin() as connection:
        with Operations.context(MigrationContext.configure(connection)):
            names[function]()
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{applied}'")
