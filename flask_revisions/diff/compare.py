"""Schema x Schema -> changes: what a database has, against what the models say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ..schema import model
from ..schema.model import Name, Schema, Table
from .changes import Added, Change, Changed, Removed
from .columns import compare_columns, compare_key
from .constraints import compare_constraints

Settle = Callable[[Mapping[Name, Table], Schema], Mapping[Name, Table]]
"""Tables of the models, and all of the models -> the same tables in the words of the database, as far as it could
be asked: their types, defaults, expressions as its catalog would write them."""


def settle_nothing(tables: Mapping[Name, Table], models: Schema) -> Mapping[Name, Table]:
    """Ask nobody."""
    return {}


@dataclass(frozen=True)
class Findings:
    """What a comparison found.

    :param changes: what is different, in the order of the tables' names.
    :param models: the models, as far as that mattered in the words of the database.
    """

    changes: tuple[Change, ...]
    models: Schema


def compare(database: Schema, models: Schema, *, settle: Settle = settle_nothing) -> Findings:
    """Return what is different.

    :param settle: asked about tables for which rules of text cannot tell.
    """
    pairs = {name: (database.tables[name], table) for name, table in models.tables.items() if name in database.tables}
    found = {name: tuple(compare_table(old, new, models.dialect)) for name, (old, new) in pairs.items()}
    doubtful = {name: pairs[name][1] for name, each in found.items() if any(map(is_doubtful, each))}
    if doubtful:
        settled = settle(doubtful, models)
        for name in doubtful:
            if name in settled:
                found[name] = tuple(compare_table(pairs[name][0], settled[name], models.dialect))
            else:
                found[name] = tuple(_marked(each) for each in found[name])
        models = replace(models, tables={**models.tables, **settled})
    changes: list[Change] = [Added(None, each) for each in sorted(models.schemas - database.schemas)]
    changes += _compare_enums(database, models)
    changes += _compare_sequences(database, models)
    for name in sorted({*database.tables, *models.tables}, key=lambda name: name.order):
        if name not in database.tables:
            changes.append(Added(None, models.tables[name]))
        elif name not in models.tables:
            changes.append(Removed(None, database.tables[name]))
        else:
            changes += found[name]
    return Findings(tuple(changes), models)


def compare_table(old: Table, new: Table, dialect: str) -> Iterator[Change]:
    """Give what is different between two tables of the same name."""
    yield from compare_columns(old, new, dialect)
    yield from compare_key(old, new)
    yield from compare_constraints(old, new, dialect)
    fields = []
    if old.comment != new.comment:
        fields.append("comment")
    if any(_option(old, key) != str(value).lower() for key, value in new.options if key in COMPARED_OPTIONS):
        fields.append("options")
    if fields:
        yield Changed(new.name, old, new, tuple(fields))


COMPARED_OPTIONS = frozenset({"mysql_engine", "mysql_default_charset", "mysql_collate"})


def _option(table: Table, key: str) -> str:
    return str(dict(table.options).get(key)).lower()


_ASKED = frozenset({"type", "default", "computed", "collation"})


def is_doubtful(change: Change) -> bool:
    """Return True if the database may see no difference where rules of text do."""
    if isinstance(change, Changed):
        return bool(_ASKED & {*change.fields}) or isinstance(change.new, (model.Check, model.Exclude, model.Index))
    return isinstance(getattr(change, "item", None), (model.Check, model.Exclude))


def _marked(change: Change) -> Change:
    return replace(change, unverified=True) if isinstance(change, Changed) and is_doubtful(change) else change


def _compare_enums(database: Schema, models: Schema) -> Iterator[Change]:
    for name, enum in sorted(models.enums.items(), key=lambda pair: pair[0].order):
        there = database.enums.get(name)
        if there is None:
            yield Added(None, enum)
        elif there.values != enum.values:
            yield Changed(None, there, enum, ("values",))
    used = _types_of(database.tables.values())
    kept = _types_of(models.tables.values())
    for name, enum in sorted(database.enums.items(), key=lambda pair: pair[0].order):
        if name not in models.enums and str(name) in used and str(name) not in kept:
            yield Removed(None, enum)


def _types_of(tables: Iterable[Table]) -> set[str]:
    return {column.type.removesuffix("[]").replace('"', "") for table in tables for column in table.columns}


def _compare_sequences(database: Schema, models: Schema) -> Iterator[Change]:
    for name, sequence in sorted(models.sequences.items(), key=lambda pair: pair[0].order):
        there = database.sequences.get(name)
        if there is None:
            yield Added(None, sequence)
            continue
        fields = tuple(each for each in _OF_SEQUENCES if _differs(getattr(there, each), getattr(sequence, each), each))
        if fields:
            yield Changed(None, there, sequence, fields)
    gone = (name for name in database.sequences if name not in models.sequences)
    yield from (Removed(None, database.sequences[name]) for name in sorted(gone, key=lambda name: name.order))


_OF_SEQUENCES = ("start", "increment", "minimum", "maximum", "cycle", "cache")


def _differs(there: object, wanted: object, field: str) -> bool:
    if wanted in (None, False) or there == wanted:
        return False
    return not (field in ("start", "increment", "minimum") and wanted == 1 and there is None)
