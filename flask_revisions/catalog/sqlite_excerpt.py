"""What of a stored CREATE TABLE no pragma tells: the text without the columns and constraints that are told.

Most of a text is told, and reading it word by word is most of the work.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

_UNTOLD = re.compile(
    r"\b(?:CONSTRAINT|CHECK|COLLATE|GENERATED|AUTOINCREMENT|DEFERRABLE|STRICT|WITHOUT|AS)\b", re.IGNORECASE
)
_MARK = re.compile(
    r"""[(),]|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|/\*.*?(?:\*/|\Z)""", re.DOTALL
)


def untold(sql: str) -> str | None:
    """Return a CREATE TABLE with those items alone in which there is something to read; None if there is nothing.

    A text that is no such statement comes back as it is.
    """
    if not _UNTOLD.search(sql):
        return None
    places = tuple(_separators(sql))
    if not places:
        return sql
    items = (sql[begin + 1 : end] for begin, end in pairwise(places))
    kept = [item for item in items if _UNTOLD.search(item)]
    tail = sql[places[-1] :]
    if not kept and not _UNTOLD.search(tail):
        return None
    return sql[: places[0] + 1] + ",".join(kept) + tail


def _separators(sql: str) -> Iterator[int]:
    """Give the places of the parentheses around the items and of the commas between them."""
    depth = 0
    for mark in _MARK.finditer(sql):
        text = mark[0]
        if text == "(":
            depth += 1
            if depth == 1:
                yield mark.start()
        elif text == ")":
            depth -= 1
            if depth == 0:
                yield mark.start()
                return
        elif text == "," and depth == 1:
            yield mark.start()
