"""CREATE TABLE and CREATE INDEX texts of SQLite are read rightly, and written they are the same."""

from __future__ import annotations

import sqlite3

import pytest
from flask_revisions.ddl.sqlite_parser import parse_index, parse_table
from flask_revisions.ddl.sqlite_text import Reference
from flask_revisions.ddl.sqlite_tokens import affinity, column_places, name_of, tokenize, write
from flask_revisions.errors import OperationError

TABLES = [
    "CREATE TABLE t(a)",
    "CREATE TABLE t (a, b)",
    "create table T ( A integer primary key )",
    "CREATE TABLE IF NOT EXISTS t (a INT)",
    "CREATE TEMP TABLE t (a INT)",
    "CREATE TABLE main.t (a INT)",
    'CREATE TABLE "a""b" ("c""d" INT, [x y] INT, `e``f` INT, \'g\' INT)',
    'CREATE TABLE "select" ("from" "where", "order" "group by"(1))',
    "CREATE TABLE t (a /* one */ INT /* two */ NOT /* three */ NULL /* four */, -- five\n b)",
    "CREATE TABLE t (-- one\n a INT, -- two\n -- three\n b INT -- four\n)",
    "CREATE TABLE t (a INT /* a, b ) ' */, b TEXT DEFAULT '-- no comment')",
    "CREATE TABLE t (a DOUBLE PRECISION, b VARCHAR(10, 2), c UNSIGNED BIG INT(-5,+6) NOT NULL)",
    "CREATE TABLE t (a DEFAULT -1, b DEFAULT +1.5e3, c DEFAULT 'it''s', d DEFAULT x'00', e DEFAULT .5)",
    "CREATE TABLE t (a DEFAULT 0xFF, b DEFAULT CURRENT_TIMESTAMP, c DEFAULT true, d DEFAULT NULL)",
    "CREATE TABLE t (a CHECK ('--' <> a), b CHECK (b IN (1, (2), '(')), CHECK (a = ')' OR b))",
    "CREATE TABLE t (a INT, CONSTRAINT a UNIQUE (a) ON CONFLICT REPLACE)",
    "CREATE TABLE t (a REFERENCES o ON DELETE CASCADE NOT DEFERRABLE INITIALLY IMMEDIATE NOT NULL)",
    "CREATE TABLE t (a REFERENCES o NOT NULL DEFERRABLE INITIALLY DEFERRED, b REFERENCES o DEFERRABLE)",
    "CREATE TABLE t (a, b AS (a+1), c INT GENERATED ALWAYS AS (a || ')') STORED, d AS (1) VIRTUAL NOT NULL)",
    "CREATE TABLE t (generated INT, always TEXT, a generated, b generated always)",
    "CREATE TABLE t (a, PRIMARY KEY (a COLLATE nocase DESC) ON CONFLICT ABORT UNIQUE (a) ON CONFLICT FAIL)",
    "CREATE TABLE t (a, UNIQUE (a ASC) CHECK (a) ON CONFLICT IGNORE CHECK (NOT a))",
    "CREATE TABLE t (a INTEGER, CONSTRAINT p PRIMARY KEY (a AUTOINCREMENT))",
    'CREATE TABLE t (a, b, CONSTRAINT f FOREIGN KEY (a, b) REFERENCES "o o" ("x)", y) DEFERRABLE)',
    "CREATE TABLE t (a, CONSTRAINT left_over)",
    "CREATE TABLE t (a INT) STRICT",
    "CREATE TABLE t (a INT PRIMARY KEY) WITHOUT ROWID, STRICT",
    "CREATE TABLE t(a,b,\n\n\tc\t)\n",
    "CREATE TABLE täble (çol INT, 列 TEXT, _x$1 INT)",
    "CREATE TABLE t (a INT, b TEXT, key TEXT, desc TEXT, left INT, cross INT)",
]
GRAMMATICAL = [  # and refused by SQLite for another reason
    "CREATE TABLE t (a DEFAULT (x||'a,b)'), b DEFAULT \"s\")",
    "CREATE TABLE t (a CONSTRAINT pk PRIMARY KEY DESC ON CONFLICT ROLLBACK AUTOINCREMENT UNIQUE)",
    'CREATE TABLE t (a CONSTRAINT one CONSTRAINT two NOT NULL ON CONFLICT IGNORE NULL COLLATE "no case")',
    "CREATE TABLE t (b REFERENCES o (x, y) ON DELETE SET NULL ON UPDATE NO ACTION MATCH FULL)",
]


@pytest.mark.parametrize("text", TABLES + GRAMMATICAL)
def test_a_table_that_is_read_and_written_is_the_same(text):
    assert str(parse_table(text)) == text


