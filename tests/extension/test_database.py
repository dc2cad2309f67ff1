"""Databases in words: never with a password, and with what helps when one cannot be reached."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask_revisions.database import Database, database_words, hide, secrets_in, sqlite_file
from flask_revisions.discovery import explain, secrets_of
from flask_revisions.errors import ConfigurationError, DatabaseUnreachable
from sqlalchemy import Connection, create_engine, exc, make_url

from ..projects import Project

DESCRIBED = [
    ("sqlite://", "sqlite in memory"),
    ("sqlite:////data/app.db", "sqlite /data/app.db"),
    ("sqlite:////data/a@b.db", "sqlite /data/a@b.db"),
    ("postgresql+psycopg://u:secret1@host:5433/name?password=secret2", "postgresql name at host:5433"),
    ("postgresql+psycopg:///name", "postgresql name"),
    ("postgresql+psycopg://u@host", "postgresql at host"),
    ("mysql+pymysql://u:secr@et1@host/name", "mysql host/name"),
    ("mysql+pymysql://u:secr@et1/more@host:1/name", "mysql host:1/name"),
]


@pytest.mark.parametrize(("url", "described"), DESCRIBED)
def test_a_database_in_a_few_words(url: str, described: str) -> None:
    assert Database(None, create_engine(url)).describe() == described


FILES = [
    ("sqlite:////data/app.db", "/data/app.db"),
    ("sqlite:///app.db", f"{os.path.realpath('.')}/app.db"),
    ("sqlite:////data/../app.db", "/app.db"),
    ("sqlite://", None),
    ("sqlite:///:memory:", None),
    ("sqlite:///file:x?mode=memory&uri=true", None),
    ("sqlite:///file:/data/app.db?uri=true", "/data/app.db"),
    ("sqlite:///file:///data/app.db?uri=true", "/data/app.db"),
    ("sqlite:///file:app.db", f"{os.path.realpath('.')}/file:app.db"),
]


@pytest.mark.parametrize(("url", "file"), FILES)
def test_the_file_of_a_sqlite_url(url: str, file: str | None) -> None:
    assert sqlite_file(make_url(url)) == (None if file is None else Path(file))


HIDDEN = [
    ("postgresql://u:secret1@h/x", "at secret1!", "at ***!"),
    ("postgresql://u:secret1@h/x", "nosecret1 secret12", "nosecret1 secret12"),
    ("postgresql://u:p@h/x", "a p in path", "a *** in path"),
    ("postgresql://u:u@h/x", "user u of x", "user u of x"),
    ("postgresql://u:postgres@h/postgres", "database postgres", "database postgres"),
    (
        f"postgresql://u:{quote('a/b@c ä', safe='')}@h/x",
        f"{quote('a/b@c ä', safe='')} or a/b@c ä",
        "*** or ***",
    ),
    ("postgresql://u@h/x?password=secret1&sslmode=x", "secret1 x", "*** x"),
    ("mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BUID%3Du%3BPWD%3Dsecret1", "with secret1", "with ***"),
    ("postgresql://h/x", "mysql://other:secret1@h/y", "mysql://other:***@h/y"),
    ("postgresql://h/x", "see https://sqlalche.me/e/20/4xp6 @ x", "see https://sqlalche.me/e/20/4xp6 @ x"),
]


@pytest.mark.parametrize(("url", "text", "shown"), HIDDEN)
def test_passwords_are_hidden(url: str, text: str, shown: str) -> None:
    assert hide(text, secrets_in(make_url(url))) == shown


def test_passwords_of_an_application_and_of_the_environment(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_URL", "redis://x:secret1@h/0")
    app = project.app()
    app.config["OTHER"] = {
        "url": "mysql://x:secret2@h/y",
        "options": {"url": make_url("mysql://x:secret3@h")},
    }
    app.config["NOT"] = "not://a url ://"
    assert {"secret1", "secret2", "secret3"} <= secrets_of(app)
    assert "secret1" in secrets_of(None) and "secret2" not in secrets_of(None)


def raised(call: Any) -> Exception:
    with pytest.raises(Exception) as caught:
        call()
    return caught.value


EXPLAINED = [
    (lambda: create_engine("postgres://u:p@h/x"), ConfigurationError, "'postgres://'"),
    (lambda: create_engine("postgresql+nosuch://u:p@h/x"), ConfigurationError, "'postgresql.nosuch'"),
    (lambda: create_engine("nosuch://u:p@h/x"), ConfigurationError, "'nosuch'"),
    (lambda: create_engine("no URL"), ConfigurationError, "cannot be read"),
    (lambda: create_engine("mysql://u:p@h:port/x"), ConfigurationError, "cannot be read"),
    (lambda: create_engine("oracle+oracledb://h/x"), DatabaseUnreachable, "'oracledb' is not installed"),
]


@pytest.mark.parametrize(("call", "kind", "says"), EXPLAINED)
def test_what_goes_wrong_when_an_engine_is_made(call: Any, kind: type[Exception], says: str) -> None:
    explained = explain(raised(call))
    assert isinstance(explained, kind) and says in str(explained) and explained.hint  # type: ignore[attr-defined]


OTHERS = [ValueError("URL"), RuntimeError("x"), ModuleNotFoundError("x", name="x"), KeyError()]


@pytest.mark.parametrize("error", OTHERS)
def test_other_exceptions_are_left_to_others(error: Exception) -> None:
    assert explain(error) is None


def test_what_a_driver_said_in_one_line() -> None:
    words = {
        database_words(exc.OperationalError("SELECT 1", {}, Exception("no\n  luck"))): "no luck",
        database_words(exc.OperationalError("SELECT 1", {}, Exception(1045, "denied"))): "denied",
        database_words(exc.OperationalError("SELECT 1", {}, Exception(2006, ""))): "(2006, '')",
        database_words(exc.DBAPIError("SELECT 1", {}, Exception("<class 'asyncpg.X'>: no class"))): "no class",
        database_words(exc.OperationalError("SELECT 1", {}, ValueError())): "ValueError",
        database_words(OSError(2, "no file")): "no file",
    }
    assert list(words) == list(words.values())


def test_a_function_for_each_connection(pair: Project) -> None:
    def prepare(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS prepared (id)")

    pair.revisions({"REVISIONS_ON_CONNECT": prepare}).upgrade()
    assert "prepared" in pair.tables()
    revisions = pair.revisions({"REVISIONS_ON_CONNECT": lambda connection: 1 / 0})
    with pytest.raises(ConfigurationError, match="REVISIONS_ON_CONNECT failed: ZeroDivisionError") as caught:
        revisions.current()
    assert caught.value.hint.startswith("correct it")


def test_a_database_in_memory_is_shared_with_the_application(pair: Project) -> None:
    app = pair.app({"SQLALCHEMY_DATABASE_URI": "sqlite://"})
    revisions = app.extensions["revisions"].revisions
    assert len(revisions.upgrade()) == 2 and revisions.current().at_heads
    with app.app_context():
        engine = app.extensions["sqlalchemy"].engine
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM t_aaaa1111").scalar() == 0
    assert len(revisions.downgrade("base")) == 2
