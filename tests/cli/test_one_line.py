"""A project of Flask-Migrate's or Flask-Alembic's with a database half way: one line is changed, and no file else."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool

from ..projects import OWN_TABLES, Project

THEIRS = "from flask_migrate import Migrate as Extension"
OURS = "from flask_revisions import Revisions as Extension"

APP = f"""
import os
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
{THEIRS}

app = Flask(__name__, instance_path=os.getcwd())
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///app.db"
{{binds}}
db = SQLAlchemy(app)
Extension(app, db)


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(50))
    {{column}}
{{others}}
"""

ANOTHER = """

class Visit(db.Model):
    __bind_key__ = "visits"
    id = db.Column(db.Integer, primary_key=True)
    {column}
"""

WRITE = """
import sys
from app import app
from flask_migrate import init, migrate, upgrade

with app.app_context():
    if sys.argv[1] == "first":
        init(multidb=sys.argv[2] == "multidb")
        migrate(message="first", rev_id="aaaa1111")
        upgrade()
    else:
        migrate(message="second", rev_id="bbbb2222")
"""

COLUMN = "mail = db.Column(db.String(80), index=True)"


def app_file(*, several: bool, later: bool) -> str:
    column = COLUMN if later else "pass"
    binds = 'app.config["SQLALCHEMY_BINDS"] = {"visits": "sqlite:///visits.db"}' if several else ""
    return APP.format(binds=binds, column=column, others=ANOTHER.format(column=column) if several else "")


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Project:
    """A project that Flask-Migrate has written: of two revisions the first is applied."""
    pytest.importorskip("flask_migrate")
    monkeypatch.chdir(tmp_path)
    several = request.param == "multidb"
    for later, word in ((False, "first"), (True, "second")):
        (tmp_path / "app.py").write_text(app_file(several=several, later=later))
        done = subprocess.run(
            [sys.executable, "-c", WRITE, word, request.param], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
    return Project(tmp_path, f"sqlite:///{tmp_path}/app.db")


def columns(file: Path) -> list[str]:
    engine = create_engine(f"sqlite:///{file}", poolclass=NullPool)
    (table,) = set(inspect(engine).get_table_names()) - OWN_TABLES
    return [each["name"] for each in inspect(engine).get_columns(table)]


def applied(file: Path) -> list[str]:
    with create_engine(f"sqlite:///{file}", poolclass=NullPool).connect() as connection:
        return list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())


@pytest.mark.parametrize("written", ["stock", "multidb"], indirect=True)
def test_a_project_of_flask_migrate(written: Project, request: pytest.FixtureRequest) -> None:
    folder = written.folder
    files = [path for path in (folder / name for name in ("app.db", "visits.db")) if path.exists()]
    assert len(files) == (2 if "multidb" in request.node.name else 1)
    before = {path: path.read_bytes() for path in (folder / "migrations").rglob("*") if path.is_file()}
    app = (folder / "app.py").read_text()
    assert app.count(THEIRS) == 1
    (folder / "app.py").write_text(app.replace(THEIRS, OURS))

    switched = runpy.run_path("app.py")["app"]
    history = written.cli("history", "-i", app=switched)
    assert "aaaa1111 -> bbbb2222" in history.out.splitlines()[0] and "current" in history.out.splitlines()[1]
    assert written.cli("check", app=switched).code == 3
    assert "env.py" not in written.flask("upgrade").err
    for file in files:
        assert applied(file) == ["bbbb2222"] and "mail" in columns(file)
    assert written.cli("check", app=switched).code == 0
    written.cli("downgrade", app=switched)
    for file in files:
        assert applied(file) == ["aaaa1111"] and "mail" not in columns(file)
    written.cli("upgrade", app=switched)
    written.cli("stamp", "aaaa1111", app=switched)
    assert all(applied(file) == ["aaaa1111"] for file in files)
    written.cli("stamp", "head", app=switched)

    (folder / "app.py").write_text(app)  # and back
    theirs = written.flask("current")
    assert theirs.out.count("bbbb2222 (head)") == len(files)
    now = {path: path.read_bytes() for path in before}
    assert now == before


FLAT = '''"""{id}"""
from alembic import op
import sqlalchemy as sa

revision = {id!r}
down_revision = {down!r}
branch_labels = ()
depends_on = None


def upgrade():
    op.create_table("t_{id}", sa.Column("id", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("id"))


def downgrade():
    op.drop_table("t_{id}")
'''


def test_a_project_of_flask_alembic(project: Project) -> None:
    folder = project.folder / "migrations"
    folder.mkdir()
    for id, down in (("aaaa1111", None), ("bbbb2222", "aaaa1111")):
        (folder / f"{id}_.py").write_text(FLAT.format(id=id, down=down))
    project.send(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY "
        "(version_num))",
        "INSERT INTO alembic_version VALUES ('aaaa1111')",
        "CREATE TABLE t_aaaa1111 (id INTEGER NOT NULL PRIMARY KEY)",
    )
    config = {"ALEMBIC": {"script_location": "migrations"}, "ALEMBIC_CONTEXT": {"compare_type": True}}
    history = project.cli("history", "-i", config=config).out
    assert "aaaa1111 -> bbbb2222" in history.splitlines()[0] and "current" in history.splitlines()[1]
    assert project.cli("upgrade", config=config).code == 0
    assert project.tables() == {"t_aaaa1111", "t_bbbb2222"} and project.applied() == {"bbbb2222"}
    assert project.cli("downgrade", config=config).code == 0 and project.tables() == {"t_aaaa1111"}
    assert project.cli("stamp", "head", config=config).code == 0 and project.applied() == {"bbbb2222"}
