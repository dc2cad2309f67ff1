"""PostgreSQL's enumerations: types that columns bring along, change to and leave behind, and whose values change.

Source: https://www.postgresql.org/docs/current/datatype-enum.html, https://www.postgresql.org/docs/current/sql-altertype.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, Column
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from ..errors import NotKnowable, OperationError
from ..operations import columns, enums, tables
from ..operations.catalog import Catalog
from ..operations.columns import UNCHANGED
from ..schema.convert import Converter
from . import items
from .actions import Actions, Sql
from .generic import GenericDDL
from .postgresql_swap import Swap, dollar_quoted

_LITERAL = re.compile(r"('(?:[^']|'')*')(?:::.+)?\Z", re.DOTALL)

_VALUES = """
    SELECT array(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder)
    FROM pg_type t WHERE t.oid = to_regtype({type})
"""
_OF_TABLE = """
    SELECT DISTINCT quote_ident(n.nspname) || '.' || quote_ident(t.typname)
    FROM pg_attribute a
    JOIN pg_type used ON used.oid = a.atttypid
    JOIN pg_type t ON t.oid = CASE WHEN used.typcategory = 'A' THEN used.typelem ELSE used.oid END
    JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE a.attrelid = to_regclass({table}) AND a.attnum > 0 AND t.typtype = 'e' AND a.attname LIKE {column}
"""
_DEFAULT = """
    SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
    JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
    WHERE d.adrelid = to_regclass({table}) AND a.attname = {column}
