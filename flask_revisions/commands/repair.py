"""rebase: what puts a project in order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..graph.rebase import Rebase, choose, plan_rebase
from ..graph.targets import resolve_one
from ..project import Project
from ..scripts.files import replace_whole
from ..scripts.reparent import with_parents
from .inspect import read_standing


@dataclass(frozen=True)
class Rebased:
    """What a rebase comes to.

    :param rebase: which revisions come after which.
    :param files: the files that were changed, or would be.
    """

    rebase: Rebase
    files: tuple[str, ...]


def rebase(project: Project, revision: str | None = None, *, onto: str | None = None, dry_run: bool = False) -> Rebased:
    """Put a branch that no database has after the other head, by changing the parents that its first file names.

    :param revision: the head of the branch; None where what is applied says which.
    :param onto: what it is to come after; None for the other head.
    :param dry_run: only find out.
    :raises RebaseRefused: the history of a database would change.
    """
    graph = project.graph
    standing = read_standing(project)
    known = {id for id, entry in (standing.log or {}).items() if entry.applied}
    applied = known | graph.ancestors(row for row in standing.rows if row in graph)
    if revision is None:
        head, other = choose(graph, graph.heads, applied)
    else:
        head = resolve_one(graph, revision)
        rest = tuple(each for each in graph.heads if each not in graph.descendants((head,)))
        other = rest[0] if len(rest) == 1 else ""
    target = resolve_one(graph, onto) if onto is not None else other
    if not target:
        target = choose(graph, graph.heads, applied)[1]
    plan = plan_rebase(graph, head, target, applied=applied)
    contents = {path: with_parents(Path(path).read_bytes(), path, (target,)) for path in _paths(project, plan)}
    for path, content in contents.items() if not dry_run else ():
        replace_whole(Path(path), content)
    return Rebased(plan, tuple(contents))


def _paths(project: Project, plan: Rebase) -> tuple[str, ...]:
    return tuple(project.graph[id].path for id in plan.roots)
