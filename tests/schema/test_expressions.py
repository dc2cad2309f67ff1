"""Which texts of SQL say the same."""

from __future__ import annotations

import pytest
from flask_revisions.schema.expressions import same_default, same_expression

SAME = (
    (
        "postgresql",
        "((a > 0) AND (a < 9))",
        "a > 0 AND a < 9",
        False,
    ),  # the order of operations is the database's matter
    ("postgresql", "(a > 0)", "a > 0", True),
    ("postgresql", "(a = ANY (ARRAY[1, 2]))", "(a = ANY (ARRAY[(1)::bigint, (2)::bigint]))", True),
    (
        "postgresql",
        "((a)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[]))",
        "((a)::text = ANY (ARRAY[('x'::character varying)::text, ('y'::character varying)::text]))",
        True,
    ),
    ("postgresql", "(a = ANY (ARRAY[1, 2]))", "(a = ANY (ARRAY[1, 3]))", False),
    ("mariadb", "`a` in ('first','it\\'s')", "a IN ('first', 'it''s')", True),
    ("mariadb", "`a` in ('first','its')", "a IN ('first', 'it''s')", False),
    ("sqlite", "[two words] > 0", '"two words" > 0', True),
)


@pytest.mark.parametrize(("dialect", "left", "right", "same"), SAME)
def test_expressions_are_the_same_but_for_how_they_are_written(dialect: str, left: str, right: str, same: bool) -> None:
    assert same_expression(left, right, dialect) is same


@pytest.mark.parametrize(
    ("left", "right", "type_", "same"),
    [
        ("5", "'5'", "integer", True),
        ("5", "'5'", "text", False),
        (None, "NULL", "text", True),
        ("''", None, "text", False),
    ],
)
def test_a_number_may_stand_in_quotes(left: str | None, right: str | None, type_: str, same: bool) -> None:
    assert same_default(left, right, type_, "sqlite") is same
