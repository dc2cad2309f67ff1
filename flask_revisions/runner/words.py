"""What a statement does to its transaction, as its first words tell; which error a database means, by its code."""

from __future__ import annotations

import re
from typing import Literal

from sqlalchemy import exc

ABORTED = "25P02"
IN_A_TRANSACTION = "25001"
DUPLICATE_TABLE = ("42P07", "42S01")
"""PostgreSQL's SQLSTATE, and that of the standard."""
DUPLICATE_TABLE_NUMBER = 1050
"""MySQL's and MariaDB's ER_TABLE_EXISTS_ERROR; PyMySQL and mysqlclient keep the number as the first argument."""

Ending = Literal["begin", "commit", "rollback"]

_LEADING = re.compile(r"(?:\s+|--[^\n]*(?:\n|$)|/\*.*?\*/|;)*", re.DOTALL)
_FIRST_WORD = re.compile(r"[A-Za-z]+")
_WHOLE = {
    "begin": re.compile(
        r"(BEGIN|START\s+TRANSACTION)"
        r"(\s+(TRANSACTION|WORK|IMMEDIATE|DEFERRED|EXCLUSIVE|READ\s+WRITE|READ\s+ONLY))*\s*;?\s*$",
        re.IGNORECASE,
    ),
    "commit": re.compile(r"(COMMIT|END)(\s+(TRANSACTION|WORK))?\s*;?\s*$", re.IGNORECASE),
    "rollback": re.compile(r"(ROLLBACK|ABORT)(\s+(TRANSACTION|WORK))?\s*;?\s*$", re.IGNORECASE),
}
_KINDS: dict[str, Ending] = {
    "BEGIN": "begin",
    "START": "begin",
    "COMMIT": "commit",
    "END": "commit",
    "ROLLBACK": "rollback",
    "ABORT": "rollback",
}


def ending(statement: str) -> Ending | None:
    """Return how a statement begins or ends a transaction; None for every other one, ROLLBACK TO included.

    Only a statement that does nothing else is recognised.
    """
    start = beginning(statement)
    word = _FIRST_WORD.match(statement, start)
    kind = _KINDS.get(word[0].upper()) if word else None
    return kind if kind is not None and _WHOLE[kind].match(statement, start) else None


def only_outside(statement: str, dialect: str) -> bool:
    """Return True for a statement that a database takes outside of a transaction only, or uses only after that.

    A value that PostgreSQL adds to an enumeration inside of one cannot be used before it has ended
    (https://www.postgresql.org/docs/current/sql-altertype.html).

    :param dialect: the name of the database's dialect.
    """
    known = _ONLY_OUTSIDE.get(dialect)
    return known is not None and known.match(statement, beginning(statement)) is not None


_ONLY_OUTSIDE = {
    "postgresql": re.compile(
        r"(?:(?:CREATE(?:\s+UNIQUE)?|DROP)\s+INDEX\s+CONCURRENTLY|REINDEX\s[^;]*?\bCONCURRENTLY|VACUUM"
        r"|ALTER\s+TYPE\s[^;]*?\sADD\s+VALUE|ALTER\s+TABLE\s[^;]*?\sDETACH\s+PARTITION\s[^;]*?\sCONCURRENTLY"
        r"|ALTER\s+SYSTEM|(?:CREATE|DROP)\s+(?:DATABASE|TABLESPACE))\b",
        re.IGNORECASE,
    )
}


def beginning(statement: str) -> int:
    """Return where a statement begins, behind white space and comments."""
    found = _LEADING.match(statement)
    return found.end() if found else 0


def is_duplicate(error: exc.DBAPIError) -> bool:
    """Return True if a row was refused since there is one with its key already."""
    driver = error.orig
    if sqlstate(error):
        return sqlstate(error) == "23505"
    return "UNIQUE constraint" in str(driver) or 1062 in getattr(driver, "args", ())


def sqlstate(error: BaseException) -> str:
    """Return the SQLSTATE of an error, SQLAlchemy's or the driver's; an empty text where the driver has none."""
    driver = error.orig if isinstance(error, exc.DBAPIError) else error
    return str(getattr(driver, "sqlstate", None) or getattr(driver, "pgcode", None) or "")


def table_exists(error: BaseException) -> bool:
    """Return True if a database says that a table that is to be created is there already."""
    if not isinstance(error, exc.DBAPIError):
        return False
    arguments = getattr(error.orig, "args", ())
    return (
        sqlstate(error) in DUPLICATE_TABLE
        or arguments[:1] == (DUPLICATE_TABLE_NUMBER,)
        or re.match(r"table .* already exists$", str(error.orig)) is not None  # SQLite has no code for it
    )
