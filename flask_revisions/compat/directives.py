"""What `process_revision_directives` and a `Rewriter` are given: our operations under Alembic's names.

https://alembic.sqlalchemy.org/en/latest/api/autogenerate.html#customizing-revision
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache, partial
from operator import is_
from typing import Any

from .. import op
from ..operations import columns, constraints, data, tables
from ..operations.base import Operation, options
from ..operations.executor import executing
from ..operations.tables import AlterTable
from ..runner.executors import CollectingExecutor
from .refusals import NotCarried

_NAMES: dict[type[Operation], tuple[str, dict[str, str]]] = {
    tables.CreateTable: ("CreateTableOp", {"table_name": "name", "columns": "items"}),
    tables.DropTable: ("DropTableOp", {"table_name": "name"}),
    tables.RenameTable: ("RenameTableOp", {"table_name": "name", "new_table_name": "new_name"}),
    tables.SetTableComment: ("CreateTableCommentOp", {"table_name": "name"}),
    columns.AddColumn: ("AddColumnOp", {"table_name": "table"}),
    columns.DropColumn: ("DropColumnOp", {"table_name": "table", "column_name": "column"}),
    columns.AlterColumn: (
        "AlterColumnOp",
        {
            "table_name": "table",
            "column_name": "column",
            "modify_nullable": "nullable",
            "modify_server_default": "server_default",
            "modify_comment": "comment",
            "modify_name": "new_name",
            "modify_type": "type_",
        },
    ),
    constraints.AddForeignKey: (
        "CreateForeignKeyOp",
        {
            "constraint_name": "name",
            "source_table": "table",
            "referent_table": "referred_table",
            "local_cols": "columns",
            "remote_cols": "referred_columns",
        },
    ),
    constraints.AddUnique: ("CreateUniqueConstraintOp", {"constraint_name": "name", "table_name": "table"}),
    constraints.AddPrimaryKey: ("CreatePrimaryKeyOp", {"constraint_name": "name", "table_name": "table"}),
    constraints.AddCheck: ("CreateCheckConstraintOp", {"constraint_name": "name", "table_name": "table"}),
    constraints.AddExclude: ("CreateExcludeConstraintOp", {"constraint_name": "name", "table_name": "table"}),
    constraints.DropConstraint: (
        "DropConstraintOp",
        {"constraint_name": "name", "table_name": "table", "constraint_type": "kind"},
    ),
    constraints.CreateIndex: ("CreateIndexOp", {"index_name": "name", "table_name": "table"}),
    constraints.DropIndex: ("DropIndexOp", {"index_name": "name", "table_name": "table"}),
    data.Execute: ("ExecuteSQLOp", {"sqltext": "statement"}),
}


def _alembics(name: str) -> Any:
    """Return a class of the real Alembic; None where that is not loaded, so that nobody can ask for it."""
    return getattr(sys.modules.get("alembic.operations.ops"), name, None)


@cache
def _joined(ours: Any, theirs: Any) -> Any:
    return type(ours.__name__, (ours, theirs), {"__module__": ours.__module__})


class _Answering:
    """Is of the class of Alembic that it stands for, too, where that is loaded: hooks and its Rewriter look for it."""

    alembic_name = ""

    def __new__(cls, *arguments: Any, **keywords: Any) -> Any:
        theirs = _alembics(cls._stands_for(*arguments))
        return object.__new__(cls if theirs is None else _joined(cls, theirs))  # type: ignore[arg-type]

    @classmethod
    def _stands_for(cls, *arguments: Any) -> str:
        return cls.alembic_name


class Directive(_Answering):
    """One operation; its attributes have Alembic's names, and can be set."""

    @classmethod
    def _stands_for(cls, *arguments: Any) -> str:
        return _NAMES.get(type(arguments[0]), ("MigrateOperation", {}))[0]

    def __init__(self, operation: Operation) -> None:
        self.alembic_name, named = _NAMES.get(type(operation), ("MigrateOperation", {}))
        ours: set[str] = {each.name for each in fields(operation)} if is_dataclass(operation) else set()
        self._attributes = {**{each: each for each in ours - {*named.values(), "options"}}, **named}
        self._operation = operation
        for attribute, name in self._attributes.items():
            value = getattr(operation, name)
            setattr(self, attribute, list(value) if name == "items" else value)
        self.kw = dict(getattr(operation, "options", ()))

    def operation(self) -> Operation:
        """Return the operation, as it was or as it was changed."""
        changed: dict[str, Any] = {}
        for attribute, name in self._attributes.items():
            before, now = getattr(self._operation, name), getattr(self, attribute)
            now = tuple(now) if isinstance(before, tuple) and isinstance(now, list) else now
            is_same = now is before or (
                isinstance(now, tuple) and len(now) == len(before) and all(map(is_, now, before))
            )
            if not is_same:
                changed[name] = now
        if self.kw != dict(getattr(self._operation, "options", ())):
            changed["options"] = options(self.kw)
        return replace(self._operation, **changed) if changed else self._operation  # type: ignore[type-var]

    def __repr__(self) -> str:
        return f"<{self.alembic_name}: {self._operation.describe()}>"


