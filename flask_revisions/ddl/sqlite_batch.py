"""The operations of a batch on a SQLite table: each turns the draft of the table into the next one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import Computed, Constraint, Identity, PrimaryKeyConstraint
from sqlalchemy.types import NullType, TypeEngine

from ..errors import NotSupported, OperationError, RebuildRefused, UnknownConstraint
from ..operations.base import Operation
from ..operations.columns import UNCHANGED, AddColumn, AlterColumn, DropColumn
from ..operations.constraints import AddConstraint, CreateIndex, DropConstraint, DropIndex, RenameConstraint
from ..operations.copies import copy_type
from ..operations.tables import SetTableComment
from . import items
from .sqlite_draft import Draft, forget, placed, renamed
from .sqlite_edits import (
    add_column,
    add_constraint,
    all_clauses,
    change_column,
    checks_over,
    drop_column,
    index_uses,
    key_columns,
    map_clauses,
    not_null,
    rename_column,
    rename_in_index,
    renamed_clause,
    with_clause,
    with_type,
    without,
    without_clauses,
    without_needing,
)
from .sqlite_scribe import Scribe, guessed, members, stated, with_schema_of
from .sqlite_text import Clause, ClauseKind, ColumnText, IndexText
from .sqlite_tokens import Tokens, audible, column_places, fold, tokenize, write

_KINDS: dict[str, tuple[ClauseKind, ...]] = {
    "foreignkey": ("FOREIGN KEY", "REFERENCES"),
    "primary": ("PRIMARY KEY",),
    "unique": ("UNIQUE",),
    "check": ("CHECK",),
}


@dataclasses.dataclass(frozen=True)
class Batch:
    """What the operations of a batch share.

    :param scribe: writes the pieces of the table's text.
    :param reordering: True where the batch has an order of columns of its own.
    """

    scribe: Scribe
    reordering: bool = False

    def apply(self, draft: Draft, operation: Operation) -> Draft:
        """Return the draft after one operation.

        :raises NotSupported: it is no operation for a batch.
        :raises UnknownColumn: it names a column that is not there.
        :raises UnknownConstraint: it drops a constraint or index that is not there.
        """
        for kind, method in _METHODS.items():
            if isinstance(operation, kind):
                return method(self, draft, operation)
        raise NotSupported(
            f"Cannot {operation.describe()} inside of a batch on table {draft.table.name}.",
            "put it before or behind the batch_alter_table block.",
        )

    # -- columns -----------------------------------------------------------------------------------

    def add_column(self, draft: Draft, operation: AddColumn) -> Draft:
        """Add a column with all that it brings along; values come from its default."""
        if draft.table.column(operation.column.name) is not None:
            if operation.if_not_exists:
                return draft
            raise OperationError(
                f"Table {draft.table.name} has a column {operation.column.name} already.",
                "leave op.add_column() out, or give it if_not_exists=True.",
            )
        scribe = self.scribe
        column = items.added_column(operation.column, scribe.table, scribe.schema, scribe.naming_convention)
        draft = placed(
            draft,
            column.name,
            operation.insert_before,
            operation.insert_after,
            reordering=self.reordering,
        )
        draft = dataclasses.replace(draft, table=add_column(draft.table, scribe.column(column)))
        for constraint in sorted(column.table.constraints, key=lambda c: c._creation_order):
            draft = self._with_brought(draft, column.name, constraint)
        indexes = sorted(column.table.indexes, key=lambda index: str(index.name))
        new = tuple(scribe.index(index) for index in indexes)
        return dataclasses.replace(draft, new_indexes=(*draft.new_indexes, *new))

    def alter_column(self, draft: Draft, operation: AlterColumn) -> Draft:
        """Change a column's type with its CHECK, its nullability, default and place, and at last its name."""
        column = draft.find(operation.column)
        if operation.type_ is not None:
            draft = self._with_type(draft, column, operation)
        table = change_column(draft.table, column.name, lambda old: self._changed(old, operation))
        draft = dataclasses.replace(draft, table=table)
        if operation.insert_before or operation.insert_after:
            draft = dataclasses.replace(draft, moved=draft.moved | {fold(column.name)})
            before, after = operation.insert_before, operation.insert_after
            draft = placed(draft, column.name, before, after, reordering=self.reordering)
        if operation.new_name is None or operation.new_name == column.name:
            return draft
        return self._renamed(draft, column.name, operation.new_name)

    def drop_column(self, draft: Draft, operation: DropColumn) -> Draft:
        """Drop a column; what is over it goes in the end, unless another column has its name by then."""
        if operation.if_exists and draft.table.column(operation.name) is None:
            return draft
        column = draft.find(operation.name)
        names = (clause.name for clause in column.clauses)
        ended = frozenset(fold(name) for name in names if name is not None)
        return dataclasses.replace(
            forget(draft, column.name),
            table=drop_column(draft.table, column.name),
            ended=draft.ended | ended,
        )

    # -- constraints and indexes -------------------------------------------------------------------

    def add_constraint(self, draft: Draft, operation: AddConstraint) -> Draft:
        """Add a constraint; one of the same name, and for a primary key the old one, makes room for it."""
        columns = getattr(operation, "columns", ())
        if columns:
            now = tuple(draft.find(name).name for name in columns)
            operation = dataclasses.replace(operation, columns=now)  # type: ignore[call-arg]
        operation = with_schema_of(operation, self.scribe.schema)
        operation = dataclasses.replace(operation, table=self.scribe.table)
        constraint = items.added_constraint(operation, self.scribe.naming_convention)
        clause = self.scribe.constraint(constraint)
        return draft if clause is None else self._with(draft, clause)

    def drop_constraint(self, draft: Draft, operation: DropConstraint) -> Draft:
        """Drop a constraint by its name, which SQLite compares without regard to case."""
        if not operation.name and operation.existing is not None:
            return self._drop_nameless(draft, operation, operation.existing)
        names = self._names_of(operation)
        found = [
            clause
            for name in names
            for _, clause in all_clauses(draft.table)
            if clause.name is not None and fold(clause.name) == fold(name)
        ]
        fitting = [clause for clause in found if clause.kind in _KINDS.get(operation.kind or "", ())]
        if found:
            chosen = (fitting or found)[0]
            return dataclasses.replace(draft, table=without(draft.table, lambda _, other: other is chosen))
        if operation.if_exists or draft.ended & {fold(name) for name in names}:
            return draft
        raise self._no_constraint(draft, operation)

    def _drop_nameless(self, draft: Draft, operation: DropConstraint, existing: AddConstraint) -> Draft:
        """Drop a constraint that has no name, known by its columns or by its expression."""
        kinds = _KINDS.get(operation.kind or "", ())
        columns = [fold(each) for each in getattr(existing, "columns", ())]
        condition = getattr(existing, "condition", None)
        wanted = None if condition is None else _heard(tokenize(self._condition(condition)))
        for column, clause in all_clauses(draft.table):
            if clause.kind not in kinds or clause.name is not None:
                continue
            named = clause.columns if column is None else (column.name,)
            same = [fold(each) for each in named] == columns if wanted is None else _heard(clause.expression) == wanted
            if same:
                return dataclasses.replace(draft, table=without(draft.table, partial(_is, clause)))
        raise OperationError(
            f"Table {draft.table.name} has no {' or '.join(kinds) or 'constraint'} like the one that is to be dropped.",
            "compare what existing= says with the CREATE TABLE text in sqlite_master.",
        )

    def _condition(self, condition: Any) -> str:
        if isinstance(condition, str):
            return condition
        compiler = self.scribe.sql.compiler.sql_compiler
        return str(compiler.process(condition, include_table=False, literal_binds=True))

    def rename_constraint(self, draft: Draft, operation: RenameConstraint) -> Draft:
        """Rename a constraint."""
        dropped = DropConstraint(operation.name, operation.table, operation.kind, operation.schema)
        names = {fold(name) for name in self._names_of(dropped)}
        written = self.scribe.sql.name(operation.new_name)

        def changed(_: ColumnText | None, clause: Clause) -> Clause:
            if clause.name is None or fold(clause.name) not in names:
                return clause
            return renamed_clause(clause, written)

        table = map_clauses(draft.table, changed)
        if str(table) == str(draft.table):
            raise self._no_constraint(draft, dropped)
        return dataclasses.replace(draft, table=table)

    def create_index(self, draft: Draft, operation: CreateIndex) -> Draft:
        """Create an index when the table has its new shape."""
        index = self.index(operation, draft)
        present = {fold(other.name) for other in (*draft.indexes, *draft.new_indexes)}
        if operation.if_not_exists and fold(index.name) in present:
            return draft
        return dataclasses.replace(draft, new_indexes=(*draft.new_indexes, index))

    def index(self, operation: CreateIndex, draft: Draft | None) -> IndexText:
        """Return an index as it is to be stored.

        :param draft: knows columns by the names that they had earlier in the batch, too.
        """
        columns = operation.columns
        if draft is not None:
            columns = tuple(draft.find(part).name if isinstance(part, str) else part for part in columns)
        named = dataclasses.replace(operation, columns=columns, table=self.scribe.table, schema=self.scribe.schema)
        return self.scribe.index(items.index_of(named, self.scribe.naming_convention))

    def drop_index(self, draft: Draft, operation: DropIndex) -> Draft:
        """Drop an index."""
        name = str(items.index_of(operation, self.scribe.naming_convention).name or operation.name)
        indexes = tuple(index for index in draft.indexes if fold(index.name) != fold(name))
        new = tuple(index for index in draft.new_indexes if fold(index.name) != fold(name))
        changed = len(indexes) + len(new) < len(draft.indexes) + len(draft.new_indexes)
        if not changed and not operation.if_exists:
            listed = ", ".join(index.name for index in draft.indexes) or "none"
            raise UnknownConstraint(
                f"Table {draft.table.name} has no index {name}.",
                f"its indexes: {listed}.",
                table=draft.table.name,
            )
        return dataclasses.replace(draft, indexes=indexes, new_indexes=new)

    def set_table_comment(self, draft: Draft, operation: SetTableComment) -> Draft:
        """Leave the table as it is: SQLite has no comments."""
        return draft

    # -- parts -------------------------------------------------------------------------------------

    def _with_brought(self, draft: Draft, column: str, constraint: Constraint) -> Draft:
        """Return a draft with a constraint that a new column brings along; an old primary key stays."""
        if isinstance(constraint, PrimaryKeyConstraint) and key_columns(draft.table):
            return draft
        clause = self.scribe.constraint(constraint)
        if clause is None:
            return draft
        return _with_check(draft, clause, column) if clause.kind == "CHECK" else self._with(draft, clause)

    def _with(self, draft: Draft, clause: Clause) -> Draft:
        """Return a draft with a constraint instead of the one of its name, or of the old primary key."""

        def replaced(_: ColumnText | None, other: Clause) -> bool:
            if clause.kind == "PRIMARY KEY" and other.kind == "PRIMARY KEY":
                return True
            return clause.name is not None and other.name is not None and fold(clause.name) == fold(other.name)

        return dataclasses.replace(draft, table=add_constraint(without(draft.table, replaced), clause))

    def _changed(self, column: ColumnText, operation: AlterColumn) -> ColumnText:
        default = operation.server_default
        if isinstance(default, (Computed, Identity)):
            raise NotSupported(
                f"SQLite cannot {operation.describe()}: a column stays computed, or stays as it is.",
                "add a new column with op.add_column() and drop the old one.",
            )
        if isinstance(operation.existing_server_default, Computed) and default is not UNCHANGED:
            column = without_clauses(column, "GENERATED")  # its values are kept as those of any column
        if default is None:
            column = without_clauses(column, "DEFAULT")
        elif default is not UNCHANGED:
            clause = self.scribe.default(default)
            column = column if clause is None else with_clause(column, clause)
        return column if operation.nullable is None else not_null(column, not operation.nullable)

    def _with_type(self, draft: Draft, column: ColumnText, operation: AlterColumn) -> Draft:
        type_: TypeEngine[Any] = copy_type(operation.type_ or NullType())
        new = self.scribe.type(column.name, type_)
        known = (operation.existing_type, draft.types.get(fold(column.name)))
        old = [copy_type(left) for left in known if left is not None]
        leaving = tuple(check for left in old for check in self.scribe.type_checks(column.name, left))
        coming = self.scribe.type_checks(column.name, type_)

        def of_old_type(_: ColumnText | None, clause: Clause) -> bool:
            if clause.kind != "CHECK" or not column_places(clause.expression, column.name):
                return False
            replaced = bool(coming) and not clause.name and members(clause, column.name) is not None
            return replaced or stated(clause, leaving) or guessed(clause, column, old, new)

        table = without(draft.table, of_old_type)
        table = change_column(table, column.name, lambda old_column: with_type(old_column, new))
        draft = dataclasses.replace(draft, table=table, types={**draft.types, fold(column.name): type_})
        for check in coming:
            draft = _with_check(draft, check, column.name)
        return draft

    def _renamed(self, draft: Draft, name: str, new: str) -> Draft:
        if fold(name) != fold(new) and draft.table.column(new) is not None:
            raise OperationError(
                f"Column {name} of {draft.table.name} cannot be called {new}: there is such a column.",
                f"drop or rename {new} before.",
            )
        written = self.scribe.sql.name(new)
        return dataclasses.replace(
            renamed(draft, name, new),
            table=rename_column(draft.table, name, written),
            indexes=tuple(rename_in_index(index, name, written) for index in draft.indexes),
            new_indexes=tuple(rename_in_index(index, name, written) for index in draft.new_indexes),
        )

    def _names_of(self, operation: DropConstraint) -> tuple[str, ...]:
        if not operation.name:
            raise OperationError(
                f"A constraint of table {operation.table} that is to be dropped has no name.",
                "give op.batch_alter_table() a naming_convention and drop it by the name that this gives.",
            )
        final = items.dropped_constraint(operation, self.scribe.naming_convention).name
        return tuple(dict.fromkeys((str(final or operation.name), operation.name)))

    def _no_constraint(self, draft: Draft, operation: DropConstraint) -> UnknownConstraint:
        named = [clause.name for _, clause in all_clauses(draft.table) if clause.name]
        hint = f"its constraints with a name: {', '.join(named) or 'none'}."
        if any(fold(index.name) == fold(str(operation.name)) for index in draft.indexes):
            hint = f"there is an index of that name: op.drop_index('{operation.name}')."
        return UnknownConstraint(
            f"Table {draft.table.name} has no constraint {operation.name}.", hint, table=draft.table.name
        )


