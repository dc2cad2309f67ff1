"""The application, each test with a database of its own."""

from __future__ import annotations

import pytest
from app import Author, db
from flask import Flask


@pytest.mark.parametrize("number", range(50))
def test_a_database_is_one_tests_own(revisions_app: Flask, number: int) -> None:
    client = revisions_app.test_client()
    assert client.get("/authors").json == ["anonymous"]
    with revisions_app.app_context():
        db.session.add(Author(name=f"author {number}"))
        db.session.commit()
    assert client.get("/authors").json == ["anonymous", f"author {number}"]
