"""PostgreSQL's enumerations from their first column to their last: up, down and up again, in both kinds of scripts."""

from __future__ import annotations

import pytest

from ..projects import Project

pytestmark = pytest.mark.parametrize("kind", ["postgresql"], indirect=True)

MOOD = 'mood = sa.Enum("sad", "ok", name="mood")\n'
BOTH = pytest.mark.parametrize("op", ["flask_revisions", "alembic"])


def types(project: Project) -> dict[str, list[str]]:
    rows = project.query(
        "SELECT n.nspname || '.' || t.typname, array(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = t.oid "
        "ORDER BY enumsortorder) FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE typtype = 'e'"
    )
    return {name.removeprefix("public."): values for name, values in rows}


def column(project: Project, name: str = "c") -> str:
    where = f"attrelid = 't'::regclass AND attname = '{name}'"
    query = f"SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE {where}"
    return str(project.query(query)[0][0])


def run(project: Project, *words: str) -> None:
    result = project.cli(*words)
    assert result.code == 0, result.err


def around(project: Project, up: str, back: str | None, *, op: str = "flask_revisions", before: str = MOOD) -> None:
    """A table `t` with rows, and a revision over it."""
    columns = 'sa.Column("id", sa.Integer, primary_key=True), sa.Column("a", sa.Text, server_default="ok")'
    project.script("start", None, f'op.create_table("t", {columns})', 'op.drop_table("t")')
    project.script("next", "start", up, back, op=op, before=before)
    run(project, "upgrade", "start")
    project.send("INSERT INTO t VALUES (1, 'sad'), (2, 'ok')")


@BOTH
@pytest.mark.parametrize(
    ("up", "back"),
    [
        ('op.create_table("u", sa.Column("c", mood))', 'op.drop_table("u")'),
        ('op.add_column("t", sa.Column("c", mood, server_default="ok"))', 'op.drop_column("t", "c")'),
        ('op.add_column("t", sa.Column("c", sa.ARRAY(mood), server_default="{ok}"))', 'op.drop_column("t", "c")'),
        (
            'op.create_table("u", sa.Column("c", mood))\nop.create_table("v", sa.Column("c", mood))',
            'op.drop_table("u")\nop.drop_table("v")',
        ),
        ('op.add_column("t", sa.Column("c", mood))', None),
        (
            'op.create_table("u", sa.Column("c", sa.Enum("sad", "ok", name="mood", schema="s")), schema="s")',
            'op.drop_table("u", schema="s")',
        ),
    ],
    ids=["create_table", "add_column", "array", "two tables", "derived", "schema"],
)
def test_a_type_comes_with_its_first_column_and_goes_with_its_last(
    project: Project, up: str, back: str | None, op: str
) -> None:
    project.send("CREATE SCHEMA s")
    around(project, up, back, op=op)
    there = {"s.mood" if "schema" in up else "mood": ["sad", "ok"]}
    for _ in range(2):
        run(project, "upgrade")
        assert types(project) == there
        run(project, "downgrade")
        assert types(project) == ({} if op == "flask_revisions" else there)
    run(project, "upgrade")


def test_a_type_that_another_table_uses_stays(project: Project) -> None:
    around(project, 'op.create_table("u", sa.Column("c", mood))', None)
    project.script("last", "next", 'op.add_column("t", sa.Column("c", sa.Enum("sad", "ok", name="mood")))', None)
    run(project, "upgrade")
    run(project, "downgrade")
    assert types(project) == {"mood": ["sad", "ok"]}


@BOTH
def test_text_becomes_an_enumeration_and_text_again(project: Project, op: str) -> None:
    up = 'op.alter_column("t", "a", existing_type=sa.Text(), type_=mood)'
    back = 'op.alter_column("t", "a", existing_type=mood, type_=sa.Text())'
    around(project, up, back, op=op)
    for _ in range(2):
        run(project, "upgrade")
        assert column(project, "a") == "mood"
        run(project, "downgrade")
        assert column(project, "a") == "text" and ("mood" in types(project)) is (op == "alembic")
    project.send("INSERT INTO t (id) VALUES (3)")
    assert project.query("SELECT a FROM t ORDER BY id") == [("sad",), ("ok",), ("ok",)]


