"""The databases that tests run on: a fresh one for each test, dropped afterwards."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, exc, make_url, text
from sqlalchemy.pool import NullPool

KINDS = ("sqlite", "postgresql", "mariadb")

SERVERS = {
    "postgresql": ("FLASK_REVISIONS_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"),
    "mariadb": ("FLASK_REVISIONS_TEST_MARIADB", "mysql+pymysql://root@127.0.0.1:3306/"),
}
"""For each server: the environment variable with its URL, and the URL where that is not set."""


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
    administer(url, f"CREATE DATABASE {name}")
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        if kind == "postgresql":
            administer(url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        else:  # a connection that a test has left open is an error, not a test that never ends
            administer(url, "SET SESSION lock_wait_timeout = 20", f"DROP DATABASE IF EXISTS {name}")


def administer(url: URL, *statements: str) -> None:
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
