"""Pictures of a database: its schema, how many rows it has, and what it says is applied.

A picture is free of accidents: of the order in which things were made, of white space, of counters.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from flask_revisions.runner.journal import JournalTable
from flask_revisions.runner.log import LogTable
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from .shapes import mariadb, postgresql, sqlite

SHAPES = {"sqlite": sqlite, "postgresql": postgresql, "mysql": mariadb}


@dataclass(frozen=True)
class Picture:
    """What is in a database.

    :param schema: one line for each thing, sorted.
    :param rows: table -> how many rows there are.
    :param versions: the rows of the version table.
    """

    schema: tuple[str, ...]
    rows: Mapping[str, int]
    versions: tuple[str, ...]

    def digests(self) -> Digests:
        """Return what is kept of a picture: a digest of each part, and what is applied as it stands."""
        rows = json.dumps(self.rows, sort_keys=True)
        return Digests(_digest("\n".join(self.schema)), _digest(rows), self.versions)


@dataclass(frozen=True)
class Digests:
    """What is kept of a picture."""

    schema: str
    rows: str
    versions: tuple[str, ...]


def take_picture(url: str, version_table: str) -> Picture:
    """Return the picture of a database; the version table, log and journal are not in it."""
    log, journal = LogTable.beside(version_table, None), JournalTable.beside(version_table, None)
    kept_apart = (version_table, log.name, journal.name)
    shapes = SHAPES[make_url(url).get_backend_name()]
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        versions = connection.execute(text(f"SELECT version_num FROM {version_table}")).scalars().all()
        tables = shapes.tables(connection, kept_apart)
        rows = {each: connection.execute(text(f"SELECT count(*) FROM {each}")).scalar_one() for each in tables}
        schema = shapes.shape(connection, kept_apart)
        return Picture(tuple(sorted(schema)), rows, tuple(sorted(versions)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
