"""Arguments of directives, as operations keep them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import dialects

from ..operations.executor import current_executor

_Name = TypeVar("_Name")


def names(given: Sequence[_Name]) -> tuple[_Name, ...]:
    """Return columns as a tuple; a single name, which is a sequence of letters to Python, as one column."""
    single: Any = [given] if isinstance(given, str) else given
    return tuple(single)


def foreign_key_keywords(further: dict[str, Any], **named: Any) -> dict[str, Any]:
    """Return the keywords of a foreign key that were given, with the further ones."""
    return {name: value for name, value in named.items() if value is not None} | further


def dialect_keywords(keywords: dict[str, Any], directive: str) -> dict[str, Any]:
    """Return further keywords as they are, with a warning for each that belongs to no dialect."""
    known = {*dialects.__all__, "mariadb", current_executor().dialect.name}
    for name in keywords:
        if name.partition("_")[0] not in known:
            warnings.warn(f"{directive}() has no keyword {name}: it does nothing.", stacklevel=3)
    return keywords
