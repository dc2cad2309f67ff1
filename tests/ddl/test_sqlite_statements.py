"""Which statements an operation becomes on SQLite: ALTER TABLE, a rebuild, or none."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask_revisions import op
from flask_revisions.errors import NotKnowable, NotSupported, OperationError

from .sqlite_sql import Stored, statements

C = sa.Column
STOCK = "CREATE TABLE stock (id INTEGER PRIMARY KEY, code TEXT, qty INT CHECK (qty > 0), UNIQUE (code))"
SHOP = "CREATE TABLE shop (id INTEGER PRIMARY KEY)"


def batch(block, **options):
    def function():
        with op.batch_alter_table("stock", **options) as batch_op:
            block(batch_op)

    return function


def rebuilt(sent):
    return any(text.startswith("DROP TABLE") for text in sent)


NATIVE = [
    (lambda: op.rename_table("stock", "goods", schema="erp"), ["ALTER TABLE erp.stock RENAME TO goods"]),
    (lambda: op.add_column("stock", C("new", sa.Integer)), ["ALTER TABLE stock ADD COLUMN new INTEGER"]),
    (
        lambda: op.add_column("stock", C("new", sa.String(9), server_default="it's", nullable=False)),
        ["ALTER TABLE stock ADD COLUMN new VARCHAR(9) DEFAULT 'it''s' NOT NULL"],
    ),
    (
        lambda: op.add_column(
            "stock", C("new", sa.Integer, sa.CheckConstraint("new > 5"), server_default=sa.text("6"))
        ),
        ["ALTER TABLE stock ADD COLUMN new INTEGER DEFAULT 6 CHECK (new > 5)"],
    ),
    (
        lambda: op.add_column("stock", C("new", sa.Integer, sa.ForeignKey("shop.id", name="fk", ondelete="CASCADE"))),
        ["ALTER TABLE stock ADD COLUMN new INTEGER CONSTRAINT fk REFERENCES shop (id) ON DELETE CASCADE"],
    ),
    (
        lambda: op.add_column("stock", C("new", sa.Boolean(create_constraint=True, name="ck"))),
        ["ALTER TABLE stock ADD COLUMN new BOOLEAN CONSTRAINT ck CHECK (new IN (0, 1))"],
    ),
    (
        lambda: op.add_column("stock", C("new", sa.Integer, index=True)),
        ["ALTER TABLE stock ADD COLUMN new INTEGER", "CREATE INDEX ix_stock_new ON stock (new)"],
    ),
    (
        lambda: op.add_column("stock", C("new", sa.Integer, sa.Computed("id + 1"), comment="why")),
        ["ALTER TABLE stock ADD COLUMN new INTEGER GENERATED ALWAYS AS (id + 1)"],
    ),
    (
        lambda: op.alter_column("stock", "code", new_column_name="Key"),
        ['ALTER TABLE stock RENAME COLUMN code TO "Key"'],
    ),
    (lambda: op.alter_column("stock", "code", comment="why", existing_type=sa.Text()), []),
    (lambda: op.create_table_comment("stock", "why"), []),
    (lambda: op.drop_table_comment("stock"), []),
    (lambda: op.drop_column("stock", "qty"), ["ALTER TABLE stock DROP COLUMN qty"]),
    (
        batch(lambda b: (b.add_column(C("new", sa.Integer)), b.create_index("ix", ["new"]), b.drop_index("old"))),
        ["ALTER TABLE stock ADD COLUMN new INTEGER", "CREATE INDEX ix ON stock (new)", "DROP INDEX old"],
    ),
    (
        batch(lambda b: b.add_column(C("new", sa.Integer, server_default=sa.text("0")))),
        ["ALTER TABLE stock ADD COLUMN new INTEGER DEFAULT 0"],
    ),
    (batch(lambda b: b.drop_column("qty")), ["ALTER TABLE stock DROP COLUMN qty"]),
    (batch(lambda b: None), []),
    (batch(lambda b: b.alter_column("code", comment="why")), []),
    (
        batch(
            lambda b: (
                b.alter_column("code", new_column_name="c"),
                b.drop_column("qty"),
                b.drop_table_comment(),
            ),
            recreate="never",
        ),
        ["ALTER TABLE stock RENAME COLUMN code TO c", "ALTER TABLE stock DROP COLUMN qty"],
    ),
]


@pytest.mark.parametrize(("function", "expected"), NATIVE)
def test_what_alter_table_can_do_needs_no_rebuild(function, expected):
    assert statements(function, Stored(STOCK)) == expected


@pytest.mark.parametrize(("function", "expected"), NATIVE)
def test_it_needs_no_database_either(function, expected):
    assert statements(function) == expected


REBUILDS = [
    lambda: op.add_column("stock", C("new", sa.Integer, unique=True)),
    lambda: op.add_column("stock", C("new", sa.Integer, primary_key=True)),
    lambda: op.add_column("stock", C("new", sa.DateTime, server_default=sa.func.now())),
    lambda: op.add_column("stock", C("new", sa.Integer, server_default=sa.text("(1 + 1)"))),
    lambda: op.add_column("stock", C("new", sa.Integer, sa.Computed("id + 1", persisted=True))),
    lambda: op.add_column("stock", C("new", sa.Integer, sa.ForeignKey("shop.id"), server_default="1")),
    lambda: op.alter_column("stock", "code", nullable=False),
    lambda: op.alter_column("stock", "code", type_=sa.String(5)),
    lambda: op.alter_column("stock", "code", server_default="x"),
    lambda: op.drop_column("stock", "code"),
    lambda: op.drop_column("stock", "id"),
    lambda: op.create_check_constraint("ck", "stock", "qty < 9"),
    lambda: op.create_unique_constraint("uq", "stock", ["qty"]),
    lambda: op.create_foreign_key("fk", "stock", "shop", ["qty"], ["id"]),
    lambda: op.create_primary_key("pk", "stock", ["code"]),
    batch(lambda b: b.add_column(C("new", sa.Integer), insert_before="code")),
    batch(lambda b: b.add_column(C("new", sa.Integer, sa.ForeignKey("shop.id", name="fk")))),
    batch(lambda b: b.drop_column("code")),
    batch(lambda b: None, recreate="always"),
    batch(lambda b: b.add_column(C("new", sa.Integer)), partial_reordering=[("qty", "id")]),
]


@pytest.mark.parametrize("function", REBUILDS)
def test_what_alter_table_cannot_do_is_a_rebuild(function):
    assert rebuilt(statements(function, Stored(STOCK, SHOP)))


@pytest.mark.parametrize("function", REBUILDS[:15])
def test_a_rebuild_needs_a_database_or_a_description(function):
    if "drop_column" in function.__code__.co_names:
        assert statements(function)[0].startswith("ALTER TABLE stock DROP COLUMN")
        return
    with pytest.raises(NotKnowable, match="SQLite has to rebuild table stock") as found:
        statements(function)
    assert "copy_from" in found.value.hint


def test_a_rebuild_that_is_forbidden_is_an_error():
    with pytest.raises(NotSupported, match="without a rebuild"):
        statements(batch(lambda b: b.create_unique_constraint("uq", ["qty"]), recreate="never"), Stored(STOCK))


@pytest.mark.parametrize(
    ("version", "function", "native"),
    [
        ((3, 24, 0), lambda: op.alter_column("stock", "code", new_column_name="c"), False),
        ((3, 25, 0), lambda: op.alter_column("stock", "code", new_column_name="c"), True),
        ((3, 34, 1), lambda: op.drop_column("stock", "qty"), False),
        ((3, 35, 0), lambda: op.drop_column("stock", "qty"), True),
    ],
)
def test_an_older_sqlite_rebuilds_what_it_cannot_alter(version, function, native):
    sent = statements(function, Stored(STOCK), version=version)
    assert rebuilt(sent) is not native
    assert len(sent) == (1 if native else 6)


def test_columns_that_change_names_with_each_other_are_renamed_by_the_rebuild():
    def block(b):
        b.drop_column("qty")
        b.alter_column("code", new_column_name="qty")

    sent = statements(batch(block, recreate="always"), Stored(STOCK))
    assert sent[0] == "CREATE TABLE _revisions_tmp_stock (id INTEGER PRIMARY KEY, qty TEXT, UNIQUE (qty))"
    assert sent[1] == "INSERT INTO _revisions_tmp_stock (id, qty) SELECT stock.id, stock.code FROM stock"


@pytest.mark.parametrize(("dropped", "native"), [("code", True), ("last", False)])
def test_a_batch_leaves_its_columns_where_a_rebuild_places_them(dropped, native):
    def change(batch_op):
        batch_op.add_column(C("new", sa.Integer))
        batch_op.drop_column(dropped)

    stored = Stored("CREATE TABLE stock (id INTEGER, code TEXT, last INTEGER, PRIMARY KEY (id))")
    sent = statements(batch(change), stored)
    assert ("ALTER TABLE stock ADD COLUMN new INTEGER" in sent) is native
    if not native:
        assert any("(id INTEGER, new INTEGER, code TEXT, PRIMARY KEY (id))" in text for text in sent)


def test_a_name_that_is_taken_is_an_error():
    with pytest.raises(OperationError, match="cannot be called QTY: there is such a column"):
        statements(batch(lambda b: b.alter_column("code", new_column_name="QTY")), Stored(STOCK))


def test_a_new_column_without_a_value_for_the_rows_is_an_error():
    def function():
        op.add_column("stock", C("new", sa.Integer, nullable=False))

    assert statements(function, Stored(STOCK)) == ["ALTER TABLE stock ADD COLUMN new INTEGER NOT NULL"]
    with pytest.raises(OperationError, match="Column new of stock allows no NULL and has no default"):
        statements(function, Stored(STOCK, rows=True))
    with pytest.raises(OperationError, match="Column new of stock allows no NULL and has no default"):
        statements(
            batch(lambda b: b.add_column(C("new", sa.Integer, nullable=False)), recreate="always"),
            Stored(STOCK, rows=True),
        )


@pytest.mark.parametrize(("column", "sent"), [("new", 1), ("CODE", 0)])
def test_a_column_can_be_added_if_it_is_missing(column, sent):
    def function():
        op.add_column("stock", C(column, sa.Integer), if_not_exists=True)

    assert len(statements(function, Stored(STOCK))) == sent
    with pytest.raises(NotKnowable):
        statements(function)


def test_what_is_not_there_can_be_dropped_if_it_exists():
    def function():
        op.drop_column("stock", "nope", if_exists=True)
        op.drop_constraint("nope", "stock", if_exists=True)
        op.drop_index("nope", "stock", if_exists=True)

    sent = statements(function, Stored(STOCK))
    assert [text for text in sent if "_tmp_" not in text and "PRAGMA" not in text][-1] == "DROP INDEX IF EXISTS nope"
    assert not any("DROP COLUMN" in text for text in sent)


def test_whether_a_column_is_there_is_not_known_without_a_database():
    with pytest.raises(NotKnowable, match="drop column qty of stock only if it is there") as found:
        statements(lambda: op.drop_column("stock", "qty", if_exists=True))
    assert found.value.hint == "leave out if_exists, or run without --sql."


def test_the_pragma_of_the_application_stays_as_it_is():
    sent = statements(batch(lambda b: None, recreate="always"), Stored(STOCK, legacy=True))
    assert not any("PRAGMA" in text for text in sent)


def test_a_schema_goes_with_every_statement():
    def function():
        with op.batch_alter_table("stock", schema="er p", recreate="always") as batch_op:
            batch_op.create_index("ix_new", ["qty"])
            batch_op.create_foreign_key("fk", "shop", ["qty"], ["id"])

    trigger = "CREATE TRIGGER noted AFTER INSERT ON stock BEGIN SELECT 1; END"
    sent = statements(function, Stored(STOCK, trigger, "CREATE INDEX ix ON stock (code)"))
    assert sent == [
        'CREATE TABLE "er p"._revisions_tmp_stock (id INTEGER PRIMARY KEY, code TEXT, '
        "qty INT CHECK (qty > 0), CONSTRAINT fk FOREIGN KEY(qty) REFERENCES shop (id), UNIQUE (code))",
        'INSERT INTO "er p"._revisions_tmp_stock (id, code, qty) '
        'SELECT "er p".stock.id, "er p".stock.code, "er p".stock.qty FROM "er p".stock',
        'DROP TRIGGER "er p".noted',
        'DROP TABLE "er p".stock',
        "PRAGMA legacy_alter_table=ON",
        'ALTER TABLE "er p"._revisions_tmp_stock RENAME TO stock',
        "PRAGMA legacy_alter_table=OFF",
        'CREATE INDEX "er p".ix ON stock (code)',
        'CREATE INDEX "er p".ix_new ON stock (qty)',
        'CREATE TRIGGER "er p".noted AFTER INSERT ON stock BEGIN SELECT 1; END',
    ]


def test_a_foreign_key_into_another_schema_is_an_error():
    with pytest.raises(NotSupported, match="it stays within one database file"):
        statements(
            lambda: op.create_foreign_key("fk", "stock", "shop", ["qty"], ["id"], referent_schema="other"),
            Stored(STOCK),
        )


def described():
    return sa.Table(
        "stock",
        sa.MetaData(naming_convention={"pk": "pk_%(table_name)s"}),
        C("id", sa.Integer, primary_key=True),
        C("code", sa.String(9), index=True),
        C("live", sa.Boolean(create_constraint=True, name="ck_live")),
    )


def test_a_described_table_is_rebuilt_without_a_database():
    def block(b):
        b.alter_column("live", type_=sa.Integer(), new_column_name="count")
        b.create_unique_constraint("uq", ["code"])

    assert statements(batch(block, copy_from=described())) == [
        "CREATE TABLE _revisions_tmp_stock ( id INTEGER NOT NULL, code VARCHAR(9), count INTEGER, "
        "CONSTRAINT pk_stock PRIMARY KEY (id), CONSTRAINT uq UNIQUE (code) )",
        "INSERT INTO _revisions_tmp_stock (id, code, count) "
        "SELECT stock.id, stock.code, CAST(stock.live AS INTEGER) AS live FROM stock",
        "DROP TABLE stock",
        "PRAGMA legacy_alter_table=ON",
        "ALTER TABLE _revisions_tmp_stock RENAME TO stock",
        "PRAGMA legacy_alter_table=OFF",
        "CREATE INDEX ix_stock_code ON stock (code)",
    ]


def test_a_rebuild_does_not_bring_back_an_index_that_is_dropped_in_it():
    def block(b):
        b.drop_index("ix_stock_code")
        b.alter_column("code", nullable=False)

    assert not any("INDEX" in text for text in statements(batch(block, copy_from=described())))
    only = batch(lambda b: b.drop_index("ix_stock_code"), copy_from=described())
    assert statements(only) == ["DROP INDEX ix_stock_code"]


CONVENTION = {
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
}


@pytest.mark.parametrize(
    ("function", "clause"),
    [
        (
            lambda: op.create_check_constraint("pos", "stock", "qty > 1"),
            "CONSTRAINT ck_stock_pos CHECK (qty > 1)",
        ),
        (
            lambda: op.create_check_constraint(op.f("pos"), "stock", "qty > 1"),
            "CONSTRAINT pos CHECK (qty > 1)",
        ),
        (lambda: op.create_unique_constraint(None, "stock", ["qty"]), "CONSTRAINT uq_stock_qty UNIQUE (qty)"),
        (
            lambda: op.create_foreign_key(None, "stock", "shop", ["qty"], ["id"]),
            "CONSTRAINT fk_stock_qty_shop FOREIGN KEY(qty) REFERENCES shop (id)",
        ),
        (
            batch(lambda b: b.add_column(C("live", sa.Boolean(create_constraint=True, name="live")))),
            "CONSTRAINT ck_stock_live CHECK (live IN (0, 1))",
        ),
        (
            batch(lambda b: b.alter_column("qty", type_=sa.Boolean(create_constraint=True, name="q"))),
            "CONSTRAINT ck_stock_q CHECK (qty IN (0, 1))",
        ),
    ],
)
def test_the_naming_convention_of_the_application_applies(function, clause):
    assert clause in statements(function, Stored(STOCK), naming_convention=CONVENTION)[0]


def test_a_constraint_is_dropped_by_the_name_that_the_convention_makes():
    text = STOCK.replace("UNIQUE", "CONSTRAINT ck_stock_pos CHECK (id > 0), CONSTRAINT neg CHECK (id < 0), UNIQUE")
    for name in ("pos", op.f("ck_stock_pos"), "neg"):
        sent = statements(
            lambda name=name: op.drop_constraint(name, "stock", "check"),
            Stored(text),
            naming_convention=CONVENTION,
        )
        assert sent[0].count("CONSTRAINT") == 1
