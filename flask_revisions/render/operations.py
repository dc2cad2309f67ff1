"""Operations -> calls of `op`, in lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import Dialect

from ..operations import columns, constraints, data, enums, objects, tables
from ..operations.base import Operation
from ..operations.columns import UNCHANGED
from ..operations.types import NamedType
from .items import ItemSource, RenderItem
from .layout import Group, Node, call, flat, lines, literal
from .types import TypeSource

Note = Callable[[Operation], "str | None"]
"""An operation -> the comment that stands above it."""


@dataclass(frozen=True)
class Style:
    """How a project wants its scripts.

    :param op: the prefix of directives.
    :param sa: the prefix of SQLAlchemy's names.
    :param user: the prefix of the project's own types; None writes and imports their modules.
    :param render_item: a function of the project that writes items itself.
    :param keep_existing: drops that have no name say what they drop; Alembic has no such keyword.
    """

    op: str = "op."
    sa: str = "sa."
    user: str | None = None
    render_item: RenderItem = None
    keep_existing: bool = True


@dataclass(frozen=True)
class Source:
    """The bodies of `upgrade()` and `downgrade()`, not indented, and the imports that they need."""

    upgrade: str
    downgrade: str
    imports: tuple[str, ...] = ()
    remarks: tuple[str, ...] = field(default=())


def render(
    upgrade: Iterable[Operation],
    downgrade: Iterable[Operation],
    *,
    dialect: Dialect,
    style: Style | None = None,
    note: Note = lambda operation: None,
    imports: set[str] | None = None,
) -> Source:
    """Return the source of a revision.

    :param note: gives the comments that stand above operations.
    :param imports: further ones; what the project's function adds is added to it.
    """
    style = style or Style()
    found = set() if imports is None else imports
    types = TypeSource(dialect, found, sa=style.sa, user_prefix=style.user)
    items = ItemSource(dialect, types, op=style.op, sa=style.sa, item=style.render_item)
    written = [_Writer(items, style, note).body(each) for each in (tuple(upgrade), tuple(downgrade))]
    return Source(written[0], written[1], tuple(sorted(found)), tuple(dict.fromkeys(types.remarks)))


_INDENT = 4  # of a function's body


class _Writer:
    def __init__(self, items: ItemSource, style: Style, note: Note) -> None:
        self._items = items
        self._style = style
        self._note = note

    def body(self, operations: tuple[Operation, ...]) -> str:
        found: list[str] = []
        for operation in operations:
            if found and isinstance(operation, tables.AlterTable) and found[-1]:
                found.append("")
            found += self._operation(operation, _INDENT, None)
            if isinstance(operation, tables.AlterTable):
                found.append("")
        while found and not found[-1]:
            found.pop()
        return "\n".join(line[_INDENT:] for line in found)

    def _operation(self, operation: Operation, indent: int, batch: str | None) -> list[str]:
        margin = " " * indent
        noted = self._note(operation)
        remarks = len(self._items.types.remarks)
        if isinstance(operation, tables.AlterTable):
            made = self._batch(operation, indent)
        else:
            node = _CALLS[type(operation)](_Call(self._items, self._style, batch), operation)
            made = lines(node, indent)
        comments = [*([noted] if noted else []), *self._items.types.remarks[remarks:]]
        if isinstance(operation, tables.AlterTable):
            comments = []
        return [*(f"{margin}# {comment}" for comment in comments), *made]

    def _batch(self, operation: tables.AlterTable, indent: int) -> list[str]:
        arguments = [literal(operation.name), f"schema={literal(operation.schema)}"]
        if operation.recreate != "auto":
            arguments.append(f"recreate={literal(operation.recreate)}")
        first = f"{' ' * indent}with {self._style.op}batch_alter_table({', '.join(arguments)}) as batch_op:"
        inner = [line for each in operation.operations for line in self._operation(each, indent + 4, "batch_op.")]
        return [first, *(inner or [f"{' ' * indent}    pass"])]


class _Call:
    """Writes one operation, on its own or in a batch."""

    def __init__(self, items: ItemSource, style: Style, batch: str | None) -> None:
        self._items = items
        self._style = style
        self._batch = batch

    def _directive(self, name: str, *arguments: Node, table: str | None = None, named: dict[str, Node]) -> Group:
        """Return a call; `table` stands behind the first argument, or first where there is no other."""
        given = list(arguments)
        if self._batch is None and table is not None:
            given.insert(1 if name in _NAME_FIRST else 0, literal(table))
        keywords = {key: value for key, value in named.items() if key != "schema" or self._batch is None}
        return call(f"{self._batch or self._style.op}{name}", *given, named=keywords)

    # -- tables ---------------------------------------------------------------------------------------

    def create_table(self, operation: tables.CreateTable) -> Group:
        made = [self._items.item(each) for each in operation.items]
        items: list[Node] = [each for each in made if each is not None]
        keywords: dict[str, Node] = {key: self._items.value(value) for key, value in operation.options}
        if operation.schema:
            keywords = {"schema": literal(operation.schema), **keywords}
        if operation.if_not_exists:
            keywords["if_not_exists"] = "True"
        return call(f"{self._style.op}create_table", literal(operation.name), *items, exploded=True, named=keywords)

    def drop_table(self, operation: tables.DropTable) -> Group:
        return self._directive(
            "drop_table", literal(operation.name), named={**_schema(operation), **_if_exists(operation)}
        )

    def rename_table(self, operation: tables.RenameTable) -> Group:
        names = (literal(operation.name), literal(operation.new_name))
        return self._directive("rename_table", *names, named=_schema(operation))

    def comment(self, operation: tables.SetTableComment) -> Group:
        name = "drop_table_comment" if operation.comment is None else "create_table_comment"
        arguments: list[Node] = [] if operation.comment is None else [literal(operation.comment)]
        existing: dict[str, Node] = {"existing_comment": literal(operation.existing_comment)}
        return self._directive(name, *arguments, table=operation.name, named={**existing, **_schema(operation)})

    # -- columns --------------------------------------------------------------------------------------

    def add_column(self, operation: columns.AddColumn) -> Group:
        column = self._items.column(operation.column)
        more: dict[str, Node] = {"if_not_exists": "True"} if operation.if_not_exists else {}
        return self._directive(
            "add_column", column or "None", table=operation.table, named={**_schema(operation), **more}
        )

    def drop_column(self, operation: columns.DropColumn) -> Group:
        more = {**_schema(operation), **_if_exists(operation), **self._options(operation.options)}
        return self._directive("drop_column", literal(operation.name), table=operation.table, named=more)

    def alter_column(self, operation: columns.AlterColumn) -> Group:
        keywords: dict[str, Node] = {**self._types(operation), **self._changes(operation)}
        if operation.existing_comment is not None:
            keywords["existing_comment"] = literal(operation.existing_comment)
        if operation.existing_nullable is not None and operation.nullable is None:
            keywords["existing_nullable"] = literal(operation.existing_nullable)
        if operation.autoincrement is not None:
            keywords["autoincrement"] = literal(operation.autoincrement)
        elif operation.existing_autoincrement is not None:
            keywords["existing_autoincrement"] = literal(operation.existing_autoincrement)
        existing = operation.existing_server_default
        if existing is not UNCHANGED and (operation.server_default is UNCHANGED or _is_generated(operation)):
            keywords["existing_server_default"] = self._items.default(existing, operation.existing_type)
        keywords |= {**_schema(operation), **self._options(operation.options)}
        return self._directive("alter_column", literal(operation.column), table=operation.table, named=keywords)

    def _types(self, operation: columns.AlterColumn) -> dict[str, Node]:
        keywords: dict[str, Node] = {}
        if operation.existing_type is not None:
            keywords["existing_type"] = self._items.type(operation.existing_type)
        if operation.server_default is not UNCHANGED:
            keywords["server_default"] = self._items.default(
                operation.server_default, operation.type_ or operation.existing_type
            )
        if operation.type_ is not None:
            keywords["type_"] = self._items.type(operation.type_)
        return keywords

    def _changes(self, operation: columns.AlterColumn) -> dict[str, Node]:
        keywords: dict[str, Node] = {}
        if operation.new_name is not None:
            keywords["new_column_name"] = literal(operation.new_name)
        if operation.nullable is not None:
            keywords["nullable"] = literal(operation.nullable)
        if operation.comment is not UNCHANGED:
            keywords["comment"] = literal(operation.comment)
        return keywords

    # -- constraints ----------------------------------------------------------------------------------

    def foreign_key(self, operation: constraints.AddForeignKey) -> Group:
        keywords: dict[str, Node] = {}
        if operation.schema and self._batch is None:
            keywords["source_schema"] = literal(operation.schema)
        if operation.referred_schema:
            keywords["referent_schema"] = literal(operation.referred_schema)
        keywords |= self._options(operation.options)
        columns = (self._items.names(operation.columns), self._items.names(operation.referred_columns))
        name, referred = self._items.name(operation.name), literal(operation.referred_table)
        return self._directive("create_foreign_key", name, referred, *columns, table=operation.table, named=keywords)

    def unique(self, operation: constraints.AddUnique | constraints.AddPrimaryKey) -> Group:
        directive = "create_unique_constraint" if operation.kind == "unique" else "create_primary_key"
        keywords = {**_schema(operation), **self._options(operation.options)}
        name, columns = self._items.name(operation.name), self._items.names(operation.columns)
        return self._directive(directive, name, columns, table=operation.table, named=keywords)

    def check(self, operation: constraints.AddCheck) -> Group:
        keywords = {**_schema(operation), **self._options(operation.options)}
        name, condition = self._items.name(operation.name), self._items.condition(operation.condition)
        return self._directive("create_check_constraint", name, condition, table=operation.table, named=keywords)

    def exclude(self, operation: constraints.AddExclude) -> Group:
        keywords = {**_schema(operation), **self._options(operation.options)}
        pairs = [self._items.pair(expression, operator) for expression, operator in operation.elements]
        name = self._items.name(operation.name)
        return self._directive("create_exclude_constraint", name, *pairs, table=operation.table, named=keywords)

    def drop_constraint(self, operation: constraints.DropConstraint) -> Group:
        keywords: dict[str, Node] = {} if operation.kind is None else {"type_": literal(operation.kind)}
        keywords |= {**_schema(operation), **_if_exists(operation)}
        if operation.name is None and operation.existing is not None and self._style.keep_existing:
            existing = _existing(self._items, operation.existing)
            if existing is not None:
                keywords["existing"] = existing
        return self._directive(
            "drop_constraint", self._items.name(operation.name), table=operation.table, named=keywords
        )

    # -- indexes --------------------------------------------------------------------------------------

    def create_index(self, operation: constraints.CreateIndex) -> Group:
        elements = Group("[", tuple(map(self._items.element, operation.columns)), "]")
        keywords: dict[str, Node] = {**_schema(operation), "unique": literal(operation.unique)}
        if operation.if_not_exists:
            keywords["if_not_exists"] = "True"
        keywords |= self._options(operation.options)
        name = self._items.name(operation.name)
        return self._directive("create_index", name, elements, table=operation.table, named=keywords)

    def drop_index(self, operation: constraints.DropIndex) -> Group:
        keywords: dict[str, Node] = {}
        if self._batch is None and operation.table is not None:
            keywords["table_name"] = literal(operation.table)
        keywords |= {**_schema(operation), **_if_exists(operation), **self._options(operation.options)}
        return self._directive("drop_index", self._items.name(operation.name), named=keywords)

    def rename_index(self, operation: constraints.RenameIndex) -> Group:
        names = (literal(operation.name), literal(operation.new_name))
        table: list[Node] = [] if self._batch else [literal(operation.table)]
        return self._directive("rename_index", *names, *table, named=_schema(operation))

    def rename_constraint(self, operation: constraints.RenameConstraint) -> Group:
        names = (literal(operation.name), literal(operation.new_name))
        table: list[Node] = [] if self._batch else [literal(operation.table)]
        kind: list[Node] = [] if operation.kind is None else [literal(operation.kind)]
        return self._directive("rename_constraint", *names, *table, *kind, named=_schema(operation))

    # -- what is beside tables ------------------------------------------------------------------------

    def create_schema(self, operation: objects.CreateSchema) -> Group:
        return self._directive("create_schema", literal(operation.name), named={})

    def drop_schema(self, operation: objects.DropSchema) -> Group:
        return self._directive("drop_schema", literal(operation.name), named=_if_exists(operation))

    def create_enum(self, operation: enums.CreateEnum) -> Group:
        values = self._names(operation.values)
        return self._directive("create_enum", literal(operation.name), values, named=_schema(operation))

    def drop_enum(self, operation: enums.DropEnum) -> Group:
        existing: dict[str, Node] = {} if operation.existing is None else {"existing": self._names(operation.existing)}
        more = {**_schema(operation), **_if_exists(operation), **existing}
        return self._directive("drop_enum", literal(operation.name), named=more)

    def add_enum_value(self, operation: enums.AddEnumValue) -> Group:
        near: dict[str, Node] = {
            key: literal(value) for key in ("before", "after") if (value := getattr(operation, key)) is not None
        }
        names = (literal(operation.name), literal(operation.value))
        return self._directive("add_enum_value", *names, named={**near, **_schema(operation)})

    def drop_enum_value(self, operation: enums.DropEnumValue) -> Group:
        names = (literal(operation.name), literal(operation.value))
        return self._directive("drop_enum_value", *names, named=_schema(operation))

    def rename_enum_value(self, operation: enums.RenameEnumValue) -> Group:
        names = (literal(operation.name), literal(operation.value), literal(operation.new_value))
        return self._directive("rename_enum_value", *names, named=_schema(operation))

    def alter_enum(self, operation: enums.AlterEnum) -> Group:
        existing: dict[str, Node] = {}
        if operation.existing is not None:
            existing["existing_values"] = self._names(operation.existing)
        values = self._names(operation.values or ())
        return self._directive("alter_enum", literal(operation.name), values, named={**existing, **_schema(operation)})

    def _names(self, given: Iterable[str]) -> Group:
        return self._items.names(given)

    def create_sequence(self, operation: objects.CreateSequence) -> Group:
        keywords = {**_schema(operation), **_counting(operation.counting)}
        return self._directive("create_sequence", literal(operation.name), named=keywords)

    def alter_sequence(self, operation: objects.AlterSequence) -> Group:
        keywords = {**_schema(operation), **_counting(operation.counting)}
        return self._directive("alter_sequence", literal(operation.name), named=keywords)

    def drop_sequence(self, operation: objects.DropSequence) -> Group:
        keywords = {**_schema(operation), **_if_exists(operation)}
        if operation.existing is not None:
            counting = call(f"{self._items.sa}Sequence", literal(operation.name), named=_counting(operation.existing))
            keywords["existing"] = counting
        return self._directive("drop_sequence", literal(operation.name), named=keywords)

    # -- data -----------------------------------------------------------------------------------------

    def execute(self, operation: data.Execute) -> Group:
        statement = operation.statement if isinstance(operation.statement, str) else str(operation.statement)
        return call(f"{self._style.op}execute", literal(statement))

    def named_type(self, operation: NamedType) -> Group:
        made = flat(self._items.types.source(operation.type_))
        method = "create" if operation.create else "drop"
        return call(f"{made}.{method}", f"{self._style.op}get_bind()", named={"checkfirst": "False"})

    def _options(self, given: Iterable[tuple[str, Any]]) -> dict[str, Node]:
        return {key: self._items.value(value) for key, value in given}


_NAME_FIRST = frozenset(
    {
        "create_foreign_key",
        "create_unique_constraint",
        "create_primary_key",
        "create_check_constraint",
        "create_exclude_constraint",
        "drop_constraint",
        "create_index",
    }
)

_CALLS: dict[type, Callable[[_Call, Any], Group]] = {
    tables.CreateTable: _Call.create_table,
    tables.DropTable: _Call.drop_table,
    tables.RenameTable: _Call.rename_table,
    tables.SetTableComment: _Call.comment,
    columns.AddColumn: _Call.add_column,
    columns.DropColumn: _Call.drop_column,
    columns.AlterColumn: _Call.alter_column,
    constraints.AddForeignKey: _Call.foreign_key,
    constraints.AddUnique: _Call.unique,
    constraints.AddPrimaryKey: _Call.unique,
    constraints.AddCheck: _Call.check,
    constraints.AddExclude: _Call.exclude,
    constraints.DropConstraint: _Call.drop_constraint,
    constraints.CreateIndex: _Call.create_index,
    constraints.DropIndex: _Call.drop_index,
    constraints.RenameIndex: _Call.rename_index,
    constraints.RenameConstraint: _Call.rename_constraint,
    objects.CreateSchema: _Call.create_schema,
    objects.DropSchema: _Call.drop_schema,
    enums.CreateEnum: _Call.create_enum,
    enums.DropEnum: _Call.drop_enum,
    enums.AddEnumValue: _Call.add_enum_value,
    enums.DropEnumValue: _Call.drop_enum_value,
    enums.RenameEnumValue: _Call.rename_enum_value,
    enums.AlterEnum: _Call.alter_enum,
    objects.CreateSequence: _Call.create_sequence,
    objects.AlterSequence: _Call.alter_sequence,
    objects.DropSequence: _Call.drop_sequence,
    data.Execute: _Call.execute,
    NamedType: _Call.named_type,
}


def _schema(operation: Any) -> dict[str, Node]:
    return {"schema": literal(operation.schema)} if operation.schema else {}


def _counting(counting: objects.SequenceOptions) -> dict[str, Node]:
    return {name: literal(getattr(counting, name)) for name in counting.given()}


def _if_exists(operation: Any) -> dict[str, Node]:
    return {"if_exists": "True"} if operation.if_exists else {}


def _is_generated(operation: columns.AlterColumn) -> bool:
    kinds = (type(operation.server_default).__name__, type(operation.existing_server_default).__name__)
    return bool({"Computed", "Identity"} & {*kinds})


def _existing(items: ItemSource, existing: constraints.AddConstraint) -> str | Group | None:
    """Return what an unnamed constraint is, as `existing=`."""
    sa = items.sa
    if isinstance(existing, constraints.AddForeignKey):
        target = ".".join(each for each in (existing.referred_schema, existing.referred_table) if each)
        columns = [f"{target}.{column}" for column in existing.referred_columns]
        more: dict[str, Node] = {key: items.value(value) for key, value in existing.options}
        return call(f"{sa}ForeignKeyConstraint", items.names(existing.columns), items.names(columns), named=more)
    if isinstance(existing, constraints.AddUnique):
        return call(f"{sa}UniqueConstraint", *map(literal, existing.columns))
    if isinstance(existing, constraints.AddPrimaryKey):
        return call(f"{sa}PrimaryKeyConstraint", *map(literal, existing.columns))
    if isinstance(existing, constraints.AddCheck):
        return call(f"{sa}CheckConstraint", items.condition(existing.condition))
    return None
