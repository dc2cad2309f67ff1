"""Killed with SIGKILL in the rebuild of a SQLite table: all is as before, and the same command again completes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from ..projects import Project
from .killing import Runs

TABLES = (
    "CREATE TABLE stock (id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT COLLATE NOCASE, qty INT, CHECK (qty > 0))",
    "CREATE INDEX ix ON stock (lower(code)) WHERE qty > 1",
    "CREATE TABLE item (id INTEGER PRIMARY KEY, stock_id INTEGER REFERENCES stock (id) ON DELETE CASCADE)",
    "CREATE TABLE log (what TEXT)",
    "CREATE TRIGGER gone AFTER DELETE ON stock BEGIN INSERT INTO log VALUES ('gone'); END",
    "CREATE VIEW seen AS SELECT code FROM stock",
    "INSERT INTO stock VALUES (3, 'a', 1), (5, 'B', 2)",
    "INSERT INTO item VALUES (1, 3), (2, 5)",
)
UP = (
    'with op.batch_alter_table("stock") as b:\n    b.alter_column("code", type_=sa.String(9), nullable=False)\n'
    '    b.create_unique_constraint("uq", ["code"])'
)


class Enforcing(Project):
    """A project whose application has foreign keys enforced."""

    def app(self, config: dict[str, Any] | None = None, **keywords: Any) -> Flask:
        app = super().app(config, **keywords)
        with app.app_context():
            engine = app.extensions["sqlalchemy"].engine
        sa.event.listen(engine, "connect", lambda connection, record: connection.execute("PRAGMA foreign_keys=ON"))
        return app


def contents(path: Path) -> list[str]:
    """All that is in a database file but for what we keep in it ourselves."""
    with closing(sqlite3.connect(path)) as connection:
        lines = connection.iterdump()
        return [each for each in lines if "revision_" not in each and "alembic_version" not in each]


def project_at(folder: Path) -> tuple[Enforcing, Path]:
    folder.mkdir()
    path = folder / "app.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(";".join(TABLES))
    project = Enforcing(folder, f"sqlite:///{path}")
    project.script("a1", None)
    project.script("b2", "a1", UP)
    project.revisions().upgrade("a1")
    return project, path


@pytest.mark.parametrize("every", [9, pytest.param(1, marks=pytest.mark.slow)])
def test_nothing_is_lost_and_nothing_is_left_behind(tmp_path: Path, every: int) -> None:
    project, path = project_at(tmp_path / "undisturbed")
    before = contents(path)
    points = Runs(project, "CREATE TABLE _revisions_tmp").points(lambda revisions: revisions.upgrade())
    after = contents(path)
    assert after != before and len(points) > 12
    for number in range(1, len(points) + 1, every):
        project, path = project_at(tmp_path / str(number))
        runs = Runs(project, "CREATE TABLE _revisions_tmp")
        runs.die(number, points[number - 1], lambda revisions: revisions.upgrade())
        assert contents(path) == (after if "after COMMIT" in points[:number] else before)
        runs.again(lambda revisions: revisions.upgrade())
        assert contents(path) == after
        project.close()
