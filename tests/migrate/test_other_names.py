"""Indexes, constraints and values of enum types that have another name; and answers that are about nothing."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from ..projects import Project
from .models import Author, Models, both, table

ROWS = [{"id": 1, "a": 1, "b": "x"}, {"id": 2, "a": 2, "b": "y"}]


def key() -> sa.Column[Any]:
    return sa.Column("id", sa.Integer, primary_key=True)


def named(index: str, unique: str, check: str, *more: Any) -> Models:
    def items() -> sa.Column[Any]:
        return sa.Column("a", sa.Integer)

    return table(
        "t",
        key,
        items,
        lambda: sa.Column("b", sa.String(9)),
        lambda: sa.Index(index, "a", "b"),
        lambda: sa.UniqueConstraint("b", name=unique),
        lambda: sa.CheckConstraint("a > 0", name=check),
        *more,
    )


def states(*values: str, default: str | None = None) -> Models:
    return table("t", key, lambda: sa.Column("s", sa.Enum(*values, name="state"), server_default=default))


def test_what_is_the_same_but_for_its_name_is_renamed(project: Project) -> None:
    author = Author(project)
    old, new = named("ix_old", "uq_old", "ck_old"), named("ix_new", "uq_new", "ck_new")
    author.begin(old)
    project.engine.dispose()
    with project.engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO t (id, a, b) VALUES (:id, :a, :b)"), ROWS)
    text = author.migrate(new)
    assert 'rename_index("ix_old", "ix_new"' in text and 'rename_constraint("uq_old", "uq_new"' in text
    assert ('rename_constraint("ck_old", "ck_new"' in text) is (project.engine.dialect.name != "mysql")
    author.assert_same(new)
    assert author.run(new, "downgrade").code == 0
    assert author.run(new, "upgrade").code == 0
    author.assert_same(new)
    assert len(project.query("SELECT id FROM t")) == 2


def test_no_rename_drops_and_creates(project: Project) -> None:
    author = Author(project)
    author.begin(named("ix_old", "uq", "ck"))
    text = author.migrate(named("ix_new", "uq", "ck"), "--no-rename")
    assert "rename_index" not in text and "drop_index" in text


def test_names_that_are_taken_are_not_renamed(project: Project) -> None:
    """A name that is free only when something else is done."""
    author = Author(project)
    old = named("ix_1", "uq", "ck", lambda: sa.Index("ix_2", "b"))
    new = named("ix_2", "uq", "ck", lambda: sa.Index("ix_1", "b"))
    author.begin(old)
    author.migrate(new)
    author.assert_same(new)


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize("op", ["flask_revisions", "alembic"])
def test_a_value_of_a_type_is_renamed_and_rows_follow(project: Project, op: str) -> None:
    author = Author(project)
    author.begin(states("open", "closed", default="open"))
    if op == "alembic":
        [first] = project.versions.glob("*.py")
        first.write_text(first.read_text().replace("from flask_revisions import op", "from alembic import op"))
    project.send("INSERT INTO t (id) VALUES (1)")
    new = states("new", "closed", default="new")
    refused = author.run(new, "migrate")
    assert refused.code == 2 and "--rename state.open:new" in refused.err
    text = author.migrate(new, "--rename", "state.open:new")
    assert ("rename_enum_value" in text) is (op == "flask_revisions")
    author.assert_same(new)
    assert project.query("SELECT s::text FROM t") == [("new",)]
    assert author.run(new, "downgrade").code == 0
    assert project.query("SELECT s::text FROM t") == [("open",)]


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_an_index_of_a_folder_of_alembic_is_dropped_and_created(project: Project) -> None:
    author = Author(project)
    author.begin(named("ix_old", "uq", "ck"))
    [first] = project.versions.glob("*.py")
    first.write_text(first.read_text().replace("from flask_revisions import op", "from alembic import op"))
    text = author.migrate(named("ix_new", "uq", "ck"))
    assert "rename_index" not in text and "from alembic import op" in text


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("given", ["t.nosuch:a", "t.a:nosuch", "nosuch:t"])
def test_an_answer_about_nothing_is_an_error(project: Project, given: str) -> None:
    author = Author(project)
    models = table("t", key, lambda: sa.Column("a", sa.Integer))
    author.begin(models)
    wider = both(models, table("u", key))
    refused = author.run(wider, "migrate", "--rename", given)
    assert refused.code == 2 and f"--rename {given} names nothing" in refused.err


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_column_may_be_said_with_the_old_name_of_its_table(project: Project) -> None:
    author = Author(project)
    author.begin(table("t", key, lambda: sa.Column("a", sa.Integer)))
    new = table("u", key, lambda: sa.Column("b", sa.Integer))
    text = author.migrate(new, "--rename", "t:u", "--rename", "t.a:b")
    assert "rename_table" in text and "new_column_name" in text
    author.assert_same(new)
