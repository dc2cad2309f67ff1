"""What each directive becomes on each database; run as a program, it writes the table of the documentation."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask_revisions import op
from flask_revisions.errors import NotKnowable, NotSupported

from ..ddl.sql import sql_of

DATABASES = ("postgresql", "mysql", "mariadb", "sqlite", "mssql", "oracle")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "operations.md"
BEGIN, END = "<!-- directives by database -->\n", "<!-- end -->"

NO_STATEMENT = {"f", "get_bind", "get_context", "get_impl", "inline_literal", "invoke", "run_async", "BatchOperations"}
"""What of `op` becomes no statement of its own."""

KEY = sa.Column("id", sa.Integer, primary_key=True)
FUNCTION = "RETURNS integer LANGUAGE sql AS 'SELECT 1'"

SAMPLES: dict[str, Callable[[], Any]] = {
    "add_column": lambda: op.add_column("t", sa.Column("a", sa.Integer)),
    "add_enum_value": lambda: op.add_enum_value("e", "b"),
    "alter_column": lambda: op.alter_column(
        "t", "a", nullable=False, existing_type=sa.Integer(), existing_nullable=True
    ),
    "alter_enum": lambda: op.alter_enum("e", new_name="f"),
    "alter_sequence": lambda: op.alter_sequence("q", increment=2),
    "bulk_insert": lambda: op.bulk_insert(sa.table("t", sa.column("a", sa.Integer)), [{"a": 1}]),
    "create_check_constraint": lambda: op.create_check_constraint("ck", "t", "a > 1"),
    "create_enum": lambda: op.create_enum("e", ["a"]),
    "create_exclude_constraint": lambda: op.create_exclude_constraint("ex", "t", ("a", "=")),
    "create_extension": lambda: op.create_extension("hstore"),
    "create_foreign_key": lambda: op.create_foreign_key("fk", "t", "u", ["a"], ["id"]),
    "create_function": lambda: op.create_function("f()", FUNCTION),
    "create_index": lambda: op.create_index("ix", "t", ["a"]),
    "create_materialized_view": lambda: op.create_materialized_view("v", "SELECT 1"),
    "create_primary_key": lambda: op.create_primary_key("pk", "t", ["a"]),
    "create_schema": lambda: op.create_schema("s"),
    "create_sequence": lambda: op.create_sequence("q"),
    "create_table": lambda: op.create_table("t", KEY),
    "create_table_comment": lambda: op.create_table_comment("t", "x"),
    "create_trigger": lambda: op.create_trigger("g", "t", "AFTER INSERT", "BEGIN SELECT 1; END"),
    "create_unique_constraint": lambda: op.create_unique_constraint("uq", "t", ["a"]),
    "create_view": lambda: op.create_view("v", "SELECT 1"),
    "drop_column": lambda: op.drop_column("t", "a"),
    "drop_constraint": lambda: op.drop_constraint("ck", "t", "check"),
    "drop_enum": lambda: op.drop_enum("e"),
    "drop_enum_value": lambda: op.drop_enum_value("e", "b"),
    "drop_extension": lambda: op.drop_extension("hstore"),
    "drop_function": lambda: op.drop_function("f()"),
    "drop_index": lambda: op.drop_index("ix", "t"),
    "drop_materialized_view": lambda: op.drop_materialized_view("v"),
    "drop_schema": lambda: op.drop_schema("s"),
    "drop_sequence": lambda: op.drop_sequence("q"),
    "drop_table": lambda: op.drop_table("t"),
    "drop_table_comment": lambda: op.drop_table_comment("t"),
    "drop_trigger": lambda: op.drop_trigger("g", "t"),
    "drop_view": lambda: op.drop_view("v"),
    "execute": lambda: op.execute("SELECT 1"),
    "rename_column": lambda: op.rename_column("t", "a", "b"),
    "rename_constraint": lambda: op.rename_constraint("uq", "uq2", "t", "unique"),
    "rename_enum_value": lambda: op.rename_enum_value("e", "a", "b"),
    "rename_index": lambda: op.rename_index("ix", "ix2", "t"),
    "rename_table": lambda: op.rename_table("t", "u"),
    "replace_function": lambda: op.replace_function("f()", FUNCTION),
    "replace_materialized_view": lambda: op.replace_materialized_view("v", "SELECT 1"),
    "replace_trigger": lambda: op.replace_trigger("g", "t", "AFTER INSERT", "BEGIN SELECT 1; END"),
    "replace_view": lambda: op.replace_view("v", "SELECT 1"),
    "validate_constraint": lambda: op.validate_constraint("ck", "t"),
}


def batch() -> None:
    with op.batch_alter_table("t") as batch_op:
        batch_op.add_column(sa.Column("a", sa.Integer))


SAMPLES["batch_alter_table"] = batch


def answer(database: str, directive: str) -> str:
    """What a directive becomes on a database: `yes`, `no` or `ignored`."""
    cascading = directive == "drop_schema" and database in ("mysql", "mariadb")
    function = (lambda: op.drop_schema("s", cascade=True)) if cascading else SAMPLES[directive]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return "yes" if sql_of(database, function) else "ignored"
    except NotSupported:
        return "no"
    except NotKnowable:  # with a database it would
        return "yes"


def table() -> str:
    """The table of the documentation."""
    head = ["Directive", *DATABASES]
    rows = [head, ["---"] * len(head)]
    rows += [[f"`{name}`", *(answer(each, name) for each in DATABASES)] for name in sorted(SAMPLES)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    PAGE.write_text(before + BEGIN + table() + END + rest.partition(END)[2], "utf-8")
