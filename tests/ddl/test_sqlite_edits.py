"""Edits of a CREATE TABLE text: each changes what it must and nothing else."""

from __future__ import annotations

import pytest
from flask_revisions.ddl import sqlite_edits as edits
from flask_revisions.ddl.sqlite_parser import parse_index, parse_table
from flask_revisions.ddl.sqlite_tokens import write

TEXT = """CREATE TABLE stock (
  id INTEGER PRIMARY KEY, -- the key
  "code" TEXT COLLATE NOCASE NOT NULL DEFAULT 'code' CHECK (code <> 'code'), /* what it says */
  up INT REFERENCES stock (id),
  other INT REFERENCES "o" (id),
  twice AS ("code" || [code]),
  CONSTRAINT uq UNIQUE (code, up),
  FOREIGN KEY (up, other) REFERENCES stock (up, code),
  CONSTRAINT code CHECK (length(code) > id)
)"""


def stock():
    return parse_table(TEXT)


def test_a_new_column_stands_behind_the_others():
    changed = edits.add_column(stock(), edits.column_from("qty INT"))
    assert str(changed) == TEXT.replace("[code]),\n", "[code]),\n  qty INT,\n")


def test_a_new_constraint_with_a_name_stands_before_those_without():
    changed = edits.add_constraint(stock(), edits.constraint_from("CONSTRAINT ck CHECK (id)"))
    assert str(changed) == TEXT.replace("(code, up),\n", "(code, up),\n  CONSTRAINT ck CHECK (id),\n")
    changed = edits.add_constraint(stock(), edits.constraint_from("UNIQUE (id)"))
    assert str(changed) == TEXT.replace("> id)\n", "> id),\n  UNIQUE (id)\n")


def test_a_new_column_behind_a_line_comment_is_no_part_of_it():
    table = parse_table("CREATE TABLE t (a -- last\n)")
    assert str(edits.add_column(table, edits.column_from("b INT"))) == "CREATE TABLE t (a, -- last\n b INT)"


def test_a_column_is_renamed_wherever_it_is_meant():
    assert str(edits.rename_column(stock(), "CODE", '"a b"')) == (
        TEXT.replace('"code" TEXT', '"a b" TEXT')
        .replace("CHECK (code <>", 'CHECK ("a b" <>')
        .replace('("code" || [code])', '("a b" || "a b")')
        .replace("UNIQUE (code,", 'UNIQUE ("a b",')
        .replace("(up, code)", '(up, "a b")')
        .replace("length(code)", 'length("a b")')
    )


def test_a_key_of_another_table_is_not_renamed():
    changed = str(edits.rename_column(stock(), "id", "key"))
    assert 'REFERENCES "o" (id)' in changed
    assert "REFERENCES stock (key)" in changed
    assert "> key)" in changed


def test_a_column_goes_with_its_comment_and_what_needs_it_goes_when_told():
    changed = edits.drop_column(stock(), "other")
    assert "other INT" not in str(changed)
    assert "FOREIGN KEY (up, other)" in str(changed)
    changed = edits.without_needing(changed, "other")
    assert "FOREIGN KEY" not in str(changed)
    assert "/* what it says */" in str(changed)
    assert "the key" not in str(edits.drop_column(stock(), "id"))


def test_checks_over_several_columns_are_told():
    changed = edits.without_needing(edits.drop_column(stock(), "id"), "id")
    assert [write(clause.tokens) for clause in edits.checks_over(changed, "id")] == [
        "CONSTRAINT code CHECK (length(code) > id)"
    ]


