"""Models at random: what is written makes them, a change of them is seen, and nothing else is."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_revisions import Revisions
from flask_revisions.commands import author, migrate
from flask_revisions.commands.comparison import Comparison, compare_with_models
from flask_revisions.compat.migration import MigrationContext
from flask_revisions.compat.operations import Operations
from flask_revisions.database import Database
from flask_revisions.project import Project, open_project
from flask_revisions.scripts.load import run_file
from flask_revisions.scripts.template import OURS
from flask_revisions.scripts.template import render as fill
from flask_sqlalchemy import SQLAlchemy

from ..servers import KINDS, fresh_database
from .chooser import Chooser
from .random_models import Models, build
from .vocabulary import TABLE_NAMES

pytest.importorskip("hypothesis")

from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

FEW = {"sqlite": 20, "postgresql": 12, "mariadb": 6}
"""As many as fit into a few seconds each; a statement that changes something takes MariaDB longest."""

MANY = 200


@dataclass
class Bench:
    """A database, and a project whose revisions are run at once and not kept."""

    kind: str
    project: Project
    engine: sa.Engine
    folder: Path
    numbers: Iterator[int]

    def on(self, models: Models) -> Project:
        """The project with these models."""
        database = Database(None, self.engine, (build(models, self.kind),))
        return replace(self.project, _here=database, _managed=(database,))

    def changes(self, models: Models) -> Comparison:
        project = self.on(models)
        return compare_with_models(project, project.database)

    def assert_same(self, models: Models) -> None:
        found = self.changes(models).changes
        assert not found, [(each.describe(), each) for each in found]

    def migrate(self, models: Models) -> str:
        """Write a revision as `flask db migrate` would, and run it."""
        project = self.on(models)
        contents = author.new_contents(project, author.NewRevision("random", heads=("base",)))
        shared = contents.op_import != OURS
        comparison = compare_with_models(project, project.database, shared=shared)
        made = migrate._operations(project, comparison, shared=shared)
        source = migrate._source(project, comparison, made, contents)
        contents = replace(contents, imports=source.imports, upgrades=source.upgrade, downgrades=source.downgrade)
        text = fill(contents, author.template_folder(project))
        migrate._try_out(project, comparison, contents, text)
        self.run(text, "upgrade", models)
        return text

    def run(self, text: str, function: str, models: Models) -> None:
        module = run_file(str(self.folder / "random.py"), self.project.answers, text)
        metadata = build(models, self.kind)
        engine = self.engine
        if self.kind == "postgresql":  # as where a new value of a type is committed before it is used
            engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection, connection.begin():
            context = MigrationContext.configure(connection, opts={"target_metadata": metadata})
            with Operations.context(context):
                try:
                    getattr(module, function)()
                except Exception as error:
                    error.add_note(text)
                    raise

    def clear(self) -> None:
        """Have an empty database again."""
        if self.kind == "sqlite":
            self.engine = sa.create_engine(f"sqlite:///{self.folder}/{next(self.numbers)}.db", poolclass=sa.StaticPool)
            return
        with self.engine.connect() as connection, connection.begin():
            if self.kind == "postgresql":
                for schema in ("public", "apart"):
                    connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
                connection.exec_driver_sql("CREATE SCHEMA public")
                return
            connection.exec_driver_sql("SET foreign_key_checks = 0")
            for name, kind in connection.exec_driver_sql("SHOW FULL TABLES").all():
                word = "SEQUENCE" if kind == "SEQUENCE" else "TABLE"
                connection.exec_driver_sql(f"DROP {word} `{name}`", execution_options={"no_parameters": True})


@contextmanager
def bench_for(kind: str, folder: Path) -> Iterator[Bench]:
    with fresh_database(kind, folder) as url:
        app = Flask("bench", root_path=str(folder))
        app.config["SQLALCHEMY_DATABASE_URI"] = url
        Revisions(app, SQLAlchemy(app))
        versions = folder / "migrations" / "versions"
        versions.mkdir(parents=True)
        # That revisions have made these tables is known of their text.
        made = "".join(f'    op.create_table("{name}", schema="apart")\n' for name in TABLE_NAMES)
        made += '    op.create_sequence("counter")\n'
        header = 'from flask_revisions import op\nrevision = "names"\ndown_revision = None\n\n\ndef upgrade():\n'
        (versions / "names.py").write_text(header + made)
        engine = sa.create_engine(url)
        with open_project(app, directory=str(folder / "migrations")) as project:
            yield Bench(kind, project, engine, folder, itertools.count())
        engine.dispose()


def round_trip(bench: Bench, chosen: random.Random, changes: int) -> None:
    bench.clear()
    choose = Chooser(chosen, bench.kind, bench.engine.dialect.server_version_info or ())
    before = choose.models()
    text = bench.migrate(before)
    note(text)
    bench.assert_same(before)
    after = before
    for _ in range(changes):
        after = choose.changed(after)
    found = [each.describe() for each in bench.changes(after).changes]
    if changes == 1:  # several may take each other back
        for said in choose.said:
            assert any(said in each for each in found), (said, found)
    if not found:
        return
    text = bench.migrate(after)
    note(text)
    bench.assert_same(after)
    bench.run(text, "downgrade", before)
    bench.assert_same(before)


@pytest.mark.parametrize(
    ("kind", "examples"),
    [
        *((kind, FEW[kind]) for kind in KINDS),
        *(pytest.param(kind, MANY, marks=pytest.mark.slow) for kind in KINDS),
    ],
)
def test_what_is_written_makes_the_models_and_nothing_else_is_seen(kind: str, examples: int, tmp_path: Path) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=examples != MANY,
        database=None,
        phases=(Phase.generate, Phase.shrink) if examples == MANY else (Phase.generate,),
    )
    @given(st.randoms(use_true_random=False), st.integers(1, 4))
    def run(chosen: random.Random, changes: int) -> None:
        round_trip(bench, chosen, changes)

    with bench_for(kind, tmp_path) as bench:
        run()
