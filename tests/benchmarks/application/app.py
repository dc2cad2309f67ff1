"""The application that is measured: with our extension, with Flask-Migrate, or with a command that is the floor."""

from __future__ import annotations

import os
from typing import Any

import click
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import text
from sqlalchemy.orm import DeclarativeBase

SIDE = os.environ["BENCHMARK_SIDE"]
ON_START = "BENCHMARK_ON_START" in os.environ
VERSION = "SELECT version_num FROM alembic_version"


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)


def create_app() -> Flask:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
    db.init_app(app)
    if SIDE == "ours":
        from flask_revisions import Revisions

        Revisions(app, db, auto_upgrade=ON_START)
    elif SIDE == "peer":
        from flask_migrate import Migrate, upgrade

        Migrate(app, db)
        if ON_START:
            with app.app_context():
                upgrade()
    app.cli.command("floor")(floor)
    app.cli.command("first-request")(first_request)
    app.add_url_rule("/", view_func=lambda: "hello", endpoint="hello")
    return app


@click.argument("what")
@click.argument("count", type=int, default=0)
def floor(what: str, count: int) -> None:
    """Do without a tool what a command does with one: start, read one row, or send the statements of each revision."""
    if what == "read":
        with db.engine.connect() as connection:
            connection.execute(text(VERSION)).scalars().all()
    elif what in ("up", "down", "empty"):
        send(what, count)


@click.argument("count", type=int, default=1)
def first_request(count: int) -> None:
    """Answer a request, as a server does after its start."""
    from flask import current_app

    if SIDE == "floor":
        with db.engine.connect() as connection:
            connection.execute(text(VERSION)).scalars().all()
    assert current_app.test_client().get("/").status_code == 200


def send(what: str, count: int) -> None:
    """Send the statements straight to the driver, one transaction for each revision."""
    from tests.benchmarks.histories import FLOOR_BACK, FLOOR_UP

    url = db.engine.url
    connection: Any = db.engine.raw_connection()
    driver = connection.driver_connection
    if url.get_backend_name() == "sqlite":
        driver.isolation_level = None
    cursor = driver.cursor()
    time = "TIMESTAMP" if url.get_backend_name() == "postgresql" else "DATETIME"
    lines = {"up": FLOOR_UP, "down": FLOOR_BACK, "empty": ()}[what]
    if what != "down":
        cursor.execute("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
        cursor.execute("INSERT INTO alembic_version (version_num) VALUES ('0')")
    for number in range(count) if what != "down" else reversed(range(count)):
        if url.get_backend_name() == "sqlite":
            cursor.execute("BEGIN IMMEDIATE")
        for line in lines:
            cursor.execute(line.format(number=number, time=time))
        cursor.execute(f"UPDATE alembic_version SET version_num = '{number}'")
        cursor.execute("COMMIT")
    connection.close()
