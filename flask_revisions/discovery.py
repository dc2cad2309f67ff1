"""Which databases an application has, and why it may have none."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Flask
from sqlalchemy import Engine, MetaData, create_engine, exc, make_url
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from .config import DEFAULT_NAMES, Settings
from .database import Database, secrets_in
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
    """Return the databases of an application, the default one first, then in the order of configuration.

    To be called within an application context. None of them is connected to.

    :param db: the Flask-SQLAlchemy object, if it was handed over.
    :raises ConfigurationError: there is no such object.
    """
    found = db if db is not None else app.extensions.get("sqlalchemy")
    engines = {_name(name): _synchronous(engine) for name, engine in _engines(app, found, settings).items()}
    return tuple(
        Database(
            name,
            _direct(engines[name], name, settings),
            _metadata(found, name, settings),
            on_connect=settings.on_connect,
            connect_timeout=settings.connect_timeout,
        )
        for name in sorted(engines, key=lambda name: name is not None)
    )


def binds_without_database(app: Flask, db: Any, settings: Settings) -> tuple[str, ...]:
    """Return the binds that models name and that the configuration does not know; to be called as `find_databases`."""
    found = db if db is not None else app.extensions.get("sqlalchemy")
    known = {_name(name) for name in _engines(app, found, settings)}
    named = getattr(found, "metadatas", {}) if settings.target_metadata is None else {}
    return tuple(name for name, metadata in named.items() if name is not None and metadata.tables and name not in known)


def _engines(app: Flask, found: Any, settings: Settings) -> Mapping[str | None, Any]:
    if settings.engine is not None:
        return settings.engine if isinstance(settings.engine, Mapping) else {None: settings.engine}
    if found is None:
        raise ConfigurationError(
            "This application has no Flask-SQLAlchemy object.",
            "call db.init_app(app) before the commands are used, or hand it over: Revisions(app, db).",
        )
    if not hasattr(type(found), "engines"):
        raise ConfigurationError(
            f"The db of the application '{app.name}' is a {type(found).__name__}, not a SQLAlchemy().",
            "hand it over: Revisions(app, db), or the engine: Revisions(app, engine=engine).",
        )
    try:
        engines: Mapping[str | None, Any] = found.engines
    except RuntimeError as error:
        raise ConfigurationError(
            f"The object db of Revisions(app, db) is not set up for the application '{app.name}'.",
            "call db.init_app(app) as well.",
        ) from error
    # those that Flask-SQLAlchemy-Lite has made for asyncio
    return {**getattr(found, "async_engines", {}), **engines}


def _name(name: str | None) -> str | None:
    """Return a bind's name; Flask-SQLAlchemy-Lite calls the default one `default`."""
    return None if name in DEFAULT_NAMES else name


def _synchronous(engine: Any) -> Engine:
    """Return the engine behind one of asyncio's."""
    behind: Engine = getattr(engine, "sync_engine", engine)
    return behind


def _direct(engine: Engine, name: str | None, settings: Settings) -> Engine:
    """Return an engine for the URL that revisions have for a database; the application's where they have none.

    It keeps no connection: behind a pooler, or beside it, there may be room for few.

    :raises ConfigurationError: the URL cannot be worked with.
    """
    uri = settings.database_uri.get(name or "")
    if uri is None:
        return engine
    try:
        return create_engine(uri, poolclass=NullPool)
    except Exception as error:
        known = explain(error)
        if known is None:
            raise
        known.message = f"REVISIONS_DATABASE_URI{f' of {name}' if name else ''}: {known.message}"
        known.args = (known.message,)
        raise known from error


def explain(error: BaseException) -> RevisionsError | None:
    """Return what a person should read about an exception of setting up a database; None for another one.

    The text of a URL is never repeated: it may hold a password.
    """
    said = str(error)
    if isinstance(error, RevisionsError):
        return error
    if isinstance(error, exc.NoSuchModuleError):
        return _no_dialect(said.rpartition(":")[2].strip("'\" "))
    if isinstance(error, exc.ArgumentError) and "URL" in said:
        return _bad_url()
    if isinstance(error, ValueError) and _comes_from(error, "sqlalchemy.engine.url"):
        return _bad_url()
    if isinstance(error, RuntimeError) and "SQLALCHEMY_DATABASE_URI" in said:
        return ConfigurationError(
            "This application has no database: SQLALCHEMY_DATABASE_URI is not set.",
            "set it in the application's configuration before db.init_app(app).",
        )
    module = (error.name or "").split(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if module in DRIVERS:
        return DatabaseUnreachable(
            f"The database driver '{module}' is not installed.", f"pip install '{DRIVERS[module]}'"
        )
    return None


def _no_dialect(name: str) -> ConfigurationError:
    if name.split(".")[0] == "postgres":
        return ConfigurationError(
            "The database URL begins with 'postgres://', which SQLAlchemy does not know.",
            "write 'postgresql://' instead: url.replace('postgres://', 'postgresql://', 1).",
        )
    return ConfigurationError(
        f"The database URL names the dialect '{name}', which is not installed.",
        "is it spelt right? Dialects that SQLAlchemy does not bring are packages of their own.",
    )


def _bad_url() -> ConfigurationError:
    return ConfigurationError(
        "The database URL cannot be read.",
        "write it as dialect+driver://user:password@host:port/database, with special characters of the "
        "password quoted: urllib.parse.quote(password, safe='').",
    )


def _comes_from(error: BaseException, module: str) -> bool:
    """Return True if an exception was raised in a module."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_globals.get("__name__") == module


def secrets_of(app: Flask | None) -> frozenset[str]:
    """Return the passwords in an application's database URLs and in the environment, for hiding them.

    :param app: None where the application could not be made.
    """
    found: set[str] = set()
    config: Mapping[str, Any] = app.config if app is not None else {}
    for value in (*config.values(), *os.environ.values()):
        for url in _urls_in(value):
            found |= secrets_in(url)
    return frozenset(found)


def _urls_in(value: Any) -> Iterable[URL]:
    if isinstance(value, URL):
        yield value
    elif isinstance(value, str) and "://" in value:
        try:
            yield make_url(value)
        except (exc.ArgumentError, ValueError):
            return
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _urls_in(each)


def _metadata(db: Any, name: str | None, settings: Settings) -> tuple[MetaData, ...]:
    chosen = settings.target_metadata
    if isinstance(chosen, Mapping):
        chosen = next((each for key, each in chosen.items() if _name(key) == name), None)
    elif name is not None:
        chosen = None
    if isinstance(chosen, MetaData):
        return (chosen,)
    if chosen:
        return tuple(chosen)
    known = getattr(db, "metadatas", {})
    if name is None and hasattr(db, "metadata"):
        return (known.get(None, db.metadata),)
    return (known[name],) if name in known else ()
