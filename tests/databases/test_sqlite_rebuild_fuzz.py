"""Tables put together at random are rebuilt, and are what they were."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from flask_revisions import op
from flask_revisions.ddl.sqlite_tokens import fold, quote

pytest.importorskip("hypothesis")

from hypothesis import given, settings
from hypothesis import strategies as st

from ..ddl.sqlite_random import tables as texts
from .sqlite_tables import Tables

VALUES = st.sampled_from(["NULL", "1", "-2.5", "'b, (c'", "'x'", "x'00'", "'12'"])


@settings(max_examples=60, deadline=None)
@given(texts(), st.data())
def test_a_rebuilt_table_is_what_it_was(text, data):
    with tempfile.TemporaryDirectory() as folder:
        tables = Tables(Path(folder) / "t.db")
        tables.sql(text)
        names = [row[1] for row in tables.sql("PRAGMA table_xinfo(t)")]
        for _ in range(3):
            values = ", ".join(data.draw(VALUES) for _ in names)
            with suppress(sqlite3.IntegrityError):  # a text for an integer key
                tables.sql(f"INSERT OR IGNORE INTO t VALUES ({values})")
        tables.sql(f"CREATE INDEX ix ON t ({quote(names[0])} DESC)")
        before = known(tables)

        def script():
            with op.batch_alter_table("t", recreate="always"):
                pass

        tables.run(script)
        assert known(tables) == before


def known(tables: Tables) -> list[object]:
    """Return what SQLite knows of the table, and its rows."""
    hidden = "" if "WITHOUT ROWID" in tables.text("t") else "rowid, "
    keys = {row[2:] for row in tables.sql("PRAGMA foreign_key_list(t)")}
    indexes = sorted(row[2:] for row in tables.sql("PRAGMA index_list(t)"))
    return [
        tables.sql("PRAGMA table_xinfo(t)"),
        keys,
        indexes,
        tables.text("ix"),
        tables.sql(f"SELECT {hidden}* FROM t ORDER BY 1, 2"),
        fold(tables.text("t")).count("check"),
    ]
