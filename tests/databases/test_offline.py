"""SQL text that the database's own client takes gives what running the revisions gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..projects import Project
from ..servers import fresh_database
from .clients import dump, feed, require_clients

NASTY = '100% sure: :x isn\'t "quoted" -- no; `tick` \\\\ ünïcödé ☃'
"""What a text may hold, as it stands between double-quoted Python quotes in a revision."""

TABLES = f"""
NASTY = {NASTY!r}
op.create_table(
    "shop",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(80), nullable=False, server_default="100% :x"),
    sa.Column("kind", sa.Enum("a", "b", name="kind"), nullable=False, server_default="a"),
    sa.Column("open", sa.Boolean(name="is_open", create_constraint=True)),
    sa.CheckConstraint("name <> '%:y'", name="no_percent"),
    sa.UniqueConstraint("name", name="one_name"),
    comment="it's 50% :z",
)
op.create_table(
    "order item", sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("shop id", sa.Integer, sa.ForeignKey("shop.id", name="to_shop", ondelete="CASCADE")),
    sa.Column("a%b", sa.Numeric(10, 2), index=True, comment="ü"),
    sa.Column("made", sa.DateTime, server_default=sa.func.now()),
)
shop = sa.table("shop", sa.column("id", sa.Integer), sa.column("name", sa.String), sa.column("kind", sa.Enum("a", "b", name="kind")), sa.column("open", sa.Boolean))
op.bulk_insert(shop, [dict(id=1, name=NASTY, kind="a", open=True), dict(id=2, name="two", kind="b", open=None)])
op.execute(sa.text("INSERT INTO shop (id, name) VALUES (3, :name)").bindparams(name=NASTY + "!"))
op.execute(shop.insert().values(id=4, name=op.inline_literal("four"), kind="b"))
op.execute("UPDATE shop SET name = 'it''s\\\\:x 5%' WHERE id = 2")
"""
COLUMNS = """
op.add_column("shop", sa.Column("note", sa.String(20), server_default="it's"))
op.add_column("shop", sa.Column("rank", sa.Integer, nullable=False, server_default="7"))
op.create_index("by_rank", "shop", ["rank", sa.text("name")], unique=False)
op.create_index("by_note", "shop", ["id", "note"], unique=True)
op.drop_index("by_note", "shop")
op.get_bind().execute(sa.text("UPDATE shop SET rank = :r WHERE id = :i"), {"r": 9, "i": 1})
op.rename_table("order item", "items")
"""
NO_COLUMNS = """
op.rename_table("items", "order item")
op.drop_index("by_rank", table_name="shop")
op.drop_column("shop", "rank")
op.drop_column("shop", "note")
"""
CONSTRAINTS = """
op.create_unique_constraint(op.f("two"), "items", ["a%b", "shop id"])
op.create_check_constraint("positive", "items", sa.column("a%b") > 0)
op.drop_constraint("to_shop", "items", type_="foreignkey")
op.create_foreign_key("to_shop_again", "items", "shop", ["shop id"], ["id"], onupdate="CASCADE")
op.create_table("bare", sa.Column("x", sa.Integer, nullable=False))
op.create_primary_key("bare_key", "bare", ["x"])
with op.batch_alter_table("shop") as batch:
    batch.alter_column("note", new_column_name="remark", existing_type=sa.String(20), existing_nullable=True, existing_server_default="it's")
    batch.add_column(sa.Column("more", sa.String(5)))
op.alter_column("shop", "rank", existing_type=sa.Integer, type_=sa.BigInteger, existing_nullable=False, nullable=True, existing_server_default="7")
op.alter_column("shop", "more", existing_type=sa.String(5), server_default="a%")
op.create_table_comment("shop", "new: 10%", existing_comment="it's 50% :z")
op.drop_table_comment("shop", existing_comment="new: 10%")
with op.get_context().autocommit_block():
    op.execute("INSERT INTO bare (x) VALUES (1)")
"""
NO_CONSTRAINTS = """
op.create_table_comment("shop", "it's 50% :z")
op.alter_column("shop", "more", existing_type=sa.String(5), existing_server_default="a%", server_default=None)
op.alter_column("shop", "rank", existing_type=sa.BigInteger, type_=sa.Integer, existing_nullable=True, nullable=False, existing_server_default="7")
with op.batch_alter_table("shop") as batch:
    batch.drop_column("more")
    batch.alter_column("remark", new_column_name="note", existing_type=sa.String(20), existing_nullable=True, existing_server_default="it's")
op.drop_table("bare")
op.drop_constraint("to_shop_again", "items", type_="foreignkey")
op.create_foreign_key("to_shop", "items", "shop", ["shop id"], ["id"], ondelete="CASCADE")
op.drop_constraint("positive", "items", type_="check")
op.drop_constraint("two", "items", type_="unique")
"""
SQLITE_CONSTRAINTS = """
with op.batch_alter_table("shop", recreate="always", copy_from=shop) as batch:
    batch.alter_column("note", new_column_name="remark")
    batch.alter_column("rank", type_=sa.BigInteger, nullable=True)
    batch.add_column(sa.Column("more", sa.String(5), server_default="a%"))
    batch.create_check_constraint("positive", sa.column("rank") > 0)
    batch.create_unique_constraint("two", ["name", "rank"])
    batch.drop_constraint("one_name", type_="unique")
