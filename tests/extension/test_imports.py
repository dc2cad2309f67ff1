"""An application that only serves loads nothing of the engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ..projects import ROOT, Project

START = """
import json, sys
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

def make(*extensions):
    app = Flask("made")
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    SQLAlchemy(app)
    for extension in extensions:
        extension.init_app(app)
    app.route("/")(lambda: "served")
    assert app.test_client().get("/").data == b"served"
    return app

make()
before = set(sys.modules)
"""
REPORT = "\nprint(json.dumps(sorted(set(sys.modules) - before)))\n"


def loaded(tmp_path: Path, code: str) -> set[str]:
    """Return the modules that some code loads, beside what Flask and Flask-SQLAlchemy have loaded."""
    done = subprocess.run(
        [sys.executable, "-c", START + code + REPORT],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    return {str(each).removeprefix("flask_revisions.") for each in found}


ROOM = {"development", "development.on_start"}
SMALL = {
    "flask_revisions",
    "version",
    "extension",
    "methods",
    "config",
    "config.values",
    "errors",
    "cli",
    "cli.group",
} | ROOM


def test_importing_the_package_loads_no_other_module(tmp_path: Path) -> None:
    assert loaded(tmp_path, "import flask_revisions") == {"flask_revisions", "version"}


def test_an_application_with_the_extension_loads_nothing_of_the_engine(tmp_path: Path) -> None:
    code = "from flask_revisions import Revisions\nmake(Revisions())"
    assert loaded(tmp_path, code) <= SMALL


ENGINE = {"graph", "operations", "op", "ddl", "catalog", "scripts", "runner", "compat", "commands", "project"}


@pytest.mark.parametrize("arguments", [["--help"], ["routes"], ["db", "--help"], ["db", "upgrade", "--help"]])
def test_other_commands_and_help_load_nothing_of_the_engine(tmp_path: Path, arguments: list[str]) -> None:
    code = (
        "from flask_revisions import Revisions\nfrom flask.cli import FlaskGroup\n"
        "app = make(Revisions())\ngroup = FlaskGroup(create_app=lambda: app)\n"
        f"assert app.test_cli_runner().invoke(group, {arguments!r}).exit_code == 0\n"
    )
    rooms = {each.partition(".")[0] for each in loaded(tmp_path, code)}
    assert "cli" in rooms and not rooms & ENGINE


def test_an_upgrade_that_finds_nothing_to_do_loads_nothing_that_applies_revisions(pair: Project) -> None:
    pair.revisions().upgrade()
    code = (
        "from app import create_app\n"
        f"assert create_app({pair.url!r}).test_cli_runner().invoke(args=['db', 'upgrade']).exit_code == 0\n"
    )
    pair.write_app()
    found = loaded(pair.folder, code)
    assert "runner.runner" in found and found.isdisjoint({"runner.run", "runner.servers.fingerprints"})
    assert not {each for each in found if each.split(".")[0] in ("op", "ddl", "schema", "catalog", "diff", "render")}
    assert {each for each in found if each.startswith("operations")} <= {"operations", "operations.executor"}


def test_only_names_that_are_there_can_be_imported(tmp_path: Path) -> None:
    import flask_revisions

    assert set(dir(flask_revisions)) >= {"Revisions", "RevisionsError", "op", "context", "__version__"}
    assert all(getattr(flask_revisions, name) is not None for name in dir(flask_revisions))
    assert not hasattr(flask_revisions, "nosuch")
