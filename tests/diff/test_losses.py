"""Which changes of type are said to lose values."""

from __future__ import annotations

import pytest
from flask_revisions.diff.losses import may_lose

KEEPS = (
    ("integer", "bigint"),
    ("tinyint unsigned", "smallint"),
    ("int unsigned", "bigint"),
    ("int", "decimal(10,0)"),
    ("decimal(10,2)", "decimal(12,3)"),
    ("float", "double"),
    ("real", "double precision"),
    ("year", "int"),
    ("date", "timestamp without time zone"),
    ("datetime", "datetime(6)"),
    ("timestamp(3) without time zone", "timestamp without time zone"),
    ("varchar(10)", "varchar(20)"),
    ("varchar(10)", "text"),
    ("tinyblob", "mediumblob"),
    ("blob", "longblob"),
    ("text", "mediumtext"),
    ("varbinary(16)", "varbinary(32)"),
    ("cidr", "inet"),
    ("json", "jsonb"),
)
LOSES = (
    ("bigint", "integer"),
    ("int", "int unsigned"),
    ("bigint unsigned", "bigint"),
    ("decimal(10,2)", "decimal(10,3)"),
    ("decimal(10,2)", "decimal(12,4) unsigned"),
    ("double", "float"),
    ("double", "double(10,2)"),
    ("datetime(6)", "datetime(3)"),
    ("time(2)", "time"),
    ("timestamp without time zone", "timestamp(0) without time zone"),
    ("timestamp without time zone", "date"),
    ("varchar(20)", "varchar(10)"),
    ("text", "varchar(10)"),
    ("longtext", "mediumtext"),
    ("longblob", "mediumblob"),
    ("boolean", "uuid"),
)


@pytest.mark.parametrize(("old", "new"), KEEPS)
def test_a_wider_type_keeps_the_values(old: str, new: str) -> None:
    assert not may_lose(old, new)


@pytest.mark.parametrize(("old", "new"), LOSES)
def test_a_narrower_type_is_said_to_lose_values(old: str, new: str) -> None:
    assert may_lose(old, new)
