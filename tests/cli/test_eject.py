"""There and back: a history of ours that Flask-Migrate goes on with after `flask db eject`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ..projects import Project, Result

pytest.importorskip("flask_migrate", reason="it is what is gone back to")

THEIRS = """
import os
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
db = SQLAlchemy(app)
Migrate(app, db, command="peer")


class Users(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(20))
"""


def peer(project: Project, *arguments: str) -> Result:
    """Run a command of Flask-Migrate's in the folder."""
    (project.folder / "theirs.py").write_text(THEIRS)
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "theirs", "peer", *arguments],
        cwd=project.folder,
        env=project.environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    return Result(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def ours(project: Project) -> Project:
    """A project of ours, upgraded, whose models are those above."""
    columns = 'sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(20))'
    project.script("a1", None, f'op.create_table("users", {columns})', 'op.drop_table("users")')
    project.script("b2", "a1", "op.execute(\"INSERT INTO users VALUES (1, 'x')\")", 'op.execute("DELETE FROM users")')
    project.cli("upgrade")
    return project


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_on_servers_flask_migrate_finds_nothing_to_do(ours: Project) -> None:
    assert ours.cli("eject").code == 0
    assert peer(ours, "check").code == 0, "our own tables are no difference, and nothing is pending"


def test_flask_migrate_goes_on_where_we_were(ours: Project) -> None:
    done = ours.flask("eject")
    assert done.out.count("Wrote ") == 3 and done.out.count("imports from alembic") == 2
    assert "DROP TABLE IF EXISTS revision_log; DROP TABLE IF EXISTS revision_journal;" in done.err
    assert peer(ours, "upgrade").code == 0
    assert peer(ours, "check").code == 0, "our own tables are no difference"
    assert peer(ours, "downgrade", "base").code == 0 and "users" not in ours.tables()
    assert peer(ours, "upgrade").code == 0 and ours.query("SELECT name FROM users") == [("x",)]
    assert peer(ours, "revision", "-m", "theirs").code == 0
    assert ours.flask("upgrade").out.startswith("  1/1 + "), "and here again"


def test_what_it_has_written_is_not_called_edited(ours: Project) -> None:
    assert ours.cli("eject").code == 0
    said = ours.cli("upgrade").err + ours.cli("revision", "-m", "x").err
    assert "env.py" not in said and "script.py.mako" not in said
    environment = ours.folder / "migrations" / "env.py"
    environment.write_text(environment.read_text("utf-8").replace("def run(", "import mine\n\n\ndef run("), "utf-8")
    assert "env.py was edited" in ours.cli("upgrade").err


def test_settings_are_in_the_environment(ours: Project) -> None:
    ours.cli("eject", config={"REVISIONS_VERSION_TABLE": "versions_of_mine", "REVISIONS_RUN_KWARGS": {"n": [1]}})
    environment = (ours.folder / "migrations" / "env.py").read_text("utf-8")
    assert "'version_table': 'versions_of_mine'" in environment and "RUN_KWARGS = {'n': [1]}" in environment


def test_what_is_there_stays_and_a_dry_run_changes_nothing(ours: Project) -> None:
    folder = ours.folder / "migrations"
    (folder / "env.py").write_text("mine\n")
    before = contents(folder)
    done = ours.cli("eject", "--dry-run")
    assert done.err.startswith("Nothing was changed.") and contents(folder) == before
    ours.cli("eject")
    assert (folder / "env.py").read_text() == "mine\n" and (folder / "alembic.ini").exists()


def test_scripts_that_use_more_are_named_and_left_alone(ours: Project) -> None:
    path = ours.script("c3", "b2", 'op.drop_column("users", "name")', None)
    done = ours.cli("eject")
    assert "Warning:" in done.err and "c3.py uses what Alembic does not have: a downgrade()" in done.err
    assert "from flask_revisions import op" in path.read_text()


def test_a_flat_folder_is_refused(ours: Project) -> None:
    for each in ours.versions.glob("*.py"):
        each.rename(ours.folder / "migrations" / each.name)
    shutil.rmtree(ours.versions)
    done = ours.cli("eject")
    assert done.code == 1 and "Alembic would take its env.py for one" in done.err


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("alembic.ini", "[alembic]\nscript_location = migrations\n"),
        ("pyproject.toml", '[tool.alembic]\nscript_location = "migrations"\n'),
    ],
)
def test_in_a_project_of_alembics_command_its_files_stay(ours: Project, file: str, content: str) -> None:
    (ours.folder / file).write_text(content)
    for name in ("env.py", "script.py.mako"):
        (ours.folder / "migrations" / name).write_text("mine\n")
    done = ours.flask("eject")
    assert done.code == 0 and "Wrote" not in done.out and f"{file} stays as it is." in done.out
    assert not (ours.folder / "migrations" / "alembic.ini").exists()
    assert "go on with the command alembic." in done.err and "install flask-migrate" not in done.err


def test_an_env_py_of_ours_gets_the_file_that_flask_migrate_looks_for(ours: Project) -> None:
    (ours.folder / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    assert ours.flask("eject").out.count("Wrote ") == 3 and peer(ours, "check").code == 0


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"}
