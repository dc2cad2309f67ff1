"""Each thing that a SQLite table can have, with rows, changed by ALTER TABLE and by a rebuild, there and back."""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask_revisions import Revisions
from sqlalchemy.pool import NullPool

from ..projects import Project

CHILD = "CREATE TABLE item (id INTEGER PRIMARY KEY, stock_id INTEGER REFERENCES stock (id) {})"
CHILDREN = "INSERT INTO item VALUES (1, 3), (2, 5), (3, NULL)"
ROWS = "INSERT INTO stock (id, code, qty) VALUES (3, 'a', 1), (5, 'B', 2), (9, NULL, NULL)"
PLAIN = "CREATE TABLE stock (id INTEGER PRIMARY KEY, code VARCHAR(9), qty INTEGER{})"

FEATURES: dict[str, tuple[str, ...]] = {
    "rows": (PLAIN.format(""), ROWS),
    "child rows that cascade": (PLAIN.format(""), CHILD.format("ON DELETE CASCADE"), ROWS, CHILDREN),
    "child rows that are emptied": (PLAIN.format(""), CHILD.format("ON DELETE SET NULL"), ROWS, CHILDREN),
    "child rows that restrict": (PLAIN.format(""), CHILD.format("ON DELETE RESTRICT"), ROWS, CHILDREN),
    "child rows that wait": (PLAIN.format(""), CHILD.format("DEFERRABLE INITIALLY DEFERRED"), ROWS, CHILDREN),
    "a reference to itself": (
        PLAIN.format(", up INTEGER REFERENCES stock (id) ON DELETE CASCADE"),
        ROWS,
        "UPDATE stock SET up = 3 WHERE id <> 3",
    ),
    "rowids": ("CREATE TABLE stock (id TEXT, code VARCHAR(9), qty INT)", ROWS, "DELETE FROM stock WHERE id = '3'"),
    "triggers": (
        PLAIN.format(""),
        "CREATE TABLE log (what TEXT)",
        *(
            f"CREATE TRIGGER t{event} AFTER {event} ON stock BEGIN INSERT INTO log VALUES ('{event}'); END"
            for event in ("INSERT", "UPDATE", "DELETE")
        ),
        ROWS,
    ),
    "a trigger elsewhere": (
        PLAIN.format(""),
        "CREATE TABLE log (what TEXT)",
        "CREATE TRIGGER t AFTER INSERT ON log BEGIN UPDATE stock SET qty = qty + 1; END",
        ROWS,
    ),
    "views": (
        PLAIN.format(""),
        "CREATE VIEW full AS SELECT id, qty FROM stock",
        "CREATE VIEW again AS SELECT * FROM full",
        ROWS,
    ),
    "indexes": (
        PLAIN.format(""),
        "CREATE INDEX ix_part ON stock (qty) WHERE qty > 0",
        "CREATE UNIQUE INDEX ix_lower ON stock (lower(code), id DESC)",
        "CREATE INDEX ix_nocase ON stock (code COLLATE NOCASE DESC)",
        ROWS,
    ),
    "checks": (PLAIN.format(" CHECK (qty <> -1), CONSTRAINT named CHECK (length(code) < 90), CHECK (id > 0)"), ROWS),
    "collations": ("CREATE TABLE stock (id INTEGER PRIMARY KEY, code VARCHAR(9) COLLATE NOCASE UNIQUE, qty INT)", ROWS),
    "conflict clauses": (
        "CREATE TABLE stock (id INTEGER PRIMARY KEY ON CONFLICT REPLACE, code VARCHAR(9), qty INT, "
        "UNIQUE (qty) ON CONFLICT IGNORE)",
        ROWS,
    ),
    "generated columns": (PLAIN.format(", twice INT AS (qty * 2) STORED, half AS (qty / 2)"), ROWS),
    "autoincrement": (
        "CREATE TABLE stock (id INTEGER PRIMARY KEY AUTOINCREMENT, code VARCHAR(9), qty INT)",
        ROWS,
        "DELETE FROM stock WHERE id = 9",
    ),
    "strict": ("CREATE TABLE stock (id INTEGER PRIMARY KEY, code TEXT, qty INTEGER) STRICT", ROWS),
    "without rowid": (
        "CREATE TABLE stock (id INTEGER, code VARCHAR(9), qty INTEGER, PRIMARY KEY (id DESC)) WITHOUT ROWID",
        ROWS,
    ),
    "defaults": (
        "CREATE TABLE stock (id INTEGER PRIMARY KEY, code VARCHAR(9), qty INTEGER, "
        "d TEXT DEFAULT (lower('A%') || ':x'), e TEXT DEFAULT '100% :y', f TEXT DEFAULT (strftime('%Y', 'now')))",
        ROWS,
        "UPDATE stock SET f = 1",
    ),
    "unknown types": (PLAIN.format(", geo POINT Z(4), without_type, odd DOUBLE DOUBLE (1, 2)"), ROWS),
    "comments": (
        "CREATE TABLE stock ( -- goods\n id INTEGER PRIMARY KEY, /* c */ code VARCHAR(9), qty INT -- n\n)",
        ROWS,
    ),
    "foreign keys of its own": (
        "CREATE TABLE shop (id INTEGER PRIMARY KEY, town TEXT, UNIQUE (town, id))",
        PLAIN.format(
            ", shop_id INT, town TEXT, FOREIGN KEY (town, shop_id) REFERENCES shop (town, id) "
            "ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED"
        ),
        "INSERT INTO shop VALUES (1, 'Ghent')",
        ROWS,
        "UPDATE stock SET shop_id = 1, town = 'Ghent' WHERE id = 3",
    ),
    "full text search": (
        PLAIN.format(""),
        "CREATE VIRTUAL TABLE found USING fts5(code, content='stock', content_rowid='id')",
        "CREATE TRIGGER ai AFTER INSERT ON stock BEGIN INSERT INTO found (rowid, code) VALUES (new.id, new.code); END",
        ROWS,
    ),
    "rows that refer to nothing": (PLAIN.format(""), CHILD.format(""), "INSERT INTO item VALUES (1, 77)", ROWS),
}

