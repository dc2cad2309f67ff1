"""Statements and rows: what is sent to a database, and what is printed without one."""

from __future__ import annotations

import datetime

import pytest
import sqlalchemy as sa
from flask_revisions import op
from flask_revisions.ddl.actions import Send
from flask_revisions.errors import OperationError

from .sql import TextExecutor, dialect_named, executing, sql_of

STOCK = sa.table("stock", sa.column("id", sa.Integer), sa.column("code", sa.String), sa.column("day", sa.Date))


def sent(function, dialect="default"):
    executor = TextExecutor(dialect_named(dialect))
    with executing(executor):
        function()
    return [action for action in executor.actions if isinstance(action, Send)]


@pytest.mark.parametrize(
    ("statement", "printed"),
    [
        ("SELECT '100%'", "SELECT '100%'"),
        ("UPDATE t SET at = '10:30', b = '\\:x'", "UPDATE t SET at = '10:30', b = ':x'"),
        (sa.text("DELETE FROM t WHERE a = :a").bindparams(a="it's"), "DELETE FROM t WHERE a = 'it''s'"),
        (sa.insert(STOCK).values(id=1, code="5%"), "INSERT INTO stock (id, code) VALUES (1, '5%')"),
        (
            sa.update(STOCK).where(STOCK.c.id.in_([1, 2])).values(code=None),
            "UPDATE stock SET code=NULL WHERE stock.id IN (1, 2)",
        ),
        (sa.delete(STOCK).where(STOCK.c.code == "x"), "DELETE FROM stock WHERE stock.code = 'x'"),
        (sa.func.setval("seq", 5), "SELECT setval('seq', 5) AS setval_1"),
        (sa.DDL("CREATE EXTENSION %%x"), "CREATE EXTENSION %x"),
    ],
)
def test_any_statement_is_printed_with_its_values(statement, printed):
    assert sql_of("postgresql", lambda: op.execute(statement)) == [printed]


def test_online_a_statement_keeps_its_parameters_and_options():
    statement = sa.update(STOCK).values(code="x")
    (action,) = sent(lambda: op.execute(statement, execution_options={"stream_results": True}))
    assert action.statement is statement
    assert action.rows is None
    assert action.execution_options == {"stream_results": True}


def test_a_parameter_without_a_value_is_an_error_that_shows_both_ways_out():
    with pytest.raises(OperationError, match="has a parameter :day without a value") as caught:
        sql_of("default", lambda: op.execute("DELETE FROM t WHERE day < :day"))
    assert "bindparams(day=...)" in caught.value.hint
    assert "\\:day" in caught.value.hint


@pytest.mark.parametrize("dialect", ["default", "postgresql", "mysql"])
def test_an_inline_literal_is_written_into_the_statement(dialect):
    made = sql_of(
        dialect,
        lambda: op.execute(
            sa.update(STOCK).where(STOCK.c.id == op.inline_literal(2)).values(code=op.inline_literal("x%"))
        ),
    )
    assert made == ["UPDATE stock SET code='x%' WHERE stock.id = 2"]


def test_an_inline_literal_takes_a_type():
    literal = op.inline_literal(datetime.date(2020, 1, 2), sa.Date)
    assert sql_of("default", lambda: op.execute(sa.select(literal))) == ["SELECT '2020-01-02' AS anon_1"]


def test_rows_are_sent_together_in_one_insert():
    rows = [{"id": 1, "code": "a"}, {"id": 2, "code": "b"}]
    (action,) = sent(lambda: op.bulk_insert(STOCK, rows))
    assert str(action.statement) == "INSERT INTO stock (id, code, day) VALUES (:id, :code, :day)"
    assert action.rows == tuple(rows)


def test_rows_with_other_columns_are_sent_apart_so_that_no_value_is_lost():
    rows = [{"id": 1}, {"id": 2}, {"id": 3, "code": "c"}, {"id": 4}]
    actions = sent(lambda: op.bulk_insert(STOCK, rows))
    assert [action.rows for action in actions] == [(rows[0], rows[1]), (rows[2],), (rows[3],)]


def test_rows_are_sent_one_by_one_if_asked_for_or_if_they_hold_sql():
    alone = sent(lambda: op.bulk_insert(STOCK, [{"id": 1}, {"id": 2}], multiinsert=False))
    assert [action.rows for action in alone] == [None, None]
    rows = [{"id": 1, "code": op.inline_literal("a")}, {"id": 2, "code": op.inline_literal("b")}]
    assert [action.rows for action in sent(lambda: op.bulk_insert(STOCK, rows))] == [None, None]


def test_printed_rows_name_only_the_columns_that_they_have():
    assert sql_of(
        "default",
        lambda: op.bulk_insert(
            STOCK,
            [{"id": 1, "code": "it's"}, {"id": 2}, {"day": op.inline_literal("2020-01-02")}, {"day": None}],
        ),
    ) == [
        "INSERT INTO stock (id, code) VALUES (1, 'it''s')",
        "INSERT INTO stock (id) VALUES (2)",
        "INSERT INTO stock (day) VALUES ('2020-01-02')",
        "INSERT INTO stock (day) VALUES (NULL)",
    ]


def test_the_same_rows_are_printed_whatever_multiinsert_says():
    rows = [{"id": 1, "code": "a"}, {"id": 2, "code": "b"}]
    assert sql_of("default", lambda: op.bulk_insert(STOCK, rows)) == sql_of(
        "default", lambda: op.bulk_insert(STOCK, rows, multiinsert=False)
    )


def test_no_rows_are_no_statement():
    assert sent(lambda: op.bulk_insert(STOCK, [])) == []


@pytest.mark.parametrize("rows", [({"id": 1},), {"id": 1}, [(1,)], [{"id": 1}, 2], "rows"])
def test_rows_that_are_no_list_of_dictionaries_are_a_type_error(rows):
    with pytest.raises(TypeError, match="list of dictionaries"):
        sent(lambda: op.bulk_insert(STOCK, rows))


def test_a_created_table_can_be_filled_at_once():
    def script():
        table = op.create_table("t", sa.Column("a", sa.Integer), sa.Column("b", sa.Boolean))
        op.bulk_insert(table, [{"a": 1, "b": True}])

    assert sql_of("postgresql", script)[1] == "INSERT INTO t (a, b) VALUES (1, true)"


def test_defaults_of_python_are_printed_if_they_are_values_and_refused_if_they_are_functions():
    def insert(**columns):
        table = sa.Table("t", sa.MetaData(), *(sa.Column(n, sa.Integer, default=d) for n, d in columns.items()))
        return sql_of("default", lambda: op.bulk_insert(table, [{}]))

    assert insert(a=5, b=sa.func.now()) == ["INSERT INTO t (a, b) VALUES (5, now())"]
    with pytest.raises(OperationError, match="value of column c comes from a Python function"):
        insert(c=lambda: 5)


def test_an_update_prints_the_values_that_python_would_add():
    table = sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer), sa.Column("b", sa.Integer, onupdate=7))
    assert sql_of("default", lambda: op.execute(table.update().values(a=1))) == ["UPDATE t SET a=1, b=7"]
