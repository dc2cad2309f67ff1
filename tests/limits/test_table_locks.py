"""A table that another session uses: the upgrade gives way, names it, tries again, and nobody waits long behind it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask_revisions.errors import TableBlocked
from flask_revisions.runner.events import Waiting

from ..databases.test_locks import in_thread
from ..projects import Project
from ..servers import DRIVERS

SERVERS = ["postgresql", "mariadb"]
SHORT = 0.5
"""Seconds."""

OWN = "" if DRIVERS else "this very process"
"""What is said of a session of the application's driver; that of the tests may be another."""

ADD = 'op.add_column("t_a1", sa.Column("more", sa.Integer))'


@pytest.fixture
def prepared(project: Project) -> Project:
    project.table("a1")
    project.revisions().upgrade()
    project.send("INSERT INTO t_a1 (id, n) VALUES (1, 0)")
    return project


@contextmanager
def reading(project: Project) -> Iterator[sa.Connection]:
    """A session that has read the table, and is in its transaction still."""
    with project.engine.connect() as connection:
        connection.execute(sa.text("SELECT count(*) FROM t_a1"))
        yield connection


class Readers:
    """Sessions that go on reading the table, one after another, and what the longest wait of one was."""

    def __init__(self, project: Project) -> None:
        self.longest, self.count = 0.0, 0
        self._over = threading.Event()
        self._project = project
        self._thread = threading.Thread(target=self._read, daemon=True)

    def _read(self) -> None:
        while not self._over.wait(0.02):
            with self._project.engine.connect() as connection:
                began = time.monotonic()
                connection.execute(sa.text("SELECT count(*) FROM t_a1"))
                self.longest = max(self.longest, time.monotonic() - began)
                self.count += 1

    def __enter__(self) -> Readers:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        self._thread.join(30)


@pytest.mark.parametrize("kind", SERVERS)
def test_readers_wait_no_longer_than_the_timeout_and_the_upgrade_succeeds(prepared: Project, kind: str) -> None:
    prepared.script("b2", "a1", ADD)
    events: list[Any] = []
    with Readers(prepared) as readers:
        with reading(prepared):
            began = time.monotonic()
            thread, ended = in_thread(
                lambda: prepared.revisions(table_lock_timeout=SHORT).upgrade(report=events.append)
            )
            time.sleep(5)
            assert thread.is_alive(), ended
        thread.join(30)
        took = time.monotonic() - began
    assert len(ended[0]) == 1 and prepared.applied() == {"b2"}
    waits = [each for each in events if isinstance(each, Waiting)]
    assert len(waits) >= 2 and any(OWN in each.holder for each in waits)
    print(f"{kind}: {len(waits)} attempts in vain, upgraded after {took:.2f} s; {readers.count} reads meanwhile, ")
    print(f"the longest waited {readers.longest:.2f} s with a timeout of {SHORT} s")
    assert readers.longest < SHORT + 0.5, "with some room for a busy machine"


@pytest.mark.parametrize("kind", SERVERS)
def test_who_has_the_table_is_named_and_there_is_an_end_to_it(prepared: Project, kind: str) -> None:
    prepared.script("b2", "a1", ADD)
    config = {
        "REVISIONS_TABLE_LOCK_TIMEOUT": SHORT,
        "REVISIONS_TABLE_LOCK_PATIENCE": 1.5,
        "SQLALCHEMY_ENGINE_OPTIONS": {},
    }
    with reading(prepared):
        result = prepared.cli("upgrade", config=config)
    assert result.code == 5, result
    message, hint = result.err.splitlines()[-2:]
    assert "keeps a table locked" in message and "ALTER TABLE t_a1 ADD COLUMN more" in message
    assert OWN in message and "idle in" in message and "; tried " in message
    assert "db.session.remove()" in hint and "REVISIONS_TABLE_LOCK_PATIENCE" in hint
    assert prepared.applied() == {"a1"} and "Waiting for a table that another session uses, held by" in result.err
    assert prepared.revisions().upgrade() and prepared.applied() == {"b2"}


@pytest.mark.parametrize("kind", SERVERS)
def test_what_is_no_definition_waits_as_long_as_it_has_to(prepared: Project, kind: str) -> None:
    prepared.script("b2", "a1", "op.execute('UPDATE t_a1 SET n = n + 1')\n" + ADD)
    with prepared.engine.connect() as writer:
        writer.execute(sa.text("UPDATE t_a1 SET n = n + 10"))
        thread, ended = in_thread(lambda: prepared.revisions(table_lock_timeout=SHORT).upgrade())
        time.sleep(SHORT + 1)
        assert thread.is_alive(), ended
        writer.commit()
    thread.join(30)
    assert len(ended[0]) == 1 and prepared.query("SELECT n FROM t_a1") == [(11,)]


