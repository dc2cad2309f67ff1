"""A revision without downgrade() is taken back by what its upgrade() says."""

from __future__ import annotations

import pytest

from ..projects import Project

UP = """
with op.batch_alter_table("t_a") as batch:
    batch.add_column(sa.Column("email", sa.String(50)))
    batch.create_unique_constraint("uq_email", ["email"])
    batch.alter_column("n", type_=sa.BigInteger(), existing_type=sa.Integer(), nullable=False)
op.create_table("t_b", sa.Column("a_id", sa.Integer, sa.ForeignKey("t_a.id"), primary_key=True))
op.create_index(None, "t_a", ["n"])
"""


def shape(project: Project) -> list[object]:
    from sqlalchemy import inspect

    inspector = inspect(project.engine)
    names = sorted(project.tables())
    columns = [[(c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(name)] for name in names]
    indexes = [sorted(i["name"] or "" for i in inspector.get_indexes(name)) for name in names]
    return [names, columns, indexes, [inspector.get_unique_constraints(name) for name in names]]


def test_up_down_and_up_again(project: Project) -> None:
    project.table("a")
    project.script("b", "a", UP, None)
    assert project.cli("upgrade", "a").code == 0
    project.send("INSERT INTO t_a (id, n) VALUES (1, 5)")
    before = shape(project)
    assert project.cli("upgrade").code == 0
    after = shape(project)
    result = project.cli("downgrade")
    assert result.code == 0, result
    assert shape(project) == before and project.query("SELECT id, n FROM t_a") == [(1, 5)]
    assert project.cli("upgrade").code == 0 and shape(project) == after != before


def test_an_operation_that_cannot_be_undone_is_named_before_anything_is_changed(project: Project) -> None:
    project.table("a")
    project.script("b", "a", 'op.execute("UPDATE t_a SET n = 1")\nop.create_index("ix", "t_a", ["n"])', None)
    assert project.cli("upgrade").code == 0
    result = project.cli("downgrade")
    assert result.code == 1 and "'execute UPDATE t_a SET n = 1'" in result.err and "b.py" in result.err
    assert project.applied() == {"b"} and "ix" in str(shape(project))


def test_an_upgrade_that_asks_the_database_says_so(project: Project) -> None:
    project.script("b", None, "if sa.inspect(op.get_bind()).get_table_names():\n    pass", None)
    assert project.cli("upgrade").code == 0
    result = project.cli("downgrade")
    assert result.code == 1 and "it inspects the database" in result.err and "write it in" in result.err


def test_the_way_back_is_written_as_sql(project: Project) -> None:
    project.table("a")
    project.script("b", "a", 'op.create_index("ix", "t_a", ["n"])', None)
    assert "DROP INDEX ix" in project.cli("downgrade", "b:a", "--sql").out


TABLES = """
op.create_table("o", sa.Column("id", sa.Integer, primary_key=True))
op.create_table("t", sa.Column("id", sa.Integer, primary_key=True), sa.Column("a", sa.Integer), sa.Column("s", sa.Text))
"""
NAMED = 'sa.Column("o_id", sa.Integer, sa.ForeignKey("o.id", name="fk"), index=True)'
NAMELESS = 'sa.Column("o_id", sa.Integer, sa.ForeignKey("o.id"))'
CHANGES = {
    "column with a key": f'op.add_column("t", {NAMED})',
    "column with a nameless key": f'op.add_column("t", {NAMELESS})',
    "column with a key in a batch": f'with op.batch_alter_table("t") as b:\n    b.add_column({NAMED})',
    "column with a check": (
        'op.add_column("t", sa.Column("c", sa.Integer, sa.CheckConstraint("c > 0", name="ck"), server_default="1"))'
    ),
    "nameless constraints": (
        'op.create_unique_constraint(None, "t", ["a", "id"])\n'
        'op.create_foreign_key(None, "t", "o", ["a"], ["id"])\nop.create_index(None, "t", ["a"])'
    ),
}
MORE_CHANGES = {
    "column with a key in itself": f'op.add_column("t", {NAMELESS}, inline_references=True)',
    "unique column": 'op.add_column("t", sa.Column("u", sa.Integer, unique=True))',
    "unique column with an index": 'op.add_column("t", sa.Column("u", sa.Integer, unique=True, index=True))',
    "flag": 'op.add_column("t", sa.Column("c", sa.Boolean(create_constraint=True, name="ck")))',
    "enumeration": 'op.add_column("t", sa.Column("c", sa.Enum("x", "y", name="en")))',
    "computed": 'op.add_column("t", sa.Column("c", sa.Integer, sa.Computed("a * 2", persisted=True)))',
    "key": 'op.create_index("ix", "t", ["a"])\nop.create_foreign_key("fk", "t", "o", ["a"], ["id"])',
    "check": 'op.create_check_constraint("ck", "t", "a > 0")',
    "primary key": (
        'op.create_table("n", sa.Column("x", sa.Integer, nullable=False))\nop.create_primary_key("pk", "n", ["x"])'
    ),
    "renames": (
        'op.rename_column("t", "a", "b")\nop.create_index("ix", "t", ["b"])\n'
        'op.rename_index("ix", "ixs", "t")\nop.rename_table("t", "tt")'
    ),
    "batch": (
        'with op.batch_alter_table("t") as b:\n    b.add_column(sa.Column("n", sa.Integer))\n'
        '    b.alter_column("a", new_column_name="z", existing_type=sa.Integer())\n'
        '    b.create_unique_constraint("uq", ["z"])\n    b.create_index("ix", ["n"])'
    ),
    "dropped column": 'op.drop_column("t", "s", existing=sa.Column("s", sa.Text))',
    "tree": (
        'op.create_table("tree", sa.Column("id", sa.Integer, primary_key=True), '
        'sa.Column("up", sa.Integer, sa.ForeignKey("tree.id")))'
    ),
}


@pytest.mark.parametrize(
    "change", [*CHANGES.values(), *(pytest.param(each, marks=pytest.mark.slow) for each in MORE_CHANGES.values())]
)
def test_what_a_change_brings_along_goes_with_it(project: Project, change: str) -> None:
    project.script("a", None, TABLES, 'op.drop_table("t")\nop.drop_table("o")')
    project.script("b", "a", change, None)
    assert project.cli("upgrade", "a").code == 0
    before = shape(project)
    for _ in range(2):
        up = project.cli("upgrade")
        assert up.code == 0, up.err
        down = project.cli("downgrade")
        assert down.code == 0, down.err
        assert shape(project) == before
