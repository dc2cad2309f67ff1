"""Which databases an application has, and why it may have none."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import MetaData, exc

from .config import Settings
from .database import Database
from .errors import ConfigurationError, DatabaseUnreachable, RevisionsError

DRIVERS = {
    "psycopg": "psycopg[binary]",
    "psycopg2": "psycopg2-binary",
    "asyncpg": "asyncpg",
    "pg8000": "pg8000",
    "pymysql": "pymysql",
    "MySQLdb": "mysqlclient",
    "mysql": "mysql-connector-python",
    "aiosqlite": "aiosqlite",
    "oracledb": "oracledb",
    "pyodbc": "pyodbc",
}
"""Modules of database drivers, and what to install for each."""


def find_databases(app: Flask, db: Any, settings: Settings) -> tuple[Database, ...]:
    """Return the databases that revisions of an application are applied to; within an application context.

    :param db: the Flask-SQLAlchemy object, if it was handed over.
    :raises ConfigurationError: there is no such object, or it has no database.
    """
    found = db if db is not None else app.extensions.get("sqlalchemy")
    if found is None:
        raise ConfigurationError(
            "This application has no Flask-SQLAlchemy object.",
            "call db.init_app(app) before the commands are used, or hand it over: Revisions(app, db).",
        )
    try:
        engine = found.engines.get(None)
    except Exception as error:
        known = explain(error)
        if known is None:
            raise
        raise known from error
    if engine is None:
        raise ConfigurationError(
            "This application has no default database.", "set SQLALCHEMY_DATABASE_URI in its configuration."
        )
    return (
        Database(
            None,
            engine,
            _metadata(found, settings),
            on_connect=settings.on_connect,
            connect_timeout=settings.connect_timeout,
        ),
    )


def explain(error: BaseException) -> RevisionsError | None:
    """Return what a person should read about an exception that setting up a database raised; None if it is another.

    The text of a URL is never repeated: it may hold a password.
    """
    if isinstance(error, RevisionsError):
        return error
    said = str(error)
    if isinstance(error, exc.NoSuchModuleError):
        name = said.rpartition(":")[2].strip("'\" ")
        if name == "postgres" or name.startswith("postgres."):
            return ConfigurationError(
                "The database URL begins with 'postgres://', which SQLAlchemy does not know.",
                "write 'postgresql://' instead: url.replace('postgres://', 'postgresql://', 1).",
            )
        return ConfigurationError(
            f"The database URL names the dialect '{name}', which is not installed.",
            "is it spelt right? Other dialects are packages of their own.",
        )
    if isinstance(error, exc.ArgumentError) and "URL" in said:
        return ConfigurationError(
            "The database URL cannot be read.",
            "it has the form dialect+driver://user:password@host:port/database; "
            "a password with special characters has to be quoted (urllib.parse.quote_plus).",
        )
    if isinstance(error, RuntimeError) and "SQLALCHEMY_DATABASE_URI" in said:
        return ConfigurationError(
            "This application has no database: SQLALCHEMY_DATABASE_URI is not set.",
            "set it in the application's configuration before db.init_app(app).",
        )
    if isinstance(error, ModuleNotFoundError) and (error.name or "").split(".")[0] in DRIVERS:
        module = (error.name or "").split(".")[0]
        return DatabaseUnreachable(
            f"The database driver '{module}' is not installed.", f"pip install '{DRIVERS[module]}'"
        )
    return None


def _metadata(db: Any, settings: Settings) -> tuple[MetaData, ...]:
    chosen = settings.target_metadata
    if isinstance(chosen, MetaData):
        return (chosen,)
    if chosen:
        return tuple(chosen)
    return (db.metadatas.get(None, db.metadata),)
