"""Models at random, and changes of them at random."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.dialects import mysql, postgresql, sqlite

from .random_models import Column, Item, Models, Reference, Table, written
from .vocabulary import COLUMN_NAMES, TABLE_NAMES, TYPES, VALUES


@dataclass
class Chooser:
    """Makes models, and changes them.

    :param random: where all choices come from.
    :param version: of the server, where choices depend on it.
    """

    random: random.Random
    kind: str
    version: tuple[int, ...] = ()
    said: list[str] = field(default_factory=list)

    def maybe(self, share: float = 0.5) -> bool:
        return self.random.random() < share

    def one(self, *given: Any) -> Any:
        return self.random.choice(given)

    # -- anew -----------------------------------------------------------------------------------------

    def models(self) -> Models:
        tables: list[Table] = []
        for name in self.random.sample(TABLE_NAMES, self.one(1, 2, 3)):
            tables.append(self.table(name, tables))
        sequences = ()
        if self.kind != "sqlite" and self.maybe(0.2):
            sequences = (("counter", self.one(1, 2, 5)),)
        return Models(tuple(tables), sequences, self.maybe(0.3))

    def table(self, name: str, others: list[Table]) -> Table:
        names = self.random.sample(COLUMN_NAMES, self.one(1, 2, 3, 4, 5))
        keys = ["int", "int", "int", "big", "text", "pair"]
        made = Table(
            name,
            tuple(map(self.column, names)),
            key=self.one(*keys, "identity") if self.kind == "postgresql" else self.one(*keys),
            comment="it's 5% of a:b" if self.kind != "sqlite" and self.maybe(0.2) else None,
            schema="apart" if self.kind == "postgresql" and self.maybe(0.2) else None,
        )
        if self.maybe(0.4):
            made = self.with_computed(made)
        for _ in range(self.one(0, 1, 2, 3)):
            made = self.with_item(made)
        for _ in range(self.one(0, 0, 1, 2)):
            made = self.with_reference(made, others)
        return made

    def column(self, name: str) -> Column:
        type_ = self.one(*TYPES[self.kind])
        values = tuple(VALUES[: self.one(1, 2, 3, 6)]) if type_.startswith("enum") else ()
        return Column(
            name,
            type_,
            self.maybe(),
            self.default(type_),
            self.one("plain", "it's 5% of a:b") if self.kind != "sqlite" and self.maybe(0.2) else None,
            values=values,
        )

    def default(self, type_: str) -> str | None:
        defaults = TYPES[self.kind][type_].defaults
        return self.one(*defaults) if defaults and self.maybe() else None

    def with_computed(self, table: Table) -> Table:
        """Add a computed column, if there is one that it can be computed from."""
        numbers = [each.name for each in table.columns if each.type == "int" and each.computed is None]
        if not numbers or any(each.name == "sum" for each in table.columns):
            return table
        virtual = "" if self.kind == "postgresql" else self.one("", "~")
        quoted = written("$1", (self.one(*numbers),), self.kind)
        text = virtual + self.one(f"{quoted} + 1", f"({quoted} * 2) - 3", f"coalesce({quoted}, 0)")
        return replace(table, columns=(*table.columns, Column("sum", "int", computed=text)))

    def family(self, table: Table, *families: str) -> list[str]:
        return [
            each.name
            for each in table.columns
            if TYPES[self.kind][each.type].family in families and each.computed is None
        ]

    def with_item(self, table: Table) -> Table:
        make = self.one(self.check, self.unique, self.index, self.index, self.expression)
        item = make(table)
        if item is None or any(_clashes(item, each) for each in table.items):
            return table
        return replace(table, items=(*table.items, item))

    def check(self, table: Table) -> Item | None:
        numbers, texts = self.family(table, "int"), self.family(table, "text")
        name = self.one(None, "checked", "Odd Name")
        if numbers and self.maybe():
            text = self.one(
                "$1 > 0", "$1 IN (1, 2, 3)", "$1 > 0 AND ($1 < 9 OR $1 = 20)", "$1 BETWEEN 1 AND 5", "NOT $1 = 4"
            )
            return Item("check", name, (self.one(*numbers),), text)
        if texts:
            text = self.one("$1 <> ''", "$1 IN ('a', 'it''s')", "length($1) > 2", "$1 LIKE 'a%'", "lower($1) = $1")
            return Item("check", name, (self.one(*texts),), text)
        return None

    def unique(self, table: Table) -> Item | None:
        found = self.family(table, "int", "text", "date")
        if not found:
            return None
        columns = tuple(self.random.sample(found, min(len(found), self.one(1, 2))))
        options: dict[str, Any] = {}
        if self.kind == "postgresql" and self.maybe(0.3):
            new = [{"postgresql_nulls_not_distinct": True}] if self.version >= (15,) else []
            options = self.one({"deferrable": True}, *new, {"postgresql_include": ["id"]})
        return Item("unique", self.one(None, f"uq {table.name}"), columns, options=tuple(options.items()))

    def index(self, table: Table) -> Item | None:
        found = self.family(table, "int", "text", "date")
        if not found:
            return None
        columns = tuple(self.random.sample(found, min(len(found), self.one(1, 2))))
        options: dict[str, Any] = {"unique": True} if self.maybe(0.3) else {}
        if self.kind != "mariadb" and self.maybe(0.3):
            options["desc"] = True
        if self.kind != "mariadb" and self.maybe(0.3):
            options["where"] = self.one("$1 IS NOT NULL", "$1 IS NULL")
        if self.kind == "postgresql" and self.maybe(0.3):
            options |= self.one({"postgresql_include": ["id"]}, {"postgresql_with": {"fillfactor": 70}})
        if self.kind == "mariadb" and columns[0] in self.family(table, "text") and self.maybe(0.3):
            options["mysql_length"] = {columns[0]: 4}
        return Item(
            "index", f"ix_{table.name}_{self.one('one', 'Two', '3 %')}", columns, options=tuple(options.items())
        )

    def expression(self, table: Table) -> Item | None:
        texts = self.family(table, "text")
        if self.kind == "mariadb" or not texts:
            return None
        text = self.one("lower($1)", "upper($1) DESC", "($1 || 'x')", "coalesce($1, 'none')")
        return Item("index", f"ix_{table.name}_expression", (self.one(*texts),), text)

    def with_reference(self, table: Table, others: list[Table]) -> Table:
        targets = [each for each in (*others, table) if each.key in ("int", "big", "text", "identity")]
        name = f"r{len(table.references)}"
        if not targets or any(each.column == name for each in table.references):
            return table
        options: dict[str, Any] = {}
        if self.maybe():
            options["ondelete"] = self.one("CASCADE", "SET NULL", "RESTRICT")
        if self.maybe(0.2):
            options["onupdate"] = self.one("CASCADE", "NO ACTION")
        if self.kind != "mariadb" and self.maybe(0.2):
            options |= {"deferrable": True, "initially": self.one("DEFERRED", "IMMEDIATE")}
        called = self.one(None, f"fk {table.name} {name}")
        return replace(
            table,
            references=(*table.references, Reference(name, self.one(*targets).target, called, tuple(options.items()))),
        )

    # -- changed --------------------------------------------------------------------------------------

    def changed(self, models: Models) -> Models:
        """Change something, and note a word that a comparison has to say about it."""
        change = self.one(*_CHANGES)
        return change(self, models)  # type: ignore[no-any-return]

    def _with(self, models: Models, old: Table, new: Table, said: str) -> Models:
        if old == new:
            return models
        self.said.append(said)
        return replace(models, tables=tuple(new if each is old else each for each in models.tables))

    def add_table(self, models: Models) -> Models:
        free = [each for each in TABLE_NAMES if all(table.name != each for table in models.tables)]
        if not free:
            return models
        made = self.table(self.one(*free), list(models.tables))
        self.said.append(f"add table {made.target}")
        return replace(models, tables=(*models.tables, made))

    def remove_table(self, models: Models) -> Models:
        gone = self.one(*models.tables)
        used = {each.target for table in models.tables if table is not gone for each in table.references}
        if len(models.tables) == 1 or gone.target in used:
            return models
        self.said.append(f"remove table {gone.target}")
        return replace(models, tables=tuple(each for each in models.tables if each is not gone))

    def add_column(self, models: Models) -> Models:
        table = self.one(*models.tables)
        free = [each for each in COLUMN_NAMES if all(column.name != each for column in table.columns)]
        column = self.column(self.one(*free))
        return self._with(models, table, replace(table, columns=(*table.columns, column)), f"add column {column.name}")

    def remove_column(self, models: Models) -> Models:
        table = self.one(*models.tables)
        column = self._unused(table)
        if column is None:
            return models
        left = tuple(each for each in table.columns if each is not column)
        items = tuple(each for each in table.items if column.name not in each.columns)
        return self._with(models, table, replace(table, columns=left, items=items), f"remove column {column.name}")

    def _unused(self, table: Table) -> Column | None:
        """A column that no other one is computed from."""
        computed = " ".join(each.computed or "" for each in table.columns)
        found = [each for each in table.columns if written("$1", (each.name,), self.kind) not in computed]
        return self.one(*found) if found else None

    def change_column(self, models: Models) -> Models:
        table = self.one(*models.tables)
        column = self._unused(table)
        if column is None or column.computed is not None:
            return models
        change = self.one(self._nullable, self._default, self._type, self._comment, self._values)
        new = change(table, column)
        columns = tuple(new if each is column else each for each in table.columns)
        return self._with(models, table, replace(table, columns=columns), f"change column {column.name}")

    def _nullable(self, table: Table, column: Column) -> Column:
        return replace(column, nullable=not column.nullable)

    def _default(self, table: Table, column: Column) -> Column:
        defaults = TYPES[self.kind][column.type].defaults
        if not defaults:
            return column
        new = self.one(None, *defaults)
        return column if _same_default(new, column.default) else replace(column, default=new)

    def _comment(self, table: Table, column: Column) -> Column:
        return column if self.kind == "sqlite" else replace(column, comment=None if column.comment else "new: 'it'")

    def _type(self, table: Table, column: Column) -> Column:
        """Give it another type; one that is used elsewhere only grows."""
        if any(column.name in each.columns for each in table.items):
            wider = {"int": "bigint", "string 20": "string 40"}.get(column.type)
            return column if wider is None or column.default else replace(column, type=wider)
        new = replace(self.column(column.name), nullable=column.nullable, comment=column.comment)
        no_way = self.kind == "mariadb" and "uuid" in (column.type, new.type)  # that has no cast, nor USING
        return column if no_way or self._text(new) == self._text(column) else new

    def _text(self, column: Column) -> str:
        type_ = TYPES[self.kind][column.type]
        dialect = {"sqlite": sqlite, "mariadb": mysql, "postgresql": postgresql}[self.kind].dialect()
        made = type_.make(*column.values, name="e") if column.type.startswith("enum") else type_.make()
        return str(made.compile(dialect=dialect)).replace("FLOAT(53)", "DOUBLE").replace(" PRECISION", "")

    def _values(self, table: Table, column: Column) -> Column:
        if column.type not in ("enum", "enum checked") or (self.kind == "sqlite" and column.type == "enum"):
            return column
        values = tuple(VALUES[: self.one(1, 2, 3, 4, 5)])
        if self.kind == "postgresql" and self.maybe():
            values = tuple(self.random.sample(values, len(values)))
        if column.default == "first" and "first" not in values:
            return column
        if column.type == "enum checked" or set(values) == set(column.values):
            return column if self.kind != "postgresql" or column.type != "enum" else replace(column, values=values)
        return replace(column, values=values)

    def add_item(self, models: Models) -> Models:
        table = self.one(*models.tables)
        return self._with(models, table, self.with_item(table), f"to {table.target}")

    def remove_item(self, models: Models) -> Models:
        table = self.one(*models.tables)
        if not table.items:
            return models
        gone = self.one(*table.items)
        left = tuple(each for each in table.items if each is not gone)
        return self._with(models, table, replace(table, items=left), f"from {table.target}")

    def change_item(self, models: Models) -> Models:
        table = self.one(*models.tables)
        named = [each for each in table.items if each.name is not None and each.kind in ("index", "unique")]
        if not named:
            return models
        old = self.one(*named)
        new = replace((self.index if old.kind == "index" else self.unique)(table) or old, name=old.name)
        others = [each for each in table.items if each is not old]
        if _kind_of(new) == _kind_of(old) or any(_clashes(new, each) for each in others):
            return models
        items = tuple(new if each is old else each for each in table.items)
        return self._with(models, table, replace(table, items=items), f"of {table.target}")

    def add_reference(self, models: Models) -> Models:
        table = self.one(*models.tables)
        others = [each for each in models.tables if each is not table]
        return self._with(models, table, self.with_reference(table, others), "add foreign key")

    def remove_reference(self, models: Models) -> Models:
        table = self.one(*models.tables)
        if not table.references:
            return models
        return self._with(models, table, replace(table, references=table.references[:-1]), "remove foreign key")

    def change_comment(self, models: Models) -> Models:
        table = self.one(*models.tables)
        if self.kind == "sqlite":
            return models
        new = replace(table, comment=None if table.comment else "what: it's")
        return self._with(models, table, new, f"change table {table.target}")

    def change_computed(self, models: Models) -> Models:
        table = self.one(*models.tables)
        computed = [each for each in table.columns if each.computed is not None]
        if not computed:
            return self._with(models, table, self.with_computed(table), "add column sum")
        [old] = computed
        assert old.computed is not None
        new = replace(old, computed=f"{old.computed} + 17")
        columns = tuple(new if each is old else each for each in table.columns)
        return self._with(models, table, replace(table, columns=columns), "change column sum")

    def change_sequence(self, models: Models) -> Models:
        if self.kind == "sqlite":
            return models
        self.said.append("sequence counter")
        return replace(models, sequences=() if models.sequences else (("counter", 3),))


_CHANGES = (
    Chooser.add_table,
    Chooser.remove_table,
    Chooser.add_column,
    Chooser.remove_column,
    Chooser.change_column,
    Chooser.change_column,
    Chooser.change_column,
    Chooser.add_item,
    Chooser.remove_item,
    Chooser.change_item,
    Chooser.add_reference,
    Chooser.remove_reference,
    Chooser.change_comment,
    Chooser.change_computed,
    Chooser.change_sequence,
)


def _clashes(one: Item, other: Item) -> bool:
    """Two of one name, or two that a database could take for each other."""
    if one.name is not None and one.name == other.name:
        return True
    return ({one.kind, other.kind} != {"check"} and {*one.columns} == {*other.columns}) or one == other


def _kind_of(item: Item) -> Any:
    """What of an item a database sees."""
    columns = sorted(item.columns) if item.kind == "unique" else list(item.columns)
    return item.kind, columns, item.text, repr(item.options)


def _same_default(one: str | None, other: str | None) -> bool:
    def plain(given: str | None) -> str | None:
        return None if given is None else given.removeprefix("=").strip("'")

    return plain(one) == plain(other)
