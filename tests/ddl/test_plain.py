"""Plain dialects and values as literals."""

from __future__ import annotations

import datetime
import decimal
import enum
import uuid

import pytest
import sqlalchemy as sa
from flask_revisions.ddl.plain import literal_sql, plain_dialect
from flask_revisions.errors import OperationError
from sqlalchemy.dialects import mysql, postgresql

from .sql import RECENT, dialect_named

DIALECTS = ["default", "postgresql", "mysql", "sqlite"]


class Color(enum.Enum):
    red = 1


class Word(str, enum.Enum):
    red = "r"


class Scrambled(sa.TypeDecorator):
    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return value[::-1].encode()


class Point(sa.types.UserDefinedType):
    cache_ok = True

    def bind_processor(self, dialect):
        return lambda value: f"({value[0]},{value[1]})"


def written(value, type_, dialect):
    table = sa.table("t", sa.column("x", type_))
    text = literal_sql(sa.insert(table).values(x=value), dialect_named(dialect))
    return text.removeprefix("INSERT INTO t (x) VALUES (").removesuffix(")")


@pytest.mark.parametrize(
    ("value", "type_", "expected"),
    [
        ("it's 5%", sa.String(), "'it''s 5%'"),
        (None, sa.String(), "NULL"),
        (5, sa.Integer(), "5"),
        ("12", sa.Integer(), "12"),
        (decimal.Decimal("1.50"), sa.Numeric(5, 2), "1.50"),
        (1.5, sa.Float(), "1.5"),
        (datetime.date(2020, 1, 2), sa.Date(), "'2020-01-02'"),
        ("2020-01-02", sa.Date(), "'2020-01-02'"),
        (datetime.datetime(2020, 1, 2, 3, 4, 5, 6), sa.DateTime(), "'2020-01-02 03:04:05.000006'"),
        (datetime.time(3, 4, 5), sa.Time(), "'03:04:05'"),
        (Color.red, sa.Enum(Color), "'red'"),
        ({"a": "it's"}, sa.JSON(), "'{\"a\": \"it''s\"}'"),
        ([1, None], sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), "'[1, null]'"),
        (None, sa.JSON(), "'null'"),
        (sa.JSON.NULL, sa.JSON(), "'null'"),
        (None, sa.JSON(none_as_null=True), "NULL"),
        ((1, 2), Point(), "'(1,2)'"),
        (5, None, "5"),
        ("x", None, "'x'"),
        (Word.red, None, "'r'"),
        (Color.red, None, "1"),
        (datetime.date(2020, 1, 2), None, "'2020-01-02'"),
    ],
)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_value_is_written_as_every_database_reads_it(value, type_, expected, dialect):
    if isinstance(value, datetime.time) and dialect == "sqlite":
        expected = "'03:04:05.000000'"
    assert written(value, type_, dialect) == expected


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("default", "X'00FF27'"),
        ("mysql", "X'00FF27'"),
        ("sqlite", "X'00FF27'"),
        ("postgresql", "'\\x00FF27'"),
        ("mssql", "0x00FF27"),
        ("oracle", "HEXTORAW('00FF27')"),
    ],
)
@pytest.mark.parametrize("type_", [sa.LargeBinary(), mysql.LONGBLOB(), postgresql.BYTEA(), None])
def test_bytes_are_written_in_the_way_of_each_database(dialect, expected, type_):
    assert written(b"\x00\xff'", type_, dialect) == expected


def test_what_a_type_decorator_makes_is_what_is_written():
    assert written("abc", Scrambled(), "default") == "X'636261'"


@pytest.mark.parametrize(
    ("dialect", "value", "type_", "expected"),
    [
        ("postgresql", uuid.UUID(int=5), sa.Uuid(), "'00000000-0000-0000-0000-000000000005'"),
        ("mysql", uuid.UUID(int=5), sa.Uuid(), "'00000000000000000000000000000005'"),
        ("postgresql", True, sa.Boolean(), "true"),
        ("sqlite", True, sa.Boolean(), "1"),
        pytest.param(
            *("postgresql", datetime.timedelta(days=1), sa.Interval(), "make_interval(secs=>86400.0)"),
            marks=pytest.mark.skipif(not RECENT, reason="this SQLAlchemy has no literal intervals"),
        ),
        ("mysql", datetime.timedelta(days=1), sa.Interval(), "'1970-01-02 00:00:00'"),
        ("postgresql", ["a'b", "%"], postgresql.ARRAY(sa.Text), "ARRAY['a''b', '%']"),
        ("postgresql", [{"a": 1}], postgresql.ARRAY(postgresql.JSONB), "ARRAY['{\"a\": 1}']"),
        ("postgresql", "10.0.0.1", postgresql.INET(), "'10.0.0.1'"),
        ("postgresql", "[1,2)", postgresql.INT4RANGE(), "'[1,2)'"),
        ("postgresql+asyncpg", "[1,2)", postgresql.INT4RANGE(), "'[1,2)'"),
        ("postgresql", "a\\b", sa.String(), "'a\\b'"),
        ("mysql", "a\\b", sa.String(), "'a\\\\b'"),
        ("mysql", {"a": "\\"}, sa.JSON(), '\'{"a": "\\\\\\\\"}\''),
    ],
)
def test_a_value_is_written_as_one_database_reads_it(dialect, value, type_, expected):
    assert written(value, type_, dialect) == expected


