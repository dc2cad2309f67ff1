"""What an operation may do to a running site: destroy data, rewrite a table, keep writers waiting."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Literal

from sqlalchemy import Column
from sqlalchemy.schema import Computed, DefaultClause, Identity
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.types import String, TypeEngine

from ..operations.base import Operation
from ..operations.columns import AddColumn, AlterColumn, DropColumn
from ..operations.constraints import AddCheck, AddConstraint, AddForeignKey, CreateIndex
from ..operations.data import Execute
from ..operations.tables import AlterTable, CreateTable, DropTable, RenameTable

Mark = Literal["destructive", "rewrites the table", "blocks writers"]

DESTRUCTIVE: Mark = "destructive"
REWRITES: Mark = "rewrites the table"
BLOCKS: Mark = "blocks writers"

_DESTROYS = re.compile(
    r"\b(DROP\s+(TABLE|COLUMN|SCHEMA|DATABASE|MATERIALIZED\s+VIEW)|TRUNCATE)\b|^\s*DELETE\s+FROM\s+(?:(?!\bWHERE\b).)*$",
    re.IGNORECASE | re.DOTALL,
)
_INDEXES = re.compile(r"^\s*CREATE\s+(UNIQUE\s+)?INDEX\b(?!\s+CONCURRENTLY)", re.IGNORECASE)
_CONSTANT = re.compile(
    r"^\s*('([^']|'')*'(::[\w ]+(\(\d+\))?)?|[-+]?[\d.]+|NULL|TRUE|FALSE|CURRENT_TIMESTAMP|now\(\))\s*$", re.I
)


def marks_of(operations: Iterable[Operation], dialect: str) -> tuple[tuple[Mark, ...], ...]:
    """Return the marks of each operation; a table that was made just before has no rows and no readers.

    Rules: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES,
    https://dev.mysql.com/doc/refman/8.0/en/innodb-online-ddl-operations.html, https://www.sqlite.org/lang_altertable.html.

    :param dialect: the name of the database's dialect.
    """
    rules = _RULES.get(dialect, _generic)
    new: set[str] = set()
    found: list[tuple[Mark, ...]] = []
    for operation in operations:
        found.append(() if _table_of(operation) in new and not _destroys(operation) else _marks(operation, rules))
        if isinstance(operation, CreateTable):
            new.add(operation.name)
        elif isinstance(operation, RenameTable) and operation.name in new:
            new.add(operation.new_name)
    return tuple(found)


Rules = Callable[[Operation], set[Mark]]


def _marks(operation: Operation, rules: Rules) -> tuple[Mark, ...]:
    found = {DESTRUCTIVE} if _destroys(operation) else set()
    if isinstance(operation, AlterTable):
        for each in operation.operations:
            found |= set(_marks(each, rules))
    return tuple(mark for mark in (DESTRUCTIVE, REWRITES, BLOCKS) if mark in found | rules(operation))


def _destroys(operation: Operation) -> bool:
    if isinstance(operation, Execute):
        return _DESTROYS.search(str(operation.statement)) is not None
    if isinstance(operation, AlterTable):
        return any(map(_destroys, operation.operations))
    return isinstance(operation, (DropTable, DropColumn))


def _table_of(operation: Operation) -> str | None:
    name = getattr(operation, "table", None)
    return name if isinstance(name, str) else operation.name if isinstance(operation, AlterTable) else None


def _generic(operation: Operation) -> set[Mark]:
    return {BLOCKS} if isinstance(operation, (CreateIndex, AddConstraint)) else set()


def _postgresql(operation: Operation) -> set[Mark]:
    if isinstance(operation, AddColumn) and _computes(operation.column):
        return {REWRITES, BLOCKS}
    if isinstance(operation, AlterColumn):
        if operation.type_ is not None and not _wider(operation.existing_type, operation.type_):
            return {REWRITES, BLOCKS}
        return {BLOCKS} if operation.nullable is False else set()
    options = dict(getattr(operation, "options", ()))
    if isinstance(operation, CreateIndex):
        return set() if options.get("postgresql_concurrently") else {BLOCKS}
    if isinstance(operation, (AddForeignKey, AddCheck)):
        return set() if options.get("postgresql_not_valid") else {BLOCKS}
    if isinstance(operation, AddConstraint):
        return {BLOCKS}
    if isinstance(operation, Execute) and _INDEXES.match(str(operation.statement)):
        return {BLOCKS}
    return set()


def _mysql(operation: Operation) -> set[Mark]:
    if isinstance(operation, AlterColumn) and (operation.type_ is not None or operation.nullable is not None):
        same_place = operation.type_ is not None and _wider(operation.existing_type, operation.type_)
        return set() if same_place and operation.nullable is None else {REWRITES, BLOCKS}
    if isinstance(operation, AddForeignKey):
        return {BLOCKS}  # unless foreign_key_checks is off
    if isinstance(operation, AddCheck):
        return {REWRITES, BLOCKS}
    return {REWRITES} if isinstance(operation, DropColumn) else set()


def _sqlite(operation: Operation) -> set[Mark]:
    if isinstance(operation, AlterColumn) and not operation.new_name:
        return {REWRITES}
    if isinstance(operation, AlterTable) and operation.recreate == "always":
        return {REWRITES}
    return {REWRITES} if isinstance(operation, (AddConstraint, DropColumn)) else set()


_RULES: dict[str, Rules] = {"postgresql": _postgresql, "mysql": _mysql, "mariadb": _mysql, "sqlite": _sqlite}


def _computes(column: Column[object]) -> bool:
    """Return True for a column whose value is worked out for each row that is there already."""
    if isinstance(column.computed, Computed) or isinstance(column.identity, Identity):
        return True
    default = column.server_default
    if not isinstance(default, DefaultClause):
        return False
    text = (
        default.arg
        if isinstance(default.arg, str)
        else str(default.arg)
        if isinstance(default.arg, ClauseElement)
        else ""
    )
    return not isinstance(default.arg, str) and _CONSTANT.match(text) is None


def _wider(before: TypeEngine[object] | None, after: TypeEngine[object]) -> bool:
    """Return True where a text type gets more room, which needs no look at the rows."""
    if not isinstance(before, String) or not isinstance(after, String):
        return False
    return after.length is None or (before.length is not None and after.length >= before.length)
