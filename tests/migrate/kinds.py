"""Kinds of change: models before and after, and the databases that know the difference."""

# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql

from .models import Models, both, table

ALL = ("sqlite", "postgresql", "mariadb")
SERVERS = ("postgresql", "mariadb")

NOW = sa.func.now()
E = sa.text


@dataclass(frozen=True)
class Kind:
    """A kind of change.

    :param says: a word of the sentence that `check` prints about it.
    """

    name: str
    old: Models
    new: Models
    says: str
    on: tuple[str, ...] = ALL

    def __str__(self) -> str:
        return self.name


def key() -> sa.Column[Any]:
    return sa.Column("id", sa.Integer, primary_key=True)


def column(*arguments: Any, name: str = "x", **keywords: Any) -> Callable[[], sa.Column[Any]]:
    return lambda: sa.Column(name, *(each() if isinstance(each, type) else each for each in arguments), **keywords)


def of(*arguments: Any, **keywords: Any) -> Models:
    """A table with a key and one column x."""
    return table("t", key, column(*arguments, **keywords))


def given(*items: Any, **keywords: Any) -> Models:
    """A table with a key, columns a and b, and further items."""
    a, b = column(sa.Integer, name="a"), column(sa.String(20), name="b")
    return table("t", key, a, b, *items, **keywords)


def kind(name: str, old: Models, new: Models, says: str, on: tuple[str, ...] | str = ALL) -> Kind:
    return Kind(name, old, new, says, (on,) if isinstance(on, str) else on)


def default(value: Any) -> Models:
    return of(sa.String(20), server_default=value)


parent = table("p", key, column(sa.String(10), name="code", nullable=False))
other = table("q", key, column(sa.Integer, name="y"))


def child_of(target: str, *, indexed: bool = False, **keywords: Any) -> Models:
    reference = sa.Column("p_id", sa.ForeignKey(f"{target}.id", name="fk_t_p", **keywords), index=indexed)
    return both(parent, table("t", key, reference))


def child(**keywords: Any) -> Models:
    return both(parent, table("t", key, lambda: sa.Column("p_id", sa.ForeignKey("p.id", name="fk_t_p", **keywords))))


def referring(type_: Any, *, named: bool = True, indexed: bool = False, **keywords: Any) -> Models:
    """A table that another one and it itself refer to, by a column of some type."""
    first, second = ("fk_t_p", "fk_p_p") if named else (None, None)
    parent = table(
        "p",
        lambda: sa.Column("id", type_, primary_key=True),
        lambda: sa.Column("up", sa.ForeignKey("p.id", name=second)),
        **keywords,
    )
    return both(
        parent, table("t", key, lambda: sa.Column("p_id", sa.ForeignKey("p.id", name=first), index=indexed), **keywords)
    )


def index(*arguments: Any, name: str = "ix", **keywords: Any) -> Models:
    return given(lambda: sa.Index(name, *arguments, **keywords))


def unique(*arguments: str, **keywords: Any) -> Models:
    return given(lambda: sa.UniqueConstraint(*arguments, **keywords))


def check(text: str, **keywords: Any) -> Models:
    return given(lambda: sa.CheckConstraint(text, **keywords))


def checked(*values: str) -> Models:
    return of(sa.Enum(*values, native_enum=False, create_constraint=True, name="state"))


def computed(type_: Any, text: str, *items: Any) -> Models:
    """A table with a column that is computed from another one."""
    return given(column(type_, name="c"), column(sa.Integer, sa.Computed(text, persisted=True)), *items)


def on_computed() -> list[Any]:
    return [
        lambda: sa.Index("ix_x", "x"),
        lambda: sa.Index("ix_a_x", "a", "x"),
        lambda: sa.UniqueConstraint("b", "x", name="uq_x"),
        lambda: sa.CheckConstraint("x < 500", name="ck_x"),
    ]


def identity(type_: Any, *arguments: Any, **keywords: Any) -> Models:
    """A table whose key is an identity, with a column x that may be one, too."""
    return table(
        "t",
        lambda: sa.Column("id", type_, sa.Identity(start=5), primary_key=True),
        column(sa.Integer, *arguments, nullable=False, **keywords),
    )


def exclude(operator: str) -> Models:
    return given(lambda: postgresql.ExcludeConstraint(("a", operator), name="ex", using="btree"))


def enum(*values: str) -> Models:
    return of(sa.Enum(*values, name="state"))


