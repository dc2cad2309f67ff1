"""`flask db check` with many tables and no change, beside Flask-Migrate's, and beside reading the database alone.

    python -m tests.benchmarks.comparison [sqlite|postgresql|mariadb ...] [--tables 2000] [--rounds 3]

Whole processes, in turn: ours, Flask-Migrate's, the floor (the application, and `Inspector.get_multi_...()`), and the
application alone. Printed are the medians of seconds and of those that a processor was busy, as ratios to the floor,
the largest memory, and how many statements ours sends.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from ..servers import KINDS, fresh_database
from .measure import Cost, in_turn, run

COMMANDS = {"ours": ("db", "check"), "peer": ("db", "check"), "floor": ("reflect",), "application": ("nothing",)}


def measured(kind: str, tables: int, rounds: int) -> dict[str, Cost]:
    with tempfile.TemporaryDirectory() as place, fresh_database(kind, Path(place)) as url:
        folder = Path(place)
        sides = {
            side: {
                "BENCHMARK_SIDE": side if side in ("ours", "peer") else "floor",
                "BENCHMARK_TABLES": str(tables),
                "DATABASE_URL": url,
                "FLASK_APP": "tests.benchmarks.application.many",
            }
            for side in COMMANDS
        }
        run(["make"], folder, sides["floor"])
        for side in ("peer", "ours"):
            home = folder / side
            home.mkdir()
            run(["db", "init"], home, sides[side])
        homes = {side: folder / side if side in ("ours", "peer") else folder for side in COMMANDS}
        return in_turn(
            {side: partial(run, list(command), homes[side], sides[side]) for side, command in COMMANDS.items()}, rounds
        )


def statements(kind: str, tables: int) -> int:
    """How many statements a comparison sends."""
    os.environ |= {"BENCHMARK_SIDE": "ours", "BENCHMARK_TABLES": "0", "DATABASE_URL": "sqlite://"}
    from flask_revisions.catalog.reflect import read_schema

    from .application.many import add_tables

    metadata = sa.MetaData()
    add_tables(metadata, tables)
    sent: list[str] = []
    with tempfile.TemporaryDirectory() as place, fresh_database(kind, Path(place)) as url:
        engine = sa.create_engine(url, poolclass=NullPool)
        metadata.create_all(engine)  # few enough for one transaction
        with engine.connect() as connection:
            sa.event.listen(engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
            read_schema(connection)
    return len(sent)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kinds", nargs="*", default=KINDS)
    parser.add_argument("--tables", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    for kind in given.kinds:
        costs = measured(kind, given.tables, given.rounds)
        floor = costs["floor"]
        print(f"{kind}, {given.tables} tables, no change; the floor takes {floor.wall:.2f} s")
        for side, cost in costs.items():
            wall, cpu = cost.wall / floor.wall, cost.cpu / floor.cpu
            print(f"  {side:12} {wall:5.2f} of its time, {cpu:5.2f} of its processor, {cost.memory:4.0f} MB")
        print(f"  statements of ours: {statements(kind, 10)} for 10 tables, {statements(kind, 50)} for 50")


if __name__ == "__main__":
    main()
