"""The databases that tests run on: a fresh one for each test, dropped afterwards."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine, create_engine, exc, make_url, text
from sqlalchemy.pool import NullPool

KINDS = ("sqlite", "postgresql", "mariadb")

SERVERS = {
    "postgresql": ("FLASK_REVISIONS_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"),
    "mariadb": ("FLASK_REVISIONS_TEST_MARIADB", "mysql+pymysql://root@127.0.0.1:3306/"),
}
"""For each server: the environment variable with its URL, and the URL where that is not set."""

DRIVERS = tuple(filter(None, os.environ.get("FLASK_REVISIONS_TEST_DRIVER", "").split(",")))
"""Drivers that the projects of the tests use in place of those in the URLs: psycopg2, asyncpg, mysqldb, aiosqlite."""

BACKENDS = {"psycopg2": "postgresql", "asyncpg": "postgresql", "mysqldb": "mysql", "aiosqlite": "sqlite"}


about_drivers = pytest.mark.skipif(bool(DRIVERS), reason="this is about the usual drivers")
"""For tests that look at a driver's own objects, errors and statements."""

about_plain_drivers = pytest.mark.skipif(bool({"asyncpg", "aiosqlite"} & {*DRIVERS}), reason="not with asyncio")


def with_driver(url: str) -> str:
    """Return a URL as a project has it; what the tests themselves look with goes on with the usual driver."""
    for driver in DRIVERS:
        backend = BACKENDS[driver]
        if url.split(":")[0].split("+")[0] == backend:
            return f"{backend}+{driver}:{url.partition(':')[2]}"
    return url


def server_url(kind: str) -> URL:
    variable, default = SERVERS[kind]
    return make_url(os.environ.get(variable) or default)


@cache
def unreachable(kind: str) -> str:
    """Why a server cannot be used; empty if it can."""
    if kind == "sqlite":
        return ""
    try:
        with create_engine(server_url(kind), poolclass=NullPool).connect():
            return ""
    except (exc.SQLAlchemyError, ModuleNotFoundError) as error:
        return f"{kind} at {server_url(kind).render_as_string()} cannot be used: {error}"


@cache
def server_version(url: URL) -> tuple[int, ...]:
    """What version a server says it is."""
    with administrator(url).connect() as connection:
        return tuple(connection.dialect.server_version_info or ())


def require(kind: str) -> None:
    """Skip a test for want of its server; where CI is set, fail."""
    why = unreachable(kind)
    if why and os.environ.get("CI"):
        pytest.fail(why)
    if why:
        pytest.skip(why)


@contextmanager
def fresh_database(kind: str, folder: Path) -> Iterator[str]:
    """Give the URL of an empty database for the length of a block."""
    require(kind)
    name = f"flask_revisions_{secrets.token_hex(6)}"
    if kind == "sqlite":
        yield f"sqlite:///{folder / (name + '.db')}"
        return
    url = server_url(kind)
    if kind == "postgresql" and EMPTIED:
        name = EMPTIED.pop()
    else:
        administer(url, f"CREATE DATABASE {name}")
        if kind == "postgresql":  # no test pulls the plug of the machine
            administer(url, f"ALTER DATABASE {name} SET synchronous_commit = off")
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        if kind == "postgresql":
            if is_emptied(url.set(database=name)):
                EMPTIED.append(name)
            else:
                administer(url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        else:  # a connection that a test has left open is an error, not a test that never ends
            administer(url, "SET SESSION lock_wait_timeout = 20", f"DROP DATABASE IF EXISTS {name}")


def administer(url: URL, *statements: str) -> None:
    with administrator(url).connect() as connection:
        for statement in statements:
            connection.execute(text(statement))


def read_certificates_once() -> None:
    """Let PyMySQL read the certificates of the system once, and not for each connection: that takes it 20 ms.

    What it makes of them is shared by the connections that ask for nothing special, as ours do.
    """
    from pymysql.connections import Connection

    create: Callable[[Any, dict[str, Any]], Any] = Connection._create_ssl_ctx
    usual: list[Any] = []

    def create_once(connection: Any, wanted: dict[str, Any]) -> Any:
        if wanted:
            return create(connection, wanted)
        if not usual:
            usual.append(create(connection, wanted))
        return usual[0]

    Connection._create_ssl_ctx = create_once


@cache
def administrator(url: URL) -> Engine:
    return create_engine(url, isolation_level="AUTOCOMMIT", pool_pre_ping=True)


# -- PostgreSQL writes 30 MB to make a database and to drop it: one that can be emptied is used again ----

EMPTIED: list[str] = []
"""The databases of this process that are as new, and that nobody uses."""

IS_ORDINARY = """
SELECT d.datacl IS NULL AND d.datdba = (SELECT oid FROM pg_roles WHERE rolname = current_user)
    AND NOT EXISTS (SELECT FROM pg_db_role_setting s WHERE s.setdatabase = d.oid
        AND s.setconfig <> '{synchronous_commit=off}')
    AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE datid = d.oid AND pid <> pg_backend_pid())
    AND NOT EXISTS (SELECT FROM pg_prepared_xacts WHERE database = d.datname)
    AND NOT EXISTS (SELECT FROM pg_default_acl)
    AND NOT EXISTS (SELECT FROM pg_largeobject_metadata)
    AND NOT EXISTS (SELECT FROM pg_extension WHERE extname <> 'plpgsql')
    AND NOT EXISTS (SELECT FROM pg_event_trigger)
    AND NOT EXISTS (SELECT FROM pg_publication)
    AND NOT EXISTS (SELECT FROM pg_foreign_data_wrapper)
FROM pg_database d WHERE d.datname = current_database()
"""
SCHEMAS = """
SELECT quote_ident(nspname) FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
"""


def is_emptied(url: URL) -> bool:
    """Remove everything from a database; False where it has what belongs to no schema, or somebody uses it."""
    import psycopg

    words = url.translate_connect_args(database="dbname", username="user")
    try:
        with psycopg.connect(**words, autocommit=True) as connection:
            answer = connection.execute(IS_ORDINARY).fetchone()
            if answer is None or not answer[0]:
                return False
            schemas = [name for (name,) in connection.execute(SCHEMAS)]
            connection.execute("SET client_min_messages = error; SET lock_timeout = '5s'")
            owner, rights = ("pg_database_owner", "USAGE") if connection.info.server_version >= 150000 else ("", "ALL")
            connection.execute(
                ("".join(f"DROP SCHEMA {name} CASCADE; " for name in schemas))
                + "CREATE SCHEMA public; COMMENT ON SCHEMA public IS 'standard public schema'; "
                + (f"ALTER SCHEMA public OWNER TO {owner}; " if owner else "")
                + f"GRANT {rights} ON SCHEMA public TO PUBLIC"
            )
            return True
    except psycopg.Error:
        return False


def drop_emptied() -> None:
    """Drop the databases that were kept for the next test."""
    while EMPTIED:
        administer(server_url("postgresql"), f"DROP DATABASE IF EXISTS {EMPTIED.pop()} WITH (FORCE)")
