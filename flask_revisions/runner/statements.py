"""What a statement is to the journal, as its first words tell: live, data, or something that changes more than rows."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Literal

from ..dialects import MYSQL
from .words import beginning

Kind = Literal["live", "data", "change", "session"]
"""`live`: sent each time, as reads are. `data`: rows. `change`: all else; where DDL commits by itself it commits.
`session`: it commits there, too, and holds for the session only, so a rerun sends it again."""

_WORD = re.compile(r"[A-Za-z]+")
_NAME = r"(?:[`\"]?(?P<name>[^`\"\s(;]+)[`\"]?)"
_TEMPORARY = re.compile(
    rf"(?:CREATE|DROP)\s+(?:OR\s+REPLACE\s+)?(?:LOCAL\s+|GLOBAL\s+)?TEMP(?:ORARY)?\s+(?:TABLE|VIEW|SEQUENCE)\s+"
    rf"(?:IF\s+(?:NOT\s+)?EXISTS\s+)?{_NAME}",
    re.IGNORECASE,
)
_TARGET = re.compile(
    rf"(?:INSERT|REPLACE|UPDATE|DELETE|MERGE|COPY|TRUNCATE|DROP|ALTER)\s+"
    rf"(?:(?:LOW_PRIORITY|DELAYED|QUICK|HIGH_PRIORITY|IGNORE|INTO|FROM|ONLY|TABLE|IF|EXISTS)\s+)*{_NAME}",
    re.IGNORECASE,
)
_WRITES = re.compile(r"\b(?:INSERT|UPDATE|DELETE|REPLACE|MERGE)\b", re.IGNORECASE)
_LITERAL = re.compile(r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)

_LIVE = re.compile(
    r"(?:SELECT|SHOW|EXPLAIN|DESCRIBE|DESC|VALUES|TABLE|SET|RESET|DISCARD|USE|HELP|SAVEPOINT|RELEASE|ROLLBACK|PREPARE|"
    r"DEALLOCATE|HANDLER|PRAGMA|ATTACH|DETACH|DECLARE|FETCH|MOVE|CLOSE|LISTEN|UNLISTEN|BEGIN|START|COMMIT|END)$"
)
_DATA = re.compile(r"(?:INSERT|UPDATE|DELETE|REPLACE|MERGE|COPY)$")


def kind_of(statement: str, dialect: str, temporary: Collection[str] = ()) -> Kind:
    """Return what a statement is to the journal.

    :param dialect: the name of the database's dialect.
    :param temporary: names of temporary tables: they end with the session, so whatever is done to them is live.
    """
    start = beginning(statement)
    found = _WORD.match(statement, start)
    word = found[0].upper() if found else ""
    mysql = dialect in MYSQL
    if word == "WITH":
        return "data" if _WRITES.search(_LITERAL.sub(" ", statement[start:])) else "live"
    if _LIVE.match(word) or not word or (word == "DO" and mysql) or (word == "LOCK" and not mysql):
        return "live"
    if word in ("LOCK", "UNLOCK"):
        return "session"
    if _TEMPORARY.match(statement, start):
        return "live"
    if temporary:
        target = _TARGET.match(statement, start)
        if target is not None and target["name"].lower() in temporary:
            return "live"
    return "data" if _DATA.match(word) or statement[start : start + 9].upper() == "LOAD DATA" else "change"


def made_temporary(statement: str) -> str | None:
    """Return the name of the temporary table that a statement makes; None for any other statement."""
    found = _TEMPORARY.match(statement, beginning(statement))
    return found["name"].lower() if found else None


def shortened(statement: str) -> str:
    """Return the beginning of a statement in one line, for people."""
    text = " ".join(statement[beginning(statement) :].split())
    return text if len(text) <= 120 else f"{text[:117]}..."
