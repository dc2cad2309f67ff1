"""Models as text, and what becomes of them: written, migrated, checked, downgraded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_revisions import Revisions
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.pool import NullPool

from ..projects import Project, Result

Models = Callable[[sa.MetaData], Any]
"""Puts tables into a metadata."""


@dataclass
class Author:
    """Somebody who changes models, and runs the commands in this process."""

    project: Project

    def app(self, models: Models, convention: dict[str, str] | None = None, **keywords: Any) -> Flask:
        app = Flask("project", root_path=str(self.project.folder))
        app.config["SQLALCHEMY_DATABASE_URI"] = self.project.url
        options = {} if self.project.url.startswith("sqlite") else {"poolclass": NullPool}
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
        metadata = sa.MetaData(naming_convention=convention)
        db = SQLAlchemy(app, metadata=metadata)
        models(metadata)
        Revisions(app, db, **keywords)
        self.project._apps.append(app)
        return app

    def run(self, models: Models, *arguments: str, **keywords: Any) -> Result:
        return self.project.cli(*arguments, app=self.app(models, **keywords))

    def migrate(self, models: Models, *more: str, **keywords: Any) -> str:
        """Write a revision, apply it, and return the text of the file."""
        before = {*self.project.versions.glob("*.py")} if self.project.versions.is_dir() else set()
        done(self.run(models, "migrate", "-m", "change", *more, **keywords))
        [written] = {*self.project.versions.glob("*.py")} - before
        text = written.read_text("utf-8")
        upgraded = self.run(models, "upgrade", **keywords)
        assert upgraded.code == 0, (upgraded, text)
        return text

    def assert_same(self, models: Models, *more: str, **keywords: Any) -> None:
        checked = self.run(models, "check", *more, **keywords)
        assert (checked.code, checked.out) == (0, ""), checked

    def begin(self, models: Models, **keywords: Any) -> None:
        """Make the folder and a first revision."""
        done(self.run(models, "init", **keywords))
        if _has_tables(models):
            self.migrate(models, **keywords)


def _has_tables(models: Models) -> bool:
    metadata = sa.MetaData()
    models(metadata)
    return bool(metadata.tables)


def done(result: Result) -> Result:
    assert result.code == 0, result
    return result


def table(name: str, *items: Any, **keywords: Any) -> Models:
    """A function that makes one table; items are made anew each time by functions, or copied."""

    def make(metadata: sa.MetaData) -> sa.Table:
        made = [each() if callable(each) else each._copy() for each in items]
        return sa.Table(name, metadata, *made, **keywords)

    return make


def both(*models: Models) -> Models:
    """Several tables."""

    def make(metadata: sa.MetaData) -> list[Any]:
        return [each(metadata) for each in models]

    return make