CODE = "code VARCHAR(9) COLLATE NOCASE CHECK (code)"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda c: edits.with_type(c, edits.column_from("x INT")), "code INT COLLATE NOCASE CHECK (code)"),
        (
            lambda c: edits.with_type(c, edits.column_from("x TEXT COLLATE rtrim")),
            "code TEXT COLLATE rtrim CHECK (code)",
        ),
        (lambda c: edits.not_null(c, True), "code VARCHAR(9) COLLATE NOCASE NOT NULL CHECK (code)"),
        (lambda c: edits.not_null(c, False), CODE),
        (
            lambda c: edits.with_clause(edits.not_null(c, True), edits.clause_from("DEFAULT 'x'")),
            "code VARCHAR(9) COLLATE NOCASE DEFAULT 'x' NOT NULL CHECK (code)",
        ),
        (
            lambda c: edits.not_null(edits.with_clause(c, edits.clause_from("DEFAULT (1)")), True),
            "code VARCHAR(9) COLLATE NOCASE DEFAULT (1) NOT NULL CHECK (code)",
        ),
        (lambda c: edits.without_clauses(c, "COLLATE", "CHECK"), "code VARCHAR(9)"),
    ],
)
def test_the_parts_of_a_column_change_one_by_one(change, expected):
    table = parse_table(f"CREATE TABLE t (a, {CODE}, b)")
    assert str(edits.change_column(table, "CODE", change)) == f"CREATE TABLE t (a, {expected}, b)"


def test_null_makes_room_for_not_null():
    table = parse_table("CREATE TABLE t (a INT NULL, b INT NOT NULL)")
    changed = edits.change_column(table, "a", lambda c: edits.not_null(c, True))
    changed = edits.change_column(changed, "b", lambda c: edits.not_null(c, False))
    assert str(changed) == "CREATE TABLE t (a INT NOT NULL, b INT)"


def test_columns_are_put_in_order_with_their_comments():
    table = parse_table("CREATE TABLE t (a INT, -- of a\n b INT, c INT, UNIQUE (a))")
    changed = edits.in_order(table, ["c", "b", "a"])
    assert str(changed) == "CREATE TABLE t (c INT, b INT, a INT, -- of a\n UNIQUE (a))"


def test_a_constraint_gets_a_name():
    table = parse_table("CREATE TABLE t (a INT /* key */ PRIMARY KEY, UNIQUE (a))")
    changed = edits.map_clauses(table, lambda column, clause: edits.named(clause, '"n n"'))
    assert str(changed) == (
        'CREATE TABLE t (a INT /* key */ CONSTRAINT "n n" PRIMARY KEY, CONSTRAINT "n n" UNIQUE (a))'
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("a INTEGER PRIMARY KEY", "a"),
        ("a integer, PRIMARY KEY (A)", "a"),
        ("a INTEGER PRIMARY KEY DESC", None),
        ("a INTEGER, PRIMARY KEY (a DESC)", "a"),
        ("a INT PRIMARY KEY", None),
        ("a INTEGER, b, PRIMARY KEY (a, b)", None),
        ("a INTEGER", None),
    ],
)
def test_the_column_that_holds_the_rowid_is_found(body, expected):
    assert edits.rowid_column(parse_table(f"CREATE TABLE t ({body})")) == expected


def test_foreign_keys_of_a_table_to_itself_can_go_elsewhere():
    changed = str(edits.refer_to(stock(), "STOCK", '"new one"'))
    assert changed == TEXT.replace("REFERENCES stock", 'REFERENCES "new one"')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "CREATE INDEX i ON t (code, lower(code)) WHERE code > 1",
            "CREATE INDEX i ON t (x, lower(x)) WHERE x > 1",
        ),
        ("CREATE INDEX code ON code (a)", "CREATE INDEX code ON code (a)"),
    ],
)
def test_a_column_is_renamed_in_an_index(text, expected):
    index = parse_index(text)
    assert str(edits.rename_in_index(index, "code", "x")) == expected
    assert edits.index_uses(index, "code") == (text != expected)


def test_options_come_behind_the_parenthesis():
    table = edits.with_option(parse_table("CREATE TABLE t (a)"), "WITHOUT ROWID")
    assert str(edits.with_option(table, "STRICT")) == "CREATE TABLE t (a) WITHOUT ROWID, STRICT"
    assert edits.with_option(table, "WITHOUT ROWID") == table
