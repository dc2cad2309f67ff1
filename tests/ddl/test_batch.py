"""Batches on databases with a complete ALTER TABLE."""

from __future__ import annotations

import warnings

import pytest
import sqlalchemy as sa
from flask_revisions import op
from flask_revisions.errors import NotSupported

from .sql import sql_of

C = sa.Column
ALTERING = pytest.mark.parametrize("dialect", ["default", "postgresql", "mysql", "mariadb"])


def batch(dialect, block, **keywords):
    def script():
        with op.batch_alter_table("stock", **keywords) as batch_op:
            block(batch_op)

    return sql_of(dialect, script)


@ALTERING
@pytest.mark.parametrize("recreate", ["auto", "always", "never"])
def test_the_changes_of_a_block_are_plain_alters(dialect, recreate):
    made = batch(
        dialect,
        lambda b: (b.add_column(C("qty", sa.Integer)), b.drop_column("gone"), b.create_index("ix", ["qty"])),
        recreate=recreate,
        schema="erp",
    )
    clauses = ["ADD COLUMN qty INTEGER", "DROP COLUMN gone"]
    together = [", ".join(clauses)] if dialect in ("mysql", "mariadb") else clauses
    assert made == [*(f"ALTER TABLE erp.stock {each}" for each in together), "CREATE INDEX ix ON erp.stock (qty)"]


@pytest.mark.parametrize("dialect", ["mysql", "mariadb"])
def test_a_clause_that_mentions_what_is_changed_begins_another_statement(dialect):
    made = batch(
        dialect,
        lambda b: (
            b.alter_column("a", new_column_name="b", existing_type=sa.Integer()),
            b.alter_column("ab", type_=sa.Integer()),
            b.create_unique_constraint("uq", ["b"]),
            b.drop_constraint("ck", "check"),
            b.create_check_constraint("ck", "x > 1"),
        ),
    )
    word = "CHECK" if dialect == "mysql" else "CONSTRAINT"
    assert made == [
        "ALTER TABLE stock CHANGE a b INTEGER NULL, MODIFY ab INTEGER NULL",
        f"ALTER TABLE stock ADD CONSTRAINT uq UNIQUE (b), DROP {word} ck",
        "ALTER TABLE stock ADD CONSTRAINT ck CHECK (x > 1)",
    ]


@ALTERING
def test_an_empty_block_does_nothing(dialect):
    assert batch(dialect, lambda b: None, recreate="always") == []


def test_execute_runs_before_the_changes_of_its_block():
    assert batch("default", lambda b: (b.drop_column("a"), b.execute("UPDATE stock SET b = a"))) == [
        "UPDATE stock SET b = a",
        "ALTER TABLE stock DROP COLUMN a",
    ]


def test_arguments_for_a_rebuild_change_nothing_where_nothing_is_rebuilt():
    check = sa.CheckConstraint("a > 1", name="ck")
    keywords = {
        "table_args": [check],
        "table_kwargs": {"sqlite_autoincrement": True},
        "reflect_args": [C("a", sa.Integer)],
        "reflect_kwargs": {"listeners": []},
        "naming_convention": {"uq": "uq_%(table_name)s"},
        "copy_from": sa.Table("stock", sa.MetaData(), C("a", sa.Integer)),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert batch("postgresql", lambda b: b.drop_column("a"), **keywords) == ["ALTER TABLE stock DROP COLUMN a"]


@pytest.mark.parametrize("place", [{"insert_after": "a"}, {"insert_before": "a"}])
@pytest.mark.parametrize("dialect", ["default", "postgresql"])
def test_a_place_among_the_columns_is_refused_where_there_is_none(dialect, place):
    for block in (
        lambda b: b.add_column(C("qty", sa.Integer), **place),
        lambda b: b.alter_column("qty", nullable=True, **place),
    ):
        with pytest.raises(NotSupported, match="at a place among the others") as caught:
            batch(dialect, block)
        assert "insert_after" in caught.value.hint


@pytest.mark.parametrize("dialect", ["default", "postgresql"])
def test_a_forced_rebuild_with_a_place_is_carried_out_and_says_that_the_order_stays(dialect):
    with pytest.warns(UserWarning, match="keeps the order of columns: add column qty to stock"):
        made = batch(dialect, lambda b: b.add_column(C("qty", sa.Integer), insert_after="a"), recreate="always")
    assert made == ["ALTER TABLE stock ADD COLUMN qty INTEGER"]
    with pytest.warns(UserWarning, match="keeps the order of columns: alter table stock"):
        batch(dialect, lambda b: None, recreate="always", partial_reordering=[("a", "b")])


@pytest.mark.parametrize("dialect", ["mysql", "mariadb"])
@pytest.mark.parametrize("recreate", ["auto", "always"])
def test_mysql_puts_a_column_behind_another_one(dialect, recreate):
    made = batch(
        dialect,
        lambda b: (
            b.add_column(C("qty", sa.Integer), insert_after="A"),
            b.alter_column("gone", existing_type=sa.Integer(), insert_after="qty"),
            b.alter_column("x", new_column_name="y", existing_type=sa.Integer(), insert_after="qty"),
        ),
        recreate=recreate,
    )
    assert made == [
        "ALTER TABLE stock ADD COLUMN qty INTEGER AFTER `A`, MODIFY gone INTEGER NULL AFTER qty, "
        "CHANGE x y INTEGER NULL AFTER qty"
    ]


def test_mysql_cannot_put_a_column_before_another_one():
    with pytest.raises(NotSupported, match="mysql cannot add column qty to stock at a place"):
        batch("mysql", lambda b: b.add_column(C("qty", sa.Integer), insert_before="a"))
