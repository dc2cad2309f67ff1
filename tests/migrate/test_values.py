"""What becomes of the rows when models change."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from ..projects import Project
from .kinds import given, key, referring
from .models import Author, table

COMPUTED = given(lambda: sa.Column("x", sa.Integer, sa.Computed("a + 1", persisted=True)))
PLAIN = given(lambda: sa.Column("x", sa.Integer))


def test_a_column_that_is_computed_no_more_keeps_its_values(project: Project) -> None:
    author = Author(project)
    author.begin(COMPUTED)
    project.send("INSERT INTO t (id, a) VALUES (1, 5), (2, NULL)")
    author.migrate(PLAIN)
    assert project.query("SELECT id, x FROM t ORDER BY id") == [(1, 6), (2, None)]
    project.send("UPDATE t SET x = 9")
    assert author.run(COMPUTED, "downgrade").code == 0
    assert project.query("SELECT id, x FROM t ORDER BY id") == [(1, 6), (2, None)]


@pytest.mark.parametrize("kind", ["mariadb"])
def test_one_that_is_not_stored_is_said_to_lose_them_there(project: Project) -> None:
    author = Author(project)
    author.begin(given(lambda: sa.Column("x", sa.Integer, sa.Computed("a + 1", persisted=False))))
    assert "# loses the values of t.x" in author.migrate(PLAIN)


def test_rows_stay_with_those_that_they_refer_to_while_the_type_of_the_key_changes(project: Project) -> None:
    author = Author(project)
    author.begin(referring(sa.Integer))
    project.send("INSERT INTO p (id, up) VALUES (1, NULL), (2, 1)", "INSERT INTO t (id, p_id) VALUES (1, 2)")
    author.migrate(referring(sa.BigInteger))
    assert project.query("SELECT p.id, p.up, t.id FROM p LEFT JOIN t ON t.p_id = p.id ORDER BY p.id") == [
        (1, None, None),
        (2, 1, 1),
    ]


@pytest.mark.parametrize("kind", ["postgresql"])
def test_a_key_counts_on_when_it_becomes_an_identity_and_back(project: Project) -> None:
    def serial(metadata: sa.MetaData) -> None:
        sa.Table("Odd t", metadata, sa.Column("The id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer))

    def identity(metadata: sa.MetaData) -> None:
        counted = sa.Column("The id", sa.BigInteger, sa.Identity(always=True), primary_key=True)
        sa.Table("Odd t", metadata, counted, sa.Column("n", sa.Integer))

    insert = 'INSERT INTO "Odd t" (n) VALUES (1)'
    author = Author(project)
    author.begin(serial)
    project.send(*[insert] * 3)
    author.migrate(identity)
    project.send(insert)
    assert author.run(serial, "downgrade").code == 0
    project.send(insert)
    assert [each for (each,) in project.query('SELECT "The id" FROM "Odd t" ORDER BY 1')] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("kind", ["mariadb"])
def test_a_column_that_is_filled_leaves_the_time_of_the_last_change_as_it_is(project: Project) -> None:
    changed = sa.Column("at", sa.DateTime, server_default=sa.text("CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP"))
    author = Author(project)
    author.begin(table("t", key, changed, sa.Column("x", sa.Integer)))
    project.send("INSERT INTO t (id, at) VALUES (1, '2020-01-01')")
    author.migrate(table("t", key, changed, sa.Column("x", sa.Integer, nullable=False)), "--backfill", "t.x=7")
    assert [(str(at), x) for at, x in project.query("SELECT at, x FROM t")] == [("2020-01-01 00:00:00", 7)]


@pytest.mark.parametrize("kind", ["sqlite"])
def test_the_script_that_ends_a_computed_column_does_so_on_sqlite(project: Project) -> None:
    computed = "sa.Column('x', sa.Integer, sa.Computed('a + 1'))"
    project.script("a", None, f"op.create_table('t', sa.Column('a', sa.Integer), {computed})")
    altered = "existing_type=sa.Integer(), existing_server_default=sa.Computed('a + 1')"
    project.script(
        "b", "a", f"with op.batch_alter_table('t') as b:\n    b.alter_column('x', server_default=None, {altered})"
    )
    assert project.cli("upgrade", "a").code == 0
    project.send("INSERT INTO t (a) VALUES (1)")
    with pytest.raises(exc.DatabaseError):
        project.send("UPDATE t SET x = 5")
    assert project.cli("upgrade").code == 0
    assert project.query("SELECT a, x FROM t") == [(1, 2)]
    project.send("UPDATE t SET x = 5")
