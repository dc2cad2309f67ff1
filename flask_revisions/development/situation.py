"""What the page has to show, found out; and what its buttons do."""

from __future__ import annotations

from pathlib import Path

from ..commands import apply, plan
from ..commands.author import NewRevision
from ..commands.comparison import compare_with_models
from ..commands.inspect import current
from ..commands.migrate import migrate
from ..errors import RevisionsError
from ..project import Project
from .events import log_event
from .page import Operation, Pending, Situation


def needs_attention(project: Project) -> bool:
    """Return True if a revision is pending on a database, or one is at a revision that nobody knows."""
    return any(not current(one).at_heads for one in project.each())


def situation_of(project: Project, *, problem: RevisionsError | None = None, differences: bool = False) -> Situation:
    """Return what there is to say.

    :param problem: what went wrong just now.
    :param differences: whether to compare the models, where nothing is pending.
    """
    project = next((one for one in project.each() if not current(one).at_heads), project)
    position = current(project)
    database = project.database.describe()
    if problem is None and position.unknown:
        names = " and ".join(f"'{each}'" for each in position.unknown)
        return Situation(
            database,
            problem=f"The database is at {names}, which is the id of no file.",
            hint="bring back the code that has it, or correct the record: 'flask db stamp --purge REVISION'.",
        )
    pending, trouble = _pending(project, position.pending)
    problem = problem or trouble
    cure, reason = _cure(project) if position.pending and not position.applied and problem is None else ("", "")
    return Situation(
        database,
        pending,
        _differences(project) if differences and not position.pending else (),
        cure,
        reason,
        problem.message if problem is not None else "",
        problem.hint if problem is not None else "",
    )


def upgrade(project: Project) -> None:
    """Apply everything that is pending.

    :raises RevisionsError: what was done before stays, and is recorded.
    """
    for one in project.each():
        apply.upgrade(one, "heads", report=log_event)


def create_revision(project: Project, message: str) -> None:
    """Write a revision of what the models have and the database does not.

    :raises RevisionsError: it could not be written; nothing is left behind.
    """
    migrate(project, NewRevision(" ".join(message.split())))


def _pending(project: Project, ids: tuple[str, ...]) -> tuple[tuple[Pending, ...], RevisionsError | None]:
    """Return what each pending revision does; where a file is broken, their names alone and what is wrong."""
    graph = project.graph
    try:
        found = {each.step.revision.id: each for each in plan.previews(project, apply.upgrade_goal(project, "heads"))}
    except RevisionsError as error:
        return tuple(Pending(id, graph[id].message, _shown(graph[id].path)) for id in ids), error
    made = []
    for id in ids:
        seen = found.get(id)
        operations = seen.operations if seen is not None else ()
        said = tuple(Operation(each.sentence, each.sql, tuple(map(str, each.marks))) for each in operations)
        made.append(
            Pending(id, graph[id].message, _shown(graph[id].path), said, seen.unknown if seen is not None else "")
        )
    return tuple(made), None


def _differences(project: Project) -> tuple[str, ...]:
    return tuple(each.describe() for each in compare_with_models(project, project.database).changes)


def _cure(project: Project) -> tuple[str, str]:
    """Return the command that helps where the tables were made without revisions."""
    found = compare_with_models(project, project.database)
    if found.changes or not found.models.tables:
        return "", ""
    return (
        "flask db stamp head",
        "The database has all tables of the models, but no revision is applied: they were made by create_all(). "
        "Then it is enough to record that:",
    )


def _shown(path: str) -> str:
    """Return a path as seen from the working directory, where it is below that."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path
