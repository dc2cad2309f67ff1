"""`flask db diagram`."""

from __future__ import annotations

import pytest

from ..projects import Project

TEAMS = (
    'op.create_table("teams", sa.Column("id", sa.Integer, primary_key=True), '
    'sa.Column("name", sa.String(20), unique=True))'
)
PEOPLE = (
    'op.create_table("people", sa.Column("id", sa.Integer, primary_key=True), '
    'sa.Column("team_id", sa.Integer, sa.ForeignKey("teams.id", ondelete="CASCADE"), nullable=False), '
    'sa.Column("x", sa.Integer), sa.Column("y", sa.Integer), sa.UniqueConstraint("x", "y", name="uq_xy"))'
)


@pytest.fixture
def drawn(project: Project) -> Project:
    project.script("a1", None, TEAMS)
    project.script("a2", "a1", PEOPLE + '\nop.create_index("ix_x", "people", ["x"])')
    project.script(
        "a3",
        "a2",
        'op.rename_table("teams", "groups")\n'
        'op.add_column("people", sa.Column("born", sa.Date))\n'
        'op.alter_column("people", "y", new_column_name="z", existing_type=sa.Integer())\n'
        'op.drop_index("ix_x", "people")\n'
        'op.create_index("ix_z", "people", ["z"], unique=True)',
    )
    return project


@pytest.mark.parametrize("kind", ["sqlite"])
def test_the_tables_after_a_revision(drawn: Project) -> None:
    done = drawn.cli("diagram", "a2")
    assert done.out.splitlines() == [
        "people",
        "    id       INTEGER  primary key",
        "    team_id  INTEGER  not null  -> teams.id on delete cascade",
        "    x        INTEGER",
        "    y        INTEGER",
        "    unique uq_xy (x, y)",
        "    index ix_x (x)",
        "",
        "teams",
        "    id    INTEGER      primary key",
        "    name  VARCHAR(20)  unique",
    ]
    assert done.err == "" and not drawn.tables(), "nothing was run"
    assert drawn.cli("diagram", "a2", "-t", "teams").out.startswith("teams\n")
    assert drawn.cli("diagram").out.startswith("groups\n")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_what_a_revision_changes(drawn: Project) -> None:
    done = drawn.cli("diagram", "--change")
    assert done.out.splitlines() == [
        "~ groups  (was teams)",
        "",
        "~ people",
        "  ~ team_id  INTEGER  not null  -> groups.id on delete cascade"
        "  (was INTEGER  not null  -> teams.id on delete cascade)",
        "  ~ z        INTEGER  unique  (was y  INTEGER)",
        "  + born     DATE",
        "  ~ unique uq_xy (x, z)  (was (x, y))",
        "  + index ix_z (z) unique",
        "  - index ix_x (x)",
    ]
    assert drawn.cli("diagram", "a1", "--change").out.startswith("+ teams\n")


def test_types_are_in_the_words_of_the_database_and_nobody_asks_it(drawn: Project, kind: str) -> None:
    words = {"sqlite": "VARCHAR(20)", "postgresql": "character varying(20)", "mariadb": "varchar(20)"}
    drawn.engine.dispose()
    done = drawn.cli("diagram", "a1")
    assert f"name  {words[kind]}" in done.out


@pytest.mark.parametrize("kind", ["sqlite"])
def test_in_the_language_of_mermaid(drawn: Project) -> None:
    out = drawn.folder / "tables.mmd"
    assert drawn.cli("diagram", "a2", "--format", "mermaid", "-o", str(out)).err == f"Wrote {out}.\n"
    assert out.read_text("utf-8").splitlines() == [
        "erDiagram",
        '    t0["people"] {',
        "        INTEGER id PK",
        "        INTEGER team_id FK",
        "        INTEGER x",
        "        INTEGER y",
        "    }",
        '    t1["teams"] {',
        "        INTEGER id PK",
        "        VARCHAR_20 name UK",
        "    }",
        '    t1 ||--o{ t0 : "team_id"',
    ]
    changed = drawn.cli("diagram", "--change", "--format", "mermaid").out
    assert 't0["~ groups (was teams)"]' in changed and 'DATE born "new"' in changed
    assert 't0 ||--o{ t1 : "team_id"' in changed


@pytest.mark.parametrize("kind", ["postgresql"])
def test_types_with_values(project: Project) -> None:
    project.script("a1", None, 'op.create_enum("mood", ["sad", "glad"])')
    project.script("a2", "a1", 'op.add_enum_value("mood", "mad")')
    assert project.cli("diagram").out == "mood\n    enum sad, glad, mad\n"
    assert project.cli("diagram", "--change").out == "~ mood\n  ~ enum sad, glad, mad  (was sad, glad)\n"


@pytest.mark.parametrize("kind", ["sqlite"])
def test_what_operations_do_not_tell_is_named(project: Project) -> None:
    project.script("a1", None, 'op.execute("CREATE TABLE t (id INTEGER)")')
    project.script("a2", "a1", 'op.add_column("t", sa.Column("n", sa.Integer))')
    project.script("a3", "a2", 'if op.get_bind().scalar(sa.text("SELECT 1")):\n    op.drop_table("t")')
    done = project.cli("diagram")
    assert (done.code, done.out) == (0, "")
    assert [line for line in done.err.splitlines() if line.startswith("Warning: Not in the picture: Revision a")] == [
        "Warning: Not in the picture: Revision a1 has a definition in words of SQL: CREATE TABLE t (id INTEGER)",
        "Warning: Not in the picture: Revision a2: There is no table t in the schema that is to be changed.",
        "Warning: Not in the picture: Revision a3 asks the database: what it does from there on is not known.",
    ]
    assert done.err.endswith("There are no tables yet.\n")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_what_cannot_be_drawn_is_two_lines(drawn: Project) -> None:
    done = drawn.cli("diagram", "a1", "-t", "people")
    assert (done.code, done.err) == (2, "Error: There is no table 'people' after a1.\nHint: there is teams.\n")
    assert drawn.cli("diagram", "--change", "-t", "teams").code == 2
    assert "Error: " in drawn.cli("diagram", "nosuch").err
