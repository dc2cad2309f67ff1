"""A schema as entities with lines, of which a diagram is drawn; and what one schema has become of another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from .model import Check, Column, Enum, Exclude, ForeignKey, Index, Name, Schema, Table, Unique

Mark = Literal["", "+", "-", "~"]
"""What a change did to something: nothing, made it, dropped it, altered it."""


@dataclass(frozen=True)
class Line:
    """One line of an entity: a column, or what concerns several.

    :param kind: `column`, or the word that the line begins with: `index`, `check`, ...
    :param text: the type of a column with its constraints; else what follows the name.
    :param type: of a column.
    :param keys: of a column: `PK`, `FK`, `UK`.
    :param was: for what was altered, the text that it had, with its name if that was another.
    """

    kind: str
    name: str
    text: str
    type: str = ""
    keys: tuple[str, ...] = ()
    mark: Mark = ""
    was: str = ""


@dataclass(frozen=True)
class Entity:
    """A table, or a type with values.

    :param was: its name before, if that was another.
    """

    name: str
    lines: tuple[Line, ...] = ()
    mark: Mark = ""
    was: str = ""


@dataclass(frozen=True)
class Relation:
    """A foreign key, from one entity to another.

    :param optional: its columns may be null.
    :param single: a row is referred to once at most.
    """

    entity: str
    referred: str
    columns: tuple[str, ...]
    optional: bool
    single: bool


@dataclass(frozen=True)
class Diagram:
    """What is drawn."""

    entities: tuple[Entity, ...]
    relations: tuple[Relation, ...] = ()


@dataclass(frozen=True)
class Renamed:
    """Which names a change gave to what was there before: new name -> old name."""

    tables: Mapping[Name, Name] = field(default_factory=dict)
    columns: Mapping[tuple[Name, str], str] = field(default_factory=dict)


def diagram_of(schema: Schema, only: Iterable[str] = ()) -> Diagram:
    """Return the diagram of a schema.

    :param only: names of tables, with their schema where it is not the default one; none for all.
    """
    tables = _chosen(schema, only)
    entities = [Entity(str(table.name), tuple(_lines(table))) for table in tables]
    if not tuple(only):
        entities += [Entity(str(each.name), (_values(each),)) for each in _sorted(schema.enums)]
    return Diagram(tuple(entities), _relations(tables))


def change_of(before: Schema, after: Schema, renamed: Renamed) -> Diagram:
    """Return the diagram of what differs: the tables that were made, dropped or altered, and of those what differs."""
    old_names = {new: old for new, old in renamed.tables.items() if old in before.tables and new in after.tables}
    entities = []
    for name in sorted({*before.tables, *after.tables} - {*old_names.values()}, key=lambda each: each.order):
        old, new = before.tables.get(old_names.get(name, name)), after.tables.get(name)
        entity = _altered(old, new, renamed)
        if entity is not None:
            entities.append(entity)
    for name in sorted({*before.enums, *after.enums}, key=lambda each: each.order):
        lines = _compared(
            [_values(each)] if (each := before.enums.get(name)) else [],
            [_values(each)] if (each := after.enums.get(name)) else [],
        )
        if lines:
            entities.append(Entity(str(name), lines, _mark(before.enums.get(name), after.enums.get(name))))
    changed = {each.name for each in entities}
    relations = _relations(table for table in after.tables.values() if str(table.name) in changed)
    return Diagram(tuple(entities), relations)


def _altered(old: Table | None, new: Table | None, renamed: Renamed) -> Entity | None:
    """Return what a table has become; None where it is as it was."""
    if new is None or old is None:
        made = new or old
        assert made is not None
        return Entity(str(made.name), tuple(_lines(made)), _mark(old, new))

    def before(column: str) -> str:
        return renamed.columns.get((new.name, column), column)

    lines = _compared(_lines(old), _lines(new), before)
    was = str(old.name) if old.name != new.name else ""
    return Entity(str(new.name), lines, "~", was) if lines or was else None


def _compared(
    old: Iterable[Line], new: Iterable[Line], before: Callable[[str], str] = lambda name: name
) -> tuple[Line, ...]:
    """Return the lines that differ: the new and altered ones in their order, then those that are gone.

    :param before: the name of a column -> the one that it had.
    """
    gone = {(line.kind, line.name): line for line in old}
    found = []
    for line in new:
        name = before(line.name) if line.kind == "column" else line.name
        known = gone.pop((line.kind, name), None)
        if known is None:
            found.append(replace(line, mark="+"))
        elif (known.name, known.text) != (line.name, line.text):
            was = known.text if known.name == line.name else f"{known.name}  {known.text}"
            found.append(replace(line, mark="~", was=was))
    return (*found, *(replace(line, mark="-") for line in gone.values()))


def _mark(old: object, new: object) -> Mark:
    return "+" if old is None else "-" if new is None else "~"


def _chosen(schema: Schema, only: Iterable[str]) -> list[Table]:
    wanted = set(only)
    return [table for table in _sorted(schema.tables) if not wanted or str(table.name) in wanted]


def _sorted(found: Mapping[Name, Any]) -> list[Any]:
    return [found[name] for name in sorted(found, key=lambda name: name.order)]


# -- lines ---------------------------------------------------------------------------------------------


def _lines(table: Table) -> Iterator[Line]:
    for column in table.columns:
        yield _column(table, column)
    key = table.primary_key
    if key is not None and len(key.columns) > 1:
        yield Line("primary key", "", f"({', '.join(key.columns)})")
    for foreign in table.foreign_keys:
        if len(foreign.columns) > 1:
            yield Line("foreign key", foreign.name or "", f"({', '.join(foreign.columns)}) {_referred(foreign)}")
    for unique in table.uniques:
        if len(unique.columns) > 1:
            yield Line("unique", unique.name or "", f"({', '.join(unique.columns)})")
    yield from map(_check, table.checks)
    yield from map(_exclude, table.excludes)
    yield from map(_index, table.indexes)


def _column(table: Table, column: Column) -> Line:
    key = table.primary_key is not None and column.name in table.primary_key.columns
    unique = _is_unique(table, column.name)
    foreign = [each for each in table.foreign_keys if each.columns == (column.name,)]
    said = [column.type]
    if key and table.primary_key is not None and len(table.primary_key.columns) == 1:
        said.append("primary key")
    elif not column.nullable and not key:
        said.append("not null")
    said += ["counted"] if column.autoincrement or column.identity else []
    said += [f"computed as {column.computed.expression}"] if column.computed else []
    said += [f"default {column.default}"] if column.default is not None else []
    said += ["unique"] if unique else []
    said += [_referred(each) for each in foreign]
    in_foreign = any(column.name in each.columns for each in table.foreign_keys)
    keys = [word for word, so in (("PK", key), ("FK", in_foreign), ("UK", unique)) if so]
    return Line("column", column.name, "  ".join(filter(None, said)), column.type, tuple(keys))


def _is_unique(table: Table, column: str) -> bool:
    return any(each.columns == (column,) for each in table.uniques) or any(
        _is_whole(each) and each.columns == (column,) for each in table.indexes
    )


def _referred(key: ForeignKey) -> str:
    text = f"-> {key.referred}.{', '.join(key.referred_columns)}"
    if len(key.columns) > 1:
        text = f"-> {key.referred} ({', '.join(key.referred_columns)})"
    text += f" on delete {key.ondelete.lower()}" if key.ondelete else ""
    return text + (f" on update {key.onupdate.lower()}" if key.onupdate else "")


def _check(check: Check) -> Line:
    return Line("check", check.name or "", check.expression)


def _exclude(exclude: Exclude) -> Line:
    return Line("exclude", exclude.name or "", ", ".join(f"{what} with {how}" for what, how in exclude.elements))


def _index(index: Index) -> Line:
    said = f"({', '.join(index.columns)})"
    said += " unique" if index.unique else ""
    said += f" using {index.using}" if index.using else ""
    return Line("index", index.name or "", said + (f" where {index.where}" if index.where else ""))


def _values(enum: Enum) -> Line:
    return Line("enum", "", ", ".join(enum.values))


def _relations(tables: Iterable[Table]) -> tuple[Relation, ...]:
    found = []
    for table in tables:
        unique: list[Unique | Index] = [*table.uniques, *(each for each in table.indexes if _is_whole(each))]
        for key in table.foreign_keys:
            columns = [table.column(name) for name in key.columns]
            optional = any(column is not None and column.nullable for column in columns)
            own = table.primary_key is not None and table.primary_key.columns == key.columns
            single = own or any(_covers(each, key.columns) for each in unique)
            found.append(Relation(str(table.name), str(key.referred), key.columns, optional, single))
    return tuple(found)


def _covers(item: Unique | Index, columns: tuple[str, ...]) -> bool:
    return set(item.columns) <= set(columns)


def _is_whole(index: Index) -> bool:
    """Return True for an index that lets no two rows of the table be alike."""
    return index.unique and index.where is None
