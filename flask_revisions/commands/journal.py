"""journal: how far an unfinished revision has come, and what to do about it by hand."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import Connection

from ..errors import UsageError
from ..project import Project
from ..runner.journal import JournalTable, Segment
from ..runner.runner import read_from, run_with_lock

Way = Literal["forget", "done", "again"]


def journal(project: Project) -> tuple[Segment, ...]:
    """Return what is noted of unfinished revisions, in the order in which it was done."""
    table = project.journal
    found = read_from(project.database, project.version_table, lambda c: table.read(c) if table.exists(c) else ())
    return found or ()


def settle(project: Project, revision: str, way: Way) -> tuple[Segment, ...]:
    """Change what is noted of an unfinished revision, under the lock of a run; return what was noted before.

    :param revision: its id or the beginning of that.
    :param way: `forget` for all of it: its script then runs from its first statement. `done` or `again` for the
        statement that is in doubt: it is not sent again, or it is.
    :raises UsageError: nothing is noted of that revision, or no statement of it is in doubt.
    """
    table = project.journal
    id = _id(journal(project), revision)
    return run_with_lock(project.database, project.job(), lambda connection: _settle(connection, table, id, way))


def _settle(connection: Connection, table: JournalTable, id: str, way: Way) -> tuple[Segment, ...]:
    segments = table.read(connection, id)
    if way == "forget":
        table.forget(connection, id)
    elif segments and segments[-1].statement:
        table.settle(connection, segments[-1], done=way == "done")
    else:
        raise UsageError(f"No statement of revision {id} is in doubt.", "'flask db journal' shows what is noted.")
    return segments


def _id(segments: tuple[Segment, ...], revision: str) -> str:
    ids = {each.revision for each in segments if each.revision.startswith(revision)}
    if len(ids) == 1:
        return ids.pop()
    raise UsageError(
        f"Nothing is noted of a revision '{revision}'.", "'flask db journal' shows what is unfinished, if anything is."
    )