@BOTH
def test_a_value_is_used_in_the_revision_that_adds_it(project: Project, op: str) -> None:
    up = (
        'op.add_column("t", sa.Column("c", mood))\n'
        "op.execute(\"ALTER TYPE mood ADD VALUE 'fine'\")\n"
        "op.execute(\"UPDATE t SET c = 'fine'\")"
    )
    around(project, up, 'op.drop_column("t", "c")\nsa.Enum(name="mood").drop(op.get_bind(), checkfirst=True)', op=op)
    for _ in range(2):
        run(project, "upgrade")
        assert project.query("SELECT DISTINCT c::text FROM t") == [("fine",)] and project.applied() == {"next"}
        run(project, "downgrade")


def test_a_value_is_added_renamed_and_dropped_and_the_way_back_is_derived(project: Project) -> None:
    around(project, 'op.add_column("t", sa.Column("c", mood, server_default="ok"))', None)
    project.script("more", "next", 'op.add_enum_value("mood", "fine", before="ok")', None)
    project.script("name", "more", 'op.rename_enum_value("mood", "sad", "blue")', None)
    for _ in range(2):
        run(project, "upgrade")
        assert types(project) == {"mood": ["blue", "fine", "ok"]}
        run(project, "downgrade", "next")
        assert types(project) == {"mood": ["sad", "ok"]}
    project.send("INSERT INTO t VALUES (3)")
    assert project.query("SELECT c::text FROM t WHERE id = 3") == [("ok",)]


@pytest.mark.parametrize("schema", [None, "My s"])
def test_a_type_made_anew_keeps_rows_defaults_constraints_and_indexes(project: Project, schema: str | None) -> None:
    project.send('CREATE SCHEMA "My s"')
    named = f", schema={schema!r}" if schema else ""
    up = (
        'op.add_column("t", sa.Column("c", mood, server_default="sad"))\n'
        'op.add_column("t", sa.Column("d", sa.ARRAY(mood), server_default="{sad,ok}"))\n'
        'op.create_index("ix", "t", ["c"], postgresql_where=sa.column("c") == sa.cast("ok", mood))\n'
        'op.create_check_constraint("ck", "t", sa.or_(sa.column("id") > 0, sa.column("c") == sa.cast("ok", mood)))'
    )
    around(project, up, None, before=f'mood = sa.Enum("sad", "ok", name="mood"{named})\n')
    values = 'existing_values=["sad", "ok"], replacements={"sad": "ok"}'
    project.script("anew", "next", f'op.alter_enum("mood", ["ok", "glad"], {values}{named})', None)
    for _ in range(2):
        run(project, "upgrade")
        assert list(types(project).values()) == [["ok", "glad"]]
        run(project, "downgrade", "next")
        assert list(types(project).values()) == [["sad", "ok"]]
    run(project, "upgrade")
    project.send("INSERT INTO t (id) VALUES (3)")
    assert project.query("SELECT DISTINCT c::text, d::text FROM t") == [("ok", "{ok,ok}")]
    kept = "SELECT pg_get_indexdef('ix'::regclass), pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'ck'"
    assert all("'ok'::" in text for text in project.query(kept)[0])


def test_a_value_goes_and_comes_back(project: Project) -> None:
    around(project, 'op.alter_column("t", "a", existing_type=sa.Text(), type_=mood)', None)
    drop = 'op.drop_enum_value("mood", "sad", replacement="ok")'
    project.script("less", "next", drop, 'op.add_enum_value("mood", "sad", before="ok")')
    for _ in range(2):
        run(project, "upgrade")
        assert types(project) == {"mood": ["ok"]} and project.query("SELECT DISTINCT a::text FROM t") == [("ok",)]
        run(project, "downgrade")
        assert types(project) == {"mood": ["sad", "ok"]}


def test_a_value_that_rows_have_does_not_go(project: Project) -> None:
    around(project, 'op.alter_column("t", "a", existing_type=sa.Text(), type_=mood)', None)
    project.script("less", "next", 'op.create_table("w")\nop.drop_enum_value("mood", "sad")', None)
    run(project, "upgrade", "next")
    result = project.cli("upgrade")
    assert result.code == 7 and "Rows of t have 'sad' in a" in result.err and "replacements" in result.err
    assert project.tables() == {"t"} and types(project) == {"mood": ["sad", "ok"]}


