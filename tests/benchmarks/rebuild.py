"""The rebuild of a SQLite table beside the twelve steps written by hand, and beside Alembic's batch.

    python -m tests.benchmarks.rebuild [ROWS ...]

Each variant changes a copy of the same file in a process of its own, in turn, beginning with another one each round.
Printed are the medians of the seconds that the change takes and of those that the processor was busy with it (which
other programs disturb less), their ratios to the twelve steps, and the peak of the process's memory. Before ours an
empty revision is run: what a first run costs, however few rows there are, is a line of its own. Foreign keys are
enforced by the application for ours and for the twelve steps, which check them; not for Alembic, whose batch would
delete rows that refer to the table.
"""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

ROUNDS = 5
SIZES = (100_000, 1_000_000)

CREATE = """CREATE TABLE {name} (
    id INTEGER NOT NULL, code VARCHAR({length}) NOT NULL, name TEXT, qty INTEGER DEFAULT 1, price NUMERIC(10, 2),
    made DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL, shop_id INTEGER,
    PRIMARY KEY (id), CONSTRAINT fk_shop FOREIGN KEY(shop_id) REFERENCES shop (id)
)"""
INDEXES = ("CREATE INDEX ix_code ON stock (code)", "CREATE INDEX ix_shop ON stock (shop_id, qty)")
Times = tuple[float, float]
COLUMNS = "id, code, name, qty, price, made, shop_id"


def prepare(path: Path, rows: int) -> None:
    """Make the file that is changed."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE shop (id INTEGER NOT NULL PRIMARY KEY)")
        connection.executemany("INSERT INTO shop VALUES (?)", [(number,) for number in range(100)])
        connection.execute(CREATE.format(name="stock", length=20))
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) INSERT INTO stock "
            "SELECT i, 'code ' || i, 'the name of ' || i, i % 50, i / 7.0, '2024-01-01 10:00:00', i % 100 FROM n",
            (rows,),
        )
        for index in INDEXES:
            connection.execute(index)
        connection.execute(
            "CREATE TABLE item (id INTEGER PRIMARY KEY, stock_id REFERENCES stock (id) ON DELETE CASCADE)"
        )
        connection.execute("INSERT INTO item SELECT id, id FROM stock WHERE id <= 1000")
        connection.commit()


class Clock:
    """Seconds by the clock and by the processor since it was made."""

    def __init__(self) -> None:
        self._began = time.perf_counter(), time.process_time()

    def read(self) -> Times:
        return time.perf_counter() - self._began[0], time.process_time() - self._began[1]


def by_hand(path: Path) -> Times:
    """The steps of https://www.sqlite.org/lang_altertable.html#otheralter."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        clock = Clock()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(CREATE.format(name="new_stock", length=40))
        connection.execute(f"INSERT INTO new_stock ({COLUMNS}) SELECT {COLUMNS} FROM stock")
        connection.execute("DROP TABLE stock")
        connection.execute("ALTER TABLE new_stock RENAME TO stock")
        for index in INDEXES:
            connection.execute(index)
        assert connection.execute("PRAGMA foreign_key_check").fetchone() is None
        connection.execute("COMMIT")
        return clock.read()


EMPTY = """
revision = "a0"
down_revision = None

def upgrade():
    pass
"""

SCRIPT = """
from flask_revisions import op
import sqlalchemy as sa
revision = "a1"
down_revision = "a0"

def upgrade():
    with op.batch_alter_table("stock") as batch:
        batch.alter_column("code", type_=sa.String(40), existing_type=sa.String(20), existing_nullable=False)
"""


def ours(path: Path) -> Times:
    """A revision with a batch, run by `Revisions.upgrade`."""
    return in_application(path)[1]


def first_run(path: Path) -> Times:
    """An empty revision in a new process."""
    first, _ = in_application(path)
    return first


def in_application(path: Path) -> tuple[Times, Times]:
    """Run an empty revision, then the one with the batch; return the times of both."""
    from flask import Flask
    from flask_revisions import Revisions
    from flask_sqlalchemy import SQLAlchemy

    versions = path.parent / "migrations" / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    (versions / "a0.py").write_text(EMPTY)
    (versions / "a1.py").write_text(SCRIPT)
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{path}"
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"poolclass": NullPool}
    db = SQLAlchemy(app)
    revisions = Revisions(app, db, directory=str(versions.parent))
    with app.app_context():

        @sa.event.listens_for(db.engine, "connect")
        def enforce(connection: Any, record: Any) -> None:
            connection.execute("PRAGMA foreign_keys=ON")

        clock = Clock()
        assert len(revisions.upgrade("a0")) == 1
        first = clock.read()
        clock = Clock()
        assert len(revisions.upgrade()) == 1
        return first, clock.read()


def alembic(path: Path) -> Times:
    """The same batch, carried out by Alembic."""
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    engine = sa.create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.connect() as connection:
        clock = Clock()
        with Operations.context(MigrationContext.configure(connection)) as op, op.batch_alter_table("stock") as batch:
            batch.alter_column("code", type_=sa.String(40), existing_type=sa.String(20), existing_nullable=False)
        connection.commit()
        return clock.read()


VARIANTS = {"by hand": by_hand, "ours": ours, "alembic": alembic, "first run": first_run}


@dataclass(frozen=True)
class Measured:
    """What one run of a variant took: seconds, busy seconds, MiB."""

    seconds: float
    busy: float
    peak: float


def measured(variant: str, original: Path, folder: Path) -> Measured:
    """Run a variant in a process of its own, whose modules are compiled already."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        copy = Path(shutil.copy(original, Path(place) / "app.db"))
        os.sync()
        command = [sys.executable, "-m", __spec__.name, "run", variant, str(copy)]
        out = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
        with closing(sqlite3.connect(copy)) as connection:
            (text,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'stock'").fetchone()
            assert "VARCHAR(40)" in text
            assert connection.execute("SELECT count(*) FROM item").fetchone() == (1000,)
    return Measured(*map(float, out.split()))


def compare(rows: int) -> None:
    """Measure all variants in turn, and print a table."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        original = folder / "original.db"
        prepare(original, rows)
        found: dict[str, list[Measured]] = {name: [] for name in VARIANTS}
        for number in range(ROUNDS + 1):
            turn = number % len(VARIANTS)
            for name in (*list(VARIANTS)[turn:], *list(VARIANTS)[:turn]):
                run = measured(name, original, folder)
                if number:  # the first compiles modules
                    found[name].append(run)
    medians = {
        name: (statistics.median(run.seconds for run in runs), statistics.median(run.busy for run in runs))
        for name, runs in found.items()
    }
    floor = medians["by hand"]
    print(f"{rows:,} rows, Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}")
    print("               seconds  ratio    busy  ratio   memory")
    for name, (seconds, busy) in medians.items():
        ratios = seconds / floor[0], busy / floor[1]
        peak = max(run.peak for run in found[name])
        print(f"  {name:10} {seconds:9.2f} {ratios[0]:6.2f} {busy:7.2f} {ratios[1]:6.2f} {peak:5.0f} MiB")


def main(arguments: list[str]) -> None:
    """Measure for each number of rows; or run one variant."""
    if arguments[:1] == ["run"]:
        times = VARIANTS[arguments[1]](Path(arguments[2]))
        print(*times, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    for rows in [int(each) for each in arguments] or SIZES:
        compare(rows)


if __name__ == "__main__":
    main(sys.argv[1:])
