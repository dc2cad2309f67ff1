"""The application on a database that tests share, each of which finds it as it was."""

from __future__ import annotations

import os

import pytest
from app import Author, db
from flask import Flask
from sqlalchemy.exc import IntegrityError

SERVER = pytest.mark.skipif(os.environ["FLASK_REVISIONS_TEST_URL"].startswith("sqlite"), reason="it is a copy there")
SEEN: set[int] = set()


@pytest.mark.parametrize("number", range(3))
def test_what_a_test_commits_is_gone_after_it(revisions_rollback_app: Flask, number: int) -> None:
    client = revisions_rollback_app.test_client()
    assert client.get("/authors").json == ["anonymous"]
    with revisions_rollback_app.app_context():
        db.session.add(Author(name=f"author {number}"))
        db.session.commit()
    assert client.get("/authors").json == ["anonymous", f"author {number}"]


def test_what_the_application_rolls_back_is_gone_at_once(revisions_rollback_app: Flask) -> None:
    with revisions_rollback_app.app_context():
        db.session.add(Author(name="kept"))
        db.session.commit()
        db.session.add(Author(name="given up"))
        db.session.flush()
        db.session.rollback()
        db.session.add(Author(name="kept"))
        with pytest.raises(IntegrityError):
            db.session.commit()
        db.session.rollback()
        with db.session.begin_nested():
            db.session.add(Author(name="nested"))
        db.session.commit()
        with db.engine.begin() as connection:
            connection.execute(db.insert(Author).values(name="another connection"))
    client = revisions_rollback_app.test_client()
    assert client.get("/authors").json == ["anonymous", "another connection", "kept", "nested"]


def test_and_it_is_as_it_was(revisions_rollback_app: Flask) -> None:
    assert revisions_rollback_app.test_client().get("/authors").json == ["anonymous"]


def test_a_failed_statement_does_not_spoil_what_follows(revisions_rollback_app: Flask) -> None:
    with revisions_rollback_app.app_context(), pytest.raises(Exception, match="nosuch"):
        db.session.execute(db.text("SELECT * FROM nosuch"))


@SERVER
@pytest.mark.parametrize("number", range(2))
def test_there_is_one_connection(revisions_rollback_app: Flask, number: int) -> None:
    with revisions_rollback_app.app_context():
        SEEN.add(id(db.session.connection().connection.dbapi_connection))
        SEEN.add(id(db.engine.raw_connection().dbapi_connection))
    assert len(SEEN) == 1


@SERVER
def test_a_level_of_isolation_is_refused(revisions_rollback_app: Flask) -> None:
    with (
        revisions_rollback_app.app_context(),
        db.engine.connect() as connection,
        pytest.raises(Exception, match="isolation level"),
    ):
        connection.execution_options(isolation_level="AUTOCOMMIT")