def test_a_view_or_function_over_the_type_is_named(project: Project) -> None:
    around(project, 'op.add_column("t", sa.Column("c", mood))', None)
    project.script("less", "next", 'op.alter_enum("mood", ["ok"])', None)
    run(project, "upgrade", "next")
    project.send("CREATE FUNCTION f(m mood) RETURNS int LANGUAGE sql AS 'SELECT 1'")
    assert "function f(mood) needs the enum" in project.cli("upgrade").err
    project.send("DROP FUNCTION f", "CREATE VIEW v AS SELECT c FROM t")
    assert "view v shows the enum" in project.cli("upgrade").err


@BOTH
def test_a_type_is_renamed_and_one_of_somebody_else_is_left_alone(project: Project, op: str) -> None:
    up = 'op.add_column("t", sa.Column("c", postgresql.ENUM("x", name="theirs", create_type=False)))'
    around(project, up, None, op=op, before="from sqlalchemy.dialects import postgresql\n")
    project.script("named", "next", 'op.alter_enum("theirs", new_name="ours")', None)
    project.send("CREATE TYPE theirs AS ENUM ('x')", "CREATE TABLE other (c theirs)")
    for _ in range(2):
        run(project, "upgrade")
        assert types(project) == {"ours": ["x"]} and column(project) == "ours"
        run(project, "downgrade", "start")
        assert types(project) == {"theirs": ["x"]}


def test_types_are_created_and_dropped_by_themselves(project: Project) -> None:
    project.script("e", None, 'op.create_enum("e", ["a", "b"], if_not_exists=True)', None)
    for _ in range(2):
        run(project, "upgrade")
        assert types(project) == {"e": ["a", "b"]}
        run(project, "downgrade")
        assert types(project) == {}


@pytest.mark.parametrize("back", [None, 'op.drop_enum("mood")'])
def test_a_type_that_was_created_by_itself_outlives_its_columns(project: Project, back: str | None) -> None:
    around(project, 'op.create_enum("mood", ["sad", "ok"])', back)
    project.script("column", "next", 'op.add_column("t", sa.Column("c", mood, server_default="ok"))', None, before=MOOD)
    anew = 'op.alter_enum("mood", ["ok", "sad"], existing_values=["sad", "ok"])'
    project.script("anew", "column", anew, None)
    for _ in range(2):
        run(project, "upgrade")
        assert types(project) == {"mood": ["ok", "sad"]}
        run(project, "downgrade", "next")
        assert types(project) == {"mood": ["sad", "ok"]}
        run(project, "downgrade", "start")
        assert types(project) == {}


def test_a_type_with_a_comment_of_somebody_stays(project: Project) -> None:
    around(project, 'op.add_column("t", sa.Column("c", mood))', None)
    run(project, "upgrade")
    project.send("COMMENT ON TYPE mood IS 'that is mine'")
    run(project, "downgrade")
    assert types(project) == {"mood": ["sad", "ok"]}


def test_a_type_that_a_column_has_brought_along_is_kept_when_that_is_said(project: Project) -> None:
    around(project, 'op.add_column("t", sa.Column("c", mood))', None)
    project.script("kept", "next", 'op.create_enum("mood", ["sad", "ok"], if_not_exists=True)', "pass")
    project.script("less", "kept", 'op.drop_column("t", "c")', "pass")
    run(project, "upgrade")
    assert types(project) == {"mood": ["sad", "ok"]}


def test_a_table_with_a_type_is_passed_when_the_edited_file_goes_on(project: Project) -> None:
    made = 'op.create_table("u", sa.Column("c", mood))\nop.add_enum_value("mood", "glad")\n'
    project.script("a1", None, made + 'op.execute("INSERT INTO nowhere VALUES (1)")', before=MOOD)
    assert project.cli("upgrade").code == 1 and len(project.journal()) > 0
    project.script("a1", None, made + "op.execute(\"INSERT INTO u VALUES ('glad')\")", before=MOOD)
    run(project, "upgrade")
    assert project.query("SELECT c FROM u") == [("glad",)] and project.journal() == []
    assert types(project) == {"mood": ["sad", "ok", "glad"]}
