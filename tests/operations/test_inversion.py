"""Each operation says how it is undone, or that it cannot be; undone twice, it is what it was."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask_revisions import op
from flask_revisions.errors import Irreversible
from flask_revisions.operations.base import Operation
from flask_revisions.operations.executor import Run
from flask_revisions.operations.inverse import inverse_of
from flask_revisions.runner.executors import CollectingExecutor

from ..ddl.sql import dialect_named, executing, sql_of

KEY = sa.Column("id", sa.Integer, primary_key=True)


def collected(function: Any, dialect: str = "postgresql") -> list[Operation]:
    executor = CollectingExecutor(dialect_named(dialect), run=Run(), naming_convention={})
    with executing(executor):
        function()
    return executor.operations


def texts(operations: Any) -> list[str]:
    return sql_of("postgresql", lambda: [op.invoke(operation) for operation in operations])


CALLS = {
    "create_table": (lambda: op.create_table("t", KEY), ["DROP TABLE t"]),
    "drop_table": (
        lambda: op.drop_table("t", existing=[KEY], schema="s"),
        ["CREATE TABLE s.t ( id SERIAL NOT NULL, PRIMARY KEY (id) )"],
    ),
    "rename_table": (lambda: op.rename_table("t", "u"), ["ALTER TABLE u RENAME TO t"]),
    "create_table_comment": (lambda: op.create_table_comment("t", "x"), ["COMMENT ON TABLE t IS NULL"]),
    "drop_table_comment": (
        lambda: op.drop_table_comment("t", existing_comment="x"),
        ["COMMENT ON TABLE t IS 'x'"],
    ),
    "add_column": (lambda: op.add_column("t", sa.Column("a", sa.Text)), ["ALTER TABLE t DROP COLUMN a"]),
    "drop_column": (
        lambda: op.drop_column("t", "a", existing=sa.Column("a", sa.Text, nullable=False)),
        ["ALTER TABLE t ADD COLUMN a TEXT NOT NULL"],
    ),
    "nullable": (lambda: op.alter_column("t", "a", nullable=False), ["ALTER TABLE t ALTER COLUMN a DROP NOT NULL"]),
    "type": (
        lambda: op.alter_column("t", "a", type_=sa.Text(), existing_type=sa.String(5), nullable=False),
        ["ALTER TABLE t ALTER COLUMN a TYPE VARCHAR(5)", "ALTER TABLE t ALTER COLUMN a DROP NOT NULL"],
    ),
    "default": (
        lambda: op.alter_column("t", "a", server_default="1", existing_server_default=None),
        ["ALTER TABLE t ALTER COLUMN a DROP DEFAULT"],
    ),
    "name": (lambda: op.alter_column("t", "a", new_column_name="b"), ["ALTER TABLE t RENAME b TO a"]),
    "create_foreign_key": (
        lambda: op.create_foreign_key("fk", "t", "u", ["a"], ["id"]),
        ["ALTER TABLE t DROP CONSTRAINT fk"],
    ),
    "drop_foreign_key": (
        lambda: op.drop_constraint(
            "fk", "t", existing=sa.ForeignKeyConstraint(["a", "b"], ["s.u.x", "s.u.y"], ondelete="CASCADE")
        ),
        ["ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY(a, b) REFERENCES s.u (x, y) ON DELETE CASCADE"],
    ),
    "drop_check": (
        lambda: op.drop_constraint("ck", "t", "check", existing=sa.CheckConstraint("a > 1")),
        ["ALTER TABLE t ADD CONSTRAINT ck CHECK (a > 1)"],
    ),
    "drop_primary_key": (
        lambda: op.drop_constraint("pk", "t", "primary", existing=sa.PrimaryKeyConstraint("a", "b")),
        ["ALTER TABLE t ADD CONSTRAINT pk PRIMARY KEY (a, b)"],
    ),
    "create_exclude_constraint": (
        lambda: op.create_exclude_constraint("ex", "t", ("a", "=")),
        ["ALTER TABLE t DROP CONSTRAINT ex"],
    ),
    "create_index": (
        lambda: op.create_index("ix", "t", ["a"], postgresql_concurrently=True, postgresql_where=sa.text("a > 1")),
        ["DROP INDEX CONCURRENTLY ix"],
    ),
    "drop_index": (
        lambda: op.drop_index("ix", "t", existing=sa.Index(None, "a", sa.text("lower(b)"), unique=True)),
        ["CREATE UNIQUE INDEX ix ON t (a, lower(b))"],
    ),
    "unnamed index": (lambda: op.create_index(None, "t", ["a"]), ["DROP INDEX ix_t_a"]),
}


@pytest.mark.parametrize("case", CALLS)
def test_the_way_back_of_an_operation(case: str) -> None:
    function, back = CALLS[case]
    operations = collected(function)
    inverse = inverse_of(operations)
    assert texts(inverse) == back
    assert texts(inverse_of(inverse)) == texts(operations)


def test_a_batch_is_undone_as_a_batch_last_change_first() -> None:
    def changes() -> None:
        with op.batch_alter_table("t") as batch:
            batch.add_column(sa.Column("a", sa.Text))
            batch.create_unique_constraint("uq", ["a"])

    (inverse,) = inverse_of(collected(changes))
    assert [each.describe() for each in inverse.operations] == ["drop constraint uq of t", "drop column a of t"]


@pytest.mark.parametrize(
    "function",
    [
        lambda: op.drop_table("t"),
        lambda: op.drop_column("t", "a"),
        lambda: op.drop_constraint("k", "t"),
        lambda: op.drop_index("ix"),
        lambda: op.alter_column("t", "a", type_=sa.Text()),
        lambda: op.alter_column("t", "a", server_default="1"),
        lambda: op.alter_column("t", "a", comment=None),
        lambda: op.drop_table_comment("t"),
        lambda: op.execute("UPDATE t SET a = 1"),
        lambda: op.bulk_insert(sa.table("t", sa.column("a")), [{"a": 1}]),
    ],
)
def test_what_does_not_say_how_it_is_undone_is_named(function: Any) -> None:
    (operation,) = collected(function)
    with pytest.raises(Irreversible) as caught:
        operation.invert()
    assert caught.value.operation == operation.describe() and caught.value.hint


def test_rows_of_a_table_that_the_same_operations_create_go_with_it() -> None:
    def create() -> None:
        table = op.create_table("t", KEY)
        op.bulk_insert(table, [{"id": 1}])

    assert texts(inverse_of(collected(create))) == ["DROP TABLE t"]


def test_what_is_sent_through_the_connection_is_collected() -> None:
    def send() -> None:
        op.get_bind().execute(sa.text("DELETE FROM t WHERE a = :a"), {"a": 1})
        op.get_bind().exec_driver_sql("UPDATE t SET a = 'x:y'")

    assert texts(collected(send)) == ["DELETE FROM t WHERE a = 1", "UPDATE t SET a = 'x:y'"]
