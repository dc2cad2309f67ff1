"""A revision that failed half way goes on where it was: what was done is not done again, and its results are known."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask_revisions.errors import JournalMismatch, RevisionsError, ScriptFailed, StatementInDoubt, Unfinished
from flask_revisions.runner.journal import JournalTable, plain, tagged
from flask_revisions.runner.statements import kind_of

from ..projects import Project

BLOCK = "with op.get_context().autocommit_block():\n    "
FAILS = "import os\nif not os.path.exists('repaired'):\n    raise ValueError('no')\n"
ADD = 'op.execute("UPDATE counter SET n = n + {}")\n'


@pytest.fixture
def prepared(project: Project) -> Project:
    """A project with a counter that stands at 0, and a table with keys of its own."""
    made = 'op.create_table("t", sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer))\n'
    counter = 'op.create_table("counter", sa.Column("n", sa.Integer))\nop.execute("INSERT INTO counter VALUES (0)")'
    project.script("a1", None, made + counter)
    project.revisions().upgrade()
    return project


def commits(kind: str, name: str = "more") -> str:
    """Lines that commit what precedes."""
    add = f'op.add_column("t", sa.Column("{name}", sa.Integer))\n'
    return add if kind == "mariadb" else add + BLOCK + "pass\n"


def fails(project: Project, body: str, error: type[RevisionsError] = ScriptFailed) -> Any:
    project.script("b2", "a1", body)
    with pytest.raises(error) as caught:
        project.revisions().upgrade()
    assert project.applied() == {"a1"}
    return caught.value


def repaired(project: Project) -> None:
    (project.folder / "repaired").touch()
    project.revisions().upgrade()
    assert project.applied() == {"b2"} and project.journal() == []


def count(project: Project) -> Any:
    return project.query("SELECT n FROM counter")[0][0]


def test_what_was_committed_is_not_done_again(prepared: Project, kind: str) -> None:
    error = fails(prepared, ADD.format(1) + commits(kind) + ADD.format(10) + FAILS + ADD.format(100))
    assert "has stayed, and is not done again" in error.hint and count(prepared) == 1
    repaired(prepared)
    assert count(prepared) == 111


def test_counts_keys_and_rows_are_given_back(prepared: Project, kind: str) -> None:
    body = (
        "bind = op.get_bind()\n"
        "t = sa.table('t', sa.column('id'), sa.column('n'))\n"
        "key = sa.Column('id', sa.Integer, primary_key=True)\n"
        "full = sa.Table('t', sa.MetaData(), key, sa.Column('n', sa.Integer))\n"
        "bind.execute(t.insert(), [{'n': 5}, {'n': 6}, {'n': 7}])\n"
        "key = bind.execute(full.insert().values(n=8)).inserted_primary_key[0]\n"
        "rows = bind.execute(full.insert().values(n=9).returning(full.c.id, full.c.n)).all()\n"
        "changed = bind.execute(sa.text('UPDATE t SET n = n + 1 WHERE n < 7')).rowcount\n"
        + commits(kind)
        + "open('seen', 'a').write(f'{key} {rows} {changed}\\n')\n"
        + FAILS
        + "bind.execute(sa.text('INSERT INTO counter VALUES (:key)'), {'key': key})"
    )
    fails(prepared, body)
    repaired(prepared)
    assert (prepared.folder / "seen").read_text().splitlines() == ["4 [(5, 9)] 2"] * 2
    assert prepared.query("SELECT n FROM t ORDER BY id") == [(6,), (7,), (7,), (8,), (9,)]


def test_a_session_counts_like_op(prepared: Project, kind: str) -> None:
    session = "from sqlalchemy.orm import Session\nwith Session(op.get_bind()) as session:\n"
    session += "    session.execute(sa.text('UPDATE counter SET n = n + 1'))\n    session.commit()\n"
    fails(prepared, session + commits(kind) + FAILS)
    repaired(prepared)
    assert count(prepared) == 1


def test_reads_are_answered_anew_and_what_they_leave_out_is_taken_as_done(prepared: Project, kind: str) -> None:
    guard = "if 'more' not in [c['name'] for c in sa.inspect(op.get_bind()).get_columns('t')]:\n    "
    body = ADD.format(1) + guard + commits(kind).replace("\n", "\n    ").rstrip() + "\n" + commits(kind, "other")
    fails(prepared, body + FAILS + ADD.format(10))
    repaired(prepared)
    assert count(prepared) == 11


ONCE = "if not op.get_bind().execute(sa.text('SELECT n FROM counter WHERE n > 0')).first():\n    "


def test_data_that_a_read_leaves_out_counts_as_done(prepared: Project, kind: str) -> None:
    fails(prepared, ONCE + ADD.format(1) + commits(kind) + ADD.format(10) + commits(kind, "other") + FAILS)
    repaired(prepared)
    assert count(prepared) == 11


@pytest.mark.parametrize("after", ["", ADD.format(10), 'op.execute("UPDATE t SET n = 1")\n'], ids=["end", "one", "two"])
def test_data_that_is_left_out_for_another_reason_is_not_taken_as_done(
    prepared: Project, kind: str, after: str
) -> None:
    body = "import os\nif not os.path.exists('repaired'):\n    " + ADD.format(1) + after + commits(kind) + FAILS
    fails(prepared, body)
    (prepared.folder / "repaired").touch()
    error = fails(prepared, body, JournalMismatch)
    assert "does something else this time: 'UPDATE counter SET n = n + 1' was done already" in error.message
    assert "flask db journal" in error.hint


def test_a_loop_over_what_is_left_is_not_taken_for_what_was_done(prepared: Project, kind: str) -> None:
    prepared.send("INSERT INTO t (id, n) VALUES (1, NULL), (2, NULL), (3, NULL)")
    loop = (
        "bind = op.get_bind()\n"
        "with op.get_context().autocommit_block():\n"
        "    for id in bind.execute(sa.text('SELECT id FROM t WHERE n IS NULL ORDER BY id')).scalars().all():\n"
        "        import os\n"
        "        if id == 3 and not os.path.exists('repaired'): raise ValueError('no')\n"
        "        bind.execute(sa.text('UPDATE t SET n = :id WHERE id = :id'), {'id': id})\n"
    )
    fails(prepared, loop)
    assert prepared.query("SELECT n FROM t ORDER BY id") == [(1,), (2,), (None,)]
    (prepared.folder / "repaired").touch()
    fails(prepared, loop, JournalMismatch)
    prepared.cli("journal", "--forget", "b2")
    prepared.revisions().upgrade()
    assert prepared.query("SELECT n FROM t ORDER BY id") == [(1,), (2,), (3,)]


def test_values_that_are_made_up_each_time_are_the_same_statement(prepared: Project, kind: str) -> None:
    insert = "import random\nop.get_bind().execute(sa.text('INSERT INTO t (n) VALUES (:n)'), {'n': random.random()})\n"
    fails(prepared, insert + commits(kind) + FAILS)
    repaired(prepared)
    assert prepared.query("SELECT count(*) FROM t") == [(1,)]


def test_the_time_of_now_is_the_same_statement_also_after_another_read(prepared: Project, kind: str) -> None:
    prepared.send("CREATE TABLE stamped (at TIMESTAMP NULL)")
    body = (
        "from datetime import datetime\nif not sa.inspect(op.get_bind()).has_table('made'):\n"
        "    op.create_table('made', sa.Column('id', sa.Integer))\n"
        "op.bulk_insert(sa.table('stamped', sa.column('at', sa.DateTime)), [{'at': datetime.now()}])\n"
    )
    fails(prepared, body + commits(kind) + FAILS)
    repaired(prepared)
    assert prepared.query("SELECT count(*) FROM stamped") == [(1,)]


def test_what_follows_may_be_changed(prepared: Project, kind: str) -> None:
    fails(prepared, ADD.format(1) + commits(kind) + 'op.execute("DELETE FROM nosuch")')
    prepared.script("b2", "a1", ADD.format(1) + commits(kind) + ADD.format(100))
    prepared.revisions().upgrade()
    assert count(prepared) == 101 and prepared.journal() == []


def test_what_was_done_may_not_be_changed(prepared: Project, kind: str) -> None:
    fails(prepared, ADD.format(1) + commits(kind) + FAILS)
    error = fails(prepared, ADD.format(2) + commits(kind), JournalMismatch)
    assert error.exit_code == 7 and "was edited since: 'UPDATE counter SET n = n + 1' was done already" in error.message
    assert "'UPDATE counter SET n = n + 2' comes" in error.message and "flask db journal" in error.hint
    error = fails(prepared, "pass", JournalMismatch)
    assert "and where it was, it ends" in error.message and count(prepared) == 1
    shown = prepared.cli("journal").out.splitlines()
    assert shown[0] == "b2 upgrade  done  UPDATE counter SET n = n + 1"
    assert "'b2'" not in prepared.cli("journal", "--forget", "b2").out and prepared.journal() == []
    prepared.script("b2", "a1", ADD.format(10))
    prepared.revisions().upgrade()
    assert count(prepared) == 11


def test_it_is_kept_without_a_log(prepared: Project, kind: str) -> None:
    prepared.script("b2", "a1", ADD.format(1) + commits(kind) + FAILS)
    with pytest.raises(ScriptFailed):
        prepared.revisions(log=False).upgrade()
    (prepared.folder / "repaired").touch()
    prepared.revisions(log=False).upgrade()
    assert count(prepared) == 1 and prepared.journal() == []


def test_a_stamp_forgets_it(prepared: Project, kind: str) -> None:
    fails(prepared, ADD.format(1) + commits(kind) + FAILS)
    assert prepared.journal()
    prepared.revisions().stamp("b2")
    assert prepared.journal() == []


def test_half_taken_back_is_no_state_to_upgrade_from(prepared: Project, kind: str) -> None:
    prepared.script("b2", "a1", "pass", ADD.format(1) + commits(kind) + FAILS)
    prepared.revisions().upgrade()
    with pytest.raises(ScriptFailed):
        prepared.revisions().downgrade()
    with pytest.raises(Unfinished, match="b2 was being taken back"):
        prepared.revisions().upgrade()
    (prepared.folder / "repaired").touch()
    prepared.revisions().downgrade()
    assert count(prepared) == 1 and prepared.applied() == {"a1"}


def test_half_applied_is_no_state_to_go_back_from(prepared: Project, kind: str) -> None:
    prepared.script("b2", "a1", ADD.format(1) + commits(kind) + FAILS)
    with pytest.raises(ScriptFailed):
        prepared.revisions().upgrade()
    with pytest.raises(Unfinished, match="b2 was being applied") as caught:
        prepared.revisions().downgrade("base")
    assert "'flask db upgrade' goes on with it" in caught.value.hint and prepared.applied() == {"a1"}
    (prepared.folder / "repaired").touch()
    prepared.revisions().upgrade()
    assert count(prepared) == 1 and prepared.applied() == {"b2"}


def test_a_branch_that_does_not_stand_on_it_can_be_taken_back(prepared: Project, kind: str) -> None:
    prepared.script(
        "c2", "a1", "op.execute('UPDATE counter SET n = n + 10')", "op.execute('UPDATE counter SET n = n - 10')"
    )
    prepared.revisions().upgrade()
    prepared.script("b2", "a1", ADD.format(1) + commits(kind) + FAILS)
    with pytest.raises(ScriptFailed):
        prepared.revisions().upgrade("b2")
    prepared.revisions().downgrade("c2@a1")
    assert count(prepared) == 1 and prepared.applied() == {"a1"}


@pytest.mark.parametrize("kind", ["mariadb"])
def test_temporary_tables_are_made_and_filled_again(prepared: Project, kind: str) -> None:
    body = (
        'op.execute("CREATE TEMPORARY TABLE brief (n INTEGER)")\nop.execute("INSERT INTO brief VALUES (5)")\n'
        + commits(kind)
        + FAILS
        + 'op.execute("INSERT INTO t (n) SELECT n FROM brief")'
    )
    fails(prepared, body)
    repaired(prepared)
    assert prepared.query("SELECT n FROM t") == [(5,)]


@pytest.mark.parametrize("kind", ["mariadb"])
def test_a_statement_that_nothing_tells_of_is_in_doubt(prepared: Project, kind: str) -> None:
    prepared.send("CREATE PROCEDURE adds() BEGIN UPDATE counter SET n = n + 1; COMMIT; END")
    fails(prepared, 'op.execute("CALL adds()")\n' + FAILS)
    error = fails(prepared, 'op.execute("CALL adds()")\n' + FAILS, StatementInDoubt)
    assert "'CALL adds()' was carried out" in error.message and "--done b2" in error.hint
    assert prepared.cli("journal").out == "b2 upgrade  in doubt  CALL adds()\n"
    assert prepared.cli("journal", "--done", "b2").code == 0
    repaired(prepared)
    assert count(prepared) == 1


@pytest.mark.parametrize("kind", ["mariadb"])
def test_ddl_that_failed_and_was_caught_is_not_taken_as_done(prepared: Project, kind: str) -> None:
    caught = "try:\n    op.execute('DROP TABLE nosuch')\nexcept Exception:\n    " + ADD.format(1)
    fails(prepared, caught + commits(kind) + FAILS)
    repaired(prepared)
    assert count(prepared) == 1


@pytest.mark.parametrize("kind", ["postgresql"])
def test_an_index_that_was_left_half_made_is_made_again(prepared: Project, kind: str) -> None:
    prepared.send("INSERT INTO t (n) VALUES (1), (1)")
    make = 'op.create_index("i", "t", ["n"], unique=True, postgresql_concurrently=True)\n'
    error = fails(prepared, ADD.format(1) + BLOCK + make)
    assert "could not create unique index" in error.message
    assert prepared.query("SELECT indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname = 'i'") == [
        (False,)
    ]
    prepared.send("DELETE FROM t WHERE id = 1")
    repaired(prepared)
    assert prepared.query("SELECT indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname = 'i'") == [
        (True,)
    ]
    assert count(prepared) == 1


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_rebuild_before_a_block_is_told_what_it_was_told_before(prepared: Project, kind: str) -> None:
    batch = "with op.batch_alter_table('t') as batch:\n    batch.drop_column('n')\n"
    batch += "    batch.add_column(sa.Column('m', sa.Text))\n"
    fails(prepared, batch + BLOCK + "op.execute('VACUUM')\n" + FAILS)
    repaired(prepared)
    assert [each["name"] for each in sa.inspect(prepared.engine).get_columns("t")] == ["id", "m"]


KINDS = {
    "SELECT 1": "live",
    "-- x\n/* y */ insert into t values (1)": "data",
    "WITH x AS (SELECT 1) SELECT * FROM x": "live",
    "WITH x AS (SELECT 'delete me') SELECT * FROM x": "live",
    "WITH x AS (SELECT 1) UPDATE t SET n = 1": "data",
    "CREATE TEMPORARY TABLE brief (n INT)": "live",
    "INSERT INTO brief VALUES (1)": "live",
    "ALTER TABLE t ADD n INT": "change",
    "TRUNCATE t": "change",
    "CALL p()": "change",
    "LOCK TABLES t WRITE": "session",
    "LOAD DATA INFILE 'x' INTO TABLE t": "data",
}


@pytest.mark.parametrize("statement", KINDS)
def test_what_a_statement_is(statement: str) -> None:
    assert kind_of(statement, "mysql", {"brief"}) == KINDS[statement]


def test_values_come_back_as_they_were() -> None:
    import datetime
    import decimal
    import uuid

    values = [None, True, 1, 1.5, "x", b"\0\xff", decimal.Decimal("1.10"), datetime.date(2026, 1, 2), uuid.UUID(int=7)]
    values += [
        datetime.datetime(2026, 1, 2, 3, 4, 5, 6, datetime.timezone.utc),
        datetime.timedelta(seconds=3),
        [1, [2]],
    ]
    assert [plain(tagged(each)) for each in values] == values
    with pytest.raises(TypeError):
        tagged(object())


def test_a_version_table_of_its_own_has_a_journal_of_its_own() -> None:
    assert JournalTable.beside("mine", "s") == JournalTable("mine_journal", "s")
