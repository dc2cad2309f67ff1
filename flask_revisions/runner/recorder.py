"""The table that says which revisions are applied. A row means applied; no row means not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    bindparam,
    delete,
    exc,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.sql.dml import Insert, UpdateBase

from ..config import VERSION_TABLE
from ..database import database_words
from ..errors import DatabaseError, ForeignVersionTable, VersionConflict
from ..graph.plan import RowChange
from .words import is_duplicate

WIDTH = 255
if TYPE_CHECKING:
    from ..operations.columns import AlterColumn

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
        return _table(self.name, self.schema, self.primary_key)

    def describe(self) -> str:
        """Return its name with its schema."""
        return f"{self.schema}.{self.name}" if self.schema else self.name

    # -- reading --------------------------------------------------------------------------------------

    def exists(self, connection: Connection) -> bool:
        """Return True if the table is there."""
        return inspect(connection).has_table(self.name, schema=self.schema)

    def read(self, connection: Connection) -> tuple[str, ...]:
        """Return the ids of its rows; none where there is no table. Nothing is written.

        :raises DatabaseError: it has no column `version_num`, or a row is no text.
        """
        return self.rows(connection) if self.exists(connection) else ()

    def rows(self, connection: Connection) -> tuple[str, ...]:
        """Return the ids of its rows; the table is there.

        :raises DatabaseError: it has no column `version_num`, or a row is no text.
        """
        try:
            rows = tuple(connection.execute(select(self.table().c.version_num)).scalars())
        except exc.DBAPIError as error:
            if error.connection_invalidated or self._has_its_column(connection):
                raise
            raise DatabaseError(
                f"The table {self.describe()} has no column version_num: it is no version table.",
                "set REVISIONS_VERSION_TABLE to another name.",
            ) from error
        wrong = [each for each in rows if not isinstance(each, str)]
        if wrong:
            raise DatabaseError(
                f"The table {self.describe()} gives {wrong[0]!r} where the id of a revision was expected, a text.",
                "the column version_num has to be of a text type that the driver returns as such.",
            )
        return rows

    def refuse_twice(self, rows: tuple[str, ...]) -> None:
        """Raise where a row is there twice.

        :raises VersionConflict: no script may run whose end cannot be recorded.
        """
        for row in rows:
            if rows.count(row) > 1:
                raise self._conflict(f"had {rows.count(row)} rows '{row}' where one was expected", several=True)

    def refuse_view(self, connection: Connection) -> None:
        """Raise where a view has the name of the table.

        :raises DatabaseError: no row could be written after a script has run.
        """
        if self.name in inspect(connection).get_view_names(schema=self.schema):
            raise DatabaseError(
                f"The version table {self.describe()} is a view.",
                "name the table behind it in REVISIONS_VERSION_TABLE and REVISIONS_VERSION_TABLE_SCHEMA.",
            )

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

    # -- writing --------------------------------------------------------------------------------------

    def create(self, connection: Connection) -> None:
        """Create the table.

        :raises DatabaseError: its schema does not exist.
        """
        try:
            self.table().create(connection)
        except exc.DBAPIError as error:
            if error.connection_invalidated or self._has_its_schema(connection):
                raise
            raise DatabaseError(
                f"The schema '{self.schema}' of the version table does not exist.",
                "create it in the database, or correct REVISIONS_VERSION_TABLE_SCHEMA.",
            ) from error

    def widening(self, connection: Connection, ids: Iterable[str]) -> AlterColumn | None:
        """Return what makes its column wide enough for `ids`; None where it is.

        :raises DatabaseError: one of them is longer than we make the column.
        """
        longest = max(ids, key=len, default="")
        columns = inspect(connection).get_columns(self.name, schema=self.schema)
        found = next(each["type"] for each in columns if each["name"] == "version_num")
        width = getattr(found, "length", None)
        if width is None or width >= len(longest):
            return None
        if len(longest) > WIDTH:
            raise DatabaseError(
                f"The revision id '{longest}' has {len(longest)} characters, and the table {self.describe()} "
                f"takes {WIDTH}.",
                "give the revision a shorter id, in its file and in those that name it as their parent.",
            )
        from ..operations.columns import AlterColumn  # nearly never

        return AlterColumn(
            self.name,
            "version_num",
            self.schema,
            type_=String(WIDTH),
            existing_type=found,
            existing_nullable=False,
        )

    def apply(
        self,
        connection: Connection,
        changes: Iterable[RowChange],
        *,
        stamp: bool = False,
        line: tuple[Insert, Mapping[str, Any]] | None = None,
    ) -> None:
        """Change its rows, each only if it is as it was when the plan was made.

        :param stamp: let a row that is there twice go: so such a table is put right.
        :param line: what is inserted elsewhere by the same statement as the last change, and its parameters.
        :raises VersionConflict: it was not; the caller rolls back.
        """
        changes = tuple(changes)
        for number, change in enumerate(changes, 1):
            also, more = line if line is not None and number == len(changes) else (None, {})
            statement = _changing(self.table(), change.old is not None, change.new is not None, also)
            rows = {name: id for name, id in (("old", change.old), ("new", change.new)) if id is not None}
            if change.old is None and change.new in self.rows(connection):
                raise self._conflict(f"has a row '{change.new}' already")
            try:
                count = connection.execute(statement, {**rows, **more}).rowcount
            except exc.IntegrityError as error:
                raise self._refused(change, error, "" if also is None else str(also.table.name)) from error
            if change.old is None or count == 1 or not connection.dialect.supports_sane_rowcount:
                continue
            if not (stamp and change.new is None and count > 1):
                raise self._conflict(f"had {count} rows '{change.old}' where one was expected", several=count > 1)

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

    def _refused(self, change: RowChange, error: exc.IntegrityError, log: str) -> DatabaseError:
        """Return what it means that a row was not taken.

        :param log: the table that the same statement adds a line to; empty where there is none.
        """
        said = database_words(error)
        if log and f'"{log}' in said:
            return DatabaseError(
                f"The log {log} does not take the line about '{change.new or change.old}': {said}",
                "correct that table: its column id has to count on from the last line, and columns of yours need a "
                "default; or do without the log: REVISIONS_LOG = False.",
            )
        if is_duplicate(error):
            return self._conflict(f"has a row '{change.new}' already")
        return DatabaseError(
            f"The table {self.describe()} does not take the row '{change.new or change.old}': {said}",
            "correct the table: a column without a default, a constraint or a trigger has been added to it.",
        )

    def _conflict(self, what: str, *, several: bool = False) -> VersionConflict:
        return VersionConflict(
            f"The table {self.describe()} {what}.",
            "'flask db stamp --purge REVISION' leaves one row."
            if several
            else "somebody else has changed it meanwhile; 'flask db current' shows what is applied now.",
        )

    def _has_its_column(self, connection: Connection) -> bool:
        connection.rollback()
        columns = inspect(connection).get_columns(self.name, schema=self.schema)
        return any(each["name"] == "version_num" for each in columns)

    def _has_its_schema(self, connection: Connection) -> bool:
        connection.rollback()
        return self.schema is None or self.schema in inspect(connection).get_schema_names()


@cache
def _changing(table: Table, old: bool, new: bool, line: Insert | None) -> UpdateBase:
    """Return the statement that changes a row from `:old` to `:new`: SQLAlchemy keeps what it makes of it with it."""
    row = table.c.version_num
    statement: UpdateBase
    if not old:
        statement = insert(table).inline().values(version_num=bindparam("new"))
    elif not new:
        statement = delete(table).where(row == bindparam("old"))
    else:
        statement = update(table).where(row == bindparam("old")).values(version_num=bindparam("new"))
    return statement if line is None else statement.add_cte(line.cte("line"))


@cache
def _table(name: str, schema: str | None, primary_key: bool) -> Table:
    key = (PrimaryKeyConstraint("version_num", name=f"{name}_pkc"),) if primary_key else ()
    return Table(name, MetaData(), Column("version_num", String(WIDTH), nullable=False), *key, schema=schema)
