"""Batches on real SQLite tables: what each argument and directive does to structure and rows."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from flask_revisions import op
from flask_revisions.errors import NotSupported, OperationError

from .sqlite_tables import Tables

C = sa.Column
CONVENTION = {
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    made = Tables(tmp_path / "stock.db")
    made.sql(
        "CREATE TABLE shop (id INTEGER PRIMARY KEY)",
        "CREATE TABLE stock (id INTEGER PRIMARY KEY, code TEXT, qty INT, shop_id INT REFERENCES shop (id))",
        "INSERT INTO shop VALUES (1)",
        "INSERT INTO stock VALUES (1, 'a', 5, 1), (2, NULL, 6, NULL)",
    )
    return made


def batch(table, block, **options):
    def script():
        with op.batch_alter_table(table, **options) as batch_op:
            block(batch_op)

    return script


# -- columns ---------------------------------------------------------------------------------------


def test_a_new_column_takes_its_place_and_its_default(tables):
    def block(b):
        b.add_column(C("made", sa.DateTime, server_default=sa.func.now(), nullable=False), insert_after="id")
        b.add_column(C("kind", sa.String(3), server_default="x", nullable=False), insert_before="qty")

    tables.run(batch("stock", block))
    assert [row[1] for row in tables.sql("PRAGMA table_info(stock)")] == [
        *("id", "made", "code", "kind", "qty", "shop_id")
    ]
    assert tables.sql("SELECT kind, qty FROM stock WHERE made > '2020'") == [("x", 5), ("x", 6)]


def test_places_that_contradict_each_other_are_an_error(tables):
    with pytest.raises(OperationError, match="cannot be put in the order"):
        tables.run(batch("stock", lambda b: None, recreate="always", partial_reordering=[("id", "qty"), ("qty", "id")]))


def test_a_column_is_moved(tables):
    tables.run(batch("stock", lambda b: b.alter_column("qty", insert_after="id")))
    assert [row[1] for row in tables.sql("PRAGMA table_info(stock)")] == ["id", "qty", "code", "shop_id"]
    assert tables.sql("SELECT * FROM stock")[0] == (1, 5, "a", 1)


def test_a_rename_reaches_everything_that_means_the_column(tables):
    tables.sql(
        "CREATE TABLE child (stock_code TEXT REFERENCES stock (code))",
        "CREATE VIEW codes AS SELECT code FROM stock",
        "CREATE TRIGGER noted AFTER UPDATE OF code ON stock BEGIN SELECT NEW.code; END",
        "CREATE UNIQUE INDEX ix ON stock (code) WHERE code <> ''",
    )

    def block(b):
        b.alter_column("code", new_column_name="label", type_=sa.String(7))
        b.create_check_constraint("ck", "label <> '-'")
        b.create_index("ix_new", ["label", "qty"])

    tables.run(batch("stock", block))
    assert "REFERENCES stock (label)" in tables.text("child")
    assert "SELECT label" in tables.text("codes")
    assert "OF label" in tables.text("noted")
    assert tables.text("ix") == "CREATE UNIQUE INDEX ix ON stock (label) WHERE label <> ''"
    assert "label VARCHAR(7)" in tables.text("stock")
    assert tables.sql("SELECT label FROM codes ORDER BY 1") == [(None,), ("a",)]


def test_two_columns_change_names_with_each_other(tables):
    def block(b):
        b.alter_column("code", new_column_name="other")
        b.alter_column("qty", new_column_name="code")
        b.alter_column("other", new_column_name="qty")

    tables.run(batch("stock", block))
    assert [row[1:3] for row in tables.sql("PRAGMA table_info(stock)")][1:3] == [
        ("qty", "TEXT"),
        ("code", "INT"),
    ]
    assert tables.sql("SELECT qty, code FROM stock") == [("a", 5), (None, 6)]


def test_a_column_is_replaced_by_one_of_its_name(tables):
    tables.sql("CREATE INDEX ix ON stock (qty, code)")

    def block(b):
        b.drop_column("qty")
        b.add_column(C("qty", sa.Text, server_default="none"))

    tables.run(batch("stock", block))
    assert tables.sql("SELECT id, qty FROM stock ORDER BY 1") == [(1, "none"), (2, "none")]
    assert tables.names("index") == ["ix"]


def test_indexes_over_a_dropped_column_go_with_it(tables):
    tables.sql("CREATE INDEX ix ON stock (qty)", "CREATE INDEX ix2 ON stock (lower(code)) WHERE qty > 1")
    tables.sql("CREATE INDEX ix3 ON stock (code)")
    tables.run(lambda: op.drop_column("stock", "qty"))
    assert tables.names("index") == ["ix3"]


def test_an_index_of_a_renamed_table_is_written_as_elsewhere(tables):
    tables.sql(
        'CREATE TABLE "old" (a INTEGER, b INTEGER)', "CREATE INDEX i ON old (a)", "ALTER TABLE old RENAME TO young"
    )
    assert tables.text("i") == 'CREATE INDEX i ON "young" (a)'
    tables.run(batch("young", lambda batch_op: batch_op.drop_column("b")))
    assert tables.text("i") == "CREATE INDEX i ON young (a)"


def test_a_key_column_and_the_key_go_together(tables):
    tables.run(lambda: op.drop_column("stock", "id"))
    assert [row[5] for row in tables.sql("PRAGMA table_info(stock)")] == [0, 0, 0]
    assert tables.sql("SELECT rowid, code FROM stock") == [(1, "a"), (2, None)]


def test_a_computed_column_is_not_altered_into_a_plain_one(tables):
    with pytest.raises(NotSupported, match="a column stays computed, or stays as it is"):
        tables.run(lambda: op.alter_column("stock", "qty", server_default=sa.Computed("id")))


# -- types with a CHECK ----------------------------------------------------------------------------


KIND = sa.Enum("a", "b", name="kind", create_constraint=True)


@pytest.mark.parametrize(
    ("check", "existing_type", "type_", "left"),
    [
        ("CONSTRAINT kind CHECK (code IN ('a', 'b'))", KIND, sa.String(9), 0),
        ("CHECK (code IN ('a', 'b'))", KIND, sa.String(9), 0),
        ("CHECK (code IN ('a', 'b'))", sa.Enum("a", "b", name="kind"), sa.String(9), 0),
        ("CHECK (code IN ('a', 'b'))", None, sa.Enum("a", "c", name="k", create_constraint=True), 1),
        ("CHECK (code IN ('a', 'b'))", None, sa.String(9), 1),
        ("CONSTRAINT kind CHECK (code IN ('a', 'b'))", sa.Enum("a", "b", name="kind"), sa.String(9), 1),
        ("CONSTRAINT mine CHECK (code <> 'x')", KIND, sa.String(9), 1),
        ("CHECK (qty > 1)", None, KIND, 2),
        ("CHECK (qty > 1)", None, sa.Enum("a", "b", name="kind"), 1),
    ],
)
def test_the_check_of_a_type_comes_and_goes_with_it(tables, check, existing_type, type_, left):
    tables.sql(f"CREATE TABLE t (code VARCHAR(1), qty INT, {check})")
    tables.run(lambda: op.alter_column("t", "code", existing_type=existing_type, type_=type_))
    assert tables.text("t").count("CHECK") == left


@pytest.mark.parametrize(("type_", "left"), [(sa.Integer(), 0), (sa.Boolean(), 1)])
def test_the_unnamed_check_of_a_boolean_goes_with_the_type(tables, type_, left):
    tables.sql("CREATE TABLE t (live BOOLEAN, CHECK (live IN (0, 1)))", "INSERT INTO t VALUES (1)")
    tables.run(batch("t", lambda b: b.alter_column("live", type_=type_), recreate="always"))
    assert tables.text("t").count("CHECK") == left


def test_a_flag_without_a_check_keeps_whatever_is_in_it(tables):
    tables.sql("CREATE TABLE t (live BOOLEAN, code TEXT)", "INSERT INTO t VALUES (5, 'a'), (NULL, 'b')")
    tables.run(batch("t", lambda b: b.alter_column("code", nullable=False), recreate="always"))
    assert tables.sql("SELECT live FROM t") == [(5,), (None,)]


def test_the_check_of_a_renamed_flag_has_the_new_name(tables):
    tables.sql("CREATE TABLE t (live BOOLEAN, CONSTRAINT ck CHECK (live IN (0, 1)))")
    flag = sa.Boolean(create_constraint=True, name="ck")
    tables.run(lambda: op.alter_column("t", "live", new_column_name="on", existing_type=flag))
    assert tables.text("t").endswith('("on" BOOLEAN, CONSTRAINT ck CHECK ("on" IN (0, 1)))')


def test_two_columns_of_one_enum_keep_their_checks_apart(tables):
    tables.sql("CREATE TABLE t (a VARCHAR(1), b VARCHAR(1))")
    tables.run(batch("t", lambda b: [b.alter_column(name, type_=KIND) for name in ("a", "b")]))
    tables.run(lambda: op.add_column("t", C("c", KIND)))
    assert tables.text("t").count("CONSTRAINT kind CHECK") == 3
    wider = sa.Enum("a", "b", "c", name="kind", create_constraint=True)
    tables.run(batch("t", lambda b: b.alter_column("b", existing_type=KIND, type_=wider)))
    tables.run(batch("t", lambda b: b.alter_column("a", existing_type=KIND, type_=sa.String(1))))
    assert tables.text("t").count("CONSTRAINT kind CHECK") == 2
    assert "CONSTRAINT kind CHECK (b IN ('a', 'b', 'c'))" in tables.text("t")


# -- constraints -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["plain", 'quo"te', "back`tick", "100%", "two words", "select", ":colon"])
def test_constraints_are_dropped_by_any_name(tables, name):
    def script():
        with op.batch_alter_table("stock") as batch_op:
            batch_op.create_unique_constraint(name, ["code"])
            batch_op.create_check_constraint(f"{name} ck", "qty > 0")

    tables.run(script)
    assert tables.text("stock").count("CONSTRAINT") == 2
    tables.run(lambda: op.drop_constraint(name.upper(), "stock", "unique"))
    assert tables.text("stock").count("CONSTRAINT") == 1
    tables.run(lambda: op.drop_constraint(f"{name} ck", "stock", "check"))
    assert "CONSTRAINT" not in tables.text("stock")


def test_unnamed_constraints_are_found_by_the_convention_and_named_by_it(tables):
    tables.sql("CREATE TABLE t (id INTEGER PRIMARY KEY, a INT UNIQUE, b INT, UNIQUE (b), CHECK (a > b))")
    tables.run(batch("t", lambda b: b.drop_constraint("uq_t_a", type_="unique"), naming_convention=CONVENTION))
    assert tables.text("t").endswith(
        "(id INTEGER CONSTRAINT pk_t PRIMARY KEY, a INT, b INT, CONSTRAINT uq_t_b UNIQUE (b), CHECK (a > b))"
    )
    convention = {"ck": "ck_%(table_name)s_one"}
    tables.run(batch("t", lambda b: b.alter_column("a", nullable=False), naming_convention=convention))
    assert "CONSTRAINT ck_t_one CHECK (a > b)" in tables.text("t")


def test_a_foreign_key_in_a_column_is_dropped_by_the_convention(tables):
    tables.run(
        batch(
            "stock",
            lambda b: b.drop_constraint("fk_stock_shop_id_shop", type_="foreignkey"),
            naming_convention=CONVENTION,
        )
    )
    assert tables.sql("PRAGMA foreign_key_list(stock)") == []
    assert tables.sql("SELECT shop_id FROM stock") == [(1,), (None,)]


def test_names_of_constraints_stay_as_they_are_under_a_convention(tables):
    tables.sql("CREATE TABLE t (a INT, CONSTRAINT mine UNIQUE (a), CONSTRAINT ck_t_c CHECK (a > 0))")
    tables.run(batch("t", lambda b: b.alter_column("a", nullable=False), naming_convention=CONVENTION))
    assert "CONSTRAINT mine UNIQUE (a)" in tables.text("t")
    assert "CONSTRAINT ck_t_c CHECK" in tables.text("t")


def test_a_constraint_without_name_can_be_added_and_not_dropped(tables):
    tables.run(lambda: op.create_unique_constraint(None, "stock", ["code"]))
    assert ", UNIQUE (code)" in tables.text("stock")
    with pytest.raises(OperationError, match="that is to be dropped has no name") as found:
        tables.run(lambda: op.drop_constraint(None, "stock", "unique"))
    assert "naming_convention" in found.value.hint


# -- the arguments of a batch ----------------------------------------------------------------------


def test_autoincrement_comes_and_goes_by_keyword(tables):
    tables.run(batch("stock", lambda b: None, recreate="always", table_kwargs={"sqlite_autoincrement": True}))
    assert "id INTEGER PRIMARY KEY AUTOINCREMENT" in tables.text("stock")
    assert tables.sql("SELECT * FROM sqlite_sequence") == [("stock", 2)]
    tables.run(batch("stock", lambda b: None, recreate="always", table_kwargs={"sqlite_autoincrement": False}))
    assert "AUTOINCREMENT" not in tables.text("stock")
    assert tables.sql("PRAGMA table_info(stock)")[0][1:] == ("id", "INTEGER", 0, None, 1)


def test_a_table_argument_is_not_written_twice(tables):
    tables.sql("CREATE TABLE t (a INT, b INT, CONSTRAINT ck CHECK (a > 0), CHECK (b > 0))")
    given = [
        sa.CheckConstraint("a > 0", name="ck"),
        sa.CheckConstraint("b > 0"),
        sa.UniqueConstraint("a", "b", name="uq"),
        sa.Index("ix", "b"),
    ]
    tables.run(batch("t", lambda b: b.alter_column("a", nullable=False), table_args=given))
    assert tables.text("t").count("CHECK") == 2
    assert "CONSTRAINT uq UNIQUE (a, b)" in tables.text("t")
    assert tables.names("index")[0] == "ix"


def test_a_described_column_takes_the_place_of_the_stored_one(tables):
    tables.sql("CREATE TABLE t (id INTEGER PRIMARY KEY, live BOOLEAN NOT NULL DEFAULT 1 UNIQUE, b INT)")
    flag = sa.Boolean(create_constraint=True, name="ck_live")
    described = [C("live", flag, server_default="0")]
    tables.run(batch("t", lambda b: b.alter_column("b", nullable=False), reflect_args=described))
    assert "live BOOLEAN DEFAULT '0' UNIQUE" in tables.text("t")
    assert "CONSTRAINT ck_live CHECK (live IN (0, 1))" in tables.text("t")
    tables.run(batch("t", lambda b: b.alter_column("live", type_=sa.Integer()), reflect_args=described))
    assert "CHECK" not in tables.text("t")


def test_a_listener_puts_a_column_right(tables):
    told = {}

    def listener(inspector, table, info):
        told[info["name"]] = dict(info)
        if info["name"] == "qty":
            info.update(type=sa.BigInteger(), nullable=False, default="7")

    options = {"reflect_kwargs": {"listeners": [("column_reflect", listener)]}}
    tables.sql("ALTER TABLE stock ADD COLUMN made default  'a  b'")
    tables.run(batch("stock", lambda b: b.alter_column("code", type_=sa.String(5)), **options))
    assert told["made"]["default"] == "'a  b'"
    assert "qty BIGINT DEFAULT 7 NOT NULL" in tables.text("stock")
    assert isinstance(told["id"]["type"], sa.INTEGER)
    assert (told["id"]["primary_key"], told["code"]["default"], told["code"]["nullable"]) == (1, None, True)


def test_a_described_table_keeps_what_the_database_has_besides(tables):
    tables.sql("CREATE INDEX ix ON stock (qty DESC)", "CREATE TRIGGER t AFTER INSERT ON stock BEGIN SELECT 1; END")
    described = sa.Table(
        "stock",
        sa.MetaData(),
        C("id", sa.Integer, primary_key=True),
        C("code", sa.Text),
        C("qty", sa.Integer),
        C("shop_id", sa.Integer, sa.ForeignKey("shop.id", name="fk")),
    )
    tables.run(batch("stock", lambda b: b.drop_constraint("fk"), copy_from=described))
    assert tables.text("ix") == "CREATE INDEX ix ON stock (qty DESC)"
    assert tables.names("trigger") == ["t"]
    assert tables.sql("PRAGMA foreign_key_list(stock)") == []
    assert tables.sql("SELECT * FROM stock") == [(1, "a", 5, 1), (2, None, 6, None)]


def test_the_check_of_a_described_flag_stays_unnamed_where_the_convention_needs_a_name(tables):
    flag = sa.Boolean(create_constraint=True)
    tables.sql("CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, live BOOLEAN, CHECK (live IN (0, 1)))")
    described = sa.Table(
        "t", sa.MetaData(naming_convention=CONVENTION), C("id", sa.Integer, primary_key=True), C("live", flag)
    )
    with pytest.warns(UserWarning, match=r"t\.live"):
        tables.run(batch("t", lambda b: b.alter_column("live", nullable=False), copy_from=described))
    assert "CONSTRAINT pk_t PRIMARY KEY (id), CHECK (live IN (0, 1))" in tables.text("t")


def test_a_table_is_rebuilt_without_rowid_and_strict(tables):
    tables.sql("CREATE TABLE t (code TEXT PRIMARY KEY, qty INT)", "INSERT INTO t VALUES ('a', 1)")
    options = {"sqlite_with_rowid": False, "sqlite_strict": True}
    tables.run(batch("t", lambda b: None, recreate="always", table_kwargs=options))
    assert tables.text("t").endswith("WITHOUT ROWID, STRICT")
    assert tables.sql("SELECT * FROM t") == [("a", 1)]


# -- names and places ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ['a"b', "a%sb", "100%", ":x", "select", "Zähler", "two words", "a'b", "[x]", "x" * 70])
def test_tables_and_columns_may_have_any_name(tables, name):
    described = sa.Table(name, sa.MetaData(), C(f"{name}1", sa.Integer, primary_key=True), C(name, sa.Text, index=True))
    with tables.transaction() as connection:
        described.create(connection)
        connection.execute(described.insert(), [{f"{name}1": 3, name: "it's"}])

    def script():
        with op.batch_alter_table(name) as batch_op:
            batch_op.alter_column(name, type_=sa.String(9), nullable=False, new_column_name=f"{name}2")
            batch_op.create_check_constraint("ck", sa.func.length(sa.column(f"{name}2")) > 0)

    tables.run(script)
    with tables.transaction() as connection:
        found = sa.inspect(connection)
        assert [column["name"] for column in found.get_columns(name)] == [f"{name}1", f"{name}2"]
        assert len(found.get_indexes(name)) == 1
        assert connection.execute(
            sa.text('SELECT * FROM "' + name.replace('"', '""').replace(":", "\\:") + '"')
        ).all() == [(3, "it's")]


def test_a_table_of_an_attached_database_is_rebuilt_there(tables):
    other = Tables(tables.path.with_name("other.db"))
    other.sql(
        "CREATE TABLE stock (id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT)",
        "INSERT INTO stock VALUES (3, 'a')",
    )
    other.sql(
        "CREATE INDEX ix ON stock (code)",
        "CREATE TRIGGER t AFTER INSERT ON stock BEGIN SELECT 1; END",
        "ANALYZE",
    )
    engine = sa.create_engine(f"sqlite:///{tables.path}", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"ATTACH '{other.path}' AS other")
        connection.commit()
        executing_on(
            connection,
            lambda: op.alter_column("stock", "code", type_=sa.String(9), nullable=False, schema="other"),
        )
        connection.commit()
    assert "code VARCHAR(9) NOT NULL" in other.text("stock")
    assert (other.names("index"), other.names("trigger")) == (["ix"], ["t"])
    assert other.sql("SELECT * FROM sqlite_sequence") == [("stock", 3)]
    assert "REFERENCES shop" in tables.text("stock")


def executing_on(connection, function):
    from flask_revisions.operations.executor import executing

    from .sqlite_tables import LiveExecutor

    with executing(LiveExecutor(connection, {})):
        function()


@pytest.mark.parametrize("name", ["nowhere", "codes", "found"])
def test_what_is_no_table_is_an_error(tables, name):
    tables.sql("CREATE VIEW codes AS SELECT code FROM stock", "CREATE VIRTUAL TABLE found USING fts5(code)")
    with pytest.raises(OperationError) as error:
        tables.run(lambda: op.alter_column(name, "code", nullable=False))
    assert name in error.value.message
    assert error.value.hint
