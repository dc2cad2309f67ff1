"""A tool library: neighbours lend each other drills, saws and ladders. An example for flask-revisions."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask
from flask_revisions import Revisions

from .models import db
from .pages import pages

FOLDER = Path(__file__).resolve().parents[1]

DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
"""What stands before `://` in a platform's URL -> what SQLAlchemy calls it, with the driver to use."""

revisions = Revisions()


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Return the application.

    :param config: wins over the environment; tests give `SQLALCHEMY_DATABASE_URI` in it.
    """
    app = Flask(__name__, instance_path=str(FOLDER / "instance"))
    app.config["SQLALCHEMY_DATABASE_URI"] = database_url(os.environ.get("DATABASE_URL", ""))
    app.config.update(config or {})
    db.init_app(app)
    revisions.init_app(app)
    app.register_blueprint(pages)
    return app


def database_url(given: str) -> str:
    """Return a URL for SQLAlchemy; without one, that of a SQLite file in the instance folder.

    :param given: as a platform sets it, such as `postgres://...`.
    """
    if not given:
        return "sqlite:///tools.db"
    scheme, separator, rest = given.partition("://")
    return DRIVERS.get(scheme, scheme) + separator + rest
