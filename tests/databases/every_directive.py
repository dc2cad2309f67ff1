"""A history that uses every directive, with texts that are hard to write as SQL, for each kind of database.

Its statements are the bodies of `upgrade()` and `downgrade()`; `write_history` makes revisions of them, and
`directives` tells what they call.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from ..projects import Project

NASTY = '100% sure: :x isn\'t "quoted" -- no; `tick` \\\\ ünïcödé ☃ /* */'
"""What a text may hold, as it stands between double-quoted Python quotes in a revision."""

# -- all databases ------------------------------------------------------------------------------------

TABLES = f"""
NASTY = {NASTY!r}
op.create_table(
    "shop",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(80), nullable=False, server_default="100% :x"),
    sa.Column("kind", sa.Enum("a", "b", name="kind"), nullable=False, server_default="a"),
    sa.Column("open", sa.Boolean(name="is_open", create_constraint=True)),
    sa.CheckConstraint("name <> '%:y'", name="no_percent"),
    sa.UniqueConstraint("name", name=op.f("one_name")),
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
NO_TABLES = """
op.drop_table("order item")
op.drop_table("shop")
if op.get_bind().dialect.name == "postgresql":
    sa.Enum(name="kind").drop(op.get_bind(), checkfirst=False)
"""
COLUMNS = """
op.add_column("shop", sa.Column("note", sa.String(20), server_default="it's"))
op.add_column("shop", sa.Column("rank", sa.Integer, nullable=False, server_default="7"))
op.create_index("by_rank", "shop", ["rank", sa.text("name")], unique=False)
op.create_index("by_note", "shop", ["id", "note"], unique=True)
op.drop_index("by_note", "shop")
op.get_bind().execute(sa.text("UPDATE shop SET rank = :r WHERE id = :i"), {"r": 9, "i": 1})
op.rename_table("order item", "items")
op.invoke(CreateIndex("by % of :b", "items", ("a%b",)))
op.get_impl().execute(sa.text("INSERT INTO shop (id, name) VALUES (5, :name)").bindparams(name="'; -- %s :p"))
op.create_table_comment("shop", "new: 10%", existing_comment="it's 50% :z")
op.drop_table_comment("shop", existing_comment="new: 10%")
"""
NO_COLUMNS = """
op.create_table_comment("shop", "it's 50% :z")
op.drop_index("by % of :b", "items")
op.rename_table("items", "order item")
op.drop_index("by_rank", table_name="shop")
op.drop_column("shop", "rank")
op.drop_column("shop", "note")
"""
COLUMNS_BEFORE = "from flask_revisions.operations.constraints import CreateIndex\n\n\n"

# -- PostgreSQL and MariaDB: each directive by itself, then in a batch --------------------------------------

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
with op.get_context().autocommit_block():
    op.execute("INSERT INTO bare (x) VALUES (1)")
"""
NO_CONSTRAINTS = """
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
BATCH = """
op.create_table("pair", sa.Column("x", sa.Integer, nullable=False), sa.Column("y", sa.Integer))
pair = sa.table("pair", sa.column("x", sa.Integer), sa.column("y", sa.Integer))
with op.batch_alter_table("pair") as batch:
    batch.execute(pair.insert().values(x=batch.inline_literal(5), y=1))
    batch.get_bind().execute(sa.text("INSERT INTO pair (x, y) VALUES (:x, :y)"), {"x": 6, "y": None})
    assert batch.get_context().dialect is batch.migration_context.dialect
    batch.create_primary_key(batch.f("pair_key"), ["x"])
    batch.create_unique_constraint("pair_y", ["y"])
    batch.create_check_constraint("pair_x", sa.column("x") > -5)
    batch.create_foreign_key("pair_shop", "shop", ["y"], ["id"])
    batch.create_index("pair xy", ["x", "y"])
    batch.create_index("pair_yx", ["y", "x"])
    batch.drop_index("pair_yx")
    batch.invoke(CreateIndex("pair_yx", "pair", ("y", "x")))
    batch.create_table_comment("100% :p isn't ü")
op.create_table("plain", sa.Column("x", sa.Integer), comment="gone")
with op.batch_alter_table("plain") as batch:
    batch.drop_table_comment()
"""
NO_BATCH = """
with op.batch_alter_table("pair") as batch:
    batch.drop_constraint("pair_shop", type_="foreignkey")
    batch.drop_constraint("pair_x", type_="check")
op.drop_table("plain")
op.drop_table("pair")
"""

