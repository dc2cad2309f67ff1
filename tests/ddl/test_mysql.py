"""What MySQL and MariaDB are sent."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask_revisions import op
from flask_revisions.errors import NotSupported, OperationError
from sqlalchemy import text
from sqlalchemy.dialects import mysql

from .sql import RECENT, dialect_named, sql_of

C = sa.Column
INTEGER = sa.Integer()
BOTH = pytest.mark.parametrize("dialect", ["mysql", "mariadb"])


@BOTH
@pytest.mark.parametrize(
    ("keywords", "expected"),
    [
        ({"new_column_name": "d"}, "CHANGE c d INTEGER NULL"),
        ({"new_column_name": "D", "schema": "s"}, "CHANGE c `D` INTEGER NULL"),
        ({"nullable": False}, "MODIFY c INTEGER NOT NULL"),
        ({"nullable": True}, "MODIFY c INTEGER NULL"),
        ({"type_": sa.String(5)}, "MODIFY c VARCHAR(5) NULL"),
        (
            {"type_": sa.String(5), "nullable": False, "comment": "x"},
            "MODIFY c VARCHAR(5) NOT NULL COMMENT 'x'",
        ),
        ({"autoincrement": True}, "MODIFY c INTEGER NULL AUTO_INCREMENT"),
        ({"existing_autoincrement": True, "autoincrement": False}, "MODIFY c INTEGER NULL"),
        (
            {"existing_autoincrement": True, "existing_nullable": False, "comment": "it's"},
            "MODIFY c INTEGER NOT NULL AUTO_INCREMENT COMMENT 'it''s'",
        ),
        (
            {
                "new_column_name": "d",
                "existing_nullable": False,
                "existing_server_default": "5",
                "existing_comment": "x",
            },
            "CHANGE c d INTEGER NOT NULL DEFAULT '5' COMMENT 'x'",
        ),
        ({"comment": None, "existing_comment": "x"}, "MODIFY c INTEGER NULL"),
        ({"comment": "new", "existing_comment": "x"}, "MODIFY c INTEGER NULL COMMENT 'new'"),
        ({"server_default": "1"}, "ALTER COLUMN c SET DEFAULT '1'"),
        ({"server_default": None}, "ALTER COLUMN c DROP DEFAULT"),
        ({"server_default": False, "existing_server_default": "1"}, None),
        (
            {"server_default": None, "existing_server_default": "1", "type_": sa.String(5)},
            "MODIFY c VARCHAR(5) NULL",
        ),
        ({"server_default": "1", "nullable": False}, "MODIFY c INTEGER NOT NULL DEFAULT '1'"),
        (
            {
                "type_": mysql.VARCHAR(50, charset="utf8mb4", collation="utf8mb4_bin"),
                "existing_nullable": False,
            },
            "MODIFY c VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL",
        ),
        (
            {"existing_server_default": sa.Computed("a * 5", persisted=True), "type_": sa.BigInteger()},
            "MODIFY c BIGINT GENERATED ALWAYS AS (a * 5) STORED",
        ),
    ],
)
def test_a_change_repeats_the_whole_column(dialect, keywords, expected):
    made = sql_of(dialect, lambda: op.alter_column("t", "c", existing_type=INTEGER, **keywords))
    table = "s.t" if "schema" in keywords else "t"
    assert made == ([f"ALTER TABLE {table} {expected}"] if expected else [])


@BOTH
@pytest.mark.parametrize("keywords", [{"nullable": False}, {"new_column_name": "d"}, {"comment": "x"}])
def test_a_change_without_the_type_is_an_error_that_says_what_to_add(dialect, keywords):
    with pytest.raises(OperationError, match=f"of t.* on {dialect} without its type") as caught:
        sql_of(dialect, lambda: op.alter_column("t", "c", **keywords))
    assert "existing_type=..." in caught.value.hint


@BOTH
def test_a_default_alone_needs_no_type(dialect):
    assert sql_of(dialect, lambda: op.alter_column("t", "c", server_default="1")) == [
        "ALTER TABLE t ALTER COLUMN c SET DEFAULT '1'"
    ]


@BOTH
@pytest.mark.parametrize("type_", [sa.DateTime(), mysql.TIMESTAMP(), mysql.DATETIME(fsp=6)])
def test_a_default_of_a_moment_is_set_with_the_whole_column(dialect, type_):
    made = sql_of(
        dialect,
        lambda: op.alter_column("t", "c", existing_type=type_, server_default=text("CURRENT_TIMESTAMP")),
    )
    assert len(made) == 1
    assert made[0].startswith("ALTER TABLE t CHANGE c c ")
    assert made[0].endswith(" NULL DEFAULT CURRENT_TIMESTAMP")


@BOTH
def test_nothing_is_sent_for_a_moment_whose_default_stays(dialect):
    assert sql_of(dialect, lambda: op.alter_column("t", "c", existing_type=sa.DateTime())) == []


@pytest.mark.skipif(not RECENT, reason="this SQLAlchemy does not know it")
def test_an_expression_as_default_is_put_in_parentheses_where_the_server_knows_it():
    dialect = dialect_named("mysql")
    dialect.server_version_info = (8, 0, 36)
    assert sql_of(dialect, lambda: op.alter_column("t", "c", server_default=text("uuid()"))) == [
        "ALTER TABLE t ALTER COLUMN c SET DEFAULT (uuid())"
    ]


def test_the_comment_of_a_table_is_set_and_emptied():
    assert sql_of(
        "mysql",
        lambda: (
            op.create_table_comment("t", "it's", schema="s"),
            op.drop_table_comment("t", schema="s"),
            op.add_column("t", C("c", INTEGER, comment="")),
            op.create_table("u", C("id", INTEGER, primary_key=True, comment="key"), comment="x", mysql_engine="InnoDB"),
        ),
    ) == [
        "ALTER TABLE s.t COMMENT 'it''s'",
        "ALTER TABLE s.t COMMENT ''",
        "ALTER TABLE t ADD COLUMN c INTEGER COMMENT ''",
        "CREATE TABLE u ( id INTEGER NOT NULL COMMENT 'key' AUTO_INCREMENT, PRIMARY KEY (id) )"
        "ENGINE=InnoDB COMMENT='x'",
    ]


@pytest.mark.parametrize(
    ("dialect", "kind", "expected"),
    [
        ("mysql", "foreignkey", "DROP FOREIGN KEY k"),
        ("mysql", "primary", "DROP PRIMARY KEY"),
        ("mysql", "unique", "DROP INDEX k"),
        ("mysql", "check", "DROP CHECK k"),
        ("mariadb", "foreignkey", "DROP FOREIGN KEY k"),
        ("mariadb", "check", "DROP CONSTRAINT k"),
    ],
)
def test_each_kind_of_constraint_is_dropped_in_its_way(dialect, kind, expected):
    assert sql_of(dialect, lambda: op.drop_constraint("k", "t", kind, schema="s")) == [f"ALTER TABLE s.t {expected}"]


@pytest.mark.parametrize(
    ("kind", "word"), [("foreignkey", "FOREIGN KEY"), ("unique", "INDEX"), ("check", "CONSTRAINT")]
)
def test_a_constraint_is_dropped_if_it_exists(kind, word):
    assert sql_of("mariadb", lambda: op.drop_constraint("k", "t", kind, if_exists=True)) == [
        f"ALTER TABLE t DROP {word} IF EXISTS k"
    ]


@BOTH
def test_a_constraint_cannot_be_dropped_without_its_kind(dialect):
    with pytest.raises(NotSupported, match="the kind of k is not given") as caught:
        sql_of(dialect, lambda: op.drop_constraint("k", "t"))
    assert "type_='foreignkey'" in caught.value.hint


@BOTH
def test_the_check_of_a_type_stays_when_the_type_goes(dialect):
    boolean = sa.Boolean(create_constraint=True, name="ck")
    assert sql_of(dialect, lambda: op.alter_column("t", "c", existing_type=boolean, type_=INTEGER)) == [
        "ALTER TABLE t MODIFY c INTEGER NULL"
    ]


@BOTH
def test_an_index_is_dropped_from_its_table(dialect):
    assert sql_of(
        dialect,
        lambda: (
            op.drop_index("ix", "stock", schema="erp"),
            op.drop_index("ix", table_name="stock", if_exists=True),
        ),
    ) == ["DROP INDEX ix ON erp.stock", "DROP INDEX IF EXISTS ix ON stock"]


@BOTH
def test_an_index_cannot_be_dropped_without_its_table(dialect):
    with pytest.raises(OperationError, match=f"{dialect} needs the table of the index ix") as caught:
        sql_of(dialect, lambda: op.drop_index("ix"))
    assert caught.value.hint == "write op.drop_index('ix', table_name='...')."


@pytest.mark.parametrize(
    ("keywords", "expected"),
    [
        ({"mysql_length": {"a": 5}}, "CREATE INDEX ix ON t (a(5))"),
        ({"mysql_length": 5}, "CREATE INDEX ix ON t (a(5))"),
        ({"mysql_using": "hash"}, "CREATE INDEX ix ON t (a) USING hash"),
        ({"mysql_prefix": "FULLTEXT"}, "CREATE FULLTEXT INDEX ix ON t (a)"),
        ({"mysql_with_parser": "ngram"}, "CREATE INDEX ix ON t (a) WITH PARSER ngram"),
        ({"postgresql_where": text("a > 1")}, "CREATE INDEX ix ON t (a)"),
    ],
)
def test_an_index_is_created_with_its_options(keywords, expected):
    assert sql_of("mysql", lambda: op.create_index("ix", "t", ["a"], **keywords)) == [expected]


@pytest.mark.parametrize(
    ("dialect", "name", "inline"),
    [("mariadb", None, True), ("mariadb", "fk", False), ("mysql", None, False)],
)
def test_a_foreign_key_goes_into_the_column_only_where_it_becomes_one(dialect, name, inline):
    column = C("o_id", INTEGER, sa.ForeignKey("o.id", name=name))
    made = sql_of(dialect, lambda: op.add_column("t", column, inline_references=True))
    if inline:
        assert made == ["ALTER TABLE t ADD COLUMN o_id INTEGER REFERENCES o (id)"]
    else:
        named = "CONSTRAINT fk " if name else ""
        assert made == [
            "ALTER TABLE t ADD COLUMN o_id INTEGER",
            f"ALTER TABLE t ADD {named}FOREIGN KEY(o_id) REFERENCES o (id)",
        ]


@BOTH
def test_a_backslash_in_a_string_is_doubled(dialect):
    assert sql_of(
        dialect,
        lambda: (
            op.create_table_comment("t", "a\\b%"),
            op.alter_column("t", "c", server_default="a\\b"),
            op.execute(sa.table("t", sa.column("c", sa.String)).insert().values(c="a\\b'")),
        ),
    ) == [
        "ALTER TABLE t COMMENT 'a\\\\b%'",
        "ALTER TABLE t ALTER COLUMN c SET DEFAULT 'a\\\\b'",
        "INSERT INTO t (c) VALUES ('a\\\\b''')",
    ]


def test_a_named_check_of_a_column_stands_behind_it_on_mariadb():
    def column():
        return C("c", INTEGER, sa.CheckConstraint("c > 5", name="ck"), sa.CheckConstraint("c < 9"))

    script = lambda: (op.add_column("t", column()), op.create_table("u", column()))  # noqa: E731
    assert sql_of("mariadb", script) == [
        "ALTER TABLE t ADD COLUMN c INTEGER CHECK (c < 9)",
        "ALTER TABLE t ADD CONSTRAINT ck CHECK (c > 5)",
        "CREATE TABLE u ( c INTEGER CHECK (c < 9), CONSTRAINT ck CHECK (c > 5) )",
    ]
    assert sql_of("mysql", lambda: op.add_column("t", column()))[0].endswith(
        "CHECK (c < 9) CONSTRAINT ck CHECK (c > 5)"
    )


@BOTH
def test_the_foreign_keys_of_a_column_that_is_known_go_before_it(dialect):
    keys = sa.ForeignKey("o.id", name="fk"), sa.ForeignKey("p.id")
    existing = C("o_id", INTEGER, *keys)
    assert sql_of(dialect, lambda: op.drop_column("t", "o_id", existing=existing, schema="s")) == [
        "ALTER TABLE s.t DROP FOREIGN KEY fk",
        "ALTER TABLE s.t DROP COLUMN o_id",
    ]
    assert sql_of(dialect, lambda: op.drop_column("t", "o_id")) == ["ALTER TABLE t DROP COLUMN o_id"]
