"""A cursor of the driver that asks somebody before it sends anything, and gives back what was kept instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any


@dataclass
class Kept:
    """What a statement came to, in place of the cursor's own results.

    :param columns: what a cursor has in `description`; None where there are no rows.
    """

    rowcount: int
    lastrowid: Any
    columns: Any
    rows: list[Any]


Run = Callable[[Any, Callable[[], Any], str, Any], "Kept | None"]
"""(cursor of the driver, function that sends, statement, parameters) -> what to give back instead of its results."""


class TappedCursor:
    """A cursor as the driver makes one, behind which `run` decides what is sent, and `heard` is told what was read.

    All that it does not know itself is the driver's.
    """

    def __init__(self, cursor: Any, run: Run, heard: Callable[[Any], None]) -> None:
        self.__dict__["_cursor"] = cursor
        self.__dict__["_run"] = run
        self.__dict__["_heard"] = heard
        self.__dict__["_kept"] = None

    def execute(self, statement: Any, *arguments: Any, **keywords: Any) -> Any:
        """Send a statement, or do not."""
        return self._through(self._cursor.execute, statement, arguments, keywords)

    def executemany(self, statement: Any, *arguments: Any, **keywords: Any) -> Any:
        """Send a statement several times, or do not."""
        return self._through(self._cursor.executemany, statement, arguments, keywords)

    def _through(self, send: Callable[..., Any], statement: Any, arguments: Any, keywords: Any) -> Any:
        text = statement.decode("utf-8", "replace") if isinstance(statement, bytes) else str(statement)
        given = arguments[0] if arguments else next(iter(keywords.values()), None)
        try:
            kept = self._run(self._cursor, lambda: send(statement, *arguments, **keywords), text, given)
        except KeyboardInterrupt:
            with suppress(Exception):  # SQLite holds its locks as long as a statement is open, closed connection or not
                self._cursor.close()
            raise
        self.__dict__["_kept"] = kept
        return self

    # -- results ----------------------------------------------------------------------------------------

    @property
    def description(self) -> Any:
        """The columns of the rows."""
        return self._cursor.description if self._kept is None else self._kept.columns

    @property
    def rowcount(self) -> int:
        """How many rows it had to do with."""
        count: int = self._cursor.rowcount if self._kept is None else self._kept.rowcount
        return count

    @property
    def lastrowid(self) -> Any:
        """The key that was generated."""
        return self._cursor.lastrowid if self._kept is None else self._kept.lastrowid

    def fetchone(self) -> Any:
        """Return the next row."""
        if self._kept is None:
            return self._told(self._cursor.fetchone())
        return self._kept.rows.pop(0) if self._kept.rows else None

    def fetchmany(self, *size: Any, **keywords: Any) -> Any:
        """Return some rows."""
        if self._kept is None:
            return self._told(self._cursor.fetchmany(*size, **keywords))
        count = size[0] if size else keywords.get("size") or self._cursor.arraysize
        rows = self._kept.rows[:count]
        del self._kept.rows[:count]
        return rows

    def fetchall(self) -> Any:
        """Return the rest of the rows."""
        if self._kept is None:
            return self._told(self._cursor.fetchall())
        rows, self._kept.rows = self._kept.rows, []
        return rows

    def __iter__(self) -> Iterator[Any]:
        return map(self._told, self._cursor) if self._kept is None else iter(self.fetchall())

    def _told(self, rows: Any) -> Any:
        self._heard(rows)
        return rows

    def __enter__(self) -> TappedCursor:
        return self

    def __exit__(self, *exception: object) -> None:
        self._cursor.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._cursor, name, value)
