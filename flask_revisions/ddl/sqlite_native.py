"""What ALTER TABLE can do on SQLite (https://www.sqlite.org/lang_altertable.html), and when."""

from __future__ import annotations

import dataclasses
from typing import Any

from sqlalchemy import Computed, ForeignKeyConstraint, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import DropIndex as DropIndexElement

from ..errors import NotKnowable
from ..operations.base import Operation
from ..operations.catalog import Catalog
from ..operations.columns import UNCHANGED, AddColumn, AlterColumn, DropColumn
from ..operations.constraints import CreateIndex, DropIndex
from ..operations.tables import AlterTable, SetTableComment
from . import items
from .sqlite_batch import Batch
from .sqlite_draft import Draft, arranged, begin
from .sqlite_edits import all_clauses, index_uses
from .sqlite_refusals import needs_value, refuse_mentions, without_value
from .sqlite_stored import Stored
from .sqlite_text import Clause, ColumnText, TableText
from .sqlite_tokens import column_places, fold, write

RENAME_COLUMN = (3, 25, 0)
DROP_COLUMN = (3, 35, 0)

_DRIVER_UNKNOWN = (999,)


def version_of(dialect: Dialect) -> tuple[int, ...]:
    """Return the version of SQLite that the driver brings along; of an unknown driver, the newest."""
    dbapi: Any = getattr(dialect, "dbapi", None)
    known: tuple[int, ...] | None = getattr(dbapi, "sqlite_version_info", None)
    return known or _DRIVER_UNKNOWN


@dataclasses.dataclass(frozen=True)
class Native:
    """ALTER TABLE for the operations of one batch.

    :param batch: the edits of the same table.
    :param stored: the table; None where no database is connected.
    :param alone: the operation stands in no batch: then a foreign key or CHECK that a column brings along is
        written in the column; a batch has it written behind the columns, by a rebuild.
    """

    batch: Batch
    stored: Stored | None
    catalog: Catalog
    version: tuple[int, ...]
    alone: bool

    def statements(self, operations: tuple[Operation, ...]) -> list[str] | None:
        """Return the statements for all operations; None if one of them needs a rebuild."""
        draft = self._draft()
        found: list[str] = []
        for operation in operations:
            statements = self._statements(operation, draft)
            if statements is None:
                return None
            found += statements
            if draft is not None:
                draft = self._after(draft, operation)
        return found

    def keeps_order(self, operations: tuple[Operation, ...]) -> bool:
        """Return True if the columns come to stand as a rebuild would place them."""
        draft = self._draft()
        if draft is None:
            return True
        for operation in operations:
            draft = self._after(draft, operation)
        return arranged(draft, ()).table == draft.table

    def _draft(self) -> Draft | None:
        return begin(self.stored.table, self.stored.indexes) if self.stored else None

    def _after(self, draft: Draft, operation: Operation) -> Draft:
        # An index of another table can be dropped here too: its name is all that counts.
        if isinstance(operation, DropIndex):
            operation = dataclasses.replace(operation, if_exists=True)
        return self.batch.apply(draft, operation)

    def _statements(self, operation: Operation, draft: Draft | None) -> list[str] | None:
        if isinstance(operation, AddColumn):
            return self._add_column(operation, draft)
        if isinstance(operation, AlterColumn):
            return self._alter_column(operation, draft)
        if isinstance(operation, DropColumn):
            return self._drop_column(operation, draft)
        if isinstance(operation, CreateIndex):
            return self._create_index(operation, draft)
        if isinstance(operation, DropIndex):
            return self._drop_index(operation)
        return [] if isinstance(operation, SetTableComment) else None

    # -- columns -----------------------------------------------------------------------------------

    def _add_column(self, operation: AddColumn, draft: Draft | None) -> list[str] | None:
        scribe = self.batch.scribe
        if operation.insert_before or operation.insert_after or operation.column.primary_key:
            return None
        if operation.if_not_exists and self._is_there(operation, operation.column.name, draft):
            return []
        column = items.added_column(operation.column, scribe.table, scribe.schema, scribe.naming_convention)
        text = scribe.column(column)
        inline = self._inline(column, wanted=self.alone or bool(operation.inline_references))
        if inline is None or not _addable(column, text, bool(inline)):
            return None
        if draft is not None and needs_value(text) and self._filled():
            raise without_value(text, scribe.table)
        indexes = sorted(column.table.indexes, key=lambda index: str(index.name))
        definition = write((*text.tokens, *(token for clause in inline for token in clause.tokens)))
        return [
            f"{self._altered()} ADD COLUMN {definition}",
            *(str(scribe.index(index)) for index in indexes),
        ]

    def _is_there(self, operation: AddColumn | DropColumn, name: str, draft: Draft | None) -> bool:
        if draft is None:
            added = isinstance(operation, AddColumn)
            condition, keyword = ("is missing", "if_not_exists") if added else ("is there", "if_exists")
            raise NotKnowable(
                f"Cannot {operation.describe()} only if it {condition}: SQLite has no words for that.",
                f"leave out {keyword}, or run without --sql.",
            )
        return draft.table.column(name) is not None

    def _inline(self, column: Any, *, wanted: bool) -> list[Clause] | None:
        """Return what a column brings along as it stands in the column; None if it must not stand there."""
        clauses = []
        for constraint in sorted(column.table.constraints, key=lambda c: c._creation_order):
            if isinstance(constraint, PrimaryKeyConstraint):
                continue
            clause = self.batch.scribe.constraint(constraint)
            if clause is None:
                continue
            composite = isinstance(constraint, ForeignKeyConstraint) and len(constraint.elements) > 1
            if not wanted or composite or isinstance(constraint, UniqueConstraint):
                return None
            clauses.append(self.batch.scribe.inline(clause))
        return clauses

    def _alter_column(self, operation: AlterColumn, draft: Draft | None) -> list[str] | None:
        changed = operation.type_ is not None or operation.nullable is not None
        changed = changed or operation.server_default is not UNCHANGED
        if changed or operation.insert_before or operation.insert_after:
            return None
        name = draft.find(operation.column).name if draft else operation.column
        if operation.new_name is None or operation.new_name == name:
            return []
        return [self.rename(name, operation.new_name)] if self.version >= RENAME_COLUMN else None

    def rename(self, name: str, new: str) -> str:
        """Return the statement that renames a column here and in whatever mentions it."""
        sql = self.batch.scribe.sql
        return f"{self._altered()} RENAME COLUMN {sql.name(name)} TO {sql.name(new)}"

    def _drop_column(self, operation: DropColumn, draft: Draft | None) -> list[str] | None:
        if self.version < DROP_COLUMN:
            return None
        sql = self.batch.scribe.sql
        if operation.if_exists and not self._is_there(operation, operation.name, draft):
            return []
        if draft is None or self.stored is None:
            return [f"{self._altered()} DROP COLUMN {sql.name(operation.name)}"]
        name = draft.find(operation.name).name
        if any(index_uses(index, name) for index in (*draft.indexes, *draft.new_indexes)):
            return None
        if not _free(draft.table, name):
            return None
        refuse_mentions(self.stored, (name,))
        return [f"{self._altered()} DROP COLUMN {sql.name(name)}"]

    # -- indexes -----------------------------------------------------------------------------------

    def _create_index(self, operation: CreateIndex, draft: Draft | None) -> list[str]:
        text = str(self.batch.index(operation, draft))
        return [text.replace("INDEX ", "INDEX IF NOT EXISTS ", 1) if operation.if_not_exists else text]

    def _drop_index(self, operation: DropIndex) -> list[str]:
        scribe = self.batch.scribe
        named = dataclasses.replace(operation, table=scribe.table, schema=scribe.schema)
        index = items.index_of(named, scribe.naming_convention)
        return [scribe.sql.element(DropIndexElement(index, if_exists=bool(operation.if_exists)))]

    # -- parts -------------------------------------------------------------------------------------

    def _altered(self) -> str:
        scribe = self.batch.scribe
        return f"ALTER TABLE {scribe.sql.table(scribe.table, scribe.schema)}"

    def _filled(self) -> bool:
        return self.catalog.has_rows(self.batch.scribe.table, self.batch.scribe.schema)


