"""What a script may ask of the run that it is part of."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask_revisions import context, op
from flask_revisions.errors import SeveralHeads
from flask_revisions.operations.executor import Run, executing

from ..ddl.sql import TextExecutor, dialect_named


class Applied(TextExecutor):
    """An executor whose version table has rows."""

    def __init__(self, *rows, run=None, dialect="default"):
        super().__init__(dialect_named(dialect), run=run)
        self.rows = rows

    def applied(self):
        return self.rows


def test_arguments_of_the_command_line_are_a_list_or_a_dictionary():
    with executing(Applied(run=Run(x_arguments=("a=1", "word", "b=x=y"), tag="release"))):
        assert context.get_x_argument() == ["a=1", "word", "b=x=y"]
        assert context.get_x_argument(as_dictionary=True) == {"a": "1", "word": "", "b": "x=y"}
        assert context.get_tag_argument() == "release"


@pytest.mark.parametrize("offline", [True, False])
def test_a_script_learns_whether_a_database_is_connected(offline):
    with executing(Applied(run=Run(offline=offline))):
        assert context.is_offline_mode() is offline
        assert op.get_context().as_sql is offline
        assert op.get_context().impl.as_sql is offline


def test_the_context_has_what_scripts_touch():
    config = object()
    executor = Applied("abc", run=Run(options={"schema_name": "x"}, config=config))
    with executing(executor):
        found = op.get_context()
        assert found == context.get_context()
        assert found.dialect is executor.dialect
        assert found.bind is found.connection is op.get_bind() is context.get_bind()
        assert found.config is context.config is config
        assert found.opts == {"schema_name": "x"}
        assert found.environment_context.get_x_argument() == []
        assert found.environment_context.is_transactional_ddl() is True
        assert found.environment_context.config is config


def test_the_implementation_has_what_scripts_touch():
    executor = Applied()
    with executing(executor):
        impl = op.get_context().impl
        assert impl == op.get_impl() == context.get_impl()
        assert impl.dialect is executor.dialect
        assert impl.transactional_ddl is context.is_transactional_ddl() is True
        assert impl.connection is impl.bind is op.get_bind()


def test_statements_and_texts_go_where_operations_go():
    executor = Applied(dialect="postgresql")
    with executing(executor):
        context.execute("SELECT 1")
        op.get_context().execute(sa.text("SELECT :x").bindparams(x=2))
        op.get_context().impl.execute("SELECT 3", execution_options={"a": 1})
        context.static_output("-- a")
        op.get_context().impl.static_output("-- b")
    assert executor.texts == ["SELECT 1", "SELECT 2", "SELECT 3", "-- a", "-- b"]
    assert executor.actions[-1].execution_options == {"a": 1}


def test_a_transaction_of_its_own_is_the_one_that_is_running():
    executor = Applied()
    with executing(executor):
        with op.get_context().begin_transaction():
            op.execute("SELECT 1")
        with op.get_context().begin_transaction(_per_migration=True), context.begin_transaction():
            op.execute("SELECT 2")
    assert executor.texts == ["SELECT 1", "SELECT 2"]


def test_an_autocommit_block_is_that_of_the_executor():
    executor = Applied()
    with executing(executor), op.get_context().autocommit_block():
        op.execute("VACUUM")
    assert executor.texts == ["COMMIT", "VACUUM", "BEGIN"]


@pytest.mark.parametrize(("rows", "expected"), [((), None), (("abc",), "abc")])
def test_the_current_revision_is_the_only_row(rows, expected):
    with executing(Applied(*rows)):
        assert op.get_context().get_current_heads() == rows
        assert op.get_context().get_current_revision() == expected


def test_the_current_revision_of_several_is_an_error_with_their_ids():
    with executing(Applied("abc", "def")), pytest.raises(SeveralHeads, match="abc, def") as caught:
        op.get_context().get_current_revision()
    assert caught.value.heads == ("abc", "def")
