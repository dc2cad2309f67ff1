"""There and back: an application that uses Flask-Migrate is switched as the guide says, and switched back."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, make_url, text

from ..servers import fresh_database, require
from .environments import install_checkout, packages_beside, python_of, run
from .runs import DRIVERS

THEIRS = ("from flask_migrate import Migrate, stamp, upgrade", "    Migrate(app, db)")
OURS = ("from flask_revisions import Revisions, stamp, upgrade", "    Revisions(app, db)")
SETTINGS = "SECRET_KEY = 'long enough'\nADMIN_PASSWORD = ''\nSQLALCHEMY_DATABASE_URI = {url!r}\n"
ROW = "INSERT INTO project (id, name, password, contact_email) VALUES ('p', 'holidays', 'x', 'someone@mail.example')"
FOLDER = ("-d", "ihatemoney/migrations")
"""Flask-Migrate looks in the working directory alone."""


SMALL = """
from flask import Flask
from flask_alembic import Alembic
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()
alembic = Alembic()


class Note(db.Model):
    id = db.Column(db.Integer, primary_key=True)


def create_app():
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///notes.db"
    db.init_app(app)
    alembic.init_app(app)
    return app
"""
PLAIN = """
from flask import Flask
from flask_revisions import Revisions
from models import Base
from sqlalchemy import create_engine

engine = create_engine("sqlite:///notes.db")


def create_app():
    app = Flask(__name__)
    Revisions(app, metadata=Base.metadata, engine=engine)
    return app
