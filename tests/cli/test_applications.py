"""`flask db` and the application: how it is found, what is wrong with it, and whose group `db` is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ..projects import Project, Result, python_path
from .errors import two_lines

APP = """
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_revisions import Revisions

app = Flask(__name__)
db = SQLAlchemy()
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///x.db"
{setup}
db.init_app(app)
revisions = Revisions(app, db)
"""


def flask(folder: Path, *arguments: str, program: tuple[str, ...] = ("-m", "flask"), **environment: str) -> Result:
    """Run the real `flask` in a folder."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("FLASK_")}
    done = subprocess.run(
        [sys.executable, *program, *arguments],
        cwd=folder,
        env={**kept, "PYTHONPATH": python_path(), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return Result(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def folder(pair: Project) -> Path:
    """A folder with two revisions and no application yet."""
    return pair.folder


def write(folder: Path, source: str, name: str = "app.py") -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(source)


# -- what is wrong with it --------------------------------------------------------------------------------

URI = 'app.config["SQLALCHEMY_DATABASE_URI"] = {!r}'

WRONG = {
    "postgres": (URI.format("postgres://u:p@h/x"), 1, "'postgres://'", "postgresql://"),
    "no driver": (URI.format("postgresql+pg8000://u:p@h/x"), 8, "'pg8000'", "pip install 'pg8000'"),
    "no such driver": (URI.format("postgresql+notthere://h/x"), 1, "'postgresql.notthere'", "spelt right"),
    "no dialect": (URI.format("nosuch://h/x"), 1, "'nosuch'", "spelt right"),
    "no URL": (URI.format("words only"), 1, "cannot be read", "dialect+driver://"),
    "no port": (URI.format("postgresql://u:p@h:word/x"), 1, "cannot be read", "dialect+driver://"),
    "empty URL": (URI.format(""), 1, "cannot be read", "dialect+driver://"),
    "no URI": (
        "del app.config['SQLALCHEMY_DATABASE_URI']",
        1,
        "SQLALCHEMY_DATABASE_URI is not set",
        "set it",
    ),
    "binds only": (
        "del app.config['SQLALCHEMY_DATABASE_URI']; app.config['SQLALCHEMY_BINDS'] = {'b': 'sqlite://'}",
        1,
        "no default database",
        "SQLALCHEMY_DATABASE_URI",
    ),
    "unknown setting": (
        "app.config['REVISIONS_DIRECTRY'] = 'x'",
        1,
        "REVISIONS_DIRECTRY",
        "REVISIONS_DIRECTORY",
    ),
    "wrong setting": (
        "app.config['REVISIONS_LOCK_TIMEOUT'] = 'x'",
        1,
        "REVISIONS_LOCK_TIMEOUT cannot be 'x'",
        "a number of seconds",
    ),
    "unknown keyword": ("Revisions(directry='x')", 1, "Revisions(directry=...)", "Revisions(directory=...)"),
    "error": ("app.config['x'] = {}['missing key']", 1, "KeyError: 'missing key' (", "--traceback"),
    "name": ("nosuchname", 1, "nosuchname", "--traceback"),
    "import": ("import nosuchmodule", 1, "No module named 'nosuchmodule'", "--traceback"),
    "syntax": ("def (", 1, "SyntaxError", "--traceback"),
    "interrupted": ("raise KeyboardInterrupt", 130, "Interrupted", "again"),
}


@pytest.mark.parametrize("case", WRONG)
def test_an_application_that_cannot_be_made(folder: Path, case: str) -> None:
    setup, code, says, helps = WRONG[case]
    write(folder, APP.format(setup=setup))
    message, hint = two_lines(flask(folder, "db", "upgrade"), code)
    assert says in message and helps in hint


def test_the_line_of_the_application_that_failed_is_named_and_the_rest_on_demand(folder: Path) -> None:
    write(folder, APP.format(setup="app.config['x'] = {}['missing key']"))
    message, _ = two_lines(flask(folder, "db", "current"), 1)
    assert f"{folder / 'app.py'}, line 9: app.config['x'] = {{}}['missing key']" in message
    shown = flask(folder, "db", "current", "--traceback")
    assert shown.code == 1 and "Traceback" in shown.err and "KeyError: 'missing key'" in shown.err


def test_a_database_that_is_down_while_the_application_is_made(folder: Path) -> None:
    asks = "\nwith app.app_context():\n    db.create_all()\n"
    write(folder, APP.format(setup="app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite:////nosuch/x.db'") + asks)
    message, _ = two_lines(flask(folder, "db", "current"), 1)
    assert "unable to open database file" in message and "db.create_all()" in message


def test_no_application(tmp_path: Path) -> None:
    for arguments in (
        ("db", "upgrade"),
        ("--app", "nosuch", "db", "upgrade"),
        ("--app", "sys:x", "db", "upgrade"),
    ):
        message, hint = two_lines(flask(tmp_path, *arguments), 2)
        assert "application" in message or "nosuch" in message or "'x'" in message
        assert "--app" in hint


@pytest.mark.parametrize("source", ["app = 1", "from flask import Flask\na = Flask('a')\nb = Flask('b')"])
def test_no_application_in_the_module(tmp_path: Path, source: str) -> None:
    write(tmp_path, source)
    message, hint = two_lines(flask(tmp_path, "db", "upgrade"), 2)
    assert "'app'" in message and "'app:name'" in hint


def test_an_application_without_revisions(folder: Path) -> None:
    write(folder, "from flask import Flask\napp = Flask('my_app')")
    message, hint = two_lines(flask(folder, "db", "upgrade"), 1)
    assert "'my_app'" in message and "Revisions(app, db)" in hint


def test_an_application_without_flask_sqlalchemy(folder: Path) -> None:
    write(
        folder,
        "from flask import Flask\nfrom flask_revisions import Revisions\napp = Flask('a')\nRevisions(app)",
    )
    message, hint = two_lines(flask(folder, "db", "upgrade"), 1)
    assert "Flask-SQLAlchemy" in message and "db.init_app(app)" in hint
    assert flask(folder, "db", "heads").out == "bbbb2222 (head)\n", "what needs no database works without one"


def test_a_db_that_was_not_set_up_and_one_that_is_none(folder: Path) -> None:
    write(folder, APP.format(setup="").replace("db.init_app(app)", ""))
    message, hint = two_lines(flask(folder, "db", "upgrade"), 1)
    assert "not set up" in message and "db.init_app(app)" in hint
    write(folder, APP.format(setup="").replace("Revisions(app, db)", "Revisions(app, object())"))
    message, hint = two_lines(flask(folder, "db", "upgrade"), 1)
    assert "is a object" in message and "Revisions(app, db)" in hint


# -- how it is found --------------------------------------------------------------------------------------

FACTORY = """
import flask_sqlalchemy
from flask import Flask
from flask_revisions import Revisions

db = flask_sqlalchemy.SQLAlchemy()
revisions = Revisions(db=db)


def create_app(name="x", *, folder=None):
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{name}.db"
    db.init_app(app)
    revisions.init_app(app, directory=folder)
    return app
"""
HEAD = "bbbb2222 (head)\n"


def test_factories_modules_and_programs(folder: Path) -> None:
    write(folder, FACTORY)
    assert flask(folder, "db", "heads").out == HEAD
    assert flask(folder, "--app", "app", "db", "heads").out == HEAD
    assert flask(folder, "--app", "app:create_app('given')", "db", "current", "-v").out.startswith("Database: sqlite ")
    assert "given.db" in flask(folder, "--app", "app:create_app('given')", "db", "current", "-v").out
    assert flask(folder, "db", "heads", FLASK_APP="app:create_app").out == HEAD
    script = Path(sys.executable).parent / "flask"
    assert flask(folder, "db", "heads", program=(str(script),)).out == HEAD
    message, hint = two_lines(flask(folder, "--app", "app:create_app(1, 2, 3)", "db", "heads"), 2)
    assert "create_app" in message and hint


def test_an_application_in_a_package_is_found_from_another_folder(pair: Project, tmp_path: Path) -> None:
    package = tmp_path / "src" / "my_package"
    write(package, FACTORY, "__init__.py")
    (tmp_path / "src" / "pyproject.toml").write_text("")
    pair.versions.parent.rename(package / "migrations")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for command in ("heads", "show", "upgrade", "current", "revision"):
        result = flask(
            elsewhere,
            "--app",
            "my_package",
            "db",
            command,
            PYTHONPATH=f"{python_path()}{os.pathsep}{tmp_path}/src",
        )
        assert (result.code, result.err) == (0, ""), command
    assert len(list((package / "migrations" / "versions").glob("*.py"))) == 3
    assert not list(elsewhere.iterdir())


def test_two_folders_with_revisions_are_one_line_of_warning(pair: Project, tmp_path: Path) -> None:
    package = pair.folder / "my_package"
    write(package, FACTORY, "__init__.py")
    other = package / "migrations" / "versions"
    other.mkdir(parents=True)
    (other / "cccc3333.py").write_text((pair.versions / "aaaa1111.py").read_text().replace("aaaa1111", "cccc3333"))
    result = flask(pair.folder, "--app", "my_package", "db", "heads")
    assert result.out == HEAD and len(result.err.splitlines()) == 1
    assert result.err.startswith("Warning: ") and str(other.parent) in result.err and str(pair.folder) in result.err


def test_a_group_of_another_name_speaks_of_itself(folder: Path) -> None:
    write(folder, APP.format(setup="").replace("(app, db)", "(app, db, command='schema')"))
    assert flask(folder, "schema", "heads").out == HEAD
    _, hint = two_lines(flask(folder, "schema", "upgrade", "nosuch"), 1)
    assert "'flask schema history'" in hint
    assert "flask schema upgrade" in flask(folder, "schema", "--help").out
    assert "flask schema upgrade +1" in flask(folder, "schema", "upgrade", "--help").out
    message, hint = two_lines(flask(folder, "db", "upgrade"), 1)
    assert "'db'" in message and "'flask schema'" in hint


# -- whose group it is --------------------------------------------------------------------------------------


def test_a_group_db_of_another_extension_stays_that_one(folder: Path) -> None:
    pytest.importorskip("flask_migrate")
    write(
        folder,
        APP.format(setup="").replace(
            "from flask_revisions import Revisions", "from flask_migrate import Migrate as Revisions"
        ),
    )
    assert "list-templates" in flask(folder, "db", "--help").out
    assert flask(folder, "db", "list-templates").out.startswith("Available templates:")


def test_a_group_that_took_the_place_of_ours_is_named(folder: Path) -> None:
    write(folder, APP.format(setup="") + "import click\napp.cli.add_command(click.Group('db', help='Seeds.'))\n")
    result = flask(folder, "db", "--help")
    assert "Seeds." in result.out and "Revisions(command='revisions')" in result.err


def test_a_command_db_of_the_application_stays_that_one(folder: Path) -> None:
    own = "@app.cli.command('db')\ndef own():\n    print('my own', app.name)\n"
    write(folder, "from flask import Flask\napp = Flask('a')\n" + own)
    assert flask(folder, "db").out == "my own a\n"


def test_other_commands_are_as_ever(folder: Path) -> None:
    write(folder, APP.format(setup=""))
    assert "static" in flask(folder, "routes").out
    assert "db " in flask(folder, "--help").out


# -- without an application ------------------------------------------------------------------------------


def test_help_needs_no_application(tmp_path: Path) -> None:
    assert "Database revisions." in flask(tmp_path, "--help").out
    assert "flask db upgrade" in flask(tmp_path, "db", "--help").out
    shown = flask(tmp_path, "db", "upgrade", "--help")
    assert shown.code == 0 and "flask db upgrade +1" in shown.out
    assert flask(tmp_path, "db", "--version").out.startswith("flask-revisions ")
    alone = flask(tmp_path, "db")
    assert "upgrade" in alone.out + alone.err and "Traceback" not in alone.err


COMPLETIONS = [
    ("good", "flask db up", "upgrade"),
    ("good", "flask db --dir", "--directory"),
    ("good", "flask db downgrade -2 --ta", "--tag"),
    ("broken", "flask db up", "upgrade"),
    ("broken", "flask db upgrade --s", "--sql"),
    ("no", "flask db revision --", "--branch-label"),
]


@pytest.mark.parametrize(("app", "line", "expected"), COMPLETIONS)
def test_completion(folder: Path, app: str, line: str, expected: str) -> None:
    if app != "no":
        write(folder, APP.format(setup="" if app == "good" else "nosuchname"))
    environment = {
        "_FLASK_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split()) - 1),
    }
    script = Path(sys.executable).parent / "flask"
    result = flask(folder, program=(str(script),), **environment)
    assert (result.code, result.err) == (0, "")
    assert f"plain,{expected}" in result.out.splitlines()
