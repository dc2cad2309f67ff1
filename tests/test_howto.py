"""The revisions that how-to pages show, run up, down and up again on the database that they are for."""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path

import pytest
import sqlalchemy as sa

from .projects import ROOT, Project
from .test_tours import blocks, calls, printed_by, without_what_changes

BEFORE = """
op.create_table("team", sa.Column("id", sa.Integer, primary_key=True))
op.create_table("person", sa.Column("id", sa.Integer, primary_key=True), sa.Column("team_id", sa.Integer))
"""
HEADER = "import sqlalchemy as sa\nfrom flask_revisions import op\nrevision = {id!r}\ndown_revision = {down!r}\n\n\n"


@pytest.mark.parametrize("kind", ["postgresql"])
def test_without_downtime(project: Project) -> None:
    page = (ROOT / "docs" / "howto" / "zero-downtime.md").read_text("utf-8")
    shown = re.findall(r"^```python\n(def upgrade.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(shown) == 5
    project.script("r0", None, BEFORE, "op.drop_table('person')\nop.drop_table('team')")
    for number, source in enumerate(shown, 1):
        header = HEADER.format(id=f"r{number}", down=f"r{number - 1}")
        (project.versions / f"r{number}.py").write_text(header + source, encoding="utf-8")
    project.script("r6", "r5", 'op.validate_constraint("fk_person_team", "person")')
    revisions = project.revisions()
    assert len(revisions.upgrade()) == 7
    assert project.query("SELECT count(*) FROM pg_constraint WHERE NOT convalidated") == [(0,)]
    assert len(revisions.downgrade("base")) == 7 and project.tables() == set()
    revisions.upgrade()
    assert project.applied() == {"r6"}


def bodies(page: str) -> list[str]:
    """The Python of a page as bodies of `upgrade()`; blocks that are something else are left out."""
    found = [content for language, content in blocks(f"docs/howto/{page}.md") if language == "python"]
    found = [re.sub(r"\n\n\ndef downgrade.*", "", each, flags=re.DOTALL) for each in found]
    return [textwrap.dedent(re.sub(r"^def upgrade.*\n", "", each)) for each in found if "op." in each]


def run(project: Project, before: str, steps: list[str], preamble: str = "") -> None:
    """Apply one revision after the other."""
    for number, body in enumerate([before, *steps]):
        parent = f"r{number - 1}" if number else None
        source = HEADER.format(id=f"r{number}", down=parent).replace(repr("None"), "None")
        function = "def upgrade():\n" + textwrap.indent(body, "    ")
        project.versions.mkdir(parents=True, exist_ok=True)
        (project.versions / f"r{number}.py").write_text(source + preamble + function, encoding="utf-8")
    project.revisions().upgrade()
    assert project.applied() == {f"r{len(steps)}"}


TOOLS = """
op.create_table("categories", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(40)))
op.create_table("members", sa.Column("id", sa.Integer, primary_key=True), sa.Column("email", sa.String(40)))
op.create_table("loans", sa.Column("id", sa.Integer, primary_key=True), sa.Column("lent_on", sa.Date))
op.create_table(
    "tools",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("number", sa.String(10)),
    sa.Column("category", sa.String(40)),
    sa.Column("deposit", sa.Integer),
)
op.execute("INSERT INTO tools (id, number, category, deposit) VALUES (1, 'a', 'saws', 200)")
op.execute("INSERT INTO members (id, email) VALUES (1, 'A@Example.org')")
op.execute("INSERT INTO loans (id, lent_on) VALUES (1, '2026-01-01')")
"""


def test_data_migrations(project: Project) -> None:
    steps = bodies("data-migrations")
    assert len(steps) == 5
    run(project, TOOLS, steps)
    assert project.query("SELECT name FROM categories") == [("saws",)]
    assert project.query("SELECT domain FROM members") == [("example.org",)]
    assert project.query("SELECT deposit, category_id FROM tools") == [(100, 1)]
    assert project.query("SELECT count(*) FROM loans WHERE due_on = lent_on") == [(1,)]


@pytest.mark.parametrize("kind", ["postgresql"])
def test_enumerations(project: Project) -> None:
    added, typed, others = bodies("enums")
    declared, _, added = added.partition("def upgrade():\n")
    text = "op.alter_column('tools', 'condition', existing_type=condition, type_=sa.Text())"
    lines = [each for each in others.splitlines() if each]
    run(project, TOOLS, [textwrap.dedent(added), text, typed, *lines], preamble=declared)
    asked = "SELECT enumlabel FROM pg_enum JOIN pg_type t ON t.oid = enumtypid WHERE typname = 'tool_condition'"
    assert [value for (value,) in project.query(f"{asked} ORDER BY enumsortorder")] == ["new", "fair", "poor"]


OLD = """
from flask import Flask
from flask_revisions import Revisions
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()
app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///notes.db"
db.init_app(app)
Revisions(app, db)


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
"""


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_database_that_is_there_already(project: Project) -> None:
    (project.folder / "app.py").write_text(OLD, encoding="utf-8")
    (project.folder / "instance").mkdir()
    engine = sa.create_engine(f"sqlite:///{project.folder / 'instance' / 'notes.db'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE user (id INTEGER NOT NULL PRIMARY KEY, nickname VARCHAR(20))")
    page = "docs/howto/existing-database.md"
    first, *later = [
        content for _, content in blocks(page) if "migrate" in content or "check" in content or "stamp head" in content
    ]
    ours: dict[str, str] = {}
    theirs: dict[str, str] = {}
    for content in (first, *later):
        for words, expected in calls(content):
            assert without_what_changes(printed_by(words, project), ours) == without_what_changes(expected, theirs), (
                words
            )
        if content is first:
            with engine.begin() as connection:
                connection.exec_driver_sql("ALTER TABLE user DROP COLUMN nickname")
    engine.dispose()


PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_python_on_pages_is_python(page: Path) -> None:
    for language, content in blocks(str(page.relative_to(ROOT))):
        if language == "python":
            ast.parse(textwrap.dedent(content))
