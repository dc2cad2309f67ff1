"""Databases that the project calls production: what could destroy something needs a confirmation that names them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

from ..database import Database
from ..errors import ProtectedDatabase
from ..project import Project
from ..runner.goal import Goal


def name_of(database: Database) -> str:
    """Return what confirms that a database is meant: its name on its server, or its file without folders."""
    if database.file is not None:
        return database.file.name
    return PurePath(database.engine.url.database or ":memory:").name


def refuse_downgrade(project: Project, confirmed: Iterable[str]) -> None:
    """Raise where a downgrade of a protected database has not been confirmed.

    :raises ProtectedDatabase: it has not.
    """
    if project.settings.protected:
        _refuse(project.database, "a downgrade may destroy what is in it", confirmed)


def refuse_destructive(project: Project, goal: Goal, confirmed: Iterable[str]) -> None:
    """Raise where what leads to a goal destroys something, or may do so, and that has not been confirmed.

    :raises ProtectedDatabase: it has not.
    """
    given = tuple(confirmed)
    if name_of(project.database) in given:
        return
    from .plan import previews  # it runs scripts without a database: only where something is protected

    for each in previews(project, goal):
        destroys = [seen.sentence for seen in each.operations if "destructive" in seen.marks]
        if destroys or each.unknown:
            what = (
                f"revision {each.step.revision.id} would {destroys[0]}"
                if destroys
                else (f"what revision {each.step.revision.id} does is not known beforehand")
            )
            _refuse(project.database, what, given)


def _refuse(database: Database, why: str, confirmed: Iterable[str]) -> None:
    name = name_of(database)
    given = tuple(confirmed)
    if name in given:
        return
    other = f" '{given[0]}' is another one." if given else ""
    raise ProtectedDatabase(
        f"{database.describe()} is protected: {why}.{other}",
        f"if that is what you want, add --confirm {name}.",
        name=name,
    )
