"""An operation of the project's own, as the documentation shows one: run, written as SQL, and taken back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ..projects import Project

PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "custom-operations.md"
VIEW = "op.invoke(CreateView(\"short names\", \"SELECT id, n FROM t_a WHERE n % 2 = 0 AND ':x' <> '%s'\"))"


@pytest.fixture
def views(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A table, and a view that is made by the page's operation."""
    code = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)[0]
    project.folder.mkdir(exist_ok=True)
    (project.folder / "own_operations.py").write_text("from __future__ import annotations\n" + code)
    monkeypatch.syspath_prepend(str(project.folder))
    project.table("a")
    project.script("b", "a", VIEW, None, before="from own_operations import CreateView\n\n\n")
    return project


def test_it_runs_and_its_inverse_takes_it_back(views: Project) -> None:
    revisions = views.revisions()
    revisions.upgrade()
    quote = "`" if views.url.startswith("mysql") else '"'
    views.send("INSERT INTO t_a (id, n) VALUES (1, 1), (2, 2)")
    assert views.query(f"SELECT id FROM {quote}short names{quote}") == [(2,)]
    revisions.downgrade()
    assert views.applied() == {"a"}
    revisions.upgrade()
    assert views.applied() == {"b"}


def test_it_is_written_as_sql(views: Project) -> None:
    assert "AS SELECT id, n FROM t_a WHERE n % 2 = 0 AND ':x' <> '%s';" in views.revisions().sql("upgrade")


PARTS = """
import sqlalchemy as sa
from dataclasses import dataclass
from flask_revisions.operations.custom import CustomOperation
from flask_revisions.operations.columns import AddColumn


@dataclass(frozen=True, eq=False)
class Several(CustomOperation):
    def describe(self):
        return "do several things"

    def statements(self, dialect):
        yield AddColumn("t_a", sa.Column("more", sa.Integer))
        yield sa.text("INSERT INTO t_a (id, more) VALUES (:id, :more)").bindparams(id=1, more=5)


"""


def test_its_parts_may_be_operations_and_executables(views: Project) -> None:
    views.script("c", "b", "op.invoke(Several())", "pass", before=PARTS)
    views.revisions().upgrade()
    assert views.query("SELECT more FROM t_a") == [(5,)]


def test_one_without_statements_is_an_error_that_names_the_file(views: Project) -> None:
    lines = "class Bare(CustomOperation):\n    def describe(self):\n        return 'x'\n\n\n"
    views.script("c", "b", "op.invoke(Bare())", before=f"{PARTS}{lines}")
    result = views.cli("upgrade")
    assert result.code == 1 and "NotImplementedError" in result.err and "c.py" in result.err
