"""diagram: the tables that there are after a revision, and what it changes."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import UsageError
from ..graph.plan import plan_up_to
from ..graph.targets import resolve, resolve_one
from ..project import Project
from ..runner.schemas import Told, told_by
from ..schema.diagram import Diagram, change_of, diagram_of
from .inspect import rows_for


def diagram(project: Project, revision: str = "heads", *, only: Iterable[str] = ()) -> tuple[Diagram, tuple[str, ...]]:
    """Return the tables that there are after a revision, told by the operations of all up to it.

    :param revision: an identifier; the database is asked only for what is relative to it.
    :param only: names of tables; none for all.
    :return: the diagram, and what the operations do not say, a sentence each.
    :raises UsageError: there is no such table.
    :raises RevisionsError: a script cannot be loaded, or fails.
    """
    graph = project.graph
    ids = resolve(graph, revision, applied=rows_for(project, revision))
    told = _told(project, tuple(id for id in ids if id not in graph.implied(ids)))
    wanted = tuple(only)
    names = {str(name) for name in told.after.tables}
    for each in wanted:
        if each not in names:
            raise UsageError(f"There is no table '{each}' after {revision}.", f"there is {', '.join(sorted(names))}.")
    return diagram_of(told.after, wanted), told.notes


def change(project: Project, revision: str = "head") -> tuple[Diagram, tuple[str, ...]]:
    """Return what one revision changes, told by its operations and those of all before it; as `diagram` does."""
    id = resolve_one(project.graph, revision, applied=rows_for(project, revision))
    told = _told(project, (id,))
    return change_of(told.before, told.after, told.renamed), told.notes


def _told(project: Project, ids: tuple[str, ...]) -> Told:
    database = project.database
    with project.answering():
        return told_by(
            plan_up_to(project.graph, (), ids),
            dialect=database.dialect,
            run=project.run(offline=False),
            keywords=project.settings.run_kwargs,
            naming_convention=database.naming_convention,
            load=project.load,
        )
