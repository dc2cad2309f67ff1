"""check: is the database what the models say?"""

from __future__ import annotations

from dataclasses import dataclass

from ..diff.changes import Change
from ..graph.logged import Standing, changed_files
from ..project import Project
from ..schema.model import Name
from .comparison import compare_with_history, compare_with_models, why_empty
from .inspect import current, position_of, read_standing


@dataclass(frozen=True)
class Verdict:
    """What a check found.

    :param pending: the ids of revisions that are not applied; then nothing was compared.
    :param late: the ids of those below applied ones that were never run; then nothing was compared.
    :param edited: the ids of applied revisions whose files were edited since.
    :param heads: the ids of the heads, where something is pending.
    :param unknown: rows of the version table that no file is known for.
    :param changes: what is different.
    :param unmanaged: tables that neither the models nor any revision ever had.
    :param reason: why there may be no difference although one is expected.
    """

    pending: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    unmanaged: tuple[Name, ...] = ()
    reason: str = ""
    late: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()


def check_drift(project: Project) -> Verdict:
    """Compare the database with what the revisions that are applied make of an empty one; nothing is written to it.

    :raises DatabaseError: no database can be created for that.
    """
    from .scratch import replayed  # and so all that applies revisions

    position = current(project)
    without_file = tuple(each for each in position.applied if each not in project.graph)
    if without_file or not position.applied:
        return Verdict((), without_file)
    with replayed(project, position.applied) as scratch:
        found = compare_with_history(project, scratch)
    return Verdict((), (), found.changes, found.unmanaged)


def check(project: Project) -> Verdict:
    """Compare the database with the models; nothing is written to it."""
    standing = read_standing(project)
    position, edited = position_of(project, standing), _edited(project, standing)
    if not position.at_heads:
        return Verdict(position.pending, position.unknown, late=position.late, edited=edited, heads=position.heads)
    found = compare_with_models(project, project.database)
    reason = "" if found.changes else why_empty(project, found)
    return Verdict((), (), found.changes, found.unmanaged, reason, edited=edited)


def _edited(project: Project, standing: Standing) -> tuple[str, ...]:
    from ..runner.log import edited_files

    if project.log is None or not changed_files(project.graph, standing):
        return ()
    with project.database.connect() as connection:
        return tuple(each.id for each in edited_files(connection, project.log, project.graph, standing))
