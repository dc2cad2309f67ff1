"""Views, functions, triggers, sequences and renames: up, down by what upgrade() says, and up again."""

from __future__ import annotations

from itertools import permutations

import pytest
from sqlalchemy import inspect

from ..projects import Project

TABLE = 'op.create_table("t", sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer))'

TRIGGERS = {
    "sqlite": "BEGIN UPDATE t SET n = n + {by} WHERE id = NEW.id; END",
    "mariadb": "FOR EACH ROW SET NEW.n = NEW.n + {by}",
    "postgresql": "FOR EACH ROW EXECUTE FUNCTION more_{by}()",
}
FUNCTIONS = {
    "sqlite": "pass",
    "mariadb": 'op.create_function("twice(n int)", "RETURNS int DETERMINISTIC RETURN n * 2")',
    "postgresql": (
        'body = "RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.n := NEW.n + {}; RETURN NEW; END $$"\n'
        'op.create_function("more_1()", body.format(1))\nop.create_function("more_2()", body.format(2))\n'
        'op.create_function("twice(n int = 1)", "RETURNS int LANGUAGE sql AS \'SELECT n * 2\'")'
    ),
}


def twice(project: Project) -> None:
    for _ in range(2):
        result = project.cli("upgrade")
        assert result.code == 0, result.err
        down = project.cli("downgrade", "base")
        assert down.code == 0, down.err
        assert project.tables() == set() and inspect(project.engine).get_view_names() == []
    assert project.cli("upgrade").code == 0


def test_views_functions_and_triggers_come_change_and_go(project: Project, kind: str) -> None:
    when = "AFTER INSERT" if kind == "sqlite" else "BEFORE INSERT"
    one, two = (TRIGGERS[kind].format(by=by) for by in (1, 2))
    project.script("a", None, TABLE + "\n" + FUNCTIONS[kind], None)
    project.script("b", "a", f'op.create_trigger("g", "t", "{when}", "{one}")', None)
    view = 'op.create_view("v", sa.select(sa.column("n")).select_from(sa.table("t")))'
    project.script("c", "b", view, None)
    change = f'op.replace_trigger("g", "t", "{when}", "{two}", existing=("{when}", "{one}"))\n'
    change += 'op.replace_view("v", "SELECT n, id FROM t", existing="SELECT n FROM t")'
    back = 'op.drop_view("v")\nop.create_view("v", "SELECT n FROM t")\nop.drop_trigger("g", "t")\n'
    back += f'op.create_trigger("g", "t", "{when}", "{one}")'
    project.script("d", "c", change, back)
    twice(project)
    project.send("INSERT INTO t (id, n) VALUES (1, 10)")
    assert project.query("SELECT n, id FROM v") == [(12, 1)]
    assert project.cli("downgrade").code == 0
    project.send("INSERT INTO t (id, n) VALUES (2, 10)")
    assert project.query("SELECT * FROM v ORDER BY 1") == [(11,), (12,)]


def test_columns_indexes_and_constraints_are_renamed(project: Project, kind: str) -> None:
    project.script("a", None, TABLE + '\nop.create_index("ix", "t", ["n"])', None)
    up = 'op.create_unique_constraint("uq", "t", ["n", "id"])\nop.rename_column("t", "n", "m")\n'
    up += 'op.rename_index("ix", "ix_m", "t")\nop.rename_constraint("uq", "uq_m", "t", "unique")'
    project.script("b", "a", up, None)
    twice(project)
    found = inspect(project.engine)
    assert [each["name"] for each in found.get_columns("t")] == ["id", "m"]
    assert "ix_m" in {each["name"] for each in found.get_indexes("t")}
    assert [each["name"] for each in found.get_unique_constraints("t")] == ["uq_m"]


def test_a_batch_renames_too(project: Project) -> None:
    project.script("a", None, TABLE + '\nop.create_index("ix", "t", ["n"])', None)
    batch = 'with op.batch_alter_table("t") as batch:\n    batch.rename_column("n", "m")\n'
    project.script("b", "a", batch + '    batch.rename_index("ix", "ix_m")', None)
    twice(project)
    assert [each["column_names"] for each in inspect(project.engine).get_indexes("t")] == [["m"]]


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"], indirect=True)
def test_sequences_and_schemas(project: Project, kind: str) -> None:
    project.script("a", None, 'op.create_sequence("q", start=5, increment=5, maxvalue=100)', None)
    change = 'op.alter_sequence("q", increment=10, existing=sa.Sequence("q", increment=5))'
    project.script("b", "a", change, None)
    twice(project)
    following = "SELECT nextval('q')" if kind == "postgresql" else "SELECT NEXT VALUE FOR q"
    with project.engine.connect() as connection:
        assert [connection.exec_driver_sql(following).scalar() for _ in range(2)] == [5, 15]


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_extensions_schemas_materialized_views_and_validation(project: Project) -> None:
    up = 'op.create_schema("s")\nop.create_extension("hstore", schema="s", if_not_exists=True)\n' + TABLE
    project.script("a", None, up, None)
    up = 'op.create_materialized_view("v", "SELECT n FROM t", schema="s")\n'
    up += 'op.create_check_constraint("ck", "t", "n > 0", postgresql_not_valid=True)\nop.validate_constraint("ck", "t")'
    project.script("b", "a", up, None)
    twice(project)
    project.send("CREATE UNIQUE INDEX vx ON s.v (n)")
    project.script("c", "b", 'op.replace_materialized_view("v", "SELECT n, id FROM t", schema="s")')
    assert project.cli("upgrade").code == 0
    assert project.query("SELECT indisunique FROM pg_index WHERE indexrelid = 's.vx'::regclass") == [(True,)]
    assert project.query("SELECT convalidated FROM pg_constraint WHERE conname = 'ck'") == [(True,)]


