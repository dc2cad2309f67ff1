"""An application with many models, for what compares them with a database."""

from __future__ import annotations

import os

import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.pool import NullPool

SIDE = os.environ["BENCHMARK_SIDE"]
TABLES = int(os.environ["BENCHMARK_TABLES"])

db = SQLAlchemy()


def add_tables(metadata: sa.MetaData, count: int) -> None:
    """Put tables with ten columns, two indexes and two foreign keys each into a metadata."""
    for number in range(count):
        add_table(metadata, number)


def add_table(metadata: sa.MetaData, number: int) -> None:
    name = f"table_{number}"
    columns = [sa.Column(f"text_{each}", sa.String(50), nullable=each % 2 == 0) for each in range(3)]
    columns += [sa.Column(f"number_{each}", sa.Integer, server_default=str(each)) for each in range(3)]
    columns += [sa.Column("made", sa.DateTime, server_default=sa.func.now())]
    for each in range(2):
        target = f"table_{max(number - each - 1, 0)}.id"
        columns.append(sa.Column(f"other_{each}", sa.ForeignKey(target, name=f"fk_{number}_{each}"), index=False))
    indexes = [sa.Index(f"ix_{number}_{each}", f"other_{each}", f"number_{each}") for each in range(2)]
    sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True), *columns, *indexes)


add_tables(db.metadata, TABLES)


def create_app() -> Flask:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"poolclass": NullPool}
    db.init_app(app)
    if SIDE == "ours":
        from flask_revisions import Revisions

        Revisions(app, db)
    elif SIDE == "peer":
        from flask_migrate import Migrate

        Migrate(app, db, compare_server_default=False)
    app.cli.command("make")(make)
    app.cli.command("reflect")(reflect)
    app.cli.command("nothing")(nothing)
    return app


def make() -> None:
    """Create the tables, as they would be after an upgrade."""
    # PostgreSQL has no room for so many locks in one transaction.
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        db.metadata.create_all(connection)


def nothing() -> None:
    """Start, connect, and read one row."""
    with db.engine.connect() as connection:
        connection.execute(sa.text("SELECT 1")).scalar()


def reflect() -> None:
    """Start, and read the database with SQLAlchemy's bulk methods."""
    with db.engine.connect() as connection:
        inspector = sa.inspect(connection)
        inspector.get_multi_columns()
        inspector.get_multi_pk_constraint()
        inspector.get_multi_indexes()
        inspector.get_multi_unique_constraints()
        inspector.get_multi_foreign_keys()
        inspector.get_multi_check_constraints()
        if connection.dialect.supports_comments:
            inspector.get_multi_table_comment()
