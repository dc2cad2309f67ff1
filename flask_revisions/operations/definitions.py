"""Operations on what has a definition in SQL: views, functions, triggers. They keep it, so that they can be undone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.sql.base import Executable

from .base import Operation, Options, irreversible, qualified

_Object = TypeVar("_Object")


@dataclass(frozen=True, eq=False)
class CreateView(Operation):
    """A view.

    :param definition: its SELECT, as text or as an expression of SQLAlchemy.
    :param materialized: its rows are stored (PostgreSQL, Oracle).
    :param options: for a materialized view `with_data`, which is False for rows that come with the first refresh.
    """

    name: str
    definition: str | Executable
    schema: str | None = None
    materialized: bool = False
    options: Options = ()

    def describe(self) -> str:
        return f"create {self.kind} {qualified(self.name, self.schema)}"

    def invert(self) -> DropView:
        return DropView(self.name, self.schema, self.materialized, existing=self)

    @property
    def kind(self) -> str:
        """What it is, in words."""
        return "materialized view" if self.materialized else "view"


@dataclass(frozen=True, eq=False)
class ReplaceView(Operation):
    """A view with another definition; what is over it stays.

    :param new: the view as it is to be.
    :param existing: the view as it is now, where that is known.
    """

    new: CreateView
    existing: CreateView | None = None

    def describe(self) -> str:
        return f"replace {self.new.kind} {qualified(self.new.name, self.new.schema)}"

    def invert(self) -> ReplaceView:
        return ReplaceView(_known(self, self.existing), self.new)


@dataclass(frozen=True, eq=False)
class DropView(Operation):
    """The end of a view.

    :param existing: what would create it as it is now, where that is known.
    """

    name: str
    schema: str | None = None
    materialized: bool = False
    if_exists: bool | None = None
    existing: CreateView | None = None

    def describe(self) -> str:
        return f"drop {'materialized ' if self.materialized else ''}view {qualified(self.name, self.schema)}"

    def invert(self) -> CreateView:
        return _known(self, self.existing)


@dataclass(frozen=True, eq=False)
class CreateFunction(Operation):
    """A function.

    :param signature: its name and arguments: `area(width integer, height integer)`.
    :param definition: all that comes behind them: `RETURNS integer LANGUAGE sql AS 'SELECT width * height'`.
    """

    signature: str
    definition: str
    schema: str | None = None

    @property
    def name(self) -> str:
        """The name alone."""
        return self.signature.partition("(")[0].strip()

    def describe(self) -> str:
        return f"create function {qualified(self.signature, self.schema)}"

    def invert(self) -> DropFunction:
        return DropFunction(self.signature, self.schema, existing=self)


@dataclass(frozen=True, eq=False)
class ReplaceFunction(Operation):
    """A function with another definition."""

    new: CreateFunction
    existing: CreateFunction | None = None

    def describe(self) -> str:
        return f"replace function {qualified(self.new.signature, self.new.schema)}"

    def invert(self) -> ReplaceFunction:
        return ReplaceFunction(_known(self, self.existing), self.new)


@dataclass(frozen=True, eq=False)
class DropFunction(Operation):
    """The end of a function.

    :param existing: what would create it as it is now, where that is known.
    """

    signature: str
    schema: str | None = None
    if_exists: bool | None = None
    existing: CreateFunction | None = None

    @property
    def name(self) -> str:
        """The name alone."""
        return self.signature.partition("(")[0].strip()

    def describe(self) -> str:
        return f"drop function {qualified(self.signature, self.schema)}"

    def invert(self) -> CreateFunction:
        return _known(self, self.existing)


@dataclass(frozen=True, eq=False)
class CreateTrigger(Operation):
    """A trigger.

    :param event: when it fires: `BEFORE INSERT OR UPDATE OF price`.
    :param action: what it does: `FOR EACH ROW EXECUTE FUNCTION stamp()`, `BEGIN UPDATE ...; END`.
    """

    name: str
    table: str
    event: str
    action: str
    schema: str | None = None

    def describe(self) -> str:
        return f"create trigger {self.name} on {qualified(self.table, self.schema)}"

    def invert(self) -> DropTrigger:
        return DropTrigger(self.name, self.table, self.schema, existing=self)


@dataclass(frozen=True, eq=False)
class ReplaceTrigger(Operation):
    """A trigger with another event or action."""

    new: CreateTrigger
    existing: CreateTrigger | None = None

    def describe(self) -> str:
        return f"replace trigger {self.new.name} on {qualified(self.new.table, self.new.schema)}"

    def invert(self) -> ReplaceTrigger:
        return ReplaceTrigger(_known(self, self.existing), self.new)


@dataclass(frozen=True, eq=False)
class DropTrigger(Operation):
    """The end of a trigger.

    :param existing: what would create it as it is now, where that is known.
    """

    name: str
    table: str
    schema: str | None = None
    if_exists: bool | None = None
    existing: CreateTrigger | None = None

    def describe(self) -> str:
        return f"drop trigger {self.name} on {qualified(self.table, self.schema)}"

    def invert(self) -> CreateTrigger:
        return _known(self, self.existing)


def _known(operation: Operation, existing: _Object | None) -> _Object:
    if existing is None:
        raise irreversible(
            operation, "its definition is not known", "give the definition that is there as existing=..."
        )
    return existing
