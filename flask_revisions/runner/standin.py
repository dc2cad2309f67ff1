"""What stands for a connection where there is none: it takes statements, and knows no answers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, NoReturn

from sqlalchemy import exc
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.mock import MockConnection
from sqlalchemy.sql.base import Executable

from ..ddl.actions import Send, Sql
from ..errors import NotKnowable


@dataclass(frozen=True)
class Unanswered:
    """Why there are no answers, for the error that a script gets which asks.

    :param why: the end of a sentence: `and with --sql there is none`.
    :param hint: what to do about it.
    """

    why: str
    hint: str

    def ask(self, what: str) -> NoReturn:
        """Raise: the script asks the database for something.

        :raises NotKnowable: always.
        """
        raise NotKnowable(f"It asks the database ({what}), {self.why}.", self.hint)

    def instead_of(self, error: BaseException) -> BaseException:
        """Return the error to show for one that a script has raised: SQLAlchemy has its own for an inspection."""
        if not isinstance(error, exc.NoInspectionAvailable):
            return error
        shown = NotKnowable(f"It inspects the database, {self.why}.", self.hint)
        return shown.with_traceback(error.__traceback__)


class StandIn(MockConnection):
    """What stands for a connection.

    :param take: is given each statement that is sent.
    :param transactional: what `in_transaction()` says.
    """

    def __init__(
        self,
        dialect: Dialect,
        take: Callable[[Sql | Send], object],
        unanswered: Unanswered,
        *,
        transactional: bool,
    ) -> None:
        super().__init__(dialect, self._executed)
        self._take = take
        self._unanswered = unanswered
        self._transactional = transactional

    def _executed(self, statement: Executable, parameters: Any) -> NoResult:
        rows = None if not parameters else tuple(parameters) if isinstance(parameters, (list, tuple)) else (parameters,)
        self._take(Send(statement, rows))
        return NoResult(self._unanswered)

    def exec_driver_sql(self, statement: str, parameters: Any = None, execution_options: Any = None) -> NoResult:
        """Take a text as it is.

        :raises NotKnowable: it has parameters, which only a driver could put in.
        """
        if parameters:
            raise NotKnowable(
                "A driver's statement with parameters cannot be written as SQL text.", self._unanswered.hint
            )
        self._take(Sql(statement))
        return NoResult(self._unanswered)

    def scalar(self, *args: Any, **keywords: Any) -> NoReturn:
        """Raise: there is no answer."""
        self._unanswered.ask("scalar")

    def scalars(self, *args: Any, **keywords: Any) -> NoReturn:
        """Raise: there are no answers."""
        self._unanswered.ask("scalars")

    def begin(self) -> Any:
        """Do nothing: the step is in its transaction."""
        return nullcontext(self)

    begin_nested = begin

    def in_transaction(self) -> bool:
        """Return True where the step would be in a transaction."""
        return self._transactional

    def get_execution_options(self) -> dict[str, Any]:
        """Return nothing."""
        return {}

    @property
    def connection(self) -> NoReturn:
        """Raise: there is no driver."""
        self._unanswered.ask("connection")

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        self._unanswered.ask(name)


class NoResult:
    """The result of a statement that was not sent: whatever is asked of it, nobody knows."""

    def __init__(self, unanswered: Unanswered) -> None:
        self._unanswered = unanswered

    def close(self) -> None:
        """Do nothing."""

    def __iter__(self) -> NoReturn:
        self._unanswered.ask("rows")

    def __bool__(self) -> bool:
        """Return False: published scripts ask for rows only `if result:`."""
        return False

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        self._unanswered.ask(name)
