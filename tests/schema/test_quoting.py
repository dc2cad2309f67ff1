"""SQL as SQLAlchemy's `text()` takes it."""

from __future__ import annotations

from itertools import product

import pytest
import sqlalchemy as sa
from flask_revisions.schema.quoting import escaped, unescaped


def test_sql_comes_out_of_text_as_it_was() -> None:
    for length in range(7):
        for letters in product("a:\\ ", repeat=length):
            sql = "".join(letters)
            assert str(sa.text(escaped(sql)).compile()) == unescaped(escaped(sql)) == sql


@pytest.mark.parametrize("sql", ["a::text", "'12:30:45'", "'a: b'", "':a:b'", r"'C:\\x'"])
def test_what_is_no_parameter_stays_as_it_reads(sql: str) -> None:
    assert escaped(sql) == sql


def test_what_would_be_a_parameter_is_none() -> None:
    assert escaped("x = ':a' OR y = ' :b'") == r"x = '\:a' OR y = ' \:b'"
