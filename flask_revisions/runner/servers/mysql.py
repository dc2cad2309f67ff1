"""MySQL and MariaDB: a named lock on the migration's own connection, which survives DDL and COMMIT."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

from sqlalchemy import Connection, exc, text

from ..events import Connected
from .base import ANOTHER_RUN, LockName, Server, is_alive

LOOKALIKES = text("""
    SELECT c.table_name FROM information_schema.columns c
    JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
    WHERE c.table_schema = coalesce(:schema, database()) AND t.table_type = 'BASE TABLE'
    GROUP BY c.table_name HAVING count(*) = 1 AND max(c.column_name) = 'version_num'
""")
SESSION = text("SELECT DATABASE(), @@autocommit, @@tx_isolation")
HOLDER = text("""
    SELECT p.id, p.user, p.host, p.time FROM information_schema.processlist p WHERE p.id = IS_USED_LOCK(:name)
""")


class MySQLServer(Server):
    """MySQL 8 and MariaDB 10.5 and later.

    The lock has to be on the connection that the revisions run on: a statement of a killed client keeps it until
    the statement ends (https://mariadb.com/kb/en/get_lock/, https://dev.mysql.com/doc/refman/8.0/en/locking-functions.html).
    """

    @contextmanager
    def session(self) -> Iterator[Connection]:
        with self.connect() as connection:
            database, commits, level = connection.execute(SESSION).one()
            connection.rollback()
            # the URL may have switched autocommit on, and SQLAlchemy does not know of that
            self.use_transactions(connection, level.replace("-", " ") if commits else None)
            name = lock_name(replace(self.lock, database=database or ""))
            self.wait_for(lambda: _take(connection, name), ANOTHER_RUN, lambda: _who(connection, name))
            try:
                self.report(Connected(self.stopper(connection)))
                yield connection
            finally:
                _release(connection, name)

    def stopper(self, connection: Connection) -> Callable[[], None]:
        number = connection.execute(text("SELECT CONNECTION_ID()")).scalar()
        connection.rollback()

        def stop() -> None:
            pool = self.database.engine.pool.recreate()  # the application's may have no room
            with closing(pool.connect()) as other:
                other.cursor().execute(f"KILL QUERY {number:d}")
                other.invalidate()

        return stop

    def lookalikes(self, connection: Connection, schema: str | None) -> tuple[str, ...]:
        return tuple(connection.execute(LOOKALIKES, {"schema": schema}).scalars())


def lock_name(lock: LockName) -> str:
    """Return a name of 48 characters; names are known to the whole server, and may have 64."""
    return "flask_revisions:" + lock.digest().hex()[:32]


def _take(connection: Connection, name: str) -> bool:
    taken = connection.execute(text("SELECT GET_LOCK(:name, 0)"), {"name": name}).scalar()
    connection.rollback()
    return taken == 1


def _release(connection: Connection, name: str) -> None:
    """Release the lock at once; it would go with the connection, but the server may take its time for that."""
    try:
        if is_alive(connection):
            connection.rollback()
            connection.execute(text("SELECT RELEASE_LOCK(:name)"), {"name": name})
            connection.rollback()
    except exc.SQLAlchemyError:
        connection.invalidate()


def _who(connection: Connection, name: str) -> str:
    row = connection.execute(HOLDER, {"name": name}).first()
    connection.rollback()
    if row is None:
        return ""
    number, user, host, seconds = row
    return f"connection {number} ({user}@{host}, {seconds} s in its statement)"
