"""Names and colons in SQL text: what goes to the driver as it is, and what goes through `text()`."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sqlalchemy.engine import Dialect

from .model import Name


@lru_cache(maxsize=16)
def quoter(dialect: Dialect) -> Callable[[str], str]:
    """Return a function that puts a name in quotes where it needs them.

    The dialect's own doubles the percent signs in it, for drivers that take them for places of parameters.
    """
    preparer: Any = copy.copy(dialect.identifier_preparer)
    preparer._double_percents = False
    preparer._strings = {}  # names that were quoted before
    quote: Callable[[str], str] = preparer.quote
    return quote


def quoted(name: Name, dialect: Dialect) -> str:
    """Return the name of a table, type or sequence with its schema."""
    quote = quoter(dialect)
    return f"{quote(name.schema)}.{quote(name.name)}" if name.schema else quote(name.name)


# What SQLAlchemy's compiler takes for a parameter, and for a colon that is none.
_TAKEN = re.compile(r"(?<![:\w\\]):(?=\w+(?![:\w]))|\\(?=:\w*(?![:\w]))")

_ESCAPED = re.compile(r"\\(:\w*)(?![:\w])")


def escaped(sql: str) -> str:
    """Return SQL as `sqlalchemy.text` takes it, in which no colon is a parameter; the rest is left as it reads."""
    return _TAKEN.sub(r"\\\g<0>", sql)


def unescaped(text: str) -> str:
    """Return the SQL that `sqlalchemy.text` makes of a text without parameters: the other way round."""
    return _ESCAPED.sub(r"\1", text)