with op.get_context().autocommit_block():
    op.execute("INSERT INTO shop (id, name) VALUES (30, 'in between')")
"""
SQLITE_NO_CONSTRAINTS = """
op.execute("DELETE FROM shop WHERE id = 30")
op.drop_column("shop", "more")
op.alter_column("shop", "remark", new_column_name="note")
"""
SQLITE_SHOP = """
shop = sa.Table(
    "shop", sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(80), nullable=False, server_default="100% :x"),
    sa.Column("kind", sa.Enum("a", "b", name="kind"), nullable=False, server_default="a"),
    sa.Column("open", sa.Boolean(name="is_open", create_constraint=True)),
    sa.Column("note", sa.String(20), server_default="it's"),
    sa.Column("rank", sa.Integer, nullable=False, server_default="7"),
    sa.CheckConstraint("name <> '%:y'", name="no_percent"),
    sa.UniqueConstraint("name", name="one_name"),
    sa.Index("by_rank", "rank", "name"),
)


"""
POSTGRESQL = """
op.alter_column("shop", "rank", type_=sa.String(9), postgresql_using="rank::text || '%'", existing_nullable=True)
op.create_index("some", "shop", [sa.text("lower(name)")], postgresql_where=sa.text("rank <> '5%'"), postgresql_include=["id"])
op.execute("CREATE FUNCTION twice(x integer) RETURNS integer AS $$ BEGIN RETURN x * 2; END; $$ LANGUAGE plpgsql")
op.create_exclude_constraint("apart", "bare", ("x", "="), using="btree")
op.execute("ALTER TABLE items ADD COLUMN j json DEFAULT '{\\"a\\"\\\\: \\"5%\\"}'")
"""
NOT_POSTGRESQL = """
op.drop_column("items", "j")
op.drop_constraint("apart", "bare")
op.execute("DROP FUNCTION twice(integer)")
op.drop_index("some", "shop")
op.alter_column("shop", "rank", type_=sa.BigInteger, postgresql_using="rtrim(rank, '%')::bigint", existing_nullable=True)
"""
MARIADB = """
op.alter_column("shop", "more", new_column_name="most", existing_type=sa.String(5), existing_server_default="a%", existing_nullable=True, comment="50%")
op.execute("CREATE TRIGGER note BEFORE INSERT ON bare FOR EACH ROW BEGIN SET NEW.x = NEW.x + 1; SET @done = '5%;'; END")
op.create_index("some", "shop", ["name"], mysql_length=10)
"""
NOT_MARIADB = """
op.drop_index("some", "shop")
op.execute("DROP TRIGGER note")
op.alter_column("shop", "most", new_column_name="more", existing_type=sa.String(5), existing_server_default="a%", existing_nullable=True, existing_comment="50%", comment=None)
"""
DROP_TYPE = (
    '\nif op.get_bind().dialect.name == "postgresql":\n    sa.Enum(name="kind").drop(op.get_bind(), checkfirst=False)'
)


def write_history(project: Project, kind: str) -> None:
    project.script(
        "a1", None, TABLES, 'op.drop_table("order item")\nop.drop_table("shop")' + DROP_TYPE, message="100% 'x'\nDROP"
    )
    project.script("b2", "a1", COLUMNS, NO_COLUMNS, op="alembic")
    if kind == "sqlite":
        project.script("c3", "b2", SQLITE_CONSTRAINTS, SQLITE_NO_CONSTRAINTS, before=SQLITE_SHOP)
        return
    project.script("c3", "b2", CONSTRAINTS, NO_CONSTRAINTS)
    special = (POSTGRESQL, NOT_POSTGRESQL) if kind == "postgresql" else (MARIADB, NOT_MARIADB)
    project.script("d4", "c3", *special)


@pytest.fixture
def other(kind: str, tmp_path: Path):  # type: ignore[no-untyped-def]
    """A second empty database, for the script."""
    require_clients(kind)
    with fresh_database(kind, tmp_path) as url:
        yield url


def test_a_script_from_base_from_the_middle_and_down(project: Project, kind: str, other: str) -> None:
    write_history(project, kind)
    revisions = project.revisions()
    revisions.upgrade("a1")
    feed(other, revisions.sql("upgrade", "a1"))
    assert dump(other) == dump(project.url)
    revisions.upgrade()
    feed(other, revisions.sql("upgrade", "a1:head"))
    assert dump(other) == dump(project.url)
    if kind == "sqlite":  # its way down takes a rebuild that only a database can tell about
        return
    revisions.downgrade("a1")
    feed(other, revisions.sql("downgrade", "head:a1"))
    assert dump(other) == dump(project.url)
    revisions.downgrade("base")
    feed(other, revisions.sql("downgrade", "a1:base"))
    assert dump(other) == dump(project.url)


def test_the_whole_at_once_and_a_stamp(project: Project, kind: str, other: str) -> None:
    write_history(project, kind)
    revisions = project.revisions()
    revisions.upgrade("a1")
    revisions.upgrade()
    revisions.stamp("b2")
    feed(other, revisions.sql("upgrade"))
    feed(other, revisions.sql("stamp", f"{'c3' if kind == 'sqlite' else 'd4'}:b2"))
    assert dump(other) == dump(project.url)