POSTGRESQL = """
op.alter_column("shop", "rank", type_=sa.String(9), postgresql_using="rank::text || '%'", existing_nullable=True)
op.create_index("some", "shop", [sa.text("lower(name)")], postgresql_where=sa.text("rank <> '5%'"), postgresql_include=["id"])
op.execute("CREATE FUNCTION twice(x integer) RETURNS integer AS $$ BEGIN RETURN x * 2; END; $$ LANGUAGE plpgsql")
op.create_exclude_constraint("apart", "bare", ("x", "="), using="btree")
with op.batch_alter_table("bare") as batch:
    batch.create_exclude_constraint("apart_too", (sa.text("(x % 7)"), "="), where=sa.text("x > 3"), using="btree")
op.execute("ALTER TABLE items ADD COLUMN j json DEFAULT '{\\"a\\"\\\\: \\"5%\\"}'")
"""
NOT_POSTGRESQL = """
op.drop_column("items", "j")
op.drop_constraint("apart_too", "bare")
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

# -- SQLite: what needs a rebuild is told the table, as no database can be asked --------------------------------

SQLITE_BEFORE = """
from flask_revisions.operations.constraints import CreateIndex


def shop(changed):
    note, kind = ("remark", sa.BigInteger) if changed else ("note", sa.Integer)
    return sa.Table(
        "shop", sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(80), nullable=False, server_default="100% :x"),
        sa.Column("kind", sa.Enum("a", "b", name="kind"), nullable=False, server_default="a"),
        sa.Column("open", sa.Boolean(name="is_open", create_constraint=True)),
        sa.Column(note, sa.String(20), server_default="it's"),
        sa.Column("rank", kind, nullable=changed, server_default="7"),
        *([sa.Column("more", sa.String(5), server_default="a%")] if changed else []),
        sa.CheckConstraint("name <> '%:y'", name="no_percent"),
        *([sa.CheckConstraint("rank > 0", name="positive")] if changed else []),
        *([sa.UniqueConstraint("name", "rank", name="two")] if changed else []),
        *([] if changed else [sa.UniqueConstraint("name", name="one_name")]),
        sa.Index("by_rank", "rank", "name"),
    )


def pair(keyed):
    return sa.Table(
        "pair", sa.MetaData(), sa.Column("x", sa.Integer, nullable=False), sa.Column("y", sa.Integer),
        *([sa.PrimaryKeyConstraint("x", name="pair_key"), sa.ForeignKeyConstraint(["y"], ["shop.id"], name="pair_shop")] if keyed else []),
    )


"""
SQLITE = """
with op.batch_alter_table("shop", recreate="always", copy_from=shop(False)) as batch:
    batch.alter_column("note", new_column_name="remark")
    batch.alter_column("rank", type_=sa.BigInteger, nullable=True)
    batch.add_column(sa.Column("more", sa.String(5), server_default="a%"))
    batch.create_check_constraint("positive", sa.column("rank") > 0)
    batch.create_unique_constraint("two", ["name", "rank"])
    batch.drop_constraint("one_name", type_="unique")
    batch.execute("UPDATE shop SET note = '50% \\\\:n' WHERE id = 3")
    batch.create_table_comment("not on SQLite: 50%")
with op.get_context().autocommit_block():
    op.execute("INSERT INTO shop (id, name) VALUES (30, 'in between')")
