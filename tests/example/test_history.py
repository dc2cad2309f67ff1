"""The example's revisions go up and down on each database, and at the head they make what the models say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from example_app.example_app import revisions
from example_app.example_app.models import Category, Condition, Tool, db
from flask import Flask
from sqlalchemy import create_engine, text

from ..servers import fresh_database
from .shape import shape_of

BEFORE_CATEGORIES = "86ea6cafce6b"
TEXTS = "SELECT number, deposit, category FROM tools ORDER BY number"


def rows(statement: str) -> list[tuple[Any, ...]]:
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def test_up_and_down_and_up_again_leaves_the_same(app: Flask) -> None:
    assert len(revisions.upgrade()) == len(revisions.history()) == 7
    first = shape_of(db.engine)
    assert sorted(first)[:4] == ["categories", "loans", "members", "tools"]
    revisions.downgrade("base")
    assert shape_of(db.engine) == {}
    revisions.upgrade()
    assert shape_of(db.engine) == first


def test_each_revision_can_be_taken_back_and_applied_again(app: Flask) -> None:
    for revision in reversed(revisions.history()):
        before = shape_of(db.engine)
        revisions.upgrade(revision.id)
        after = shape_of(db.engine)
        revisions.downgrade(f"{revision.id}@-1")
        assert shape_of(db.engine) == before, revision.path
        revisions.upgrade(revision.id)
        assert shape_of(db.engine) == after, revision.path


def test_the_head_is_what_the_models_say(app: Flask, kind: str, tmp_path: Path) -> None:
    revisions.upgrade()
    with fresh_database(kind, tmp_path) as other:
        engine = create_engine(other)
        db.metadata.create_all(engine)
        expected = shape_of(engine)
        engine.dispose()
    assert shape_of(db.engine) == expected


def test_categories_and_deposits_come_back_as_they_were(app: Flask) -> None:
    revisions.upgrade(BEFORE_CATEGORIES)
    before = rows(TEXTS)
    assert ("W-01", 60, "Saws") in before and ("X-01", 120, None) in before
    revisions.upgrade()
    saw = db.session.query(Tool).filter_by(number="W-01").one()
    assert saw.deposit_cents == 6000 and saw.category and saw.category.name == "Saws"
    assert saw.category.parent and saw.category.parent.name == "Woodwork"
    db.session.close()
    revisions.downgrade(BEFORE_CATEGORIES)
    assert rows(TEXTS) == before


def test_rows_that_people_have_added_survive_the_way_down_and_up(app: Flask) -> None:
    revisions.upgrade()
    press = Tool(number="K-01", name="Pasta machine", condition=Condition.new, deposit_cents=1000)
    db.session.add(Category(name="Kitchen", tools=[press]))
    db.session.commit()
    revisions.downgrade("04eb14963dc9")
    assert rows(TEXTS) == [("K-01", 10, "Kitchen")]
    revisions.upgrade()
    again = db.session.query(Tool).filter_by(number="K-01").one()
    assert again.deposit_cents == 1000 and again.category and again.category.name == "Kitchen"


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_the_whole_history_can_be_written_as_sql(app: Flask, kind: str) -> None:
    script = revisions.sql("upgrade", "head")
    assert script.count("CREATE TABLE ") == 5
    assert "INSERT INTO alembic_version (version_num) VALUES ('04eb14963dc9');" in script
    assert ("CREATE TYPE tool_condition" in script) == (kind == "postgresql")
    assert shape_of(db.engine) == {}
