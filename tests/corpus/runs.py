"""A history on a kind of database, by one engine: the commands that are run, and what they leave behind."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import make_url

from ..databases.clients import feed
from ..servers import administer, fresh_database
from .environments import packages_beside, python_of, root_of
from .histories import HERE, History, Way
from .pictures import Picture, take_picture

APPLICATION = HERE / "application"
DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg2", "mariadb": "mysql+pymysql"}
"""The drivers that the histories were written for."""

ABSENT, INSTALLED = "absent", "installed"
"""Whether Alembic is in the environment, and then imported by the application."""

PATIENCE = 900.0
"""Seconds that one command may take."""


@dataclass(frozen=True)
class Failure:
    """A command that failed.

    :param said: the end of what it printed.
    """

    command: str
    said: str


@dataclass(frozen=True)
class Stage:
    """What one stage came to.

    :param name: `head`, `down 1`, `down 2`, ..., `again` or `sql`.
    :param seconds: how long its commands took.
    """

    name: str
    result: Picture | Failure
    seconds: float


@dataclass(frozen=True)
class Command:
    """A command of an engine.

    :param verb: `upgrade`, `downgrade`, `count`, or `first` for what the application does before.
    """

    verb: str
    target: str = ""
    sql: bool = False


@dataclass(frozen=True)
class Engine:
    """What runs the revisions.

    :param site: the folder that our package is installed in; None for Alembic itself.
    :param alembic: `ABSENT` or `INSTALLED`.
    """

    site: Path | None
    alembic: str

    def arguments(self, command: Command) -> list[str]:
        """Return what follows `flask --app app`."""
        if command.verb == "first":
            return ["first"]
        words = (
            "peer" if self.site is None else "db",
            command.verb,
            command.target,
            "--sql" if command.sql else "",
        )
        return [each for each in words if each]

    def path(self) -> str:
        """Return the PYTHONPATH."""
        folders = [APPLICATION, self.site, packages_beside() if self.alembic == INSTALLED else None]
        return os.pathsep.join(str(each) for each in folders if each is not None)


ALEMBIC = Engine(None, INSTALLED)


@dataclass(frozen=True)
class Run:
    """A history on a kind of database.

    :param folder: an empty one for files of the run.
    """

    history: History
    kind: str
    engine: Engine
    folder: Path

    # -- stages ---------------------------------------------------------------------------------------

    def stages(self, *, offline: bool) -> Iterator[Stage]:
        """Go up; down each way, and up again from the first; and up by a script of SQL.

        :param offline: False leaves out the last.
        """
        ways = dict(enumerate(self.history.databases[self.kind], start=1))
        with self._database() as url:
            head = self._stage("head", url, (up("heads"),))
            yield head
            if isinstance(head.result, Failure):
                return
            if 1 in ways and ways[1].start == "heads":
                yield self._stage("down 1", url, down(ways.pop(1)))
                yield self._stage("again", url, (up("heads"),))
        for number, way in ways.items():
            with self._database() as url:
                yield self._stage(f"down {number}", url, (up(way.start), *down(way)))
        if offline:
            with self._database() as url:
                yield self._stage("sql", url, (Command("upgrade", "heads", sql=True),))

    def _stage(self, name: str, url: str, commands: Sequence[Command]) -> Stage:
        began = time.monotonic()
        for command in commands:
            failure = self._feed(url, command) if command.sql else self._flask(command)
            if isinstance(failure, Failure):
                return Stage(name, failure, time.monotonic() - began)
        seconds = time.monotonic() - began
        return Stage(name, take_picture(url, self.history.version_table), seconds)

    def count(self) -> int:
        """Return how many revisions there are; Alembic counts."""
        with self._database():
            said = self._flask(Command("count"))
        assert isinstance(said, str), said
        return int(said)

    # -- commands -------------------------------------------------------------------------------------

    def _flask(self, command: Command) -> str | Failure:
        """Run a command, with `y` for all that it may ask, and return what it printed."""
        arguments = self.engine.arguments(command)
        borrows = self.history.borrows and self.engine.alembic == ABSENT
        start = [str(APPLICATION / "command.py")] if borrows else ["-m", "flask"]
        process = subprocess.run(
            [str(python_of(self.history.environment)), *start, "--app", "app", *arguments],
            input="y\n" * 50,
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        if process.returncode:
            return Failure(" ".join(["flask", *arguments]), process.stderr.strip()[-2000:])
        return process.stdout

    def _feed(self, url: str, command: Command) -> Failure | None:
        """Have a script of SQL written, and run it by the database's own client."""
        script = self._flask(command)
        if isinstance(script, Failure):
            return script
        try:
            feed(url, script)
        except AssertionError as error:
            return Failure("the script of SQL", str(error)[:2000])
        return None

    @contextmanager
    def _database(self) -> Iterator[str]:
        """Give an empty database for the length of a block, or one with the tables that are there before."""
        with fresh_database(self.kind, self.folder) as made:
            url = make_url(made).set(drivername=DRIVERS[self.kind])
            if self.kind == "mariadb":  # what it is without this, is a matter of the server
                administer(url, f"ALTER DATABASE {url.database} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")
                url = url.set(query={"charset": "utf8mb4"})
            self._describe(url.render_as_string(hide_password=False))
            if self.history.first:
                failure = self._flask(Command("first"))
                assert isinstance(failure, str), failure
            yield made

    def _describe(self, url: str) -> None:
        """Write what the application is given."""
        history, root = self.history, root_of(self.history)
        given = {
            **{key: value for key, value in asdict(history).items() if key != "databases"},
            "engine": "alembic" if self.engine.site is None else "flask-revisions",
            "alembic": self.engine.alembic,
            "borrows": history.borrows and self.engine.alembic == ABSENT,
            "folder": str(self.folder),
            "locations": [str(root / each) for each in history.locations],
            "root": str(root),
            "standin": history.standin and str(HERE / "standins" / f"{history.standin}.py"),
            "url": url,
        }
        (self.folder / "run.json").write_text(json.dumps(given), encoding="utf-8")

    def _environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "FLASK_"))}
        return {
            **kept,
            **self.history.environ,
            "CORPUS_RUN": str(self.folder / "run.json"),
            "HOME": str(self.folder),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            "PYTHONPATH": self.engine.path(),
            "TZ": "UTC",
        }


def up(target: str) -> Command:
    return Command("upgrade", target)


def down(way: Way) -> tuple[Command, ...]:
    return tuple(Command("downgrade", each) for each in way.targets)
