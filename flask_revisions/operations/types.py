"""Named types that SQLAlchemy makes and drops through a connection, as scripts of Alembic do it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Enum

from .base import Operation, qualified


@dataclass(frozen=True, eq=False)
class NamedType(Operation):
    """`sa.Enum(...).create(op.get_bind())`, or `.drop(...)`: nothing happens where enumerations are no types.

    It is written into scripts; what they call sends the statement itself.

    :param type_: with its name and values.
    :param create: False for the end of the type.
    """

    type_: Enum
    create: bool = True

    def describe(self) -> str:
        name: Any = self.type_.name
        return f"{'create' if self.create else 'drop'} type {qualified(name, self.type_.schema)}"

    def invert(self) -> NamedType:
        return replace(self, create=not self.create)
