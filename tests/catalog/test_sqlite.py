"""SQLite's catalog: what is read in a stored text, and what is left to the pragmas."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask_revisions.catalog.sqlite import read
from flask_revisions.catalog.sqlite_excerpt import untold
from flask_revisions.schema.model import Check, Name, Table


@pytest.fixture
def connection() -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def reading(connection: sa.Connection, *texts: str) -> Table:
    """Return the table `t` of a database made by some statements."""
    for text in texts:
        connection.exec_driver_sql(text)
    return read(connection).tables[Name(None, "t")]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("CREATE TABLE t (a INTEGER, b VARCHAR(3) DEFAULT 'x')", None),
        ("CREATE TABLE t (a INTEGER, b TEXT COLLATE nocase, c)", "CREATE TABLE t ( b TEXT COLLATE nocase)"),
        ("CREATE TABLE t (a, CHECK (a IN (1, (2))), b)", "CREATE TABLE t ( CHECK (a IN (1, (2))))"),
        ("CREATE TABLE t (a) STRICT", "CREATE TABLE t () STRICT"),
        ("CREATE TABLE \"t(,\" (a DEFAULT ',)', [b,] CHECK (1))", 'CREATE TABLE "t(," ( [b,] CHECK (1))'),
        ("CREATE TABLE t (a -- ), (\n, b /* , ( */ CHECK (1), `c,`)", "CREATE TABLE t ( b /* , ( */ CHECK (1))"),
        ("CREATE TABLE t (a -- no CHECK, here\n, b)", "CREATE TABLE t (a -- no CHECK, here\n)"),
        ("CREATE VIRTUAL TABLE t AS x", "CREATE VIRTUAL TABLE t AS x"),
    ],
)
def test_only_items_with_something_to_read_are_kept(text: str, left: str | None) -> None:
    assert untold(text) == left


def test_what_only_the_text_tells_is_read_among_what_the_pragmas_tell(connection: sa.Connection) -> None:
    table = reading(
        connection,
        """CREATE TABLE t (
            id INTEGER, -- a comment, with a ( in it
            "a,b" VARCHAR(3) DEFAULT ')' COLLATE "NOCASE",
            c INTEGER GENERATED ALWAYS AS (id * (2 + 1)) STORED,
            d NUMERIC(4, 2) CONSTRAINT positive CHECK (d > (0)),
            UNIQUE (d),
            CONSTRAINT both UNIQUE (id, d) ON CONFLICT IGNORE,
            CONSTRAINT key PRIMARY KEY (id, "a,b"),
            CHECK ("a,b" <> ', CHECK (1)')
        ) WITHOUT ROWID""",
    )
    collated, computed = table.column("a,b"), table.column("c")
    assert collated is not None
    assert computed is not None
    assert computed.computed is not None
    assert (collated.collation, computed.computed.expression) == ("NOCASE", "id * (2 + 1)")
    assert {*table.checks} == {Check("positive", "d > (0)"), Check(None, "\"a,b\" <> ', CHECK (1)'")}
    assert {(each.name, each.columns) for each in table.uniques} == {(None, ("d",)), ("both", ("id", "d"))}
    assert table.primary_key is not None
    assert (table.primary_key.name, table.primary_key.columns) == ("key", ("id", "a,b"))
    assert ("sqlite_with_rowid", False) in table.options


def test_of_two_foreign_keys_of_a_column_each_is_read_in_its_own_text(connection: sa.Connection) -> None:
    table = reading(
        connection,
        "CREATE TABLE one (id INTEGER PRIMARY KEY)",
        "CREATE TABLE two (id INTEGER PRIMARY KEY)",
        """CREATE TABLE t (
            a INTEGER REFERENCES one (id),
            CONSTRAINT second FOREIGN KEY (a) REFERENCES two (id) DEFERRABLE INITIALLY DEFERRED
        )""",
    )
    said = {each.referred.name: (each.name, each.deferrable, each.initially) for each in table.foreign_keys}
    assert said == {"one": (None, False, None), "two": ("second", True, "DEFERRED")}
