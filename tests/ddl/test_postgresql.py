"""What PostgreSQL is sent."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask_revisions import op
from flask_revisions.errors import NotSupported, OperationError
from sqlalchemy import Computed, Identity, column, func, text
from sqlalchemy.dialects import postgresql

from .sql import dialect_named, sql_of

C = sa.Column


def altered(**keywords):
    return sql_of("postgresql", lambda: op.alter_column("stock", "qty", **keywords))


def test_a_new_type_takes_an_expression_that_converts():
    assert altered(type_=sa.Integer, postgresql_using="qty::int") == [
        "ALTER TABLE stock ALTER COLUMN qty TYPE INTEGER USING qty::int"
    ]


def test_an_expression_that_converts_needs_a_new_type():
    with pytest.raises(OperationError, match="postgresql_using is for a new type") as caught:
        altered(postgresql_using="qty::int")
    assert "type_=" in caught.value.hint


def test_the_changes_of_a_column_come_in_a_fixed_order():
    assert altered(
        new_column_name="n", comment="c", server_default="1", nullable=False, type_=sa.Integer, schema="erp"
    ) == [
        "ALTER TABLE erp.stock ALTER COLUMN qty TYPE INTEGER",
        "ALTER TABLE erp.stock ALTER COLUMN qty SET NOT NULL",
        "ALTER TABLE erp.stock ALTER COLUMN qty SET DEFAULT '1'",
        "COMMENT ON COLUMN erp.stock.qty IS 'c'",
        "ALTER TABLE erp.stock RENAME qty TO n",
    ]


def test_a_comment_alone_is_only_a_comment():
    assert altered(comment="it's", existing_type=sa.Integer(), schema="Erp") == [
        "COMMENT ON COLUMN \"Erp\".stock.qty IS 'it''s'"
    ]
    assert altered(comment=None, existing_comment="x", schema="Erp") == ['COMMENT ON COLUMN "Erp".stock.qty IS NULL']


@pytest.mark.parametrize(
    ("keywords", "expected"),
    [
        ({"postgresql_concurrently": True}, "CREATE INDEX CONCURRENTLY ix ON t (c)"),
        ({"postgresql_include": ["z"]}, "CREATE INDEX ix ON t (c) INCLUDE (z)"),
        ({"postgresql_where": text("a > 1")}, "CREATE INDEX ix ON t (c) WHERE a > 1"),
        ({"postgresql_where": column("a") > 1}, "CREATE INDEX ix ON t (c) WHERE a > 1"),
        ({"postgresql_where": "a > 1"}, "CREATE INDEX ix ON t (c) WHERE a > 1"),
        ({"postgresql_using": "gin"}, "CREATE INDEX ix ON t USING gin (c)"),
        ({"postgresql_ops": {"c": "text_pattern_ops"}}, "CREATE INDEX ix ON t (c text_pattern_ops)"),
        ({"postgresql_with": {"fillfactor": 50}}, "CREATE INDEX ix ON t (c) WITH (fillfactor = 50)"),
        ({"postgresql_tablespace": "ts"}, "CREATE INDEX ix ON t (c) TABLESPACE ts"),
        (
            {"postgresql_nulls_not_distinct": True, "unique": True},
            "CREATE UNIQUE INDEX ix ON t (c) NULLS NOT DISTINCT",
        ),
        ({"mysql_length": {"c": 5}, "sqlite_where": text("a > 1")}, "CREATE INDEX ix ON t (c)"),
    ],
)
def test_an_index_is_created_with_its_options(keywords, expected):
    assert sql_of("postgresql", lambda: op.create_index("ix", "t", ["c"], **keywords)) == [expected]


def test_an_index_is_dropped_concurrently_with_and_without_its_table():
    assert sql_of(
        "postgresql",
        lambda: (
            op.drop_index("ix", "t", postgresql_concurrently=True),
            op.drop_index("ix", postgresql_concurrently=True, if_exists=True),
            op.drop_index("ix", "t", schema="erp"),
        ),
    ) == ["DROP INDEX CONCURRENTLY ix", "DROP INDEX CONCURRENTLY IF EXISTS ix", "DROP INDEX erp.ix"]


def test_expressions_of_an_index_get_the_parentheses_that_they_need():
    assert sql_of(
        "postgresql",
        lambda: op.create_index("ix", "t", [func.lower(column("a")), column("b") + 1, text("lower(c) DESC")]),
    ) == ["CREATE INDEX ix ON t (lower(a), (b + 1), lower(c) DESC)"]


def test_constraints_take_the_options_of_the_dialect():
    assert sql_of(
        "postgresql",
        lambda: (
            op.create_foreign_key("fk", "t", "o", ["a"], ["id"], postgresql_not_valid=True),
            op.create_check_constraint("ck", "t", "a > 1", postgresql_not_valid=True),
            op.create_unique_constraint("uq", "t", ["a"], postgresql_nulls_not_distinct=True),
        ),
    ) == [
        "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY(a) REFERENCES o (id) NOT VALID",
        "ALTER TABLE t ADD CONSTRAINT ck CHECK (a > 1) NOT VALID",
        "ALTER TABLE t ADD CONSTRAINT uq UNIQUE NULLS NOT DISTINCT (a)",
    ]


@pytest.mark.parametrize(
    ("elements", "keywords", "expected"),
    [
        (
            [("period", "&&")],
            {"where": "room > 1", "using": "gist"},
            "EXCLUDE USING gist (period WITH &&) WHERE (room > 1)",
        ),
        (
            [(column("Room"), "="), (func.lower(column("Name")), "=")],
            {"where": column("Room") > 1},
            'EXCLUDE USING gist ("Room" WITH =, lower("Name") WITH =) WHERE ("Room" > 1)',
        ),
        ([(text("int4range(a, b)"), "&&")], {}, "EXCLUDE USING gist (int4range(a, b) WITH &&)"),
        (
            [("period", "&&")],
            {"deferrable": True, "initially": "DEFERRED", "ops": {"period": "range_ops"}},
            "EXCLUDE USING gist (period range_ops WITH &&) DEFERRABLE INITIALLY DEFERRED",
        ),
    ],
)
def test_an_exclude_constraint_quotes_expressions_and_leaves_strings(elements, keywords, expected):
    made = sql_of("postgresql", lambda: op.create_exclude_constraint("ex", "stay", *elements, schema="h", **keywords))
    assert made == [f"ALTER TABLE h.stay ADD CONSTRAINT ex {expected}"]


def test_an_exclude_constraint_is_dropped_without_a_type():
    assert sql_of("postgresql", lambda: op.drop_constraint("ex", "Stay", type_=None)) == [
        'ALTER TABLE "Stay" DROP CONSTRAINT ex'
    ]


def test_comments_follow_the_table_that_they_are_about():
    assert sql_of(
        "postgresql",
        lambda: (
            op.create_table("t", C("a", sa.Integer, comment="on a"), C("b", sa.Integer, comment=""), comment="x"),
            op.add_column("T", C("C", sa.Integer, comment="it's 5%"), schema="S"),
        ),
    )[1:] == [
        "COMMENT ON TABLE t IS 'x'",
        "COMMENT ON COLUMN t.a IS 'on a'",
        "COMMENT ON COLUMN t.b IS ''",
        'ALTER TABLE "S"."T" ADD COLUMN "C" INTEGER',
        'COMMENT ON COLUMN "S"."T"."C" IS \'it\'\'s 5%\'',
    ]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (
            C("c", sa.Integer, Identity(start=10, increment=5, maxvalue=500, cycle=True)),
            "c INTEGER GENERATED BY DEFAULT AS IDENTITY (INCREMENT BY 5 START WITH 10 MAXVALUE 500 CYCLE)",
        ),
        (C("c", sa.Integer, Identity(always=True)), "c INTEGER GENERATED ALWAYS AS IDENTITY"),
        (C("c", sa.Integer, Computed("a * 5")), "c INTEGER GENERATED ALWAYS AS (a * 5) STORED"),
        (C("c", sa.Boolean(create_constraint=True)), "c BOOLEAN"),
        (C("c", sa.Enum("a", "b", name="kind")), "c kind"),
        (
            C("c", sa.DateTime(timezone=True), server_default=func.now()),
            "c TIMESTAMP WITH TIME ZONE DEFAULT now()",
        ),
    ],
)
def test_a_column_is_added_as_the_database_knows_it(column, expected):
    made = sql_of("postgresql", lambda: op.add_column("t", column))
    assert made[-1] == f"ALTER TABLE t ADD COLUMN {expected}"


def test_a_column_brings_its_type_along_if_that_is_not_there():
    made = sql_of("postgresql", lambda: op.add_column("t", C("c", sa.Enum("a", "b", name="kind", schema="s"))))
    creating = "CREATE TYPE s.kind AS ENUM ('a', 'b')"
    guarded = f"DO $$ BEGIN {creating}; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
    assert made == [guarded, "ALTER TABLE t ADD COLUMN c s.kind"]
    given = postgresql.ENUM("a", name="kind", create_type=False)
    assert sql_of("postgresql", lambda: op.add_column("t", C("c", given))) == ["ALTER TABLE t ADD COLUMN c kind"]


@pytest.mark.parametrize("existing", [None, False])
def test_a_column_becomes_an_identity(existing):
    assert altered(server_default=Identity(start=3), existing_server_default=existing) == [
        "ALTER TABLE stock ALTER COLUMN qty ADD GENERATED BY DEFAULT AS IDENTITY (START WITH 3)"
    ]


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        (Identity(always=True), Identity(), "SET GENERATED ALWAYS"),
        (Identity(), Identity(always=True), "SET GENERATED BY DEFAULT"),
        (Identity(start=7), Identity(), "SET START WITH 7"),
        (Identity(cycle=True, increment=2), Identity(), "SET CYCLE SET INCREMENT BY 2"),
        (Identity(always=None), Identity(), None),
        (Identity(), Identity(increment=5), None),
        (None, Identity(), "DROP IDENTITY"),
        (None, Computed("a * 5"), "DROP EXPRESSION"),
    ],
)
def test_a_change_of_an_identity_says_only_what_differs(new, old, expected):
    made = altered(server_default=new, existing_server_default=old)
    assert made == ([f"ALTER TABLE stock ALTER COLUMN qty {expected}"] if expected else [])


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        ("5", Identity(), ["DROP IDENTITY", "SET DEFAULT '5'"]),
        (Identity(), "5", ["DROP DEFAULT", "ADD GENERATED BY DEFAULT AS IDENTITY"]),
        ("5", Computed("a"), ["DROP EXPRESSION", "SET DEFAULT '5'"]),
    ],
)
def test_a_default_ends_before_an_identity_begins(new, old, expected):
    made = altered(server_default=new, existing_server_default=old)
    assert made == [f"ALTER TABLE stock ALTER COLUMN qty {words}" for words in expected]


@pytest.mark.parametrize(("version", "supported"), [(None, False), ((16, 2), False), ((17, 0), True)])
def test_an_expression_is_replaced_from_version_17_on(version, supported):
    dialect = dialect_named("postgresql")
    dialect.server_version_info = version
    new, old = Computed("a * 6"), Computed("a * 5")
    change = lambda: op.alter_column("t", "c", server_default=new, existing_server_default=old)  # noqa: E731
    if supported:
        assert sql_of(dialect, change) == ["ALTER TABLE t ALTER COLUMN c SET EXPRESSION AS (a * 6)"]
    else:
        with pytest.raises(NotSupported, match="computed and identity columns stay"):
            sql_of(dialect, change)


def test_a_named_enum_is_created_before_its_table_once():
    kind = sa.Enum("a", "b", name="kind")
    assert sql_of(
        "postgresql",
        lambda: (
            op.create_table("t", C("x", kind), C("y", sa.Enum("a", "b", name="kind"))),
            op.create_table("u", C("z", postgresql.ENUM("p", name="other", create_type=False))),
            op.drop_table("t"),
        ),
    ) == [
        "CREATE TYPE kind AS ENUM ('a', 'b')",
        "CREATE TABLE t ( x kind, y kind )",
        "CREATE TABLE u ( z other )",
        "DROP TABLE t",
    ]


def test_an_enum_created_on_the_bind_is_printed():
    def script():
        kind = postgresql.ENUM("a", "b", name="kind")
        kind.create(op.get_bind(), checkfirst=False)
        op.add_column("t", C("x", kind))
        kind.drop(op.get_bind(), checkfirst=False)

    assert sql_of("postgresql", script) == [
        "CREATE TYPE kind AS ENUM ('a', 'b')",
        "DO $$ BEGIN CREATE TYPE kind AS ENUM ('a', 'b'); EXCEPTION WHEN duplicate_object THEN NULL; END $$",
        "ALTER TABLE t ADD COLUMN x kind",
        "DROP TYPE kind",
    ]


def test_a_check_of_an_enum_that_is_no_type_of_the_database_is_exchanged():
    def kind(*values):
        return sa.Enum(*values, name="kind", native_enum=False, create_constraint=True)

    made = altered(type_=kind("a", "bb"), existing_type=kind("a"))
    assert made == [
        "ALTER TABLE stock DROP CONSTRAINT kind",
        "ALTER TABLE stock ALTER COLUMN qty TYPE VARCHAR(2)",
        "ALTER TABLE stock ADD CONSTRAINT kind CHECK (qty IN ('a', 'bb'))",
    ]


def test_percent_signs_are_single_in_every_text():
    assert sql_of(
        "postgresql+psycopg2",
        lambda: (
            op.create_table("a%b", C("x%y", sa.Integer, server_default="5%"), comment="100%"),
            op.create_check_constraint("c%k", "a%b", column("x%y", sa.Integer) % 2 == 0),
            op.execute("SELECT '5%'"),
        ),
    ) == [
        'CREATE TABLE "a%b" ( "x%y" INTEGER DEFAULT \'5%\' )',
        "COMMENT ON TABLE \"a%b\" IS '100%'",
        'ALTER TABLE "a%b" ADD CONSTRAINT "c%k" CHECK ("x%y" % 2 = 0)',
        "SELECT '5%'",
    ]
