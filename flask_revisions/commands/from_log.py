"""Taking back what no file is known for, as after a change of branches: from the files that the log has kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import FileGone, NotStored, UnknownApplied
from ..graph.graph import Revision, RevisionGraph
from ..graph.logged import Standing, ahead, beyond
from ..graph.plan import Plan, plan_down_from
from ..project import Project
from ..runner.goal import Goal
from ..scripts.parse import parse_file
from .binds import with_recorded_only
from .inspect import read_standing, stored


@contextmanager
def with_stored_files(project: Project) -> Iterator[Project]:
    """Give a project that has, for the length of a block, the files of what is applied and has no file here.

    They are in a temporary folder, as they were when they ran.

    :raises NotStored: the log has not kept one of them.
    """
    from tempfile import TemporaryDirectory  # rarely wanted, and this is imported by every upgrade

    found = beyond(project.graph, read_standing(project))
    with TemporaryDirectory(prefix="revisions-") as folder:
        yield project.with_files({each.id: _written(project, each, Path(folder)) for each in found})


def from_log_goal(project: Project) -> Goal:
    """Return where a downgrade leads that takes back what no file is known for."""
    graph = project.graph

    def resolve(applied: tuple[str, ...]) -> tuple[str, ...]:
        return ()

    def plan(known: RevisionGraph, applied: tuple[str, ...], ids: tuple[str, ...]) -> Plan:
        strangers = [id for id in known if id not in graph]
        return with_recorded_only(project, plan_down_from(known, applied, strangers))

    return Goal("downgrade", graph, resolve, plan)


@contextmanager
def offering_the_log(project: Project) -> Iterator[None]:
    """Say of an applied revision without a file that the log may have it.

    :raises FileGone: instead of `UnknownApplied`, where the log knows all of them.
    """
    try:
        yield
    except UnknownApplied as error:
        standing = read_standing(project)
        if not set(error.revisions) <= set(ahead(project.graph, standing)):
            raise
        raise FileGone(
            f"{_described(project.graph, standing, error.revisions)} is applied, and has no file here: "
            "another branch, or a newer release, has it.",
            "'flask db downgrade --from-log' takes it back, with the file that the log has kept.",
            revisions=error.revisions,
        ) from error


def _described(graph: RevisionGraph, standing: Standing, ids: tuple[str, ...]) -> str:
    entries = [(standing.log or {})[id] for id in ids]
    return "Revision " + " and ".join(f"{each.id}{f' ({each.message})' if each.message else ''}" for each in entries)


def _written(project: Project, revision: Revision, folder: Path) -> Revision:
    """Return a revision of the log with the file that it had."""
    source = stored(project, revision.id).source
    if source is None:  # `stored` returns entries that have one
        raise NotStored(f"The log has no file of revision '{revision.id}'.", "bring back the code that has it.")
    path = folder / f"{re.sub(r'[^A-Za-z0-9_-]', '_', revision.id)}.py"
    path.write_text(source, "utf-8")
    return parse_file(str(path), project.history.execute)
