"""What lock, log and journal cost: `python -m tests.benchmarks.safety [-n REVISIONS] [KIND ...]`.

Revisions that make a table with an index and a row are applied with and without the log, in turn; the calls that belong
to the lock, the log and the journal are timed where they are made, and the medians printed in milliseconds. The last
columns are about a run that finds nothing to do, and about one that finds a database with revisions and no log yet.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from flask_revisions import Revisions
from flask_revisions.runner.journal import JournalTable
from flask_revisions.runner.log import LogTable
from flask_revisions.runner.run import RunUnderLock
from flask_revisions.runner.servers.base import Server
from flask_revisions.runner.servers.mysql import MySQLServer
from flask_revisions.runner.servers.postgresql import PostgreSQLServer
from flask_revisions.runner.servers.sqlite import SQLiteServer
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import make_url
from sqlalchemy.pool import NullPool

from tests.servers import KINDS, fresh_database

from . import histories

ROUNDS = 3
SERVERS: dict[str, type[Server]] = {
    "sqlite": SQLiteServer,
    "postgresql": PostgreSQLServer,
    "mariadb": MySQLServer,
}
Times = dict[str, list[float]]


@contextmanager
def timed(place: Any, name: str, times: Times, label: str) -> Iterator[None]:
    """Note how long each call of a function takes, in milliseconds, for the length of a block."""
    function: Callable[..., Any] = getattr(place, name)

    def around(*arguments: Any, **keywords: Any) -> Any:
        began = time.perf_counter()
        try:
            return function(*arguments, **keywords)
        finally:
            times[label].append((time.perf_counter() - began) * 1000)

    setattr(place, name, around)
    try:
        yield
    finally:
        setattr(place, name, function)


@contextmanager
def entered(place: type[Server], times: Times) -> Iterator[None]:
    """Note how long it takes to get the lock, with what connects for it."""
    session = place.session

    @contextmanager
    def around(self: Server) -> Iterator[Any]:
        began = time.perf_counter()
        with session(self) as connection:
            times["lock"].append((time.perf_counter() - began) * 1000)
            yield connection

    place.session = around  # type: ignore[method-assign]
    try:
        yield
    finally:
        place.session = session  # type: ignore[method-assign]


def revisions(url: str, folder: Path, **keywords: Any) -> tuple[Flask, Revisions]:
    """An application whose folder of revisions is below another one."""
    app = Flask("benchmark", root_path=str(folder))
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    if make_url(url).get_backend_name() != "sqlite":
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"poolclass": NullPool}
    found = Revisions(app, SQLAlchemy(app), directory=str(folder / "migrations"), **keywords)
    return app, found


def upgrade(url: str, folder: Path, **keywords: Any) -> float:
    """Upgrade, and return the milliseconds that it took."""
    app, found = revisions(url, folder, **keywords)
    began = time.perf_counter()
    with app.app_context():
        found.upgrade()
        took = (time.perf_counter() - began) * 1000
        for engine in app.extensions["sqlalchemy"].engines.values():
            engine.dispose()
    return took


def measured(kind: str, folder: Path, count: int) -> dict[str, float]:
    """Return the median of each thing that is measured, in milliseconds."""
    last = histories.write(folder, count, tables=True)
    times: Times = defaultdict(list)
    for _ in range(ROUNDS):
        for log in (True, False):
            with (
                fresh_database(kind, folder) as url,
                timed(RunUnderLock, "_record", times, "with log" if log else "without log"),
                timed(RunUnderLock, "_step", times, "step"),
                timed(JournalTable, "write", times, "journal row"),
                timed(SERVERS[kind], "fingerprint", times, "fingerprint"),
                timed(SERVERS[kind], "check", times, "check"),
                entered(SERVERS[kind], times),
            ):
                upgrade(url, folder, log=log)
                with timed(LogTable, "known", times, "look at log"), timed(JournalTable, "exists", times, "look"):
                    times["nothing"].append(upgrade(url, folder, log=log))
        with fresh_database(kind, folder) as url:
            app, found = revisions(url, folder, log=False)
            with app.app_context():
                found.stamp(last)
            times["first log"].append(upgrade(url, folder, log=True))
    return {label: statistics.median(each) for label, each in times.items()}


COLUMNS: dict[str, Callable[[dict[str, float]], float]] = {
    "a revision": lambda found: found["step"],
    "lock, once a run": lambda found: found["lock"],
    "lock, each revision": lambda found: found["check"],
    "log, each revision": lambda found: found["with log"] - found["without log"],
    "journal, each statement that commits": lambda found: found.get("journal row", 0.0) + found.get("fingerprint", 0.0),
    "nothing to do": lambda found: found["nothing"],
    "of it, log": lambda found: found["look at log"],
    "of it, journal": lambda found: found["look"],
    "first log": lambda found: found["first log"],
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.safety", description=__doc__)
    parser.add_argument("kinds", nargs="*", default=KINDS, metavar="KIND", help="which databases; all without one")
    parser.add_argument("-n", "--revisions", type=int, default=300, help="how many revisions (300)")
    given = parser.parse_args()
    print("| | " + " | ".join(COLUMNS) + " |\n|" + "---|" * (len(COLUMNS) + 1), flush=True)
    for kind in given.kinds:
        with tempfile.TemporaryDirectory() as folder:
            found = measured(kind, Path(folder), given.revisions)
        print(f"| {kind} | " + " | ".join(f"{column(found):.2f}" for column in COLUMNS.values()) + " |", flush=True)


if __name__ == "__main__":
    main()
