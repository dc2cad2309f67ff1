"""Killed with SIGKILL before and after every statement of a revision, up and down: the same command again completes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask_revisions import Revisions

from ..projects import OWN_TABLES, Project
from ..servers import fresh_database
from .killing import Runs

UP = """
op.execute("UPDATE counter SET n = n + 1")
op.create_table("made", sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer))
op.execute("UPDATE counter SET n = n * 2")
key = op.get_bind().execute(sa.text("INSERT INTO made (n) VALUES (7) RETURNING id")).scalar()
op.add_column("made", sa.Column("more", sa.Integer))
op.bulk_insert(sa.table("made", sa.column("n")), [{{"n": 8}}, {{"n": 9}}])
op.create_index("ix_made_n", "made", ["n"])
changed = op.get_bind().execute(sa.text("UPDATE made SET more = n + 1 WHERE n < 9")).rowcount
op.execute(f"UPDATE counter SET n = n + {{100 * changed}} + (SELECT 1000 * count(*) FROM made WHERE id = {{key}})")
op.execute("CREATE VIEW seen AS SELECT n FROM made")
"""
DOWN = """
op.execute("DROP VIEW seen")
op.execute("UPDATE counter SET n = n - 1")
op.drop_index("ix_made_n", "made")
op.execute("UPDATE counter SET n = n - (SELECT sum(n) FROM made)")
op.drop_table("made")
op.execute("UPDATE counter SET n = n * 3")
"""
BLOCK_UP = """
op.execute("UPDATE counter SET n = n + 1")
op.create_table("made", sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer))
op.execute("UPDATE counter SET n = n * 2")
with op.get_context().autocommit_block():
    op.execute("UPDATE counter SET n = n + 3")
    op.create_index("ix_made_n", "made", ["n"]{concurrently})
    changed = op.get_bind().execute(sa.text("UPDATE counter SET n = n * 5")).rowcount
op.execute(f"UPDATE counter SET n = n + {{100 * changed}}")
op.add_column("made", sa.Column("more", sa.Integer))
with op.get_context().autocommit_block():
    op.execute("INSERT INTO made (id, n) VALUES (1, 2)")
op.execute("UPDATE counter SET n = n + 1")
"""
BLOCK_DOWN = """
op.execute("UPDATE counter SET n = n - 1")
with op.get_context().autocommit_block():
    op.drop_index("ix_made_n", "made"{concurrently})
    op.execute("UPDATE counter SET n = n - 7")
op.drop_table("made")
op.execute("UPDATE counter SET n = n * 2")
"""
SCRIPTS = {"plain": (UP, DOWN), "blocks": (BLOCK_UP, BLOCK_DOWN)}
FIRST = "UPDATE counter"
EVERY = 7
"""In the short form each seventh point."""


def written(folder: Path, url: str, shape: str) -> Project:
    """A project with a counter that stands at 5, and a revision that is to be interrupted."""
    folder.mkdir()
    project = Project(folder, url)
    kind = project.engine.dialect.name
    up, down = SCRIPTS[shape]
    told = {"concurrently": ", postgresql_concurrently=True" * (kind == "postgresql")}
    project.script(
        "a1", None, 'op.execute("CREATE TABLE counter (n INTEGER)")\nop.execute("INSERT INTO counter VALUES (5)")'
    )
    project.script("b2", "a1", up.format(**told), down.format(**told))
    return project


def state(project: Project) -> dict[str, Any]:
    """The schema and all rows, but for generated keys: a rollback leaves a gap in them."""
    inspector = sa.inspect(project.engine)
    found: dict[str, Any] = {}
    for name in [*inspector.get_table_names(), *inspector.get_view_names()]:
        if name not in OWN_TABLES or name == "alembic_version":
            columns = [(each["name"], str(each["type"]), each["nullable"]) for each in inspector.get_columns(name)]
            indexes = sorted(str(each["name"]) for each in inspector.get_indexes(name))
            values = ", ".join(each for each, _, _ in columns if each != "id")
            found[name] = (columns, indexes, sorted(map(repr, project.query(f"SELECT {values} FROM {name}"))))
    return found


WORK: dict[str, Callable[[Revisions], object]] = {
    "upgrade": lambda revisions: revisions.upgrade(),
    "downgrade": lambda revisions: revisions.downgrade("a1"),
}


def interrupted(kind: str, shape: str, folder: Path, *, every: int) -> Iterator[tuple[str, str]]:
    """Kill at each point, up and down; yield the direction and the point when the rerun made everything right."""
    points, states = {}, {}
    with fresh_database(kind, folder) as url:
        project = written(folder / "undisturbed", url, shape)
        project.revisions().upgrade("a1")
        for direction, work in WORK.items():
            points[direction] = Runs(project, FIRST).points(work)
            states[direction] = state(project)
        project.close()
    for direction, work in WORK.items():
        for number in range(1, len(points[direction]) + 1, every):
            point = points[direction][number - 1]
            with fresh_database(kind, folder) as url:
                project = written(folder / f"{direction}{number}", url, shape)
                project.revisions().upgrade("a1" if direction == "upgrade" else "head")
                runs = Runs(project, FIRST)
                runs.die(number, point, work)
                runs.again(work)
                assert state(project) == states[direction], (direction, number, point)
                assert project.journal() == [], (direction, number, point)
                project.close()
            yield direction, point


@pytest.mark.parametrize("shape", SCRIPTS)
def test_killed_at_some_points(kind: str, shape: str, tmp_path: Path) -> None:
    assert len(list(interrupted(kind, shape, tmp_path, every=EVERY * 3))) > 2


@pytest.mark.slow
@pytest.mark.parametrize("shape", SCRIPTS)
def test_killed_at_every_point(kind: str, shape: str, tmp_path: Path) -> None:
    assert len(list(interrupted(kind, shape, tmp_path, every=1))) > 20