def domain() -> sa.types.TypeEngine[Any]:
    return postgresql.DOMAIN("short", sa.Text(), check=E("VALUE <> 'a\\:b%'"), not_null=False, default=E("'it''s'"))


def sequence(**keywords: Any) -> Models:
    def make(metadata: sa.MetaData) -> None:
        other(metadata)
        sa.Sequence("s", metadata=metadata, **keywords)

    return make


def circle(metadata: sa.MetaData) -> None:
    sa.Table("c1", metadata, key(), sa.Column("o", sa.ForeignKey("c2.id", name="fk_c1")))
    sa.Table("c2", metadata, key(), sa.Column("o", sa.ForeignKey("c1.id", name="fk_c2")))


def dotted(metadata: sa.MetaData) -> None:
    target = sa.Table("a.b", metadata, key())
    sa.Table("t", metadata, key(), sa.Column("o", sa.ForeignKey(target.c.id)))
    target.append_column(sa.Column("p_id", sa.ForeignKey(target.c.id, name="fk_itself", ondelete="CASCADE")))


def keyed(*columns: str) -> Models:
    def make(metadata: sa.MetaData) -> None:
        names = ("a", "b", "c")
        made = [
            sa.Column(name, sa.Integer, primary_key=name in columns, nullable=False, autoincrement=False)
            for name in names
        ]
        sa.Table("t", metadata, *made)

    return make


