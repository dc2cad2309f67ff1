"""A database that we know nothing of: DuckDB, in process, by the SQL near the standard or by a class of the project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..projects import ROOT, Project

pytest.importorskip("duckdb_engine")

TABLES = """
op.create_table(
    "stock",
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("code", sa.String(9), nullable=False),
    sa.CheckConstraint("length(code) < 9", name="ck"),
)
op.bulk_insert(sa.table("stock", sa.column("id", sa.Integer), sa.column("code", sa.String)), [{"id": 1, "code": "a"}])
"""
CHANGES = """
op.add_column("stock", sa.Column("qty", sa.Integer, server_default="5"))
op.alter_column("stock", "qty", new_column_name="count")
op.alter_column("stock", "count", type_=sa.BigInteger())
"""
BACK = 'op.drop_column("stock", "count")'


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    monkeypatch.chdir(tmp_path)
    made = Project(tmp_path, f"duckdb:///{tmp_path / 'app.duckdb'}")
    yield made
    made.close()


def test_a_history_goes_up_and_down(place: Project) -> None:
    place.script("a1", None, TABLES, 'op.drop_table("stock")')
    place.script("b2", "a1", CHANGES, BACK)
    place.script("c3", "b2", 'op.create_index("ix_count", "stock", ["count"])', 'op.drop_index("ix_count")')
    revisions = place.revisions(log=False)
    revisions.upgrade()
    assert place.query("SELECT id, code, count FROM stock") == [(1, "a", 5)]
    revisions.downgrade("a1")
    assert place.query("SELECT * FROM stock") == [(1, "a")]
    revisions.downgrade("base")
    assert "stock" not in place.tables()


def test_tables_that_its_dialect_cannot_read_are_not_taken_for_version_tables(place: Project) -> None:
    place.script("a1", None, 'op.drop_table("older")', 'op.execute("CREATE TABLE older (id INTEGER)")')
    place.send("CREATE TABLE older (id INTEGER)")
    place.close()
    revisions = place.revisions(log=False)
    assert [step.revision.id for step in revisions.upgrade()] == ["a1"]
    revisions.downgrade("base")
    assert [step.revision.id for step in revisions.upgrade()] == ["a1"]


def test_a_revision_that_fails_leaves_nothing(place: Project) -> None:
    place.script("a1", None, TABLES + "raise ValueError('no')")
    with pytest.raises(Exception, match="ValueError: no"):
        place.revisions(log=False).upgrade()
    assert "stock" not in place.tables()


@pytest.fixture
def documented() -> type:
    """The class in the documentation."""
    page = (ROOT / "docs" / "howto" / "other-databases.md").read_text("utf-8")
    module: dict[str, Any] = {}
    exec(page.partition("```python\n")[2].partition("```")[0], module)
    found: type = module["DuckDBDDL"]
    return found


def test_a_class_of_the_project_says_what_the_database_says_otherwise(place: Project, documented: type) -> None:
    convert = 'op.alter_column("plain", "code", type_=sa.Integer, duckdb_using="length(code) + 1")'
    place.script("a1", None, TABLES)
    place.script("b1", "a1", 'op.execute("CREATE TABLE plain AS SELECT id, code FROM stock")')
    place.script("b2", "b1", convert)
    revisions = place.revisions(log=False, ddl={"duckdb": documented})
    text = "ALTER TABLE plain ALTER COLUMN code TYPE INTEGER USING length(code) + 1"
    assert f"{text};" in revisions.sql("upgrade", "b1:b2")
    revisions.upgrade()
    assert place.query("SELECT id, code FROM plain") == [(1, 2)]
