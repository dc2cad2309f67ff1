"""There and back: an application that uses Flask-Migrate is switched as the guide says, and switched back."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import URL, NullPool, create_engine, make_url, text

from ..servers import fresh_database, require
from .environments import install_checkout, packages_beside, python_of, run
from .published import APPLICATIONS, Published
from .runs import DRIVERS

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
    :param variables: environment variables that it is given.
    :param beside: Alembic stays installed when it is switched.
    """

    folder: Path
    python: Path
    site: Path
    name: str = "app"
    variables: dict[str, str] = field(default_factory=dict)
    beside: bool = False

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
        packages = [] if theirs else [self.site]
        packages += [packages_beside()] if theirs or self.beside else []
        done = subprocess.run(
            [str(self.python), "-W", "ignore", "-m", *arguments],
            cwd=self.folder,
            env={
                **kept,
                **self.variables,
                "PYTHONPATH": os.pathsep.join(map(str, packages)),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            capture_output=True,
            text=True,
            timeout=300,
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, said
        return said


def published(application: Published, checkout: Path, folder: Path, url: URL) -> Application:
    """An application as it was published, in a folder where it can be changed."""
    python = python_of(application.name)
    installed = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    kept_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(installed / application.name, folder / application.name, ignore=kept_out)
    if application.settings[0]:
        (folder / application.settings[0]).write_text(application.text_of_settings(str(folder), url), "utf-8")
    return Application(
        folder,
        python,
        install_checkout(python, checkout / application.name),
        application.app,
        application.variables(str(folder), url),
        application.keeps_alembic,
    )


@pytest.fixture
def small(checkout: Path, tmp_path: Path) -> Application:
    """A folder for an application of our own."""
    python = python_of("light")
    return Application(tmp_path, python, install_checkout(python, checkout))


CASES = [
    pytest.param(each, kind, id=f"{each.name}-{kind}", marks=[pytest.mark.light] if kind == "sqlite" else [])
    for each in APPLICATIONS
    for kind in each.kinds
]


@pytest.mark.corpus
@pytest.mark.parametrize(("which", "kind"), CASES)
def test_there_one_revision_of_ours_and_back(which: Published, kind: str, checkout: Path, tmp_path: Path) -> None:
    require(kind)
    with fresh_database(kind, tmp_path) as made:
        application = published(which, checkout, tmp_path, make_url(made).set(drivername=DRIVERS[kind]))
        at = ("-d", which.folder)  # Flask-Migrate looks in the working directory alone
        begin(application, which, at)
        send(made, f"INSERT INTO {which.row[0]} {which.row[1]}")

        application.switch(which.theirs, which.ours, file=which.file)
        head = application.db("current", *at)
        assert "(head)" in head and "Pending:    0" in application.db("status", *at)
        assert "Flask-Migrate is still installed" in application.db("doctor", *at) or not which.keeps_alembic
        id = one_revision(application, which, at)
        assert "The models and the database are the same." in application.db("check", *at)

        said = application.db("eject", *at)
        # On SQLite, constraints have no names, and Alembic drops none of those.
        assert (f"{id}_" not in said) or kind == "sqlite", "it uses nothing that Alembic does not have"
        assert "env.py stays as it is" in said and "its check takes them for a difference" in said
        send(made, next(line for line in said.splitlines() if "DROP TABLE" in line).partition("can go: ")[2])
        application.switch(which.ours, which.theirs, file=which.file)
        assert "Running upgrade" not in application.db("upgrade", *at, theirs=True), "there is nothing to do"
        assert "No new upgrade operations detected." in application.db("check", *at, theirs=True)
        if kind != "sqlite":
            application.db("downgrade", *at, theirs=True)
            assert recorded(made).isdisjoint({id}), "it is Alembic's to take back"
            application.db("upgrade", *at, theirs=True)
            assert f"{id} (head)" in application.db("current", *at, theirs=True), "and to apply"
        with create_engine(made, poolclass=NullPool).connect() as connection:
            assert "holidays" in connection.execute(text(f"SELECT name FROM {which.row[0]}")).scalars().all()


def begin(application: Application, which: Published, at: tuple[str, ...]) -> None:
    """Bring its database to the heads, by Flask-Migrate."""
    if which.first:
        (application.folder / "its_tables.py").write_text(which.first, "utf-8")
        application.run("its_tables", theirs=True)
        application.db("stamp", *at, "heads", theirs=True)
    elif not which.starts:
        application.db("upgrade", *at, theirs=True)
    assert "(head)" in application.db("current", *at, theirs=True)


def one_revision(application: Application, which: Published, at: tuple[str, ...]) -> str:
    """Make a revision of what check finds, or else one that does something, and apply it; return its id."""
    said = application.db("migrate", *at, "-m", "what the models say")
    if "Nothing is different" in said:
        said = application.db("revision", *at, "-m", "by hand")
    file = re.search(r"^Wrote (.*) \((\w+)\)\.$", said, re.MULTILINE)
    assert file is not None, said
    path = application.folder / file[1]
    source = path.read_text("utf-8")
    assert "from alembic import op" in source and "flask_revisions" not in source
    if "by_hand" in file[1]:
        path.write_text(source.replace("pass\n", f'op.execute("UPDATE {which.row[0]} SET name = name")\n'), "utf-8")
    application.db("upgrade", *at)
    assert f"{file[2]} (head)" in application.db("current", *at)
    return file[2]


def recorded(url: str) -> set[str]:
    """The rows of the version table: some applications upgrade by themselves when `current` is asked."""
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return set(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())


def send(url: str, statements: str) -> None:
    with create_engine(url, poolclass=NullPool).begin() as connection:
        for statement in filter(str.strip, statements.split(";")):
            connection.execute(text(statement))


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
