"""`batch_alter_table`: the changes of a block to one table, carried out together at its end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal, NoReturn, TypeVar

from sqlalchemy import BindParameter, Column, Connection, Constraint, Index, Table
from sqlalchemy.schema import SchemaItem
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.elements import ColumnElement, TextClause, conv
from sqlalchemy.types import TypeEngine
from sqlalchemy.util import immutabledict

from ..context import MigrationContext, get_bind, get_context
from ..errors import OperationError
from ..operations.base import Operation, options
from ..operations.columns import AddColumn, AlterColumn, DropColumn, RenameColumn
from ..operations.constraints import (
    AddCheck,
    AddConstraint,
    AddExclude,
    AddForeignKey,
    AddPrimaryKey,
    AddUnique,
    CreateIndex,
    DropConstraint,
    DropIndex,
    RenameConstraint,
    RenameIndex,
    ValidateConstraint,
)
from ..operations.copies import copy_column, copy_items, copy_type
from ..operations.data import BulkInsert, Execute
from ..operations.executor import current_executor
from ..operations.tables import AlterTable, Recreate, SetTableComment
from . import data, running
from .arguments import (
    dialect_keywords,
    dropped_column,
    dropped_constraint,
    dropped_index,
    foreign_key_keywords,
    names,
)
from .columns import AnyType

_Result = TypeVar("_Result")

_COLLECTED = (
    AddColumn,
    AlterColumn,
    DropColumn,
    RenameColumn,
    AddConstraint,
    DropConstraint,
    RenameConstraint,
    ValidateConstraint,
    CreateIndex,
    DropIndex,
    RenameIndex,
    SetTableComment,
)


@contextmanager
def batch_alter_table(
    table_name: str,
    schema: str | None = None,
    recreate: Recreate = "auto",
    partial_reordering: Sequence[Sequence[str]] | None = None,
    copy_from: Table | None = None,
    table_args: Sequence[SchemaItem] = (),
    table_kwargs: Mapping[str, Any] = immutabledict(),
    reflect_args: Sequence[SchemaItem] = (),
    reflect_kwargs: Mapping[str, Any] = immutabledict(),
    naming_convention: Mapping[str, Any] | None = None,
) -> Iterator[BatchOperations]:
    """Collect the changes of a block to one table, and carry them out together when it ends without an error.

    SQLite may rebuild the table for them, once; other databases alter it.

    :param recreate: whether SQLite rebuilds: `auto` where it must, `always`, `never`.
    :param partial_reordering: groups of column names in the order that the rebuilt table is to have.
    :param copy_from: the table as it is now, instead of looking it up in the database.
    :param table_args: further constraints and indexes of the rebuilt table.
    :param table_kwargs: further keyword arguments of `sqlalchemy.Table` for the rebuilt table.
    :param reflect_args: columns that replace the ones found in the database.
    :param reflect_kwargs: `listeners`, for looking the table up.
    :param naming_convention: names by which constraints without a name in the database can be dropped.
    """
    batch = BatchOperations(table_name, schema)
    yield batch
    operation = AlterTable(
        table_name,
        tuple(batch.operations),
        schema,
        recreate,
        tuple(tuple(group) for group in partial_reordering or ()),
        copy_from,
        copy_items(table_args),
        options(table_kwargs),
        copy_items(reflect_args),
        options(reflect_kwargs),
        None if naming_convention is None else dict(naming_convention),
    )
    current_executor().invoke(operation)


class BatchOperations:
    """The directives inside a `batch_alter_table` block: those of `op`, without the table and its schema."""

    def __init__(self, table_name: str, schema: str | None = None) -> None:
        self.table_name = table_name
        self.schema = schema
        self.operations: list[Operation] = []

    # -- columns -----------------------------------------------------------------------------------

    def add_column(
        self,
        column: Column[Any],
        *,
        insert_before: str | None = None,
        insert_after: str | None = None,
        if_not_exists: bool | None = None,
        inline_references: bool | None = None,
        inline_primary_key: bool | None = None,
    ) -> None:
        """Add a column, at the end or beside the column that `insert_before` or `insert_after` names."""
        operation = AddColumn(
            self.table_name,
            copy_column(column),
            self.schema,
            if_not_exists,
            inline_references,
            inline_primary_key,
            insert_before,
            insert_after,
        )
        self.invoke(operation)

    def alter_column(
        self,
        column_name: str,
        *,
        nullable: bool | None = None,
        comment: str | Literal[False] | None = False,
        server_default: Any = False,
        new_column_name: str | None = None,
        type_: AnyType | None = None,
        existing_type: AnyType | None = None,
        existing_server_default: Any = False,
        existing_nullable: bool | None = None,
        existing_comment: str | None = None,
        insert_before: str | None = None,
        insert_after: str | None = None,
        autoincrement: bool | Literal["auto", "ignore_fk"] | None = None,
        existing_autoincrement: bool | Literal["auto", "ignore_fk"] | None = None,
        **kw: Any,
    ) -> None:
        """Change a column, as `op.alter_column` does, or put it beside another one."""
        operation = AlterColumn(
            self.table_name,
            column_name,
            schema=self.schema,
            nullable=nullable,
            server_default=server_default,
            comment=comment,
            new_name=new_column_name,
            type_=None if type_ is None else copy_type(type_),
            autoincrement=autoincrement,
            existing_type=None if existing_type is None else copy_type(existing_type),
            existing_server_default=existing_server_default,
            existing_nullable=existing_nullable,
            existing_comment=existing_comment,
            existing_autoincrement=existing_autoincrement,
            insert_before=insert_before,
            insert_after=insert_after,
            options=options(dialect_keywords(kw, "alter_column")),
        )
        self.invoke(operation)

    def drop_column(
        self, column_name: str, *, if_exists: bool | None = None, existing: Column[Any] | None = None, **kw: Any
    ) -> None:
        """Drop a column, and on a rebuild the constraints that it was in."""
        dropped = dropped_column(column_name, existing)
        self.invoke(DropColumn(self.table_name, dropped, self.schema, if_exists, options(kw)))

    def rename_column(self, column_name: str, new_column_name: str) -> None:
        """Rename a column."""
        self.invoke(RenameColumn(self.table_name, column_name, new_column_name, self.schema))

    # -- constraints, indexes, comment -------------------------------------------------------------

    def create_primary_key(self, constraint_name: str | None, columns: Sequence[str]) -> None:
        """Add a primary key."""
        self.invoke(AddPrimaryKey(constraint_name, self.table_name, names(columns), self.schema))

    def create_foreign_key(
        self,
        constraint_name: str | None,
        referent_table: str,
        local_cols: Sequence[str],
        remote_cols: Sequence[str],
        *,
        referent_schema: str | None = None,
        onupdate: str | None = None,
        ondelete: str | None = None,
        deferrable: bool | None = None,
        initially: str | None = None,
        match: str | None = None,
        **dialect_kw: Any,
    ) -> None:
        """Add a foreign key to `remote_cols` of `referent_table`."""
        keywords = foreign_key_keywords(
            dialect_kw,
            onupdate=onupdate,
            ondelete=ondelete,
            deferrable=deferrable,
            initially=initially,
            match=match,
        )
        operation = AddForeignKey(
            constraint_name,
            self.table_name,
            referent_table,
            names(local_cols),
            names(remote_cols),
            self.schema,
            referent_schema,
            options(keywords),
        )
        self.invoke(operation)

    def create_unique_constraint(self, constraint_name: str | None, columns: Sequence[str], **kw: Any) -> None:
        """Add a unique constraint."""
        self.invoke(AddUnique(constraint_name, self.table_name, names(columns), self.schema, options(kw)))

    def create_check_constraint(
        self, constraint_name: str | None, condition: str | ColumnElement[bool] | TextClause, **kw: Any
    ) -> None:
        """Add a CHECK constraint."""
        self.invoke(AddCheck(constraint_name, self.table_name, condition, self.schema, options(kw)))

    def create_exclude_constraint(self, constraint_name: str | None, *elements: tuple[Any, str], **kw: Any) -> None:
        """Add an EXCLUDE constraint, on PostgreSQL."""
        self.invoke(AddExclude(constraint_name, self.table_name, elements, self.schema, options(kw)))

    def drop_constraint(
        self, constraint_name: str | None, type_: str | None = None, *, existing: Constraint | None = None
    ) -> None:
        """Drop a constraint; `type_` and `existing` as for `op.drop_constraint`."""
        kept = dropped_constraint(existing, constraint_name, self.table_name, self.schema)
        self.invoke(DropConstraint(constraint_name, self.table_name, type_, self.schema, existing=kept))

    def rename_constraint(self, constraint_name: str, new_constraint_name: str, type_: str | None = None) -> None:
        """Rename a constraint."""
        self.invoke(RenameConstraint(constraint_name, new_constraint_name, self.table_name, type_, self.schema))

    def validate_constraint(self, constraint_name: str) -> None:
        """Check the rows that were there when a constraint was added as not valid."""
        self.invoke(ValidateConstraint(constraint_name, self.table_name, self.schema))

    def create_index(
        self,
        index_name: str | None,
        columns: Sequence[str | TextClause | ColumnElement[Any]],
        *,
        unique: bool = False,
        if_not_exists: bool | None = None,
        **kw: Any,
    ) -> None:
        """Create an index."""
        operation = CreateIndex(
            index_name,
            self.table_name,
            names(columns),
            self.schema,
            bool(unique),
            if_not_exists,
            options(kw),
        )
        self.invoke(operation)

    def drop_index(
        self, index_name: str, *, if_exists: bool | None = None, existing: Index | None = None, **kw: Any
    ) -> None:
        """Drop an index."""
        kept = dropped_index(existing, index_name, self.table_name, self.schema)
        self.invoke(DropIndex(index_name, self.table_name, self.schema, if_exists, options(kw), kept))

    def rename_index(self, index_name: str, new_index_name: str) -> None:
        """Rename an index."""
        self.invoke(RenameIndex(index_name, new_index_name, self.table_name, self.schema))

    def create_table_comment(self, comment: str | None, *, existing_comment: str | None = None) -> None:
        """Set the table's comment."""
        self.invoke(SetTableComment(self.table_name, comment, existing_comment, self.schema))

    def drop_table_comment(self, *, existing_comment: str | None = None) -> None:
        """Drop the table's comment."""
        self.invoke(SetTableComment(self.table_name, None, existing_comment, self.schema))

    # -- what is not collected ---------------------------------------------------------------------

    def invoke(self, operation: Operation) -> Any:
        """Collect an operation on this table; carry out at once one that sends statements or rows.

        :raises OperationError: it is neither.
        """
        if isinstance(operation, (Execute, BulkInsert)):
            return current_executor().invoke(operation)
        if not isinstance(operation, _COLLECTED):
            raise OperationError(
                f"Cannot {operation.describe()} inside batch_alter_table({self.table_name!r}).",
                "write it before or after the block, with op instead of the batch.",
            )
        self.operations.append(operation)
        return None

    def execute(self, sqltext: str | Executable, *, execution_options: Mapping[str, Any] | None = None) -> None:
        """Send one statement at once, before the changes of the block."""
        data.execute(sqltext, execution_options=execution_options)

    def get_bind(self) -> Connection:
        """Return the connection of the running step."""
        return get_bind()

    def get_context(self) -> MigrationContext:
        """Return the run that the script is part of."""
        return get_context()

    @property
    def migration_context(self) -> MigrationContext:
        """The run that the script is part of."""
        return get_context()

    def f(self, name: str) -> conv:
        """Return a name that is final: no naming convention is applied to it."""
        return running.f(name)

    def inline_literal(
        self, value: Any, type_: TypeEngine[Any] | type[TypeEngine[Any]] | None = None
    ) -> BindParameter[Any]:
        """Return an expression that is written into the statement as a literal."""
        return data.inline_literal(value, type_)

    def run_async(self, async_function: Callable[..., Awaitable[_Result]], *args: Any, **kw_args: Any) -> _Result:
        """Return what a coroutine function returns that is called with the step's connection."""
        return running.run_async(async_function, *args, **kw_args)

    def create_table(self, *args: Any, **kw: Any) -> NoReturn:
        """Fail: the block is about a table that exists."""
        raise self._other_table("create_table")

    def drop_table(self, *args: Any, **kw: Any) -> NoReturn:
        """Fail: the block is about a table that stays."""
        raise self._other_table("drop_table")

    def _other_table(self, directive: str) -> OperationError:
        return OperationError(
            f"{directive} does not change the table {self.table_name}: it has no place in a batch block.",
            f"write op.{directive}(...) before or after the block.",
        )