NATIVE = (
    'op.add_column("stock", sa.Column("extra", sa.Text))\nop.alter_column("stock", "qty", new_column_name="count")',
    'op.alter_column("stock", "count", new_column_name="qty")\nop.drop_column("stock", "extra")',
)
REBUILD = (
    'op.create_check_constraint("ck_new", "stock", "qty <> -77")\n'
    'with op.batch_alter_table("stock") as b:\n    b.alter_column("qty", server_default="4")',
    'with op.batch_alter_table("stock") as b:\n    b.alter_column("qty", server_default=None)\n'
    '    b.drop_constraint("ck_new", type_="check")',
)

MODERN = pytest.mark.skipif(sys.version_info < (3, 12), reason="autocommit= is new in Python 3.12")
MODES: dict[str, dict[str, Any]] = {
    "isolation_level None": {"connect_args": {"isolation_level": None}},
    "isolation_level EXCLUSIVE": {"connect_args": {"isolation_level": "EXCLUSIVE"}},
    "AUTOCOMMIT of SQLAlchemy": {"isolation_level": "AUTOCOMMIT"},
    "autocommit=True": {"connect_args": {"autocommit": True}},
    "autocommit=False": {"connect_args": {"autocommit": False}},
}


class Place:
    """A project, its database file, and all that is in that."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "app.db"
        self.project = Project(folder, f"sqlite:///{self.path}")

    def sql(self, *statements: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = []
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            for statement in statements:
                rows = connection.execute(statement).fetchall()
        return rows

    def revisions(self, *, enforced: bool, **options: Any) -> Revisions:
        app = self.project.app({"SQLALCHEMY_ENGINE_OPTIONS": {"poolclass": NullPool, **options}})
        with app.app_context():
            engine = app.extensions["sqlalchemy"].engine

        @sa.event.listens_for(engine, "connect")
        def connect(connection: Any, record: Any) -> None:
            before, level = getattr(connection, "autocommit", None), connection.isolation_level
            if before is False:
                connection.autocommit = True  # within its transaction the line has no effect
            connection.execute(f"PRAGMA foreign_keys={'ON' if enforced else 'OFF'}")
            connection.isolation_level = level
            if before is False:
                connection.autocommit = before

        revisions: Revisions = app.extensions["revisions"].revisions
        return revisions

    def everything(self) -> dict[str, Any]:
        """Return the rows with their rowids, the texts without needless quotes, counters and dangling rows."""
        ours = ("alembic_version", "revision_log", "revision_journal", "sqlite_sequence")
        listed = self.sql("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2")
        found: dict[str, Any] = {"dangling": sorted(self.sql("PRAGMA foreign_key_check"), key=str)}
        for kind, name, table, text in listed:
            if table in ours or name.startswith("found_"):
                continue
            found[f"{kind} {name}"] = re.sub(r'"(\w+)"', r"\1", text or "")
            if kind == "table":
                rowid = "" if "WITHOUT ROWID" in text else "rowid, "
                found[f"rows of {name}"] = self.sql(f"SELECT {rowid}* FROM {name} ORDER BY 1")
                found[f"keys of {name}"] = self.sql(f"PRAGMA foreign_key_list({name})")
                found[f"columns of {name}"] = self.sql(f"PRAGMA table_xinfo({name})")
        if ("table", "sqlite_sequence") in [row[:2] for row in listed]:
            found["counters"] = self.sql("SELECT * FROM sqlite_sequence WHERE name NOT LIKE 'revision%' ORDER BY 1")
        return found


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.chdir(tmp_path)
    made = Place(tmp_path)
    yield made
    made.project.close()


def others(found: dict[str, Any]) -> dict[str, Any]:
    """Return all but the table stock, which is changed."""
    return {name: value for name, value in found.items() if not name.endswith(" stock")}


def there_and_back(place: Place, **options: Any) -> None:
    place.project.script("a1", None, *NATIVE)
    place.project.script("b2", None, *REBUILD)
    before = place.everything()
    rows = place.sql("SELECT id, code FROM stock")
    revisions = place.revisions(**options)
    for id in ("a1", "b2"):
        revisions.upgrade(id)
        between = place.everything()
        assert between != before
        assert id == "a1" or others(between) == others(before)  # ALTER TABLE renames in triggers and views, too
        assert place.sql("SELECT id, code FROM stock") == rows
        revisions.downgrade("base")
        assert place.everything() == before


@pytest.mark.filterwarnings("ignore:1 row of item refers to nothing")
@pytest.mark.parametrize("enforced", [True, False])
@pytest.mark.parametrize("feature", FEATURES)
def test_nothing_is_lost(place: Place, feature: str, enforced: bool) -> None:
    place.sql(*FEATURES[feature])
    there_and_back(place, enforced=enforced)


@pytest.mark.parametrize("enforced", [True, False])
@pytest.mark.parametrize("mode", [pytest.param(n, marks=MODERN if "autocommit=" in n else ()) for n in MODES])
def test_nothing_is_lost_in_any_mode_of_the_driver(place: Place, mode: str, enforced: bool) -> None:
    place.sql(*FEATURES["child rows that cascade"], "CREATE TABLE log (id INTEGER PRIMARY KEY, what TEXT)")
    place.sql("CREATE TRIGGER t AFTER DELETE ON item BEGIN INSERT INTO log (what) VALUES ('gone'); END")
    there_and_back(place, enforced=enforced, **MODES[mode])


SWITCHES = hasattr(sqlite3.Connection, "setconfig")
DELETES = 'op.execute("DELETE FROM stock WHERE id = 3")\n'


def test_data_statements_beside_a_rebuild_cascade_or_are_refused(place: Place) -> None:
    place.sql(*FEATURES["child rows that cascade"])
    place.project.script("a1", None, DELETES + REBUILD[0])
    revisions = place.revisions(enforced=True)
    if SWITCHES:
        revisions.upgrade()
        assert place.sql("SELECT id FROM item") == [(2,), (3,)]
    else:
        before = place.everything()
        with pytest.raises(Exception, match="1 row of item refers to nothing in stock") as refused:
            revisions.upgrade()
        assert "a revision of its own" in refused.value.hint
        assert place.everything() == before


def test_a_foreign_key_that_rows_break_is_refused(place: Place) -> None:
    place.sql(PLAIN.format(""), "CREATE TABLE shop (id INTEGER PRIMARY KEY)", ROWS)
    place.project.script("a1", None, 'op.create_foreign_key("fk", "stock", "shop", ["qty"], ["id"])')
    before = place.everything()
    with pytest.raises(Exception, match="2 rows of stock refer to nothing in shop"):
        place.revisions(enforced=True).upgrade()
    assert place.everything() == before


def test_rows_that_referred_to_nothing_before_are_told_and_kept(place: Place) -> None:
    place.sql(*FEATURES["rows that refer to nothing"])
    place.project.script("a1", None, *REBUILD)
    with pytest.warns(UserWarning, match="1 row of item refers to nothing in stock, as before"):
        place.revisions(enforced=True).upgrade()
    assert place.sql("SELECT * FROM item") == [(1, 77)]


def test_enforcement_is_back_after_a_rebuild_that_failed(place: Place) -> None:
    place.sql(*FEATURES["child rows that cascade"])
    fails = (
        "try:\n    with op.get_bind().begin_nested():\n"
        '        op.create_unique_constraint("uq", "stock", ["qty"], sqlite_on_conflict="FAIL")\n'
        '        op.create_check_constraint("ck", "stock", "qty > 1")\n'
        "except sa.exc.IntegrityError:\n    pass\n"
        "assert op.get_bind().exec_driver_sql('PRAGMA foreign_keys').scalar() == {}\n"
    )
    place.project.script("a1", None, fails.format(int(SWITCHES)))
    before = place.everything()
    place.revisions(enforced=True).upgrade()
    assert place.everything() == before
