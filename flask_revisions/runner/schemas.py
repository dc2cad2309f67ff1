"""What a database's shape is after some revisions, told by their operations: nothing is run, and none is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import Dialect

from ..errors import NotKnowable, RevisionsError
from ..graph.plan import Plan, Step
from ..operations.base import Operation
from ..operations.columns import AlterColumn
from ..operations.data import Execute
from ..operations.executor import Run, executing
from ..operations.tables import AlterTable, RenameTable
from ..schema.diagram import Renamed
from ..schema.model import Name, Schema
from .call import call
from .executors import UNANSWERED, CollectingExecutor
from .failures import failure
from .goal import Load

_DEFINITION = re.compile(r"\s*(CREATE|ALTER|DROP|RENAME)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Told:
    """What the operations of some steps say.

    :param before: the shape before the last step.
    :param after: the shape after all of them.
    :param renamed: what the last step gave other names to.
    :param notes: what they do not say, a sentence each.
    """

    before: Schema
    after: Schema
    renamed: Renamed = field(default_factory=Renamed)
    notes: tuple[str, ...] = ()


def told_by(
    plan: Plan,
    *,
    dialect: Dialect,
    run: Run,
    keywords: Mapping[str, Any],
    naming_convention: Mapping[str, Any],
    load: Load,
) -> Told:
    """Return what the operations of a plan make of an empty database.

    :param keywords: what `upgrade()` is called with.
    :param load: a revision -> its script.
    :raises RevisionsError: a script cannot be loaded, or fails.
    """
    before = schema = Schema(dialect.name)
    notes: list[str] = []
    operations: list[Operation] = []
    for step in plan:
        collecting = CollectingExecutor(
            dialect, run=run, naming_convention=naming_convention, applied=tuple(sorted(step.before))
        )
        notes += _collect(step, collecting, keywords, load)
        before, operations = schema, collecting.operations
        for operation in operations:
            if isinstance(operation, Execute) and _DEFINITION.match(str(operation.statement)):
                notes.append(f"Revision {step.revision.id} has a definition in words of SQL: {_begin(operation)}")
            try:
                schema = operation.apply(schema)
            except RevisionsError as error:
                notes.append(f"Revision {step.revision.id}: {error.message}")
    return Told(before, schema, _renamed(operations), tuple(notes))


def _collect(step: Step, collecting: CollectingExecutor, keywords: Mapping[str, Any], load: Load) -> Iterator[str]:
    """Put the operations of a step onto the list; yield why the rest of them cannot be known."""
    with executing(collecting):
        script = load(step.revision)
        try:
            call(script, step, keywords)
        except Exception as error:
            shown = UNANSWERED.instead_of(error)
            if not isinstance(shown, NotKnowable):
                raise failure(shown, script, step) from error
            yield f"Revision {step.revision.id} asks the database: what it does from there on is not known."


def _begin(operation: Execute) -> str:
    words = " ".join(str(operation.statement).split())
    return words if len(words) <= 60 else words[:57] + "..."


def _renamed(operations: list[Operation]) -> Renamed:
    """Return the last name -> the first one, through all that is between them."""
    tables: dict[Name, Name] = {}
    columns: dict[tuple[Name, str], str] = {}
    for operation in _flat(operations):
        if isinstance(operation, RenameTable):
            old, new = Name(operation.schema, operation.name), Name(operation.schema, operation.new_name)
            tables[new] = tables.pop(old, old)
            columns = {((new if table == old else table), name): first for (table, name), first in columns.items()}
        elif isinstance(operation, AlterColumn) and operation.new_name:
            table = Name(operation.schema, operation.table)
            columns[table, operation.new_name] = columns.pop((table, operation.column), operation.column)
    return Renamed(tables, columns)


def _flat(operations: list[Operation]) -> Iterator[Operation]:
    for operation in operations:
        if isinstance(operation, AlterTable):
            yield from operation.operations
        else:
            yield operation
