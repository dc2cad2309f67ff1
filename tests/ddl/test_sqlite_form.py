"""The form in which a rebuilt table's text is written: another text, the same table."""

from __future__ import annotations

import sqlite3

import pytest
from flask_revisions.ddl.plain import plain_dialect
from flask_revisions.ddl.sqlite_form import in_form
from flask_revisions.ddl.sqlite_parser import parse_table
from flask_revisions.ddl.text import SqlText
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

SQL = SqlText(plain_dialect(SQLiteDialect_pysqlite()))


def formed(text):
    return str(in_form(parse_table(text), SQL))


@pytest.mark.parametrize(
    ("default", "expected"),
    [
        ("'x'", "'x'"),
        ("''", "('')"),
        ("5", "5"),
        ("10", "(10)"),
        ("-1", "(-1)"),
        ("x'00'", "(x'00')"),
        ("NULL", "(NULL)"),
        ("true", "(true)"),
        ("CURRENT_TIMESTAMP", "(CURRENT_TIMESTAMP)"),
        ("('x')", "'x'"),
        ("(5)", "5"),
        ("(1 + 2)", "(1 + 2)"),
        ("('')", "('')"),
        ('"quoted"', '"quoted"'),
        ("bare", "bare"),
    ],
)
def test_a_default_has_parentheses_where_it_keeps_its_meaning(default, expected):
    text = f"CREATE TABLE t (a INT, b DEFAULT {default} NOT NULL)"
    assert formed(text) == f"CREATE TABLE t (a INT, b DEFAULT {expected} NOT NULL)"
    assert formed(formed(text)) == formed(text)
    values = []
    for statement in (text, formed(text)):
        connection = sqlite3.connect(":memory:")
        connection.execute(statement.replace(" NOT NULL", ""))
        connection.execute("INSERT INTO t (a) VALUES (1)")
        values.append(connection.execute("SELECT typeof(b), length(b) FROM t").fetchall())
        connection.close()
    assert values[0] == values[1]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ('REFERENCES "o" (x)', "REFERENCES o (x)"),
        ("REFERENCES [o o] (x)", 'REFERENCES "o o" (x)'),
        ("REFERENCES o (x) on delete cascade", "REFERENCES o (x) ON DELETE CASCADE"),
        ("REFERENCES o (x) ON DELETE set null ON UPDATE NO ACTION", "REFERENCES o (x) ON DELETE SET NULL"),
        ("REFERENCES o (x) ON UPDATE NO ACTION ON DELETE RESTRICT", "REFERENCES o (x) ON DELETE RESTRICT"),
        ("REFERENCES o (x) ON DELETE NO ACTION DEFERRABLE", "REFERENCES o (x) DEFERRABLE"),
        ("REFERENCES o ON DELETE SET DEFAULT -- why\n", "REFERENCES o ON DELETE SET DEFAULT -- why\n"),
    ],
)
def test_a_foreign_key_is_written_as_sqlalchemy_writes_it(key, expected):
    assert formed(f"CREATE TABLE t (a, FOREIGN KEY (a) {key})") == f"CREATE TABLE t (a, FOREIGN KEY (a) {expected})"
    assert formed(f"CREATE TABLE t (a {key})") == f"CREATE TABLE t (a {expected})"


def test_of_foreign_keys_that_say_the_same_the_first_stays():
    text = (
        "CREATE TABLE t (a, CONSTRAINT one FOREIGN KEY (a) REFERENCES o (x), "
        'CONSTRAINT two FOREIGN KEY(a) REFERENCES "O" (x){}, UNIQUE (a))'
    )
    assert "two" not in formed(text.format(""))
    assert "two" in formed(text.format(" ON DELETE CASCADE"))


def test_a_check_with_a_name_stands_behind_the_columns():
    text = "CREATE TABLE t (a INT CONSTRAINT ck CHECK (a > 0) NOT NULL, b INT CHECK (b > 0), UNIQUE (a))"
    assert formed(text) == (
        "CREATE TABLE t (a INT NOT NULL, b INT CHECK (b > 0), CONSTRAINT ck CHECK (a > 0), UNIQUE (a))"
    )
