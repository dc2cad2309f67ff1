"""Directives on columns, on the generic dialect."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask_revisions import op
from flask_revisions.errors import NotSupported, OperationError
from sqlalchemy.sql.elements import quoted_name

from .sql import sql_of

C = sa.Column


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (
            C("qty", sa.Integer, nullable=False, server_default="12"),
            ["ALTER TABLE stock ADD COLUMN qty INTEGER DEFAULT '12' NOT NULL"],
        ),
        (
            C("qty", sa.Integer, index=True),
            ["ALTER TABLE stock ADD COLUMN qty INTEGER", "CREATE INDEX ix_stock_qty ON stock (qty)"],
        ),
        (
            C("qty", sa.Integer, unique=True),
            ["ALTER TABLE stock ADD COLUMN qty INTEGER", "ALTER TABLE stock ADD UNIQUE (qty)"],
        ),
        (
            C("qty", sa.Integer, unique=True, index=True),
            ["ALTER TABLE stock ADD COLUMN qty INTEGER", "CREATE UNIQUE INDEX ix_stock_qty ON stock (qty)"],
        ),
        (
            C("qty", sa.Integer, sa.CheckConstraint("qty > 5"), nullable=False),
            ["ALTER TABLE stock ADD COLUMN qty INTEGER NOT NULL CHECK (qty > 5)"],
        ),
        (
            C("shop_id", sa.Integer, sa.ForeignKey("shop.id")),
            [
                "ALTER TABLE stock ADD COLUMN shop_id INTEGER",
                "ALTER TABLE stock ADD FOREIGN KEY(shop_id) REFERENCES shop (id)",
            ],
        ),
        (
            C("up", sa.Integer, sa.ForeignKey("stock.id")),
            [
                "ALTER TABLE stock ADD COLUMN up INTEGER",
                "ALTER TABLE stock ADD FOREIGN KEY(up) REFERENCES stock (id)",
            ],
        ),
        (C("id", sa.Integer, primary_key=True), ["ALTER TABLE stock ADD COLUMN id INTEGER NOT NULL"]),
        (
            C("live", sa.Boolean(create_constraint=True)),
            ["ALTER TABLE stock ADD COLUMN live BOOLEAN", "ALTER TABLE stock ADD CHECK (live IN (0, 1))"],
        ),
        (C("live", sa.Boolean()), ["ALTER TABLE stock ADD COLUMN live BOOLEAN"]),
        (C("Qty", sa.Integer, key="k"), ['ALTER TABLE stock ADD COLUMN "Qty" INTEGER']),
        (
            C("total", sa.Integer, sa.Computed("a * 5", persisted=True)),
            ["ALTER TABLE stock ADD COLUMN total INTEGER GENERATED ALWAYS AS (a * 5) STORED"],
        ),
        (
            C("note", sa.Integer, comment="said in CREATE COMMENT only"),
            ["ALTER TABLE stock ADD COLUMN note INTEGER"],
        ),
    ],
)
def test_a_new_column_brings_along_what_it_carries(column, expected):
    assert sql_of("default", lambda: op.add_column("stock", column)) == expected


def test_the_schema_of_the_table_is_not_put_on_the_target_of_a_foreign_key():
    assert sql_of(
        "default",
        lambda: (
            op.add_column("stock", C("a", sa.Integer, sa.ForeignKey("shop.id")), schema="erp"),
            op.add_column("stock", C("b", sa.Integer, sa.ForeignKey("hq.shop.id")), schema="erp"),
            op.add_column("stock", C("c", sa.Integer, sa.ForeignKey("erp.stock.id")), schema="erp"),
        ),
    )[1::2] == [
        "ALTER TABLE erp.stock ADD FOREIGN KEY(a) REFERENCES shop (id)",
        "ALTER TABLE erp.stock ADD FOREIGN KEY(b) REFERENCES hq.shop (id)",
        "ALTER TABLE erp.stock ADD FOREIGN KEY(c) REFERENCES erp.stock (id)",
    ]


def test_a_quoted_schema_is_one_name():
    schema = quoted_name("erp.main", quote=True)
    assert sql_of(
        "default",
        lambda: (
            op.add_column("stock", C("a", sa.Integer), schema=schema),
            op.create_unique_constraint("uq", "stock", ["a"], schema=schema),
        ),
    ) == [
        'ALTER TABLE "erp.main".stock ADD COLUMN a INTEGER',
        'ALTER TABLE "erp.main".stock ADD CONSTRAINT uq UNIQUE (a)',
    ]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (sa.ForeignKey("shop.id"), "REFERENCES shop (id)"),
        (sa.ForeignKey("Hq.Shop.Id"), 'REFERENCES "Hq"."Shop" ("Id")'),
        (
            sa.ForeignKey("shop.id", ondelete="CASCADE", onupdate="SET NULL"),
            "REFERENCES shop (id) ON DELETE CASCADE ON UPDATE SET NULL",
        ),
        (
            sa.ForeignKey("shop.id", deferrable=True, initially="DEFERRED"),
            "REFERENCES shop (id) DEFERRABLE INITIALLY DEFERRED",
        ),
        (sa.ForeignKey("shop.id", deferrable=False), "REFERENCES shop (id) NOT DEFERRABLE"),
        (sa.ForeignKey("shop.id", match="FULL"), "REFERENCES shop (id) MATCH FULL"),
        (sa.ForeignKey("shop.id", name="fk"), "CONSTRAINT fk REFERENCES shop (id)"),
    ],
)
def test_a_foreign_key_can_be_written_into_the_column(key, expected):
    made = sql_of("default", lambda: op.add_column("stock", C("s", sa.Integer, key), inline_references=True))
    assert made == [f"ALTER TABLE stock ADD COLUMN s INTEGER {expected}"]


def test_two_foreign_keys_are_not_written_into_the_column():
    column = C("s", sa.Integer, sa.ForeignKey("a.id"), sa.ForeignKey("b.id"))
    made = sql_of("default", lambda: op.add_column("stock", column, inline_references=True))
    assert made == [
        "ALTER TABLE stock ADD COLUMN s INTEGER",
        "ALTER TABLE stock ADD FOREIGN KEY(s) REFERENCES a (id)",
        "ALTER TABLE stock ADD FOREIGN KEY(s) REFERENCES b (id)",
    ]


@pytest.mark.parametrize(
    ("dialect", "is_key", "expected"),
    [
        ("default", True, "id INTEGER NOT NULL PRIMARY KEY"),
        ("postgresql", True, "id SERIAL NOT NULL PRIMARY KEY"),
        ("mysql", True, "id INTEGER NOT NULL AUTO_INCREMENT PRIMARY KEY"),
        ("default", False, "id INTEGER"),
    ],
)
def test_the_primary_key_is_written_into_the_column_only_if_asked_for(dialect, is_key, expected):
    column = C("id", sa.Integer, primary_key=is_key)
    made = sql_of(dialect, lambda: op.add_column("stock", column, inline_primary_key=True))
    assert made == [f"ALTER TABLE stock ADD COLUMN {expected}"]


def test_a_column_of_another_table_is_copied_with_its_foreign_key():
    model = sa.Table("model", sa.MetaData(), C("shop_id", sa.Integer, sa.ForeignKey("shop.id"), unique=True))
    assert sql_of("default", lambda: op.add_column("stock", model.c.shop_id)) == [
        "ALTER TABLE stock ADD COLUMN shop_id INTEGER",
        "ALTER TABLE stock ADD UNIQUE (shop_id)",
        "ALTER TABLE stock ADD FOREIGN KEY(shop_id) REFERENCES shop (id)",
    ]
    assert model.c.shop_id.table is model


@pytest.mark.parametrize(
    ("keywords", "expected"),
    [
        ({"nullable": True}, ["ALTER TABLE stock ALTER COLUMN sum DROP NOT NULL"]),
        ({"nullable": False}, ["ALTER TABLE stock ALTER COLUMN sum SET NOT NULL"]),
        ({"new_column_name": "Total"}, ['ALTER TABLE stock RENAME sum TO "Total"']),
        ({}, []),
        ({"server_default": False}, []),
        ({"server_default": None}, ["ALTER TABLE stock ALTER COLUMN sum DROP DEFAULT"]),
        ({"server_default": "new"}, ["ALTER TABLE stock ALTER COLUMN sum SET DEFAULT 'new'"]),
        (
            {"server_default": sa.func.next_due(sa.func.current_date())},
            ["ALTER TABLE stock ALTER COLUMN sum SET DEFAULT next_due(CURRENT_DATE)"],
        ),
        ({"server_default": sa.text("5")}, ["ALTER TABLE stock ALTER COLUMN sum SET DEFAULT 5"]),
        ({"type_": sa.Integer}, ["ALTER TABLE stock ALTER COLUMN sum TYPE INTEGER"]),
        ({"comment": "it's"}, ["COMMENT ON COLUMN stock.sum IS 'it''s'"]),
        ({"comment": None}, ["COMMENT ON COLUMN stock.sum IS NULL"]),
        ({"schema": "erp", "nullable": True}, ["ALTER TABLE erp.stock ALTER COLUMN sum DROP NOT NULL"]),
        (
            {"type_": sa.Integer(), "nullable": False, "server_default": "1", "new_column_name": "total"},
            [
                "ALTER TABLE stock ALTER COLUMN sum SET NOT NULL",
                "ALTER TABLE stock ALTER COLUMN sum SET DEFAULT '1'",
                "ALTER TABLE stock ALTER COLUMN sum TYPE INTEGER",
                "ALTER TABLE stock RENAME sum TO total",
            ],
        ),
    ],
)
def test_each_change_of_a_column_is_a_statement(keywords, expected):
    assert sql_of("default", lambda: op.alter_column("stock", "sum", **keywords)) == expected


BOOLEAN = sa.Boolean(create_constraint=True, name="ck")


@pytest.mark.parametrize(
    ("keywords", "expected"),
    [
        (
            {"type_": sa.Integer(), "existing_type": BOOLEAN},
            ["ALTER TABLE t DROP CONSTRAINT ck", "ALTER TABLE t ALTER COLUMN c TYPE INTEGER"],
        ),
        (
            {"type_": BOOLEAN, "existing_type": sa.Integer()},
            [
                "ALTER TABLE t ALTER COLUMN c TYPE BOOLEAN",
                "ALTER TABLE t ADD CONSTRAINT ck CHECK (c IN (0, 1))",
            ],
        ),
        (
            {"type_": sa.Boolean(create_constraint=True)},
            ["ALTER TABLE t ALTER COLUMN c TYPE BOOLEAN", "ALTER TABLE t ADD CHECK (c IN (0, 1))"],
        ),
        (
            {"type_": BOOLEAN, "new_column_name": "d"},
            [
                "ALTER TABLE t ALTER COLUMN c TYPE BOOLEAN",
                "ALTER TABLE t RENAME c TO d",
                "ALTER TABLE t ADD CONSTRAINT ck CHECK (d IN (0, 1))",
            ],
        ),
        ({"nullable": False, "existing_type": BOOLEAN}, ["ALTER TABLE t ALTER COLUMN c SET NOT NULL"]),
        (
            {"type_": sa.Integer(), "existing_type": sa.Boolean()},
            ["ALTER TABLE t ALTER COLUMN c TYPE INTEGER"],
        ),
    ],
)
def test_the_check_of_a_type_goes_and_comes_with_the_type(keywords, expected):
    assert sql_of("default", lambda: op.alter_column("t", "c", **keywords)) == expected


def test_an_unnamed_check_of_a_type_cannot_be_dropped_and_the_error_says_how_to_name_it():
    with pytest.raises(OperationError, match="A constraint of t is to be dropped and has no name") as caught:
        sql_of(
            "default",
            lambda: op.alter_column("t", "c", type_=sa.Integer(), existing_type=sa.Boolean(create_constraint=True)),
        )
    assert "op.f('...')" in caught.value.hint


@pytest.mark.parametrize("dialect", ["default", "mysql", "mariadb"])
@pytest.mark.parametrize(
    ("new", "existing"),
    [
        (sa.Computed("a * 5"), False),
        (None, sa.Computed("a * 5")),
        (sa.Computed("a * 6"), sa.Computed("a * 5")),
        (sa.Identity(), False),
        (None, sa.Identity()),
        (sa.Identity(start=2), sa.Identity()),
    ],
)
def test_a_column_neither_becomes_nor_ceases_to_be_computed_or_an_identity(dialect, new, existing):
    with pytest.raises(NotSupported, match="computed and identity columns stay") as caught:
        sql_of(
            dialect,
            lambda: op.alter_column(
                "t", "c", server_default=new, existing_server_default=existing, existing_type=sa.Integer()
            ),
        )
    assert "op.add_column()" in caught.value.hint


def test_a_default_that_only_the_database_knows_cannot_be_set():
    with pytest.raises(OperationError, match="A FetchedValue says nothing") as caught:
        sql_of("default", lambda: op.alter_column("t", "c", server_default=sa.FetchedValue()))
    assert "sa.text" in caught.value.hint


def test_a_default_that_is_no_text_is_an_error_that_says_what_it_may_be():
    with pytest.raises(OperationError, match="Cannot alter column c of t on default"):
        sql_of("default", lambda: op.alter_column("t", "c", server_default=5))


def test_a_column_is_dropped_in_its_schema():
    assert sql_of(
        "default",
        lambda: (
            op.drop_column("stock", "Qty", schema="erp"),
            op.drop_column("stock", "qty", if_exists=True),
        ),
    ) == [
        'ALTER TABLE erp.stock DROP COLUMN "Qty"',
        "ALTER TABLE stock DROP COLUMN IF EXISTS qty",
    ]


def test_a_column_is_added_only_if_it_is_not_there():
    assert sql_of("default", lambda: op.add_column("stock", C("a", sa.Integer), if_not_exists=True)) == [
        "ALTER TABLE stock ADD COLUMN IF NOT EXISTS a INTEGER"
    ]


def test_a_keyword_that_no_dialect_has_is_said_to_do_nothing():
    with pytest.warns(UserWarning, match=r"alter_column\(\) has no keyword existing_type_"):
        sql_of("default", lambda: op.alter_column("t", "c", nullable=True, existing_type_=sa.Integer()))


def test_what_sqlalchemy_cannot_write_is_an_error_without_the_addresses_of_objects():
    with pytest.raises(OperationError) as caught:
        sql_of("default", lambda: op.add_column("t", C("c", sa.JSON)))
    assert caught.value.message == "Cannot add column c to t on default: there is no JSON."


def test_the_text_is_the_same_on_every_run_whatever_order_sets_have():
    def add():
        checks = (sa.CheckConstraint(f"a <> {number}") for number in range(6))
        op.add_column("t", C("a", sa.Integer, *checks, *(sa.ForeignKey(f"t{number}.id") for number in range(6))))

    first = sql_of("default", add)
    assert all(sql_of("default", add) == first for _ in range(5))
    assert first[0].index("a <> 0") < first[0].index("a <> 5")
    assert first[1:] == [f"ALTER TABLE t ADD FOREIGN KEY(a) REFERENCES t{number} (id)" for number in range(6)]
