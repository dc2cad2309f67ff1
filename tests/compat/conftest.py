"""An executor that notes what it is given, on a real SQLite database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask_revisions.compat import alembic_modules
from flask_revisions.compat.config import Config
from flask_revisions.graph.revision import Revision
from flask_revisions.operations.base import Operation
from flask_revisions.operations.data import Execute
from flask_revisions.operations.executor import Run, executing
from flask_revisions.scripts.imports import answering
from flask_revisions.scripts.load import load_script


class Noting:
    """Keeps the sentence of every operation, and sends the statements of `op.execute`."""

    naming_convention: Mapping[str, Any] = {}
    transactional_ddl = True

    def __init__(self, connection: sa.Connection, *, offline: bool = False) -> None:
        self.run = Run(
            offline=offline,
            x_arguments=("tenant=a",),
            config=Config(script_location="migrations", url="sqlite://", options={"legacy": "12"}),
        )
        self.dialect = connection.dialect
        self.said: list[str] = []
        self._connection = connection

    def invoke(self, operation: Operation) -> Any:
        self.said.append(operation.describe())
        if isinstance(operation, Execute):
            self._connection.execute(sa.text(str(operation.statement)))

    def bind(self) -> sa.Connection:
        return self._connection

    def autocommit_block(self) -> AbstractContextManager[None]:
        return nullcontext()

    def output(self, text: str) -> None:
        self.said.append(text)

    def applied(self) -> tuple[str, ...]:
        return ("before1",)


class Project:
    """A folder for scripts, and somebody who runs them."""

    def __init__(self, folder: Path, executor: Noting) -> None:
        self.folder = folder
        self.executor = executor

    def run(self, upgrade: str, top: str = "") -> Any:
        """Load and run a script with this code at its top and in `upgrade()`; return what that returns."""
        body = "".join(f"    {line}\n" for line in upgrade.splitlines())
        path = self.folder / "a1.py"
        path.write_text(f'revision = "a1"\ndown_revision = None\n{top}\n\ndef upgrade():\n{body}')
        modules = alembic_modules()
        with answering(modules, [str(self.folder)]), executing(self.executor):
            return load_script(Revision(id="a1", path=str(path)), modules).upgrade()


@pytest.fixture
def connection() -> Iterator[sa.Connection]:
    """A connection to an empty database."""
    with sa.create_engine("sqlite://").connect() as opened:
        yield opened


@pytest.fixture
def project(tmp_path: Path, connection: sa.Connection) -> Project:
    """A project with an empty database."""
    return Project(tmp_path, Noting(connection))
