"""Tests with a database each: a copy of an upgraded one, beside `create_all()` and `drop_all()` for each test.

    python -m tests.benchmarks.fixtures [-n ROUNDS] [sqlite] [postgresql] [mariadb]

Fifty tests insert a row and read it, in a project with twenty tables and a revision for each. Printed are the medians
of the seconds that the tests took, without the start of pytest: with a copy for each test; with one copy, where
everything is rolled back; with `create_all()` before and `drop_all()` after each test, in one database; and with no
database at all, which is the floor. The upgrade that is copied is in the first two. The sides are run in turn.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from ..projects import python_path
from ..servers import KINDS, fresh_database, server_url

TABLES, TESTS = 20, 50

APP = """
from flask import Flask
from flask_revisions import Revisions
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()
for number in range({tables}):
    type(f"T{{number}}", (db.Model,), {{
        "__tablename__": f"t{{number}}",
        "id": db.Column(db.Integer, primary_key=True),
        "name": db.Column(db.String(40), nullable=False, unique=True),
        "n": db.Column(db.Integer, index=True),
    }})


def create_app(url):
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db.init_app(app)
    Revisions(app, db)
    return app
"""
REVISION = """
import sqlalchemy as sa
from flask_revisions import op
revision = "{id}"
down_revision = {down!r}


def upgrade():
    op.create_table(
        "t{number}",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(40), nullable=False, unique=True),
        sa.Column("n", sa.Integer, index=True),
    )


def downgrade():
    op.drop_table("t{number}")
"""
PLUGIN = """
import pytest
from app import create_app


@pytest.fixture(scope="session")
def revisions_app_factory():
    return create_app


@pytest.fixture
def app(revisions_app):
    return revisions_app
"""
ROLLBACK = PLUGIN.replace("revisions_app)", "revisions_rollback_app)").replace(
    "return revisions_app", "return revisions_rollback_app"
)
CREATE_ALL = """
import os
import pytest
from app import create_app, db


@pytest.fixture(scope="session")
def the_app():
    return create_app(os.environ["ONE_DATABASE"])


@pytest.fixture
def app(the_app):
    with the_app.app_context():
        db.create_all()
    yield the_app
    with the_app.app_context():
        db.session.remove()
        db.drop_all()
"""
FLOOR = """
import pytest


@pytest.fixture
def app():
    return None
"""
TEST = """
import pytest
from app import db


@pytest.mark.parametrize("number", range({tests}))
def test_row(app, number):
    if app is None:
        return
    with app.app_context():
        table = db.metadata.tables["t0"]
        db.session.execute(table.insert().values(name=f"row {{number}}"))
        db.session.commit()
        assert db.session.execute(db.select(table.c.name)).all() == [(f"row {{number}}",)]
"""
SIDES = {"copy": PLUGIN, "rollback": ROLLBACK, "create_all": CREATE_ALL, "floor": FLOOR}


def write_project(folder: Path) -> None:
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (folder / "app.py").write_text(APP.format(tables=TABLES))
    (folder / "test_rows.py").write_text(TEST.format(tests=TESTS))
    for number in range(TABLES):
        down = f"r{number - 1:011}" if number else None
        (versions / f"{number:03}.py").write_text(REVISION.format(id=f"r{number:011}", down=down, number=number))


def seconds(folder: Path, side: str, kind: str, one: str) -> float:
    """Run the tests in a process of their own, and return the seconds that pytest reports."""
    (folder / "conftest.py").write_text(SIDES[side])
    server = "sqlite://" if kind == "sqlite" else server_url(kind).render_as_string(hide_password=False)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "flask_revisions.pytest_plugin"],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join((str(folder), python_path())),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "FLASK_REVISIONS_TEST_URL": server,
            "ONE_DATABASE": one,
        },
        capture_output=True,
        text=True,
    )
    found = re.search(rf"{TESTS} passed in ([\d.]+)s", done.stdout)
    if found is None:
        raise SystemExit(done.stdout + done.stderr)
    return float(found[1])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.fixtures")
    parser.add_argument("kinds", nargs="*", metavar="DATABASE", help="which kinds of database; all without one")
    parser.add_argument("-n", "--rounds", type=int, default=5, help="how often each side runs (5)")
    given = parser.parse_args()
    heading = " | ".join(f"{side}, s" for side in SIDES)
    print(f"| database | {heading} | copy / create_all | rollback / create_all |\n|{'---|' * 7}", flush=True)
    for kind in given.kinds or KINDS:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            write_project(folder)
            with fresh_database(kind, folder) as one:
                taken: dict[str, list[float]] = {side: [] for side in SIDES}
                for turn in range(given.rounds):
                    order = [*SIDES][turn % len(SIDES) :] + [*SIDES][: turn % len(SIDES)]
                    for side in order:
                        taken[side].append(seconds(folder, side, kind, one))
        medians = {side: statistics.median(taken[side]) for side in SIDES}
        ratios = (medians[side] / medians["create_all"] for side in ("copy", "rollback"))
        print(f"| {kind} | " + " | ".join(f"{each:.2f}" for each in (*medians.values(), *ratios)) + " |", flush=True)


if __name__ == "__main__":
    main()
