"""What is written: the same each time, formatted, importing what it needs; and nothing where nothing is different."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeDecorator, UserDefinedType

from ..projects import ROOT, Project
from .kinds import KINDS, column
from .models import Author, Models, both, done, table


class Shout(TypeDecorator[str]):
    """A type of a project."""

    impl = sa.String(30)
    cache_ok = True


class Flag(TypeDecorator[bool]):
    """A type of a project that is a Boolean to the database."""

    impl = sa.Boolean
    cache_ok = True


class Place(UserDefinedType[str]):
    """A type that adds an index to its table, as GeoAlchemy2's do."""

    cache_ok = True

    def __init__(self, spatial_index: bool = True) -> None:
        self.spatial_index = spatial_index

    def get_col_spec(self, **keywords: Any) -> str:
        return "VARCHAR(30)"

    def __repr__(self) -> str:
        return f"Place({'' if self.spatial_index else 'spatial_index=False'})"


@sa.event.listens_for(sa.Column, "after_parent_attach")
def index_places(column: sa.Column[Any], table: sa.Table) -> None:
    if isinstance(column.type, Place) and column.type.spatial_index:
        sa.Index(f"idx_{table.name}_{column.name}", table.c[column.name])


def key() -> sa.Column[Any]:
    return sa.Column("id", sa.Integer, primary_key=True)


def empty(metadata: sa.MetaData) -> None:
    """Models without tables."""


@pytest.mark.parametrize("times", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_the_same_models_give_the_same_text(times: int) -> None:
    """Sets and dictionaries have another order in each process."""
    texts = set()
    for seed in range(times):
        environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
        command = [sys.executable, "-m", "tests.migrate.printed"]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        texts.add(done.stdout)
    [text] = texts
    assert text.count("op.create_table(") > 200


def test_scripts_are_formatted_as_a_formatter_would(project: Project) -> None:
    author = Author(project)
    ours = [
        each for each in KINDS if project.engine.dialect.name in ("sqlite", "postgresql") and each.name in FORMATTED
    ]
    author.begin(both())
    for each in ours:
        done(author.run(each.new, "migrate", "-m", each.name, "--no-rename"))
        done(author.run(each.new, "upgrade"))
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--diff", str(project.versions)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


FORMATTED = {"table with everything added", "circle of tables added", "index where", "check changed"}


CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
}


def test_names_of_a_convention_that_are_too_long_are_those_that_the_database_cuts(project: Project) -> None:
    author = Author(project)
    long = "x" * 55

    def models(metadata: sa.MetaData) -> None:
        sa.Table("other", metadata, key())
        columns = [sa.Column(f"{long}{n}", sa.Integer, nullable=False) for n in range(3)]
        columns[0].unique = columns[1].index = True
        columns[2].append_foreign_key(sa.ForeignKey("other.id"))
        sa.Table("a_table_of_models", metadata, key(), *columns, sa.CheckConstraint(f"{long}0 > 0", name=long))

    author.begin(models, convention=CONVENTION)
    author.assert_same(models, convention=CONVENTION)


def test_a_type_of_the_project_is_imported(project: Project) -> None:
    author = Author(project)
    models = table("t", key, lambda: sa.Column("x", Shout))
    author.begin(empty)
    text = author.migrate(models)
    assert "import tests.migrate.test_scripts\n" in text and "tests.migrate.test_scripts.Shout(" in text
    author.assert_same(models)


def test_an_index_that_a_type_adds_to_its_table_is_made_once(project: Project) -> None:
    author = Author(project)
    models = table("t", key, lambda: sa.Column("x", Place()))
    author.begin(empty)
    text = author.migrate(models)
    assert text.count("idx_t_x") == 1 and "Place(spatial_index=False)" in text
    author.assert_same(models)


def test_nothing_is_written_where_nothing_is_different(project: Project) -> None:
    author = Author(project)
    models = table("t", key)
    author.begin(models)
    before = [*project.versions.glob("*.py")]
    result = done(author.run(models, "migrate"))
    assert "Nothing is different" in result.err
    assert [*project.versions.glob("*.py")] == before


def test_models_without_tables_are_pointed_out(project: Project) -> None:
    author = Author(project)
    author.begin(empty)
    assert "is the module with your models imported" in done(author.run(empty, "migrate")).err


def test_tables_of_create_all_are_pointed_out(project: Project) -> None:
    author = Author(project)
    author.begin(empty)
    models = table("t", key)
    metadata = sa.MetaData()
    models(metadata)
    metadata.create_all(project.engine)
    assert "was 'db.create_all()' run?" in done(author.run(models, "migrate")).err
    author.run(models, "migrate", "--from-history", "--rev-id", "abc")
    failed = author.run(models, "upgrade")
    assert failed.code == 1 and "'flask db stamp abc' records it; else change the file" in failed.err
    done(author.run(models, "stamp", "abc"))
    author.assert_same(models)


def test_a_first_revision_that_changes_what_no_revision_makes_is_pointed_out(project: Project) -> None:
    author = Author(project)
    author.begin(empty)
    metadata = sa.MetaData()
    table("t", key)(metadata)
    metadata.create_all(project.engine)
    models = table("t", key, lambda: sa.Column("x", sa.Integer))
    assert "(t): it fails on a new database" in done(author.run(models, "migrate", "--dry-run")).err
    assert "new database" not in done(author.run(models, "migrate", "--from-history", "--dry-run")).err


