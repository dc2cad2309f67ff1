"""A batch on MariaDB is one ALTER TABLE, and does what its changes would do one by one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ..projects import Project
from ..servers import fresh_database

TABLES = (
    "CREATE TABLE shop (id INTEGER PRIMARY KEY)",
    "CREATE TABLE stock (id INTEGER PRIMARY KEY, code VARCHAR(9), gone INTEGER, qty INTEGER DEFAULT 1, old INTEGER, "
    "shop_id INTEGER, CONSTRAINT fk_shop FOREIGN KEY (shop_id) REFERENCES shop (id), CONSTRAINT uq UNIQUE (code))",
    "INSERT INTO shop VALUES (1)",
    "INSERT INTO stock VALUES (1, 'a', 2, 3, 4, 1), (2, NULL, NULL, NULL, NULL, NULL)",
)
BATCH = """
with op.batch_alter_table("stock") as batch:
    batch.add_column(sa.Column("size", sa.Integer, nullable=False, server_default="7"), insert_after="code")
    batch.add_column(sa.Column("other_id", sa.Integer, sa.ForeignKey("shop.id", name="fk_other")))
    batch.alter_column("code", type_=sa.String(20), nullable=False, server_default="x", insert_after="size")
    batch.drop_column("gone")
    batch.create_check_constraint("ck", "size > 0")
    batch.drop_constraint("fk_shop", type_="foreignkey")
"""
CLASHES = """
with op.batch_alter_table("stock") as batch:
    batch.alter_column("qty", new_column_name="count", existing_type=sa.Integer)
    batch.create_check_constraint("ck", "count >= 0")
    batch.drop_constraint("uq", type_="unique")
    batch.create_unique_constraint("uq", ["code", "count"])
    batch.drop_column("old")
    batch.add_column(sa.Column("old", sa.String(5)))
"""


@pytest.fixture
def stock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    monkeypatch.chdir(tmp_path)
    with fresh_database("mariadb", tmp_path) as url:
        project = Project(tmp_path, url)
        project.send(*TABLES)
        yield project
        project.close()


def altered(project: Project, script: str) -> list[str]:
    """Run a script as a revision; return its ALTER TABLE statements."""
    sent: list[str] = []
    project.script("a1", None, script)
    app = project.app()
    with app.app_context():
        engine = app.extensions["sqlalchemy"].engine

    @sa.event.listens_for(engine, "before_cursor_execute")
    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.startswith("ALTER TABLE stock"):
            sent.append(statement)

    app.extensions["revisions"].revisions.upgrade()
    return sent


def test_changes_of_several_kinds_are_one_statement(stock: Project) -> None:
    project = stock
    project.send("UPDATE stock SET code = 'b' WHERE code IS NULL")
    assert len(altered(project, BATCH)) == 1
    found = sa.inspect(project.engine)
    names = [column["name"] for column in found.get_columns("stock")]
    assert names == ["id", "size", "code", "qty", "old", "shop_id", "other_id"]
    assert [key["name"] for key in found.get_foreign_keys("stock")] == ["fk_other"]
    assert project.query("SELECT size, code, qty FROM stock ORDER BY id") == [(7, "a", 3), (7, "b", None)]


def test_a_change_that_mentions_an_earlier_one_is_a_statement_of_its_own(stock: Project) -> None:
    project = stock
    assert len(altered(project, CLASHES)) == 4
    found = sa.inspect(project.engine)
    assert [column["name"] for column in found.get_columns("stock")][-1] == "old"
    assert found.get_unique_constraints("stock")[0]["column_names"] == ["code", "count"]
    assert project.query("SELECT count, old FROM stock ORDER BY id") == [(3, None), (None, None)]