class Container(_Answering):
    """Several operations: those of one table, or all of one direction.

    :param ops: may be changed.
    """

    alembic_name = "OpContainer"

    def __init__(self, ops: Iterable[Any] = ()) -> None:
        self.ops = list(ops)

    def is_empty(self) -> bool:
        """Return True if there is nothing to do."""
        return all(hasattr(each, "is_empty") and each.is_empty() for each in self.ops)


class ModifyTableOps(Container):
    """Operations on one table."""

    alembic_name = "ModifyTableOps"

    def __init__(self, table_name: str, ops: Iterable[Any], *, schema: str | None = None) -> None:
        super().__init__(ops)
        self.table_name = table_name
        self.schema = schema


class UpgradeOps(Container):
    """What `upgrade()` does."""

    alembic_name = "UpgradeOps"
    upgrade_token = "upgrades"


class DowngradeOps(Container):
    """What `downgrade()` does."""

    alembic_name = "DowngradeOps"
    downgrade_token = "downgrades"


class MigrationScript(_Answering):
    """A revision that is about to be written; its attributes can be set.

    :param imports: further lines, such as `import my_types`.
    """

    alembic_name = "MigrationScript"

    def __init__(self, rev_id: str, message: str, upgrade_ops: UpgradeOps, downgrade_ops: DowngradeOps) -> None:
        self.rev_id = rev_id
        self.message = message
        self._upgrade_ops = upgrade_ops
        self._downgrade_ops = downgrade_ops
        self.head: str | None = None
        self.splice: bool | None = None
        self.branch_label: Any = None
        self.version_path: str | None = None
        self.depends_on: Any = None
        self.imports: set[str] = set()

    @property
    def upgrade_ops(self) -> Any:
        """What `upgrade()` does; it can be set, to a list of one as well."""
        return self._upgrade_ops

    @upgrade_ops.setter
    def upgrade_ops(self, given: Any) -> None:
        self._upgrade_ops = _one(given)

    @property
    def downgrade_ops(self) -> Any:
        """What `downgrade()` does."""
        return self._downgrade_ops

    @downgrade_ops.setter
    def downgrade_ops(self, given: Any) -> None:
        self._downgrade_ops = _one(given)

    @property
    def upgrade_ops_list(self) -> list[Any]:
        """What `upgrade()` does, in a list of one."""
        return [self.upgrade_ops]

    @property
    def downgrade_ops_list(self) -> list[Any]:
        """What `downgrade()` does, in a list of one."""
        return [self.downgrade_ops]


def _one(given: Any) -> Any:
    if not isinstance(given, (list, tuple)):
        return given
    [found] = given
    return found


def wrapped(operations: Iterable[Operation]) -> Iterator[Any]:
    """Give operations as hooks know them."""
    for each in operations:
        if isinstance(each, AlterTable):
            yield ModifyTableOps(each.name, wrapped(each.operations), schema=each.schema)
        else:
            yield Directive(each)


def unwrapped(items: Iterable[Any], collecting: CollectingExecutor) -> Iterator[Operation]:
    """Give what hooks have left, or have put there, as operations.

    :param collecting: takes what Alembic's own objects come to.
    :raises NotCarried: there is an object that is not known.
    """
    for each in items:
        kind = type(each)
        if issubclass(kind, Operation):
            yield each
        elif issubclass(kind, Directive):
            yield each.operation()
        elif kind.__name__ == "ModifyTableOps":
            inner = tuple(unwrapped(each.ops, collecting))
            if inner:
                yield AlterTable(each.table_name, inner, each.schema)
        elif kind.__name__ in _CALLS:
            yield _collected(partial(_CALLS[kind.__name__], each), collecting)
        else:
            raise NotCarried(
                f"A hook has put a {kind.__name__} into the revision, which is not known here.",
                f"known are {', '.join(sorted(_CALLS))}, and the operations of flask_revisions.",
            )


def _collected(call: Callable[[], Any], collecting: CollectingExecutor) -> Operation:
    """Return the operation that a directive gives to the current executor."""
    with executing(collecting):
        call()
    return collecting.operations.pop()


