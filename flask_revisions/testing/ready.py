"""Tests of a project's revisions that are ready to be run.

    from flask_revisions.testing.ready import *

in a test file of the project is all that is needed. They use the fixtures of `flask_revisions.pytest_plugin`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import MetaData, Table, inspect, select

from ..catalog.reflect import read_schema
from ..commands import apply
from ..commands.check import check
from ..commands.inspect import current
from ..dialects import MYSQL
from ..diff.compare import compare
from ..errors import Irreversible, RevisionsError
from ..graph.plan import plan_down_from
from ..operations.executor import executing
from ..project import Project, open_project
from ..runner.derived import downgrade_from_upgrade
from ..runner.executors import CollectingExecutor
from ..runner.goal import Goal
from ..runner.runner import run_plan
from ..schema.model import Name, Schema

__all__ = [
    "test_an_upgrade_keeps_given_rows",
    "test_every_revision_can_be_taken_back",
    "test_models_match_the_revisions",
    "test_there_is_one_head",
    "test_up_down_up_leaves_no_trace",
]

Rows = Mapping[str, list[dict[str, Any]]]


def test_there_is_one_head(revisions_empty_app: Flask) -> None:
    """Two heads mean that two branches of development met and nobody has joined them."""
    with open_project(revisions_empty_app) as project:
        heads = project.graph.heads
        assert len(heads) < 2, f"there are {len(heads)} heads, {', '.join(heads)}: 'flask db merge heads' joins them"


def test_every_revision_can_be_taken_back(revisions_empty_app: Flask) -> None:
    """A revision has a `downgrade()`, or its `upgrade()` says how it is undone."""
    with open_project(revisions_empty_app) as project, project.answering():
        stuck = [why for id in project.graph for why in _stuck(project, id)]
    assert not stuck, "\n".join(stuck)


def test_models_match_the_revisions(revisions_app: Flask) -> None:
    """`flask db migrate` would find nothing to do."""
    with open_project(revisions_app) as project:
        changes = check(project).changes
    said = "\n".join(f"- {each.describe()}" for each in changes)
    assert not changes, f"the models are not what the revisions make:\n{said}"


def test_up_down_up_leaves_no_trace(revisions_empty_app: Flask) -> None:
    """Each revision, applied, taken back and applied again, leaves what it left the first time."""
    with open_project(revisions_empty_app) as project:
        before = _schema(project)
        for id in project.graph.order:
            with _named(project, id):
                apply.upgrade(project, id)
                after = _schema(project)
                _take_back(project, id)
                _same(_schema(project), before, f"taking back {project.graph[id].describe()} leaves a trace")
                apply.upgrade(project, id)
                _same(_schema(project), after, f"applying {project.graph[id].describe()} again is not the same")
            before = after


def test_an_upgrade_keeps_given_rows(revisions_empty_app: Flask, revisions_data: Mapping[str, Rows]) -> None:
    """What `revisions_data` puts into the tables of a revision is there at the head, in the columns that are left."""
    if not revisions_data:
        pytest.skip("the fixture revisions_data has no rows")
    with open_project(revisions_empty_app) as project:
        for id in (each for each in project.graph.order if each in revisions_data):
            apply.upgrade(project, id)
            _insert(project, revisions_data[id])
        apply.upgrade(project, "heads")
        assert not current(project).pending
        for id, rows in revisions_data.items():
            for table, wanted in rows.items():
                _look_for(project, table, wanted, f"given to {project.graph[id].describe()}")


# -- inside -----------------------------------------------------------------------------------------------


def _stuck(project: Project, id: str) -> Iterator[str]:
    script = project.load(project.graph[id])
    if script.downgrade is not None:
        return
    job = project.job()
    executor = CollectingExecutor(
        project.database.dialect,
        run=job.run,
        naming_convention=project.database.naming_convention,
        transactional_ddl=True,
    )
    try:
        with executing(executor):
            downgrade_from_upgrade(script)(**job.run_kwargs)
    except Irreversible as error:
        yield error.message


@contextmanager
def _named(project: Project, id: str) -> Iterator[None]:
    """Let a failure name the revision."""
    try:
        yield
    except RevisionsError as error:
        pytest.fail(f"revision {project.graph[id].describe()}: {error.message} {error.hint}", pytrace=False)


def _take_back(project: Project, id: str) -> None:
    goal = Goal("downgrade", project.graph, lambda applied: (id,), plan_down_from)
    with project.answering():
        run_plan(project.database, project.job(), goal=goal, load=project.load)


def _schema(project: Project) -> Schema:
    """Return what the database has, our own tables left out.

    What MySQL calls a schema is a database, and the others on the server are not the project's: there it is only those
    that the models name.
    """
    version, log, journal = project.version_table, project.log, project.journal
    own = {Name(each.schema, each.name) for each in (version, journal, log) if each is not None}
    if not project.database.exists:
        return Schema(project.database.dialect.name)
    with project.database.connect() as connection:
        mysql = project.database.dialect.name in MYSQL
        found = read_schema(connection, _schemas_of_models(project) if mysql else None)
    return replace(found, tables={name: table for name, table in found.tables.items() if name not in own})


def _schemas_of_models(project: Project) -> set[str]:
    return {table.schema for each in project.database.metadata for table in each.tables.values() if table.schema}


def _same(found: Schema, wanted: Schema, what: str) -> None:
    changes = compare(found, wanted).changes
    said = "\n".join(f"- {each.describe()}" for each in changes)
    assert not changes, f"{what}; to be as before, it would have to:\n{said}"


def _insert(project: Project, rows: Rows) -> None:
    with project.database.connect() as connection:
        for name, values in rows.items():
            connection.execute(Table(name, MetaData(), autoload_with=connection).insert(), values)
        connection.commit()


def _look_for(project: Project, name: str, wanted: list[dict[str, Any]], what: str) -> None:
    with project.database.connect() as connection:
        if not inspect(connection).has_table(name):
            return
        table = Table(name, MetaData(), autoload_with=connection)
        for row in wanted:
            kept = {column: value for column, value in row.items() if column in table.c}
            found = connection.execute(
                select(table).where(*(table.c[column] == value for column, value in kept.items()))
            ).first()
            assert found is not None, f"{kept} in table {name}, {what}, is gone"
