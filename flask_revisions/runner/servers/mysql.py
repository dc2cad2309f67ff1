"""MySQL and MariaDB: a named lock on the migration's own connection, which survives DDL and COMMIT."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import Connection, exc, text

from .base import Server, with_transactions

LOOKALIKES = """
    SELECT table_name FROM information_schema.columns
    WHERE table_schema = coalesce(:schema, database())
    GROUP BY table_name HAVING count(*) = 1 AND max(column_name) = 'version_num'
"""


class MySQLServer(Server):
    """MySQL 8 and MariaDB 10.5 and later.

    The lock has to be on the connection that the revisions run on: a statement of a killed client keeps it until
    the statement ends (https://mariadb.com/kb/en/get_lock/, https://dev.mysql.com/doc/refman/8.0/en/locking-functions.html).
    """

    @contextmanager
    def session(self) -> Iterator[Connection]:
        with self.database.connect() as connection:
            with_transactions(connection)
            name = self._lock_name(connection)
            self.wait_for(
                lambda: connection.execute(text("SELECT GET_LOCK(:name, 0)"), {"name": name}).scalar() == 1,
                "another run of revisions on this database",
                lambda: _who(connection, name),
            )
            connection.rollback()
            try:
                yield connection
            finally:
                _release(connection, name)

    def lookalikes(self, connection: Connection, schema: str | None) -> tuple[str, ...]:
        return tuple(connection.execute(text(LOOKALIKES), {"schema": schema}).scalars())

    def _lock_name(self, connection: Connection) -> str:
        """Return a name of 48 characters; names are known to the whole server, and may have 64."""
        database = connection.execute(text("SELECT DATABASE()")).scalar()
        return "flask_revisions:" + replace(self.lock, database=database or "").digest().hex()[:32]


def _release(connection: Connection, name: str) -> None:
    """Release the lock, or throw the connection away: it must not go back to the pool with the lock."""
    if connection.closed or connection.invalidated:
        return
    try:
        if connection.in_transaction():
            connection.rollback()
        connection.execute(text("SELECT RELEASE_LOCK(:name)"), {"name": name})
        connection.rollback()
    except exc.SQLAlchemyError:
        connection.invalidate()


def _who(connection: Connection, name: str) -> str:
    row = connection.execute(
        text(
            "SELECT p.id, p.user, p.host, p.time FROM information_schema.processlist p "
            "WHERE p.id = IS_USED_LOCK(:name)"
        ),
        {"name": name},
    ).first()
    if row is None:
        return ""
    number, user, host, seconds = row
    return f"connection {number} ({user}@{host}, {seconds} s in its statement)"
