"""Operations hold copies: what a script or a model goes on using is never attached or changed."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask_revisions.operations.copies import copy_column, copy_item, copy_items, copy_type, detached
from sqlalchemy.dialects.postgresql import ExcludeConstraint


def model():
    return sa.Table(
        "model",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("a", sa.Integer, sa.ForeignKey("o.id", name="fk"), key="k", info={"x": 1}, comment="c"),
        sa.Column("b", sa.Boolean(create_constraint=True, name="ck_b"), unique=True, index=True),
        sa.UniqueConstraint("k", "id", name="uq", deferrable=True, postgresql_nulls_not_distinct=True),
        sa.CheckConstraint("id > 1", name="ck", info={"y": 2}),
        sa.ForeignKeyConstraint(["k", "id"], ["s.o.x", "s.o.y"], name="pair", ondelete="CASCADE", match="FULL"),
        sa.Index("ix", "k", sa.text("id DESC"), unique=True, postgresql_where=sa.text("id > 1")),
    )


@pytest.mark.parametrize("attached", [True, False])
def test_a_column_is_copied_with_all_that_it_carries(attached):
    column = sa.Column("a", sa.Integer, sa.ForeignKey("o.id", name="fk", ondelete="CASCADE"), key="k", comment="c")
    if attached:
        sa.Table("t", sa.MetaData(), column)
    copied = copy_column(column)
    (key,) = copied.foreign_keys
    assert copied.table is None
    assert (copied.name, copied.key, copied.comment) == ("a", "k", "c")
    assert (key.target_fullname, key.name, key.ondelete) == ("o.id", "fk", "CASCADE")
    assert next(iter(column.foreign_keys)) is not key


def test_one_column_of_a_foreign_key_over_two_is_copied_without_it():
    (composite,) = (c for c in model().foreign_key_constraints if c.name == "pair")
    copied = copy_column(composite.elements[1].parent)
    assert copied.foreign_keys == set()


def test_the_items_of_a_table_are_copied_once_each():
    source = model()
    copies = copy_items([*source.columns, *source.constraints, *source.indexes])
    table = sa.Table("copy", sa.MetaData(), *copies)
    assert sorted(str(c.name) for c in table.constraints if c.name) == ["ck", "ck_b", "fk", "pair", "uq"]
    assert {index.name for index in table.indexes} == {"ix", "ix_copy_b"}
    assert all(item.table is source for item in (*source.constraints, *source.indexes, *source.columns))


def test_constraints_keep_their_options():
    copies = {c.name: c for c in copy_items(model().constraints) if getattr(c, "name", None)}
    table = sa.Table("copy", sa.MetaData(), sa.Column("a", sa.Integer, key="k"), sa.Column("id", sa.Integer))
    for constraint in copies.values():
        table.append_constraint(constraint)
    unique, pair = copies["uq"], copies["pair"]
    assert (unique.deferrable, unique.columns.keys()) == (True, ["k", "id"])
    assert unique.dialect_kwargs["postgresql_nulls_not_distinct"] is True
    assert [key.target_fullname for key in pair.elements] == ["s.o.x", "s.o.y"]
    assert (pair.ondelete, pair.match) == ("CASCADE", "FULL")
    assert copies["ck"].info == {"y": 2}


def test_an_index_keeps_its_options_and_finds_the_columns_of_its_new_table():
    (index,) = copy_items([index for index in model().indexes if index.name == "ix"])
    table = sa.Table("copy", sa.MetaData(), sa.Column("z", sa.Integer, key="k"), index)
    assert index.table is table
    assert index.unique
    assert index.expressions[0] is table.c.k
    assert str(index.dialect_kwargs["postgresql_where"]) == "id > 1"


def test_an_exclude_constraint_can_be_copied_before_it_has_a_table():
    original = ExcludeConstraint(("a", "="), (sa.func.lower(sa.column("b")), "="), name="ex", where="a > 1")
    copied = copy_item(original)
    sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer), sa.Column("b", sa.String), copied)
    assert copied is not original
    assert (copied.name, str(copied.where), copied.using) == ("ex", "a > 1", "gist")
    assert [operator for _, _, operator in copied._render_exprs] == ["=", "="]


def test_an_expression_over_a_model_forgets_the_model():
    source = model()
    expression = detached(sa.func.lower(source.c.k) > source.c.id)
    sa.Index("new", expression)
    assert str(expression) == "lower(a) > id"
    assert {index.name for index in source.indexes} == {"ix", "ix_model_b"}
    assert detached("lower(a)") == "lower(a)"


def test_a_type_may_be_given_as_a_class():
    assert isinstance(copy_type(sa.String), sa.String)
    kind = sa.Enum("a", "b", name="kind")
    assert copy_type(kind) is not kind
    assert copy_type(kind).enums == ["a", "b"]