def test_a_value_without_a_form_is_an_error_that_names_the_column_and_keeps_the_value_to_itself():
    with pytest.raises(OperationError) as caught:
        written({"secret": 1}, None, "postgresql")
    assert caught.value.message == "The value of x is a dict, which has no form in SQL text as NullType()."
    assert "op.inline_literal" in caught.value.hint


@pytest.mark.parametrize(
    "driver", ["postgresql+psycopg2", "postgresql+pg8000", "mysql+pymysql", "mysql+mysqlconnector"]
)
def test_no_driver_doubles_percent_signs(driver):
    dialect = dialect_named(driver)
    table = sa.Table(
        "a%b",
        sa.MetaData(),
        sa.Column("x%y", sa.Integer, server_default=sa.text("10 % 3")),
        sa.Column("z", sa.Integer),
        sa.CheckConstraint(sa.column("z", sa.Integer) % 2 == 0),
        sa.CheckConstraint(sa.column("z", sa.String) != "%"),
    )
    doubled = str(sa.schema.CreateTable(table).compile(dialect=dialect))
    plain = literal_sql(sa.schema.CreateTable(table), dialect)
    assert "%%" not in plain
    assert plain == doubled.strip().replace("%%", "%")


def test_the_original_dialect_is_not_touched_and_a_plain_one_stays():
    dialect = dialect_named("postgresql+psycopg2")
    text = sa.literal("50%")
    before = str(sa.select(text).compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    plain = plain_dialect(dialect)
    assert literal_sql(sa.select(text), dialect) == "SELECT '50%' AS anon_1"
    assert str(sa.select(text).compile(dialect=dialect, compile_kwargs={"literal_binds": True})) == before
    assert dialect.identifier_preparer.quote("a%b") == '"a%%b"'
    assert plain_dialect(plain) is plain


def test_what_the_server_said_stays_known():
    dialect = dialect_named("mysql+pymysql")
    dialect.server_version_info, dialect._backslash_escapes = (8, 0, 36), False
    plain = plain_dialect(dialect)
    assert plain.server_version_info == (8, 0, 36)
    assert literal_sql(sa.select(sa.literal("a\\b")), dialect) == "SELECT 'a\\b' AS anon_1"
    assert plain_dialect(dialect_named("mariadb+pymysql")).is_mariadb


def test_a_statement_of_a_plain_dialect_runs_on_the_database_it_was_made_for():
    engine = sa.create_engine("sqlite://")
    row = {"a": "it's 5% :x \\", "b": b"\x00'", "c": {"k": "%"}, "d": datetime.date(2020, 1, 2), "e": True}
    table = sa.Table(
        "t%",
        sa.MetaData(),
        *map(sa.Column, row, (sa.Text, sa.LargeBinary, sa.JSON, sa.Date, sa.Boolean)),
    )
    with engine.begin() as connection:
        for statement in (sa.schema.CreateTable(table), sa.insert(table).values(row)):
            text = literal_sql(statement, connection.dialect)
            connection.exec_driver_sql(text, execution_options={"no_parameters": True})
        assert dict(connection.execute(sa.select(table)).mappings().one()) == row


class Document(sa.TypeDecorator):
    impl = sa.JSON
    cache_ok = True

    def load_dialect_impl(self, dialect):
        kinds = {"postgresql": postgresql.JSONB(), "mysql": mysql.LONGTEXT()}
        return dialect.type_descriptor(kinds.get(dialect.name, sa.JSON()))


class Blob(sa.TypeDecorator):
    impl = sa.LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect):
        return dialect.type_descriptor(mysql.LONGBLOB() if dialect.name == "mysql" else sa.LargeBinary())


@pytest.mark.parametrize(
    ("dialect", "type_", "expected"),
    [
        ("postgresql", Document(), "JSONB"),
        ("mysql", Document(), "LONGTEXT"),
        ("mysql", Blob(), "LONGBLOB"),
        ("postgresql", Blob(), "BYTEA"),
        ("postgresql", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), "JSONB"),
    ],
)
def test_the_type_that_a_decorator_chooses_for_a_dialect_is_the_type_in_ddl(dialect, type_, expected):
    table = sa.Table("t", sa.MetaData(), sa.Column("x", type_))
    text = literal_sql(sa.schema.CreateTable(table), dialect_named(dialect))
    assert " ".join(text.split()) == f"CREATE TABLE t ( x {expected} )"
