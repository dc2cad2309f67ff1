"""SQL Server: procedures for renames and comments, constraints that are defaults, IF before a statement."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask_revisions import op
from flask_revisions.errors import NotSupported, OperationError
from sqlalchemy import text

from .sql import RECENT, sql_of

C = sa.Column
INTEGER = sa.Integer()


def mssql(function, **keywords):
    return sql_of("mssql", function, **keywords)


def ending(kind, table, column, *, owner="parent", joined=""):
    return (
        f"DECLARE @name nvarchar(260) SELECT @name = QUOTENAME(name) FROM sys.{kind}{joined} "
        f"WHERE {owner}_object_id = OBJECT_ID('{table}') "
        f"AND COL_NAME({owner}_object_id, {owner}_column_id) = '{column}' "
        f"EXEC('ALTER TABLE {table} DROP CONSTRAINT ' + @name)"
    )


KEYS = " k JOIN sys.foreign_key_columns c ON k.object_id = c.constraint_object_id"


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (C("c", INTEGER, nullable=False, server_default="12"), "ALTER TABLE t ADD c INTEGER NOT NULL DEFAULT '12'"),
        (C("c", INTEGER, sa.Computed("a * 5")), "ALTER TABLE t ADD c AS (a * 5)"),
        (C("c", INTEGER, sa.Identity()), "ALTER TABLE t ADD c INTEGER NOT NULL IDENTITY"),
        (C("c", INTEGER, sa.Identity(start=3)), "ALTER TABLE t ADD c INTEGER NOT NULL IDENTITY(3,1)"),
        (C("c", INTEGER, sa.Identity(increment=2, always=True)), "ALTER TABLE t ADD c INTEGER NOT NULL IDENTITY(1,2)"),
        (C("c", INTEGER, sa.CheckConstraint("c > 5")), "ALTER TABLE t ADD c INTEGER NULL CHECK (c > 5)"),
        (C("c", sa.Boolean(create_constraint=True)), "ALTER TABLE t ADD c BIT NULL"),
    ],
)
def test_a_column_is_added_without_the_word_column(column, expected):
    assert mssql(lambda: op.add_column("t", column)) == [expected]


def test_a_foreign_key_goes_into_the_column_if_asked_for():
    column = C("b", INTEGER, sa.ForeignKey("o.id", name="fk", ondelete="CASCADE"))
    assert mssql(lambda: op.add_column("t", column, inline_references=True)) == [
        "ALTER TABLE t ADD b INTEGER NULL CONSTRAINT fk REFERENCES o (id) ON DELETE CASCADE"
    ]


def test_what_is_created_only_if_it_is_missing_stands_behind_an_if():
    made = mssql(
        lambda: (
            op.create_table("t", C("a", INTEGER, index=True), schema="s", if_not_exists=True),
            op.add_column("T", C("it's", INTEGER), schema="s", if_not_exists=True),
            op.create_index("ix", "größe", ["a"], if_not_exists=True),
        )
    )
    assert made == [
        "IF OBJECT_ID('s.t') IS NULL CREATE TABLE s.t ( a INTEGER NULL )",
        "IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE object_id = OBJECT_ID('s.t') AND name = 'ix_s_t_a') "
        "CREATE INDEX ix_s_t_a ON s.t (a)",
        "IF COL_LENGTH('s.[T]', 'it''s') IS NULL ALTER TABLE s.[T] ADD [it's] INTEGER NULL",
        "IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE object_id = OBJECT_ID(N'[größe]') AND name = 'ix') "
        "CREATE INDEX ix ON [größe] (a)",
    ]


def test_what_is_dropped_only_if_it_exists_says_so():
    made = mssql(
        lambda: (
            op.drop_table("t", if_exists=True),
            op.drop_column("t", "c", if_exists=True),
            op.drop_constraint("k", "t", if_exists=True),
            op.drop_index("ix", "t", if_exists=True),
        )
    )
    assert made == [
        "DROP TABLE IF EXISTS t",
        "ALTER TABLE t DROP COLUMN IF EXISTS c",
        "ALTER TABLE t DROP CONSTRAINT IF EXISTS k",
        "DROP INDEX IF EXISTS ix ON t",
    ]


@pytest.mark.parametrize(
    ("keywords", "expected"),
    [
        ({"nullable": False, "existing_type": INTEGER}, "ALTER TABLE t ALTER COLUMN c INTEGER NOT NULL"),
        ({"nullable": True, "type_": INTEGER}, "ALTER TABLE t ALTER COLUMN c INTEGER NULL"),
        ({"type_": INTEGER, "existing_nullable": False}, "ALTER TABLE t ALTER COLUMN c INTEGER NOT NULL"),
        ({"server_default": "5"}, "ALTER TABLE t ADD DEFAULT '5' FOR c"),
        (
            {"server_default": text("getdate()"), "existing_server_default": None},
            "ALTER TABLE t ADD DEFAULT getdate() FOR c",
        ),
        ({"new_column_name": "D"}, "EXEC sp_rename 't.c', [D], 'COLUMN'"),
    ],
)
def test_a_column_is_changed(keywords, expected):
    assert mssql(lambda: op.alter_column("t", "c", **keywords)) == [expected]


def test_null_is_said_together_with_the_type():
    with pytest.raises(OperationError, match="on mssql without its type") as refused:
        mssql(lambda: op.alter_column("t", "c", nullable=False))
    assert "existing_type" in refused.value.hint
    with pytest.warns(UserWarning, match="existing_nullable"):
        made = mssql(lambda: op.alter_column("t", "c", type_=INTEGER))
    assert made == ["ALTER TABLE t ALTER COLUMN c INTEGER"]


def test_all_changes_of_a_column_come_in_a_fixed_order():
    made = mssql(
        lambda: op.alter_column(
            "t",
            "c",
            new_column_name="d",
            server_default="5",
            existing_server_default="4",
            type_=INTEGER,
            nullable=False,
            comment="x",
            schema="erp",
        )
    )
    assert made == [
        ending("default_constraints", "erp.t", "c"),
        "ALTER TABLE erp.t ALTER COLUMN c INTEGER NOT NULL",
        "ALTER TABLE erp.t ADD DEFAULT '5' FOR c",
        "EXEC sp_addextendedproperty 'MS_Description', N'x', 'schema', erp, 'table', t, 'column', c",
        "EXEC sp_rename 'erp.t.c', d, 'COLUMN'",
    ]


def test_a_default_ends_with_its_constraint():
    assert mssql(lambda: op.alter_column("t", "c", server_default=None)) == [ending("default_constraints", "t", "c")]
    assert mssql(lambda: op.alter_column("t", "c", existing_server_default="1", existing_type=INTEGER)) == []


@pytest.mark.parametrize(("new", "old"), [(sa.Identity(), False), (None, sa.Identity()), (sa.Computed("1"), None)])
def test_a_column_does_not_become_an_identity_or_computed(new, old):
    with pytest.raises(NotSupported, match="computed and identity columns stay as such"):
        mssql(lambda: op.alter_column("t", "c", server_default=new, existing_server_default=old))


def test_constraints_over_a_column_go_before_it():
    drop = {"mssql_drop_default": True, "mssql_drop_check": True, "mssql_drop_foreign_key": True}
    expected = [
        ending("default_constraints", "erp.t", "c"),
        ending("check_constraints", "erp.t", "c"),
        ending("foreign_keys", "erp.t", "c", owner="c.parent", joined=KEYS),
        "ALTER TABLE erp.t DROP COLUMN c",
    ]
    assert mssql(lambda: op.drop_column("t", "c", schema="erp", **drop)) == expected

    def in_batch():
        with op.batch_alter_table("t", schema="erp") as batch_op:
            batch_op.drop_column("c", **drop)
            batch_op.drop_column("d", mssql_drop_default=True)

    assert mssql(in_batch) == [
        *expected,
        ending("default_constraints", "erp.t", "d"),
        "ALTER TABLE erp.t DROP COLUMN d",
    ]


def test_a_rename_quotes_each_part_within_the_string():
    made = mssql(
        lambda: (
            op.rename_table("stock", "goods", schema="erp"),
            op.rename_table("StockItem", "GoodsItem", schema="Erp"),
            op.rename_table("it's", "a b"),
            op.alter_column("StockItem", "Qty", new_column_name="amount", schema="Erp"),
        )
    )
    assert made == [
        "EXEC sp_rename 'erp.stock', goods",
        "EXEC sp_rename '[Erp].[StockItem]', [GoodsItem]",
        "EXEC sp_rename '[it''s]', [a b]",
        "EXEC sp_rename '[Erp].[StockItem].[Qty]', amount, 'COLUMN'",
    ]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (
            lambda: op.create_table_comment("t", "it's"),
            "sp_addextendedproperty 'MS_Description', N'it''s', 'schema', dbo, 'table', t",
        ),
        (
            lambda: op.create_table_comment("T", "x", existing_comment="y", schema="s"),
            "sp_updateextendedproperty 'MS_Description', N'x', 'schema', s, 'table', [T]",
        ),
        (
            lambda: op.drop_table_comment("t", existing_comment="y"),
            "sp_dropextendedproperty 'MS_Description', 'schema', dbo, 'table', t",
        ),
        (
            lambda: op.alter_column("t", "a b", comment="x", existing_comment="y"),
            "sp_updateextendedproperty 'MS_Description', N'x', 'schema', dbo, 'table', t, 'column', [a b]",
        ),
        (
            lambda: op.alter_column("t", "c", comment=None, existing_comment="y", schema="s"),
            "sp_dropextendedproperty 'MS_Description', 'schema', s, 'table', t, 'column', c",
        ),
    ],
)
def test_a_comment_is_a_property(call, expected):
    assert mssql(call) == [f"EXEC {expected}"]


def test_comments_follow_the_table_that_they_are_about():
    made = mssql(lambda: op.create_table("t", C("a", INTEGER, comment="x"), comment="it's"))
    assert made == [
        "CREATE TABLE t ( a INTEGER NULL )",
        "execute sp_addextendedproperty 'MS_Description', N'it''s', 'schema', dbo, 'table', t",
        "execute sp_addextendedproperty 'MS_Description', N'x', 'schema', dbo, 'table', t, 'column', a",
    ]


def test_indexes_take_their_options_and_belong_to_a_table():
    made = mssql(
        lambda: (
            op.create_index(
                "ix", "t", ["a"], schema="s", mssql_include=["z"], mssql_clustered=True, mssql_where=text("a > 1")
            ),
            op.drop_index("ix", "t", schema="s"),
        )
    )
    assert made == ["CREATE CLUSTERED INDEX ix ON s.t (a) INCLUDE (z) WHERE a > 1", "DROP INDEX ix ON s.t"]
    with pytest.raises(OperationError, match="needs the table of the index ix"):
        mssql(lambda: op.drop_index("ix"))


def test_constraints_come_and_go():
    made = mssql(
        lambda: (
            op.create_foreign_key(
                "fk", "a", "b", ["x"], ["id"], source_schema="s", ondelete="CASCADE", onupdate="SET NULL"
            ),
            op.create_primary_key("pk", "t", ["a", "B"]),
            op.create_unique_constraint("uq", "t", ["a"]),
            op.create_check_constraint("ck", "t", sa.func.len(sa.column("a")) > 2),
            op.drop_constraint("ck", "t", "check", schema="s"),
        )
    )
    assert made == [
        "ALTER TABLE s.a ADD CONSTRAINT fk FOREIGN KEY(x) REFERENCES b (id) ON DELETE CASCADE ON UPDATE SET NULL",
        "ALTER TABLE t ADD CONSTRAINT pk PRIMARY KEY (a, [B])",
        "ALTER TABLE t ADD CONSTRAINT uq UNIQUE (a)",
        "ALTER TABLE t ADD CONSTRAINT ck CHECK (len(a) > 2)",
        "ALTER TABLE s.t DROP CONSTRAINT ck",
    ]


def test_the_check_of_an_enum_goes_before_its_type_and_comes_after_it():
    kind = sa.Enum("a", "b", name="kind", create_constraint=True)
    leaving = mssql(lambda: op.alter_column("t", "c", existing_type=kind, type_=sa.String(9), existing_nullable=True))
    coming = mssql(lambda: op.alter_column("t", "c", existing_type=sa.String(9), type_=kind, existing_nullable=True))
    assert leaving == ["ALTER TABLE t DROP CONSTRAINT kind", "ALTER TABLE t ALTER COLUMN c VARCHAR(9) NULL"]
    assert coming == [
        "ALTER TABLE t ALTER COLUMN c VARCHAR(1) NULL",
        "ALTER TABLE t ADD CONSTRAINT kind CHECK (c IN ('a', 'b'))",
    ]


def test_rows_may_bring_values_for_an_identity_column():
    table = sa.table("t", sa.column("id", INTEGER), sa.column("name", sa.String), schema="s")
    rows = [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}, {"name": "c"}]
    given = "IF EXISTS (SELECT 1 FROM sys.identity_columns WHERE object_id = OBJECT_ID('s.t') AND name IN ({})) "
    both, one = (given.format(names) + "SET IDENTITY_INSERT s.t" for names in ("'id', 'name'", "'name'"))
    assert mssql(lambda: op.bulk_insert(table, rows)) == [
        f"{both} ON",
        "INSERT INTO s.t (id, name) VALUES (1, 'a')",
        "INSERT INTO s.t (id, name) VALUES (2, 'b')",
        f"{both} OFF",
        f"{one} ON",
        "INSERT INTO s.t (name) VALUES ('c')",
        f"{one} OFF",
    ]
    assert mssql(lambda: op.bulk_insert(table, [])) == []


def test_names_follow_the_convention():
    convention = {"ck": "ck_%(table_name)s_%(constraint_name)s", "uq": "uq_%(table_name)s_%(column_0_name)s"}
    made = mssql(
        lambda: (
            op.create_check_constraint("pos", "stock", "a > 1"),
            op.create_unique_constraint(None, "stock", ["a"]),
            op.drop_constraint("pos", "stock", "check"),
            op.drop_constraint(op.f("final"), "stock", "check"),
        ),
        naming_convention=convention,
    )
    assert made == [
        "ALTER TABLE stock ADD CONSTRAINT ck_stock_pos CHECK (a > 1)",
        "ALTER TABLE stock ADD CONSTRAINT uq_stock_a UNIQUE (a)",
        "ALTER TABLE stock DROP CONSTRAINT ck_stock_pos",
        "ALTER TABLE stock DROP CONSTRAINT final",
    ]


@pytest.mark.skipif(not RECENT, reason="needs a newer SQLAlchemy")
def test_percent_signs_stay_single():
    assert mssql(lambda: op.add_column("t%", C("a%b", sa.String(9), server_default="5%"))) == [
        "ALTER TABLE [t%] ADD [a%b] VARCHAR(9) NULL DEFAULT '5%'"
    ]
