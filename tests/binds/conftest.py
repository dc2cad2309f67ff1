"""A project with a default database and two binds, on each kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool

from ..projects import OWN_TABLES, Project
from ..servers import fresh_database

MULTIDB = '''"""{id}"""
import sqlalchemy as sa
from alembic import op

revision = {id!r}
down_revision = {down!r}
branch_labels = None
depends_on = None


def upgrade(engine_name):
    globals()["upgrade_%s" % engine_name]()


def downgrade(engine_name):
    globals()["downgrade_%s" % engine_name]()
'''


@dataclass
class Binds:
    """A project, and the URLs of its binds."""

    project: Project
    urls: dict[str, str]

    def config(self, *names: str, **more: Any) -> dict[str, Any]:
        """The configuration with some of the binds."""
        null = {} if self.project.url.startswith("sqlite") else {"poolclass": NullPool}
        return {"SQLALCHEMY_BINDS": {name: {"url": self.urls[name], **null} for name in names}, **more}

    def script(self, id: str, down: str | None, *engines: str) -> None:
        """Write a revision of Flask-Migrate's multidb kind; it makes a table in each of some databases."""
        source = MULTIDB.format(id=id, down=down)
        for engine in engines:
            source += f'\n\ndef upgrade_{engine}():\n    op.create_table("t_{id}", sa.Column("id", sa.Integer))\n'
            source += f'\n\ndef downgrade_{engine}():\n    op.drop_table("t_{id}")\n'
        self.project.versions.mkdir(parents=True, exist_ok=True)
        (self.project.versions / f"{id}.py").write_text(source)

    def tables(self, name: str) -> set[str]:
        """The tables of a bind, but for our own."""
        engine = create_engine(self.urls[name], poolclass=NullPool)
        return set(inspect(engine).get_table_names()) - OWN_TABLES

    def send(self, name: str, *statements: str) -> None:
        with create_engine(self.urls[name], poolclass=NullPool).begin() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def touched(self, name: str) -> bool:
        """True if anything is in a bind, or a file of it."""
        if self.urls[name].startswith("sqlite"):
            return Path(self.urls[name].removeprefix("sqlite:///")).exists()
        return bool(inspect(create_engine(self.urls[name], poolclass=NullPool)).get_table_names())

    def applied(self, name: str) -> list[str]:
        """The rows of a bind's version table."""
        with create_engine(self.urls[name], poolclass=NullPool).connect() as connection:
            return list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())


@pytest.fixture
def binds(project: Project, kind: str, tmp_path: Path) -> Iterator[Binds]:
    """A project with the binds `one` and `two`."""
    with ExitStack() as stack:
        made = Binds(project, {name: stack.enter_context(fresh_database(kind, tmp_path)) for name in ("one", "two")})
        yield made
        project.close()