def test_a_default_that_is_true_or_false_is_written_for_every_database(project: Project) -> None:
    author = Author(project)
    author.begin(table("t", key))
    models = table("t", key, lambda: sa.Column("x", sa.Boolean, server_default=sa.false(), nullable=False))
    assert "server_default=sa.false()" in author.migrate(models)
    author.assert_same(models)
    other = table("t", key, lambda: sa.Column("x", sa.Boolean, server_default=sa.true(), nullable=False))
    text = author.migrate(other)
    assert "server_default=sa.true()" in text or 'server_default=sa.text("true")' in text, text
    author.assert_same(other)


def flags(*names: str, number: Any, nullable: bool) -> Models:
    """A table with flags that are true, and a column n of a type."""
    columns = [column(Flag, name=name, server_default=sa.true(), nullable=nullable) for name in names]
    return table("t", key, *columns, column(number, name="n", server_default="1", nullable=nullable))


@pytest.mark.parametrize("kind", ["mariadb"])
@pytest.mark.parametrize("name", ["x", "y"])
def test_a_truth_value_of_mysql_is_written_as_one_where_the_models_say_so(project: Project, name: str) -> None:
    author = Author(project)
    old = flags("a", "x", number=Flag, nullable=True)
    new = flags("a", name, number=mysql.TINYINT, nullable=False)
    author.begin(old)
    text = author.migrate(new, *(("--rename", "t.x:t.y") if name == "y" else ()))
    up, _, _ = text.partition("def downgrade")
    assert up.count("existing_type=sa.Boolean()") == up.count("_server_default=sa.true()") == (3 if name == "y" else 2)
    assert up.count("existing_type=mysql.TINYINT(display_width=1)") == 1, "of n these models say that it is a number"
    author.assert_same(new)
    done(author.run(old, "downgrade"))
    newest = max(project.versions.glob("*.py"), key=lambda path: path.stat().st_mtime_ns)
    newest.rename(project.folder / "aside")
    author.assert_same(old)


def test_tables_that_nobody_knows_are_left_alone(project: Project) -> None:
    author = Author(project)
    models = table("t", key)
    author.begin(models)
    project.send("CREATE TABLE foreign_body (id INTEGER)")
    assert done(author.run(models, "check")).out == ""
    assert "foreign_body" in done(author.run(models, "check", "-v")).out


def test_models_of_the_tables_that_say_what_is_applied_are_no_difference(project: Project) -> None:
    author = Author(project)
    names = ("alembic_version", "revision_log", "revision_journal")
    records = [table(name, lambda: sa.Column("x", sa.String(32), primary_key=True)) for name in names]
    author.begin(both(table("t", key), *records))
    assert project.tables() == {"t"}
    author.assert_same(both(table("t", key), *records))
    author.assert_same(table("t", key))


def test_pending_revisions_come_first(project: Project) -> None:
    author = Author(project)
    models = table("t", key)
    author.begin(models)
    author.run(models, "downgrade")
    refused = author.run(models, "migrate")
    assert refused.code == 3 and "not up to date: 1 revision is pending" in refused.err
    checked = author.run(models, "check", "--json")
    assert checked.code == 3 and len(json.loads(checked.out)[0]["pending"]) == 1


def test_check_as_json(project: Project) -> None:
    author = Author(project)
    author.begin(table("t", key))
    checked = author.run(both(table("t", key, lambda: sa.Column("x", sa.Integer))), "check", "--json")
    assert checked.code == 4
    [of_default] = json.loads(checked.out)
    [found] = of_default["differences"]
    assert of_default["database"] == "default" and of_default["pending"] == []
    assert found["kind"] == "added" and found["table"] == "t" and found["description"] == "add column x to t"


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_revision_with_autogenerate_is_the_same_command(project: Project) -> None:
    author = Author(project)
    author.begin(empty)
    result = done(author.run(table("t", key), "revision", "--autogenerate", "-m", "first", "--rev-id", "abc"))
    assert "  add table t\n" in result.out
    assert 'op.create_table(\n        "t"' in next(project.versions.glob("*abc*.py")).read_text()
    assert author.run(table("t", key), "revision", "--autogenerate").code == 3


def test_what_models_say_twice_or_not_at_all_is_no_difference(project: Project) -> None:
    """A foreign key of a column and of the table, and an index without columns, as published models have them."""

    def keys(*more: Any) -> Any:
        column = sa.Column("p_id", sa.ForeignKey("p.id", ondelete="CASCADE"))
        return lambda metadata: sa.Table("t", metadata, key(), column._copy(), *more)

    def again() -> Any:
        return sa.ForeignKeyConstraint(["p_id"], ["p.id"], name="fk_again", ondelete="CASCADE")

    author = Author(project)
    author.begin(
        both(table("p", key), lambda metadata: sa.Table("t", metadata, key(), sa.Column("p_id", sa.Integer), again()))
    )
    author.assert_same(both(table("p", key), lambda metadata: keys(again(), sa.Index("ix"))(metadata)))
