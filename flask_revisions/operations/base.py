"""What every operation is: one change to a database, as a value that says nothing of how it is carried out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import Irreversible

if TYPE_CHECKING:
    from ..schema.model import Schema

Options = tuple[tuple[str, Any], ...]
"""Keyword arguments kept as pairs, in the order in which they were given."""


def options(keywords: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> Options:
    """Return keyword arguments as the tuple of pairs that an operation keeps."""
    return tuple(keywords.items() if isinstance(keywords, Mapping) else keywords)


class Operation:
    """One change to a database.

    Subclasses are `@dataclass(frozen=True, eq=False)`: they hold SQLAlchemy's schema items, which compare by
    identity. The items are copies that belong to no table; whoever compiles them copies them again.
    """

    def describe(self) -> str:
        """Return one sentence without a full stop, for progress and for errors: `add column email to users`."""
        raise NotImplementedError

    def invert(self) -> Operation:
        """Return the operation that takes this one back.

        :raises Irreversible: it does not say how.
        """
        raise irreversible(self)

    def apply(self, schema: Schema) -> Schema:
        """Return a frozen schema as it is after this operation; the same where it holds nothing of it (rows, views).

        :raises OperationError: it names something that the schema does not have.
        """
        return schema


def irreversible(operation: Operation, why: str = "nothing says what undoes it", hint: str = "") -> Irreversible:
    """Return the error for an operation that cannot be undone.

    :param why: the reason, as a part of a sentence.
    """
    sentence = operation.describe()
    return Irreversible(f"Cannot undo '{sentence}': {why}.", hint or _HINT, operation=sentence)


_HINT = "write the statements that undo it in downgrade()."


def qualified(name: str, schema: str | None) -> str:
    """Return a name as people write it: `schema.name`, or the name alone."""
    return f"{schema}.{name}" if schema else name
