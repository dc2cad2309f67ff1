"""The text of a script, as the client of each database takes it."""

from __future__ import annotations

import pytest
from flask_revisions.runner.sql_script import SqlScript

from ..ddl.sql import dialect_named


def written(dialect, *texts, transactional=True, **keywords):
    found = []
    script = SqlScript(dialect_named(dialect), found.append, transactional=transactional, **keywords)
    script.begin()
    for text in texts:
        script.statement(text)
    script.commit()
    return "".join(found)


def test_statements_end_with_a_semicolon_within_a_transaction():
    assert written("postgresql", "SELECT 1;", " SELECT 2 ") == "BEGIN;\n\nSELECT 1;\n\nSELECT 2;\n\nCOMMIT;\n\n"


@pytest.mark.parametrize("dialect", ["mysql", "oracle", "default"])
def test_no_transaction_is_written_where_there_is_none(dialect):
    assert "COMMIT" not in written(dialect, "SELECT 1", transactional=False)


def test_sql_server_is_sent_each_statement_by_go():
    assert written("mssql", "SELECT 1") == ("BEGIN TRANSACTION;\n\nGO\n\nSELECT 1;\n\nGO\n\nCOMMIT;\n\nGO\n\n")
    assert written("mssql", "SELECT 1", separator="BATCH", transactional=False) == "SELECT 1;\n\nBATCH\n\n"


def test_oracle_is_sent_each_statement_by_a_slash_and_has_no_semicolons():
    assert written("oracle", "SELECT 1;") == "SET TRANSACTION READ WRITE\n/\n\nSELECT 1\n/\n\nCOMMIT\n/\n\n"
    assert written("oracle", "SELECT 1", separator="run", transactional=False) == "SELECT 1\nrun\n\n"


@pytest.mark.parametrize("block", ["BEGIN x; END;", "CREATE OR REPLACE TRIGGER t BEFORE INSERT ON a BEGIN x; END;"])
def test_a_block_of_oracle_keeps_its_last_semicolon(block):
    assert written("oracle", block, transactional=False) == f"{block}\n/\n\n"


def test_a_comment_at_the_end_does_not_swallow_the_mark():
    assert written("sqlite", "SELECT 1 -- one", transactional=False) == "SELECT 1 -- one\n;\n\n"
    assert written("mssql", "SELECT 1 -- one", transactional=False) == "SELECT 1 -- one\n;\n\nGO\n\n"
    assert written("oracle", "SELECT 1 -- one", transactional=False) == "SELECT 1 -- one\n/\n\n"


def test_a_routine_of_mysql_has_a_delimiter_of_its_own():
    text = "CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW BEGIN SELECT 1; END"
    assert written("mysql", text, transactional=False) == f"DELIMITER //\n{text}\n//\nDELIMITER ;\n\n"


@pytest.mark.parametrize("dialect", ["postgresql", "mysql", "mssql", "oracle"])
def test_a_comment_is_one_line_whatever_is_in_it(dialect):
    found = []
    SqlScript(dialect_named(dialect), found.append, transactional=False).comment("one\nDROP TABLE x;\r\u2028\x0b two")
    assert found == ["-- one DROP TABLE x; two\n\n"]
