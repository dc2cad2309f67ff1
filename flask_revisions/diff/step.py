"""What one change comes to."""

from __future__ import annotations

from dataclasses import dataclass

from ..operations.base import Operation
from ..operations.inverse import inverse_of
from ..schema.model import Name
from .changes import Change


@dataclass(frozen=True)
class Step:
    """What one change comes to.

    :param table: the table that is altered; None for whole tables and what is in none.
    :param down: the way back, where it is not the inverse of the way there.
    :param note: a comment on the first operation.
    """

    up: tuple[Operation, ...]
    down: tuple[Operation, ...] | None = None
    table: Name | None = None
    note: str | None = None

    @property
    def back(self) -> tuple[Operation, ...]:
        """The way back."""
        return inverse_of(self.up) if self.down is None else self.down


def loss(change: Change) -> str | None:
    """Return the comment on a change that loses data."""
    return f"loses {change.loses}" if change.loses else None
