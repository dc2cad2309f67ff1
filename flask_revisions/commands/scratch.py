"""What the revisions make of an empty database: a scratch database, in which they are run, and which is dropped."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, exc
from sqlalchemy.pool import NullPool

from ..database import Database, database_words
from ..dialects import MYSQL
from ..errors import ConfigurationError, DatabaseError
from ..project import Project
from . import apply
from .managed import Managed


@contextmanager
def replayed(project: Project, targets: tuple[str, ...] = ("heads",)) -> Iterator[Project]:
    """Give the project on a scratch database, in which the revisions have been run, for the length of a block.

    :param targets: up to where.
    :raises DatabaseError: no database can be created on the server.
    :raises ScriptFailed: a revision does not run on an empty database.
    """
    database = project.database
    with _scratch(project) as engine:
        try:
            there = replace(database, engine=engine)
            quiet = replace(project.settings, log=False, protected=False)
            scratch = replace(project, settings=quiet, _here=there, _managed=(there,))
            for target in targets if project.graph.heads else ():
                apply.upgrade(scratch, target)
            yield scratch
        finally:
            engine.dispose()


@contextmanager
def _scratch(project: Project) -> Iterator[Engine]:
    engine = project.database.engine
    if engine.dialect.name == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield create_engine(f"sqlite:///{Path(folder, 'scratch.db')}", poolclass=NullPool)
        return
    if engine.dialect.name not in ("postgresql", *MYSQL):
        raise ConfigurationError(
            f"No scratch database is made on {engine.dialect.name}.", "compare with a database that is up to date."
        )
    _refuse_others(project)
    name = f"flask_revisions_scratch_{secrets.token_hex(6)}"
    _send(project.database, f"CREATE DATABASE {name}{_like(project.database)}")
    try:
        yield create_engine(engine.url.set(database=name), poolclass=NullPool, **_options(project))
    finally:
        _send(project.database, f"DROP DATABASE IF EXISTS {name}")


def _refuse_others(project: Project) -> None:
    """Raise where a scratch database would not hold all that the revisions do."""
    named = Managed(project.graph).named if project.database.engine.dialect.name in MYSQL else frozenset()
    if named:
        raise ConfigurationError(
            f"The revisions name other databases of the server, and would change those: {', '.join(sorted(named))}.",
            "compare with a database that is up to date.",
        )


def _like(database: Database) -> str:
    """Return the character set and collation of MySQL's database, which tables get that say nothing else."""
    if database.engine.dialect.name not in MYSQL:
        return ""
    with database.connect() as connection:
        query = "SELECT @@character_set_database, @@collation_database"
        charset, collation = connection.exec_driver_sql(query).one()
    return f" CHARACTER SET {charset} COLLATE {collation}"


def _send(database: Database, statement: str) -> None:
    with database.connect() as connection:  # whatever the driver is, asyncio's too
        connection.execution_options(isolation_level="AUTOCOMMIT")
        try:
            connection.exec_driver_sql(statement)
        except exc.DBAPIError as error:
            raise DatabaseError(
                "The revisions need a database of their own to be run in, and it cannot be made: "
                f"{database_words(error)}",
                "give the role the right: CREATEDB on PostgreSQL, CREATE and DROP on MySQL and MariaDB.",
            ) from error


def _options(project: Project) -> dict[str, Any]:
    """Return what the application gives to its engine for connecting, such as certificates."""
    given = project.app.config.get("SQLALCHEMY_ENGINE_OPTIONS") or {}
    return {"connect_args": given["connect_args"]} if "connect_args" in given else {}
