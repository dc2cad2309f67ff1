"""Names of every kind, in every directive on tables, columns, constraints and indexes, on every database."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect

from ..projects import Project

SINGLE = ["100%", "50%s", "%(x)s", ":colon", "a'b", 'a"b', "a`b", "a[b]", "Upper", "Größe", "a.b", "a\\b", "two words"]
NAMES = [
    "select",
    """Ä "b` c'd [e] 5% %(f)s :g %s h.i\\""",
    *(pytest.param(each, marks=pytest.mark.slow) for each in SINGLE),
]


def script(name: str) -> str:
    return (
        f"n = {name!r}\n"
        + """
op.create_table(
    n + "t",
    sa.Column(n, sa.Integer, primary_key=True, autoincrement=False),
    sa.Column(n + "2", sa.String(40), server_default=n, nullable=False, comment=n),
    sa.UniqueConstraint(n, n + "2", name=n + "uq"),
    comment=n,
)
op.create_table(n + "u", sa.Column(n, sa.Integer, primary_key=True, autoincrement=False))
op.bulk_insert(sa.table(n + "t", sa.column(n, sa.Integer)), [{n: 1}])
op.add_column(n + "t", sa.Column(n + "3", sa.Integer, comment=n))
op.create_foreign_key(n + "fk", n + "t", n + "u", [n + "3"], [n])
op.create_check_constraint(n + "ck", n + "t", sa.column(n) > 0)
op.create_index(n + "ix", n + "t", [n + "3", n])
op.alter_column(n + "t", n + "2", existing_type=sa.String(40), existing_nullable=False, existing_server_default=n,
    existing_comment=n, type_=sa.String(50), new_column_name=n + "4")
op.alter_column(n + "t", n + "4", existing_type=sa.String(50), existing_nullable=False, server_default=n + "5",
    existing_comment=n)
op.rename_column(n + "t", n + "3", n + "6")
op.rename_index(n + "ix", n + "ix2", n + "t")
with op.batch_alter_table(n + "u") as batch:
    batch.add_column(sa.Column(n + "7", sa.Integer))
    batch.create_unique_constraint(n + "uq2", [n + "7"])
op.rename_table(n + "u", n + "v")
op.bulk_insert(sa.table(n + "t", sa.column(n, sa.Integer)), [{n: 2}])
"""
    )


BACK = """
op.rename_table(n + "v", n + "u")
with op.batch_alter_table(n + "u") as batch:
    batch.drop_constraint(n + "uq2", "unique")
    batch.drop_column(n + "7")
op.drop_constraint(n + "fk", n + "t", "foreignkey")
op.drop_index(n + "ix2", n + "t")
op.drop_constraint(n + "ck", n + "t", "check")
op.drop_column(n + "t", n + "6")
op.drop_constraint(n + "uq", n + "t", "unique")
op.drop_table(n + "t")
op.drop_table(n + "u")
"""


@pytest.mark.parametrize("name", NAMES)
def test_every_name_goes_through_every_directive(project: Project, name: str) -> None:
    project.script("a1", None, script(name), f"n = {name!r}\n" + BACK)
    up = project.cli("upgrade")
    assert up.code == 0, up.err
    quoted = project.engine.dialect.identifier_preparer.quote_identifier
    columns = ", ".join(quoted(f"{name}{number}") for number in ("", 4, 6))
    query = f"SELECT {columns} FROM {quoted(name + 't')}".replace("%%", "%")
    with project.engine.connect() as connection:
        rows = connection.exec_driver_sql(query, execution_options={"no_parameters": True}).all()
    assert [tuple(row) for row in rows] == [(1, name, None), (2, f"{name}5", None)]
    down = project.cli("downgrade")
    assert down.code == 0, down.err
    tables = inspect(project.engine).get_table_names()
    assert [each for each in tables if each.startswith(name)] == []
