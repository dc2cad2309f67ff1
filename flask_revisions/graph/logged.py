"""What a log of earlier runs adds to the rows of a version table: what is ahead of the code, late, or edited."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from ..errors import LateRevision, UnknownApplied
from .graph import RevisionGraph
from .plan import Step
from .revision import Revision
from .state import unknown_rows


@dataclass(frozen=True, slots=True)
class Logged:
    """What the newest entry of the log says about a revision, failures left out.

    :param applied: False where it was taken back.
    :param needs: the ids that had to be applied before it.
    :param digest: of its file as it was then; empty where that is not known.
    """

    id: str
    applied: bool
    needs: tuple[str, ...]
    digest: str = ""
    message: str = ""


Log = Mapping[str, Logged]
"""For each revision that a log knows, what it says."""


@dataclass(frozen=True)
class Standing:
    """Where a database is: the rows of its version table, and what its log says.

    :param log: None where none is kept.
    """

    rows: tuple[str, ...] = ()
    log: Log | None = None


def beyond(graph: RevisionGraph, standing: Standing) -> tuple[Revision, ...]:
    """Return the applied revisions that no file is known for, but the log: the database is ahead of the code.

    A row is left out if the log does not know it, or something that it needs and the code has not either.
    """
    log = standing.log or {}
    found: dict[str, Revision] = {}
    for row in unknown_rows(graph, standing.rows):
        missing = _closure(row, graph, log)
        if all(id in log for id in missing):
            found.update((id, Revision(id, log[id].needs, message=log[id].message)) for id in missing)
    return tuple(found.values())


def ahead(graph: RevisionGraph, standing: Standing) -> tuple[str, ...]:
    """Return the rows that the code has no file for, and that the log explains."""
    known = {revision.id for revision in beyond(graph, standing)}
    return tuple(row for row in unknown_rows(graph, standing.rows) if row in known)


def refuse_unrelated(graph: RevisionGraph, standing: Standing) -> None:
    """Raise where what is ahead has nothing in common with the code: another project has the same version table.

    :raises UnknownApplied: it names the rows.
    """
    newer = ahead(graph, standing)
    if not newer or not graph or any(id in graph for id in (*standing.rows, *(standing.log or ()))):
        return
    names = " and ".join(f"'{row}'" for row in newer)
    raise UnknownApplied(
        f"The database is at {names}, and the log knows no revision of this project: another project has applied "
        "its own with the same version table.",
        "set REVISIONS_VERSION_TABLE to a name of this project's own; or, if it is the same project, say with "
        "'flask db stamp --purge REVISION' where the database really is.",
        revisions=newer,
    )


def with_log(graph: RevisionGraph, standing: Standing) -> RevisionGraph:
    """Return a graph with what is ahead of the code as revisions without files; the same graph if nothing is."""
    more = beyond(graph, standing)
    return RevisionGraph((*graph.values(), *more)) if more else graph


def unlogged(graph: RevisionGraph, standing: Standing) -> tuple[str, ...]:
    """Return what the rows imply and the log does not know as applied, the lowest first.

    :param graph: as from `with_log`.
    """
    log = standing.log or {}
    active = graph.ancestors(row for row in standing.rows if row in graph)
    missing = [id for id in active if not (id in log and log[id].applied)]
    return tuple(reversed(graph.walk_down(missing))) if len(missing) > 1 else tuple(missing)


def late(graph: RevisionGraph, standing: Standing) -> tuple[str, ...]:
    """Return the revisions below applied ones that were never applied, the lowest first.

    What the log knows as applied was applied when all below it was known to the log. What somebody else has applied
    on top of that, Alembic for example, is not late.

    :param graph: as from `with_log`.
    """
    missing = unlogged(graph, standing)
    if not missing or not standing.log:
        return ()
    logged = {id for id, entry in standing.log.items() if entry.applied and id in graph}
    below = graph.ancestors(logged & graph.ancestors(row for row in standing.rows if row in graph))
    return tuple(id for id in missing if id in below)


def refuse_late(graph: RevisionGraph, standing: Standing, steps: Iterable[Step] | None = None) -> None:
    """Raise if a revision below an applied one was never applied.

    :param graph: as from `with_log`.
    :param steps: None to raise in any case; else only if one of them would take such a revision back.
    :raises LateRevision: it names them and the two ways out.
    """
    found = late(graph, standing)
    if steps is not None:
        going = {step.revision.id for step in steps}
        found = tuple(id for id in found if id in going)
    if not found:
        return
    first = graph[found[0]].describe()
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    rows = " ".join(standing.rows)
    place = f"down_revision = '{standing.rows[0]}'" if len(standing.rows) == 1 else "down_revision = <an applied head>"
    raise LateRevision(
        f"Revision {first}{more} comes before what is applied ({rows}), and was never run on this database.",
        f"let it come after that: {place} in its file; or, if the database has what it does already, "
        f"'flask db stamp {rows}' records it.",
        revisions=found,
    )


def changed_files(graph: RevisionGraph, standing: Standing) -> tuple[str, ...]:
    """Return the applied revisions whose file is not byte for byte what it was; not each of them was edited."""
    log = standing.log or {}
    return tuple(
        id
        for id, entry in log.items()
        if entry.applied and entry.digest and id in graph and graph[id].digest not in ("", entry.digest)
    )


def turned(graph: RevisionGraph, before: Collection[str], after: Collection[str]) -> tuple[list[str], list[str]]:
    """Return what a change of rows alone makes count as applied, lowest first, and as not applied, newest first."""
    was = graph.ancestors(row for row in before if row in graph).union(before)
    now = graph.ancestors(row for row in after if row in graph).union(after)
    up, down = now - was, was - now
    order = graph.walk_down(id for id in up | down if id in graph)
    strangers = sorted(id for id in up | down if id not in graph)
    return [id for id in (*strangers, *reversed(order)) if id in up], [id for id in (*strangers, *order) if id in down]


def _closure(row: str, graph: RevisionGraph, log: Log) -> dict[str, None]:
    """Return a row and what it needs, as far as the code does not know it."""
    found: dict[str, None] = {}
    ready = [row]
    while ready:
        id = ready.pop()
        if id not in graph and id not in found:
            found[id] = None
            ready.extend(log[id].needs if id in log else ())
    return found
