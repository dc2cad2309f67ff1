"""Scripts that end the transaction of their step, or try to: an error that says where, and no row."""

from __future__ import annotations

import pytest
from flask_revisions.errors import RevisionsError, TransactionEnded
from sqlalchemy.pool import QueuePool

from ..projects import Project
from ..servers import about_plain_drivers

BIND = "bind = op.get_bind()\n"
ROW = 'op.execute("INSERT INTO t_a1 (id, n) VALUES ({0}, {0})")\n'
SESSION = "from sqlalchemy.orm import Session\nsession = Session(op.get_bind())\n"
RAW = "raw = op.get_bind().connection\n"

REFUSED = {
    "ROLLBACK": 'op.execute("ROLLBACK")',
    "rollback work": "op.get_bind().execute(sa.text(' rollback work; '))",
    "ABORT, behind a comment": "op.get_bind().exec_driver_sql('/* x */ ABORT')",
    "bind.commit()": "op.get_bind().commit()",
    "bind.rollback()": "op.get_bind().rollback()",
    "bind.close()": "op.get_bind().close()",
    "with bind": "with op.get_bind(): pass",
    "Session.rollback()": "session.rollback()",
}
"""What is refused where it is tried; behind the row that the script has written before."""

RAW_ENDS = {
    "COMMIT": "raw.cursor().execute('COMMIT')\n",
    "ROLLBACK": "raw.cursor().execute('ROLLBACK')\n",
    "commit()": "raw.commit()\n",
    "rollback()": "raw.rollback()\n",
    "commit() of the driver": "raw.driver_connection.commit()\n",
    "two in one": "op.execute('COMMIT; SELECT 1')\n",
}
"""What is noticed before the row of the step is written."""

HARMLESS = {
    "Session.commit()": SESSION
    + "session.execute(sa.text('INSERT INTO t_a1 (id, n) VALUES (2, 2)'))\nsession.commit()\nsession.close()",
    "Session.close()": SESSION + "session.execute(sa.text('INSERT INTO t_a1 (id, n) VALUES (2, 2)'))\nsession.close()",
    "begin_nested": BIND + "with bind.begin_nested():\n    " + ROW.format(2),
    "begin_nested, rolled back": ROW.format(2)
    + BIND
    + "nested = bind.begin_nested()\n"
    + ROW.format(3)
    + "nested.rollback()",
    "begin_nested, left open": BIND + "bind.begin_nested()\n" + ROW.format(2),
    "a savepoint of its own": "op.execute('SAVEPOINT x')\n"
    + ROW.format(3)
    + "op.execute('ROLLBACK TO SAVEPOINT x')\n"
    + ROW.format(2),
    "BEGIN": "op.execute('BEGIN')\n" + ROW.format(2),
    "a cursor": RAW + "raw.cursor().execute('INSERT INTO t_a1 (id, n) VALUES (2, 2)')",
    "an error within begin_nested": (
        BIND
        + "try:\n    with bind.begin_nested():\n"
        + "        bind.exec_driver_sql('no SQL')\nexcept sa.exc.DBAPIError:\n    pass\n"
        + ROW.format(2)
    ),
}


@pytest.fixture
def prepared(project: Project) -> Project:
    project.script(
        "a1", None, 'op.create_table("t_a1", sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer))'
    )
    project.revisions().upgrade()
    return project


def ids(project: Project) -> list[int]:
    return [id for (id,) in project.query("SELECT id FROM t_a1 ORDER BY id")]


def fails(project: Project, match: str) -> RevisionsError:
    revisions = project.revisions(
        {"SQLALCHEMY_ENGINE_OPTIONS": {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0}}
    )
    with pytest.raises(RevisionsError, match=match) as caught:
        revisions.upgrade()
    assert project.applied() == {"a1"}
    return caught.value


def completes(project: Project) -> None:
    """The same revision, put right, runs; and nothing is left of the run that failed."""
    project.script("b2", "a1", ROW.format(7))
    assert len(project.revisions().upgrade()) == 1
    assert project.applied() == {"b2"} and ids(project) == [7]


@pytest.mark.parametrize("what", REFUSED)
def test_an_end_is_refused_where_it_is_tried(prepared: Project, what: str) -> None:
    before = SESSION + "session.execute(sa.text('SELECT 1'))\n" if "Session" in what else ""
    body = ROW.format(1) + before + REFUSED[what] + "\n" + ROW.format(2)
    path = prepared.script("b2", "a1", body)
    line = next(number for number, text in enumerate(path.read_text().splitlines(), 1) if REFUSED[what] in text)
    error = fails(prepared, rf"^Upgrade of b2 failed at migrations/versions/b2.py:{line}, ")
    assert isinstance(error, TransactionEnded) and "autocommit_block" in error.hint
    assert ids(prepared) == []
    completes(prepared)


@pytest.mark.parametrize("what", REFUSED)
def test_who_catches_the_refusal_is_refused_all_the_same(prepared: Project, what: str) -> None:
    before = SESSION + "session.execute(sa.text('SELECT 1'))\n" if "Session" in what else ""
    tries = f"try:\n    {REFUSED[what]}\nexcept Exception:\n    pass\n"
    for after in ("", f"try:\n    {ROW.format(2)}except Exception:\n    pass\n", "raise KeyError('x')\n"):
        prepared.script("b2", "a1", ROW.format(1) + before + tries + after)
        assert isinstance(fails(prepared, "^Upgrade of b2 failed at .*The script"), TransactionEnded)
        assert ids(prepared) == []
    completes(prepared)