CIRCLE = """
op.create_table("a", sa.Column("id", sa.Integer, primary_key=True), sa.Column("b_id", sa.Integer),
    sa.ForeignKeyConstraint(["b_id"], ["b.id"], name="fk_a", use_alter=True))
op.create_table("b", sa.Column("id", sa.Integer, primary_key=True), sa.Column("a_id", sa.Integer),
    sa.ForeignKeyConstraint(["a_id"], ["a.id"], name="fk_b"))
"""


OPENED = (
    'op.drop_constraint("fk_b", "b", "foreignkey")\nop.drop_constraint("fk_a", "a", "foreignkey")\n'
    'op.drop_table("b")\nop.drop_table("a")'
)


@pytest.mark.parametrize("back", [OPENED, None])
def test_a_circle_of_foreign_keys_is_closed_at_the_end_of_the_revision(project: Project, back: str | None) -> None:
    project.script("x", None, CIRCLE, back)
    twice(project)
    found = inspect(project.engine)
    assert [key["referred_table"] for key in found.get_foreign_keys("a")] == ["b"]
    assert [key["referred_table"] for key in found.get_foreign_keys("b")] == ["a"]


def test_a_foreign_key_without_a_name_that_waits_does_not_hold_its_table_on_the_way_back(project: Project) -> None:
    column = 'sa.Column("b_id", sa.Integer, sa.ForeignKey("b.id", use_alter=True))'
    keys = 'sa.Column("id", sa.Integer, primary_key=True)'
    project.script("x", None, f'op.create_table("a", {keys}, {column})\nop.create_table("b", {keys})', None)
    twice(project)
    assert len(inspect(project.engine).get_foreign_keys("a")) == 1


KEYS = {
    "a": [],
    "b": [("a", ["a_id"], ["id"], "CASCADE")],
    "c": [
        ("b", ["b_id"], ["id"], "SET NULL"),
        ("a", ["a_id", "a_no"], ["id", "no"], None),
        ("c", ["up"], ["id"], None),
    ],
}
"""The foreign keys of three tables: the other table, the columns of both, and ON DELETE."""


def create(name: str, number: int) -> str:
    """A directive that makes one of three tables, of which each order has its own."""
    columns = ["id", "no", "a_id", "a_no", "b_id", "up"]
    items = [f'sa.Column("{each}", sa.Integer)' for each in columns] + ['sa.PrimaryKeyConstraint("id")']
    items += ['sa.UniqueConstraint("id", "no")']
    for place, (other, here, there, ondelete) in enumerate(KEYS[name]):
        of = f"{other}{number}"
        keywords = f'name="fk_{name}{number}_{place}", ondelete={ondelete!r}, use_alter={of != f"{name}{number}"}'
        items.append(f"sa.ForeignKeyConstraint({here}, {[f'{of}.{each}' for each in there]}, {keywords})")
    return f'op.create_table("{name}{number}", {", ".join(items)})'


@pytest.mark.parametrize("orders", [["cab", "bca"], pytest.param([*permutations("abc")], marks=pytest.mark.slow)])
def test_tables_that_depend_on_each_other_may_be_made_in_any_order(project: Project, orders: list[str]) -> None:
    made = "\n".join(create(name, number) for number, order in enumerate(orders) for name in order)
    back = "\n".join(f'op.drop_table("{name}{number}")' for number in range(len(orders)) for name in "cba")
    project.script("x", None, made, back)
    twice(project)
    found = inspect(project.engine)
    for number in range(len(orders)):
        for name, keys in KEYS.items():
            wanted = [(f"{other}{number}", here, there, ondelete) for other, here, there, ondelete in keys]
            read = found.get_foreign_keys(f"{name}{number}")
            told = [
                (
                    each["referred_table"],
                    each["constrained_columns"],
                    each["referred_columns"],
                    each["options"].get("ondelete"),
                )
                for each in read
            ]
            assert sorted(told, key=str) == sorted(wanted, key=str)


def test_a_column_with_index_foreign_key_and_unique_at_once_loses_none(project: Project) -> None:
    project.script("a", None, TABLE, None)
    column = 'sa.Column("t_id", sa.Integer, sa.ForeignKey("t.id", name="fk"), index=True)'
    unique = 'sa.Column("code", sa.String(5), unique=True)'
    one = 'op.create_table("u", sa.Column("id", sa.Integer, primary_key=True))\n'
    up = one + f'op.add_column("u", {column})\nop.add_column("u", {unique})\n'
    back = 'op.drop_table("u")'
    project.script("b", "a", up + 'op.create_unique_constraint("uq", "u", ["t_id"])', back)
    twice(project)
    found = inspect(project.engine)
    assert [key["constrained_columns"] for key in found.get_foreign_keys("u")] == [["t_id"]]
    assert sorted(each["column_names"] for each in found.get_unique_constraints("u")) == [["code"], ["t_id"]]
    assert "ix_u_t_id" in {each["name"] for each in found.get_indexes("u")}