def renames_first(operation: AlterTable, stored: Stored) -> dict[str, str]:
    """Return the renamings, old name to new, that ALTER TABLE can do before a rebuild does the rest.

    It also renames the column in triggers, views and the foreign keys of other tables. All or none: columns
    that change names with each other, or take the name of a dropped one, are for the rebuild.
    """
    wanted = [
        (change.column, change.new_name)
        for change in operation.operations
        if isinstance(change, AlterColumn) and change.new_name and change.new_name != change.column
    ]
    names = [fold(name) for pair in wanted for name in pair]
    free = all(stored.table.column(old) and not stored.table.column(new) for old, new in wanted)
    return dict(wanted) if free and len(set(names)) == len(names) else {}


def without_renames(operation: AlterTable) -> AlterTable:
    """Return a batch whose columns are renamed already."""
    changes = tuple(
        dataclasses.replace(change, new_name=None) if isinstance(change, AlterColumn) else change
        for change in operation.operations
    )
    return dataclasses.replace(operation, operations=changes)


def _addable(column: Any, text: ColumnText, referring: bool) -> bool:
    if isinstance(column.server_default, Computed):
        return not column.server_default.persisted
    default = text.clause("DEFAULT")
    if default is None:
        return True
    # A foreign key with a default is refused while keys are enforced, except for NULL.
    words = [token.text.upper() for token in default.said[1:]]
    constant = words[0] != "(" and not words[0].startswith("CURRENT_")
    return constant and (words == ["NULL"] or not referring)


def _free(table: TableText, name: str) -> bool:
    """Return True if nothing in a table but the column itself needs it."""
    for column, clause in all_clauses(table):
        reference = clause.reference
        if column is not None and fold(column.name) == fold(name):
            if clause.kind in ("PRIMARY KEY", "UNIQUE", "REFERENCES"):
                return False
            continue
        if fold(name) in {fold(other) for other in clause.columns}:
            return False
        if clause.kind in ("CHECK", "GENERATED") and column_places(clause.expression, name):
            return False
        if reference is not None and fold(name) in {fold(other) for other in reference.columns}:
            return False
    return True
