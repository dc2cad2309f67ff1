"""migrate and check for several databases: one revision for all, or one for each history."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_revisions import Revisions
from flask_sqlalchemy import SQLAlchemy

from ..projects import Result
from .conftest import Binds


def app(binds: Binds, *names: str, default: str = "d", **config: Any) -> Flask:
    """An application with a table in each database; the default one has another column."""
    made = Flask("project", root_path=str(binds.project.folder))
    made.config["SQLALCHEMY_DATABASE_URI"] = binds.project.url
    made.config["SQLALCHEMY_ENGINE_OPTIONS"] = {}
    made.config.update(binds.config(*names, **config))
    db = SQLAlchemy(made)
    for bind in (None, *names):
        metadata = db.metadatas[bind] if bind in db.metadatas else db._make_metadata(bind)
        column = sa.Column(default if bind is None else "b", sa.Integer)
        sa.Table(f"t_{bind or 'default'}", metadata, sa.Column("id", sa.Integer, primary_key=True), column)
    Revisions(made, db)
    binds.project._apps.append(made)
    return made


def run(binds: Binds, *arguments: str, **config: Any) -> Result:
    names = config.pop("names", ("one", "two"))
    result = binds.project.cli(*arguments, app=app(binds, *names, **config))
    assert result.code in (0, 4), result
    return result


def test_one_revision_for_all_that_share_a_history(binds: Binds) -> None:
    binds.project.versions.mkdir(parents=True)
    said = run(binds, "migrate", "-m", "first", REVISIONS_BINDS=True)
    assert "default:\n  add table t_default\none:\n  add table t_one\n" in said.out
    [path] = binds.project.versions.glob("*.py")
    text = path.read_text()
    assert all(f"def upgrade_{name}() -> None:" in text for name in ("", "one", "two"))
    run(binds, "upgrade", REVISIONS_BINDS=True)
    assert binds.tables("one") == {"t_one"} and binds.tables("two") == {"t_two"}
    same = run(binds, "check", REVISIONS_BINDS=True)
    assert same.code == 0 and "two: The models and the database are the same." in same.err
    differs = run(binds, "check", "--json", REVISIONS_BINDS=True, default="e")
    assert differs.code == 4
    found = {each["database"]: len(each["differences"]) for each in json.loads(differs.out)}
    assert found == {"default": 2, "one": 0, "two": 0}
    assert run(binds, "check", "--bind", "one", REVISIONS_BINDS=True, default="e").code == 0


def test_what_concerns_the_default_database_alone_is_a_plain_revision(binds: Binds) -> None:
    binds.project.versions.mkdir(parents=True)
    config = {"REVISIONS_BINDS": True, "names": ("one",)}
    run(binds, "migrate", **config)
    run(binds, "upgrade", **config)
    run(binds, "migrate", "-m", "again", "--no-rename", default="e", **config)
    [path] = binds.project.versions.glob("*again*.py")
    assert "def upgrade_one() -> None:\n    pass" in path.read_text()  # the folder is one for several databases now
    run(binds, "upgrade", default="e", **config)
    assert run(binds, "check", default="e", **config).code == 0


def test_a_revision_each_where_histories_are_separate(binds: Binds) -> None:
    folders = {name or "default": str(binds.project.folder / (name or "default")) for name in (None, "one")}
    config = {"REVISIONS_DIRECTORY": folders, "names": ("one",)}
    for folder in folders.values():
        Path(folder, "versions").mkdir(parents=True)
    run(binds, "migrate", "-m", "first", **config)
    texts = {name: next((binds.project.folder / name / "versions").glob("*.py")).read_text() for name in folders}
    assert '"t_default"' in texts["default"] and '"t_one"' in texts["one"] and '"t_one"' not in texts["default"]
    run(binds, "upgrade", **config)
    assert run(binds, "check", **config).code == 0
