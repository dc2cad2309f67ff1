"""What a rebuild of a SQLite table keeps, and what it refuses before anything is changed."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask_revisions import op
from flask_revisions.errors import OperationError, RebuildRefused, UnknownColumn, UnknownConstraint
from sqlalchemy.exc import IntegrityError

from .sqlite_tables import Tables

C = sa.Column
SHOP = (
    "CREATE TABLE shop (id INTEGER PRIMARY KEY, town TEXT)",
    "INSERT INTO shop VALUES (1, 'Ghent'), (2, 'Lille')",
)


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return Tables(tmp_path / "stock.db")


def longer(table="stock", column="code", **keywords):
    """A block that can only be a rebuild."""
    with op.batch_alter_table(table, **keywords) as batch_op:
        batch_op.alter_column(column, type_=sa.String(99))


def test_a_rebuild_leaves_nothing_behind_and_the_rows_in_place(tables):
    tables.sql("CREATE TABLE stock (id INTEGER NOT NULL, code VARCHAR(9), PRIMARY KEY (id))")
    tables.sql("INSERT INTO stock VALUES (3, 'a'), (5, NULL)")
    assert tables.run(longer) == [
        "CREATE TABLE _revisions_tmp_stock (id INTEGER NOT NULL, code VARCHAR(99), PRIMARY KEY (id))",
        "INSERT INTO _revisions_tmp_stock (id, code) SELECT stock.id, stock.code FROM stock",
        "DROP TABLE stock",
        "PRAGMA legacy_alter_table=ON",
        "ALTER TABLE _revisions_tmp_stock RENAME TO stock",
        "PRAGMA legacy_alter_table=OFF",
    ]
    assert tables.names("table") == ["stock"]
    assert tables.sql("SELECT * FROM stock") == [(3, "a"), (5, None)]


# -- what the text of a table says -----------------------------------------------------------------


KEPT = [
    "code TEXT COLLATE NOCASE",
    "code TEXT NOT NULL ON CONFLICT REPLACE DEFAULT 'x'",
    "code TEXT UNIQUE ON CONFLICT IGNORE",
    "code TEXT CHECK (length(code) > 0)",
    "code TEXT CHECK (stock.id > 0)",
    "code TEXT DEFAULT '100% :x'",
    "code TEXT DEFAULT 'it''s'",
    "code TEXT DEFAULT (lower('A') || ',b)')",
    "code TEXT REFERENCES shop (town) ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED",
    "code TEXT, twice TEXT GENERATED ALWAYS AS (code || code) STORED",
    'code TEXT, CONSTRAINT own CHECK ("stock".code <> stock . id)',
    "code TEXT, geo WHAT EVER(3, 4)",
    "code TEXT, without_type",
    "code TEXT /* a comment */, other TEXT -- another",
    "code TEXT, UNIQUE (code) ON CONFLICT REPLACE",
    "code TEXT, CHECK (code <> '--')",
    'code TEXT, "q""u" TEXT, CONSTRAINT "na`me" UNIQUE ("q""u")',
    "code TEXT, [x y] INT, `z` INT, CONSTRAINT c CHECK ([x y] < `z`)",
]


@pytest.mark.parametrize("column", KEPT)
def test_what_the_text_says_is_kept(tables, column):
    tables.sql(*SHOP, f"CREATE TABLE stock (id INTEGER PRIMARY KEY, {column}\n)")
    (before,) = tables.sql("SELECT sql FROM sqlite_master WHERE name = 'stock'")
    columns = tables.sql("PRAGMA table_xinfo(stock)")

    def script():
        with op.batch_alter_table("stock", recreate="always"):
            pass

    tables.run(script)
    (after,) = tables.sql("SELECT sql FROM sqlite_master WHERE name = 'stock'")
    unqualified = re.compile(r'"?stock"? ?\. ?')
    assert after[0].replace('TABLE "stock"', "TABLE stock") == unqualified.sub("", before[0])
    assert tables.sql("PRAGMA table_xinfo(stock)") == columns


def test_strict_and_without_rowid_are_kept(tables):
    tables.sql("CREATE TABLE stock (code TEXT PRIMARY KEY, qty INT) STRICT, WITHOUT ROWID")
    tables.sql("INSERT INTO stock VALUES ('a', 1)")
    tables.run(lambda: op.alter_column("stock", "qty", nullable=False))
    assert tables.text("stock").endswith("STRICT, WITHOUT ROWID")
    assert tables.sql("SELECT * FROM stock") == [("a", 1)]


def test_autoincrement_goes_on_where_it_was(tables):
    tables.sql("CREATE TABLE stock (id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT)")
    tables.sql("INSERT INTO stock VALUES (1, 'a'), (900, 'b')", "DELETE FROM stock WHERE id = 900")
    tables.run(longer)
    tables.sql("INSERT INTO stock (code) VALUES ('c')")
    assert tables.sql("SELECT id FROM stock") == [(1,), (901,)]
    assert tables.sql("SELECT * FROM sqlite_sequence") == [("stock", 901)]


def test_autoincrement_goes_on_in_an_empty_table(tables):
    tables.sql("CREATE TABLE stock (id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT)")
    tables.sql("INSERT INTO stock VALUES (41, 'a')", "DELETE FROM stock")
    tables.run(longer)
    tables.sql("INSERT INTO stock (code) VALUES ('c')")
    assert tables.sql("SELECT id FROM stock") == [(42,)]


@pytest.mark.parametrize("shadow", ["code", "rowid", "_rowid_"])
def test_rowids_are_kept_where_no_column_holds_them(tables, shadow):
    tables.sql(f"CREATE TABLE stock ({shadow} TEXT, code2 TEXT)", "INSERT INTO stock VALUES ('a', 'a'), ('b', 'b')")
    tables.sql("DELETE FROM stock WHERE code2 = 'a'")
    tables.run(lambda: longer(column="code2"))
    hidden = "oid"
    assert tables.sql(f"SELECT {hidden}, code2 FROM stock") == [(2, "b")]


# -- what hangs on a table -------------------------------------------------------------------------


def test_indexes_are_made_again_from_their_text(tables):
    made = [
        "CREATE INDEX ix_down ON stock (id DESC, code COLLATE NOCASE)",
        "CREATE UNIQUE INDEX ix_part ON stock (code) WHERE id > 5",
        "CREATE INDEX ix_lower ON stock (lower(code), id)",
        'CREATE INDEX "ix odd" ON stock (code)',
    ]
    tables.sql("CREATE TABLE stock (id INTEGER PRIMARY KEY, code TEXT)", *made)
    tables.run(longer)
    assert [tables.text(name) for name in ("ix_down", "ix_part", "ix_lower", "ix odd")] == made


def test_triggers_are_kept(tables):
    tables.sql("CREATE TABLE stock (id INTEGER PRIMARY KEY, code TEXT)", "CREATE TABLE log (what TEXT)")
    trigger = "CREATE TRIGGER noted AFTER UPDATE OF code ON stock BEGIN INSERT INTO log VALUES (NEW.code); END"
    tables.sql(trigger, "INSERT INTO stock VALUES (1, 'a')")
    tables.run(longer)
    assert tables.text("noted") == trigger
    tables.sql("UPDATE stock SET code = 'b'")
    assert tables.sql("SELECT * FROM log") == [("b",)]


def test_a_rebuild_fires_no_triggers(tables):
    tables.sql("CREATE TABLE stock (id INTEGER PRIMARY KEY, code TEXT)", "CREATE TABLE log (what TEXT)")
    for event in ("INSERT", "DELETE", "UPDATE"):
        tables.sql(f"CREATE TRIGGER t{event} AFTER {event} ON stock BEGIN INSERT INTO log VALUES ('{event}'); END")
    tables.sql("INSERT INTO stock VALUES (1, 'a')", "DELETE FROM log")
    tables.run(longer)
    assert tables.sql("SELECT * FROM log") == []
    assert tables.names("trigger") == ["tDELETE", "tINSERT", "tUPDATE"]


def test_full_text_search_stays_in_step(tables):
    tables.sql("CREATE TABLE stock (id INTEGER PRIMARY KEY, code TEXT)")
    tables.sql("CREATE VIRTUAL TABLE found USING fts5(code, content='stock', content_rowid='id')")
    tables.sql(
        "CREATE TRIGGER ai AFTER INSERT ON stock BEGIN INSERT INTO found (rowid, code) VALUES (NEW.id, NEW.code); END"
    )
    tables.sql("INSERT INTO stock VALUES (4, 'apples')")
    tables.run(longer)
    tables.sql("INSERT INTO stock VALUES (5, 'apples too')")
    assert tables.sql("SELECT rowid, code FROM found WHERE found MATCH 'apples'") == [
        (4, "apples"),
        (5, "apples too"),
    ]


def test_views_and_triggers_elsewhere_go_on_working(tables):
    tables.sql(*SHOP, "CREATE TABLE stock (id INTEGER PRIMARY KEY, code TEXT)")
    tables.sql("CREATE VIEW codes AS SELECT code FROM stock", "CREATE VIEW all_codes AS SELECT * FROM codes")
    tables.sql("CREATE TRIGGER moved AFTER UPDATE ON shop BEGIN UPDATE stock SET code = NEW.town; END")
    tables.sql("INSERT INTO stock VALUES (1, 'a')")
    tables.run(longer)
    tables.sql("UPDATE shop SET town = 'Bonn' WHERE id = 1")
    assert tables.sql("SELECT * FROM all_codes") == [("Bonn",)]


def test_a_view_that_is_broken_already_is_not_in_the_way(tables):
    tables.sql("CREATE TABLE stock (id INTEGER PRIMARY KEY, code TEXT)", "CREATE VIEW v AS SELECT * FROM nowhere")
    tables.run(longer)
    assert "code VARCHAR(99)" in tables.text("stock")


def test_statistics_are_made_again(tables):
    tables.sql("CREATE TABLE stock (id INTEGER PRIMARY KEY, code TEXT)", "CREATE INDEX ix ON stock (code)")
    tables.sql("INSERT INTO stock VALUES (1, 'a'), (2, 'a')", "ANALYZE")
    before = tables.sql("SELECT * FROM sqlite_stat1 ORDER BY 1, 2")
    tables.run(longer)
    assert tables.sql("SELECT * FROM sqlite_stat1 ORDER BY 1, 2") == before != []


def test_what_another_tool_left_behind_is_not_in_the_way(tables):
    tables.sql("CREATE TABLE stock (id INTEGER PRIMARY KEY, code TEXT)", "CREATE TABLE _alembic_tmp_stock (x)")
    tables.sql("CREATE TABLE _REVISIONS_tmp_stock (x)", "CREATE VIEW _revisions_tmp_stock_2 AS SELECT 1")
    tables.run(longer)
    assert tables.names("table") == ["_REVISIONS_tmp_stock", "_alembic_tmp_stock", "stock"]


# -- foreign keys ----------------------------------------------------------------------------------


CHILD = "CREATE TABLE item (id INTEGER PRIMARY KEY, shop_id INTEGER REFERENCES shop (id) {})"
ACTIONS = ["", "ON DELETE CASCADE", "ON DELETE SET NULL", "DEFERRABLE INITIALLY DEFERRED"]


@pytest.mark.parametrize("action", ACTIONS)
def test_rows_that_refer_to_the_table_are_neither_deleted_nor_emptied(tables, action):
    tables.sql(*SHOP, CHILD.format(action), "INSERT INTO item VALUES (7, 1)")
    before = tables.structure()
    with pytest.raises(RebuildRefused, match="rows of item refer to it") as refused:
        tables.run(lambda: longer("shop", "town"), enforced=True)
    assert refused.value.exit_code == 7
    assert tables.structure() == before
    assert tables.sql("SELECT * FROM item") == [(7, 1)]


@pytest.mark.parametrize("action", ACTIONS)
def test_they_are_kept_where_keys_are_not_enforced(tables, action):
    tables.sql(*SHOP, CHILD.format(action), "INSERT INTO item VALUES (7, 1)")
    tables.run(lambda: longer("shop", "town"))
    assert tables.sql("SELECT * FROM item") == [(7, 1)]
    assert tables.sql("PRAGMA foreign_key_check") == []
    assert tables.text("item") == CHILD.format(action)


@pytest.mark.parametrize("row", ["(7, NULL)", None])
def test_a_table_that_nothing_refers_to_is_rebuilt_under_enforcement(tables, row):
    tables.sql(*SHOP, CHILD.format("ON DELETE CASCADE"), *([f"INSERT INTO item VALUES {row}"] if row else []))
    tables.run(lambda: longer("shop", "town"), enforced=True)
    assert "town VARCHAR(99)" in tables.text("shop")
    assert len(tables.sql("SELECT * FROM item")) == (1 if row else 0)
    assert tables.sql("SELECT count(*) FROM shop") == [(2,)]


def test_what_alter_table_can_do_is_done_under_enforcement(tables):
    tables.sql(*SHOP, CHILD.format("ON DELETE CASCADE"), "INSERT INTO item VALUES (7, 1)")

    def script():
        with op.batch_alter_table("shop") as batch_op:
            batch_op.alter_column("id", new_column_name="key")
            batch_op.drop_column("town")

    tables.run(script, enforced=True)
    assert tables.text("shop") == 'CREATE TABLE shop ("key" INTEGER PRIMARY KEY)'
    assert 'REFERENCES shop ("key")' in tables.text("item")
    assert tables.sql("SELECT * FROM item") == [(7, 1)]


@pytest.mark.parametrize("action", ["", "ON DELETE CASCADE", "ON DELETE SET NULL", "DEFERRABLE INITIALLY DEFERRED"])
def test_a_tree_is_rebuilt_under_enforcement(tables, action):
    tables.sql(f"CREATE TABLE tree (id INTEGER PRIMARY KEY, code TEXT, up INTEGER REFERENCES tree (id) {action})")
    tables.sql("INSERT INTO tree VALUES (1, 'a', NULL), (2, 'b', 1), (3, 'c', 2), (4, 'd', 4)")
    rows = tables.sql("SELECT * FROM tree")
    tables.run(lambda: longer("tree"), enforced=True)
    assert tables.sql("SELECT * FROM tree") == rows
    assert tables.sql("PRAGMA foreign_key_list(tree)")[0][2:5] == ("tree", "up", "id")
    with pytest.raises(sqlite3.IntegrityError):
        tables.sql("PRAGMA foreign_keys=ON", "INSERT INTO tree VALUES (9, 'x', 77)")


def test_a_tree_that_restricts_deletion_is_refused_under_enforcement(tables):
    tables.sql("CREATE TABLE tree (id INTEGER PRIMARY KEY, code TEXT, up REFERENCES tree ON DELETE RESTRICT)")
    tables.sql("INSERT INTO tree VALUES (1, 'a', NULL), (2, 'b', 1)")
    with pytest.raises(RebuildRefused, match="rows of tree refer to it"):
        tables.run(lambda: longer("tree"), enforced=True)
    tables.run(lambda: longer("tree"))
    assert tables.sql("SELECT id, up FROM tree") == [(1, None), (2, 1)]


# -- what is refused -------------------------------------------------------------------------------


def drop_code():
    op.drop_column("stock", "code")


def drop_code_in_a_batch():
    with op.batch_alter_table("stock", recreate="always") as batch_op:
        batch_op.drop_column("code")


MENTIONING = [
    "CREATE TRIGGER named AFTER INSERT ON stock BEGIN SELECT NEW.code; END",
    "CREATE TRIGGER named AFTER INSERT ON shop BEGIN UPDATE stock SET code = 'x'; END",
    "CREATE VIEW named AS SELECT id, code FROM stock",
    'CREATE VIEW named AS SELECT "CODE" FROM every',
]


@pytest.mark.parametrize("script", [drop_code, drop_code_in_a_batch])
@pytest.mark.parametrize("mentioning", MENTIONING)
def test_a_column_that_a_trigger_or_view_mentions_is_not_dropped(tables, script, mentioning):
    tables.sql(*SHOP, "CREATE TABLE stock (id INTEGER PRIMARY KEY, code TEXT)")
    tables.sql("CREATE VIEW every AS SELECT * FROM stock", mentioning, "INSERT INTO stock VALUES (1, 'a')")
    before = tables.structure()
    with pytest.raises(RebuildRefused, match="named mentions column code") as refused:
        tables.run(script)
    assert "DROP " in refused.value.hint
    assert tables.structure() == before


def test_a_trigger_that_says_the_word_of_another_table_is_no_obstacle(tables):
    tables.sql(*SHOP, "CREATE TABLE stock (id INTEGER PRIMARY KEY, town TEXT)")
    tables.sql("CREATE TRIGGER elsewhere AFTER UPDATE ON shop BEGIN SELECT NEW.town; END")
    tables.run(lambda: op.drop_column("stock", "town"))
    assert tables.text("stock") == "CREATE TABLE stock (id INTEGER PRIMARY KEY)"


@pytest.mark.parametrize(
    ("declared", "values", "type_"),
    [
        ("TEXT", ["'12 apples'"], sa.Integer()),
        ("TEXT", ["'1'", "'n/a'"], sa.Integer()),
        ("VARCHAR(9)", ["'7.9'"], sa.Integer()),
        ("TEXT", ["'1e400000 x'"], sa.Float()),
        ("TEXT", ["'yes'"], sa.Boolean()),
        ("REAL", ["7.9"], sa.Integer()),
        ("REAL", ["0.1 + 0.2"], sa.Text()),
        ("DATETIME", ["'2020-01-01 10:00:00'"], sa.Integer()),
        ("BLOB", ["x'ff'"], sa.Integer()),
    ],
)
def test_a_type_change_that_would_change_a_value_is_refused(tables, declared, values, type_):
    tables.sql(f"CREATE TABLE stock (id INTEGER PRIMARY KEY, code {declared})")
    tables.sql("INSERT INTO stock (code) VALUES (NULL)", *(f"INSERT INTO stock (code) VALUES ({v})" for v in values))
    rows = tables.sql("SELECT * FROM stock")
    with pytest.raises(RebuildRefused, match="Column code of stock holds values") as refused:
        tables.run(lambda: op.alter_column("stock", "code", type_=type_))
    assert tables.sql("SELECT * FROM stock") == rows
    assert len(tables.sql(refused.value.hint.split("; ")[1].removesuffix(" finds them."))) == 1


@pytest.mark.parametrize(
    ("declared", "value", "type_", "after"),
    [
        ("TEXT", "'12'", sa.Integer(), 12),
        ("TEXT", "' 012 '", sa.Integer(), 12),
        ("TEXT", "'7.50'", sa.Numeric(10, 2), 7.5),
        ("TEXT", "'1'", sa.Boolean(), 1),
        ("INTEGER", "12", sa.Text(), "12"),
        ("REAL", "7.0", sa.Integer(), 7),
        ("REAL", "7.25", sa.String(9), "7.25"),
        ("INTEGER", "12", sa.Float(), 12.0),
        ("TEXT", "'2020-01-01 10:00:00.000000'", sa.DateTime(), "2020-01-01 10:00:00.000000"),
        ("TEXT", "'2020-01-01'", sa.Date(), "2020-01-01"),
        ("DATETIME", "'2020-01-01 10:00:00'", sa.DateTime(timezone=True), "2020-01-01 10:00:00"),
        ("DATETIME", "'2020-01-01 10:00:00'", sa.Text(), "2020-01-01 10:00:00"),
        ("TEXT", "'{\"a\": 1}'", sa.JSON(), '{"a": 1}'),
        ("JSON", "'{\"a\": 1}'", sa.Text(), '{"a": 1}'),
        ("JSON", "'[1]'", sa.Text(), "[1]"),
        ("BLOB", "x'6162'", sa.Text(), "ab"),
        ("TEXT", "'ab'", sa.LargeBinary(), b"ab"),
        ("", "'ab'", sa.Text(), "ab"),
    ],
)
def test_a_type_change_keeps_values(tables, declared, value, type_, after):
    tables.sql(f"CREATE TABLE stock (id INTEGER PRIMARY KEY, code {declared})")
    tables.sql("INSERT INTO stock VALUES (1, NULL)", f"INSERT INTO stock VALUES (2, {value})")
    tables.run(lambda: op.alter_column("stock", "code", type_=type_))
    assert tables.sql("SELECT code FROM stock") == [(None,), (after,)]


def test_null_in_a_column_that_is_to_forbid_it_is_refused(tables):
    tables.sql("CREATE TABLE stock (id INTEGER PRIMARY KEY, code TEXT)", "INSERT INTO stock VALUES (1, NULL)")
    with pytest.raises(OperationError, match="Column code of stock cannot be NOT NULL: it holds NULL"):
        tables.run(lambda: op.alter_column("stock", "code", nullable=False))
    tables.sql("UPDATE stock SET code = 'a'")
    tables.run(lambda: op.alter_column("stock", "code", nullable=False))
    assert tables.text("stock") == 'CREATE TABLE "stock" (id INTEGER PRIMARY KEY, code TEXT NOT NULL)'


def test_rows_that_a_new_constraint_forbids_stop_the_rebuild_and_nothing_is_left_behind(tables):
    tables.sql(
        "CREATE TABLE stock (id INTEGER PRIMARY KEY, code TEXT)",
        "INSERT INTO stock VALUES (1, 'a'), (2, 'a')",
    )
    before = tables.structure()
    with pytest.raises(IntegrityError):
        tables.run(lambda: op.create_unique_constraint("uq_code", "stock", ["code"]))
    assert tables.structure() == before
    tables.sql("DELETE FROM stock WHERE id = 2")
    tables.run(lambda: op.create_unique_constraint("uq_code", "stock", ["code"]))
    assert "CONSTRAINT uq_code UNIQUE (code)" in tables.text("stock")


def test_rows_are_not_left_out_by_a_constraint_that_resolves_conflicts(tables):
    tables.sql(
        "CREATE TABLE stock (id INTEGER PRIMARY KEY, code TEXT)",
        "INSERT INTO stock VALUES (1, 'a'), (2, 'a')",
    )
    with pytest.raises(IntegrityError):
        tables.run(lambda: op.create_unique_constraint("uq", "stock", ["code"], sqlite_on_conflict="REPLACE"))
    assert tables.sql("SELECT count(*) FROM stock") == [(2,)]


def test_a_check_over_a_dropped_column_and_another_is_refused(tables):
    tables.sql("CREATE TABLE stock (a INT, b INT, c INT CHECK (c > 0), CONSTRAINT ck CHECK (a < b))")
    with pytest.raises(RebuildRefused, match="a CHECK ck needs it: CONSTRAINT ck CHECK"):
        tables.run(lambda: op.drop_column("stock", "a"))

    def script():
        with op.batch_alter_table("stock") as batch_op:
            batch_op.drop_column("a")
            batch_op.drop_constraint("ck")

    tables.run(script)
    assert tables.text("stock") == 'CREATE TABLE "stock" (b INT, c INT CHECK (c > 0))'


def test_a_column_that_a_generated_one_needs_is_not_dropped(tables):
    tables.sql("CREATE TABLE stock (a INT, b INT, c INT AS (a + 1))")
    with pytest.raises(RebuildRefused, match="a generated column needs it"):
        tables.run(lambda: op.drop_column("stock", "a"))


def test_a_description_that_lacks_a_column_is_refused(tables):
    tables.sql("CREATE TABLE stock (id INTEGER NOT NULL PRIMARY KEY, code TEXT, qty INT)")
    described = sa.Table("stock", sa.MetaData(), C("id", sa.Integer, primary_key=True), C("code", sa.Text))
    with pytest.raises(RebuildRefused, match="copy_from lacks column qty of stock"):
        tables.run(lambda: longer(copy_from=described))


def test_unknown_names_are_errors_that_a_script_may_catch(tables):
    tables.sql(
        "CREATE TABLE stock (id INTEGER PRIMARY KEY, code TEXT UNIQUE)",
        "CREATE INDEX ix_code ON stock (code)",
    )
    with pytest.raises(UnknownConstraint, match="Table stock has no constraint nope"):
        tables.run(lambda: op.drop_constraint("nope", "stock"))
    with pytest.raises(UnknownConstraint) as found:
        tables.run(lambda: op.drop_constraint("ix_code", "stock", "unique"))
    assert "op.drop_index('ix_code')" in found.value.hint
    with pytest.raises(UnknownColumn, match=r"^Table stock has no column nope\.$"):
        tables.run(lambda: op.drop_column("stock", "nope"))
    assert issubclass(UnknownConstraint, ValueError)
    assert issubclass(UnknownColumn, KeyError)
