"""Directives on whole tables, on the generic dialect."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask_revisions import op
from flask_revisions.ddl.items import created_table
from flask_revisions.errors import OperationError
from flask_revisions.operations.copies import kept_items
from flask_revisions.operations.tables import CreateTable
from sqlalchemy import event
from sqlalchemy.sql.elements import quoted_name

from .sql import TextExecutor, dialect_named, executing, sql_of


@pytest.mark.parametrize(
    ("dialect", "schema", "expected"),
    [
        ("default", None, "ALTER TABLE stock RENAME TO goods"),
        ("default", "erp", "ALTER TABLE erp.stock RENAME TO erp.goods"),
        ("mysql", "erp", "ALTER TABLE erp.stock RENAME TO erp.goods"),
        ("mariadb", "erp", "ALTER TABLE erp.stock RENAME TO erp.goods"),
        ("postgresql", "erp", "ALTER TABLE erp.stock RENAME TO goods"),
        (
            "default",
            quoted_name("erp.main", quote=True),
            'ALTER TABLE "erp.main".stock RENAME TO "erp.main".goods',
        ),
        ("postgresql", quoted_name("erp.main", quote=True), 'ALTER TABLE "erp.main".stock RENAME TO goods'),
        ("default", "erp.main", "ALTER TABLE erp.main.stock RENAME TO erp.main.goods"),
    ],
)
def test_a_rename_repeats_the_schema_where_the_database_takes_it(dialect, schema, expected):
    assert sql_of(dialect, lambda: op.rename_table("stock", "goods", schema=schema)) == [expected]


def test_create_table_writes_columns_keys_and_defaults():
    assert sql_of(
        "default",
        lambda: op.create_table(
            "stock",
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("code", sa.String(5), nullable=False, server_default="it's"),
            sa.Column("qty", sa.Numeric(8, 2), server_default=sa.text("0")),
            schema="erp",
        ),
    ) == [
        "CREATE TABLE erp.stock ( id INTEGER NOT NULL, code VARCHAR(5) DEFAULT 'it''s' NOT NULL, "
        "qty NUMERIC(8, 2) DEFAULT 0, PRIMARY KEY (id) )"
    ]


def test_a_table_without_a_key_column_has_no_primary_key_clause():
    assert sql_of("default", lambda: op.create_table("stock", sa.Column("qty", sa.Integer))) == [
        "CREATE TABLE stock ( qty INTEGER )"
    ]


def test_the_indexes_of_a_table_follow_it():
    assert sql_of(
        "default",
        lambda: op.create_table(
            "stock",
            sa.Column("code", sa.String(5), index=True),
            sa.Column("qty", sa.Integer, index=True, unique=True),
            sa.Index("ix_both", "code", sa.text("qty DESC")),
        ),
    ) == [
        "CREATE TABLE stock ( code VARCHAR(5), qty INTEGER )",
        "CREATE INDEX ix_both ON stock (code, qty DESC)",
        "CREATE INDEX ix_stock_code ON stock (code)",
        "CREATE UNIQUE INDEX ix_stock_qty ON stock (qty)",
    ]


def test_the_table_that_comes_back_has_constraints_indexes_and_schema():
    executor = TextExecutor(dialect_named("default"))
    with executing(executor):
        table = op.create_table(
            "stock",
            sa.Column("code", sa.String(5), sa.ForeignKey("item.code"), index=True),
            sa.UniqueConstraint("code", name="uq"),
            schema="erp",
        )
    assert (table.name, table.schema) == ("stock", "erp")
    assert {constraint.name for constraint in table.constraints} >= {"uq"}
    assert {index.name for index in table.indexes} == {"ix_erp_stock_code"}
    assert [key.target_fullname for key in table.foreign_keys] == ["item.code"]


def test_foreign_keys_may_refer_to_tables_that_nobody_declared():
    assert sql_of(
        "default",
        lambda: op.create_table(
            "stock",
            sa.Column("id", sa.Integer),
            sa.Column("parent_id", sa.Integer, sa.ForeignKey("stock.id")),
            sa.Column("a", sa.Integer, sa.ForeignKey("item.x")),
            sa.Column("b", sa.Integer, sa.ForeignKey("hq.item.y", ondelete="CASCADE")),
            sa.Column("c", sa.Integer),
            sa.ForeignKeyConstraint(["b", "c"], ["item.y", "item.z"], name="fk"),
        ),
    ) == [
        "CREATE TABLE stock ( id INTEGER, parent_id INTEGER, a INTEGER, b INTEGER, c INTEGER, "
        "CONSTRAINT fk FOREIGN KEY(b, c) REFERENCES item (y, z), "
        "FOREIGN KEY(parent_id) REFERENCES stock (id), FOREIGN KEY(a) REFERENCES item (x), "
        "FOREIGN KEY(b) REFERENCES hq.item (y) ON DELETE CASCADE )"
    ]


def test_a_foreign_key_to_a_column_of_the_table_that_is_not_there_names_it():
    with pytest.raises(OperationError, match="refers to its column idd") as caught:
        sql_of(
            "default",
            lambda: op.create_table(
                "node", sa.Column("id", sa.Integer), sa.Column("up", sa.Integer, sa.ForeignKey("node.idd"))
            ),
        )
    assert caught.value.hint == "its columns are id, up."


def test_a_foreign_key_finds_a_column_by_key_and_by_name():
    for target in ("node.key", "node.name"):
        assert sql_of(
            "default",
            lambda target=target: op.create_table(
                "node",
                sa.Column("name", sa.Integer, key="key"),
                sa.Column("up", sa.Integer, sa.ForeignKey(target)),
            ),
        ) == ["CREATE TABLE node ( name INTEGER, up INTEGER, FOREIGN KEY(up) REFERENCES node (name) )"]


def test_a_foreign_key_with_use_alter_is_not_made_and_this_is_said():
    with pytest.warns(UserWarning, match=r"key of a over b_id has use_alter=True.*create_foreign_key"):
        made = sql_of(
            "default",
            lambda: op.create_table(
                "a", sa.Column("b_id", sa.Integer, sa.ForeignKey("b.id", use_alter=True, name="fk"))
            ),
        )
    assert made == ["CREATE TABLE a ( b_id INTEGER )"]


def test_the_check_of_a_type_is_written_once_and_an_explicit_one_is_kept():
    assert sql_of(
        "default",
        lambda: op.create_table(
            "stock",
            sa.Column("live", sa.Boolean(create_constraint=True, name="ck_live")),
            sa.Column("kind", sa.Enum("a", "b", native_enum=False, create_constraint=True, name="ck_kind")),
            sa.CheckConstraint("live IN (0, 1)"),
        ),
    ) == [
        "CREATE TABLE stock ( live BOOLEAN, kind VARCHAR(1), CHECK (live IN (0, 1)), "
        "CONSTRAINT ck_live CHECK (live IN (0, 1)), CONSTRAINT ck_kind CHECK (kind IN ('a', 'b')) )"
    ]


def test_items_may_be_built_from_columns_of_the_same_call():
    qty = sa.Column("Qty", sa.Integer, key="k")
    made = sql_of(
        "default",
        lambda: op.create_table(
            "stock",
            qty,
            sa.CheckConstraint(qty > 5, name="ck"),
            sa.UniqueConstraint(qty, name="uq"),
            sa.Index("ix_a", qty),
            sa.Index("ix_b", sa.func.abs(qty), unique=True),
        ),
    )
    assert made == [
        'CREATE TABLE stock ( "Qty" INTEGER, CONSTRAINT ck CHECK ("Qty" > 5), CONSTRAINT uq UNIQUE ("Qty") )',
        'CREATE INDEX ix_a ON stock ("Qty")',
        'CREATE UNIQUE INDEX ix_b ON stock (abs("Qty"))',
    ]
    assert qty.table is None


def test_a_table_can_be_made_of_what_another_table_consists_of():
    model = sa.Table(
        "model",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("shop_id", sa.Integer, sa.ForeignKey("shop.id"), unique=True, index=True),
        sa.Column("live", sa.Boolean(create_constraint=True)),
        sa.CheckConstraint("id > 0", name="ck"),
    )
    constraints = sorted(model.constraints, key=lambda constraint: type(constraint).__name__)
    items = [*model.columns, *constraints, *model.indexes]
    assert sql_of("default", lambda: op.create_table("stock", *items)) == [
        "CREATE TABLE stock ( id INTEGER NOT NULL, shop_id INTEGER, live BOOLEAN, PRIMARY KEY (id), "
        "CONSTRAINT ck CHECK (id > 0), FOREIGN KEY(shop_id) REFERENCES shop (id), CHECK (live IN (0, 1)) )",
        "CREATE UNIQUE INDEX ix_stock_shop_id ON stock (shop_id)",
    ]
    assert all(item.table is model for item in items)


def test_the_same_items_can_be_used_twice():
    column, check = sa.Column("a", sa.Integer, sa.ForeignKey("b.id")), sa.CheckConstraint("a > 1", name="ck")
    once = sql_of("default", lambda: op.create_table("stock", column, check))
    assert sql_of("default", lambda: op.create_table("stock", column, check)) == once


def test_items_of_one_table_can_be_used_for_another_under_a_naming_convention():
    column = sa.Column("a", sa.Integer, sa.CheckConstraint("a > 1", name="low"), unique=True)
    plain, key = sa.Column("b", sa.Integer), sa.PrimaryKeyConstraint("a")
    convention = {"ck": "ck_%(table_name)s_%(constraint_name)s", "uq": "uq_%(table_name)s", "pk": "pk_%(table_name)s"}
    one, two = (
        created_table(CreateTable(name, kept_items((column, plain, key))), convention) for name in ("one", "two")
    )
    for table in (one, two):
        named = {constraint.name for constraint in (*table.constraints, *table.c.a.constraints)}
        assert named == {f"ck_{table.name}_low", f"uq_{table.name}", f"pk_{table.name}"}
    assert column.table is None and plain.table is None


def test_a_column_that_is_used_again_has_no_key_of_the_table_before():
    first, second = sa.Column("a", sa.Integer), sa.Column("b", sa.Integer)
    keys = (sa.PrimaryKeyConstraint("a"), sa.ForeignKeyConstraint(["b"], ["other.id"]))
    created_table(CreateTable("one", kept_items((first, second, *keys))), {})
    again = created_table(CreateTable("two", kept_items((first, second))), {})
    assert not again.primary_key.columns and not again.foreign_keys


@pytest.mark.parametrize("over", [sa.UniqueConstraint, lambda column: sa.Index("ix", column.desc())])
def test_what_is_over_a_column_itself_is_in_the_table_once(over):
    column = sa.Column("a", sa.Integer)
    table = created_table(CreateTable("one", kept_items((column, over(column)))), {})
    assert len([each for each in table.constraints if isinstance(each, sa.UniqueConstraint)]) + len(table.indexes) == 1


def test_the_table_of_an_operation_can_be_made_again():
    items = (sa.Column("a", sa.Integer), sa.Column("b", sa.Integer), sa.ForeignKeyConstraint(["b"], ["other.id"]))
    operation = CreateTable("one", kept_items(items))
    made = [created_table(operation, {}) for _ in range(2)]
    assert [len(table.foreign_key_constraints) for table in made] == [1, 1]


def test_a_table_is_created_or_dropped_on_a_condition():
    column = sa.Column("a", sa.Integer)
    assert sql_of(
        "default",
        lambda: (
            op.create_table("stock", column, if_not_exists=True),
            op.drop_table("stock", schema="erp", if_exists=True),
        ),
    ) == ["CREATE TABLE IF NOT EXISTS stock ( a INTEGER )", "DROP TABLE IF EXISTS erp.stock"]


@pytest.mark.parametrize(
    ("dialect", "condition"), [("postgresql", "IF NOT EXISTS "), ("mariadb", "IF NOT EXISTS "), ("mysql", "")]
)
def test_the_indexes_of_a_conditional_table_are_conditional_where_the_database_can(dialect, condition):
    column = sa.Column("a", sa.Integer, index=True)
    made = sql_of(dialect, lambda: op.create_table("stock", column, if_not_exists=True))
    assert made[1] == f"CREATE INDEX {condition}ix_stock_a ON stock (a)"


def test_the_table_events_of_sqlalchemy_are_fired_around_the_statement():
    heard = []

    def listen(table, connection, **kw):
        heard.append((table.name, sorted(table.c.keys()), connection.dialect.name))

    event.listen(sa.Table, "before_create", listen)
    event.listen(sa.Table, "after_drop", listen)
    executor = TextExecutor(dialect_named("default"))
    try:
        with executing(executor):
            op.create_table("stock", sa.Column("a", sa.Integer))
            op.drop_table("goods")
    finally:
        event.remove(sa.Table, "before_create", listen)
        event.remove(sa.Table, "after_drop", listen)
    assert heard == [("stock", ["a"], "default"), ("goods", [], "default")]
    assert executor.events == ["before_create", "after_create", "before_drop", "after_drop"]


def test_listeners_that_append_columns_to_every_table_disturb_nothing():
    def append(table, metadata):
        if "extra" not in table.c:
            table.append_column(sa.Column("extra", sa.Integer))

    event.listen(sa.Table, "after_parent_attach", append)
    try:
        made = sql_of(
            "default",
            lambda: (
                op.create_index("ix", "stock", ["extra", "code"]),
                op.create_unique_constraint("uq", "stock", ["code"]),
            ),
        )
    finally:
        event.remove(sa.Table, "after_parent_attach", append)
    assert made == [
        "CREATE INDEX ix ON stock (extra, code)",
        "ALTER TABLE stock ADD CONSTRAINT uq UNIQUE (code)",
    ]


def test_a_table_comment_is_a_statement_with_its_quotes_doubled():
    assert sql_of(
        "default",
        lambda: (
            op.create_table_comment("stock", "it's 100%", schema="erp"),
            op.drop_table_comment("stock", existing_comment="x"),
            op.create_table_comment("stock", ""),
        ),
    ) == [
        "COMMENT ON TABLE erp.stock IS 'it''s 100%'",
        "COMMENT ON TABLE stock IS NULL",
        "COMMENT ON TABLE stock IS ''",
    ]


def test_the_text_is_the_same_on_every_run_whatever_order_sets_have():
    def create():
        op.create_table(
            "stock",
            sa.Column(
                "a",
                sa.Integer,
                *(sa.ForeignKey(f"t{number}.id") for number in range(6)),
                *(sa.CheckConstraint(f"a <> {number}") for number in range(6)),
            ),
            *(sa.Index(f"ix_{number}", "a") for number in range(6)),
        )

    first = sql_of("default", create)
    assert all(sql_of("default", create) == first for _ in range(5))
    assert first[0].index("a <> 0") < first[0].index("a <> 5") < first[0].index("t0 (id)")