def _if(made: Any, condition: str) -> bool | None:
    """Return whether a directive has IF EXISTS or IF NOT EXISTS, which releases before 1.12 do not know."""
    given: bool | None = getattr(made, condition, None)
    return given


def _altered(made: Any) -> Any:
    more = {
        "nullable": made.modify_nullable,
        "server_default": made.modify_server_default,
        "comment": made.modify_comment,
        "type_": made.modify_type,
        "new_column_name": made.modify_name,
        "existing_type": made.existing_type,
        "existing_server_default": made.existing_server_default,
        "existing_nullable": made.existing_nullable,
        "existing_comment": made.existing_comment,
    }
    return op.alter_column(made.table_name, made.column_name, schema=made.schema, **more, **made.kw)


_CALLS: dict[str, Callable[[Any], Any]] = {
    "ExecuteSQLOp": lambda made: op.execute(made.sqltext),
    "CreateTableOp": lambda made: op.create_table(made.table_name, *made.columns, schema=made.schema, **made.kw),
    "DropTableOp": lambda made: op.drop_table(made.table_name, schema=made.schema, if_exists=_if(made, "if_exists")),
    "RenameTableOp": lambda made: op.rename_table(made.table_name, made.new_table_name, schema=made.schema),
    "AddColumnOp": lambda made: op.add_column(
        made.table_name, made.column, schema=made.schema, if_not_exists=_if(made, "if_not_exists")
    ),
    "DropColumnOp": lambda made: op.drop_column(
        made.table_name, made.column_name, schema=made.schema, if_exists=_if(made, "if_exists"), **made.kw
    ),
    "AlterColumnOp": _altered,
    "CreateIndexOp": lambda made: op.create_index(
        made.index_name,
        made.table_name,
        made.columns,
        schema=made.schema,
        unique=made.unique,
        if_not_exists=_if(made, "if_not_exists"),
        **made.kw,
    ),
    "DropIndexOp": lambda made: op.drop_index(
        made.index_name, made.table_name, schema=made.schema, if_exists=_if(made, "if_exists"), **made.kw
    ),
    "CreateUniqueConstraintOp": lambda made: op.create_unique_constraint(
        made.constraint_name, made.table_name, made.columns, schema=made.schema, **made.kw
    ),
    "CreateForeignKeyOp": lambda made: op.create_foreign_key(
        made.constraint_name,
        made.source_table,
        made.referent_table,
        made.local_cols,
        made.remote_cols,
        **made.kw,
    ),
    "CreateCheckConstraintOp": lambda made: op.create_check_constraint(
        made.constraint_name, made.table_name, made.condition, schema=made.schema, **made.kw
    ),
    "DropConstraintOp": lambda made: op.drop_constraint(
        made.constraint_name,
        made.table_name,
        made.constraint_type,
        schema=made.schema,
        if_exists=_if(made, "if_exists"),
    ),
}
"""Alembic's own objects, as its users make them, as calls of our directives."""


class Rewriter:
    """Hands each operation to the functions that are there for its class; without Alembic.

    `process_revision_directives=writer`. With Alembic installed its own Rewriter can be given as well.
    """

    def __init__(self) -> None:
        self._functions: list[tuple[tuple[str, ...], Callable[..., Any]]] = []
        self._next: Callable[..., Any] | None = None

    def rewrites(self, *kinds: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Return a decorator for a function of context, revision and operation, which returns what takes its place.

        :param kinds: names of Alembic's classes, such as `CreateTableOp`, or the classes.
        """
        names = tuple(each if isinstance(each, str) else each.__name__ for each in kinds)

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            self._functions.append((names, function))
            return function

        return register

    def chain(self, other: Callable[..., Any]) -> Rewriter:
        """Return this with another hook after it."""
        self._next = other
        return self

    def __call__(self, context: Any, revision: Any, directives: list[Any]) -> None:
        for script in directives:
            for ops in (script.upgrade_ops, script.downgrade_ops):
                ops.ops[:] = self._rewritten(context, revision, ops.ops)
        if self._next is not None:
            self._next(context, revision, directives)

    def _rewritten(self, context: Any, revision: Any, items: list[Any]) -> list[Any]:
        found: list[Any] = []
        for item in items:
            if issubclass(type(item), Container):
                item.ops[:] = self._rewritten(context, revision, item.ops)
            made = [item]
            for names, function in self._functions:
                if getattr(item, "alembic_name", type(item).__name__) in names:
                    result = function(context, revision, item)
                    made = list(result) if isinstance(result, (list, tuple)) else [result]
                    break
            found += made
        return found
