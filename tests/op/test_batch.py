"""What a batch block collects, when it hands it over, and what it refuses."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask_revisions import op
from flask_revisions.errors import OperationError
from flask_revisions.operations.columns import AddColumn
from flask_revisions.operations.data import Execute
from flask_revisions.operations.executor import executing
from flask_revisions.operations.tables import AlterTable, DropTable
from sqlalchemy import column

from ..ddl.sql import TextExecutor, dialect_named, sql_of

C = sa.Column


class Collecting(TextExecutor):
    """Keeps operations instead of carrying them out."""

    def __init__(self):
        super().__init__(dialect_named("default"))
        self.operations = []

    def invoke(self, operation):
        self.operations.append(operation)


def collected(script):
    executor = Collecting()
    with executing(executor):
        script()
    return executor.operations


DIRECTIVES = [
    (lambda o, *t: o.add_column(*t, C("a", sa.Integer), if_not_exists=True)),
    (lambda o, *t: o.add_column(*t, C("a", sa.Integer, sa.ForeignKey("b.id")), inline_references=True)),
    (lambda o, *t: o.add_column(*t, C("a", sa.Integer, primary_key=True), inline_primary_key=True)),
    (lambda o, *t: o.alter_column(*t, "a", nullable=False, type_=sa.Integer, comment="x", server_default="5")),
    (lambda o, *t: o.alter_column(*t, "a", new_column_name="b", existing_type=sa.Integer())),
    (lambda o, *t: o.alter_column(*t, "a", type_=sa.Integer(), postgresql_using="a::int")),
    (lambda o, *t: o.drop_column(*t, "a", if_exists=True)),
    (lambda o, *t: o.create_primary_key("pk", *t, ["a", "b"])),
    (lambda o, *t: o.create_foreign_key("fk", *t, "b", ["x"], ["id"], ondelete="CASCADE", referent_schema="s")),
    (lambda o, *t: o.create_unique_constraint("uq", *t, ["a"], deferrable=True)),
    (lambda o, *t: o.create_check_constraint("ck", *t, column("a") > 1)),
    (lambda o, *t: o.create_exclude_constraint("ex", *t, ("a", "="), where="a > 1")),
    (lambda o, *t: o.drop_constraint("k", *t, type_="unique")),
    (lambda o, *t: o.create_index("ix", *t, ["a"], unique=True, if_not_exists=True, postgresql_using="gin")),
    (lambda o, *t: o.drop_index("ix", *t, if_exists=True, postgresql_concurrently=True)),
    (lambda o, *t: o.create_table_comment(*t, "x", existing_comment="y")),
    (lambda o, *t: o.drop_table_comment(*t, existing_comment="y")),
]


@pytest.mark.parametrize("directive", DIRECTIVES)
def test_a_directive_of_a_batch_is_the_same_operation_without_naming_the_table(directive):
    def in_a_batch():
        with op.batch_alter_table("stock") as batch_op:
            directive(batch_op)

    assert sql_of("postgresql", in_a_batch) == sql_of("postgresql", lambda: directive(op, "stock"))


def test_a_block_becomes_one_operation_with_all_that_it_was_told():
    copy_from = sa.Table("stock", sa.MetaData(), C("a", sa.Integer))

    def script():
        with op.batch_alter_table(
            "stock",
            "erp",
            recreate="always",
            partial_reordering=[("a", "b")],
            copy_from=copy_from,
            table_args=[sa.CheckConstraint("a > 1")],
            table_kwargs={"sqlite_autoincrement": True},
            reflect_args=[C("a", sa.Integer)],
            reflect_kwargs={"listeners": []},
            naming_convention={"uq": "uq"},
        ) as batch_op:
            batch_op.add_column(C("c", sa.Integer), insert_after="a")
            batch_op.alter_column("a", nullable=True, insert_before="c")

    (operation,) = collected(script)
    assert isinstance(operation, AlterTable)
    assert (operation.name, operation.schema, operation.recreate) == ("stock", "erp", "always")
    assert (operation.partial_reordering, operation.copy_from) == ((("a", "b"),), copy_from)
    assert operation.table_kwargs == (("sqlite_autoincrement", True),)
    assert (len(operation.table_args), len(operation.reflect_args)) == (1, 1)
    assert operation.reflect_kwargs == (("listeners", []),)
    assert operation.naming_convention == {"uq": "uq"}
    added, altered = operation.operations
    assert (added.insert_after, altered.insert_before) == ("a", "c")
    assert {change.schema for change in operation.operations} == {"erp"}


def test_nothing_is_handed_over_when_the_block_raises():
    executor = Collecting()
    with pytest.raises(RuntimeError), executing(executor):  # noqa: SIM117
        with op.batch_alter_table("stock") as batch_op:
            batch_op.drop_column("a")
            raise RuntimeError
    assert executor.operations == []


def test_statements_and_rows_go_out_before_the_changes():
    def script():
        with op.batch_alter_table("stock") as batch_op:
            batch_op.drop_column("a")
            batch_op.execute("UPDATE stock SET a = 1", execution_options={"x": 1})
            batch_op.invoke(Execute("SELECT 1"))

    first, second, last = collected(script)
    assert (first.statement, first.execution_options) == ("UPDATE stock SET a = 1", (("x", 1),))
    assert isinstance(second, Execute)
    assert isinstance(last, AlterTable)


def test_an_operation_on_the_table_can_be_given_as_an_object():
    def script():
        with op.batch_alter_table("stock") as batch_op:
            batch_op.invoke(AddColumn("stock", C("a", sa.Integer)))

    assert sql_of("default", script) == ["ALTER TABLE stock ADD COLUMN a INTEGER"]


@pytest.mark.parametrize(
    "directive",
    [
        lambda b: b.create_table("other", C("a", sa.Integer)),
        lambda b: b.drop_table("other"),
        lambda b: b.invoke(DropTable("other")),
    ],
)
def test_other_tables_have_no_place_in_a_block(directive):
    def script():
        with op.batch_alter_table("stock") as batch_op:
            directive(batch_op)

    with pytest.raises(OperationError) as caught:
        collected(script)
    assert "before or after the block" in caught.value.hint


def test_a_batch_answers_what_the_module_answers():
    executor = Collecting()
    with executing(executor), op.batch_alter_table("stock") as batch_op:
        assert batch_op.get_bind() is op.get_bind()
        assert batch_op.get_context() == batch_op.migration_context == op.get_context()
        assert batch_op.f("x") == "x"
        assert batch_op.inline_literal("x").value == "x"
        with pytest.raises(NotImplementedError):
            batch_op.run_async(print)
