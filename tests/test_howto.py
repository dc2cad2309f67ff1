"""The revisions that how-to pages show, run up, down and up again on the database that they are for."""

from __future__ import annotations

import re

import pytest

from .projects import ROOT, Project

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
