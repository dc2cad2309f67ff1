"""The texts of what is beside tables, and of renames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask_revisions import op
from flask_revisions.errors import NotKnowable, NotSupported, OperationError

from .sql import sql_of

CONDITION = sa.Enum("new", "worn", name="condition")


def case(dialect: str, call: Callable[[], Any], *texts: str) -> Any:
    return pytest.param(dialect, call, list(texts), id=f"{dialect}-{texts[0][:40]}")


CASES = [
    case("mysql", lambda: op.rename_column("t", "a", "b"), "ALTER TABLE t RENAME COLUMN a TO b"),
    case("mssql", lambda: op.rename_column("t", "a", "b", schema="s"), "EXEC sp_rename 's.t.a', b, 'COLUMN'"),
    case("postgresql", lambda: op.rename_index("a b", "c", schema="s"), 'ALTER INDEX s."a b" RENAME TO c'),
    case("mariadb", lambda: op.rename_index("a", "b", "t"), "ALTER TABLE t RENAME INDEX a TO b"),
    case("mssql", lambda: op.rename_index("a", "b", "t"), "EXEC sp_rename 't.a', b, 'INDEX'"),
    case("oracle", lambda: op.rename_constraint("a", "b", "t"), "ALTER TABLE t RENAME CONSTRAINT a TO b"),
    case("mysql", lambda: op.rename_constraint("a", "b", "t", "unique"), "ALTER TABLE t RENAME INDEX a TO b"),
    case("mssql", lambda: op.rename_constraint("a", "b", "t"), "EXEC sp_rename 'a', b, 'OBJECT'"),
    case("postgresql", lambda: op.validate_constraint("k", "t"), "ALTER TABLE t VALIDATE CONSTRAINT k"),
    case("mssql", lambda: op.validate_constraint("k", "t"), "ALTER TABLE t WITH CHECK CHECK CONSTRAINT k"),
    case(
        "postgresql",
        lambda: op.create_enum("e", ["it's", "50%"]),
        "CREATE TYPE e AS ENUM ('it''s', '50%')",
        "COMMENT ON TYPE e IS 'kept by flask-revisions, with and without columns'",
    ),
    case(
        "postgresql",
        lambda: op.add_enum_value("e", "b", after="a", schema="s"),
        "ALTER TYPE s.e ADD VALUE IF NOT EXISTS 'b' AFTER 'a'",
    ),
    case(
        "postgresql",
        lambda: op.alter_enum("e", ["z", "a", "m", "b"], existing_values=["a", "b"], new_name="f"),
        "ALTER TYPE e ADD VALUE IF NOT EXISTS 'z' BEFORE 'a'",
        "ALTER TYPE e ADD VALUE IF NOT EXISTS 'm' AFTER 'a'",
        "ALTER TYPE e RENAME TO f",
    ),
    case(
        "postgresql",
        lambda: op.alter_column(
            "t", "c", type_=CONDITION, existing_type=sa.Text(), existing_server_default="new", schema="s"
        ),
        "DO $$ BEGIN CREATE TYPE condition AS ENUM ('new', 'worn'); EXCEPTION WHEN duplicate_object THEN NULL; END $$",
        "ALTER TABLE s.t ALTER COLUMN c DROP DEFAULT",
        "ALTER TABLE s.t ALTER COLUMN c TYPE condition USING c::text::condition",
        "ALTER TABLE s.t ALTER COLUMN c SET DEFAULT 'new'",
    ),
    case(
        "postgresql",
        lambda: op.alter_column("t", "c", type_=sa.Text(), existing_type=CONDITION, existing_server_default=None),
        "ALTER TABLE t ALTER COLUMN c TYPE TEXT",
    ),
    case(
        "postgresql",
        lambda: op.create_sequence("q", start=5, increment=2, cache=3),
        "CREATE SEQUENCE q INCREMENT BY 2 START WITH 5 CACHE 3",
    ),
    case("mariadb", lambda: op.alter_sequence("q", maxvalue=9), "ALTER SEQUENCE q MAXVALUE 9"),
    case("mysql", lambda: op.drop_schema("s", cascade=True), "DROP SCHEMA s"),
    case(
        "mssql",
        lambda: op.create_schema("s", if_not_exists=True),
        "IF SCHEMA_ID('s') IS NULL EXEC('CREATE SCHEMA s')",
    ),
    case(
        "postgresql",
        lambda: op.create_extension("uuid-ossp", schema="x", if_not_exists=True),
        'CREATE EXTENSION IF NOT EXISTS "uuid-ossp" SCHEMA x',
    ),
    case("mssql", lambda: op.replace_view("v", "SELECT 1 AS a;"), "CREATE OR ALTER VIEW v AS SELECT 1 AS a"),
    case("sqlite", lambda: op.replace_view("v", "SELECT 1"), "DROP VIEW v", "CREATE VIEW v AS SELECT 1"),
    case(
        "mysql",
        lambda: op.create_view("v", sa.select(sa.column("a")).select_from(sa.table("t")).where(sa.column("a") == "x%")),
        "CREATE VIEW v AS SELECT a FROM t WHERE a = 'x%'",
    ),
    case(
        "oracle",
        lambda: op.create_materialized_view("v", "SELECT 1 FROM dual", with_data=False),
        "CREATE MATERIALIZED VIEW v BUILD DEFERRED AS SELECT 1 FROM dual",
    ),
    case(
        "postgresql",
        lambda: op.drop_function("f(a int DEFAULT 1, b text = 'x,y', c numeric(3,1))", schema="s"),
        "DROP FUNCTION s.f(a int, b text, c numeric(3,1))",
    ),
    case("mysql", lambda: op.drop_function("f(a int)"), "DROP FUNCTION f"),
    case(
        "mysql",
        lambda: op.replace_function("f()", "RETURNS int RETURN 1"),
        "DROP FUNCTION f",
        "CREATE FUNCTION f() RETURNS int RETURN 1",
    ),
    case("postgresql", lambda: op.drop_trigger("g", "t", schema="s"), "DROP TRIGGER g ON s.t"),
    case("sqlite", lambda: op.drop_trigger("g", "t", schema="s"), "DROP TRIGGER s.g"),
    case(
        "mssql",
        lambda: op.create_trigger("g", "t", "AFTER INSERT", "AS SELECT 1"),
        "CREATE TRIGGER g ON t AFTER INSERT AS SELECT 1",
    ),
    case(
        "mariadb",
        lambda: op.replace_trigger("g", "t", "BEFORE INSERT", "FOR EACH ROW SET NEW.a = 1"),
        "CREATE OR REPLACE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1",
    ),
]


@pytest.mark.parametrize(("dialect", "call", "texts"), CASES)
def test_the_text_on_a_database(dialect: str, call: Callable[[], Any], texts: list[str]) -> None:
    assert sql_of(dialect, call) == texts


@pytest.mark.parametrize(
    ("dialect", "call", "says"),
    [
        ("sqlite", lambda: op.create_enum("e", ["a"]), "sqlite has no enumerations that are types"),
        ("mysql", lambda: op.rename_constraint("a", "b", "t", "check"), "renames unique constraints alone"),
        ("mysql", lambda: op.drop_schema("s"), "with all that is in it"),
        ("mysql", lambda: op.create_materialized_view("v", "SELECT 1"), "no materialized views"),
        ("mysql", lambda: op.create_sequence("q"), "no sequences"),
        ("sqlite", lambda: op.create_function("f()", ""), "no functions in the database"),
        ("oracle", lambda: op.create_schema("s"), "no schemas"),
    ],
)
def test_what_a_database_lacks_is_an_error(dialect: str, call: Callable[[], Any], says: str) -> None:
    with pytest.raises(NotSupported, match=says) as caught:
        sql_of(dialect, call)
    assert caught.value.hint


def test_a_type_that_has_to_be_made_anew_needs_a_database() -> None:
    with pytest.raises(NotKnowable, match="which columns use it"):
        sql_of("postgresql", lambda: op.alter_enum("e", ["b", "a"], existing_values=["a", "b"]))


def test_an_index_without_its_table_is_an_error_where_it_belongs_to_that() -> None:
    for dialect in ("mysql", "mssql"):
        with pytest.raises(OperationError, match="needs the table of the index a"):
            sql_of(dialect, lambda: op.rename_index("a", "b"))
