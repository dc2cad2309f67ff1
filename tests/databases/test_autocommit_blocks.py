"""What has to be outside of a transaction: autocommit_block(), COMMIT as text, statements that insist on it."""

from __future__ import annotations

import pytest
from flask_revisions.errors import ScriptFailed
from sqlalchemy.pool import QueuePool

from ..projects import Project
from ..servers import about_drivers

OUTSIDE = {
    "sqlite": ("VACUUM", "PRAGMA journal_mode=WAL"),
    "postgresql": ("CREATE INDEX CONCURRENTLY i_n ON t_a1 (n)", "ALTER TYPE mood ADD VALUE 'calm'"),
    "mariadb": ("OPTIMIZE TABLE t_a1", "CREATE INDEX i_n ON t_a1 (n)"),
}
"""What each database takes outside of a transaction only, or at least there, too."""

ROW = 'op.execute("INSERT INTO t_a1 (id, n) VALUES ({0}, {0})")\n'
BLOCK = "with op.get_context().autocommit_block():\n"


@pytest.fixture
def prepared(project: Project, kind: str) -> Project:
    """A project with a table, and on PostgreSQL an enum type."""
    more = "\nop.execute(\"CREATE TYPE mood AS ENUM ('glad')\")" if kind == "postgresql" else ""
    project.script(
        "a1", None, 'op.create_table("t_a1", sa.Column("id", sa.Integer), sa.Column("n", sa.Integer))' + more
    )
    project.revisions().upgrade()
    return project


def ids(project: Project) -> list[int]:
    return [id for (id,) in project.query("SELECT id FROM t_a1 ORDER BY id")]


def test_statements_that_need_it_work_in_a_block(prepared: Project, kind: str) -> None:
    inside = "".join(f'    op.execute("{statement}")\n' for statement in OUTSIDE[kind])
    prepared.script("b2", "a1", ROW.format(1) + BLOCK + inside + ROW.format(2))
    prepared.script("c3", "b2", ROW.format(3) + "raise ValueError('no')")
    with pytest.raises(ScriptFailed, match="Upgrade of c3 failed"):
        prepared.revisions().upgrade()
    assert prepared.applied() == {"b2"} and ids(prepared) == [1, 2]


def test_a_block_commits_what_precedes_and_begins_again(prepared: Project) -> None:
    prepared.script(
        "b2", "a1", ROW.format(1) + BLOCK + "    " + ROW.format(2) + ROW.format(3) + "raise ValueError('no')"
    )
    with pytest.raises(ScriptFailed):
        prepared.revisions().upgrade()
    assert ids(prepared) == [1, 2] and prepared.applied() == {"a1"}


def test_an_exception_in_a_block_ends_the_block(prepared: Project) -> None:
    body = (
        ROW.format(1)
        + "try:\n    "
        + BLOCK
        + "        "
        + ROW.format(2)
        + "        raise KeyError\nexcept KeyError:\n    pass\n"
    )
    prepared.script("b2", "a1", body + ROW.format(3) + "raise ValueError('no')")
    with pytest.raises(ScriptFailed, match="ValueError: no"):
        prepared.revisions().upgrade()
    assert ids(prepared) == [1, 2]
    prepared.script("b2", "a1", body + ROW.format(3))
    prepared.revisions().upgrade()
    assert ids(prepared) == [1, 2, 3] and prepared.applied() == {"b2"}


def test_blocks_within_blocks(prepared: Project, kind: str) -> None:
    inner = f'        op.execute("{OUTSIDE[kind][0]}")\n'
    body = BLOCK + "    " + BLOCK + inner + "    " + ROW.format(1) + ROW.format(2)
    prepared.script("b2", "a1", body + "raise ValueError('no')")
    with pytest.raises(ScriptFailed, match="ValueError"):
        prepared.revisions().upgrade()
    assert ids(prepared) == [1]


