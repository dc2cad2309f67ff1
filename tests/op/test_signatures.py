"""The vocabulary that existing scripts use: names, order of arguments, what is keyword only."""

from __future__ import annotations

import inspect

import pytest
import sqlalchemy as sa
from flask_revisions import context, op
from flask_revisions.operations.executor import current_executor

from ..ddl.sql import sql_of

SIGNATURES = {
    "add_column": ["table_name", "column"],
    "alter_column": ["table_name", "column_name"],
    "bulk_insert": ["table", "rows"],
    "create_check_constraint": ["constraint_name", "table_name", "condition"],
    "create_exclude_constraint": ["constraint_name", "table_name"],
    "create_foreign_key": [
        "constraint_name",
        "source_table",
        "referent_table",
        "local_cols",
        "remote_cols",
    ],
    "create_index": ["index_name", "table_name", "columns"],
    "create_primary_key": ["constraint_name", "table_name", "columns"],
    "create_table": ["table_name"],
    "create_table_comment": ["table_name", "comment"],
    "create_unique_constraint": ["constraint_name", "table_name", "columns"],
    "drop_column": ["table_name", "column_name"],
    "drop_constraint": ["constraint_name", "table_name", "type_"],
    "drop_index": ["index_name", "table_name"],
    "drop_table": ["table_name"],
    "drop_table_comment": ["table_name"],
    "execute": ["sqltext"],
    "f": ["name"],
    "get_bind": [],
    "get_context": [],
    "get_impl": [],
    "inline_literal": ["value", "type_"],
    "invoke": ["operation"],
    "rename_table": ["old_table_name", "new_table_name"],
    "run_async": ["async_function"],
    "add_enum_value": ["enum_name", "value"],
    "alter_enum": ["enum_name", "values"],
    "alter_sequence": ["sequence_name"],
    "create_enum": ["enum_name", "values"],
    "create_extension": ["extension_name"],
    "create_function": ["signature", "definition"],
    "create_materialized_view": ["view_name", "definition"],
    "create_schema": ["schema_name"],
    "create_sequence": ["sequence_name"],
    "create_trigger": ["trigger_name", "table_name", "event", "action"],
    "create_view": ["view_name", "definition"],
    "drop_enum": ["enum_name"],
    "drop_enum_value": ["enum_name", "value"],
    "drop_extension": ["extension_name"],
    "drop_function": ["signature"],
    "drop_materialized_view": ["view_name"],
    "drop_schema": ["schema_name"],
    "drop_sequence": ["sequence_name"],
    "drop_trigger": ["trigger_name", "table_name"],
    "drop_view": ["view_name"],
    "rename_column": ["table_name", "column_name", "new_column_name"],
    "rename_constraint": ["constraint_name", "new_constraint_name", "table_name", "type_"],
    "rename_enum_value": ["enum_name", "value", "new_value"],
    "rename_index": ["index_name", "new_index_name", "table_name"],
    "replace_function": ["signature", "definition"],
    "replace_materialized_view": ["view_name", "definition"],
    "replace_trigger": ["trigger_name", "table_name", "event", "action"],
    "replace_view": ["view_name", "definition"],
    "validate_constraint": ["constraint_name", "table_name"],
    "batch_alter_table": [
        "table_name",
        "schema",
        "recreate",
        "partial_reordering",
        "copy_from",
        "table_args",
        "table_kwargs",
        "reflect_args",
        "reflect_kwargs",
        "naming_convention",
    ],
}


def positional(function):
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in inspect.signature(function).parameters.values() if p.kind in kinds]


@pytest.mark.parametrize("directive", sorted(SIGNATURES))
def test_the_arguments_have_the_names_and_the_order_that_scripts_rely_on(directive):
    assert positional(getattr(op, directive)) == SIGNATURES[directive]


def test_every_directive_is_listed_and_documented():
    functions = {name for name in op.__all__ if inspect.isfunction(getattr(op, name))}
    assert functions == set(SIGNATURES)
    assert all(inspect.getdoc(getattr(op, name)) for name in functions)


def batch_methods():
    methods = inspect.getmembers(op.BatchOperations, inspect.isfunction)
    return [name for name, _ in methods if not name.startswith("_")]


@pytest.mark.parametrize("directive", batch_methods())
def test_a_directive_of_a_batch_lacks_only_the_table_and_its_schema(directive):
    outside = {"table_name", "source_table", "schema", "source_schema"}
    places = {"insert_before", "insert_after"}
    batch = inspect.signature(getattr(op.BatchOperations, directive)).parameters
    if directive in ("create_table", "drop_table"):
        return
    plain = inspect.signature(getattr(op, directive)).parameters
    missing = {"if_exists"} if directive == "drop_constraint" else set()
    assert set(batch) - {"self"} - places == set(plain) - outside - missing


@pytest.mark.parametrize(
    "call",
    [
        lambda: op.drop_table("t"),
        lambda: op.get_bind(),
        lambda: op.get_context(),
        lambda: op.execute("SELECT 1"),
        lambda: op.invoke(None),
        lambda: context.is_offline_mode(),
        lambda: context.config,
    ],
)
def test_outside_of_a_run_every_function_says_so(call):
    with pytest.raises(NameError, match="No revision is running here"):
        call()


def test_a_batch_outside_of_a_run_says_so():
    with pytest.raises(NameError, match="No revision is running here"):  # noqa: SIM117
        with op.batch_alter_table("t") as batch_op:
            batch_op.drop_column("a")


def test_the_rest_of_the_module_is_as_it_is():
    with pytest.raises(AttributeError, match="no attribute 'configure_everything'"):
        context.configure_everything  # noqa: B018


def test_columns_may_be_any_sequence_of_names():
    for columns in (["a", "b"], ("a", "b"), iter(["a", "b"])):
        made = sql_of("default", lambda columns=columns: op.create_unique_constraint("uq", "t", columns))
        assert made == ["ALTER TABLE t ADD CONSTRAINT uq UNIQUE (a, b)"]


def test_a_name_that_is_final_is_a_string():
    assert op.f("ck") == "ck"
    assert isinstance(op.f("ck"), sa.sql.elements.conv)


def test_invoke_carries_out_an_operation_that_exists_as_an_object():
    from flask_revisions.operations.tables import DropTable

    assert sql_of("default", lambda: op.invoke(DropTable("t"))) == ["DROP TABLE t"]
    with pytest.raises(NameError):
        current_executor()
