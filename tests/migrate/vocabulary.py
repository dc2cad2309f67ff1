"""What models at random are made of: types with defaults for them, and names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql


@dataclass(frozen=True)
class Type:
    """A type of a column.

    :param make: makes it, of the values of an enum.
    :param defaults: what a default of it may be.
    :param family: `int` and `text` can stand in checks and indexes, `date` in indexes.
    """

    make: Callable[..., Any]
    defaults: tuple[str, ...] = ()
    family: str = ""


class Shouted(sa.TypeDecorator[str]):
    """A type of the project's own."""

    impl = sa.String(30)
    cache_ok = True


_WORDS = ("", "plain", "it's", "100%", "a:b", 'say "so"', "back\\slash", "größe", "null", "1", "='x'", "=lower('AB')")
_NUMBERS = ("0", "5", "-3", "=7", "=-1", "=1 + 2", "=abs(-4)")
_DECIMALS = ("0", "1.50", "=2.25", "-0.5")
_NOW = "=CURRENT_TIMESTAMP"

COMMON: dict[str, Type] = {
    "int": Type(sa.Integer, _NUMBERS, "int"),
    "bigint": Type(sa.BigInteger, _NUMBERS, "int"),
    "smallint": Type(sa.SmallInteger, _NUMBERS, "int"),
    "string 20": Type(lambda: sa.String(20), _WORDS, "text"),
    "string 40": Type(lambda: sa.String(40), _WORDS, "text"),
    "unicode": Type(lambda: sa.Unicode(25), _WORDS, "text"),
    "char": Type(lambda: sa.CHAR(8), ("ab", "it's"), "text"),
    "text": Type(sa.Text),
    "numeric": Type(lambda: sa.Numeric(10, 2), _DECIMALS),
    "numeric 4": Type(lambda: sa.Numeric(12, 4), _DECIMALS),
    "numeric plain": Type(lambda: sa.Numeric(8), ("3",)),
    "float": Type(sa.Float, ("1.5", "=0.25")),
    "float 53": Type(lambda: sa.Float(53), ("1.5",)),
    "double": Type(sa.Double, ("2.5", "=1e3")),
    "boolean": Type(sa.Boolean, ("=true", "=false")),
    "boolean checked": Type(lambda **named: sa.Boolean(create_constraint=True, **named), ("=false",)),
    "date": Type(sa.Date, ("2020-01-02", "=CURRENT_DATE"), "date"),
    "datetime": Type(sa.DateTime, ("2020-01-02 03:04:05", _NOW), "date"),
    "timestamp": Type(lambda: sa.DateTime(timezone=True), (_NOW,)),
    "time": Type(sa.Time, ("03:04:05",)),
    "blob": Type(sa.LargeBinary),
    "json": Type(sa.JSON),
    "uuid": Type(sa.Uuid),
    "interval": Type(sa.Interval),
    "decorated": Type(Shouted, ("x",), "text"),
    "enum": Type(lambda *values, **named: sa.Enum(*values, **named), ("first",)),
    "enum text": Type(lambda *values, **named: sa.Enum(*values, native_enum=False, length=30, **named), ("first",)),
    "enum checked": Type(
        lambda *values, **named: sa.Enum(*values, native_enum=False, create_constraint=True, length=30, **named)
    ),
    "variant": Type(lambda: sa.String(10).with_variant(sa.Text(), "postgresql").with_variant(mysql.CHAR(9), "mysql")),
}

TYPES: dict[str, dict[str, Type]] = {
    "sqlite": {
        **COMMON,
        "string": Type(sa.String, _WORDS, "text"),
        "nocase": Type(lambda: sa.String(20, collation="NOCASE"), _WORDS, "text"),
    },
    "postgresql": {
        **COMMON,
        "string": Type(sa.String, _WORDS, "text"),
        "collated": Type(lambda: sa.String(20, collation="C"), _WORDS, "text"),
        "jsonb": Type(postgresql.JSONB, ("{}", "='[]'::jsonb")),
        "array": Type(lambda: postgresql.ARRAY(sa.Integer), ("{}", "=ARRAY[1, 2]")),
        "array of texts": Type(lambda: sa.ARRAY(sa.String(5)), ("={}".replace("{}", "'{}'"),)),
        "inet": Type(postgresql.INET, ("127.0.0.1",)),
        "cidr": Type(postgresql.CIDR),
        "macaddr": Type(postgresql.MACADDR),
        "tsvector": Type(postgresql.TSVECTOR),
        "day to second": Type(lambda: postgresql.INTERVAL(fields="DAY TO SECOND", precision=3), ("1 day",)),
        "interval 3": Type(lambda: postgresql.INTERVAL(precision=3)),
        "timestamp 3": Type(lambda: postgresql.TIMESTAMP(precision=3, timezone=True), ("=now()",)),
        "time zone": Type(lambda: sa.Time(timezone=True)),
        "bit": Type(lambda: postgresql.BIT(5)),
        "bit varying": Type(lambda: postgresql.BIT(5, varying=True)),
        "range": Type(postgresql.INT4RANGE, ("[1,5)",)),
        "time range": Type(postgresql.TSTZRANGE),
        "money": Type(postgresql.MONEY),
        "oid": Type(postgresql.OID),
        "generated uuid": Type(lambda: postgresql.UUID(as_uuid=True), ("=gen_random_uuid()",)),
        "real": Type(sa.REAL, ("1.5",)),
    },
    "mariadb": {
        **COMMON,
        "unsigned": Type(lambda: mysql.INTEGER(unsigned=True), ("0", "=7"), "int"),
        "tinyint": Type(mysql.TINYINT, ("0",), "int"),
        "mediumint": Type(mysql.MEDIUMINT, ("0",), "int"),
        "width": Type(lambda: mysql.INTEGER(display_width=6), ("0",), "int"),
        "zerofill": Type(lambda: mysql.INTEGER(display_width=6, zerofill=True)),
        "year": Type(mysql.YEAR, ("2020",)),
        "set": Type(lambda: mysql.SET("a", "b", "it's"), ("a",)),
        "mediumtext": Type(mysql.MEDIUMTEXT),
        "longtext": Type(mysql.LONGTEXT),
        "fractions": Type(lambda: mysql.DATETIME(fsp=6), ("=CURRENT_TIMESTAMP(6)",)),
        "updated": Type(mysql.TIMESTAMP, ("=CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP",)),
        "varbinary": Type(lambda: mysql.VARBINARY(20)),
        "binary": Type(lambda: mysql.BINARY(16)),
        "bit": Type(lambda: mysql.BIT(5), ("=b'101'",)),
        "mysql double": Type(lambda: mysql.DOUBLE(10, 2), ("1.5",)),
        "charset": Type(lambda: mysql.VARCHAR(20, charset="latin1"), ("x",), "text"),
        "collated": Type(lambda: sa.String(20, collation="utf8mb4_bin"), ("x",), "text"),
    },
}

COLUMN_NAMES = ("a", "b", "name", "Order", "two words", "größe", "percent%", "with:colon", "select", 'quo"te', "x_1")
TABLE_NAMES = ("user", "Posts", "order line", "t1", "t2", "select")
VALUES = ("first", "second", "it's", "Third", "a:b", "4%")
CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
