"""The rebuild of a SQLite table beside the twelve steps written by hand, and beside Alembic's batch.

    python -m tests.benchmarks.rebuild [ROWS ...]

Each variant changes a copy of the same file in a process of its own, in turn; printed are the medians of the time that
the change takes, the ratio to the twelve steps, and the peak of the process's memory. Foreign keys are enforced by the
application for ours and for the twelve steps; not for Alembic, whose batch would delete rows that refer to the table.
"""

from __future__ import annotations

import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

ROUNDS = 3
SIZES = (100_000, 1_000_000)

CREATE = """CREATE TABLE {name} (
    id INTEGER NOT NULL, code VARCHAR({length}) NOT NULL, name TEXT, qty INTEGER DEFAULT 1, price NUMERIC(10, 2),
    made DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL, shop_id INTEGER,
    PRIMARY KEY (id), CONSTRAINT fk_shop FOREIGN KEY(shop_id) REFERENCES shop (id)
)"""
INDEXES = ("CREATE INDEX ix_code ON stock (code)", "CREATE INDEX ix_shop ON stock (shop_id, qty)")
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


def by_hand(path: Path) -> float:
    """The steps of https://www.sqlite.org/lang_altertable.html#otheralter."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        began = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(CREATE.format(name="new_stock", length=40))
        connection.execute(f"INSERT INTO new_stock ({COLUMNS}) SELECT {COLUMNS} FROM stock")
        connection.execute("DROP TABLE stock")
        connection.execute("ALTER TABLE new_stock RENAME TO stock")
        for index in INDEXES:
            connection.execute(index)
        assert connection.execute("PRAGMA foreign_key_check").fetchone() is None
        connection.execute("COMMIT")
        return time.perf_counter() - began


SCRIPT = """
from flask_revisions import op
import sqlalchemy as sa
revision = "a1"
down_revision = None

def upgrade():
    with op.batch_alter_table("stock") as batch:
        batch.alter_column("code", type_=sa.String(40), existing_type=sa.String(20), existing_nullable=False)
"""


def ours(path: Path) -> float:
    """A revision with a batch, run by `Revisions.upgrade`."""
    from flask import Flask
    from flask_revisions import Revisions
    from flask_sqlalchemy import SQLAlchemy

    versions = path.parent / "migrations" / "versions"
    versions.mkdir(parents=True, exist_ok=True)
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

        began = time.perf_counter()
        assert len(revisions.upgrade()) == 1
        return time.perf_counter() - began


def alembic(path: Path) -> float:
    """The same batch, carried out by Alembic."""
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    engine = sa.create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.connect() as connection:
        began = time.perf_counter()
        with Operations.context(MigrationContext.configure(connection)) as op, op.batch_alter_table("stock") as batch:
            batch.alter_column("code", type_=sa.String(40), existing_type=sa.String(20), existing_nullable=False)
        connection.commit()
        return time.perf_counter() - began


VARIANTS = {"by hand": by_hand, "ours": ours, "alembic": alembic}


def measured(variant: str, original: Path, folder: Path) -> tuple[float, int]:
    """Return the seconds and the peak of memory, in KiB, of a variant in a process of its own."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        copy = Path(shutil.copy(original, Path(place) / "app.db"))
        command = [sys.executable, "-m", __spec__.name, "run", variant, str(copy)]
        seconds, peak = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        with closing(sqlite3.connect(copy)) as connection:
            assert (
                "VARCHAR(40)" in connection.execute("SELECT sql FROM sqlite_master WHERE name = 'stock'").fetchone()[0]
            )
            assert connection.execute("SELECT count(*) FROM item").fetchone() == (1000,)
    return float(seconds), int(peak)


def main(arguments: list[str]) -> None:
    """Measure, and print a table for each number of rows; or run one variant."""
    if arguments[:1] == ["run"]:
        seconds = VARIANTS[arguments[1]](Path(arguments[2]))
        print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        return
    for rows in [int(each) for each in arguments] or SIZES:
        with tempfile.TemporaryDirectory() as folder:
            original = Path(folder) / "original.db"
            prepare(original, rows)
            found: dict[str, list[tuple[float, int]]] = {name: [] for name in VARIANTS}
            for _ in range(ROUNDS):
                for name in VARIANTS:
                    found[name].append(measured(name, original, Path(folder)))
        floor = statistics.median(seconds for seconds, _ in found["by hand"])
        print(f"{rows:,} rows, Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}")
        for name, runs in found.items():
            seconds = statistics.median(seconds for seconds, _ in runs)
            peak = max(peak for _, peak in runs) / 1024
            print(f"  {name:8} {seconds:7.2f} s  {seconds / floor:5.2f}  {peak:6.0f} MiB")


if __name__ == "__main__":
    main(sys.argv[1:])
