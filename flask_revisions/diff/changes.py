"""What is different between two shapes, as values: something is added, removed, changed or has another name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..schema import model
from ..schema.model import Name
from .losses import may_lose


@dataclass(frozen=True)
class EnumValue:
    """A value of an enum type.

    :param enum: the type that it is of.
    """

    enum: Name
    name: str

    @property
    def source(self) -> None:
        """None: the models have no item for it."""


Item = (
    model.Table
    | model.Column
    | model.PrimaryKey
    | model.ForeignKey
    | model.Unique
    | model.Check
    | model.Exclude
    | model.Index
    | model.Enum
    | model.Sequence
    | EnumValue
    | str
)
"""What a change is about; a schema is a `str`."""

WORDS: dict[type, str] = {
    model.Table: "table",
    model.Column: "column",
    model.PrimaryKey: "primary key",
    model.ForeignKey: "foreign key",
    model.Unique: "unique constraint",
    model.Check: "check constraint",
    model.Exclude: "exclude constraint",
    model.Index: "index",
    model.Enum: "type",
    model.Sequence: "sequence",
    EnumValue: "value",
}


@dataclass(frozen=True)
class Change:
    """One difference.

    :param table: the table that it is in, by its name in the models; None for what is in no table.
    """

    table: Name | None

    def describe(self) -> str:
        """Return one sentence without a full stop: `add column email to users`."""
        raise NotImplementedError

    @property
    def loses(self) -> str | None:
        """What of the data is lost by it, as a part of a sentence; None if nothing is."""
        return None

    @property
    def was(self) -> Any:
        """What the database has of it; None for what is new."""
        return None

    def _of(self, word: str = "of") -> str:
        return f" {word} {self.table}" if self.table is not None else ""


@dataclass(frozen=True)
class Added(Change):
    """Something that the models have, and the database has not.

    :param fill: the SQL of what a column gets in the rows that are there.
    """

    item: Item
    fill: str | None = None

    def describe(self) -> str:
        filled = f", filled with {self.fill}" if self.fill else ""
        return f"add {what(self.item)}{self._of('to')}{filled}"


@dataclass(frozen=True)
class Removed(Change):
    """Something that the database has, and the models have no more."""

    item: Item

    @property
    def was(self) -> Item:
        return self.item

    def describe(self) -> str:
        return f"remove {what(self.item)}{self._of('from')}"

    @property
    def loses(self) -> str | None:
        if isinstance(self.item, model.Table):
            return f"all rows of {self.item.name}"
        if isinstance(self.item, model.Column):
            return f"the values of {self.table}.{self.item.name}"
        return None


@dataclass(frozen=True)
class _FromTo(Change):
    """Something that both have.

    :param old: as it is in the database.
    :param new: as it is in the models.
    """

    old: Any
    new: Any

    @property
    def item(self) -> Any:
        """What it is about, as it will be."""
        return self.new

    @property
    def was(self) -> Any:
        return self.old


@dataclass(frozen=True)
class Changed(_FromTo):
    """Something that both have, and that is not the same.

    :param fields: which fields of it differ; empty for what is removed and added anew.
    :param fill: the SQL of what a column gets where it has no value.
    :param unverified: rules of text cannot tell that it is the same, and the database could not be asked.
    """

    fields: tuple[str, ...] = ()
    unverified: bool = False
    fill: str | None = None

    def describe(self) -> str:
        if isinstance(self.old, model.Table):
            return self._of_table()
        details = "; ".join(_detail(field, self.old, self.new) for field in self.fields)
        filled = f", filled with {self.fill}" if self.fill else ""
        return f"change {what(self.new)}{self._of()}{': ' if details else ''}{details}{filled}"

    def _of_table(self) -> str:
        said = [_detail(field, self.old, self.new) for field in self.fields if field != "options"]
        if "options" in self.fields:
            old = dict(self.old.options)
            said += [f"{key} {old.get(key)} to {value}" for key, value in self.new.options if old.get(key) != value]
        return f"change table {self.new.name}: {'; '.join(said)}"

    @property
    def loses(self) -> str | None:
        if not isinstance(self.old, model.Column):
            return None
        if "computed" in self.fields and self.old.computed is None:
            return f"the values of {self.table}.{self.old.name}"
        if "type" in self.fields and may_lose(self.old.type, self.new.type):
            return f"values of {self.table}.{self.old.name} that {self.new.type} cannot hold"
        return None


@dataclass(frozen=True)
class Renamed(_FromTo):
    """Something that has another name now; what else is different is a change of its own."""

    @property
    def old_name(self) -> str:
        """The old name with what it is in: `users`, `users.email`, `state.open`."""
        if isinstance(self.old, EnumValue):
            return f"{self.old.enum}.{self.old.name}"
        return str(self.old.name) if self.table is None else f"{self.table}.{self.old.name}"

    def describe(self) -> str:
        return f"rename {what(self.old)}{self._of()} to {_short(self.new)}"


def about(
    changes: Iterable[Change], kind: type[Added | Removed | Changed | Renamed], items: type | tuple[type, ...]
) -> list[Any]:
    """Return the changes of one kind, in their order, that are about items of some types."""
    return [each for each in changes if isinstance(each, kind) and isinstance(each.item, items)]


def what(item: Item) -> str:
    """Return what an item is called in a sentence."""
    if isinstance(item, str):
        return f"schema {item}"
    word = WORDS[type(item)]
    if isinstance(item, EnumValue):
        return f"value {item.name} of type {item.enum}"
    if isinstance(item, model.PrimaryKey):
        return f"{word} ({', '.join(item.columns)})"
    if item.name is not None:
        return f"{word} {item.name}"
    if isinstance(item, (model.ForeignKey, model.Unique, model.Index)):
        return f"{word} on {', '.join(item.columns)}"
    return f"{word} ({item.expression})" if isinstance(item, model.Check) else word


def _short(item: Any) -> str:
    return item.name.name if isinstance(item.name, Name) else str(item.name)


_FLAGS = {"nullable": ("NOT NULL", "NULL"), "autoincrement": ("plain", "counted by the database")}


def _detail(field: str, old: Any, new: Any) -> str:
    before, after = getattr(old, field), getattr(new, field)
    if field in _FLAGS:
        return f"{_FLAGS[field][before]} to {_FLAGS[field][after]}"
    if field == "values":
        return "; ".join(_values(before, after))
    return f"{field} {_shown(before)} to {_shown(after)}"


def _values(before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[str]:
    added = [each for each in after if each not in before]
    removed = [each for each in before if each not in after]
    if added:
        yield f"values added: {', '.join(added)}"
    if removed:
        yield f"values removed: {', '.join(removed)}"
    if not added and not removed:
        yield f"order {', '.join(before)} to {', '.join(after)}"


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, model.Computed):
        return f"{'stored' if value.stored else 'virtual'} {value.expression}"
    if isinstance(value, model.Identity):
        given = ", ".join(f"{key} {each}" for key, each in vars(value).items() if each not in (None, False))
        return f"identity ({given})" if given else "identity"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)
