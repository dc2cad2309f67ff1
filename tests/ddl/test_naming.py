"""Naming conventions and final names."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask_revisions import op
from flask_revisions.errors import OperationError
from sqlalchemy import column, func
from sqlalchemy.sql.elements import conv

from .sql import sql_of

C = sa.Column
CONVENTION = {
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def named(function):
    return sql_of("default", function, naming_convention=CONVENTION)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (
            lambda: op.create_check_constraint("pos", "stock", "a > 1"),
            "ADD CONSTRAINT ck_stock_pos CHECK (a > 1)",
        ),
        (
            lambda: op.create_unique_constraint(None, "stock", ["a", "b"]),
            "ADD CONSTRAINT uq_stock_a UNIQUE (a, b)",
        ),
        (lambda: op.create_unique_constraint("mine", "stock", ["a"]), "ADD CONSTRAINT mine UNIQUE (a)"),
        (lambda: op.create_primary_key(None, "stock", ["a"]), "ADD CONSTRAINT pk_stock PRIMARY KEY (a)"),
        (
            lambda: op.create_foreign_key(None, "stock", "shop", ["s"], ["id"]),
            "ADD CONSTRAINT fk_stock_s_shop FOREIGN KEY(s) REFERENCES shop (id)",
        ),
        (lambda: op.drop_constraint("pos", "stock", type_="check"), "DROP CONSTRAINT ck_stock_pos"),
        (lambda: op.drop_constraint("mine", "stock", type_="unique"), "DROP CONSTRAINT mine"),
        (lambda: op.drop_constraint("pos", "stock"), "DROP CONSTRAINT pos"),
        (lambda: op.drop_constraint(op.f("ck_stock_pos"), "stock", "check"), "DROP CONSTRAINT ck_stock_pos"),
        (
            lambda: op.create_check_constraint(op.f("ck_stock_pos"), "stock", "a > 1"),
            "ADD CONSTRAINT ck_stock_pos CHECK (a > 1)",
        ),
    ],
)
def test_the_convention_names_constraints_and_leaves_final_names(call, expected):
    assert named(call) == [f"ALTER TABLE stock {expected}"]


def test_the_convention_names_indexes():
    assert named(
        lambda: (
            op.create_index(None, "stock", ["a", "b"]),
            op.create_index("mine", "stock", ["a"]),
            op.drop_index("mine", "stock"),
        )
    ) == [
        "CREATE INDEX ix_stock_a_b ON stock (a, b)",
        "CREATE INDEX mine ON stock (a)",
        "DROP INDEX mine",
    ]


def test_without_a_convention_an_index_gets_the_name_that_sqlalchemy_gives():
    for convention in (None, {"pk": "pk_%(table_name)s"}):
        made = sql_of("default", lambda: op.create_index(None, "stock", ["a"]), naming_convention=convention)
        assert made == ["CREATE INDEX ix_stock_a ON stock (a)"]


def test_checks_are_named_for_the_table_that_is_created():
    assert named(
        lambda: op.create_table(
            "stock",
            C("a", sa.Integer, sa.CheckConstraint("a > 1", name="small")),
            C("b", sa.Integer, sa.CheckConstraint("b > 1", name=op.f("ck_final"))),
            C("c", sa.Boolean(create_constraint=True, name="live")),
            C("d", sa.Boolean(create_constraint=True, name=op.f("ck_d"))),
            sa.CheckConstraint("a > b", name="both"),
        )
    ) == [
        "CREATE TABLE stock ( a INTEGER CONSTRAINT ck_stock_small CHECK (a > 1), "
        "b INTEGER CONSTRAINT ck_final CHECK (b > 1), c BOOLEAN, d BOOLEAN, "
        "CONSTRAINT ck_stock_both CHECK (a > b), CONSTRAINT ck_stock_live CHECK (c IN (0, 1)), "
        "CONSTRAINT ck_d CHECK (d IN (0, 1)) )"
    ]


def test_a_check_that_another_metadata_has_named_keeps_its_name():
    model = sa.Table(
        "model",
        sa.MetaData(naming_convention=CONVENTION),
        C("a", sa.Integer),
        sa.CheckConstraint("a > 1", name="pos"),
    )
    check = next(item for item in model.constraints if isinstance(item, sa.CheckConstraint))
    assert named(lambda: op.create_table("stock", model.c.a, check)) == [
        "CREATE TABLE stock ( a INTEGER, CONSTRAINT ck_model_pos CHECK (a > 1) )"
    ]


def test_everything_that_a_new_column_brings_along_is_named():
    column = C(
        "a",
        sa.Boolean(create_constraint=True, name="live"),
        sa.CheckConstraint("a > 1", name="pos"),
        sa.ForeignKey("shop.id"),
        unique=True,
    )
    made = named(lambda: op.add_column("stock", column))
    assert made[0] == "ALTER TABLE stock ADD COLUMN a BOOLEAN CONSTRAINT ck_stock_pos CHECK (a > 1)"
    assert sorted(made[1:]) == [
        "ALTER TABLE stock ADD CONSTRAINT ck_stock_live CHECK (a IN (0, 1))",
        "ALTER TABLE stock ADD CONSTRAINT fk_stock_a_shop FOREIGN KEY(a) REFERENCES shop (id)",
        "ALTER TABLE stock ADD CONSTRAINT uq_stock_a UNIQUE (a)",
    ]


def test_a_foreign_key_in_the_column_itself_keeps_the_name_of_the_convention():
    column = C("a", sa.Integer, sa.ForeignKey("shop.id"))
    assert named(lambda: op.add_column("stock", column, inline_references=True)) == [
        "ALTER TABLE stock ADD COLUMN a INTEGER CONSTRAINT fk_stock_a_shop REFERENCES shop (id)"
    ]


def test_the_check_of_a_type_is_exchanged_under_the_name_of_the_convention():
    def kind(*values):
        return sa.Enum(*values, name="kind", native_enum=False, create_constraint=True)

    assert named(lambda: op.alter_column("stock", "k", type_=kind("a", "b"), existing_type=kind("a"))) == [
        "ALTER TABLE stock DROP CONSTRAINT ck_stock_kind",
        "ALTER TABLE stock ALTER COLUMN k TYPE VARCHAR(1)",
        "ALTER TABLE stock ADD CONSTRAINT ck_stock_kind CHECK (k IN ('a', 'b'))",
    ]


def test_a_convention_that_needs_a_name_says_so_when_there_is_none():
    with pytest.raises(OperationError, match="requires that constraint is explicitly named"):
        named(lambda: op.create_check_constraint(None, "stock", "a > 1"))


def test_an_index_over_an_expression_cannot_be_named_by_its_columns():
    with pytest.raises(OperationError, match="requires that the index have a name"):
        sql_of("default", lambda: op.create_index(None, "stock", [func.lower(column("a"))]))


@pytest.mark.parametrize(("name", "shown"), [("x" * 70, None), (conv("x" * 70), "x" * 55 + "_")])
def test_a_final_name_that_is_too_long_is_cut_as_in_the_models(name, shown):
    call = lambda: op.create_unique_constraint(name, "stock", ["a"])  # noqa: E731
    if shown is None:
        with pytest.raises(OperationError, match="exceeds maximum length of 63"):
            sql_of("postgresql", call)
    else:
        assert sql_of("postgresql", call)[0].startswith(f"ALTER TABLE stock ADD CONSTRAINT {shown}")


def test_a_convention_may_have_tokens_that_are_functions():
    convention = {"uq": "uq_%(short)s_%(table_name)s", "short": lambda constraint, table: table.name[:2]}
    made = sql_of("default", lambda: op.create_unique_constraint(None, "stock", ["a"]), naming_convention=convention)
    assert made == ["ALTER TABLE stock ADD CONSTRAINT uq_st_stock UNIQUE (a)"]
