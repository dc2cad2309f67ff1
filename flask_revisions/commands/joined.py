"""On a connection of the caller's: which of the databases it leads to, and operations without a revision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import ModuleType

from sqlalchemy import Connection
from sqlalchemy.engine import URL

from .. import op
from ..errors import UsageError
from ..project import Project
from ..runner.operations import operations_on


def on_connection(project: Project, connection: Connection) -> Project:
    """Return the project on the database that a connection leads to.

    :raises UsageError: it is none, or it leads to none of several databases.
    """
    if not isinstance(connection, Connection):
        raise UsageError(
            f"connection= takes a Connection of SQLAlchemy, and was given a {type(connection).__name__}.",
            "hand over session.connection(), or 'with engine.begin() as connection:'.",
        )
    if connection.closed:
        raise UsageError(
            "connection= was given a Connection that is closed.", "call it within the block of the connection."
        )
    engine = connection.engine
    databases = project.databases
    found = [each for each in databases if each.engine is engine or each.engine.url == engine.url]
    if not found and len(databases) > 1:
        raise UsageError(
            f"The connection leads to none of the databases that are managed: {_place(engine.url)}.",
            "hand over one of an engine of the application.",
        )
    return project.on(replace((found or databases)[0], engine=engine))


@contextmanager
def operations(project: Project, connection: Connection) -> Iterator[ModuleType]:
    """Give `op` for the length of a block; what is called of it is done on a connection, in its transaction."""
    one = on_connection(project, connection)
    with operations_on(connection, one.database, one.job()):
        yield op


def _place(url: URL) -> str:
    return url.render_as_string(hide_password=True)
