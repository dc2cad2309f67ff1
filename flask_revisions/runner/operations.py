"""Operations without a revision, on a connection of the caller's and in its transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from ..catalog.facts import ConnectionCatalog
from ..database import Database
from ..operations.executor import executing
from .events import silent
from .executors import DatabaseExecutor
from .goal import Job
from .servers import LockName
from .servers.joined import joined_server
from .transaction import StepTransaction


@contextmanager
def operations_on(connection: Connection, database: Database, job: Job) -> Iterator[None]:
    """Have `op` work on a connection for the length of a block.

    :raises NotSupported: an operation asks for what cannot be within the transaction.
    """
    lock = LockName(job.version_table.name, job.version_table.schema)
    server = joined_server(connection, database, lock, lock_timeout=job.lock_timeout, report=silent, limits=job.limits)
    with server.ready():
        server.between_steps(connection)
        table = job.version_table
        executor = DatabaseExecutor(
            StepTransaction(connection, server, lambda: None),
            ConnectionCatalog(connection),
            run=job.run,
            naming_convention=database.naming_convention,
            transactional_ddl=server.savepoints_last,
            applied=tuple(table.rows(connection)) if table.exists(connection) else (),
        )
        with executing(executor), executor.operations():
            yield
        server.after_script(connection, left=True)