"""


MARK = "kept by flask-revisions, with and without columns"
"""The comment of a type that a revision has created by itself."""


@dataclass(frozen=True)
class NativeEnum:
    """A type that a column needs.

    :param create: whether the column brings it along; False for `create_type=False`.
    :param array: whether the column holds arrays of it.
    """

    name: str
    schema: str | None
    values: tuple[str, ...]
    create: bool
    array: bool


class EnumDDL(GenericDDL):
    """What PostgreSQL has in place of a CHECK over values: a type."""

    def __init__(self, dialect: Dialect, catalog: Catalog, naming_convention: Mapping[str, Any]) -> None:
        super().__init__(dialect, catalog, naming_convention)
        self._reader = Converter(self.dialect)
        self._left: dict[str, None] = {}

    # -- a script --------------------------------------------------------------------------------------

    def begin_script(self, *, own: bool) -> None:
        """Begin with the operations of another script."""
        super().begin_script(own=own)
        self._left = {}

    def end_script(self) -> Actions:
        """Drop the types that the script's operations have left behind, if nothing else uses them.

        One with a comment stays: so `create_enum` marks those that are to be there by themselves.
        """
        yield from super().end_script()
        for name in self._left:
            dropped = f"IF {self._unmarked(name)} THEN DROP TYPE {name}; END IF"
            excused = (
                "dependent_objects_still_exist OR undefined_object OR invalid_schema_name OR insufficient_privilege"
            )
            yield Sql("DO " + dollar_quoted(f"BEGIN {dropped}; EXCEPTION WHEN {excused} THEN NULL; END"))
        self._left = {}

    def leave(self, table: str, schema: str | None, column: str = "%", known: Iterable[Column[Any]] = ()) -> None:
        """Note the types that a table or column uses, which is about to go or to change."""
        if not self.own:
            return
        try:
            like = self.sql.literal(column.replace("\\", "\\\\").replace("_", "\\_") if column != "%" else column)
            found = self.catalog.rows(_OF_TABLE.format(table=self._quoted(table, schema), column=like))
            names = [name for (name,) in found]
        except NotKnowable:
            of_columns = (self.native_enum(each.type) for each in known)
            names = [self.sql.table(each.name, each.schema) for each in of_columns if each is not None and each.create]
        self._left.update(dict.fromkeys(names))

    # -- tables and columns ------------------------------------------------------------------------------

    def create_table(self, operation: tables.CreateTable) -> Actions:
        """Create a table, and before it the types of its columns that are not there.

        SQLAlchemy makes them, too, where it finds none. But what the catalog is asked, the journal answers as before:
        so an interrupted step does the same once more, though its file was edited.
        """
        for column in (each for each in operation.items if isinstance(each, Column)):
            enum = self.native_enum(column.type)
            with suppress(NotKnowable):
                if enum is not None and enum.create and self.values_of(enum.name, enum.schema) is None:
                    yield self.creating_enum(enum.name, enum.schema, enum.values, guarded=False)
        return (yield from super().create_table(operation))

    def drop_table(self, operation: tables.DropTable) -> Actions:
        """Drop a table."""
        created = operation.existing.items if operation.existing else ()
        known = [item for item in created if isinstance(item, Column)]
        self.leave(operation.name, operation.schema, known=known)
        yield from super().drop_table(operation)

    def add_column(self, operation: columns.AddColumn) -> Actions:
        """Add a column, and its type before that where it is not there."""
        column = self.added_column(operation)
        yield from self.missing_type(self.native_enum(column.type))
        yield from self.missing_domain(column.type)
        yield from super().add_column(operation)

    def drop_column(self, operation: columns.DropColumn) -> Actions:
        """Drop a column."""
        known = () if isinstance(operation.column, str) else (operation.column,)
        self.leave(operation.table, operation.schema, operation.name, known)
        yield from super().drop_column(operation)

    def change_type(self, operation: columns.AlterColumn) -> Iterator[str]:
        """Yield the statements that change the type: from and to an enumeration through text, its default as well."""
        new = self._enum_of(operation, operation.type_)
        old = self._enum_of(operation, operation.existing_type)
        using = self._using(operation, new)
        yield from (each.text for each in self.missing_domain(operation.type_))
        if operation.type_ is None or (new is None and old is None):
            yield from (statement + using for statement in super().change_type(operation))
            return
        self.leave(operation.table, operation.schema, operation.column)
        yield from (each.text for each in self.missing_type(new))
        default = self._literal_default(operation)
        column = self.altered_column(operation)
        if default is not None:
            yield f"{column} DROP DEFAULT"
        yield f"{column} TYPE {self.sql.type(operation.type_)}{using}"
        if default is not None and operation.server_default is UNCHANGED:
            yield f"{column} SET DEFAULT {default}"

    def _enum_of(self, operation: columns.AlterColumn, type_: TypeEngine[Any] | None) -> NativeEnum | None:
        if type_ is None:
            return None
        column = Column(operation.column, type_)
        attached = items.added_column(column, operation.table, operation.schema, self.naming_convention)
        return self.native_enum(attached.type)

    def _using(self, operation: columns.AlterColumn, new: NativeEnum | None) -> str:
        given = dict(operation.options).get("postgresql_using")
        if given and operation.type_ is None:
            raise OperationError(
                f"Cannot {operation.describe()}: postgresql_using is for a new type, and none is given.",
                "give the new type as type_=..., or leave out postgresql_using.",
            )
        if given:
            return f" USING {given}"
        if new is None:
            return ""
        brackets = "[]" if new.array else ""
        name = self.sql.table(new.name, new.schema)
        return f" USING {self.sql.name(operation.column)}::text{brackets}::{name}{brackets}"

    def _literal_default(self, operation: columns.AlterColumn) -> str | None:
        """Return the value that is the default now: it has the old type, which PostgreSQL does not give up for it."""
        existing = operation.existing_server_default
        if existing is None:
            return None
        if existing is not UNCHANGED:
            text = self.sql.default(existing)
        else:
            table = self._quoted(operation.table, operation.schema)
            query = _DEFAULT.format(table=table, column=self.sql.literal(operation.column))
            try:
                found = self.catalog.rows(query)
            except NotKnowable:
                return None
            text = str(found[0][0]) if found else ""
        literal = _LITERAL.match(text)
        return literal[1] if literal else None

    def native_enum(self, type_: TypeEngine[Any]) -> NativeEnum | None:
        """Return the type of the database that a column of a type needs; None where it needs none."""
        found = self._reader.native_enum(type_)
        if found is None:
            return None
        outer = type_.dialect_impl(self.dialect)
        create = bool(getattr(found, "create_type", True))
        return NativeEnum(str(found.name), found.schema, tuple(found.enums), create, isinstance(outer, ARRAY))

    def missing_type(self, enum: NativeEnum | None) -> Iterator[Sql]:
        """Create a type that a column brings along, if it is not there."""
        if enum is None or not enum.create:
            return
        try:
            if self.values_of(enum.name, enum.schema) is not None:
                return
            guarded = False
        except NotKnowable:
            guarded = True
        yield self.creating_enum(enum.name, enum.schema, enum.values, guarded=guarded)

    def missing_domain(self, type_: TypeEngine[Any] | None) -> Iterator[Sql]:
        """Create a domain that a column brings along, if it is not there; it stays when the column goes."""
        found: Any = type_
        while found is not None and type(found).__name__ != "DOMAIN":
            found = getattr(found, "item_type", None)
        if found is not None and found.create_type:
            from sqlalchemy.dialects.postgresql import CreateDomainType  # loads every driver's module

            created = self.sql.element(CreateDomainType(found))
            ignored = "EXCEPTION WHEN duplicate_object THEN NULL"
            yield Sql("DO " + dollar_quoted(f"BEGIN {created}; {ignored}; END"))

    # -- types -------------------------------------------------------------------------------------------

    def create_enum(self, operation: enums.CreateEnum) -> Actions:
        """Create a type, with a comment that keeps it when no column has it any more.

        One that is there already, as a column has brought it along, is kept from now on, unless it is somebody else's.
        """
        name = self.sql.table(operation.name, operation.schema)
        mark = f"COMMENT ON TYPE {name} IS {self.sql.literal(MARK)}"
        if not operation.if_not_exists:
            yield self.creating_enum(operation.name, operation.schema, operation.values, guarded=False)
            yield Sql(mark)
            return
        yield self.creating_enum(operation.name, operation.schema, operation.values, guarded=True)
        kept = f"IF {self._unmarked(name)} THEN {mark}; END IF"
        yield Sql("DO " + dollar_quoted(f"BEGIN {kept}; EXCEPTION WHEN insufficient_privilege THEN NULL; END"))

    def _unmarked(self, name: str) -> str:
        return f"obj_description(to_regtype({self.sql.literal(name)}), 'pg_type') IS NULL"

    def creating_enum(self, name: str, schema: str | None, values: Iterable[str], *, guarded: bool) -> Sql:
        """Return the statement that creates a type.

        :param guarded: do nothing if it is there; CREATE TYPE has no IF NOT EXISTS.
        """
        listed = ", ".join(map(self.sql.literal, values))
        text = f"CREATE TYPE {self.sql.table(name, schema)} AS ENUM ({listed})"
        if not guarded:
            return Sql(text)
        return Sql("DO " + dollar_quoted(f"BEGIN {text}; EXCEPTION WHEN duplicate_object THEN NULL; END"))

    def drop_enum(self, operation: enums.DropEnum) -> Actions:
        """Drop a type."""
        yield Sql(self.drop_text("TYPE", operation.name, operation.schema, if_exists=operation.if_exists))

    def add_enum_value(self, operation: enums.AddEnumValue) -> Actions:
        """Add a value to a type."""
        words = [
            f"ALTER TYPE {self.sql.table(operation.name, operation.schema)} ADD VALUE",
            "IF NOT EXISTS" if operation.if_not_exists else "",
            self.sql.literal(operation.value),
            f"BEFORE {self.sql.literal(operation.before)}" if operation.before is not None else "",
            f"AFTER {self.sql.literal(operation.after)}" if operation.after is not None else "",
        ]
        yield Sql(" ".join(word for word in words if word))

    def rename_enum_value(self, operation: enums.RenameEnumValue) -> Actions:
        """Rename a value of a type."""
        old, new = self.sql.literal(operation.value), self.sql.literal(operation.new_value)
        yield Sql(f"ALTER TYPE {self.sql.table(operation.name, operation.schema)} RENAME VALUE {old} TO {new}")

    def drop_enum_value(self, operation: enums.DropEnumValue) -> Actions:
        """Make a type anew without one of its values; nothing is done if it does not have that."""
        current = self.existing_values(operation.name, operation.schema)
        if operation.value in current:
            replacements = {} if operation.replacement is None else {operation.value: operation.replacement}
            left = tuple(value for value in current if value != operation.value)
            yield from self._swapped(operation.name, operation.schema, current, left, replacements)

    def alter_enum(self, operation: enums.AlterEnum) -> Actions:
        """Give a type other values, by adding some or by making it anew, and another name."""
        if operation.values is not None:
            yield from self._with_values(operation, operation.values)
        if operation.new_name is not None:
            name = self.sql.table(operation.name, operation.schema)
            yield Sql(f"ALTER TYPE {name} RENAME TO {self.sql.name(operation.new_name)}")

    def _with_values(self, operation: enums.AlterEnum, values: tuple[str, ...]) -> Actions:
        try:
            current = self.existing_values(operation.name, operation.schema)
        except NotKnowable:
            if operation.existing is None:
                raise
            current = operation.existing
        if tuple(value for value in values if value in current) != current:
            yield from self._swapped(operation.name, operation.schema, current, values, operation.replacements)
            return
        before = None
        for place, value in enumerate(values):
            if value not in current:
                first = None if before is not None or not current else values[place + 1]
                added = enums.AddEnumValue(operation.name, value, operation.schema, first, before, if_not_exists=True)
                yield from self.add_enum_value(added)
            before = value

    def _swapped(
        self,
        name: str,
        schema: str | None,
        current: tuple[str, ...],
        values: tuple[str, ...],
        replacements: Mapping[str, str],
    ) -> Actions:
        swap = Swap(self.sql, self.catalog, name, schema, values, dict(replacements))
        swap.check(current)
        for text in swap.statements():
            yield Sql(text)

    def existing_values(self, name: str, schema: str | None) -> tuple[str, ...]:
        """Return the values of a type as they are now.

        :raises OperationError: there is no such type.
        """
        values = self.values_of(name, schema)
        if values is None:
            raise OperationError(
                f"There is no enum {self.sql.table(name, schema)}.", "create it with op.create_enum() before."
            )
        return values

    def values_of(self, name: str, schema: str | None) -> tuple[str, ...] | None:
        """Return the values of a type; None where there is no such type."""
        found = self.catalog.rows(_VALUES.format(type=self._quoted(name, schema)))
        return tuple(found[0][0]) if found else None

    def _quoted(self, name: str, schema: str | None) -> str:
        return self.sql.literal(self.sql.table(name, schema))