@pytest.mark.parametrize("kind", ["postgresql"])
def test_a_script_that_catches_it_begins_again_all_the_same(prepared: Project, kind: str) -> None:
    body = f"try:\n    with op.get_bind().begin_nested():\n        {ADD}\nexcept BaseException:\n    pass\n"
    prepared.script("b2", "a1", "op.execute('UPDATE t_a1 SET n = n + 1 WHERE id = 1')\n" + body)
    with prepared.engine.connect() as reader:
        reader.execute(sa.text("SELECT count(*) FROM t_a1"))
        thread, ended = in_thread(lambda: prepared.revisions(table_lock_timeout=0.3).upgrade())
        time.sleep(1.5)
        assert thread.is_alive(), ended
        reader.rollback()
    thread.join(30)
    assert len(ended[0]) == 1 and prepared.query("SELECT n, more FROM t_a1") == [(1, None)]


@pytest.mark.parametrize("kind", ["postgresql"])
def test_one_transaction_for_the_whole_run_begins_again_as_a_whole(prepared: Project, kind: str) -> None:
    prepared.script("b2", "a1", "op.create_table('other', sa.Column('id', sa.Integer))")
    prepared.script("c3", "b2", ADD)
    revisions = prepared.revisions(table_lock_timeout=0.3, transaction_per_migration=False)
    with reading(prepared):
        thread, ended = in_thread(revisions.upgrade)
        time.sleep(1.5)
        assert prepared.applied() == {"a1"} and "other" not in prepared.tables()
        assert thread.is_alive(), ended
    thread.join(30)
    assert len(ended[0]) == 2 and prepared.applied() == {"c3"}


@pytest.mark.parametrize("kind", ["postgresql"])
def test_a_step_that_has_committed_a_part_of_itself_goes_on_behind_that(prepared: Project, kind: str) -> None:
    counted = "op.execute('UPDATE t_a1 SET n = n + 1')\n"
    block = f"with op.get_context().autocommit_block():\n    {counted}"
    prepared.script("b2", "a1", f"{counted}{block}{counted}{ADD}")
    gave_way = threading.Event()

    def report(event: Any) -> None:
        if isinstance(event, Waiting):
            gave_way.set()

    with reading(prepared):
        thread, ended = in_thread(lambda: prepared.revisions(table_lock_timeout=0.3).upgrade(report=report))
        assert gave_way.wait(30), ended
        assert prepared.journal() != []
    thread.join(30)
    assert [each.revision.id for each in ended[0]] == ["b2"] and prepared.journal() == []
    assert prepared.query("SELECT n, more FROM t_a1") == [(3, None)]


@pytest.mark.parametrize("kind", ["postgresql"])
def test_an_index_that_is_made_concurrently_waits_as_long_as_it_has_to(prepared: Project, kind: str) -> None:
    index = 'op.create_index("i", "t_a1", ["n"], postgresql_concurrently=True)'
    prepared.script("b2", "a1", f"with op.get_context().autocommit_block():\n    {index}\n    {ADD}\n")
    with reading(prepared) as reader:
        reader.execute(sa.text("LOCK TABLE t_a1 IN ROW EXCLUSIVE MODE"))
        thread, ended = in_thread(lambda: prepared.revisions(table_lock_timeout=0.3).upgrade())
        time.sleep(1.5)
        assert thread.is_alive(), ended
    thread.join(30)
    assert not isinstance(ended[0], BaseException), ended[0].message
    assert prepared.query("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass") == [(True,)]


@pytest.mark.parametrize("kind", ["postgresql"])
def test_the_setting_of_the_application_is_there_again_for_data(prepared: Project, kind: str) -> None:
    asked = "found.append(op.get_bind().exec_driver_sql('SHOW lock_timeout').scalar())\n"
    nested = f"nested = op.get_bind().begin_nested()\n{ADD.replace('more', 'again')}\nnested.rollback()\n"
    prepared.script("b2", "a1", f"found = []\n{asked}{ADD}\n{asked}{nested}{asked}print('found', *found)")
    asyncpg = "asyncpg" in DRIVERS
    said = {"server_settings": {"lock_timeout": "77s"}} if asyncpg else {"options": "-c lock_timeout=77s"}
    result = prepared.cli("upgrade", config={"SQLALCHEMY_ENGINE_OPTIONS": {"connect_args": said}})
    assert "found 77s 77s 77s" in result.out, result


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_reader_of_a_file_keeps_nobody_waiting(prepared: Project, kind: str) -> None:
    prepared.script("b2", "a1", ADD)
    events: list[Any] = []
    with prepared.engine.connect() as reader:
        rows = reader.exec_driver_sql("SELECT 1 UNION ALL SELECT id FROM t_a1")
        rows.fetchone()  # the file is being read
        thread, ended = in_thread(lambda: prepared.revisions(table_lock_timeout=0.3).upgrade(report=events.append))
        time.sleep(1.5)
        assert thread.is_alive(), ended
        rows.close()
    thread.join(30)
    assert len(ended[0]) == 1 and prepared.applied() == {"b2"}
    assert any("reads this database" in each.holder for each in events if isinstance(each, Waiting))


@pytest.mark.parametrize("kind", SERVERS)
def test_the_error_has_its_facts(prepared: Project, kind: str) -> None:
    prepared.script("b2", "a1", ADD)
    with reading(prepared), pytest.raises(TableBlocked) as caught:
        prepared.revisions(table_lock_timeout=SHORT, table_lock_patience=0.0).upgrade()
    assert caught.value.exit_code == 5 and caught.value.statement.startswith("ALTER TABLE")
    assert caught.value.blockers
