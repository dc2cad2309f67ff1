"""Directives on constraints and indexes, on the generic dialect."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask_revisions import op
from flask_revisions.errors import NotSupported, OperationError
from sqlalchemy import column, func, text

from .sql import sql_of


@pytest.mark.parametrize(
    ("arguments", "keywords", "expected"),
    [
        (
            ("fk", "a", "b", ["x", "y"], ["p", "y"]),
            {"source_schema": "s1", "referent_schema": "s2"},
            "ALTER TABLE s1.a ADD CONSTRAINT fk FOREIGN KEY(x, y) REFERENCES s2.b (p, y)",
        ),
        (
            ("fk", "a", "a", ["x"], ["id"]),
            {},
            "ALTER TABLE a ADD CONSTRAINT fk FOREIGN KEY(x) REFERENCES a (id)",
        ),
        (
            ("fk", "a", "a", ["x"], ["x"]),
            {"source_schema": "s1", "referent_schema": "s2"},
            "ALTER TABLE s1.a ADD CONSTRAINT fk FOREIGN KEY(x) REFERENCES s2.a (x)",
        ),
        (
            ("fk", "a", "a", ["x"], ["x"]),
            {"source_schema": "s", "referent_schema": "s"},
            "ALTER TABLE s.a ADD CONSTRAINT fk FOREIGN KEY(x) REFERENCES s.a (x)",
        ),
        ((None, "a", "b", ["x"], ["id"]), {}, "ALTER TABLE a ADD FOREIGN KEY(x) REFERENCES b (id)"),
        (
            ("fk", "a", "b", "xy", "id"),
            {},
            "ALTER TABLE a ADD CONSTRAINT fk FOREIGN KEY(xy) REFERENCES b (id)",
        ),
        (
            ("fk", "a", "b", ["x"], ["id"]),
            {"onupdate": "CASCADE", "ondelete": "SET NULL", "match": "SIMPLE"},
            "ALTER TABLE a ADD CONSTRAINT fk FOREIGN KEY(x) REFERENCES b (id) "
            "MATCH SIMPLE ON DELETE SET NULL ON UPDATE CASCADE",
        ),
        (
            ("fk", "a", "b", ["x"], ["id"]),
            {"deferrable": True, "initially": "deferred"},
            "ALTER TABLE a ADD CONSTRAINT fk FOREIGN KEY(x) REFERENCES b (id) DEFERRABLE INITIALLY deferred",
        ),
        (
            ("fk", "a", "b", ["x"], ["id"]),
            {"use_alter": True},
            "ALTER TABLE a ADD CONSTRAINT fk FOREIGN KEY(x) REFERENCES b (id)",
        ),
    ],
)
def test_a_foreign_key_is_written_with_its_options(arguments, keywords, expected):
    assert sql_of("default", lambda: op.create_foreign_key(*arguments, **keywords)) == [expected]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (func.length(column("code")) > 2, "length(code) > 2"),
        (column("code", sa.String) != "it's 5%", "code != 'it''s 5%'"),
        ("code ~ '^a{1,2} :x' AND qty % 2 = 0", "code ~ '^a{1,2} :x' AND qty % 2 = 0"),
        (text("code <> 'x'"), "code <> 'x'"),
        (sa.table("stock", column("qty", sa.Integer)).c.qty.in_([1, 2]), "qty IN (1, 2)"),
        (sa.Table("model", sa.MetaData(), sa.Column("Qty", sa.Integer)).c.Qty > 1, '"Qty" > 1'),
    ],
)
def test_the_condition_of_a_check_has_its_values_inline_and_no_table(condition, expected):
    made = sql_of("default", lambda: op.create_check_constraint("ck", "stock", condition))
    assert made == [f"ALTER TABLE stock ADD CONSTRAINT ck CHECK ({expected})"]


def test_keys_and_unique_constraints_are_added_in_a_schema():
    assert sql_of(
        "default",
        lambda: (
            op.create_primary_key("pk", "stock", ["a", "B"], schema="erp"),
            op.create_unique_constraint("uq", "stock", ["a", "B"], deferrable=True, initially="DEFERRED"),
            op.create_check_constraint("ck", "stock", "a > 1", schema="erp", deferrable=False),
        ),
    ) == [
        'ALTER TABLE erp.stock ADD CONSTRAINT pk PRIMARY KEY (a, "B")',
        'ALTER TABLE stock ADD CONSTRAINT uq UNIQUE (a, "B") DEFERRABLE INITIALLY DEFERRED',
        "ALTER TABLE erp.stock ADD CONSTRAINT ck CHECK (a > 1) NOT DEFERRABLE",
    ]


@pytest.mark.parametrize("kind", [None, "foreignkey", "unique", "check", "primary"])
def test_a_constraint_is_dropped_by_name_whatever_its_kind(kind):
    assert sql_of(
        "default",
        lambda: (
            op.drop_constraint("k", "t", type_=kind),
            op.drop_constraint("k", "t", kind),
            op.drop_constraint("K", "t", kind, schema="s", if_exists=True),
        ),
    ) == [
        "ALTER TABLE t DROP CONSTRAINT k",
        "ALTER TABLE t DROP CONSTRAINT k",
        'ALTER TABLE s.t DROP CONSTRAINT IF EXISTS "K"',
    ]


def test_a_kind_of_constraint_that_does_not_exist_is_an_error_that_lists_the_kinds():
    with pytest.raises(OperationError, match="cannot be of the type 'fk'") as caught:
        sql_of("default", lambda: op.drop_constraint("k", "t", "fk"))
    assert caught.value.hint == "the types are 'foreignkey', 'primary', 'unique', 'check', and None."


@pytest.mark.parametrize("dialect", ["default", "postgresql", "mysql", "mariadb"])
def test_a_constraint_without_a_name_cannot_be_dropped(dialect):
    with pytest.raises(OperationError, match="A constraint of t is to be dropped and has no name"):
        sql_of(dialect, lambda: op.drop_constraint(None, "t", "unique"))


@pytest.mark.parametrize("dialect", ["default", "mysql"])
def test_an_exclude_constraint_is_refused_where_there_is_none(dialect):
    with pytest.raises(NotSupported, match=f"{dialect} has no EXCLUDE constraints") as caught:
        sql_of(dialect, lambda: op.create_exclude_constraint("ex", "stay", ("period", "&&")))
    assert "dialect.name" in caught.value.hint


@pytest.mark.parametrize(
    ("columns", "keywords", "expected"),
    [
        (["a"], {}, "CREATE INDEX ix ON stock (a)"),
        ("code", {}, "CREATE INDEX ix ON stock (code)"),
        (["a"], {"unique": True, "schema": "erp"}, "CREATE UNIQUE INDEX ix ON erp.stock (a)"),
        (["a"], {"quote": True}, 'CREATE INDEX "ix" ON stock (a)'),
        (["a"], {"if_not_exists": True}, "CREATE INDEX IF NOT EXISTS ix ON stock (a)"),
        (
            ["Code", text("lower(Code)"), func.upper(column("Code")), column("z").desc()],
            {},
            'CREATE INDEX ix ON stock ("Code", lower(Code), upper("Code"), z DESC)',
        ),
        ([sa.literal_column("a + 1")], {}, "CREATE INDEX ix ON stock (a + 1)"),
        (["a", "a"], {}, "CREATE INDEX ix ON stock (a, a)"),
    ],
)
def test_an_index_takes_names_texts_and_expressions(columns, keywords, expected):
    assert sql_of("default", lambda: op.create_index("ix", "stock", columns, **keywords)) == [expected]


def test_an_expression_over_a_model_leaves_the_model_alone():
    model = sa.Table("model", sa.MetaData(), sa.Column("code", sa.String))
    made = sql_of("default", lambda: op.create_index("ix", "stock", [func.lower(model.c.code), model.c.code]))
    assert made == ["CREATE INDEX ix ON stock (lower(code), code)"]
    assert not model.indexes


def test_an_index_is_dropped_with_the_table_as_second_argument():
    assert sql_of(
        "default",
        lambda: (
            op.drop_index("ix", "stock"),
            op.drop_index("ix", table_name="stock", schema="erp"),
            op.drop_index("ix", if_exists=True),
            op.drop_index("ix", "stock", postgresql_where=text("a > 1"), postgresql_include=["b"]),
        ),
    ) == ["DROP INDEX ix", "DROP INDEX erp.ix", "DROP INDEX IF EXISTS ix", "DROP INDEX ix"]
