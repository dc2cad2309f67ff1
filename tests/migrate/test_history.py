"""Compared with what the revisions make of an empty database, wherever the database is."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from ..projects import Project
from ..servers import administer, server_url
from .models import Author, Models, both, done, table


def key() -> sa.Column[Any]:
    return sa.Column("id", sa.Integer, primary_key=True)


def wide(*names: str) -> Models:
    columns = [lambda name=name: sa.Column(name, sa.String(20)) for name in names]
    return both(table("t", key, *columns), table("u", key))


def scratch(project: Project) -> list[str]:
    """The databases that were left behind."""
    if project.url.startswith("sqlite"):
        return []
    query = "SELECT datname FROM pg_database" if "postgres" in project.url else "SHOW DATABASES"
    return [name for (name,) in project.query(query) if name.startswith("flask_revisions_scratch_")]


def test_a_revision_is_written_although_the_database_is_behind(project: Project) -> None:
    author = Author(project)
    author.begin(wide("a"))
    assert author.run(wide("a"), "downgrade").code == 0
    project.send("CREATE TABLE half_way (id INTEGER)")
    refused = author.run(wide("a", "b"), "migrate")
    assert refused.code == 3 and "--from-history" in refused.err
    before = len(scratch(project))
    said = done(author.run(wide("a", "b"), "migrate", "-m", "second", "--from-history"))
    assert said.out.startswith("  add column b to t\nWrote")
    assert project.tables() == {"half_way"} and len(scratch(project)) <= before
    done(author.run(wide("a", "b"), "upgrade"))
    author.assert_same(wide("a", "b"))
    assert "Nothing is different" in done(author.run(wide("a", "b"), "migrate", "--from-history")).err


def test_drift_is_what_was_changed_by_hand(project: Project) -> None:
    author = Author(project)
    models = wide("a")
    author.begin(models)
    same = done(author.run(models, "check", "--drift"))
    assert same.out == "" and "The revisions and the database are the same." in same.err
    project.send("ALTER TABLE t ADD COLUMN z INTEGER", "DROP TABLE u", "CREATE TABLE foreign_body (id INTEGER)")
    found = author.run(models, "check", "--drift")
    assert found.code == 4
    assert found.out.splitlines()[1:] == ["  remove column z from t  (loses the values of t.z)", "  add table u"]
    [shown] = json.loads(author.run(models, "check", "--drift", "--json").out)
    assert len(shown["differences"]) == 2 and shown["unmanaged"] == ["foreign_body"]


def test_pending_revisions_are_no_drift(project: Project) -> None:
    author = Author(project)
    author.begin(wide("a"))
    author.migrate(wide("a", "b"))
    assert author.run(wide("a", "b"), "downgrade").code == 0
    assert done(author.run(wide("a", "b"), "check", "--drift")).out == ""


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_the_right_that_is_missing_is_named(project: Project) -> None:
    author = Author(project)
    author.begin(wide("a"))
    role = f"{sa.make_url(project.url).database}_role"
    project.send(f"CREATE ROLE {role} LOGIN", f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}")
    try:
        project.url = sa.make_url(project.url).set(username=role).render_as_string(hide_password=False)
        refused = author.run(wide("a"), "check", "--drift")
        assert refused.code == 1 and "permission denied to create database" in refused.err and "CREATEDB" in refused.err
    finally:
        project.send(f"DROP OWNED BY {role}")
        administer(server_url("postgresql"), f"DROP ROLE {role}")
