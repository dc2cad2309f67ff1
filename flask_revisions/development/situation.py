"""What the page has to show, found out; and what its buttons do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..commands import apply, plan
from ..commands.author import NewRevision
from ..commands.comparison import compare_with_models
from ..commands.inspect import Position, current
from ..commands.journal import journal
from ..commands.migrate import migrate
from ..database import Database
from ..errors import RevisionsError, UsageError
from ..paths import shown_path
from ..project import Project
from ..runner.preview import Preview
from .events import log_event
from .page import Difference, Operation, Pending, Situation


@dataclass(frozen=True)
class Standing:
    """One database: where it is, and what was interrupted on it.

    :param begun: the revisions that were begun and not finished, each with its direction.
    """

    project: Project
    position: Position
    begun: tuple[tuple[str, str], ...]

    @property
    def is_fine(self) -> bool:
        return self.position.at_heads and not self.begun


def needs_attention(project: Project) -> bool:
    """Return True if a revision is pending or half way on a database, or one is at a revision that nobody knows."""
    return not all(each.is_fine for each in _standings(project))


def situation_of(project: Project, *, problem: RevisionsError | None = None, differences: bool = False) -> Situation:
    """Return what there is to say.

    :param problem: what went wrong just now.
    :param differences: whether to compare the models with each database, where nothing is pending.
    """
    waiting = [each for each in _standings(project) if not each.is_fine]
    shown = [each.project.database for each in waiting] or project.databases
    database = ", ".join(each.describe() for each in shown)
    stuck = next(filter(None, map(_stuck, waiting)), None) if problem is None else None
    if stuck is not None:
        return Situation(database, problem=stuck[0], hint=stuck[1])
    found = [_pending(each, named=len(project.databases) > 1) for each in waiting]
    problem = problem or next((trouble for _, trouble in found if trouble is not None), None)
    pending = tuple(each for some, _ in found for each in some)
    cure, reason = _cure(waiting) if problem is None else ("", "")
    return Situation(
        database,
        pending,
        tuple(_differences(project)) if differences and not pending else (),
        cure,
        reason,
        problem.message if problem is not None else "",
        problem.hint if problem is not None else "",
    )


def _standings(project: Project) -> Iterator[Standing]:
    for one in project.each():
        yield Standing(one, current(one), tuple((each.revision, each.direction) for each in journal(one)))


def _stuck(standing: Standing) -> tuple[str, str] | None:
    """Return why nothing can be applied to a database, and what helps; None if something can."""
    unknown = standing.position.unknown
    if unknown:
        return (
            f"The database is at {' and '.join(map(repr, unknown))}, which is the id of no file.",
            "bring back the code that has it, or correct the record: 'flask db stamp --purge REVISION'.",
        )
    late = standing.position.late
    if late:
        return (
            f"Revision {' and '.join(map(repr, late))} comes before what is applied, and was never run.",
            "let it come after that: 'flask db upgrade' says how.",
        )
    half = next((id for id, direction in standing.begun if direction == "downgrade"), None)
    if half is not None:
        return (
            f"Revision {half} was being taken back when that was interrupted, and is half there.",
            "'flask db downgrade' goes on where that was; 'flask db journal' shows what is done.",
        )
    return None


def upgrade(project: Project) -> None:
    """Apply everything that is pending.

    :raises RevisionsError: what was done before stays, and is recorded.
    """
    for one in project.each():
        apply.upgrade(one, "heads", report=log_event)


def create_revision(project: Project, message: str, history: str = "") -> None:
    """Write a revision of what the models have and the databases do not.

    :param history: the database whose revisions are meant, where each has its own.
    :raises RevisionsError: it could not be written; nothing is left behind.
    """
    on = _with_history(project, history) if project.is_separate else project
    try:
        migrate(on, NewRevision(" ".join(message.split())))
    except UsageError as error:  # its hint names options
        raise UsageError(error.message, f"'flask db migrate' can be told, with more options: {error.hint}") from error


def _with_history(project: Project, name: str) -> Project:
    """Return the project on the database that has a history of its own.

    :raises UsageError: there is none of that name.
    """
    for one in project.each():
        if one.database.label == name:
            return one
    raise UsageError(f"No database '{name}' has revisions of its own.", "load the page again.")


def _pending(standing: Standing, *, named: bool) -> tuple[tuple[Pending, ...], RevisionsError | None]:
    """Return what each pending revision does; where a file is broken, their names alone and what is wrong.

    :param named: whether to say on which database, as there are several.
    """
    project, graph = standing.project, standing.project.graph
    begun = {id for id, _ in standing.begun}
    database = project.database
    where = _where(database) if named else ""
    plain = {
        id: Pending(id, graph[id].message, shown_path(graph[id].path), begun=id in begun, database=where)
        for id in standing.position.pending
    }
    try:
        found = {each.step.revision.id: each for each in plan.previews(project, apply.upgrade_goal(project, "heads"))}
    except RevisionsError as error:
        return tuple(plain.values()), error
    return tuple(_with_operations(pending, found.get(id)) for id, pending in plain.items()), None


def _with_operations(pending: Pending, seen: Preview | None) -> Pending:
    if seen is None:
        return pending
    if seen.step.recorded_only:
        return replace(pending, unknown="It has nothing for this database, where it is only recorded.")
    said = tuple(Operation(each.sentence, each.sql, tuple(map(str, each.marks))) for each in seen.operations)
    return replace(pending, operations=said, unknown=seen.unknown)


def _differences(project: Project) -> Iterator[Difference]:
    """Yield what is different in each database."""
    for one in project.each():
        database = _where(one.database) if project.has_several else ""
        history = one.database.label if project.is_separate else ""
        for change in compare_with_models(one, one.database).changes:
            yield Difference(change.describe(), f"loses {change.loses}" if change.loses else "", database, history)


def _where(database: Database) -> str:
    return f"{database.label}: {database.describe()}"


def _cure(waiting: list[Standing]) -> tuple[str, str]:
    """Return the command that helps where the tables were made without revisions, and why."""
    if any(each.begun or each.position.applied for each in waiting):
        return "", ""
    found = [compare_with_models(each.project, each.project.database) for each in waiting]
    if any(each.changes for each in found) or not any(each.models.tables for each in found):
        return "", ""
    several = any(len(each.project.graph.heads) > 1 for each in waiting)
    which = "The database has" if len(waiting) == 1 else "The databases have"
    return (
        f"flask db stamp {'heads' if several else 'head'}",
        f"{which} all tables of the models, but no revision is applied: they were made by create_all(). "
        "Then it is enough to record that:",
    )