op.create_table("pair", sa.Column("x", sa.Integer, nullable=False), sa.Column("y", sa.Integer))
rows = sa.table("pair", sa.column("x", sa.Integer), sa.column("y", sa.Integer))
with op.batch_alter_table("pair", copy_from=pair(False)) as batch:
    batch.execute(rows.insert().values(x=batch.inline_literal(5), y=1))
    batch.get_bind().execute(sa.text("INSERT INTO pair (x, y) VALUES (:x, :y)"), {"x": 6, "y": None})
    assert batch.get_context().dialect is batch.migration_context.dialect
    batch.create_primary_key(batch.f("pair_key"), ["x"])
    batch.create_foreign_key("pair_shop", "shop", ["y"], ["id"])
    batch.create_index("pair xy", ["x", "y"])
    batch.create_index("pair_yx", ["y", "x"])
    batch.drop_index("pair_yx")
    batch.invoke(CreateIndex("pair_yx", "pair", ("y", "x")))
    batch.drop_table_comment()
op.alter_column("pair", "y", new_column_name="z: 5%")
op.alter_column("pair", "z: 5%", new_column_name="y")
"""
NO_SQLITE = """
with op.batch_alter_table("pair", copy_from=pair(True)) as batch:
    batch.drop_constraint("pair_shop", type_="foreignkey")
op.drop_table("pair")
op.execute("DELETE FROM shop WHERE id = 30")
with op.batch_alter_table("shop", recreate="always", copy_from=shop(True)) as batch:
    batch.drop_constraint("two", type_="unique")
    batch.drop_constraint("positive", type_="check")
    batch.create_unique_constraint("one_name", ["name"])
    batch.drop_column("more")
    batch.alter_column("rank", type_=sa.Integer, nullable=False)
    batch.alter_column("remark", new_column_name="note")
"""

# -- the history ------------------------------------------------------------------------------------------

NOWHERE = {"run_async", "batch.run_async", "batch.create_table", "batch.drop_table"}
"""What is no SQL: a coroutine needs a database, and a batch is about one table."""

EXCLUDE = {"create_exclude_constraint", "batch.create_exclude_constraint"}
BY_REBUILD = {
    "create_check_constraint",
    "create_foreign_key",
    "create_primary_key",
    "create_unique_constraint",
    "drop_constraint",
}
"""On SQLite a rebuild, which without a database only a batch can be told enough about."""

LEFT_OUT = {"sqlite": NOWHERE | EXCLUDE | BY_REBUILD, "postgresql": NOWHERE, "mariadb": NOWHERE | EXCLUDE}
"""Kind of database -> the directives that its history does without."""


def write_history(project: Project, kind: str) -> None:
    """Write the revisions a1 to c3 (SQLite) or e5."""
    project.script("a1", None, TABLES, NO_TABLES, message="100% 'x'\nDROP ü /* -- ;")
    project.script("b2", "a1", COLUMNS, NO_COLUMNS, before=COLUMNS_BEFORE, op="alembic")
    if kind == "sqlite":
        project.script("c3", "b2", SQLITE, NO_SQLITE, before=SQLITE_BEFORE)
        return
    project.script("c3", "b2", CONSTRAINTS, NO_CONSTRAINTS)
    project.script("d4", "c3", BATCH, NO_BATCH, before=COLUMNS_BEFORE)
    project.script("e5", "d4", *((POSTGRESQL, NOT_POSTGRESQL) if kind == "postgresql" else (MARIADB, NOT_MARIADB)))


def directives(project: Project) -> set[str]:
    """Return what the revisions of a project call: `add_column` of op, `batch.add_column` of a batch."""
    found = set()
    for path in project.versions.glob("*.py"):
        found |= {*_named(ast.walk(ast.parse(path.read_text("utf-8"))))}
    return found


def _named(nodes: Iterable[ast.AST]) -> Iterable[str]:
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id == "op":
                yield node.attr
            if node.value.id == "batch":
                yield f"batch.{node.attr}"