@pytest.mark.parametrize(
    "send",
    [
        "op.execute({!r})",
        "op.get_bind().execute(sa.text({!r}))",
        "op.get_bind().exec_driver_sql({!r})",
        "op.get_context().execute({!r})",
    ],
)
def test_commit_as_text_is_a_block(prepared: Project, kind: str, send: str) -> None:
    body = ROW.format(1) + send.format("COMMIT") + "\n" + f'op.execute("{OUTSIDE[kind][0]}")\n' + ROW.format(2)
    body += send.format("  begin;") + "\n" + ROW.format(3)
    prepared.script("b2", "a1", body + "raise ValueError('no')")
    with pytest.raises(ScriptFailed, match="ValueError: no"):
        prepared.revisions().upgrade()
    assert ids(prepared) == [1, 2] and prepared.applied() == {"a1"}


def test_commit_as_text_lasts_until_the_end_of_the_step(prepared: Project, kind: str) -> None:
    prepared.script("b2", "a1", f'op.execute("COMMIT")\nop.execute("{OUTSIDE[kind][0]}")\n' + ROW.format(1))
    prepared.script("c3", "b2", ROW.format(2) + "raise ValueError('no')")
    with pytest.raises(ScriptFailed):
        prepared.revisions().upgrade()
    assert ids(prepared) == [1] and prepared.applied() == {"b2"}


def test_vacuum_needs_no_block_on_sqlite(prepared: Project, kind: str) -> None:
    if kind != "sqlite":
        pytest.skip("other databases say so themselves")
    for number, statement in enumerate(
        ("VACUUM", "pragma synchronous = FULL", "-- all\n PRAGMA main.journal_mode(WAL)"), 2
    ):
        prepared.script(
            f"b{number}",
            f"{'a' if number == 2 else 'b'}{number - 1}",
            f"op.execute({statement!r})\n" + ROW.format(number),
        )
    prepared.script("c9", "b4", "op.get_bind().exec_driver_sql('VACUUM')\n" + ROW.format(9) + "raise ValueError('no')")
    with pytest.raises(ScriptFailed, match="ValueError: no"):
        prepared.revisions().upgrade()
    assert ids(prepared) == [2, 3, 4] and prepared.query("PRAGMA journal_mode") == [("wal",)]


@about_drivers
def test_the_isolation_level_of_the_application_is_there_again(prepared: Project, kind: str) -> None:
    level = "READ UNCOMMITTED" if kind == "sqlite" else "SERIALIZABLE"
    prepared.script("b2", "a1", BLOCK + "    " + ROW.format(1))
    options = {"isolation_level": level, "poolclass": QueuePool, "pool_size": 1, "max_overflow": 0}
    app = prepared.app({"SQLALCHEMY_ENGINE_OPTIONS": options})
    app.extensions["revisions"].revisions.upgrade()
    with app.app_context(), app.extensions["sqlalchemy"].engine.connect() as connection:
        assert connection.get_isolation_level() == level
        connection.exec_driver_sql("INSERT INTO t_a1 (id) VALUES (5)")
        connection.rollback()
    assert ids(prepared) == [1]


def test_what_is_outside_is_marked_for_the_next_run_on_postgresql(prepared: Project, kind: str) -> None:
    if kind != "postgresql":
        pytest.skip("no such mark elsewhere")
    ask = "open('seen', 'a').write(op.get_bind().exec_driver_sql('SELECT current_query()').scalar() + '\\n')\n"
    prepared.script("b2", "a1", ask + BLOCK + "    " + ask + ask)
    prepared.revisions().upgrade()
    before, inside, after = (prepared.folder / "seen").read_text().splitlines()
    assert before == after == "SELECT current_query()"
    assert inside == "/* flask-revisions 411ec536 */ SELECT current_query()"


def test_a_block_as_sql_text(prepared: Project, kind: str) -> None:
    prepared.script("b2", "a1", ROW.format(1) + BLOCK + f'    op.execute("{OUTSIDE[kind][0]}")\n' + ROW.format(2))
    lines = [line for line in prepared.revisions().sql("upgrade", "a1:b2").splitlines() if line]
    begin, commit = ([], []) if kind == "mariadb" else (["BEGIN;"], ["COMMIT;"])
    assert lines == [
        *begin,
        "-- Upgrade a1 -> b2: b2",
        "INSERT INTO t_a1 (id, n) VALUES (1, 1);",
        *commit,
        f"{OUTSIDE[kind][0]};",
        *begin,
        "INSERT INTO t_a1 (id, n) VALUES (2, 2);",
        "UPDATE alembic_version SET version_num='b2' WHERE alembic_version.version_num = 'a1';",
        *commit,
    ]
