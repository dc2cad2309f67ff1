"""The table that says which revisions are applied. A row means applied; no row means not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    delete,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.sql.dml import UpdateBase

from ..config import VERSION_TABLE
from ..errors import DatabaseError, ForeignVersionTable, VersionConflict
from ..graph.plan import RowChange

WIDTH = 255
OLD_WIDTH = 32


@dataclass(frozen=True)
class VersionTable:
    """Where it is kept what is applied.

    :param schema: None for the connection's default schema.
    :param primary_key: whether a new table gets one; its name is the table's with `_pkc`.
    :param confirmed: True where the project has named the table itself.
    """

    name: str = VERSION_TABLE
    schema: str | None = None
    primary_key: bool = True
    confirmed: bool = False

    def table(self) -> Table:
        """Return the table as SQLAlchemy knows one, in a metadata of its own."""
        key = (PrimaryKeyConstraint("version_num", name=f"{self.name}_pkc"),) if self.primary_key else ()
        column = Column("version_num", String(WIDTH), nullable=False)
        return Table(self.name, MetaData(), column, *key, schema=self.schema)

    def describe(self) -> str:
        """Return its name with its schema."""
        return f"{self.schema}.{self.name}" if self.schema else self.name

    # -- reading --------------------------------------------------------------------------------------

    def exists(self, connection: Connection) -> bool:
        """Return True if the table is there."""
        return inspect(connection).has_table(self.name, schema=self.schema)

    def read(self, connection: Connection) -> tuple[str, ...]:
        """Return the ids of its rows; none where there is no table. Nothing is written.

        :raises DatabaseError: a row is no text.
        """
        if not self.exists(connection):
            return ()
        rows = tuple(connection.execute(select(self.table().c.version_num)).scalars())
        wrong = [each for each in rows if not isinstance(each, str)]
        if wrong:
            raise DatabaseError(
                f"The table {self.describe()} gives {wrong[0]!r} where the id of a revision was expected, a text.",
                "the column version_num has to be of a text type that the driver returns as such.",
            )
        return rows

    # -- writing --------------------------------------------------------------------------------------

    def create(self, connection: Connection) -> None:
        """Create the table."""
        self.table().create(connection)

    def widen(self, connection: Connection, ids: Iterable[str]) -> None:
        """Make its column wide enough for `ids`, where the database enforces a width."""
        longest = max((len(each) for each in ids), default=0)
        if longest <= OLD_WIDTH or connection.dialect.name == "sqlite":
            return
        columns = inspect(connection).get_columns(self.name, schema=self.schema)
        width = next((getattr(each["type"], "length", None) for each in columns), None)
        if width is None or width >= longest:
            return
        if longest > WIDTH:
            raise DatabaseError(f"A revision id of {longest} characters does not fit into {self.describe()}.")
        quoted = connection.dialect.identifier_preparer.format_table(self.table())
        change = (
            f"MODIFY version_num VARCHAR({WIDTH}) NOT NULL"
            if connection.dialect.name in ("mysql", "mariadb")
            else f"ALTER COLUMN version_num TYPE VARCHAR({WIDTH})"
        )
        connection.exec_driver_sql(f"ALTER TABLE {quoted} {change}")

    def apply(self, connection: Connection, changes: Iterable[RowChange]) -> None:
        """Change its rows, each only if it is as it was when the plan was made.

        :raises VersionConflict: it was not; the caller rolls back.
        """
        for change, statement in self.statements(changes):
            count = connection.execute(statement).rowcount
            if not connection.dialect.supports_sane_rowcount or count == 1 or change.old is None:
                continue
            raise VersionConflict(
                f"The table {self.describe()} had {count} rows '{change.old}' where one was expected.",
                "somebody else has changed it meanwhile; 'flask db current' shows what is applied now.",
            )

    def statements(self, changes: Iterable[RowChange]) -> Iterable[tuple[RowChange, UpdateBase]]:
        """Return the statement for each change, with bound values."""
        table = self.table()
        row = table.c.version_num
        for change in changes:
            if change.old is None:
                yield change, insert(table).inline().values(version_num=change.new)
            elif change.new is None:
                yield change, delete(table).where(row == change.old)
            else:
                yield change, update(table).where(row == change.old).values(version_num=change.new)

    def refuse_foreign(
        self, connection: Connection, applied: tuple[str, ...], lookalikes: Callable[..., tuple[str, ...]]
    ) -> None:
        """Raise where this table knows nothing and another one looks as if it did.

        :param lookalikes: (connection, schema) -> names of tables with `version_num` as their only column.
        :raises ForeignVersionTable: it names the other tables.
        """
        if applied or self.confirmed:
            return
        others = tuple(each for each in lookalikes(connection, self.schema) if each != self.name)
        if others:
            names = " and ".join(f"'{each}'" for each in others)
            raise ForeignVersionTable(
                f"The version table '{self.describe()}' knows no applied revision, but there is {names}, "
                "which looks like one.",
                f"set REVISIONS_VERSION_TABLE = '{others[0]}' if it is this project's, "
                f"or REVISIONS_VERSION_TABLE = '{self.name}' if it is not.",
                tables=others,
            )
