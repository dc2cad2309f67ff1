"""The Flask application that a history is run in: a small one in place of the package's own."""

from __future__ import annotations

import runpy
from contextlib import nullcontext
from typing import Any

from borrowed import borrowed
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from given import given
from sqlalchemy import MetaData

if given.alembic == "installed":
    import alembic.context
    import alembic.op  # noqa: F401  as an application may, long before a revision runs


def create_app() -> Flask:
    """Make the application, with the commands of the engine that is asked for."""
    app = Flask("corpus", root_path=given.folder)
    app.config["SQLALCHEMY_DATABASE_URI"] = given.url
    app.config["SECRET_KEY"] = "a-secret-of-more-than-32-characters"
    standin = runpy.run_path(given.standin) if given.standin else {}
    with borrowed() if given.borrows else nullcontext():
        db = standin.get("database", own_database)(app)
    if "first" in standin:
        app.cli.command("first")(lambda: standin["first"](db.engine))
    if given.engine == "alembic":
        from peer import peer

        app.cli.add_command(peer)
    else:
        add_revisions(app, db)
    return app


def own_database(app: Flask) -> SQLAlchemy:
    """Make the database object for a package that has none."""
    return SQLAlchemy(app, metadata=MetaData(naming_convention=given.naming or None))


def add_revisions(app: Flask, db: Any) -> None:
    from flask_revisions import Revisions

    app.config["REVISIONS_VERSION_LOCATIONS"] = given.locations
    app.config["REVISIONS_RECURSIVE"] = given.recursive
    app.config["REVISIONS_RUN_KWARGS"] = given.run_kwargs
    Revisions(app, db, **given.keywords)
