"""Statements, comments and transactions as the text that each database's own client takes."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy.engine import Dialect

from ..ddl.plain import plain_dialect
from ..dialects import MYSQL

Write = Callable[[str], object]

SEPARATORS = {"mssql": "GO", "oracle": "/"}
"""What stands on a line of its own behind each statement: sqlcmd and SQL*Plus send what precedes it as one."""

_BEGIN = {"mssql": "BEGIN TRANSACTION", "oracle": "SET TRANSACTION READ WRITE"}
_OWN_DELIMITER = re.compile(r"\bBEGIN\b.*;", re.IGNORECASE | re.DOTALL)
_ORACLE_BLOCK = re.compile(
    r"(BEGIN|DECLARE|CREATE\s+(OR\s+REPLACE\s+)?((NON)?EDITIONABLE\s+)?(TRIGGER|FUNCTION|PROCEDURE|PACKAGE|TYPE))\b",
    re.IGNORECASE,
)


class SqlScript:
    """Writes statements, comments and transactions of one dialect.

    :param transactional: whether BEGIN and COMMIT are written.
    :param separator: instead of the usual word behind each statement, where there is one.
    """

    def __init__(self, dialect: Dialect, write: Write, *, transactional: bool, separator: str | None = None) -> None:
        self.dialect = plain_dialect(dialect)
        self.transactional = transactional
        self.write = write
        self._separator = separator or SEPARATORS.get(dialect.name)

    def statement(self, text: str) -> None:
        """Write a statement and its end."""
        text = text.strip()
        if self.dialect.name == "oracle" and _ORACLE_BLOCK.match(text):
            self._end(text, "")
            return
        text = text.rstrip(";").rstrip()
        if not text:
            return
        if self.dialect.name in MYSQL and _OWN_DELIMITER.search(text):
            # the client would end the statement at the first semicolon of the routine's body
            self.write(f"DELIMITER //\n{text}\n//\nDELIMITER ;\n\n")
            return
        self._end(text, "" if self.dialect.name == "oracle" else ";")

    def comment(self, text: str) -> None:
        """Write a comment; whatever is in the text, it is one line."""
        self.write("-- " + " ".join("".join(each if each.isprintable() else " " for each in text).split()) + "\n\n")

    def begin(self) -> None:
        """Write the beginning of a transaction, where there are any."""
        if self.transactional:
            self.statement(_BEGIN.get(self.dialect.name, "BEGIN"))

    def commit(self) -> None:
        """Write the end of a transaction, where there are any."""
        if self.transactional:
            self.statement("COMMIT")

    def _end(self, text: str, mark: str) -> None:
        last = text.rpartition("\n")[2]
        comment = "--" in last or "#" in last
        separator = f"{self._separator}\n\n" if self._separator else ""
        gap = "\n\n" if not separator or mark else "\n"
        self.write(f"{text}\n{mark}{gap}{separator}" if comment and mark else f"{text}{mark}{gap}{separator}")
