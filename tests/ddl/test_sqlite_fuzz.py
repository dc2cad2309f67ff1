"""Tables put together at random: SQLite itself says whether a text was understood and an edit was right."""

from __future__ import annotations

import sqlite3

import pytest
from flask_revisions.ddl import sqlite_edits as edits
from flask_revisions.ddl.sqlite_parser import parse_table
from flask_revisions.ddl.sqlite_text import TableText
from flask_revisions.ddl.sqlite_tokens import audible, fold, name_of, quote, tokenize

pytest.importorskip("hypothesis")

from hypothesis import given, settings
from hypothesis import strategies as st

from .sqlite_random import tables


def columns(text: str) -> list[tuple[object, ...]]:
    """Return what SQLite reads in a text: name, type, NOT NULL, default, place in the key."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute(text)
        return [row[1:6] for row in connection.execute("PRAGMA table_xinfo(t)")]
    finally:
        connection.close()


def plain(text: str) -> list[str]:
    """Return a text's tokens without comments, quotes and case."""
    return [fold(name_of(token)) for token in audible(tokenize(text))]


def droppable(table: TableText, name: str) -> TableText | None:
    dropped = edits.without_needing(edits.drop_column(table, name), name)
    keyless = table.without_rowid and not edits.key_columns(dropped)
    return None if keyless or edits.checks_over(dropped, name) else dropped


@settings(max_examples=200, deadline=None)
@given(tables())
def test_a_text_is_understood_as_sqlite_understands_it(text):
    table = parse_table(text)
    assert str(table) == text
    found = columns(text)
    assert [column.name for column in table.columns] == [row[0] for row in found]
    assert [bool(row[4]) for row in found] == [
        fold(column.name) in map(fold, edits.key_columns(table)) for column in table.columns
    ]


@settings(max_examples=200, deadline=None)
@given(tables(), st.data())
def test_a_column_is_added_dropped_and_moved(text, data):
    table, before = parse_table(text), columns(text)
    name = data.draw(st.sampled_from([column.name for column in table.columns]))
    added = columns(str(edits.add_column(table, edits.column_from("new TEXT NOT NULL"))))
    assert added == [*before, ("new", "TEXT", 1, None, 0)]
    order = data.draw(st.permutations([column.name for column in table.columns]))
    assert sorted(columns(str(edits.in_order(table, order)))) == sorted(before)
    dropped = droppable(table, name)
    if dropped is not None:
        assert [row[:4] for row in columns(str(dropped))] == [row[:4] for row in before if row[0] != name]


@settings(max_examples=200, deadline=None)
@given(tables(), st.sampled_from(["new", '"new, one"']), st.data())
def test_a_column_is_renamed_as_sqlite_renames_it(text, new, data):
    table = parse_table(text)
    name = data.draw(st.sampled_from([column.name for column in table.columns]))
    connection = sqlite3.connect(":memory:")
    connection.execute(text)
    connection.execute(f"ALTER TABLE t RENAME COLUMN {quote(name)} TO {new}")
    ((expected,),) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 't'").fetchall()
    connection.close()
    assert plain(str(edits.rename_column(table, name, new))) == plain(expected)


@settings(max_examples=200, deadline=None)
@given(tables(), st.data())
def test_the_parts_of_a_column_are_changed(text, data):
    table, before = parse_table(text), columns(text)
    place = data.draw(st.sampled_from(range(len(before))))
    name = table.columns[place].name

    def changed(change):
        found = columns(str(edits.change_column(table, name, change)))
        assert found[:place] + found[place + 1 :] == before[:place] + before[place + 1 :]
        return found[place]

    assert changed(lambda c: edits.with_type(c, edits.column_from("x CHAR(3)")))[1] == "CHAR(3)"
    assert changed(lambda c: edits.not_null(c, True))[2] == 1
    assert changed(lambda c: edits.with_clause(c, edits.clause_from("DEFAULT 'd'")))[3] == "'d'"
    assert changed(lambda c: edits.without_clauses(c, "DEFAULT"))[3] is None
    key = before[place][4] and table.without_rowid
    assert bool(changed(lambda c: edits.not_null(c, False))[2]) == bool(key)
