"""What is measured: the rows of two tables, start-up with nothing to do, and applying revisions."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers import fresh_database

from . import histories
from .measure import SIDES, Cost, in_turn, run

STOCK = ("alembic.ini", "env.py", "script.py.mako")
MEMORY = Path("/dev/shm")


@dataclass(frozen=True)
class Case:
    """One row.

    :param floor: the arguments of the floor.
    :param count: how many revisions there are.
    :param kind: the database; `memory` is SQLite on a file system in memory.
    :param applied: `all` of the revisions, or `none`, before each run.
    :param aim: ours to the floor.
    """

    name: str
    arguments: tuple[str, ...]
    floor: tuple[str, ...]
    aim: float
    count: int = 10
    shape: str = "chain"
    kind: str = "sqlite"
    applied: str = "all"
    tables: bool = False
    on_start: bool = False


def _read(name: str, *arguments: str, aim: float, count: int, shape: str = "chain") -> Case:
    return Case(name, ("db", *arguments), ("floor", "read"), aim, count, shape)


def _files(name: str, *arguments: str, aim: float, count: int, shape: str = "chain") -> Case:
    return Case(name, ("db", *arguments), ("floor", "start"), aim, count, shape)


START = (
    Case("routes", ("routes",), ("routes",), 1.02),
    Case("help", ("db", "--help"), ("floor", "--help"), 1.05),
    _read("nothing-10", "upgrade", aim=1.06, count=10),
    _read("nothing-1000", "upgrade", aim=1.10, count=1000),
    _read("nothing-5000", "upgrade", aim=1.20, count=5000),
    _files("heads-5000", "heads", aim=1.25, count=5000),
    _files("history-5000", "history", aim=1.25, count=5000),
    _read("current-5000", "current", aim=1.25, count=5000),
    _read("current-5000-branches", "current", aim=1.3, count=5000, shape="branches"),
    _files("history-5000-branches", "history", aim=1.3, count=5000, shape="branches"),
    Case("on-start-1000", ("first-request",), ("first-request",), 1.10, 1000, on_start=True),
)


def _apply(kind: str, aim: float) -> Iterator[Case]:
    up, down = ("db", "upgrade"), ("db", "downgrade", "base")
    yield Case(f"up-{kind}", up, ("floor", "up", "1000"), aim, 1000, kind=kind, applied="none", tables=True)
    yield Case(f"down-{kind}", down, ("floor", "down", "1000"), aim, 1000, kind=kind, tables=True)


APPLY = (
    *_apply("postgresql", 1.15),
    *_apply("mariadb", 1.5),
    *_apply("sqlite", 1.15),
    *_apply("memory", 1.25),
    Case("fan-memory", ("db", "upgrade"), ("floor", "start"), 1.8, 1000, "fan", "memory", "none"),
)
CASES = {each.name: each for each in (*START, *APPLY)}


def measured(case: Case, folder: Path, rounds: int) -> dict[str, Cost]:
    """Return what each side took, the median of some rounds."""
    with ExitStack() as stack:
        sides = {side: stack.enter_context(_prepared(case, side, folder)) for side in SIDES}
        return in_turn(sides, rounds)


@contextmanager
def _prepared(case: Case, side: str, folder: Path) -> Iterator[Callable[[], Cost]]:
    home = folder / f"{case.name}-{side}"
    last = histories.write(home, case.count, case.shape, tables=case.tables)
    _add_stock_files(home / "migrations")
    arguments = list(case.floor if side == "floor" else case.arguments)
    with ExitStack() as stack:
        databases = MEMORY if case.kind == "memory" else home
        kind = "sqlite" if case.kind == "memory" else case.kind

        def environment(url: str) -> dict[str, str]:
            started = {"BENCHMARK_ON_START": "1"} if case.on_start else {}
            return {"BENCHMARK_SIDE": side, "DATABASE_URL": url, **started}

        def once() -> Cost:
            with fresh_database(kind, databases) as url:
                _bring(case, side, home, environment(url), last)
                return run(arguments, home, environment(url))

        def again() -> Cost:
            return run(arguments, home, standing)

        if case.tables or case.applied == "none":
            yield once
        else:
            standing = environment(stack.enter_context(fresh_database(kind, databases)))
            _stamp(standing["DATABASE_URL"], last)
            again()  # writes the bytecode of the peer's files
            yield again


def _bring(case: Case, side: str, home: Path, environment: Mapping[str, str], last: str) -> None:
    """Bring a database to where the case begins."""
    if case.applied == "none":
        return
    before = ["floor", "up", str(case.count)] if side == "floor" else ["db", "upgrade"]
    run(before, home, environment)


def _stamp(url: str, last: str) -> None:
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
        connection.execute("INSERT INTO alembic_version VALUES (?)", (last,))
    connection.close()


def _add_stock_files(migrations: Path) -> None:
    import flask_migrate

    templates = Path(flask_migrate.__file__).parent / "templates" / "flask"
    for name in STOCK:
        source = templates / name if (templates / name).exists() else templates / f"{name}.mako"
        shutil.copy(source, migrations / name)
