"""A revision without downgrade() is taken back by what its upgrade() says."""

from __future__ import annotations

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
