"""Changes -> operations, each after what it depends on, and the way back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.engine import Dialect

from ..dialects import MYSQL
from ..operations.base import Operation
from ..operations.columns import AddColumn, AlterColumn, DropColumn
from ..operations.data import Execute
from ..operations.tables import AlterTable, DropTable, RenameTable, SetTableComment
from ..schema import model
from ..schema.model import Name, Schema, Table
from ..schema.quoting import escaped, quoted, quoter
from .alter import alter_column
from .changes import Added, Change, Changed, EnumValue, Removed, Renamed, about
from .counting import begins_to_count, counted_on, serial_dropped, serial_made, without_serial
from .items import Items, is_constraint
from .keys import Keys, comes_with_a_key
from .objects import Objects
from .order import creation_order
from .remade import Remade, freed, keeps_values
from .step import Step, loss


@dataclass(frozen=True)
class Plan:
    """The operations of a revision.

    :param notes: comments on operations, by their `id()`.
    """

    upgrade: tuple[Operation, ...]
    downgrade: tuple[Operation, ...]
    notes: tuple[tuple[int, str], ...] = ()


def plan(
    changes: Iterable[Change],
    database: Schema,
    models: Schema,
    *,
    dialect: Dialect,
    batch: bool = False,
    shared: bool = False,
) -> Plan:
    """Return the operations for some changes, and their way back.

    :param batch: put what is done to one table into one `AlterTable`.
    :param shared: with the directives that Alembic has, too, and SQL for what it has none for.
    """
    objects = Objects(dialect, database, shared=shared)
    steps = tuple(_Planner(tuple(changes), database, models, dialect, objects).steps())
    up = [(step.table, operation) for step in steps for operation in step.up]
    down = [(step.table, operation) for step in reversed(steps) for operation in step.back]
    notes = tuple((id(step.up[0]), step.note) for step in steps if step.note)
    return Plan(tuple(_grouped(up, batch)), tuple(_grouped(down, batch)), notes)


def _grouped(operations: Iterable[tuple[Name | None, Operation]], batch: bool) -> Iterator[Operation]:
    """Put operations that follow each other and concern one table into one batch."""
    pending: list[Operation] = []
    table: Name | None = None
    for name, operation in [*operations, (None, None)]:
        belongs = batch and name is not None and not isinstance(operation, (Execute, RenameTable))
        if pending and (not belongs or name != table):
            assert table is not None
            yield AlterTable(table.name, tuple(pending), table.schema)
            pending = []
        if operation is None:
            return
        if belongs:
            table = name
            pending.append(operation)
        else:
            yield operation


class _Planner:
    def __init__(
        self, changes: tuple[Change, ...], database: Schema, models: Schema, dialect: Dialect, objects: Objects
    ) -> None:
        self._changes = changes
        self._database = database
        self._models = models
        self._dialect = dialect
        self._items = Items(dialect, database, shared=objects.shared)
        self._objects = objects

    def steps(self) -> Iterator[Step]:
        """Give what there is to do, in an order in which it can be done."""
        yield from self._renames()
        for change in self._about(Added, str):
            yield Step(*self._objects.schema(change.item))
        yield from self._types_and_sequences()
        created, later = creation_order([change.item for change in self._about(Added, model.Table)])
        for table in created:
            yield from self._create(table, later.get(table.name, ()))
        removed = [change.item for change in self._about(Removed, model.Table)]
        order, cyclic = creation_order(removed)
        keys = Keys(self._changes, self._database, self._models, self._dialect, self._items)
        yield from keys.removed(cyclic)
        for table in reversed(order):
            yield from self._drop(table, cyclic.get(table.name, ()))
        for name in sorted({each.table for each in self._changes if each.table}, key=lambda name: name.order):
            yield from self._alter(name)
        for change in self._about(Changed, Table):
            yield from self._options(change)
        yield from keys.added(later)
        for change in self._about(Removed, model.Enum):
            made, ended = self._objects.enum(change.item)
            yield Step(ended, made)
        for change in self._about(Removed, model.Sequence):
            made, ended = self._objects.sequence(change.item)
            yield Step(ended, made)

    def _types_and_sequences(self) -> Iterator[Step]:
        new = {str(each.type) for change in self._about(Added, model.Table) for each in change.item.columns}
        for change in self._about(Added, model.Enum):
            is_made = bool({str(change.item.name), f"{change.item.name}[]"} & new)
            yield Step(*self._objects.enum(change.item, with_table=is_made))
        for change in self._changes:
            if isinstance(change, Changed) and isinstance(change.old, model.Enum):
                yield Step(*self._objects.values(change))
            elif isinstance(change, Changed) and isinstance(change.old, model.Sequence):
                yield Step(*self._objects.sequence_changed(change))
        for change in self._about(Added, model.Sequence):
            yield Step(*self._objects.sequence(change.item))

    def _about(self, kind: type[Added | Removed | Changed | Renamed], items: type) -> list[Any]:
        return about(self._changes, kind, items)

    # -- whole tables ---------------------------------------------------------------------------------

    def _renames(self) -> Iterator[Step]:
        for change in self._changes:
            if isinstance(change, Renamed) and isinstance(change.old, model.Table):
                old, new = change.old.name, change.new.name
                yield Step((RenameTable(old.name, new.name, new.schema),))
            elif isinstance(change, Renamed) and isinstance(change.old, EnumValue):
                yield Step(*self._objects.value_renamed(change.old, change.new))
        for change in self._about(Renamed, model.Column):
            renamed = AlterColumn(
                change.table.name,
                change.old.name,
                schema=change.table.schema,
                new_name=change.new.name,
                existing_type=self._items.existing_type(replace(change.old, source=None), change.new),
                existing_nullable=change.old.nullable,
                existing_server_default=self._existing_default(change.old),
                existing_comment=change.old.comment,
            )
            yield Step((renamed,), table=change.table)

    def _existing_default(self, column: model.Column) -> Any:
        default = self._items.default(column)
        return False if default is None else default

    def _create(self, table: Table, later: tuple[model.ForeignKey, ...]) -> Iterator[Step]:
        indexes = [each for each in table.indexes if not is_constraint(each)]
        created = self._items.create_table(table, without=later)
        more = [self._items.create_index(table.name, each) for each in indexes]
        yield Step((created, *more), (DropTable(table.name.name, table.name.schema),))

    def _drop(self, table: Table, earlier: tuple[model.ForeignKey, ...]) -> Iterator[Step]:
        created = self._items.create_table(table, without=earlier)
        own = [each for each in table.indexes if not comes_with_a_key(table, each, self._dialect)]
        more = [self._items.create_index(table.name, each) for each in own]
        dropped = DropTable(table.name.name, table.name.schema)
        yield Step((dropped,), (created, *more), note=loss(Removed(None, table)))

    # -- within a table -------------------------------------------------------------------------------

    def _alter(self, name: Name) -> Iterator[Step]:
        mine = [each for each in self._changes if each.table == name]
        remade = Remade(name, mine, self._database, self._models, self._dialect, self._items)
        dropped, added = self._constraints(name, mine)
        yield from (Step((each,), table=name) for each in dropped)
        yield from remade.dropped()
        for change in about(mine, Renamed, (model.Index, *_IN_PLACE)):
            yield Step((self._items.rename(name, change.old, change.new),), table=name)
        new, gone = about(mine, Added, model.Column), about(mine, Removed, model.Column)
        # What is computed from others comes last and goes first: columns that it is computed from are held by it.
        for change in new:
            if change.item.computed is None:
                yield from self._column_added(name, change)
        yield from (self._column_removed(name, each) for each in gone if each.item.computed is not None)
        yield from self._columns_changed(name, about(mine, Changed, model.Column))
        for change in about(mine, Changed, Table):
            if "comment" in change.fields:
                comment = SetTableComment(name.name, change.new.comment, change.old.comment, name.schema)
                yield Step((comment,), table=name)
        for change in new:
            if change.item.computed is not None:
                yield from self._column_added(name, change)
        yield from remade.added()
        yield from (Step((each,), table=name) for each in added)
        yield from self._checks_of_types(name, mine)
        yield from (self._column_removed(name, each) for each in gone if each.item.computed is None)

    def _column_removed(self, name: Name, change: Removed) -> Step:
        column = self._items.column(change.item)  # type: ignore[arg-type]
        return Step((DropColumn(name.name, column, name.schema),), table=name, note=loss(change))

    def _column_added(self, name: Name, change: Added) -> Iterator[Step]:
        column: Any = change.item
        added = self._items.column(column)
        if change.fill is None:
            yield Step((AddColumn(name.name, added, name.schema),), table=name)
            return
        added.nullable = True
        yield Step((AddColumn(name.name, added, name.schema),), table=name)
        yield self._filled(name, column.name, change.fill)
        strict = AlterColumn(
            name.name, column.name, schema=name.schema, nullable=False, existing_type=self._items.type(column)
        )
        yield Step((strict,), (), table=name)

    def _filled(self, table: Name, column: str, value: str) -> Step:
        quote = quoter(self._dialect)
        old = self._database.tables.get(table)
        # MySQL would set those to the time of the upgrade.
        kept = [each.name for each in old.columns if "ON UPDATE" in (each.default or "").upper()] if old else []
        values = [f"{quote(column)} = {value}", *(f"{quote(each)} = {quote(each)}" for each in kept if each != column)]
        sql = f"UPDATE {quoted(table, self._dialect)} SET {', '.join(values)} WHERE {quote(column)} IS NULL"
        return Step((Execute(escaped(sql)),), ())

    def _columns_changed(self, name: Name, changes: list[Changed]) -> Iterator[Step]:
        """Give what changes columns, after all that fills them: one ALTER TABLE is enough then, where it copies."""
        for change in changes:
            if change.fill is not None:
                yield self._filled(name, change.new.name, change.fill)
        for change in changes:
            yield from self._column_changed(name, change)

    def _column_changed(self, name: Name, change: Changed) -> Iterator[Step]:
        if "computed" in change.fields:
            if keeps_values(change, self._dialect, self._items):
                yield freed(name, change, self._items, self._dialect)
            return  # or it is made anew
        if "identity" in change.fields and begins_to_count(change, self._dialect):
            yield from self._counted(name, change)
            return
        there = tuple(alter_column(name, change, self._items, self._dialect))
        back = replace(change, old=change.new, new=change.old)
        yield Step(there, tuple(alter_column(name, back, self._items, self._dialect)), name, loss(change))

    def _counted(self, name: Name, change: Changed) -> Iterator[Step]:
        """Give what lets a column count by identity, in place of a sequence or of nothing."""
        plain = without_serial(change)
        yield Step(serial_dropped(name, change.old, self._dialect), serial_made(name, change.old, self._dialect))
        there = tuple(alter_column(name, plain, self._items, self._dialect))
        back = replace(plain, old=plain.new, new=plain.old)
        yield Step(there, tuple(alter_column(name, back, self._items, self._dialect)), name, loss(change))
        yield Step(counted_on(name, change.new, self._dialect), ())

    def _constraints(self, name: Name, changes: list[Change]) -> tuple[list[Operation], list[Operation]]:
        """Return what drops and what adds constraints and indexes of a table; foreign keys have their own place."""
        dropped: list[Operation] = []
        added: list[Operation] = []
        for change in changes:
            old = change.old if isinstance(change, Changed) else change.item if isinstance(change, Removed) else None
            new = change.new if isinstance(change, Changed) else change.item if isinstance(change, Added) else None
            if isinstance(old, model.Index):
                dropped.append(self._items.drop_index(name, old))
            elif isinstance(old, _IN_PLACE):
                dropped.append(self._items.drop_constraint(name, old))
            if isinstance(new, model.Index):
                make = self._items.add_constraint if is_constraint(new) else self._items.create_index
                added.append(make(name, new))
            elif isinstance(new, _IN_PLACE) and not (isinstance(new, model.Check) and _comes_with_type(new, changes)):
                added.append(self._items.add_constraint(name, new))
        return dropped, added

    def _checks_of_types(self, name: Name, changes: list[Change]) -> Iterator[Step]:
        """Give the way back of checks that come with the type of a column, and that MySQL keeps when that goes."""
        for change in changes if self._dialect.name in MYSQL else ():
            item = change.item if isinstance(change, Added) else getattr(change, "new", None)
            if isinstance(item, model.Check) and item.name is not None and _comes_with_type(item, changes):
                yield Step((), (self._items.drop_constraint(name, item),), table=name)

    def _options(self, change: Changed) -> Iterator[Step]:
        """Give the statements for storage engines and character sets; no directive has words for them."""
        before = dict(change.old.options)
        table = quoted(change.new.name, self._dialect)
        for key, value in change.new.options:
            if before.get(key) == value or key not in _OPTION_WORDS:
                continue
            up, down = (f"ALTER TABLE {table} {_OPTION_WORDS[key].format(each)}" for each in (value, before.get(key)))
            yield Step((Execute(escaped(up)),), (Execute(escaped(down)),))


def _comes_with_type(check: model.Check, changes: list[Change]) -> bool:
    """Return True for a check that is made with the type of a column: with a new one, or one that gets another type."""
    if not check.bound or check.source is None:
        return False
    columns = {str(each.name) for each in check.source.columns}
    for change in changes:
        item = change.item if isinstance(change, Added) else change.new if isinstance(change, Changed) else None
        is_made = isinstance(change, Added) or "type" in getattr(change, "fields", ())
        if is_made and isinstance(item, model.Column) and item.name in columns:
            return True
    return False


_IN_PLACE = (model.Unique, model.Check, model.Exclude, model.PrimaryKey)

_OPTION_WORDS = {
    "mysql_engine": "ENGINE = {}",
    "mysql_default_charset": "CONVERT TO CHARACTER SET {}",
    "mysql_collate": "COLLATE = {}",
}
