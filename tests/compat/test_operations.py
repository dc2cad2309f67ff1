"""`Operations`, a project's own directives, and `MigrationContext.configure`."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask_revisions import op
from flask_revisions.compat import operations
from flask_revisions.compat.migration import MigrationContext
from flask_revisions.compat.operations import MigrateOperation, Operations
from flask_revisions.compat.refusals import NotCarried
from flask_revisions.operations.executor import executing

IMPORTS = "from alembic import op\nfrom alembic.operations import Operations, MigrateOperation\n"
SEQUENCE = (
    IMPORTS
    + """
@Operations.register_operation("create_sequence")
class CreateSequence(MigrateOperation):
    def __init__(self, name, schema=None):
        self.name = name

    @classmethod
    def create_sequence(cls, operations, name, **kw):
        return operations.invoke(cls(name, **kw))


@Operations.implementation_for(CreateSequence)
def create_sequence(operations, operation):
    operations.execute("SELECT '%s'" % operation.name)
    return operations.get_context().dialect.name
"""
)


@pytest.fixture(autouse=True)
def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register into registries of this test's own."""
    monkeypatch.setattr(operations, "_directives", {})
    monkeypatch.setattr(operations, "_implementations", {})


def test_a_directive_of_the_project_is_a_function_of_op(project: Any) -> None:
    assert project.run("return op.create_sequence('s', schema='x')", top=SEQUENCE) == "sqlite"
    assert project.executor.said == ["execute SELECT 's'"]


def test_it_can_be_imported_by_name(project: Any) -> None:
    top = SEQUENCE + "\nfrom alembic.op import create_sequence as create\n"
    assert project.run("return create('s')", top=top) == "sqlite"


def test_its_operations_can_be_invoked_as_objects(project: Any) -> None:
    assert project.run("return op.invoke(CreateSequence('s'))", top=SEQUENCE) == "sqlite"


def test_it_may_have_another_name_than_its_method(project: Any) -> None:
    top = SEQUENCE + "\nOperations.register_operation('make', 'create_sequence')(CreateSequence)\n"
    assert project.run("return op.make('s')", top=top) == "sqlite"


def test_an_implementation_serves_classes_that_are_derived(project: Any) -> None:
    top = SEQUENCE + "\nclass Special(CreateSequence): pass\n"
    assert project.run("return op.invoke(Special('s'))", top=top) == "sqlite"


def test_what_is_registered_later_takes_the_place_of_what_was_there() -> None:
    """Scripts that register something are loaded again by each run."""
    for answer in (1, 2):
        Operations.implementation_for(MigrateOperation)(lambda operations, operation, answer=answer: answer)
    assert operations._implementation(MigrateOperation)(None, None) == 2


def test_a_directive_without_an_implementation_says_so(project: Any) -> None:
    with pytest.raises(NotCarried, match="Nothing says how to carry out Lost"):
        project.run("op.invoke(Lost())", top=IMPORTS + "class Lost(MigrateOperation): pass\n")


def test_the_reverse_of_an_own_operation_is_its_own_matter() -> None:
    with pytest.raises(NotImplementedError):
        MigrateOperation().reverse()


# -- Operations on the running step ------------------------------------------------------------------


def test_operations_of_the_step_go_where_op_goes(project: Any) -> None:
    body = (
        "ops = Operations(op.get_context())\n"
        "ops.drop_table('users')\n"
        "with ops.batch_alter_table('users') as batch:\n    batch.drop_column('name')\n"
        "same = ops.get_bind() is op.get_bind()\n"
        "return same, ops.f('x'), ops.impl.dialect.name, ops.migration_context.as_sql"
    )
    assert project.run(body, top=IMPORTS) == (True, "x", "sqlite", False)
    assert project.executor.said == ["drop table users", "alter table users"]


def test_a_context_of_the_steps_connection_is_the_steps(project: Any) -> None:
    body = (
        "from alembic.migration import MigrationContext\n"
        "ctx = MigrationContext.configure(op.get_bind())\n"
        "Operations(ctx).drop_table('users')\n"
        "return ctx.get_current_heads(), ctx.get_current_revision()"
    )
    assert project.run(body, top=IMPORTS) == (("before1",), "before1")
    assert project.executor.said == ["drop table users"]


def test_a_batch_is_a_batch_of_alembics_name(project: Any) -> None:
    body = (
        "from alembic.operations.base import BatchOperations\n"
        "with op.batch_alter_table('t') as batch:\n    return isinstance(batch, BatchOperations)"
    )
    assert project.run(body, top=IMPORTS) is True


@pytest.mark.parametrize("name", ["nosuch", "_private", "__nosuch__"])
def test_a_directive_that_is_not_there_is_named(project: Any, name: str) -> None:
    with pytest.raises(AttributeError, match=re.escape(name)):
        project.run(f"getattr(Operations(op.get_context()), '{name}')", top=IMPORTS)


# -- MigrationContext on a connection of one's own -----------------------------------------------------


def test_a_connection_of_ones_own_can_be_worked_on(connection: sa.Connection) -> None:
    context = MigrationContext.configure(connection)
    work = Operations(context)
    work.create_table("users", sa.Column("id", sa.Integer, primary_key=True))
    work.execute("INSERT INTO users (id) VALUES (7)")
    assert connection.execute(sa.text("SELECT id FROM users")).scalar() == 7
    assert (context.bind, context.dialect.name, context.as_sql) == (connection, "sqlite", False)


def test_its_operations_do_not_go_to_the_step(project: Any) -> None:
    with sa.create_engine("sqlite://").connect() as other, executing(project.executor):
        Operations(MigrationContext.configure(other)).execute("SELECT 1")
        assert project.executor.said == []
        op.execute("SELECT 2")
    assert project.executor.said == ["execute SELECT 2"]


def test_op_works_on_it_for_the_length_of_a_block(connection: sa.Connection) -> None:
    with Operations.context(MigrationContext.configure(connection)) as work:
        op.create_table("users", sa.Column("id", sa.Integer))
        assert work.get_bind() is connection
    assert sa.inspect(connection).has_table("users")
    with pytest.raises(NameError):
        op.drop_table("users")


def test_its_version_table_is_read(connection: sa.Connection) -> None:
    assert MigrationContext.configure(connection).get_current_heads() == ()
    connection.exec_driver_sql("CREATE TABLE my_versions (version_num VARCHAR(32))")
    connection.exec_driver_sql("INSERT INTO my_versions VALUES ('a1')")
    context = MigrationContext.configure(connection, opts={"version_table": "my_versions", "mine": 1})
    assert (context.get_current_revision(), context.opts["mine"]) == ("a1", 1)


@pytest.mark.parametrize("given", [{}, {"url": "sqlite://"}, {"dialect_name": "sqlite", "opts": {"as_sql": True}}])
def test_without_a_connection_it_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(NotCarried, match=r"MigrationContext\.configure\(\) with") as caught:
        MigrationContext.configure(**given)
    assert "op.get_bind()" in caught.value.hint


def test_an_autocommit_block_on_it_is_refused(connection: sa.Connection) -> None:
    with pytest.raises(NotCarried, match=r"autocommit_block\(\)"):
        MigrationContext.configure(connection).autocommit_block()
