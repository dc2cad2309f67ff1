"""Renames keep the rows, however they are said; nothing is guessed."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from ..projects import Project
from .models import Author, Models, both, table

ROWS = 10_000


def key() -> sa.Column[Any]:
    return sa.Column("id", sa.Integer, primary_key=True)


def named(name: str, column: str, *, was: str | None = None, column_was: str | None = None) -> Models:
    """A table with an indexed column, and another table that refers to it."""
    columns = {"info": {"renamed_from": column_was}} if column_was else {}
    tables = {"info": {"renamed_from": was}} if was else {}

    def text() -> sa.Column[Any]:
        return sa.Column(column, sa.String(20), nullable=False, unique=True, **columns)

    def reference() -> sa.Column[Any]:
        return sa.Column("user_id", sa.ForeignKey(f"{name}.id", name="fk_post_user"))

    return both(table(name, key, text, **tables), table("post", key, reference))


@pytest.fixture
def author(project: Project) -> Author:
    made = Author(project)
    made.begin(named("user", "mail"))
    quote = project.engine.dialect.identifier_preparer.quote
    rows = [{"id": number, "mail": f"m{number}"} for number in range(1, ROWS + 1)]
    with project.engine.begin() as connection:
        connection.execute(sa.text(f"INSERT INTO {quote('user')} (id, mail) VALUES (:id, :mail)"), rows)
    return made


WAYS = {
    "column-flag": (named("user", "email"), ("--rename", "user.mail:email")),
    "column-info": (named("user", "email", column_was="mail"), ()),
    "table-flag": (named("account", "mail"), ("--rename", "user:account")),
    "table-info": (named("account", "mail", was="user"), ()),
    "both": (named("account", "email"), ("--rename", "user:account", "--rename", "account.mail:email")),
}


@pytest.mark.parametrize(
    "way", [each if each == "both" else pytest.param(each, marks=pytest.mark.slow) for each in WAYS]
)
def test_a_rename_keeps_ten_thousand_rows(author: Author, way: str) -> None:
    models, flags = WAYS[way]
    author.migrate(models, *flags)
    author.assert_same(models)
    new = sa.MetaData()
    users, _ = models(new)
    with author.project.engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count(sa.distinct(users.c[1])))).scalar() == ROWS
    assert author.run(models, "downgrade").code == 0
    quote = author.project.engine.dialect.identifier_preparer.quote
    assert author.project.query(f"SELECT count(mail) FROM {quote('user')}") == [(ROWS,)]


def test_what_nobody_has_said_is_an_error_with_the_flags(author: Author) -> None:
    before = [*author.project.versions.glob("*.py")]
    result = author.run(named("user", "email"), "migrate")
    assert result.code == 2
    assert "user.mail is gone and email is new" in result.err
    assert "'--rename user.mail:email' keeps" in result.err and "--no-rename" in result.err
    assert [*author.project.versions.glob("*.py")] == before


def test_no_rename_adds_and_removes_and_fills(author: Author) -> None:
    models = named("user", "email")
    refused = author.run(models, "migrate", "--no-rename")
    assert refused.code == 2 and "--backfill \"user.email='value'\"" in refused.err
    author.migrate(models, "--no-rename", "--backfill", "user.email=mail")
    author.assert_same(models)
    quote = author.project.engine.dialect.identifier_preparer.quote
    assert author.project.query(f"SELECT count(email) FROM {quote('user')}") == [(ROWS,)]


def test_not_null_where_some_rows_have_no_value(author: Author) -> None:
    quote = author.project.engine.dialect.identifier_preparer.quote
    optional = table("x", key, lambda: sa.Column("n", sa.Integer))
    strict = table("x", key, lambda: sa.Column("n", sa.Integer, nullable=False))
    users = named("user", "mail")
    author.migrate(both(users, optional))
    author.project.send(f"INSERT INTO {quote('x')} (id) VALUES (1)")
    assert author.run(both(users, strict), "migrate").code == 2
    author.migrate(both(users, strict), "--backfill", "x.n=7")
    author.assert_same(both(users, strict))
    assert author.project.query(f"SELECT n FROM {quote('x')}") == [(7,)]
