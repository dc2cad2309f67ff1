"""`flask db doctor`: each of the classic errors is found and named, with what to do."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_revisions import Revisions
from flask_sqlalchemy import SQLAlchemy

from ..projects import HALF_WAY, Project, Result


def with_models(project: Project, **config: Any) -> Flask:
    """An application whose models are what the revisions of `pair` make."""
    app = project.app(config)
    db = app.extensions["sqlalchemy"]
    for name in ("t_aaaa1111", "t_bbbb2222"):
        db.Table(name, db.metadata, db.Column("id", db.Integer, primary_key=True), db.Column("n", db.Integer))
    return app


def findings(done: Result) -> list[str]:
    return [line for line in done.out.splitlines() if line.startswith("wrong: ")]


def test_nothing_wrong(pair: Project) -> None:
    app = with_models(pair)
    pair.cli("upgrade", app=app)
    done = pair.cli("doctor", app=app)
    assert done.code == 0 and findings(done) == []


def test_models_that_are_not_imported(pair: Project) -> None:
    done = pair.cli("doctor")
    assert done.code == 1 and "wrong: The models have no tables" in done.out and "import them" in done.out


def test_models_of_a_bind_that_is_not_there(pair: Project) -> None:
    app = with_models(pair)
    db = app.extensions["sqlalchemy"]
    type("Stray", (db.Model,), {"__bind_key__": "nosuch", "id": db.Column(db.Integer, primary_key=True)})
    pair.cli("upgrade", app=app)
    assert "wrong: Models have __bind_key__ = 'nosuch', and there is no such bind." in pair.cli("doctor", app=app).out
    checked = pair.cli("check", app=app)
    assert checked.code == 0 and "Warning: Models have __bind_key__ = 'nosuch'" in checked.err


def test_tables_that_create_all_made(pair: Project) -> None:
    app = with_models(pair)
    with app.app_context():
        app.extensions["sqlalchemy"].create_all()
    done = pair.cli("doctor", app=app)
    assert done.code == 1 and "made by create_all()?" in done.out and "flask db stamp head" in done.out


def test_no_folder(project: Project) -> None:
    done = project.cli("doctor")
    assert done.code == 1 and "There is no revisions folder" in done.out and "flask db init" in done.out


def test_two_folders(pair: Project, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    other = Project(elsewhere, pair.url)
    other.table("cccc3333")
    monkeypatch.chdir(elsewhere)
    done = pair.cli("doctor", app=with_models(pair))
    assert done.code == 1 and "hold revisions: the first is used" in done.out


def test_the_status_of_rows_that_overlap(pair: Project) -> None:
    pair.cli("upgrade")
    pair.send("INSERT INTO alembic_version VALUES ('aaaa1111')")
    status = pair.cli("status")
    assert status.code == 3
    said = "Overlap:    aaaa1111: part of the others; 'flask db stamp bbbb2222' leaves one row for each branch"
    assert said in status.out.splitlines()


def test_two_heads(pair: Project) -> None:
    pair.table("cccc3333", "aaaa1111")
    done = pair.cli("doctor", app=with_models(pair))
    assert done.code == 1 and "wrong: There are 2 heads" in done.out and "flask db merge heads" in done.out
    for command in ("doctor", "check", "migrate"):
        said = pair.cli(command)
        assert "'flask db upgrade heads'" in said.out + said.err


def test_a_database_ahead_of_the_code_is_a_note(pair: Project) -> None:
    app = with_models(pair)
    pair.cli("upgrade", app=app)
    next(pair.versions.glob("bbbb2222*")).unlink()
    done = pair.cli("doctor", app=with_models(pair))
    assert done.code == 0 and "note: The database is ahead of this code, at bbbb2222." in done.out


def test_a_row_that_nobody_knows(pair: Project) -> None:
    app = with_models(pair)
    pair.cli("upgrade", app=app)
    pair.send("UPDATE alembic_version SET version_num = 'nosuch'")
    done = pair.cli("doctor", app=app)
    assert done.code == 1 and "wrong: The database is at 'nosuch'" in done.out and "stamp --purge" in done.out


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgres://localhost/x", "begins with 'postgres://'"),
        ("postgresql+pg8000://localhost/x", "driver 'pg8000' is not installed"),
        ("postgresql+psycopg://nobody:secret@127.0.0.1:1/none", "127.0.0.1"),
    ],
)
def test_urls(project: Project, address: str, said: str) -> None:
    project.table("aaaa1111")
    project.url = address
    done = project.flask("doctor", check=False)
    assert done.code in (1, 8) and said in done.out + done.err and "secret" not in done.out + done.err


def test_a_broken_file_is_the_only_finding_about_files(pair: Project) -> None:
    (pair.versions / "broken.py").write_text("revision = \n")
    done = pair.cli("doctor", app=with_models(pair))
    assert done.code == 1 and len(findings(done)) == 1 and "broken.py" in done.out


@pytest.mark.parametrize("kind", ["postgresql"])
def test_a_version_table_that_alembic_made_too_narrow(project: Project) -> None:
    project.send("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    project.script("a" * 40)
    done = project.cli("doctor", app=with_models(project))
    assert "note: The version table takes ids of 32 characters" in done.out


def test_flask_migrate_beside_us(pair: Project) -> None:
    peer = pytest.importorskip("flask_migrate", reason="it is what stands beside us")
    app = Flask("project", root_path=str(pair.folder))
    app.config["SQLALCHEMY_DATABASE_URI"] = pair.url
    db = SQLAlchemy(app)
    peer.Migrate(app, db, command="peer")
    Revisions(app, db)
    done = pair.cli("doctor", app=app)
    assert done.code == 1 and "Flask-Migrate is set up for this application, too" in done.out


def test_an_env_py_that_was_edited(pair: Project) -> None:
    for source in ("context.configure(compare_type=False)\n", "run()\n"):
        (pair.folder / "migrations" / "env.py").write_text(source)
        said = pair.cli("doctor", app=with_models(pair)).out
        assert "note: migrations/env.py was edited, and is not run" in said
        assert said.count("REVISIONS_ENV_PY_READ") == 1


def test_options_of_an_env_py_are_named_with_the_settings_they_move_to(pair: Project) -> None:
    edited = "context.configure(compare_type=False, version_table_schema=schema)\n"
    (pair.folder / "migrations" / "env.py").write_text(edited)
    said = pair.cli("doctor", app=with_models(pair)).out
    assert "compare_type (Revisions(compare_type=...))" in said
    assert "version_table_schema (REVISIONS_VERSION_TABLE_SCHEMA)" in said


@pytest.mark.parametrize("direction", ["upgrade", "downgrade"])
def test_a_revision_that_was_interrupted(pair: Project, direction: str) -> None:
    up, back = (HALF_WAY, "pass") if direction == "upgrade" else ("pass", HALF_WAY)
    pair.script("cccc3333", "bbbb2222", up, back)
    app = with_models(pair)
    pair.cli("upgrade", app=app)
    if direction == "downgrade":
        pair.cli("downgrade", app=app)
    done = pair.cli("doctor", app=app)
    assert done.code == 1 and "wrong: Revision cccc3333 was interrupted half way." in done.out
    assert f"flask db {direction}' goes on where that was" in done.out


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mariadb"])
def test_who_holds_the_lock(project: Project) -> None:
    project.script(
        "aaaa1111", None, "import os, time\nopen('began', 'w')\nwhile not os.path.exists('go'):\n    time.sleep(0.02)"
    )
    run = project.start("upgrade")
    while not (project.folder / "began").exists():
        assert run.poll() is None, run.communicate()
        time.sleep(0.02)
    said = project.cli("doctor", app=with_models(project)).out
    (project.folder / "go").touch()
    run.communicate(timeout=60)
    assert "note: A run is going on, or hangs: the lock is held by " in said


def test_a_wrong_working_directory(pair: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = Flask("project", root_path=str(tmp_path))
    app.config["SQLALCHEMY_DATABASE_URI"] = pair.url
    Revisions(app, SQLAlchemy(app))
    monkeypatch.chdir(tmp_path)
    done = pair.cli("doctor", app=app)
    assert done.code == 1 and "There is no revisions folder" in done.out and "REVISIONS_DIRECTORY" in done.out


def test_flask_migrate_that_is_only_installed_is_a_note(pair: Project) -> None:
    pytest.importorskip("flask_migrate", reason="it is what is still installed")
    app = with_models(pair)
    pair.cli("upgrade", app=app)
    done = pair.cli("doctor", app=app)
    assert done.code == 0 and "note: Flask-Migrate is still installed" in done.out and "uninstall" in done.out


def test_json(pair: Project) -> None:
    facts = json.loads(pair.cli("doctor", "--json").out)
    assert any(each["serious"] and "models" in each["problem"] for each in facts)
