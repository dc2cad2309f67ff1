"""CREATE TABLE texts put together at random, for tests that ask SQLite whether something was right."""

from __future__ import annotations

import pytest

pytest.importorskip("hypothesis")

from hypothesis import strategies as st

NAMES = [
    "a",
    "B",
    "key",
    "desc",
    '"order"',
    '"q""u"',
    "[x y]",
    "`b``t`",
    "çä",
    "_1",
    '"a,b)"',
    "text",
    '"--"',
]
TYPES = ["", "INTEGER", "INT", "TEXT", "VARCHAR(10, 2)", "DOUBLE PRECISION", "BLOB", "BOOLEAN", '"odd type"']
FREE = [
    "NOT NULL",
    "NULL",
    "NOT NULL ON CONFLICT IGNORE",
    "CONSTRAINT u UNIQUE",
    "UNIQUE ON CONFLICT REPLACE",
    "DEFAULT -1",
    "DEFAULT 'it''s, ok)'",
    "DEFAULT (1 + (2))",
    "DEFAULT x'00'",
    "DEFAULT CURRENT_TIMESTAMP",
    "COLLATE NOCASE",
    "CONSTRAINT \"c k\" CHECK ('--' <> {own})",
    "CONSTRAINT {own} CHECK ({own} IN (1, 'b, (c'))",
    'DEFAULT "text"',
    "REFERENCES o",
    "CONSTRAINT f REFERENCES o (id) ON DELETE SET NULL ON UPDATE CASCADE",
    "REFERENCES t ({first}) DEFERRABLE INITIALLY DEFERRED",
]
LISTED = [
    "UNIQUE ({first}) ON CONFLICT REPLACE",
    "CONSTRAINT uq UNIQUE ({last}, {first} COLLATE nocase)",
    "FOREIGN KEY ({last}) REFERENCES o (id) NOT DEFERRABLE",
    "CONSTRAINT fk FOREIGN KEY ({first}, {last}) REFERENCES t ({last}, {first}) ON DELETE CASCADE",
    "CHECK ({first} <> {last} OR lower({first}) = '{first}')",
    "CONSTRAINT ck CHECK ({last} IS NOT 'x' -- ) why\n)",
]
SPACES = [" ", "\n\t", " /* a, (b */ ", " -- a, (b\n", "\n  "]


@st.composite
def tables(draw: st.DrawFn) -> str:
    """Draw a CREATE TABLE text of a table `t` with at least two columns."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=6, unique_by=str.lower))
    space = st.sampled_from(SPACES)
    items = []
    for name in names:
        clauses = draw(st.lists(st.sampled_from(FREE), max_size=3, unique_by=lambda text: text.split()[0]))
        words = [name, draw(st.sampled_from(TYPES)), *clauses]
        text = "".join(word + draw(space) for word in words if word).strip(" \t")
        items.append(text.format(own=name, first=names[0], last=names[-1]))
    if draw(st.booleans()):
        items.append(f"PRIMARY KEY ({names[0]})")
    for text in draw(st.lists(st.sampled_from(LISTED), max_size=3, unique=True)):
        items.append(text.format(first=names[0], last=names[-1]))
    options = draw(st.sampled_from(["", "", " WITHOUT ROWID" if "PRIMARY" in items[-1] else ""]))
    return "CREATE TABLE t (" + ("," + draw(space)).join(items) + draw(space) + ")" + options