"""
MODELS = """
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
"""


@dataclass(frozen=True)
class Application:
    """An application in a folder.

    :param site: where this package is installed.
    """

    folder: Path
    python: Path
    site: Path
    name: str = "app"

    def switch(self, old: tuple[str, ...], new: tuple[str, ...], *, file: str = "app.py") -> None:
        """Change the lines that a guide names."""
        path = self.folder / file
        source = path.read_text("utf-8")
        for before, after in zip(old, new, strict=True):
            assert source.count(before) == 1, before
            source = source.replace(before, after)
        path.write_text(source, "utf-8")

    def db(self, *arguments: str, theirs: bool = False) -> str:
        """Run `flask db ...`, and return all that it said."""
        return self.run("flask", "--app", self.name, "db", *arguments, theirs=theirs)

    def run(self, *arguments: str, theirs: bool = False) -> str:
        """Run a module of Python's; only what is used is installed."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "FLASK_"))}
        done = subprocess.run(
            [str(self.python), "-W", "ignore", "-m", *arguments],
            cwd=self.folder,
            env={
                **kept,
                "IHATEMONEY_SETTINGS_FILE_PATH": str(self.folder / "settings.cfg"),
                "PYTHONPATH": str(packages_beside() if theirs else self.site),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            capture_output=True,
            text=True,
            timeout=300,
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, said
        return said


@pytest.fixture
def application(checkout: Path, tmp_path: Path) -> Application:
    """The application as it was published: it brings its database up to date when it starts."""
    python = python_of("ihatemoney")
    installed = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    shutil.copytree(installed / "ihatemoney", tmp_path / "ihatemoney", ignore=shutil.ignore_patterns("__pycache__"))
    return Application(tmp_path, python, install_checkout(python, checkout), "ihatemoney.wsgi")


@pytest.fixture
def small(checkout: Path, tmp_path: Path) -> Application:
    """A folder for an application of our own."""
    python = python_of("light")
    return Application(tmp_path, python, install_checkout(python, checkout))


@pytest.mark.corpus
@pytest.mark.parametrize("kind", [pytest.param("sqlite", marks=pytest.mark.light), "postgresql"])
def test_there_one_revision_of_ours_and_back(application: Application, kind: str, tmp_path: Path) -> None:
    require(kind)
    with fresh_database(kind, tmp_path) as made:
        url = make_url(made).set(drivername=DRIVERS[kind]).render_as_string(hide_password=False)
        (application.folder / "settings.cfg").write_text(SETTINGS.format(url=url))
        engine = create_engine(made, poolclass=NullPool)
        assert "(head)" in application.db("current", *FOLDER, theirs=True)
        with engine.begin() as connection:
            connection.execute(text(ROW))

        application.switch(THEIRS, OURS, file="ihatemoney/run.py")
        assert "c941aaca38c2 (head)" in application.db("current")
        assert "env.py was edited" in application.db("doctor") and "Pending:    0" in application.db("status")
        assert "Wrote ihatemoney/migrations/versions/" in application.db("migrate", "-m", "what the models say")
        application.db("upgrade")
        assert "The models and the database are the same." in application.db("check")

        said = application.db("eject")
        assert "env.py stays as it is" in said and "its check takes them for a difference" in said
        drop = next(line for line in said.splitlines() if "DROP TABLE" in line).partition("can go: ")[2]
        with engine.begin() as connection:
            for statement in drop.split(";")[:-1]:
                connection.execute(text(statement))
        application.switch(OURS, THEIRS, file="ihatemoney/run.py")
        assert "Running" not in application.db("upgrade", *FOLDER, theirs=True), "there is nothing to do"
        assert "No new upgrade operations detected." in application.db("check", *FOLDER, theirs=True)
        with engine.connect() as connection:
            assert connection.execute(text("SELECT name FROM project")).scalar() == "holidays"


@pytest.mark.corpus
@pytest.mark.light
def test_from_flask_alembic_and_back(small: Application) -> None:
    (small.folder / "app.py").write_text(SMALL)
    small.db("revision", "notes", theirs=True)
    small.db("upgrade", theirs=True)
    theirs = ("from flask_alembic import Alembic", "alembic = Alembic()", "alembic.init_app")
    ours = ("from flask_revisions import Revisions", "revisions = Revisions()", "revisions.init_app")
    small.switch(theirs, ours)
    assert "(default) (head)" in small.db("current")
    small.switch(("    id =",), ("    text = db.Column(db.Text)\n    id =",))
    small.db("migrate", "-m", "texts")
    small.db("upgrade")
    assert "The models and the database are the same." in small.db("check")
    (made,) = (small.folder / "migrations").glob("*_texts.py")
    small.switch(ours, theirs)
    assert f"{made.name[16:28]} (head)" in small.db("current", theirs=True).replace("(default) ", "")
    small.db("downgrade", theirs=True)
    assert "texts" in small.db("log", theirs=True)


@pytest.mark.corpus
@pytest.mark.light
def test_from_plain_alembic_and_back(small: Application) -> None:
    (small.folder / "app.py").write_text(PLAIN)
    (small.folder / "models.py").write_text(MODELS)
    small.run("alembic.config", "init", "migrations", theirs=True)
    small.switch(
        ("target_metadata = None",),
        ("from models import Base\ntarget_metadata = Base.metadata",),
        file="migrations/env.py",
    )
    small.switch(("driver://user:pass@localhost/dbname",), ("sqlite:///notes.db",), file="alembic.ini")
    small.run("alembic.config", "revision", "--autogenerate", "-m", "notes", theirs=True)
    small.run("alembic.config", "upgrade", "head", theirs=True)
    assert "(head)" in small.db("current")
    small.switch(
        ("    id:",),
        ("    text: Mapped[str] = mapped_column(String(20), server_default='')\n    id:",),
        file="models.py",
    )
    small.db("migrate", "-m", "texts")
    small.db("upgrade")
    assert "The models and the database are the same." in small.db("check")
    assert "from alembic import op" in next((small.folder / "migrations" / "versions").glob("*_texts.py")).read_text()
    with create_engine(f"sqlite:///{small.folder}/notes.db", poolclass=NullPool).begin() as connection:
        connection.execute(text("DROP TABLE revision_log"))
    assert "Running" not in small.run("alembic.config", "upgrade", "head", theirs=True)
    assert "No new upgrade operations detected." in small.run("alembic.config", "check", theirs=True)
    small.run("alembic.config", "downgrade", "base", theirs=True)
