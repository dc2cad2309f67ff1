"""Columns that are computed: whether they are stored is what the models say, else what the server makes of it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from ..projects import Project
from .kinds import column, given
from .models import Author, Models, done


def computed(persisted: bool | None) -> Models:
    return given(column(sa.Integer, sa.Computed("a + 1", persisted=persisted)))


def stores_by_default(project: Project) -> bool:
    """PostgreSQL stores up to version 17, and with SQLAlchemy 2.0, which has no other word for it."""
    if not project.url.startswith("postgresql"):
        return False
    with project.engine.connect() as connection:
        return not getattr(connection.dialect, "supports_virtual_generated_columns", False)


def test_where_nothing_is_said_the_database_is_as_the_models_right_after_an_upgrade(project: Project) -> None:
    author = Author(project)
    author.begin(computed(None))
    author.assert_same(computed(None))
    author.assert_same(computed(stores_by_default(project)))


@pytest.mark.parametrize("old", [True, False, None])
@pytest.mark.parametrize("new", [True, False, None])
def test_a_column_is_stored_or_not_as_the_models_say(project: Project, old: bool | None, new: bool | None) -> None:
    default, author = stores_by_default(project), Author(project)
    if default and old is False:
        pytest.skip("there are no virtual columns")
    was, wanted = (default if each is None else each for each in (old, new))
    author.begin(computed(old))
    found = author.run(computed(new), "check")
    assert found.code == (0 if was is wanted else 4), found
    if was is not wanted:
        assert "change column x of t: computed" in found.out
    if was is not wanted and not (default and new is False):
        author.migrate(computed(new))
        author.assert_same(computed(new))
        done(author.run(computed(old), "downgrade"))
        max(project.versions.glob("*.py"), key=lambda path: path.stat().st_mtime_ns).unlink()
        author.assert_same(computed(old))


def test_a_column_is_computed_no_more(project: Project) -> None:
    author, plain = Author(project), given(column(sa.Integer))
    author.begin(computed(None))
    author.migrate(plain)
    author.assert_same(plain)
    done(author.run(computed(None), "downgrade"))
    max(project.versions.glob("*.py"), key=lambda path: path.stat().st_mtime_ns).unlink()
    author.assert_same(computed(None))
