"""`MigrationContext.configure(connection)`: what helpers use to work on a connection that they have."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from .. import context
from ..catalog.facts import ConnectionCatalog
from ..config import VERSION_TABLE
from ..operations.executor import Executor, Run, current_executor, has_executor
from ..runner.executors import DatabaseExecutor
from ..runner.offline import TRANSACTIONAL
from ..runner.recorder import VersionTable
from .refusals import NotCarried


@dataclass(frozen=True)
class MigrationContext(context.MigrationContext):
    """A connection that operations can be carried out on; what `op.get_context()` returns is one, too."""

    @classmethod
    def configure(
        cls,
        connection: Connection | None = None,
        *,
        opts: Mapping[str, Any] | None = None,
        dialect_opts: Mapping[str, Any] | None = None,
        environment_context: object = None,
        **others: object,
    ) -> MigrationContext:
        """Return the context of a connection: of the running step if it is the connection of that.

        :param opts: `version_table`, `version_table_schema`, `target_metadata`; others are kept.
        :raises NotCarried: there is no connection.
        """
        refused = [name for name, value in others.items() if value is not None]
        if connection is None or refused:
            named = refused[0] if refused else "no connection"
            raise NotCarried(
                f"MigrationContext.configure() with {named} is not there while revisions load and run.",
                "give it a connection: MigrationContext.configure(op.get_bind()).",
            )
        if has_executor() and current_executor().bind() is connection:
            return cls(current_executor())
        return cls(_executor_for(connection, dict(opts or {})))


def _executor_for(connection: Connection, opts: dict[str, Any]) -> Executor:
    """Return what carries out operations on a connection of the caller's, in the caller's transaction."""
    table = VersionTable(opts.get("version_table", VERSION_TABLE), opts.get("version_table_schema"))
    metadata = opts.get("target_metadata")
    return DatabaseExecutor(
        _Connected(connection),
        ConnectionCatalog(connection),
        run=Run(options=opts),
        naming_convention=getattr(metadata, "naming_convention", None) or {},
        transactional_ddl=connection.dialect.name in TRANSACTIONAL,
        applied=table.read(connection),
    )


@dataclass(frozen=True)
class _Connected:
    """As much of a step's transaction as there is for a connection that somebody else will commit."""

    connection: Connection

    def autocommit_block(self) -> AbstractContextManager[None]:
        """Refuse: its transaction is not ours to end.

        :raises NotCarried: always.
        """
        raise NotCarried(
            "autocommit_block() is not there for a connection that MigrationContext.configure() was given.",
            "use op.get_context().autocommit_block(), or an engine with isolation_level='AUTOCOMMIT'.",
        )

    def without_foreign_keys(self) -> AbstractContextManager[None]:
        """Leave SQLite as it is: nobody would look at the foreign keys before the commit."""
        return nullcontext()
