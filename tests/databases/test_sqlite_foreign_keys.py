"""PRAGMA foreign_keys in revisions: honoured, though SQLite ignores it within a transaction; and put back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask_revisions import Revisions
from flask_revisions.errors import ScriptFailed
from sqlalchemy.pool import QueuePool, StaticPool

from ..projects import Project
from ..servers import about_drivers

pytestmark = about_drivers

SWITCHES = hasattr(sqlite3.Connection, "setconfig")

TABLES = (
    'op.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")\n'
    'op.execute("CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent ON DELETE CASCADE)")\n'
    'op.execute("INSERT INTO parent VALUES (1), (2)")\n'
    'op.execute("INSERT INTO child VALUES (1, 1), (2, 2)")\n'
)
OFF = 'op.execute("PRAGMA foreign_keys=OFF")\n'
ON = 'op.execute("PRAGMA foreign_keys=ON")\n'
DELETE = 'op.execute("DELETE FROM parent WHERE id = {}")\n'
COUNT = "import pathlib\nwith pathlib.Path('runs').open('a') as runs:\n    runs.write('x')\n"

SPELLINGS = [
    'op.execute("PRAGMA foreign_keys=OFF")',
    "op.execute(sa.text('pragma foreign_keys = off;'))",
    "op.get_bind().execute(sa.text('PRAGMA foreign_keys(0)'))",
    "op.get_bind().exec_driver_sql('  -- first\\n PRAGMA main.foreign_keys = 0')",
    "op.get_bind().exec_driver_sql(\"PRAGMA foreign_keys='no'\")",
]


class Place:
    """A project whose application enforces foreign keys, or does not; with a file, or in memory."""

    def __init__(self, folder: Path, *, memory: bool) -> None:
        self.project = Project(folder, "sqlite://" if memory else f"sqlite:///{folder / 'app.db'}")
        self.options: dict[str, Any] = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0}
        if memory:
            self.options = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}

    def open(self, *, enforced: bool, **keywords: Any) -> tuple[Revisions, sa.Engine]:
        app = self.project.app({"SQLALCHEMY_ENGINE_OPTIONS": self.options}, **keywords)
        with app.app_context():
            engine = app.extensions["sqlalchemy"].engine

        @sa.event.listens_for(engine, "connect")
        def connect(connection: Any, record: Any) -> None:
            connection.execute(f"PRAGMA foreign_keys={'ON' if enforced else 'OFF'}")

        return app.extensions["revisions"].revisions, engine


@pytest.fixture(params=["file", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.chdir(tmp_path)
    made = Place(tmp_path, memory=request.param == "memory")
    made.project.script("a1", None, TABLES)
    yield made
    made.project.close()


def children(engine: sa.Engine) -> list[int]:
    with engine.connect() as connection:
        return list(connection.exec_driver_sql("SELECT id FROM child ORDER BY id").scalars())


def enforced(engine: sa.Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.exec_driver_sql("PRAGMA foreign_keys").scalar())


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_off_keeps_the_rows_that_would_go(place: Place, spelling: str) -> None:
    revisions, engine = place.open(enforced=True)
    place.project.script("b2", "a1", COUNT + f"{spelling}\n" + DELETE.format(1))
    place.project.script("c3", "b2", DELETE.format(2))
    revisions.upgrade()
    assert children(engine) == [1], "the second revision has cascaded as in the application"
    assert enforced(engine)
    assert (place.project.folder / "runs").read_text() == ("x" if SWITCHES else "xx")


def test_off_and_on_again(place: Place) -> None:
    revisions, engine = place.open(enforced=True)
    place.project.script("b2", "a1", DELETE.format(2) + OFF + DELETE.format(1) + ON)
    revisions.upgrade()
    # where it cannot be switched in the middle, it is off from the beginning: rows are kept, not lost
    assert children(engine) == ([1] if SWITCHES else [1, 2]) and enforced(engine)


def test_on_where_the_application_has_it_off(place: Place) -> None:
    revisions, engine = place.open(enforced=False)
    place.project.script("b2", "a1", ON + DELETE.format(1))
    place.project.script("c3", "b2", DELETE.format(2))
    revisions.upgrade()
    assert children(engine) == [2] and not enforced(engine)


def test_off_and_on_where_the_application_has_it_off(place: Place) -> None:
    revisions, engine = place.open(enforced=False)
    place.project.script("b2", "a1", OFF + DELETE.format(1) + ON)
    revisions.upgrade()
    assert children(engine) == [1, 2] and not enforced(engine)


@pytest.mark.parametrize("first", [True, False])
def test_a_step_that_fails_is_rolled_back_and_enforcement_is_back(place: Place, first: bool) -> None:
    revisions, engine = place.open(enforced=True)
    place.project.script("b2", "a1", (OFF if first else "") + DELETE.format(1) + OFF + "raise ValueError('no')")
    with pytest.raises(ScriptFailed, match="ValueError: no"):
        revisions.upgrade()
    assert children(engine) == [1, 2] and enforced(engine)


def test_who_catches_everything_does_not_keep_it_from_starting_over(place: Place) -> None:
    revisions, engine = place.open(enforced=True)
    body = f"try:\n    {OFF}except BaseException:\n    pass\n" + DELETE.format(1)
    place.project.script("b2", "a1", body)
    place.project.script("c3", "b2", f"try:\n    {OFF}except:\n    raise RuntimeError\n")
    assert len(revisions.upgrade()) == 3
    assert children(engine) == [1, 2] and enforced(engine)


def test_in_one_transaction_for_the_whole_run(place: Place) -> None:
    revisions, engine = place.open(enforced=True, transaction_per_migration=False)
    place.project.script("b2", "a1", 'op.execute("INSERT INTO parent VALUES (3)")\n' + DELETE.format(2))
    place.project.script("c3", "b2", OFF + DELETE.format(1))
    place.project.script("d4", "c3", 'op.execute("INSERT INTO child VALUES (3, 3)")\n' + DELETE.format(3))
    assert [step.revision.id for step in revisions.upgrade()] == ["a1", "b2", "c3", "d4"]
    assert children(engine) == [1] and enforced(engine)


def test_after_a_block_it_is_not_started_over(place: Place) -> None:
    revisions, engine = place.open(enforced=True)
    block = 'with op.get_context().autocommit_block():\n    op.execute("CREATE TABLE once (id INTEGER)")\n'
    place.project.script("b2", "a1", COUNT + block + OFF + DELETE.format(1) + ON + DELETE.format(2))
    revisions.upgrade()
    assert children(engine) == [1] and enforced(engine)
    assert (place.project.folder / "runs").read_text() == "x"


def test_within_a_block_it_is_what_it_says(place: Place) -> None:
    revisions, engine = place.open(enforced=True)
    block = "with op.get_context().autocommit_block():\n"
    place.project.script("b2", "a1", block + "    " + OFF + DELETE.format(1) + block + "    " + ON + DELETE.format(2))
    revisions.upgrade()
    assert children(engine) == [1] and enforced(engine)


def test_asking_is_no_switch(place: Place) -> None:
    revisions, engine = place.open(enforced=True)
    ask = "assert op.get_bind().exec_driver_sql('PRAGMA foreign_keys').scalar() == {}\n"
    place.project.script("b2", "a1", COUNT + ask.format(1) + ON + DELETE.format(1))
    place.project.script("c3", "b2", OFF + ask.format(0))
    revisions.upgrade()
    assert children(engine) == [2] and (place.project.folder / "runs").read_text() == "x"


def test_a_callback_may_switch_only_where_that_can_be_done_at_once(place: Place) -> None:
    revisions, engine = place.open(
        enforced=True, on_version_apply=lambda ctx, **others: ctx.execute("PRAGMA foreign_keys=OFF")
    )
    if SWITCHES:
        assert len(revisions.upgrade()) == 1
    else:
        with pytest.raises(ScriptFailed, match="before the transaction begins"):
            revisions.upgrade()
        assert not sa.inspect(engine).has_table("parent")
    assert enforced(engine)
