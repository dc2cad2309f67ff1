"""A small Flask project in a folder: its revisions, its application, and the real `flask` command."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from inspect import signature
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from flask import Flask
from flask_revisions import Revisions
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.pool import AsyncAdaptedQueuePool, NullPool, QueuePool

from .servers import with_driver

ROOT = Path(__file__).resolve().parents[1]

ROUNDS = int(os.environ.get("FLASK_REVISIONS_TEST_ROUNDS", "1"))
"""How often a test is repeated whose outcome is a matter of time: races and kills."""

APP = """
import os
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_revisions import Revisions

db = SQLAlchemy()
revisions = Revisions()


def create_app(url=None):
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = url or os.environ["DATABASE_URL"]
    app.config.from_prefixed_env()
    db.init_app(app)
    revisions.init_app(app)
    return app
"""

OWN_TABLES = {"alembic_version", "revision_log", "revision_journal"}

HEADER = '''"""{message}"""
import sqlalchemy as sa
from {op} import op

revision = {id!r}
down_revision = {down!r}
branch_labels = {labels!r}
depends_on = {depends!r}


'''

HALF_WAY = """
with op.get_context().autocommit_block():
    op.execute("CREATE TABLE half (n INTEGER)")
import os
if not os.path.exists("repaired"):
    raise ValueError("not yet")
op.drop_table("half")
"""
"""The body of a revision that stops in the middle, with a part of it committed, until there is a file `repaired`."""


@cache
def python_path() -> str:
    """What a process needs to import this checkout, and to find its commands as of an installed package."""
    if any(each.value.startswith("flask_revisions.") for each in entry_points(group="flask.commands")):
        return str(ROOT)
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    described = folder / "flask_revisions-0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: flask-revisions\nVersion: 0\n")
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    declared = project.partition('[project.entry-points."flask.commands"]')[2].partition("[")[0]
    (described / "entry_points.txt").write_text("[flask.commands]" + declared.replace('"', ""))
    return f"{ROOT}{os.pathsep}{folder}"


@dataclass
class Project:
    """A project in a folder.

    :param url: its database.
    """

    folder: Path
    url: str
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.engine = create_engine(self.url, poolclass=NullPool)
        self._apps: list[Flask] = []

    # -- files ----------------------------------------------------------------------------------------

    @property
    def versions(self) -> Path:
        return self.folder / "migrations" / "versions"

    def script(
        self,
        id: str,
        down: Any = None,
        up: str = "pass",
        back: str | None = "pass",
        *,
        message: str = "",
        labels: Any = None,
        depends: Any = None,
        op: str = "flask_revisions",
        before: str = "",
    ) -> Path:
        """Write a revision; `up` and `back` are the bodies of its functions, lines that are not indented."""
        self.versions.mkdir(parents=True, exist_ok=True)
        source = HEADER.format(message=message or id, id=id, down=down, labels=labels, depends=depends, op=op)
        source += before + function("upgrade", up) + (function("downgrade", back) if back is not None else "")
        path = self.versions / f"{id.replace('/', '_')}.py"
        path.write_text(source, encoding="utf-8")
        return path

    def table(self, id: str, down: Any = None, **keywords: Any) -> Path:
        """Write a revision that makes a table with the id's name and drops it again."""
        columns = 'sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer)'
        up = f'op.create_table("t_{id}", {columns})'
        return self.script(id, down, up, f'op.drop_table("t_{id}")', **keywords)

    # -- in this process --------------------------------------------------------------------------------

    def app(self, config: dict[str, Any] | None = None, **keywords: Any) -> Flask:
        """Make an application with `Revisions(app, db, **keywords)`."""
        app = Flask("project", root_path=str(self.folder))
        app.config["SQLALCHEMY_DATABASE_URI"] = with_driver(self.url)
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {} if self.url.startswith("sqlite") else {"poolclass": NullPool}
        app.config.update(config or {})
        _fit(app.config["SQLALCHEMY_ENGINE_OPTIONS"], app.config["SQLALCHEMY_DATABASE_URI"])
        db = SQLAlchemy(app)
        Revisions(app, db, **keywords)
        self._apps.append(app)
        return app

    def revisions(self, config: dict[str, Any] | None = None, **keywords: Any) -> Revisions:
        """Make an application, and return its `Revisions`."""
        revisions = self.app(config, **keywords).extensions["revisions"].revisions
        assert isinstance(revisions, Revisions)
        return revisions

    def cli(
        self, *arguments: str, app: Flask | None = None, config: dict[str, Any] | None = None, **keywords: Any
    ) -> Result:
        """Run a command in this process, with a new application or the one that is given."""
        apart = {"mix_stderr": False} if "mix_stderr" in signature(CliRunner).parameters else {}  # click 8.1
        runner = (app or self.app(config, **keywords)).test_cli_runner(**apart)
        result = runner.invoke(args=["db", *arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Result(result.exit_code, result.stdout, result.stderr)

    def close(self) -> None:
        """Close all connections, so that the database can be dropped."""
        for app in self._apps:
            with app.app_context():
                for engine in app.extensions["sqlalchemy"].engines.values():
                    engine.dispose()
        self.engine.dispose()

    # -- the command ------------------------------------------------------------------------------------

    def flask(self, *arguments: str, check: bool = True, **environment: str) -> Result:
        """Run the real `flask db ...` in the folder."""
        process = self.start(*arguments, **environment)
        out, err = process.communicate(timeout=120)
        result = Result(process.returncode, out, err)
        assert not check or result.code == 0, result
        return result

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start the real `flask db ...` in the folder, and do not wait for it."""
        self.write_app()
        return subprocess.Popen(
            [sys.executable, "-m", "flask", "db", *arguments],
            cwd=self.folder,
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def write_app(self) -> None:
        """Write the application that the real command finds, unless there is one."""
        app = self.folder / "app.py"
        if not app.exists():
            app.write_text(APP)

    def environment(self, **more: str) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("FLASK_")}
        return {**kept, "DATABASE_URL": with_driver(self.url), "PYTHONPATH": python_path(), **more}

    # -- the database -----------------------------------------------------------------------------------

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    def send(self, *statements: str) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def tables(self) -> set[str]:
        """The tables that are there, but for our own."""
        return set(inspect(self.engine).get_table_names()) - OWN_TABLES

    def journal(self) -> list[tuple[Any, ...]]:
        """What is unfinished: revision and direction of each segment."""
        with suppress(Exception):
            return self.query("SELECT revision, direction FROM revision_journal ORDER BY id")
        return []

    def applied(self, table: str = "alembic_version") -> set[str]:
        """The rows of the version table."""
        with suppress(Exception):
            return {row[0] for row in self.query(f"SELECT version_num FROM {table}")}
        return set()


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str


def _fit(options: dict[str, Any], url: Any) -> None:
    """Take the pool for asyncio, where the tests are run with a driver of that."""
    if options.get("poolclass") is QueuePool and str(url).partition(":")[0].endswith(("+asyncpg", "+aiosqlite")):
        options["poolclass"] = AsyncAdaptedQueuePool


def function(name: str, body: str) -> str:
    lines = "".join(f"    {line}\n" if line else "\n" for line in body.strip("\n").splitlines())
    return f"def {name}():\n{lines}\n\n"