def _heard(tokens: Tokens) -> tuple[str, ...]:
    """Return what a text says, whatever its spaces and the case of its words."""
    return tuple(write((token,)).strip().lower() for token in audible(tokens))


def _is(clause: Clause, _: ColumnText | None, other: Clause) -> bool:
    return other is clause


_METHODS: dict[type[Operation], Callable[[Batch, Draft, Any], Draft]] = {
    AddColumn: Batch.add_column,
    AlterColumn: Batch.alter_column,
    DropColumn: Batch.drop_column,
    AddConstraint: Batch.add_constraint,
    DropConstraint: Batch.drop_constraint,
    RenameConstraint: Batch.rename_constraint,
    CreateIndex: Batch.create_index,
    DropIndex: Batch.drop_index,
    SetTableComment: Batch.set_table_comment,
}


def _with_check(draft: Draft, check: Clause, column: str) -> Draft:
    """Return a draft with the CHECK of a column's type, instead of one by that name over the same column.

    Two columns of one Enum type have two CHECKs of one name.
    """

    def replaced(_: ColumnText | None, other: Clause) -> bool:
        return other.kind == "CHECK" and bool(other.name) and stated(other, (check,)) and over(other)

    def over(other: Clause) -> bool:
        return bool(column_places(other.expression, column))

    return dataclasses.replace(draft, table=add_constraint(without(draft.table, replaced), check))


def cleared(draft: Draft) -> Draft:
    """Return the draft without the constraints and indexes over columns that are gone."""
    table, indexes, new = draft.table, draft.indexes, draft.new_indexes
    for name in draft.missing:
        table = without_needing(table, name)
        indexes = tuple(index for index in indexes if not index_uses(index, name))
        new = tuple(index for index in new if not index_uses(index, name))
    return dataclasses.replace(draft, table=table, indexes=indexes, new_indexes=new)


def whole(draft: Draft) -> None:
    """Make sure that nothing in a draft needs a column that is gone.

    :raises RebuildRefused: a CHECK over other columns as well, or a generated column, does.
    """
    for name in draft.missing:
        for clause in checks_over(draft.table, name):
            what = "generated column" if clause.kind == "GENERATED" else f"CHECK {clause.name or ''}".strip()
            raise RebuildRefused(
                f"Column {name} of {draft.table.name} cannot be dropped, a {what} needs it: "
                f"{' '.join(write(clause.tokens).split())}.",
                "drop that in the same batch_alter_table block.",
            )
