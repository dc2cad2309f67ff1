"""What a statement does to its transaction, as its first words tell; which error a database means, by its code."""

from __future__ import annotations

import re
from typing import Literal

from sqlalchemy import exc

ABORTED = "25P02"
IN_A_TRANSACTION = "25001"

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


def beginning(statement: str) -> int:
    """Return where a statement begins, behind white space and comments."""
    found = _LEADING.match(statement)
    return found.end() if found else 0


def sqlstate(error: exc.DBAPIError) -> str:
    """Return the SQLSTATE of an error, where the driver hands it on; else an empty text."""
    return str(getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None) or "")
