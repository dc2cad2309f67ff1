"""A revision file that has been loaded: its two functions and its source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Script:
    """What runs for one revision.

    :param revision: its id.
    :param path: its file.
    :param upgrade: what applies it; checked to be a plain function.
    :param downgrade: what reverts it; None where the file has none: then it is derived from `upgrade`.
    :param source: the text of the file.
    :param is_alembics: it imports from alembic: then operations mean there what they mean in Alembic.
    """

    revision: str
    path: str
    upgrade: Callable[..., Any]
    downgrade: Callable[..., Any] | None
    source: str
    is_alembics: bool = False
