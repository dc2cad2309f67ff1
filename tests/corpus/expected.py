"""What Alembic makes of the histories: kept in `expected.json`, with the releases that made it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from ..servers import server_url
from .environments import BESIDE, python_of, run
from .histories import HERE, History, read_environments, read_histories
from .pictures import Digests, Picture
from .runs import Stage

FILE = HERE / "expected.json"
MADE_WITH = "made with"
REVISIONS = "revisions"


@dataclass(frozen=True)
class Expected:
    """What Alembic makes of a history on a kind of database.

    :param made_with: the releases of package, Alembic, SQLAlchemy, Python and server.
    :param stages: what the stages leave that Alembic gets to the end of.
    """

    revisions: int
    made_with: Mapping[str, str]
    stages: Mapping[str, Digests]

    def holds_for(self, kind: str, server: str) -> bool:
        """Return True if another server tells its schema as the one does that this was made with."""
        parts = {"sqlite": 1, "postgresql": 1, "mariadb": 2}[kind]
        return self.made_with["server"].split(".")[:parts] == server.split(".")[:parts]


def digests_of(stages: Iterable[Stage]) -> dict[str, Digests]:
    """Return what is kept of stages: nothing of those that failed."""
    return {each.name: each.result.digests() for each in stages if isinstance(each.result, Picture)}


def read_expected() -> dict[tuple[str, str], Expected]:
    """Return what is kept, by history and kind of database."""
    found: dict[tuple[str, str], Expected] = {}
    for key, kept in _read().items():
        name, _, kind = key.partition(" on ")
        revisions, made_with = kept.pop(REVISIONS), kept.pop(MADE_WITH)
        stages = {stage: Digests(each["schema"], each["rows"], tuple(each["versions"])) for stage, each in kept.items()}
        found[name, kind] = Expected(revisions, made_with, stages)
    return found


def keep(history: History, kind: str, expected: Expected) -> None:
    """Write what Alembic made of a history into the file, in the order of the histories."""
    kept = _read()
    stages = {name: asdict(each) for name, each in expected.stages.items()}
    kept[f"{history.name} on {kind}"] = {
        REVISIONS: expected.revisions,
        MADE_WITH: dict(expected.made_with),
        **stages,
    }
    order = [f"{each.name} on {kind}" for each in read_histories().values() for kind in each.databases]
    entries = []
    for key in sorted(set(kept) & set(order), key=order.index):
        lines = (f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in kept[key].items())
        entries.append(f" {json.dumps(key)}: {{\n" + ",\n".join(lines) + "\n }")
    FILE.write_text("{\n" + ",\n".join(entries) + "\n}\n", encoding="utf-8")


def _read() -> dict[str, Any]:
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


# -- releases ---------------------------------------------------------------------------------------


def releases(history: History, kind: str) -> dict[str, str]:
    """Return the releases that a run of Alembic is made with."""
    environments = read_environments()
    python = run(python_of(history.environment), "-c", "import platform; print(platform.python_version())")
    return {
        history.package: history.version,
        "alembic": _pinned(environments[BESIDE].pins.read_text(encoding="utf-8"), "alembic"),
        "sqlalchemy": _pinned(environments[history.environment].pins.read_text(encoding="utf-8"), "SQLAlchemy"),
        "python": python.strip(),
        "server": server_release(history, kind),
    }


def server_release(history: History, kind: str) -> str:
    """Return the release of a database server; of SQLite, the one of the history's environment."""
    if kind == "sqlite":
        ask = "import sqlite3; print(sqlite3.sqlite_version)"
        return run(python_of(history.environment), "-c", ask).strip()
    with create_engine(server_url(kind), poolclass=NullPool).connect() as connection:
        query = "SHOW server_version" if kind == "postgresql" else "SELECT version()"
        return str(connection.execute(text(query)).scalar_one()).split()[0]


def _pinned(pins: str, name: str) -> str:
    return next(line.partition("==")[2] for line in pins.splitlines() if line.startswith(f"{name}=="))
