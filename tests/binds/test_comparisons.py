"""migrate, check, log and graph where a project has several databases."""

from __future__ import annotations

import json
from pathlib import Path

from flask import Flask
from flask_revisions import Revisions
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, Integer, String

from .conftest import Binds


def with_models(binds: Binds, **config: object) -> Flask:
    """An application with a model for the default database and one for the bind `one`."""
    app = Flask("several", root_path=str(binds.project.folder))
    app.config.update({"SQLALCHEMY_DATABASE_URI": binds.project.url, **binds.config("one"), **config})
    db = SQLAlchemy(app)
    Revisions(app, db)
    db.Table("users", Column("id", Integer, primary_key=True))
    db.Table("visits", Column("id", Integer, primary_key=True), Column("page", String(50)), bind_key="one")
    binds.project._apps.append(app)
    return app


def newest(folder: Path) -> str:
    return max(folder.rglob("*_*.py"), key=lambda path: path.stat().st_mtime_ns).read_text()


def test_a_revision_has_for_each_database_what_that_needs(binds: Binds) -> None:
    cli, app = binds.project.cli, with_models(binds)
    assert cli("init", "--multidb", app=app).code == 0
    result = cli("migrate", "-m", "both", app=app)
    assert result.code == 0, result
    assert "default:\n" in result.out and "one:\n" in result.out
    before, _, after = newest(binds.project.versions).partition("def upgrade_one()")
    assert "users" in before and "visits" not in before
    assert "visits" in after and after.count("users") == 0
    assert cli("check", app=app).code == 3
    assert cli("upgrade", app=app).code == 0
    assert binds.project.tables() == {"users"} and binds.tables("one") == {"visits"}
    assert cli("check", app=app).code == 0
    assert "Nothing is different" in cli("migrate", app=app).err
    assert cli("downgrade", app=app).code == 0
    assert not binds.project.tables() and not binds.tables("one")


def test_check_tells_which_database_differs(binds: Binds) -> None:
    cli, app = binds.project.cli, with_models(binds)
    cli("init", "--multidb", app=app)
    cli("migrate", "-m", "both", app=app)
    cli("upgrade", app=app)
    binds.send("one", "DROP TABLE visits")
    result = cli("check", "--json", app=app)
    found = {each["database"]: [one["description"] for one in each["differences"]] for each in json.loads(result.out)}
    assert result.code == 4 and not found["default"] and len(found["one"]) == 1
    assert cli("check", "--bind", "default", app=app).code == 0
    assert "one:" in cli("check", app=app).out
    result = cli("migrate", "--dry-run", "--bind", "one", app=app)
    assert result.code == 0 and "visits" in result.out and "users" not in result.out


def test_a_database_that_is_behind_is_named(binds: Binds) -> None:
    cli, app = binds.project.cli, with_models(binds)
    cli("init", "--multidb", app=app)
    cli("migrate", "-m", "both", app=app)
    cli("upgrade", "--bind", "default", app=app)
    result = cli("migrate", app=app)
    assert result.code == 3 and "The database 'one' is not up to date: 1 revision is pending." in result.err


def test_separate_histories_have_a_revision_each(binds: Binds) -> None:
    folders = {"default": "migrations", "one": "migrations_one"}
    cli, app = binds.project.cli, with_models(binds, REVISIONS_DIRECTORY=folders)
    assert cli("init", app=app).code == 0
    result = cli("migrate", "-m", "both", app=app)
    assert result.code == 0, result
    assert "users" in newest(binds.project.versions)
    assert "visits" in newest(binds.project.folder / "migrations_one")
    assert cli("upgrade", app=app).code == 0 and cli("check", app=app).code == 0
    assert binds.tables("one") == {"visits"}


def test_log_and_graph_tell_of_each(binds: Binds) -> None:
    cli, app = binds.project.cli, binds.project.app(binds.config("one", REVISIONS_BINDS=["one"]))
    binds.script("aaaa1111", None, "", "one")
    assert cli("upgrade", app=app).code == 0
    assert {each["bind"] for each in json.loads(cli("log", "--json", app=app).out)} == {None, "one"}
    assert len(json.loads(cli("log", "--json", "--bind", "one", app=app).out)) == 1
    assert "one: " in cli("log", app=app).out
    assert "what 'default' has; --bind NAME" in cli("graph", app=app).err


def test_one_of_them_from_python(binds: Binds) -> None:
    app = binds.project.app(binds.config("one"))
    revisions = app.extensions["revisions"].revisions
    binds.script("aaaa1111", None, "", "one")
    assert len(revisions.upgrade(bind="one")) == 1 and revisions.needs_upgrade()
    assert (binds.tables("one"), binds.project.tables()) == ({"t_aaaa1111"}, set())
    assert revisions.current(bind="one").at_heads and not revisions.current().at_heads
    assert not revisions.needs_upgrade(bind="one") and len(revisions.upgrade()) == 1
    assert len(revisions.downgrade(bind="default")) == 1 and binds.tables("one") == {"t_aaaa1111"}
    assert len(revisions.stamp("base", bind="one")) == 1 and binds.applied("one") == []
