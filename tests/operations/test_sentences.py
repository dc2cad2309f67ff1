"""What operations say of themselves."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask_revisions.operations.data import Execute
from sqlalchemy.dialects.postgresql import ENUM, CreateEnumType, DropEnumType


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DROP   TABLE\n t", "execute DROP TABLE t"),
        (sa.select(sa.column("a")), "execute SELECT a"),
        (CreateEnumType(ENUM("a", name="state")), "execute CREATE ENUM TYPE state"),
        (DropEnumType(ENUM("a", name="state")), "execute DROP ENUM TYPE state"),
    ],
)
def test_a_statement_is_said_also_where_plain_sql_has_no_words_for_it(statement: object, said: str) -> None:
    assert Execute(statement).describe() == said  # type: ignore[arg-type]
