"""Names in quotes, as they stand in a statement that goes to the driver as it is."""

from __future__ import annotations

import copy
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