KINDS = (
    kind("table added", other, both(other, table("t", key)), "add table t"),
    kind("table with everything added", other, both(other, child(ondelete="CASCADE")), "add table t"),
    kind("table removed", both(other, table("t", key)), other, "remove table t"),
    kind("tables that refer to each other removed", both(other, child()), other, "remove table p"),
    kind("circle of tables added", other, both(other, circle), "add table c1"),
    kind("circle of tables removed", both(other, circle), other, "remove table c1"),
    kind("tables with a dot in a name added", other, both(other, dotted), "add table a.b"),
    kind("tables with a dot in a name removed", both(other, dotted), other, "remove table a.b"),
    kind("column added", table("t", key), of(sa.String(20)), "add column x to t"),
    kind("column with default added", table("t", key), default("d"), "add column x to t"),
    kind("column removed", of(sa.String(20)), table("t", key), "remove column x from t"),
    kind("column with foreign key added", both(parent, table("t", key)), child(), "add column p_id"),
    kind("column with foreign key removed", child(), both(parent, table("t", key)), "remove column p_id"),
    kind("column with index removed", index("b"), table("t", key, column(sa.Integer, name="a")), "remove column b"),
    kind("length", of(sa.String(20)), of(sa.String(40)), "type"),
    kind("length shorter", of(sa.String(40)), of(sa.String(20)), "type"),
    kind("unbounded", of(sa.String(20)), of(sa.String), "type", ("sqlite", "postgresql")),
    kind("text", of(sa.String(20)), of(sa.Text), "type"),
    kind("wider number", of(sa.Integer), of(sa.BigInteger), "type"),
    kind("precision", of(sa.Numeric(10, 2)), of(sa.Numeric(12, 4)), "type"),
    kind("number of text", of(sa.String(20)), of(sa.Integer), "type"),
    kind("number of truth", of(sa.Boolean), of(sa.BigInteger), "type"),
    kind("truth of number", of(sa.BigInteger), of(sa.Boolean), "type"),
    kind("number of time", of(sa.DateTime), of(sa.Double), "type"),
    kind("time zone", of(sa.DateTime), of(sa.DateTime(timezone=True)), "type", "postgresql"),
    kind("json", of(postgresql.JSON), of(postgresql.JSONB), "type", "postgresql"),
    kind("items of an array", of(postgresql.ARRAY(sa.Integer)), of(postgresql.ARRAY(sa.Text)), "type", "postgresql"),
    kind("uuid of text", of(sa.String(36)), of(sa.Uuid), "type"),
    kind("fractions of seconds", of(mysql.DATETIME), of(mysql.DATETIME(fsp=6)), "type", "mariadb"),
    kind("unsigned", of(sa.Integer), of(mysql.INTEGER(unsigned=True)), "type", "mariadb"),
    kind("values of a column's enum", enum("a", "b"), enum("a", "b", "c"), "type", "mariadb"),
    kind("collation", of(sa.String(20)), of(sa.String(20, collation="C")), "collation", "postgresql"),
    kind("collation", of(sa.String(20)), of(sa.String(20, collation="NOCASE")), "collation", "sqlite"),
    kind("NOT NULL", of(sa.Integer), of(sa.Integer, nullable=False), "NULL to NOT NULL"),
    kind("NULL", of(sa.Integer, nullable=False), of(sa.Integer), "NOT NULL to NULL"),
    kind("default added", of(sa.String(20)), default("d"), "default none"),
    kind("default changed", default("d"), default("it's"), "default"),
    kind("default removed", default("d"), of(sa.String(20)), "to none"),
    kind("default empty", of(sa.String(20)), default(""), "default"),
    kind("default with colons", default("d"), default(E("':a:b'")), "default"),
    kind("default of numbers", of(sa.Integer, server_default="1"), of(sa.Integer, server_default="2"), "default"),
    kind("default of time", of(sa.DateTime), of(sa.DateTime, server_default=NOW), "default"),
    kind("default of truth", of(sa.Boolean), of(sa.Boolean, server_default=sa.false()), "default"),
    kind("NOT NULL of truth", of(sa.Boolean, server_default=sa.false()), of(sa.Boolean, server_default=sa.false(), nullable=False), "NULL to NOT NULL"),
    kind("default with type", default("5"), of(sa.Integer, server_default="7"), "type"),
    kind("comment of a column", of(sa.Integer), of(sa.Integer, comment="it's"), "comment", SERVERS),
    kind("comment of a column removed", of(sa.Integer, comment="a"), of(sa.Integer), "comment", SERVERS),
    kind("comment of a table", given(), given(comment="it's"), "comment", SERVERS),
    kind("comment of a table removed", given(comment="a"), given(), "comment", SERVERS),
    kind("primary key", keyed("a"), keyed("a", "b"), "primary key"),
    kind("primary key narrower", keyed("a", "b"), keyed("b"), "primary key"),
    kind("foreign key added", both(parent, table("t", key, column(sa.Integer, name="p_id"))), child(), "add foreign key"),
    kind("foreign key removed", child(), both(parent, table("t", key, column(sa.Integer, name="p_id"))), "remove foreign"),
    kind("foreign key on delete", child(), child(ondelete="CASCADE"), "change foreign key"),
    kind("foreign key on update", child(), child(onupdate="SET NULL"), "change foreign key"),
    kind("foreign key deferred", child(), child(deferrable=True, initially="DEFERRED"), "foreign key", ("sqlite", "postgresql")),
    kind("type of columns with foreign keys", referring(sa.Integer), referring(sa.BigInteger), "type"),
    kind("type of columns with foreign keys without names", referring(sa.Integer, named=False, indexed=True), referring(sa.BigInteger, named=False, indexed=True), "type"),
    kind("length of columns with foreign keys", referring(sa.String(20)), referring(sa.String(60)), "type"),
    kind("charset of columns with foreign keys", referring(sa.String(20), mysql_charset="utf8mb4"), referring(sa.String(20), mysql_charset="latin1"), "charset", "mariadb"),
    kind("foreign key on delete and its index removed", child_of("p", indexed=True), child_of("p", ondelete="CASCADE"), "change foreign key"),
    kind("foreign key and its index removed", child_of("p", indexed=True), both(parent, table("t", key, column(sa.Integer, name="p_id"))), "remove foreign"),
    kind("unique added", given(), unique("a", "b", name="uq"), "add"),
    kind("unique removed", unique("a", "b", name="uq"), given(), "remove"),
    kind("unique without a name added", given(), unique("a"), "add"),
    kind("unique without a name removed", unique("a"), given(), "remove"),
    kind("unique columns", unique("a", name="uq"), unique("a", "b", name="uq"), "change"),
    kind("unique deferrable", unique("a", name="uq"), unique("a", name="uq", deferrable=True), "change", "postgresql"),
    kind("nulls not distinct", unique("a", name="uq"), unique("a", name="uq", postgresql_nulls_not_distinct=True), "change", "postgresql"),
    kind("index added", given(), index("a", "b"), "add index ix"),
    kind("index removed", index("a", "b"), given(), "remove index ix"),
    kind("index columns", index("a", "b"), index("b", "a"), "change index ix"),
    kind("index unique", index("a"), index("a", unique=True), "change index ix"),
    kind("index descending", index("a"), index(E("a DESC")), "change index ix", ("sqlite", "postgresql")),
    kind("index where", index("a"), index("a", postgresql_where=E("a > 5"), sqlite_where=E("a > 5")), "index", ("sqlite", "postgresql")),
    kind("index where changed", index("a", postgresql_where=E("a > 5"), sqlite_where=E("a > 5")), index("a", postgresql_where=E("a > 6"), sqlite_where=E("a > 6")), "index", ("sqlite", "postgresql")),
    kind("index method", index("a"), index("a", postgresql_using="hash"), "change index", "postgresql"),
    kind("index opclass", index("b"), index("b", postgresql_ops={"b": "varchar_pattern_ops"}), "change index", "postgresql"),
    kind("index include", index("a"), index("a", postgresql_include=["b"]), "change index", "postgresql"),
    kind("index storage", index("a"), index("a", postgresql_with={"fillfactor": 70}), "change index", "postgresql"),
    kind("index of an expression", given(), index(E("lower(b)")), "add index ix", ("sqlite", "postgresql")),
    kind("index of another expression", index(E("lower(b)")), index(E("upper(b)")), "index ix", ("sqlite", "postgresql")),
    kind("index prefix", index("b"), index("b", mysql_length=5), "change index", "mariadb"),
    kind("index fulltext", index("b"), index("b", mysql_prefix="FULLTEXT"), "change index", "mariadb"),
    kind("check added", given(), check("a > 0", name="ck"), "add check"),
    kind("check removed", check("a > 0", name="ck"), given(), "remove check"),
    kind("check changed", check("a > 0 AND a < 9", name="ck"), check("a > 0 AND (a < 9 OR b = 'x')", name="ck"), "change check"),
    kind("check with colons", given(), check("b <> ':a:b'", name="ck"), "add check"),
    kind("check without a name added", given(), check("a > 0"), "add check"),
    kind("check without a name removed", check("a IN (1, 2)"), given(), "remove check"),
    kind("exclude added", given(), exclude("="), "add exclude", "postgresql"),
    kind("exclude removed", exclude("="), given(), "remove exclude", "postgresql"),
    kind("enum added", table("t", key), enum("a", "b"), "add type state", "postgresql"),
    kind("enum of text", of(sa.String(20)), enum("a", "b"), "type", "postgresql"),
    kind("enum removed", enum("a", "b"), table("t", key), "remove type state", "postgresql"),
    kind("value of an enum added", enum("a", "c"), enum("a", "b", "c"), "values added: b", "postgresql"),
    kind("value of an enum removed", enum("a", "b", "c"), enum("a", "c"), "values removed: b", "postgresql"),
    kind("domain added", table("t", key), of(domain()), "add column x", "postgresql"),
    kind("domain with a table added", other, both(other, of(postgresql.ARRAY(domain()))), "add table t", "postgresql"),
    kind("domain of text", of(sa.Text), of(domain()), "type", "postgresql"),
    kind("sequence added", other, sequence(start=5), "add sequence s", SERVERS),
    kind("sequence removed", sequence(start=5), other, "remove sequence s", SERVERS),
    kind("sequence changed", sequence(increment=2), sequence(increment=3), "change sequence s", SERVERS),
    kind("identity added", of(sa.Integer, nullable=False), of(sa.Integer, sa.Identity()), "identity", "postgresql"),
    kind("identity of a serial key", of(sa.Integer), table("t", lambda: sa.Column("id", sa.BigInteger, sa.Identity(start=10), primary_key=True), column(sa.Integer)), "identity", "postgresql"),
    kind("index descending by name", index("b", "a"), index(sa.desc("b"), "a"), "change index", ("sqlite", "postgresql")),
    kind("identity with less to say", of(sa.Integer, sa.Identity(start=5, increment=2, minvalue=-7, maxvalue=99, cycle=True, cache=3)), of(sa.Integer, sa.Identity()), "identity", "postgresql"),
    kind("identity of a wider type", identity(sa.Integer), identity(sa.BigInteger), "type", SERVERS),
    kind("identity of a column", identity(sa.Integer, sa.Identity()), identity(sa.Integer, server_default="5"), "default", "mariadb"),
    kind("identity changed", of(sa.Integer, sa.Identity()), of(sa.Integer, sa.Identity(always=True, increment=2)), "identity", "postgresql"),
    kind("computed added", given(), given(column(sa.Integer, sa.Computed("a + 1", persisted=True))), "add column x"),
    kind("computed changed", given(column(sa.Integer, sa.Computed("a + 1", persisted=True))), given(column(sa.Integer, sa.Computed("a * 2", persisted=True))), "computed"),
    kind("computed changed under indexes", computed(sa.Integer, "c + 1", *on_computed()), computed(sa.Integer, "c * 2", *on_computed()), "computed"),
    kind("type that another column is computed from", computed(sa.Integer, "c + 1", *on_computed()), computed(sa.BigInteger, "c + 1", *on_computed()), "type"),
    kind("computed from a column that changes", of(sa.Integer), both(table("t", key, column(sa.BigInteger), column(sa.BigInteger, sa.Computed("x + 1", persisted=True), name="y"))), "add column y"),
    kind("computed from a column that goes", computed(sa.Integer, "c + 1"), given(), "remove column x"),
    kind("computed no more", computed(sa.Integer, "c + 1", *on_computed()), given(column(sa.Integer, name="c"), column(sa.Integer), *on_computed()), "computed"),
    kind("computed no more, of another type", computed(sa.Integer, "c + 1"), given(column(sa.Integer, name="c"), column(sa.BigInteger, server_default="5")), "computed"),
    kind("computed when asked no more", given(column(sa.Integer, sa.Computed("a + 1", persisted=False))), given(column(sa.Integer)), "computed", ("sqlite", "mariadb")),
    kind("computed from now on", given(column(sa.Integer)), given(column(sa.Integer, sa.Computed("a + 1", persisted=True))), "computed"),
    kind("values of a checked type", checked("ab", "cd"), checked("ab", "ef"), "check"),
    kind("longer values of a checked type", checked("ab", "cd"), checked("ab", "efg"), "check"),
    kind("index of an operation", given(), given(lambda: sa.Index("ix", sa.literal_column("a", sa.Integer) + 1)), "add index ix", ("sqlite", "postgresql")),
    kind("index of an operation descending", given(), given(lambda: sa.Index("ix", (sa.literal_column("a", sa.Integer) + 1).desc())), "add index ix", ("sqlite", "postgresql")),
    kind("index of a condition", given(), given(lambda: sa.Index("ix", sa.case((sa.literal_column("a", sa.Integer) > 1, 2), else_=3))), "add index ix", ("sqlite", "postgresql")),
    kind("index of a member of a document", of(postgresql.JSONB), table("t", key, column(postgresql.JSONB), lambda: sa.Index("ix", sa.literal_column("x", postgresql.JSONB)["a"].astext)), "add index ix", "postgresql"),
    kind("index of a label with an opclass", given(), given(lambda: sa.Index("ix", sa.func.lower(sa.literal_column("b")).label("low"), postgresql_ops={"low": "text_pattern_ops"})), "add index ix", "postgresql"),
    kind("index opclass in the text", index(E("b varchar_pattern_ops")), index(E("b text_pattern_ops")), "change index", "postgresql"),
    kind("index collation", index(E('b COLLATE "C"')), index(E('b COLLATE "POSIX" DESC')), "change index", "postgresql"),
    kind("index collation added", index("b"), index(sa.literal_column("b").collate("C")), "change index", "postgresql"),
    kind("index collation with an opclass", index(E('b COLLATE "C" text_pattern_ops DESC')), index(E('b COLLATE "C" text_pattern_ops')), "change index", "postgresql"),
    kind("index collation", index(E("b COLLATE NOCASE")), index(E("b collate rtrim DESC")), "change index", "sqlite"),
    kind("index collation added", index("b"), index(sa.literal_column("b").collate("NOCASE")), "change index", "sqlite"),
    kind("index collation that the column has", given(column(sa.String(collation="NOCASE")), lambda: sa.Index("ix", E("x COLLATE NOCASE"))), given(column(sa.String(collation="NOCASE")), lambda: sa.Index("ix", E("x COLLATE BINARY"))), "change index", "sqlite"),
    kind("exclude of an expression", given(), given(lambda: postgresql.ExcludeConstraint((sa.func.abs(sa.literal_column("a")), "="), name="ex", using="btree")), "add exclude", "postgresql"),
    kind("schema for a table", other, both(other, table("t", key, schema="apart")), "add schema apart", "postgresql"),
    kind("only table of a schema removed", both(other, table("t", key, schema="apart")), other, "remove table apart.t", "postgresql"),
    kind("engine", given(mysql_engine="InnoDB"), given(mysql_engine="Aria"), "mysql_engine", "mariadb"),
    kind("charset", given(mysql_charset="utf8mb4"), given(mysql_charset="latin1"), "charset", "mariadb"),
)  # fmt: skip
