"""The same batch on the same SQLite table gives what Alembic's gives, unless that loses something."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask_revisions import op

from .sqlite_tables import Tables

pytest.importorskip("alembic")

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

C = sa.Column
STOCK = """CREATE TABLE stock (
\tid INTEGER NOT NULL,
\tcode VARCHAR(20) DEFAULT 'x' NOT NULL,
\tname TEXT,
\tqty INTEGER DEFAULT 10,
\tlive BOOLEAN DEFAULT true,
\tmade DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL,
\tshop_id INTEGER,
\tkind VARCHAR(5),
\tPRIMARY KEY (id),
\tCONSTRAINT uq_code UNIQUE (code),
\tUNIQUE (name),
\tCONSTRAINT fk_shop FOREIGN KEY(shop_id) REFERENCES shop (id) ON DELETE CASCADE,
\tCONSTRAINT ck_qty CHECK (qty > 0),
\tCONSTRAINT kind CHECK (kind IN ('a', 'b'))
)"""
TABLES = (
    "CREATE TABLE shop (id INTEGER NOT NULL, PRIMARY KEY (id))",
    STOCK,
    "CREATE INDEX ix_name ON stock (name, qty)",
    "CREATE UNIQUE INDEX ix_made ON stock (made) WHERE qty > 5",
    "INSERT INTO shop VALUES (1), (2)",
    "INSERT INTO stock VALUES (1, 'a', 'n1', 1, 1, '2020-01-01 00:00:00.000000', 1, 'a')",
    "INSERT INTO stock VALUES (7, 'b', NULL, 2, 0, '2020-01-02 00:00:00.000000', 2, NULL)",
)
TREE = (
    """CREATE TABLE tree (
\tid INTEGER NOT NULL,
\tparent_id INTEGER,
\tleft_id INTEGER,
\tright_id INTEGER,
\tPRIMARY KEY (id),
\tFOREIGN KEY(parent_id) REFERENCES tree (id),
\tFOREIGN KEY(left_id, right_id) REFERENCES pairs (a, b)
)""",
    "CREATE TABLE pairs (a INTEGER NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (a, b))",
    "INSERT INTO pairs VALUES (1, 2)",
    "INSERT INTO tree VALUES (1, NULL, 1, 2), (2, 1, NULL, NULL)",
)
PLAIN = (
    """CREATE TABLE plain (
\tid INTEGER NOT NULL,
\ta INTEGER,
\tlast INTEGER,
\tPRIMARY KEY (id)
)""",
    "INSERT INTO plain VALUES (1, 2, 3)",
)
CONVENTION = {
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


@dataclass
class Case:
    """A block, what it is given, and the tables that it finds."""

    block: Callable[[Any], Any]
    options: dict[str, Any] = field(default_factory=dict)
    table: str = "stock"
    tables: tuple[str, ...] = TABLES


def stock(*, boolean: bool = False) -> sa.Table:
    live = sa.Boolean(create_constraint=True, name="ck_live") if boolean else sa.Boolean()
    return sa.Table(
        "stock",
        sa.MetaData(),
        C("id", sa.Integer, primary_key=True),
        C("code", sa.String(20), server_default="x", nullable=False),
        C("name", sa.Text, unique=True),
        C("qty", sa.Integer, server_default="10"),
        C("live", live, server_default=sa.true()),
        C("made", sa.DateTime, server_default=sa.func.now(), nullable=False),
        C("shop_id", sa.Integer, sa.ForeignKey("shop.id")),
        C("kind", sa.String(5), index=True),
    )


ENUM = sa.Enum("a", "b", name="kind", create_constraint=True)
WIDER = sa.Enum("a", "b", "c", name="kind", create_constraint=True)
FLAG = sa.Boolean(create_constraint=True, name="ck_flag")


def case(block: Callable[[Any], Any], **options: Any) -> Case:
    return Case(block, options)


CASES = {
    "add a column": case(lambda b: b.add_column(C("new", sa.Integer))),
    "add a column with a default": case(
        lambda b: b.add_column(C("new", sa.String(9), server_default="it's", nullable=False))
    ),
    "add a column with an expression default": case(
        lambda b: b.add_column(C("new", sa.Date, server_default=sa.func.current_date(), nullable=False))
    ),
    "add a column with a text default": case(
        lambda b: b.add_column(C("new", sa.Integer, server_default=sa.text("0"), nullable=False))
    ),
    "add a column in its place": case(
        lambda b: b.add_column(C("new", sa.Integer), insert_after="id"), recreate="always"
    ),
    "add two in one place": case(
        lambda b: (
            b.add_column(C("n1", sa.Integer), insert_after="code"),
            b.add_column(C("n2", sa.Integer), insert_after="code"),
            b.add_column(C("n3", sa.Integer), insert_before="code"),
            b.add_column(C("n4", sa.Integer), insert_after="n1"),
        ),
        recreate="always",
    ),
    "add behind the last and before the first": case(
        lambda b: (
            b.add_column(C("n1", sa.Integer), insert_after="kind"),
            b.add_column(C("n2", sa.Integer), insert_before="id"),
            b.add_column(C("n3", sa.Integer)),
        ),
        recreate="always",
    ),
    "another order": case(lambda b: None, recreate="always", partial_reordering=[("qty", "id", "code")]),
    "another order with a new column": case(
        lambda b: (b.add_column(C("new", sa.Integer), insert_before="id"), b.drop_column("live")),
        recreate="always",
        partial_reordering=[("kind", "code"), ("name", "qty")],
    ),
    "add a column with a named key": case(
        lambda b: b.add_column(
            C("other_id", sa.Integer, sa.ForeignKey("shop.id", name="fk_other", ondelete="SET NULL"))
        )
    ),
    "add a flag with its check": case(lambda b: b.add_column(C("flag", FLAG))),
    "add a column with an index": case(lambda b: b.add_column(C("new", sa.Integer, index=True))),
    "add a column with a check": case(
        lambda b: b.add_column(C("new", sa.Integer, sa.CheckConstraint("new > 5", name="ck_new")))
    ),
    "add a computed column": case(lambda b: b.add_column(C("dbl", sa.Integer, sa.Computed("qty * 2")))),
    "add a stored column": case(lambda b: b.add_column(C("dbl", sa.Integer, sa.Computed("qty * 2", persisted=True)))),
    "add a column, drop one": Case(
        lambda b: (b.add_column(C("new", sa.Integer)), b.drop_column("a")), {}, "plain", PLAIN
    ),
    "add two columns, drop the last of the old ones": Case(
        lambda b: (b.add_column(C("n1", sa.Integer)), b.add_column(C("n2", sa.Integer)), b.drop_column("last")),
        {},
        "plain",
        PLAIN,
    ),
    "rename a column, index it by the name that it had": Case(
        lambda b: (b.alter_column("a", new_column_name="z"), b.create_index("ix_z", ["a"])), {}, "plain", PLAIN
    ),
    "drop a column": case(lambda b: b.drop_column("live")),
    "drop a column with a key": case(lambda b: b.drop_column("shop_id")),
    "drop a column with a named unique": case(lambda b: b.drop_column("code")),
    "drop a column with an unnamed unique and its index": case(
        lambda b: (b.drop_index("ix_name"), b.drop_column("name"))
    ),
    "drop a column and its constraint": case(
        lambda b: (b.drop_column("shop_id"), b.drop_constraint("fk_shop", type_="foreignkey"))
    ),
    "drop the key column": case(lambda b: b.drop_column("id")),
    "drop the key column and add it": case(
        lambda b: (b.drop_column("id"), b.add_column(C("id", sa.Integer, nullable=False, server_default="3")))
    ),
    "drop the key column and make another key": case(
        lambda b: (b.drop_column("id"), b.create_primary_key("pk_stock", ["code"]))
    ),
    "drop a column and add one of that name": case(
        lambda b: (b.drop_column("qty"), b.add_column(C("qty", sa.Integer, server_default="6")))
    ),
    "rename a column": case(lambda b: b.alter_column("name", new_column_name="title")),
    "rename a column with keys": case(lambda b: b.alter_column("shop_id", new_column_name="store_id")),
    "rename the key": case(lambda b: b.alter_column("id", new_column_name="Key")),
    "rename and change": case(
        lambda b: b.alter_column("name", new_column_name="title", type_=sa.String(80), nullable=True)
    ),
    "rename and add and drop": case(
        lambda b: (
            b.alter_column("name", new_column_name="title"),
            b.add_column(C("new", sa.Integer)),
            b.drop_column("live"),
        )
    ),
    "rename a flag": Case(
        lambda b: b.alter_column("flag", new_column_name="mark", existing_type=sa.Boolean()),
        table="f",
        tables=(
            "CREATE TABLE f (id INTEGER NOT NULL, flag BOOLEAN, PRIMARY KEY (id), CONSTRAINT ck_id CHECK (id > 0))",
            "INSERT INTO f VALUES (1, 1)",
        ),
    ),
    "longer": case(lambda b: b.alter_column("code", type_=sa.String(200))),
    "text to json": case(lambda b: b.alter_column("name", type_=sa.JSON())),
    "integer to text": case(lambda b: b.alter_column("qty", type_=sa.Text(), server_default=None)),
    "integer to float": case(lambda b: b.alter_column("qty", type_=sa.Float(), existing_type=sa.Integer())),
    "integer to numeric": case(lambda b: b.alter_column("qty", type_=sa.Numeric(10, 2))),
    "datetime stays": case(lambda b: b.alter_column("made", type_=sa.DateTime())),
    "not null": case(lambda b: b.alter_column("qty", nullable=False)),
    "null": case(lambda b: b.alter_column("code", nullable=True, existing_server_default="x")),
    "no default": case(lambda b: b.alter_column("code", server_default=None)),
    "a default": case(lambda b: b.alter_column("name", server_default="10%:x")),
    "a text default": case(lambda b: b.alter_column("qty", server_default=sa.text("12"))),
    "an expression default": case(
        lambda b: b.alter_column("name", server_default=sa.func.datetime("now", "localtime"))
    ),
    "now as default": case(lambda b: b.alter_column("made", server_default=sa.func.now(), nullable=True)),
    "a comment": case(lambda b: b.alter_column("name", comment="hi", nullable=True)),
    "a table comment": case(lambda b: (b.create_table_comment("hi"), b.alter_column("qty", nullable=False))),
    "a wider enum": case(lambda b: b.alter_column("kind", existing_type=ENUM, type_=WIDER)),
    "from enum to string": case(lambda b: b.alter_column("kind", existing_type=ENUM, type_=sa.String(9))),
    "to a flag": case(lambda b: b.alter_column("live", existing_type=sa.Boolean(), type_=FLAG)),
    "enum without check": case(
        lambda b: b.alter_column("kind", existing_type=sa.String(), type_=sa.Enum("a", "b", name="k"))
    ),
    "a unique constraint": case(lambda b: b.create_unique_constraint("uq_two", ["code", "qty"])),
    "a check": case(lambda b: b.create_check_constraint("ck_new", sa.func.length(sa.column("code")) > 0)),
    "a check as text": case(lambda b: b.create_check_constraint("ck_new", "code <> 'x, y'")),
    "a foreign key": case(
        lambda b: b.create_foreign_key("fk_id", "shop", ["qty"], ["id"], ondelete="SET NULL", onupdate="CASCADE")
    ),
    "a deferrable key": case(
        lambda b: b.create_foreign_key("fk_id", "shop", ["qty"], ["id"], deferrable=True, initially="DEFERRED")
    ),
    "a key instead of another": case(
        lambda b: (
            b.drop_constraint("fk_shop", type_="foreignkey"),
            b.create_foreign_key("fk_shop", "shop", ["shop_id"], ["id"], ondelete="RESTRICT"),
        )
    ),
    "the same name again": case(lambda b: b.create_unique_constraint("uq_code", ["code", "qty"])),
    "another primary key": case(lambda b: b.create_primary_key("pk_stock", ["id", "code"])),
    "drop a unique": case(lambda b: b.drop_constraint("uq_code", type_="unique")),
    "drop a check": case(lambda b: b.drop_constraint("ck_qty", type_="check")),
    "drop a key without kind": case(lambda b: b.drop_constraint("fk_shop")),
    "indexes": case(lambda b: (b.drop_index("ix_name"), b.create_index("ix_new", ["qty", "code"], unique=True))),
    "indexes in a rebuild": case(
        lambda b: (
            b.drop_index("ix_name"),
            b.create_index("ix_new", ["qty", "code"]),
            b.alter_column("qty", nullable=False),
        )
    ),
    "convention": case(lambda b: b.drop_constraint("uq_stock_name", type_="unique"), naming_convention=CONVENTION),
    "convention names the rest": case(
        lambda b: b.alter_column("qty", nullable=False),
        naming_convention={k: CONVENTION[k] for k in ("uq", "pk")},
    ),
    "convention and the tree": Case(
        lambda b: b.drop_constraint("fk_tree_parent_id_tree", type_="foreignkey"),
        {"naming_convention": CONVENTION},
        "tree",
        TREE,
    ),
    "the tree": Case(lambda b: b.alter_column("right_id", nullable=True, type_=sa.BigInteger()), {}, "tree", TREE),
    "half of a composite foreign key goes": Case(lambda b: b.drop_column("left_id"), {}, "tree", TREE),
    "forced": case(lambda b: None, recreate="always"),
    "nothing": case(lambda b: None),
    "table arguments": case(
        lambda b: b.alter_column("qty", nullable=False),
        table_args=[
            sa.CheckConstraint("qty < 100", name="ck_more"),
            sa.UniqueConstraint("qty", "kind", name="uq_q"),
        ],
    ),
    "table arguments without a rebuild": case(
        lambda b: b.add_column(C("new", sa.Integer)),
        table_args=[sa.CheckConstraint("qty < 100", name="ck_more")],
    ),
    "autoincrement": case(lambda b: None, recreate="always", table_kwargs={"sqlite_autoincrement": True}),
    "other table keywords": case(lambda b: b.drop_column("live"), table_kwargs={"mysql_engine": "InnoDB"}),
    "without rowid": Case(
        lambda b: b.alter_column("b", type_=sa.BigInteger()),
        {"table_kwargs": {"sqlite_with_rowid": False}},
        "pairs",
        TREE,
    ),
    "reflected flag": case(
        lambda b: b.alter_column("live", new_column_name="on_sale"),
        reflect_args=[C("live", sa.Boolean(create_constraint=True, name="ck_live"), server_default=sa.true())],
    ),
    "a listener": case(
        lambda b: b.alter_column("qty", nullable=False),
        reflect_kwargs={
            "listeners": [("column_reflect", lambda i, t, c: c["name"] == "kind" and c.update(type=sa.String(77)))]
        },
    ),
}


def peer(tables: Tables, table: str, block: Callable[[Any], Any], options: dict[str, Any]) -> None:
    with tables.transaction() as connection, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table(table, **options) as batch_op:
            block(batch_op)


def ours(tables: Tables, table: str, block: Callable[[Any], Any], options: dict[str, Any]) -> None:
    def script() -> None:
        with op.batch_alter_table(table, **options) as batch_op:
            block(batch_op)

    tables.run(script)


def both(case: Case, tmp_path: Path) -> list[list[str]]:
    """Return structure and rows after the case, under the peer and under ours."""
    found = []
    for engine in (peer, ours):
        tables = Tables(tmp_path / f"{engine.__name__}.db")
        tables.sql(*case.tables)
        engine(tables, case.table, case.block, case.options)
        rows = tables.sql(f"SELECT * FROM {case.table} ORDER BY 1")
        found.append([*tables.structure(), *(f"  row {row}" for row in rows)])
    return found


@pytest.mark.parametrize("name", CASES)
def test_structure_and_rows_are_the_same(name: str, tmp_path: Path) -> None:
    theirs, mine = both(CASES[name], tmp_path)
    assert mine == theirs


OWN_TEXT = (
    "CREATE TABLE own (id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT COLLATE NOCASE, CHECK (id > 0))",
    "CREATE INDEX ix_own ON own (lower(code))",
    "CREATE INDEX ix_down ON own (id DESC)",
    "CREATE TRIGGER noted AFTER INSERT ON own BEGIN SELECT 1; END",
)

BETTER = {
    # The rows get the numbers that they had, not new ones: the key may be referred to.
    "a key column is replaced": (
        case(lambda b: (b.drop_column("id"), b.add_column(C("id", sa.Integer, primary_key=True)))),
        ["  row ('b', None, 2, 0, '2020-01-02 00:00:00.000000', 2, None, 2)"],
        ["  row ('b', None, 2, 0, '2020-01-02 00:00:00.000000', 2, None, 7)"],
    ),
    # A foreign key to the renamed column goes with it.
    "a key that is referred to is renamed": (
        Case(lambda b: b.alter_column("id", new_column_name="key"), {}, "tree", TREE),
        [
            "  clause FOREIGN KEY(parent_id) REFERENCES tree (id)",
            "  key ('tree', 'parent_id', 'id', 'NO ACTION', 'NO ACTION', 'NONE')",
        ],
        [
            '  clause FOREIGN KEY(parent_id) REFERENCES tree ("key")',
            "  key ('tree', 'parent_id', 'key', 'NO ACTION', 'NO ACTION', 'NONE')",
        ],
    ),
    # A key over two columns is no key over one of them.
    "half of a key is dropped": (
        Case(lambda b: b.drop_column("b"), {}, "pairs", TREE),
        ["  clause PRIMARY KEY (a)", "  column ('a', 'INTEGER', 1, None, 1, 0)"],
        ["  column ('a', 'INTEGER', 1, None, 0, 0)"],
    ),
    # Indexes that the description does not name, or names by `index=True`, stay.
    "a description is given": (
        case(lambda b: b.alter_column("name", server_default="n"), copy_from=stock()),
        [],
        [
            "CREATE INDEX ix_name ON stock (name, qty)",
            "CREATE INDEX ix_stock_kind ON stock (kind)",
            "CREATE UNIQUE INDEX ix_made ON stock (made) WHERE qty > 5",
        ],
    ),
    # So does whatever SQLAlchemy's reflection does not see.
    "a table has its own text": (
        Case(lambda b: b.alter_column("code", nullable=False), {}, "own", OWN_TEXT),
        [
            "  clause PRIMARY KEY (id)",
            "  clause code TEXT NOT NULL",
            "  clause id INTEGER",
            "CREATE INDEX ix_down ON own (id)",
        ],
        [
            "  clause CHECK (id > 0)",
            "  clause code TEXT COLLATE NOCASE NOT NULL",
            "  clause id INTEGER PRIMARY KEY AUTOINCREMENT",
            "CREATE INDEX ix_down ON own (id DESC)",
            "CREATE INDEX ix_own ON own (lower(code))",
            "CREATE TRIGGER noted AFTER INSERT ON own BEGIN SELECT 1; END",
        ],
    ),
}


@pytest.mark.parametrize("name", BETTER)
def test_where_they_differ_the_peer_loses_something(name: str, tmp_path: Path) -> None:
    case, lost, kept = BETTER[name]
    theirs, mine = both(case, tmp_path)
    assert sorted(set(theirs) - set(mine)) == lost
    assert sorted(set(mine) - set(theirs)) == kept
