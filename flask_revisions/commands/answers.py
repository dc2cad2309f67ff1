"""What a comparison cannot know: is it a rename, and what goes into a new column of rows that are there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Select, column, exc, literal_column, select, table

from ..diff.changes import Added, Change, Changed, Renamed
from ..diff.renames import Likely, is_said, likely_renames
from ..errors import UsageError
from ..schema import model


@dataclass(frozen=True)
class Answers:
    """What the user has said, and how to ask for the rest.

    :param renames: old name and new name: `users` and `accounts`, `users.email` and `mail`, `state.open` and `new`.
    :param no_rename: everything that looks like a rename is something else.
    :param backfills: `table.column` and the SQL of its value.
    :param ask_rename: asks whether something is a rename; None where nobody can be asked.
    :param ask_value: asks for the SQL of a value, by `table.column`; None where nobody can be asked.
    """

    renames: Mapping[str, str] = field(default_factory=dict)
    no_rename: bool = False
    backfills: dict[str, str] = field(default_factory=dict)
    ask_rename: Callable[[Likely], bool] | None = None
    ask_value: Callable[[str], str] | None = None
    denied: frozenset[tuple[str, str]] = frozenset()

    def knowing(self, decided: Iterable[Likely]) -> Answers:
        """Return the answers, those about columns of a renamed table under its new name."""
        names = {str(each.old.name): str(each.new.name) for each in decided if isinstance(each.old, model.Table)}
        renames = {}
        for old, new in self.renames.items():
            table, dot, column = old.rpartition(".")
            renames[f"{names.get(table, table)}{dot}{column}"] = new
        return replace(self, renames=renames)


def parse_renames(given: tuple[str, ...]) -> dict[str, str]:
    """Return `old:new` as pairs.

    :raises UsageError: one of them is none.
    """
    found = {}
    for each in given:
        old, colon, new = each.partition(":")
        if not (old and colon and new):
            raise UsageError(
                f"--rename {each} is not old:new.", "write --rename users.email:mail, or old_table:new_table."
            )
        found[old] = new.rpartition(".")[2] if "." in old else new
    return found


def parse_backfills(given: tuple[str, ...]) -> dict[str, str]:
    """Return `table.column=sql` as pairs.

    :raises UsageError: one of them is none.
    """
    found = {}
    for each in given:
        name, equals, sql = each.partition("=")
        if not (equals and sql and "." in name):
            raise UsageError(f"--backfill {each} is not table.column=sql.", "write --backfill \"users.country='FR'\".")
        found[name.strip()] = sql.strip()
    return found


def decide_renames(changes: tuple[Change, ...], dialect: str, answers: Answers) -> tuple[tuple[Likely, ...], Answers]:
    """Return what is a rename, and what is answered now: nobody is asked twice.

    :raises UsageError: nobody has said whether it is, and nobody can be asked.
    """
    chosen: list[Likely] = []
    open_ones = []
    denied = []
    for likely in likely_renames(changes, dialect, answers.renames):
        if is_said(likely) or answers.renames.get(likely.old_name) == likely.new_name:
            chosen.append(likely)
        elif answers.no_rename or likely.old_name in answers.renames or likely.names in answers.denied:
            continue
        elif answers.ask_rename is None:
            open_ones.append(likely)
        elif answers.ask_rename(likely):
            chosen.append(likely)
        else:
            denied.append(likely.names)
    if open_ones:
        names = "; ".join(f"{each.old_name} is gone and {each.new_name} is new" for each in open_ones)
        flags = " ".join(each.flag for each in open_ones)
        raise UsageError(
            f"This may be a rename: {names}.", f"'{flags}' keeps what is in there, '--no-rename' removes and adds."
        )
    known = replace(answers, denied=answers.denied | {*denied})
    return tuple(chosen), known.knowing(chosen)


def refuse_unused(answers: Answers, renames: Iterable[Renamed]) -> None:
    """Raise where an answer is about nothing that is gone, or new.

    :raises UsageError: there is one.
    """
    done = {each.old_name for each in renames}
    for old, new in answers.renames.items():
        if old not in done:
            raise UsageError(
                f"--rename {old}:{new} names nothing that has another name now.",
                f"'flask db check' says what is different; is '{old}' in the database, and '{new}' in the models?",
            )


def fill(changes: tuple[Change, ...], connection: Connection, answers: Answers) -> tuple[Change, ...]:
    """Return changes in which new NOT NULL columns know what goes into the rows that are there.

    :raises UsageError: there are rows, and nobody has said what goes into them.
    """
    return tuple(_filled(each, connection, answers) for each in changes)


def _filled(change: Change, connection: Connection, answers: Answers) -> Change:
    if not isinstance(change, (Added, Changed)) or not isinstance(change.item, model.Column) or change.item.nullable:
        return change
    name = f"{change.table}.{change.item.name}"
    if name in answers.backfills:
        return replace(change, fill=answers.backfills[name])
    if not _wants_values(change, change.item) or not _has_rows(change, change.item.name, connection):
        return change
    if answers.ask_value is None:
        raise UsageError(
            f"Column {name} is to be NOT NULL, and {change.table} has rows without a value for it.",
            f"say what they get, as SQL: --backfill \"{name}='value'\".",
        )
    return replace(change, fill=answers.ask_value(name))


def _wants_values(change: Added | Changed, column: model.Column) -> bool:
    """Return True if rows that are there may be without a value when the column is to be NOT NULL."""
    if isinstance(change, Changed):
        return "nullable" in change.fields
    return not (column.default or column.computed or column.identity or column.autoincrement)


def _has_rows(change: Added | Changed, name: str, connection: Connection) -> bool:
    """Return True if the table has rows, or for a column that is there: rows without a value."""
    assert change.table is not None
    source = table(change.table.name, schema=change.table.schema)
    query: Select[Any] = select(literal_column("1")).select_from(source).limit(1)
    if isinstance(change, Changed):
        query = query.where(column(name).is_(None))
    try:
        return connection.execute(query).first() is not None
    except exc.DBAPIError:  # under its new name it is not there yet
        connection.rollback()
        return False
