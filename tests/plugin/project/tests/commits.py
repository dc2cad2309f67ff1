"""A test that commits by itself; it fails, so it is run by name alone."""

from __future__ import annotations

from app import Author, db
from flask import Flask


def test_commits_by_itself(revisions_rollback_app: Flask) -> None:
    with revisions_rollback_app.app_context():
        db.session.add(Author(name="left behind"))
        db.session.flush()
        db.session.execute(db.text("COMMIT"))


def test_the_one_after_it_has_another_database(revisions_rollback_app: Flask) -> None:
    assert revisions_rollback_app.test_client().get("/authors").json == ["anonymous"]
