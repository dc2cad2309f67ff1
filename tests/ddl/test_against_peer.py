"""The same calls give the same SQL as with Alembic, where Alembic is installed."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa
from flask_revisions import op
from sqlalchemy import column, func, text
from sqlalchemy.dialects import mysql, postgresql

from .sql import dialect_named, sql_of

pytest.importorskip("alembic")

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

C = sa.Column
INTEGER = sa.Integer()
BOOLEAN = sa.Boolean(create_constraint=True, name="ck")
CONVENTION = {
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

EVERYWHERE = [
    lambda o: o.rename_table("stock", "Goods", schema="erp"),
    lambda o: o.create_table(
        "stock",
        C("id", INTEGER, primary_key=True),
        C("code", sa.String(5), unique=True, server_default="x", nullable=False),
        C("shop_id", INTEGER, sa.ForeignKey("hq.shop.id", ondelete="CASCADE")),
        C("live", sa.Boolean(create_constraint=True, name="lv")),
        C("kind", sa.Enum("a", "b", name="kind")),
        C("made", sa.DateTime, server_default=func.now()),
        sa.CheckConstraint("id > 0", name="ck"),
        schema="erp",
        comment="it's",
        mysql_engine="InnoDB",
    ),
    lambda o: o.create_table("t", C("a", INTEGER, index=True), C("b", INTEGER, comment=""), if_not_exists=None),
    lambda o: o.create_table("t", C("a", INTEGER, sa.Identity(start=5)), C("b", INTEGER)),
    lambda o: o.drop_table("stock", schema="erp", if_exists=True),
    lambda o: o.create_table_comment("t", "it's", schema="s"),
    lambda o: o.drop_table_comment("t", existing_comment="x"),
    lambda o: o.add_column("t", C("a", INTEGER, nullable=False, server_default="12"), schema="S"),
    lambda o: o.add_column("t", C("a", INTEGER, sa.ForeignKey("o.id"), index=True)),
    lambda o: o.add_column("t", C("a", INTEGER, sa.CheckConstraint("a > 5"), unique=True)),
    lambda o: o.add_column("t", C("a", INTEGER, primary_key=True)),
    lambda o: o.add_column("t", C("a", INTEGER, primary_key=True), inline_primary_key=True),
    lambda o: o.add_column("t", C("a", sa.Boolean(create_constraint=True))),
    lambda o: o.add_column("t", C("a", INTEGER, comment="c"), if_not_exists=True),
    lambda o: o.drop_column("t", "A", schema="s", if_exists=True),
    lambda o: o.alter_column("t", "c", nullable=False, existing_type=INTEGER),
    lambda o: o.alter_column("t", "c", new_column_name="D", existing_type=INTEGER, existing_nullable=False),
    lambda o: o.alter_column("t", "c", server_default=None),
    lambda o: o.alter_column("t", "c", server_default="new"),
    lambda o: o.alter_column("t", "c", server_default=text("5"), type_=sa.BigInteger(), nullable=True),
    lambda o: o.alter_column("t", "c", type_=INTEGER, existing_type=BOOLEAN),
    lambda o: o.alter_column("t", "c", type_=BOOLEAN, existing_type=INTEGER),
    lambda o: o.alter_column("t", "c", existing_type=INTEGER, existing_server_default="1"),
    lambda o: o.create_primary_key("pk", "t", ["a", "B"], schema="s"),
    lambda o: o.create_foreign_key("fk", "a", "b", ["x", "y"], ["p", "y"], source_schema="s"),
    lambda o: o.create_foreign_key(None, "a", "a", ["x"], ["id"], ondelete="SET NULL", deferrable=True),
    lambda o: o.create_unique_constraint("uq", "t", ["a", "b"], schema="s"),
    lambda o: o.create_check_constraint("ck", "t", func.length(column("code")) > 2),
    lambda o: o.create_check_constraint("ck", "t", "code <> 'x'", schema="s"),
    lambda o: o.drop_constraint("k", "t", "foreignkey"),
    lambda o: o.drop_constraint("k", "t", type_="unique", schema="s"),
    lambda o: o.drop_constraint("k", "t", "check"),
    lambda o: o.drop_constraint("k", "t", "primary"),
    lambda o: o.create_index("ix", "t", ["a", text("lower(b)"), func.upper(column("C"))], unique=True),
    lambda o: o.create_index("ix", "t", ["a"], schema="s", postgresql_where=column("a") > 1, mysql_length=5),
    lambda o: o.create_index("ix", "t", ["a"], postgresql_include=["z"], postgresql_using="gist"),
    lambda o: o.create_index(None, "t", ["a"], if_not_exists=True),
    lambda o: o.drop_index("ix", "t", schema="s"),
    lambda o: o.drop_index("ix", table_name="t", if_exists=True, postgresql_concurrently=True),
    lambda o: o.execute("UPDATE t SET a = '\\:x'"),
    lambda o: o.execute(sa.table("t", column("a", sa.String)).update().values(a="it's")),
    lambda o: o.execute(sa.table("t", column("a", sa.String)).delete().where(column("a").in_(["x"]))),
    lambda o: o.bulk_insert(
        sa.table("t", column("a", INTEGER), column("d", sa.Date)),
        [{"a": 1}, {"d": o.inline_literal("2020-01-02")}],
    ),
]

POSTGRESQL = [
    lambda o: o.alter_column("t", "c", type_=INTEGER, nullable=False, comment="x", postgresql_using="c::int"),
    lambda o: o.alter_column("t", "c", server_default=sa.Identity(always=True), existing_server_default=None),
    lambda o: o.alter_column(
        "t",
        "c",
        server_default=sa.Identity(cycle=True, increment=2),
        existing_server_default=sa.Identity(),
    ),
    lambda o: o.alter_column("t", "c", server_default=None, existing_server_default=sa.Identity()),
    lambda o: o.create_exclude_constraint("ex", "T", ("p", "&&"), (column("R"), "="), where="r > 1"),
    lambda o: o.create_foreign_key("fk", "a", "b", ["x"], ["id"], postgresql_not_valid=True),
    lambda o: postgresql.ENUM("a", name="kind").create(o.get_bind(), checkfirst=False),
    lambda o: o.add_column("t", C("a", INTEGER, sa.ForeignKey("o.id")), inline_references=True),
]

MYSQL = [
    lambda o: o.alter_column("t", "c", autoincrement=True, existing_type=INTEGER, existing_nullable=False),
    lambda o: o.alter_column("t", "c", comment=None, existing_comment="x", existing_type=INTEGER),
    lambda o: o.alter_column("t", "c", type_=mysql.VARCHAR(9, collation="utf8mb4_bin"), existing_server_default="x"),
    lambda o: o.alter_column("t", "c", existing_type=sa.DateTime(), server_default=text("CURRENT_TIMESTAMP")),
]

NAMED = [
    lambda o: o.create_check_constraint("pos", "t", "a > 1"),
    lambda o: o.create_unique_constraint(None, "t", ["a"]),
    lambda o: o.create_foreign_key(None, "t", "o", ["a"], ["id"]),
    lambda o: o.drop_constraint("pos", "t", "check"),
    lambda o: o.drop_constraint(o.f("ck_t_pos"), "t", "check"),
    lambda o: o.create_table(
        "t",
        C("a", INTEGER, sa.CheckConstraint("a > 1", name="pos"), primary_key=True),
        C("b", sa.Boolean(create_constraint=True, name="live"), unique=True),
        sa.CheckConstraint("a > b", name=o.f("final")),
    ),
]


def of_the_peer(dialect, call, convention=None):
    printed = io.StringIO()
    options = {
        "as_sql": True,
        "literal_binds": True,
        "output_buffer": printed,
        "target_metadata": sa.MetaData(naming_convention=convention),
    }
    running = MigrationContext.configure(dialect=dialect_named(dialect), opts=options)
    with Operations.context(running) as operations:
        call(operations)
    texts = printed.getvalue().split(";\n")
    return [" ".join(text.split()) for text in texts if text.strip()]


@pytest.mark.parametrize("dialect", ["default", "postgresql", "mysql", "mariadb"])
@pytest.mark.parametrize("call", EVERYWHERE)
def test_a_call_gives_the_same_sql_on_every_dialect(call, dialect):
    assert sql_of(dialect, lambda: call(op)) == of_the_peer(dialect, call)


@pytest.mark.parametrize("call", POSTGRESQL)
def test_a_call_gives_the_same_sql_on_postgresql(call):
    assert sql_of("postgresql", lambda: call(op)) == of_the_peer("postgresql", call)


@pytest.mark.parametrize("dialect", ["mysql", "mariadb"])
@pytest.mark.parametrize("call", MYSQL)
def test_a_call_gives_the_same_sql_on_mysql(call, dialect):
    assert sql_of(dialect, lambda: call(op)) == of_the_peer(dialect, call)


@pytest.mark.parametrize("dialect", ["default", "postgresql"])
@pytest.mark.parametrize("call", NAMED)
def test_a_call_gives_the_same_names_under_a_convention(call, dialect):
    ours = sql_of(dialect, lambda: call(op), naming_convention=CONVENTION)
    assert ours == of_the_peer(dialect, call, CONVENTION)
