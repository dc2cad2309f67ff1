"""Operations to SQL for SQLite: what ALTER TABLE can do, else a rebuild of the table that loses nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy.schema import DefaultClause
from sqlalchemy.sql.elements import ClauseElement

from ..errors import NotKnowable, NotSupported, RebuildRefused, UnknownConstraint
from ..operations import columns, constraints, definitions, objects, tables
from ..operations.base import Operation
from .actions import Actions, Sql, Unenforced
from .generic import GenericDDL
from .sqlite_batch import Batch, cleared
from .sqlite_draft import Draft, arranged, begin
from .sqlite_form import in_form, index_in_form
from .sqlite_native import RENAME_COLUMN, Native, renames_first, version_of, without_renames
from .sqlite_options import as_described, with_table_args, with_table_options
from .sqlite_parser import parse_index
from .sqlite_rebuild import Rebuild, statements
from .sqlite_refusals import checked, has_foreign_keys
from .sqlite_scribe import Scribe
from .sqlite_stored import Stored, described_table, stored_table
from .sqlite_tokens import fold, string

_Change = (
    columns.AddColumn
    | columns.AlterColumn
    | columns.DropColumn
    | constraints.AddConstraint
    | constraints.DropConstraint
    | constraints.RenameConstraint
)


class SQLiteDDL(GenericDDL):
    """Turns operations into the actions that carry them out on SQLite."""

    conditional_indexes = True
    replace_view_words = replace_routine_words = ""

    def rename_table(self, operation: tables.RenameTable) -> Actions:
        """Rename a table; SQLite wants the new name without schema."""
        new_name = self.sql.name(operation.new_name)
        yield Sql(f"{self.altered(operation.name, operation.schema)} RENAME TO {new_name}")

    def set_table_comment(self, operation: tables.SetTableComment) -> Actions:
        """Do nothing: SQLite has no comments."""
        yield from ()

    def add_column(self, operation: columns.AddColumn) -> Actions:
        """Add a column, by a rebuild if ALTER TABLE cannot."""
        yield from self._alone(operation)

    def alter_column(self, operation: columns.AlterColumn) -> Actions:
        """Rename a column by ALTER TABLE; change it by a rebuild."""
        yield from self._alone(operation)

    def drop_column(self, operation: columns.DropColumn) -> Actions:
        """Drop a column, by a rebuild if a key, index or CHECK is over it."""
        yield from self._alone(operation)

    def add_constraint(self, operation: constraints.AddConstraint) -> Actions:
        """Add a constraint by a rebuild."""
        if isinstance(operation, constraints.AddExclude):
            raise self.lacks(operation, "EXCLUDE constraints")
        yield from self._alone(operation)

    def drop_constraint(self, operation: constraints.DropConstraint) -> Actions:
        """Drop a constraint by a rebuild."""
        yield from self._alone(operation)

    def rename_column(self, operation: columns.RenameColumn) -> Actions:
        """Rename a column by ALTER TABLE."""
        yield from self._alone(_as_change(operation))

    def rename_constraint(self, operation: constraints.RenameConstraint) -> Actions:
        """Rename a constraint by a rebuild."""
        yield from self._alone(operation)

    def rename_index(self, operation: constraints.RenameIndex) -> Actions:
        """Drop an index and create it with the new name, from its stored text.

        :raises UnknownConstraint: there is no such index.
        """
        for stored in self.catalog.stored_objects(operation.schema):
            if stored.kind == "index" and stored.sql and fold(stored.name) == fold(operation.name):
                yield Sql(f"DROP INDEX {self.sql.table(operation.name, operation.schema)}")
                created = parse_index(stored.sql).called(self.sql.table(operation.new_name, operation.schema))
                yield Sql(str(created))
                return
        raise UnknownConstraint(
            f"There is no index {operation.name} that could be renamed.",
            "an index that a constraint brings along has the constraint's name: op.rename_constraint().",
        )

    def create_schema(self, operation: objects.CreateSchema) -> Actions:
        """Raise: SQLite has files."""
        raise self.lacks(operation, "schemas")

    def drop_schema(self, operation: objects.DropSchema) -> Actions:
        """Raise: SQLite has files."""
        raise self.lacks(operation, "schemas")

    def create_function(self, operation: definitions.CreateFunction) -> Actions:
        """Raise: the functions of SQLite are those of its driver."""
        raise self.lacks(operation, "functions in the database")

    def replace_function(self, operation: definitions.ReplaceFunction) -> Actions:
        """Raise: the functions of SQLite are those of its driver."""
        raise self.lacks(operation, "functions in the database")

    def drop_function(self, operation: definitions.DropFunction) -> Actions:
        """Raise: the functions of SQLite are those of its driver."""
        raise self.lacks(operation, "functions in the database")

    def creating_trigger(self, trigger: definitions.CreateTrigger, words: str) -> str:
        """Return the statement that creates a trigger; its table is of the trigger's schema."""
        name, table = self.sql.table(trigger.name, trigger.schema), self.sql.name(trigger.table)
        return f"{words} TRIGGER {name} {trigger.event.strip()} ON {table} {trigger.action.strip()}"

    def alter_table(self, operation: tables.AlterTable) -> Actions:
        """Change a table as a batch wants it: by ALTER TABLE if that gives the same, else by a rebuild.

        Indexes are renamed when the table is as it is to be.
        """
        changes = [_as_change(change) for change in operation.operations]
        later = [change for change in changes if isinstance(change, constraints.RenameIndex)]
        for change in changes:
            if isinstance(change, constraints.ValidateConstraint):
                yield from self.validate_constraint(change)
        now = tuple(change for change in changes if not isinstance(change, constraints.RenameIndex))
        yield from self._altered_table(dataclasses.replace(operation, operations=now), alone=False)
        for rename in later:
            yield from self.rename_index(rename)

    def _alone(self, operation: _Change) -> Actions:
        schema = getattr(operation, "schema", None)
        yield from self._altered_table(tables.AlterTable(operation.table, (operation,), schema), alone=True)

    def _altered_table(self, operation: tables.AlterTable, *, alone: bool) -> Actions:
        if not operation.operations and operation.recreate != "always":
            return
        stored = self._stored(operation)
        native = self._by_alter(operation, stored, alone=alone)
        if native is not None and (alone or self._suffices(operation, stored, native)):
            yield from _sent(native)
            return
        if stored is not None and self._concerns_keys(operation, stored) and self.catalog.foreign_keys_enforced():
            yield Unenforced()
        try:
            rebuild = self._planned(operation, stored)
        except RebuildRefused:
            if native is None or self._shapes(operation, stored):
                raise
            yield from _sent(native)
            return
        yield from self._rebuilt(operation, stored, rebuild)

    def _by_alter(self, operation: tables.AlterTable, stored: Stored | None, *, alone: bool) -> list[str] | None:
        """Return the statements of ALTER TABLE for a batch; None if one of its operations needs a rebuild.

        :raises NotSupported: that is forbidden.
        """
        if operation.recreate == "always":
            return None
        native = self._native(operation, stored, alone=alone).statements(operation.operations)
        if operation.recreate == "never" and native is None:
            raise NotSupported(
                f"SQLite cannot {operation.describe()} as this batch wants it without a rebuild.",
                "leave out recreate='never'.",
            )
        return native

    def _concerns_keys(self, operation: tables.AlterTable, stored: Stored) -> bool:
        """Return True if a table has foreign keys, gets some, or is referred to."""
        new = any(
            change.column.foreign_keys
            if isinstance(change, columns.AddColumn)
            else isinstance(change, constraints.AddForeignKey)
            for change in operation.operations
        )
        return new or bool(operation.table_args) or has_foreign_keys(stored)

    def _suffices(self, operation: tables.AlterTable, stored: Stored | None, native: list[str]) -> bool:
        """Return True if the statements of ALTER TABLE are enough for a batch.

        One that is more than new columns and indexes is a rebuild if that gives the text of the table the form
        that it has elsewhere, or its columns another order: a new one is placed behind the last of the old ones,
        and if the batch drops that, behind the first.
        """
        if operation.recreate == "never" or not native or (stored is None and operation.copy_from is None):
            return True
        if operation.partial_reordering:
            return False
        if all(map(_small, operation.operations)):
            return True
        return (
            stored is not None
            and operation.copy_from is None
            and not self._shapes(operation, stored)
            and in_form(stored.table, self.sql) == stored.table
            and all(index_in_form(index, stored.name, self.sql) == index for index in stored.indexes)
            and self._native(operation, stored, alone=False).keeps_order(operation.operations)
        )

    def _shapes(self, operation: tables.AlterTable, stored: Stored | None) -> bool:
        """Return True if a batch says something of the table that only a rebuild carries out."""
        said = (
            operation.partial_reordering,
            operation.table_args,
            operation.table_kwargs,
            operation.reflect_args,
            operation.reflect_kwargs,
        )
        convention = operation.naming_convention
        if any(said) or not convention or stored is None:
            return any(said)
        scribe = self._batch(operation, stored).scribe
        return scribe.convention_names(stored.table, convention) != stored.table

    def _planned(self, operation: tables.AlterTable, stored: Stored | None) -> Rebuild:
        """Return what a rebuild does, every renaming of a column included.

        :raises RebuildRefused: something would be lost by it.
        """
        known = self._known(operation, stored)
        draft = self._drafted(operation, known)
        kept = {fold(name) for name in self._renames_first(operation, stored)}
        gone = tuple(name for name in draft.gone if fold(name) not in kept)
        return checked(Rebuild(known, dataclasses.replace(draft, gone=gone)), self.catalog, self.sql)

    def _rebuilt(self, operation: tables.AlterTable, stored: Stored | None, rebuild: Rebuild) -> Actions:
        first = self._renames_first(operation, stored)
        if first:
            native = self._native(operation, stored, alone=False)
            yield from _sent(native.rename(name, new) for name, new in first.items())
            operation = without_renames(operation)
            known = self._known(operation, self._stored(operation))
            draft = self._drafted(operation, known, {fold(name): new for name, new in first.items()})
            rebuild = checked(Rebuild(known, draft), self.catalog, self.sql)
        legacy, analyzed = self._facts(rebuild.stored)
        yield from _sent(statements(rebuild, self.sql, legacy=legacy, analyzed=analyzed))

    def _renames_first(self, operation: tables.AlterTable, stored: Stored | None) -> dict[str, str]:
        if stored is None or operation.copy_from is not None or version_of(self.dialect) < RENAME_COLUMN:
            return {}
        return renames_first(operation, stored)

    # -- parts -------------------------------------------------------------------------------------

    def _stored(self, operation: tables.AlterTable) -> Stored | None:
        """Return the table as the database has it; None where none is connected."""
        try:
            objects = self.catalog.stored_objects(operation.schema)
        except NotKnowable:
            return None
        return stored_table(objects, operation.name, operation.schema)

    def _known(self, operation: tables.AlterTable, stored: Stored | None) -> Stored:
        """Return the table as `copy_from` describes it, else as it is stored."""
        if operation.copy_from is not None:
            described = described_table(operation.copy_from, self.sql)
            return described if stored is None else described.within(stored)
        if stored is None:
            raise NotKnowable(
                f"SQLite has to rebuild table {operation.name}, and no database tells what it looks like.",
                "give op.batch_alter_table() the table in copy_from, or run without --sql.",
            )
        return stored

    def _native(self, operation: tables.AlterTable, stored: Stored | None, *, alone: bool) -> Native:
        return Native(self._batch(operation, stored), stored, self.catalog, version_of(self.dialect), alone)

    def _batch(self, operation: tables.AlterTable, stored: Stored | None) -> Batch:
        name = operation.name if stored is None else stored.name
        scribe = Scribe(self.sql, name, operation.schema, self.naming_convention)
        return Batch(scribe, bool(operation.partial_reordering))

    def _drafted(self, operation: tables.AlterTable, known: Stored, current: Mapping[str, str] | None = None) -> Draft:
        """Return what a table is to become."""
        batch = self._batch(operation, known)
        scribe, convention = batch.scribe, operation.naming_convention or {}
        described = operation.copy_from.columns if operation.copy_from is not None else ()
        types = {fold(column.name): column.type for column in described}
        table = known.table if operation.copy_from is not None else in_form(known.table, self.sql)
        table = scribe.convention_names(table, convention)
        draft = begin(table, known.indexes, current=current, types=types)
        draft = as_described(draft, operation, scribe)
        for change in operation.operations:
            draft = batch.apply(draft, change)
        draft = with_table_args(cleared(draft), operation.table_args, scribe)
        draft = arranged(draft, operation.partial_reordering)
        table = with_table_options(draft.table, dict(operation.table_kwargs))
        return dataclasses.replace(draft, table=scribe.convention_names(table, convention))

    def _facts(self, stored: Stored) -> tuple[bool, bool]:
        """Return whether `legacy_alter_table` is on already, and whether the table has statistics."""
        if not stored.asked:
            return False, False
        legacy = self.catalog.legacy_alter_table()
        if "sqlite_stat1" not in stored.names:
            return legacy, False
        statistics = self.sql.table("sqlite_stat1", stored.schema)
        return legacy, self.catalog.finds(f"SELECT 1 FROM {statistics} WHERE tbl = {string(stored.name)} LIMIT 1")


def _sent(statements: Iterable[str]) -> Iterator[Sql]:
    """Yield statements as actions."""
    for statement in statements:
        yield Sql(statement)


def _small(change: Operation) -> bool:
    """Return True for what a batch never rebuilds a table for."""
    if isinstance(change, columns.AddColumn):
        default = change.column.server_default
        expression = isinstance(default, DefaultClause) and isinstance(default.arg, ClauseElement)
        return not expression and not change.column.comment
    return isinstance(change, (constraints.CreateIndex, constraints.DropIndex))


def _as_change(change: Operation) -> Any:
    """Return a renaming as the change of a column, which is what a batch knows; other operations as they are."""
    if isinstance(change, columns.RenameColumn):
        return columns.AlterColumn(change.table, change.column, schema=change.schema, new_name=change.new_name)
    return change