@pytest.mark.parametrize("text", TABLES)
def test_columns_are_those_that_sqlite_finds(text):
    connection = sqlite3.connect(":memory:")
    connection.execute(text)
    table = parse_table(text)
    query = 'SELECT name, "notnull", dflt_value, pk FROM pragma_table_xinfo(?)'
    found = connection.execute(query, (table.name,)).fetchall()
    connection.close()
    for column, (name, not_null, default, key) in zip(table.columns, found, strict=True):
        assert column.name == name
        assert (column.clause("NOT NULL") is not None) == bool(not_null and not (key and table.without_rowid))
        assert (column.clause("DEFAULT") is not None) == (default is not None)


def test_the_parts_of_a_column():
    table = parse_table("CREATE TABLE t (a VARCHAR ( 10,2 ) CONSTRAINT n NOT NULL REFERENCES o ([x y]) UNIQUE)")
    (column,) = table.columns
    assert column.declared_type == "VARCHAR ( 10,2 )"
    assert [(clause.kind, clause.name) for clause in column.clauses] == [
        ("NOT NULL", "n"),
        ("REFERENCES", None),
        ("UNIQUE", None),
    ]
    assert column.clauses[1].reference == Reference("o", ("x y",))


def test_the_constraints_of_a_table():
    table = parse_table(
        'CREATE TABLE t (a, b, PRIMARY KEY (a DESC, b), CONSTRAINT "f""k" FOREIGN KEY (b) REFERENCES o)'
    )
    key, reference = table.constraints
    assert (key.kind, key.name, key.columns) == ("PRIMARY KEY", None, ("a", "b"))
    assert (reference.name, reference.columns, reference.reference) == ('f"k', ("b",), Reference("o", ()))


def test_the_head_and_the_options_of_a_table():
    table = parse_table("CREATE TEMPORARY TABLE IF NOT EXISTS x.[t t] (a PRIMARY KEY) WITHOUT ROWID, STRICT")
    assert (table.name, table.temporary, table.if_not_exists) == ("t t", True, True)
    assert (table.strict, table.without_rowid) == (True, True)
    plain = parse_table("CREATE TABLE t (\"STRICT\" TEXT, a DEFAULT 'WITHOUT')")
    assert (plain.temporary, plain.if_not_exists, plain.strict, plain.without_rowid) == (
        False,
        False,
        False,
        False,
    )


def test_a_comment_behind_the_comma_belongs_to_the_item_before_it():
    table = parse_table("CREATE TABLE t (a INT, -- of a\n /* of b */ b INT, c INT /* of c */\n)")
    assert [write(part.note).strip() for part in table.parts] == ["-- of a", "", "/* of c */"]
    assert write(table.parts[1].lead).strip() == "/* of b */"


INDEXES = [
    "CREATE INDEX i ON t (a)",
    "CREATE UNIQUE INDEX IF NOT EXISTS main.[i i] ON [t t](a COLLATE nocase DESC, (c || ',')) WHERE a > ')'",
    "create index i on t(a asc) -- why",
]


@pytest.mark.parametrize("text", INDEXES)
def test_an_index_that_is_read_and_written_is_the_same(text):
    assert str(parse_index(text)) == text


def test_the_parts_of_an_index():
    index = parse_index(INDEXES[1])
    assert (index.name, index.unique, name_of(index.table_token)) == ("i i", True, "t t")


@pytest.mark.parametrize(
    "text",
    [
        "CREATE VIRTUAL TABLE t USING fts5(a)",
        "CREATE TABLE t AS SELECT 1",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TABLE t (a INT",
        "CREATE TABLE t (a DEFAULT 'open)",
        "CREATE TABLE t (a INT \\ b)",
        "DROP TABLE t",
    ],
)
def test_what_is_no_table_text_is_an_error_with_a_hint(text):
    with pytest.raises(OperationError) as found:
        parse_table(text)
    assert found.value.hint


@pytest.mark.parametrize(
    ("expression", "name", "count"),
    [
        ("a > b AND a < 3", "a", 2),
        ("A > 1", "a", 1),
        ('"a" > [a] + `a`', "a", 3),
        ("'a' = b", "a", 0),
        ("lower(lower)", "lower", 1),
        ("CAST(text AS text)", "text", 1),
        ("a COLLATE a", "a", 1),
        ("t.a > 1", "t", 0),
        ("t.a > 1", "a", 1),
        ("x IN (1)", "in", 0),
        ('"in" IN (1)', "in", 1),
        ("a DESC, desc ASC", "desc", 1),
        ("'--' <> desc AND desc LIKE desc AND (desc) desc", "desc", 4),
        ("ä > Ä", "ä", 1),
    ],
)
def test_columns_are_found_in_expressions(expression, name, count):
    assert len(column_places(tokenize(expression), name)) == count


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("INT", "INTEGER"),
        ("CHARINT", "INTEGER"),
        ("VARCHAR(9)", "TEXT"),
        ("", "BLOB"),
        ("DOUBLE PRECISION", "REAL"),
        ("DATETIME", "NUMERIC"),
        ("BOOLEAN", "NUMERIC"),
        ("STRING", "NUMERIC"),
        ("FLOATING POINT", "INTEGER"),
    ],
)
def test_the_affinity_of_a_type_is_sqlites(declared, expected):
    assert affinity(declared) == expected