@about_plain_drivers
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("what", RAW_ENDS)
def test_an_end_on_the_drivers_connection_is_noticed(prepared: Project, kind: str, what: str) -> None:
    if kind == "sqlite" and what == "two in one":
        pytest.skip("the driver refuses two statements in one")
    prepared.script("b2", "a1", RAW + RAW_ENDS[what])
    assert isinstance(fails(prepared, "^Upgrade of b2 failed at .*b2.py"), TransactionEnded)
    prepared.script("b2", "a1", RAW + RAW_ENDS[what] + ROW.format(2))
    assert isinstance(fails(prepared, "^Upgrade of b2 failed at .*b2.py"), TransactionEnded)
    completes(prepared)


@about_plain_drivers
def test_executescript_is_noticed(prepared: Project, kind: str) -> None:
    if kind != "sqlite":
        pytest.skip("only SQLite's driver has it")
    prepared.script("b2", "a1", RAW + "raw.executescript('UPDATE t_a1 SET n = 1')\n" + ROW.format(1))
    assert isinstance(fails(prepared, "b2.py:14, op.execute.*had ended before this statement"), TransactionEnded)
    prepared.script("b2", "a1", ROW.format(1) + RAW + "raw.executescript('DELETE FROM t_a1')\n")
    assert isinstance(fails(prepared, "b2.py: The script has ended the transaction"), TransactionEnded)
    completes(prepared)


@pytest.mark.parametrize("what", HARMLESS)
def test_what_does_no_harm(prepared: Project, what: str) -> None:
    prepared.script("b2", "a1", ROW.format(1) + HARMLESS[what] + "\nraise ValueError('no')")
    fails(prepared, "^Upgrade of b2 failed at .*ValueError: no")
    assert ids(prepared) == []
    prepared.script("b2", "a1", ROW.format(1) + HARMLESS[what])
    assert len(prepared.revisions().upgrade()) == 1 and prepared.applied() == {"b2"}
    assert ids(prepared) == [1, 2]


def test_begin_is_an_error_of_sqlalchemy(prepared: Project) -> None:
    prepared.script("b2", "a1", ROW.format(1) + "with op.get_bind().begin():\n    pass")
    fails(prepared, "b2.py:13, with op.get_bind.*: InvalidRequestError: This connection has already")
    completes(prepared)


def test_a_session_that_rolls_back_for_an_error_keeps_the_error(prepared: Project) -> None:
    model = (
        "from sqlalchemy.orm import Session, declarative_base\nBase = declarative_base()\n"
        "class Row(Base):\n    __tablename__ = 't_a1'\n    id = sa.Column(sa.Integer, primary_key=True)\n"
        "session = Session(op.get_bind())\nsession.add(Row(id=1))\nsession.flush()\n"
    )
    prepared.script("b2", "a1", model + "session.execute(sa.insert(Row).values(id=1))")
    fails(prepared, r"(?i)b2.py:20, session.execute.*: .*(unique|duplicate)")
    prepared.script("b2", "a1", model + "session.expunge_all()\nsession.add(Row(id=1))\nsession.commit()")
    error = fails(prepared, r"(?i)b2.py:22, session.commit.*: .*(unique|duplicate)")
    assert "begin_nested" in error.hint and ids(prepared) == []
    completes(prepared)


def test_an_error_of_the_database_that_is_swallowed(prepared: Project, kind: str) -> None:
    body = ROW.format(1) + "try:\n    op.execute('no SQL')\nexcept sa.exc.DBAPIError:\n    pass\n"
    prepared.script("b2", "a1", body)
    if kind == "postgresql":
        error = fails(prepared, "The script went on after an error of the database")
        assert "begin_nested" in error.hint
        completes(prepared)
    else:
        assert len(prepared.revisions().upgrade()) == 1 and ids(prepared) == [1]


def test_a_commit_within_a_block_is_no_ending(prepared: Project) -> None:
    block = "with op.get_context().autocommit_block():\n"
    body = block + "    op.get_bind().commit()\n    with op.get_bind().begin():\n        " + ROW.format(1)
    prepared.script("b2", "a1", body + "    op.execute('COMMIT')\n" + ROW.format(2) + "raise ValueError('no')")
    fails(prepared, "ValueError: no")
    assert ids(prepared) == [1]


@pytest.mark.parametrize("close", ["op.get_bind().close()", "op.get_bind().connection.close()"])
def test_a_closed_connection_within_a_block(prepared: Project, close: str) -> None:
    body = "with op.get_context().autocommit_block():\n    " + ROW.format(1) + f"    {close}\n"
    prepared.script("b2", "a1", body)
    assert isinstance(fails(prepared, "b2.py.*: The script (closes|has given)"), TransactionEnded)
    assert ids(prepared) == [1]
    prepared.script("b2", "a1", body.replace(f"    {close}\n", ""))
    assert len(prepared.revisions().upgrade()) == 1 and ids(prepared) == [1]
