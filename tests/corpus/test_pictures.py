"""A picture shows what a database has, and nothing of how it came to be so."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import make_url

from ..servers import KINDS, administer, fresh_database
from .pictures import Picture, take_picture
from .shapes.sqlite import clauses

TABLES = (
    "CREATE TABLE v (version_num VARCHAR(32) NOT NULL)",
    "INSERT INTO v VALUES ('a1')",
    "CREATE TABLE parent (id INTEGER NOT NULL PRIMARY KEY)",
    """CREATE TABLE t (
        id INTEGER NOT NULL PRIMARY KEY, n INTEGER, s VARCHAR(10) DEFAULT 'x' NOT NULL, p INTEGER,
        CONSTRAINT c CHECK (n > 0), CONSTRAINT f FOREIGN KEY (p) REFERENCES parent (id)
    )""",
)
BY_N = "CREATE INDEX by_n ON t (n)"
BY_S = "CREATE INDEX by_s ON t (s)"

CHANGES = {
    "sqlite": (
        "DROP INDEX by_n",
        "CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM parent; END",
    ),
    "postgresql": (
        "DROP INDEX by_n",
        "ALTER TABLE t DROP CONSTRAINT c",
        "ALTER TABLE t RENAME CONSTRAINT f TO g",
        "ALTER TABLE t ALTER COLUMN s TYPE VARCHAR(11)",
        "ALTER TABLE t ALTER COLUMN s DROP NOT NULL",
        "ALTER TABLE t ALTER COLUMN s DROP DEFAULT",
        "ALTER TABLE t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY",
        "COMMENT ON COLUMN t.n IS 'so many'",
        "CREATE TYPE kind AS ENUM ('a', 'b')",
        "CREATE DOMAIN positive AS integer CHECK (VALUE > 0)",
        "CREATE SEQUENCE numbers",
        "CREATE SCHEMA elsewhere",
        "CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    ),
    "mariadb": (
        "DROP INDEX by_n ON t",
        "ALTER TABLE t DROP CONSTRAINT c",
        "ALTER TABLE t MODIFY s VARCHAR(11) NOT NULL DEFAULT 'x'",
        "ALTER TABLE t MODIFY s VARCHAR(10) DEFAULT 'x'",
        "ALTER TABLE t MODIFY n INTEGER COMMENT 'so many'",
        "ALTER TABLE t MODIFY n INTEGER AFTER s",
        "ALTER TABLE t DEFAULT CHARACTER SET latin1",
        "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.n = 1",
    ),
}
EVERYWHERE = (
    "ALTER TABLE t ADD COLUMN more INTEGER",
    "ALTER TABLE t RENAME COLUMN n TO m",
    "DROP TABLE t",
    "CREATE UNIQUE INDEX only_n ON t (n)",
    "CREATE VIEW w AS SELECT n FROM t",
    "INSERT INTO parent VALUES (1)",
    "INSERT INTO v VALUES ('b2')",
)


def picture(url: str, *statements: str) -> Picture:
    administer(make_url(url), *statements)
    return take_picture(url, "v")


def test_the_order_of_making_does_not_show(kind: str, tmp_path: Path) -> None:
    pictures = []
    for statements in ((*TABLES, BY_N, BY_S), (*TABLES, BY_S, BY_N)):
        with fresh_database(kind, tmp_path) as url:
            pictures.append(picture(url, *statements))
    assert pictures[0] == pictures[1]


def test_counters_do_not_show(kind: str, url: str) -> None:
    made = {"mariadb": "INTEGER AUTO_INCREMENT", "postgresql": "SERIAL", "sqlite": "INTEGER"}[kind]
    before = picture(url, *TABLES, f"CREATE TABLE counted (id {made} PRIMARY KEY, n INTEGER)")
    after = picture(url, *["INSERT INTO counted (n) VALUES (1)"] * 3, "DELETE FROM counted")
    assert before == after


@pytest.mark.parametrize(
    ("kind", "change"), [(kind, change) for kind in KINDS for change in (*EVERYWHERE, *CHANGES[kind])]
)
def test_a_change_shows(kind: str, change: str, tmp_path: Path) -> None:
    with fresh_database(kind, tmp_path) as url:
        before = picture(url, *TABLES, BY_N, BY_S)
        assert picture(url, change).digests() != before.digests()


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("CREATE TABLE t (a INTEGER, b TEXT)", ["a INTEGER", "b TEXT"]),
        ("CREATE TABLE t (\n\ta  INTEGER , -- first\n b TEXT /* second */)", ["a INTEGER", "b TEXT"]),
        ('CREATE TABLE "t" ("a" INTEGER, `b` TEXT, [c] TEXT)', ["a INTEGER", "b TEXT", "c TEXT"]),
        ('CREATE TABLE t ("a b" TEXT)', ['"a b" TEXT']),
        (
            "CREATE TABLE t (a TEXT CHECK (a IN ('x, y', ')')), b TEXT)",
            ["a TEXT CHECK ( a IN ( 'x, y' , ')' ) )", "b TEXT"],
        ),
        ("CREATE TABLE t (a TEXT DEFAULT 'it''s')", ["a TEXT DEFAULT 'it''s'"]),
        ("CREATE TABLE t (a TEXT) WITHOUT ROWID, STRICT", ["a TEXT", "WITHOUT ROWID , STRICT"]),
    ],
)
def test_a_stored_statement_is_taken_apart(sql: str, expected: list[str]) -> None:
    assert clauses(sql) == expected
