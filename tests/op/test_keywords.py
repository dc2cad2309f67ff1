"""Every keyword of every directive has a meaning: the text with it is another one than without it."""

from __future__ import annotations

import inspect

import pytest
import sqlalchemy as sa
from flask_revisions import op
from sqlalchemy import column, text

from ..ddl.sql import RECENT, sql_of
from ..ddl.sqlite_sql import Stored, statements

INTEGER = sa.Integer()
REFERRING = sa.Column("b_id", INTEGER, sa.ForeignKey("b.id"))
KEY = sa.Column("id", INTEGER, primary_key=True)


def case(dialect, directive, *arguments, **keywords):
    """A call, of which the last keyword is the one that is tried."""
    return pytest.param(dialect, directive, arguments, keywords, id=f"{directive}-{[*keywords][-1]}-{dialect}")


CASES = [
    case("default", "add_column", "t", KEY, schema="s"),
    case("postgresql", "add_column", "t", KEY, if_not_exists=True),
    case("postgresql", "add_column", "t", REFERRING, inline_references=True),
    case("postgresql", "add_column", "t", KEY, inline_primary_key=True),
    case("default", "alter_column", "t", "c", nullable=True),
    case("postgresql", "alter_column", "t", "c", comment="x"),
    case("postgresql", "alter_column", "t", "c", comment=None),
    case("default", "alter_column", "t", "c", server_default="x"),
    case("default", "alter_column", "t", "c", server_default=None),
    case("default", "alter_column", "t", "c", new_column_name="d"),
    case("default", "alter_column", "t", "c", type_=INTEGER),
    case("default", "alter_column", "t", "c", nullable=True, schema="s"),
    case(
        "default",
        "alter_column",
        "t",
        "c",
        type_=INTEGER,
        existing_type=sa.Boolean(create_constraint=True, name="ck"),
    ),
    case("mysql", "alter_column", "t", "c", type_=INTEGER, existing_server_default="5"),
    case("mysql", "alter_column", "t", "c", type_=INTEGER, existing_nullable=False),
    case("mysql", "alter_column", "t", "c", type_=INTEGER, existing_comment="x"),
    case("mysql", "alter_column", "t", "c", existing_type=INTEGER, autoincrement=True),
    case("mysql", "alter_column", "t", "c", type_=INTEGER, existing_autoincrement=True),
    case("postgresql", "alter_column", "t", "c", type_=INTEGER, postgresql_using="c::int"),
    case("default", "create_check_constraint", "ck", "t", "a > 1", schema="s"),
    case("default", "create_check_constraint", "ck", "t", "a > 1", deferrable=True),
    case("default", "create_check_constraint", "ck", "t", "a > 1", initially="DEFERRED"),
    case("postgresql", "create_check_constraint", "ck", "t", "a > 1", postgresql_not_valid=True),
    case("postgresql", "create_exclude_constraint", "ex", "t", ("a", "="), schema="s"),
    case("postgresql", "create_exclude_constraint", "ex", "t", ("a", "="), where="a > 1"),
    case("postgresql", "create_exclude_constraint", "ex", "t", ("a", "="), using="btree"),
    case("postgresql", "create_exclude_constraint", "ex", "t", ("a", "="), deferrable=True),
    case("postgresql", "create_exclude_constraint", "ex", "t", ("a", "="), initially="DEFERRED"),
    case("postgresql", "create_exclude_constraint", "ex", "t", ("a", "="), ops={"a": "int4_ops"}),
    case("default", "create_foreign_key", "fk", "a", "b", ["x"], ["id"], onupdate="CASCADE"),
    case("default", "create_foreign_key", "fk", "a", "b", ["x"], ["id"], ondelete="CASCADE"),
    case("default", "create_foreign_key", "fk", "a", "b", ["x"], ["id"], deferrable=True),
    case("default", "create_foreign_key", "fk", "a", "b", ["x"], ["id"], initially="DEFERRED"),
    case("default", "create_foreign_key", "fk", "a", "b", ["x"], ["id"], match="FULL"),
    case("default", "create_foreign_key", "fk", "a", "b", ["x"], ["id"], source_schema="s"),
    case("default", "create_foreign_key", "fk", "a", "b", ["x"], ["id"], referent_schema="s"),
    case("postgresql", "create_foreign_key", "fk", "a", "b", ["x"], ["id"], postgresql_not_valid=True),
    case("default", "create_index", "ix", "t", ["a"], schema="s"),
    case("default", "create_index", "ix", "t", ["a"], unique=True),
    case("default", "create_index", "ix", "t", ["a"], if_not_exists=True),
    case("default", "create_index", "ix", "t", ["a"], quote=True),
    case("postgresql", "create_index", "ix", "t", ["a"], postgresql_where=column("a") > 1),
    case("postgresql", "create_index", "ix", "t", ["a"], postgresql_using="gin"),
    case("postgresql", "create_index", "ix", "t", ["a"], postgresql_concurrently=True),
    case("postgresql", "create_index", "ix", "t", ["a"], postgresql_include=["b"]),
    case("postgresql", "create_index", "ix", "t", ["a"], postgresql_ops={"a": "int4_ops"}),
    case("postgresql", "create_index", "ix", "t", ["a"], postgresql_with={"fillfactor": 50}),
    case("postgresql", "create_index", "ix", "t", ["a"], postgresql_tablespace="x"),
    case("postgresql", "create_index", "ix", "t", ["a"], postgresql_nulls_not_distinct=True),
    case("mysql", "create_index", "ix", "t", ["a"], mysql_length=5),
    case("mysql", "create_index", "ix", "t", ["a"], mysql_using="hash"),
    case("mysql", "create_index", "ix", "t", ["a"], mysql_prefix="FULLTEXT"),
    case("mysql", "create_index", "ix", "t", ["a"], mysql_with_parser="ngram"),
    case("mssql", "create_index", "ix", "t", ["a"], mssql_include=["b"]),
    case("mssql", "create_index", "ix", "t", ["a"], mssql_where=column("a") > 1),
    case("mssql", "create_index", "ix", "t", ["a"], mssql_clustered=True),
    case("oracle", "create_index", "ix", "t", ["a"], oracle_bitmap=True),
    case("oracle", "create_index", "ix", "t", ["a"], oracle_compress=1),
    case("sqlite", "create_index", "ix", "t", ["a"], sqlite_where=column("a") > 1),
    case("default", "create_primary_key", "pk", "t", ["a"], schema="s"),
    case("default", "create_table", "t", KEY, if_not_exists=True),
    case("default", "create_table", "t", KEY, schema="s"),
    case("default", "create_table", "t", KEY, prefixes=["TEMPORARY"]),
    case("postgresql", "create_table", "t", KEY, comment="x"),
    case("postgresql", "create_table", "t", KEY, postgresql_partition_by="RANGE (id)"),
    case("mysql", "create_table", "t", KEY, mysql_engine="InnoDB"),
    case("mariadb", "create_table", "t", KEY, mariadb_engine="Aria"),
    case("sqlite", "create_table", "t", KEY, sqlite_autoincrement=True),
    case("sqlite", "create_table", "t", KEY, sqlite_with_rowid=False),
    case("oracle", "create_table", "t", KEY, oracle_compress=6),
    case("default", "create_table_comment", "t", "x", schema="s"),
    case("mssql", "create_table_comment", "t", "x", existing_comment="y"),
    case("default", "create_unique_constraint", "uq", "t", ["a"], schema="s"),
    case("default", "create_unique_constraint", "uq", "t", ["a"], deferrable=True),
    case("default", "create_unique_constraint", "uq", "t", ["a"], initially="DEFERRED"),
    case("postgresql", "create_unique_constraint", "uq", "t", ["a"], postgresql_nulls_not_distinct=True),
    *([case("postgresql", "create_unique_constraint", "uq", "t", ["a"], postgresql_include=["b"])] if RECENT else []),
    case("default", "drop_column", "t", "c", schema="s"),
    case("default", "drop_column", "t", "c", if_exists=True),
    case("mssql", "drop_column", "t", "c", mssql_drop_default=True),
    case("mssql", "drop_column", "t", "c", mssql_drop_check=True),
    case("mssql", "drop_column", "t", "c", mssql_drop_foreign_key=True),
    case("default", "drop_constraint", "k", "t", schema="s"),
    case("default", "drop_constraint", "k", "t", if_exists=True),
    case("default", "drop_index", "ix", schema="s"),
    case("default", "drop_index", "ix", if_exists=True),
    case("postgresql", "drop_index", "ix", postgresql_concurrently=True),
    case("default", "drop_table", "t", schema="s"),
    case("default", "drop_table", "t", if_exists=True),
    case("default", "drop_table_comment", "t", schema="s"),
    case("default", "rename_table", "t", "u", schema="s"),
    case("default", "rename_column", "t", "a", "b", schema="s"),
    case("default", "rename_index", "a", "b", schema="s"),
    case("default", "rename_constraint", "a", "b", "t", schema="s"),
    case("postgresql", "validate_constraint", "k", "t", schema="s"),
    case("postgresql", "create_enum", "e", ["a"], schema="s"),
    case("postgresql", "create_enum", "e", ["a"], if_not_exists=True),
    case("postgresql", "drop_enum", "e", schema="s"),
    case("postgresql", "drop_enum", "e", if_exists=True),
    case("postgresql", "add_enum_value", "e", "b", before="a"),
    case("postgresql", "add_enum_value", "e", "b", after="a"),
    case("postgresql", "add_enum_value", "e", "b", schema="s"),
    case("postgresql", "add_enum_value", "e", "b", if_not_exists=False),
    case("postgresql", "rename_enum_value", "e", "a", "b", schema="s"),
    case("postgresql", "alter_enum", "e", existing_values=["a"], new_name="f"),
    case("postgresql", "alter_enum", "e", ["a", "b"], existing_values=["a"], schema="s"),
    *(
        case("postgresql", f"{verb}_sequence", "q", increment=2, **{name: value})
        for verb in ("create", "alter")
        for name, value in {"schema": "s", "start": 5, "minvalue": 1, "maxvalue": 9, "cycle": True, "cache": 3}.items()
    ),
    case("postgresql", "create_sequence", "q", increment=2),
    case("postgresql", "alter_sequence", "q", start=2, increment=2),
    case("postgresql", "create_sequence", "q", if_not_exists=True),
    case("postgresql", "drop_sequence", "q", schema="s"),
    case("postgresql", "drop_sequence", "q", if_exists=True),
    case("postgresql", "create_schema", "s", if_not_exists=True),
    case("postgresql", "drop_schema", "s", if_exists=True),
    case("postgresql", "drop_schema", "s", cascade=True),
    case("postgresql", "create_extension", "x", schema="s"),
    case("postgresql", "create_extension", "x", version="1"),
    case("postgresql", "create_extension", "x", cascade=True),
    case("postgresql", "create_extension", "x", if_not_exists=True),
    case("postgresql", "drop_extension", "x", if_exists=True),
    case("postgresql", "drop_extension", "x", cascade=True),
    *(
        case("postgresql", f"{verb}_{kind}", *arguments, **keyword)
        for kind, arguments in {
            "view": ("v", "SELECT 1"),
            "materialized_view": ("v", "SELECT 1"),
            "function": ("f()", "RETURNS int LANGUAGE sql AS 'SELECT 1'"),
            "trigger": ("g", "t", "BEFORE INSERT", "EXECUTE FUNCTION f()"),
        }.items()
        for verb, arguments, keyword in (
            ("create", arguments, {"schema": "s"}),
            ("replace", arguments, {"schema": "s"}),
            ("drop", arguments[: len(arguments) // 2], {"schema": "s"}),
            ("drop", arguments[: len(arguments) // 2], {"if_exists": True}),
        )
    ),
    case("postgresql", "create_materialized_view", "v", "SELECT 1", with_data=False),
]

WITHOUT_TEXT = {
    ("drop_table_comment", "existing_comment"),  # kept for the way back
    ("drop_table", "existing"),  # kept for the way back
    *(
        (f"drop_{kind}", "existing")
        for kind in ("enum", "sequence", "view", "materialized_view", "function", "trigger")
    ),
    *((f"replace_{kind}", "existing") for kind in ("view", "materialized_view", "function", "trigger")),
    ("alter_sequence", "existing"),
    ("alter_enum", "existing_values"),
    ("alter_enum", "replacements"),  # needs the columns of the type, which a database knows
    ("drop_enum_value", "replacement"),
    ("drop_enum_value", "schema"),
    ("drop_column", "existing"),
    ("drop_constraint", "existing"),
    ("drop_index", "existing"),
    ("bulk_insert", "multiinsert"),  # changes how rows are sent, not what they say
    ("execute", "execution_options"),
}


@pytest.mark.parametrize(("dialect", "directive", "arguments", "keywords"), CASES)
def test_a_keyword_changes_the_text(dialect, directive, arguments, keywords):
    call = getattr(op, directive)
    without = dict(list(keywords.items())[:-1])
    text_with = sql_of(dialect, lambda: call(*arguments, **keywords))
    assert text_with
    assert text_with != sql_of(dialect, lambda: call(*arguments, **without))


BY_DIALECT = {
    "alter_column": {"postgresql_using", "autoincrement", "existing_autoincrement"},
    "create_check_constraint": {"deferrable", "initially", "postgresql_not_valid"},
    "create_exclude_constraint": {"where", "using", "deferrable", "initially", "ops"},
    "create_foreign_key": {"postgresql_not_valid"},
    "create_index": {
        *(f"postgresql_{name}" for name in ("where", "using", "concurrently", "include", "ops", "with", "tablespace")),
        *(f"mysql_{name}" for name in ("length", "using", "prefix", "with_parser")),
        *(f"mssql_{name}" for name in ("include", "where", "clustered")),
        *("postgresql_nulls_not_distinct", "sqlite_where", "oracle_bitmap", "oracle_compress"),
    },
    "create_table": {"comment", "prefixes", "mysql_engine", "sqlite_autoincrement"},
    "create_unique_constraint": {"deferrable", "initially", "postgresql_nulls_not_distinct"},
    "drop_column": {"mssql_drop_default", "mssql_drop_check", "mssql_drop_foreign_key"},
    "drop_index": {"postgresql_concurrently"},
}
"""Keywords that no signature names: those of one database, and those that SQLAlchemy's constraints take."""


def keyword_arguments():
    for name in op.__all__:
        if name in ("BatchOperations", "batch_alter_table", "get_context", "get_bind", "get_impl"):
            continue
        for parameter in inspect.signature(getattr(op, name)).parameters.values():
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
                yield name, parameter.name
    yield from ((name, keyword) for name, keywords in BY_DIALECT.items() for keyword in sorted(keywords))


@pytest.mark.parametrize(("directive", "keyword"), list(keyword_arguments()))
def test_no_keyword_is_left_out_of_the_table_above(directive, keyword):
    tried = {(case.values[1], [*case.values[3]][-1]) for case in CASES}
    assert (directive, keyword) in tried | WITHOUT_TEXT


STOCK = "CREATE TABLE stock (id INTEGER PRIMARY KEY, code TEXT, qty INT UNIQUE)"
BATCH = {
    "schema": "other",
    "recreate": "always",
    "partial_reordering": [("qty", "id")],
    "copy_from": sa.Table("stock", sa.MetaData(), KEY._copy(), sa.Column("code", sa.Text), sa.Column("qty", sa.Text)),
    "table_args": [sa.CheckConstraint("qty > 1", name="ck")],
    "table_kwargs": {"sqlite_autoincrement": True},
    "reflect_args": [sa.Column("qty", sa.BigInteger)],
    "reflect_kwargs": {"listeners": [("column_reflect", lambda inspector, table, info: info.update(nullable=False))]},
    "naming_convention": {"uq": "uq_%(table_name)s_%(column_0_name)s"},
}
BLOCK = {
    "insert_before": lambda batch_op: batch_op.add_column(sa.Column("new", sa.Text), insert_before="qty"),
    "insert_after": lambda batch_op: batch_op.add_column(sa.Column("new", sa.Text), insert_after="code"),
    "insert_before of a change": lambda batch_op: batch_op.alter_column("id", nullable=False, insert_before="qty"),
    "insert_after of a change": lambda batch_op: batch_op.alter_column("id", nullable=False, insert_after="code"),
}


def batch(block, **keywords):
    def script():
        with op.batch_alter_table("stock", **keywords) as batch_op:
            block(batch_op)

    return statements(script, Stored(STOCK))


@pytest.mark.parametrize("keyword", BATCH)
def test_a_keyword_of_a_batch_changes_the_text(keyword):
    def small(batch_op):
        batch_op.add_column(sa.Column("new", sa.Text))

    def change(batch_op):
        batch_op.alter_column("code", type_=sa.String(9))

    block = small if keyword in ("recreate", "partial_reordering") else change
    assert batch(block, **{keyword: BATCH[keyword]}) != batch(block)


@pytest.mark.parametrize("place", BLOCK)
def test_a_place_of_a_column_changes_the_text(place):
    def without_a_place(batch_op):
        if place.endswith("change"):
            batch_op.alter_column("id", nullable=False)
        else:
            batch_op.add_column(sa.Column("new", sa.Text))

    assert batch(BLOCK[place]) != batch(without_a_place)


def test_no_keyword_of_a_batch_is_left_out_of_the_tables_above():
    keywords = [*inspect.signature(op.batch_alter_table).parameters.values()][1:]
    assert {each.name for each in keywords} == set(BATCH)
    for name, method in vars(op.BatchOperations).items():
        if not name.startswith("_") and callable(method) and hasattr(op, name):
            known = {*inspect.signature(getattr(op, name)).parameters, "insert_before", "insert_after"}
            assert keywords_only(method) <= known, name


def keywords_only(function):
    parameters = inspect.signature(function).parameters.values()
    return {each.name for each in parameters if each.kind is inspect.Parameter.KEYWORD_ONLY}


def test_a_type_of_constraint_matters_on_mysql():
    texts = {
        kind: sql_of("mysql", lambda kind=kind: op.drop_constraint("k", "t", kind))
        for kind in ("foreignkey", "unique", "check", "primary")
    }
    assert len({str(made) for made in texts.values()}) == 4


def test_a_table_name_matters_for_a_dropped_index_on_mysql():
    assert sql_of("mysql", lambda: op.drop_index("ix", "a")) != sql_of("mysql", lambda: op.drop_index("ix", "b"))


def test_a_text_is_a_default_as_it_stands_and_a_string_is_a_quoted_one():
    assert sql_of("default", lambda: op.alter_column("t", "c", server_default=text("now()"))) != sql_of(
        "default", lambda: op.alter_column("t", "c", server_default="now()")
    )
