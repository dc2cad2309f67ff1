"""What operations make of a frozen schema: the same as the models say, and undone the schema that was there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask_revisions import op
from flask_revisions.operations.columns import AddColumn, DropColumn
from flask_revisions.operations.inverse import inverse_of
from flask_revisions.operations.same import same
from flask_revisions.operations.shape import converter
from flask_revisions.schema.model import Schema, without_sources

from .test_inversion import CALLS, collected

DIALECTS = ("postgresql", "mysql", "mariadb", "sqlite")
MOOD = ("sad", "ok")


def models(*tables: Callable[[sa.MetaData], Any], dialect: str = "postgresql") -> Schema:
    metadata = sa.MetaData()
    for table in tables:
        table(metadata)
    return plain(converter(dialect).schema([metadata]))


def plain(schema: Schema) -> Schema:
    """A schema without SQLAlchemy's items."""
    tables = {name: without_sources(table) for name, table in schema.tables.items()}
    return Schema(schema.dialect, tables, dict(schema.enums), dict(schema.sequences), schema.schemas)


def people(metadata: sa.MetaData) -> sa.Table:
    return sa.Table("people", metadata, sa.Column("id", sa.Integer, primary_key=True))


def tools(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "tools",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(50), nullable=False, server_default="x", comment="it"),
        sa.Column("owner", sa.Integer, sa.ForeignKey("people.id", name="fk", ondelete="CASCADE")),
        sa.UniqueConstraint("name", name="uq"),
        sa.CheckConstraint("id > 0", name="ck"),
        sa.Index("ix", "owner", "name"),
        comment="all",
    )


def make_tools() -> None:
    op.create_table("goods", sa.Column("id", sa.Integer, primary_key=True), sa.Column("title", sa.Text))
    op.rename_table("goods", "tools")
    op.alter_column("tools", "title", type_=sa.String(50), nullable=False, server_default="x", existing_type=sa.Text())
    op.alter_column("tools", "title", existing_type=sa.String(50), comment="it", new_column_name="name")
    op.add_column("tools", sa.Column("owner", sa.Integer))
    op.create_foreign_key("fk_old", "tools", "people", ["owner"], ["id"], ondelete="CASCADE")
    op.create_unique_constraint("uq", "tools", ["name"])
    op.create_check_constraint("ck", "tools", sa.column("id") > 0)
    op.create_index("ix", "tools", ["owner", "name"])
    op.create_table_comment("tools", "all")
    op.rename_constraint("fk_old", "fk", "tools")
    op.add_column("tools", sa.Column("gone", sa.Integer, index=True))
    op.drop_column("tools", "gone")


def applied(schema: Schema, function: Callable[[], Any], dialect: str = "postgresql") -> Schema:
    for operation in collected(function, dialect):
        schema = operation.apply(schema)
    return plain(schema)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_operations_lead_to_what_the_models_say(dialect: str) -> None:
    made = applied(models(people, dialect=dialect), make_tools, dialect)
    if dialect in ("mysql", "mariadb"):
        assert made.table("tools").indexes  # type: ignore[union-attr]
    expected = models(people, tools, dialect=dialect)
    if dialect == "sqlite":  # has no comments
        made = applied(made, lambda: op.drop_table_comment("tools"), dialect)
        made = applied(made, lambda: op.alter_column("tools", "name", comment=None), dialect)
    assert made == expected


def base(metadata: sa.MetaData) -> None:
    sa.Table(
        "t",
        metadata,
        sa.Column("a", sa.String(5)),
        sa.Column("b", sa.Text),
        sa.UniqueConstraint("a", name="k"),
        sa.PrimaryKeyConstraint("a", "b", name="pk"),
    )
    sa.Table("u", metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table("t", metadata, schema="s")


INVERTED = [
    case
    for case in CALLS
    if not case.startswith("drop_")
    and case not in ("create_table", "rename_table", "type", "nullable", "name", "type", "add_column")
]


@pytest.mark.parametrize("case", INVERTED)
def test_an_operation_and_its_way_back_leave_the_schema_as_it_was(case: str) -> None:
    schema = models(base)
    operations = collected(CALLS[case][0])
    after = schema
    for operation in operations:
        after = operation.apply(after)
    assert plain(after) != schema or case in ("default", "create_foreign_key")
    for operation in inverse_of(operations):
        after = operation.apply(after)
    assert plain(after) == schema


def test_enumerations_sequences_and_schemas_change() -> None:
    def change() -> None:
        op.create_enum("mood", MOOD)
        op.create_table("t", sa.Column("id", sa.Integer, primary_key=True), sa.Column("m", sa.Enum(*MOOD, name="mood")))
        op.add_enum_value("mood", "fine", before="ok")
        op.rename_enum_value("mood", "sad", "blue")
        op.alter_enum("mood", new_name="feeling")
        op.create_sequence("q", start=3)
        op.alter_sequence("q", increment=2)
        op.create_schema("s")
        op.drop_schema("s")

    schema = applied(Schema("postgresql"), change)
    (enum,) = schema.enums.values()
    (sequence,) = schema.sequences.values()
    assert (enum.name.name, enum.values) == ("feeling", ("blue", "fine", "ok"))
    assert (sequence.start, sequence.increment, schema.schemas) == (3, 2, frozenset())
    assert schema.table("t").column("m").type == "feeling"  # type: ignore[union-attr]


def test_a_drop_keeps_what_it_drops() -> None:
    column = sa.Column("a", sa.Enum("x", "y", name="e"), sa.ForeignKey("u.id"), nullable=False, server_default="x")
    assert same(DropColumn("t", column).invert(), AddColumn("t", column))
    assert not same(DropColumn("t", column).invert(), AddColumn("t", sa.Column("a", sa.Enum("x", name="e"))))
    assert not same(AddColumn("t", column), DropColumn("t", column))


@pytest.mark.parametrize("case", CALLS)
def test_undone_twice_an_operation_says_the_same(case: str) -> None:
    operations = collected(CALLS[case][0])
    again = inverse_of(inverse_of(operations))
    assert all(type(one) is type(other) for one, other in zip(operations, again, strict=True))
    if case not in ("nullable", "type", "default", "name", "create_index", "drop_foreign_key"):  # say more then
        assert all(same(one, other) for one, other in zip(operations, again, strict=True))
