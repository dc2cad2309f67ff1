"""(graph, applied, target) -> the steps that lead there: up, down, or rows alone (`stamp`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ..errors import OverlappingTargets
from .graph import Revision, RevisionGraph
from .state import known_rows, separate_rows
from .targets import resolve_stamp

Direction = Literal["upgrade", "downgrade", "stamp"]


@dataclass(frozen=True, slots=True)
class RowChange:
    """One change of one row of the version table.

    :param old: the id that the row has; None for a new row.
    :param new: the id that it gets; None if it goes.
    """

    old: str | None
    new: str | None

    @property
    def kind(self) -> Literal["insert", "update", "delete"]:
        """What SQL calls it."""
        if self.old is None:
            return "insert"
        return "delete" if self.new is None else "update"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a run: a revision's script and the rows that record it, or for a stamp rows alone.

    Its attributes have the names that functions for `on_version_apply` know
    (https://alembic.sqlalchemy.org/en/latest/api/runtime.html#alembic.runtime.migration.MigrationInfo).

    :param revision: whose script runs; for a stamp the first that gets a row, or loses one if none gets any.
    :param rows: the changes of the version table, in order: each meets exactly one row, or makes one.
    :param before: the rows that there are before it.
    :param after: the rows that it leaves.
    :param is_upgrade: True where it leads up, also for a stamp.
    :param up_revision_ids: the upper end: the revision; for a stamp there may be several.
    :param down_revision_ids: the lower end: parents, then dependencies; none for below a base.
    :param recorded_only: True where the revision has nothing to run on this database.
    """

    direction: Direction
    revision: Revision
    rows: tuple[RowChange, ...]
    before: frozenset[str]
    after: frozenset[str]
    is_upgrade: bool
    up_revision_ids: tuple[str, ...]
    down_revision_ids: tuple[str, ...]
    recorded_only: bool = False

    @property
    def is_stamp(self) -> bool:
        """True if no script runs."""
        return self.direction == "stamp"

    @property
    def is_migration(self) -> bool:
        """True if a script runs."""
        return not self.is_stamp and not self.recorded_only

    @property
    def up_revision_id(self) -> str | None:
        """The first id of the upper end."""
        return self.up_revision_ids[0] if self.up_revision_ids else None

    @property
    def source_revision_ids(self) -> tuple[str, ...]:
        """The end that it starts from."""
        return self.down_revision_ids if self.is_upgrade else self.up_revision_ids

    @property
    def destination_revision_ids(self) -> tuple[str, ...]:
        """The end that it leads to."""
        return self.up_revision_ids if self.is_upgrade else self.down_revision_ids


Plan = tuple[Step, ...]


def plan_up_to(graph: RevisionGraph, applied: Iterable[str], wanted: Iterable[str]) -> Plan:
    """Return the steps after which `wanted` are applied, with all that they need.

    :param applied: the rows of the version table.
    :param wanted: full ids, as from `resolve_upgrade`.
    :raises OverlappingTargets: one of `wanted`, or one of the rows, is behind another.
    :raises UnknownApplied: there is no file for one of the rows.
    """
    rows = separate_rows(graph, applied)
    ends = tuple(dict.fromkeys(wanted))
    if len(rows) == 1 and ends == rows:
        return ()  # every deploy: spare it the walk through all revisions
    _refuse_overlap(graph, ends)
    needed = graph.ancestors(ends) - graph.ancestors(rows)
    before = frozenset(rows)
    steps = []
    for id in reversed(graph.walk_down(needed)):
        step = _up(graph, id, before)
        steps.append(step)
        before = step.after
    return tuple(steps)


def plan_down_from(graph: RevisionGraph, applied: Iterable[str], unwanted: Iterable[str]) -> Plan:
    """Return the steps after which none of `unwanted` is applied, nor anything that needs them.

    :param applied: the rows of the version table.
    :param unwanted: full ids, as from `resolve_downgrade`; those that are not applied do not matter.
    :raises UnknownApplied: there is no file for one of the rows.
    """
    rows = known_rows(graph, applied)
    active = graph.ancestors(rows)
    going = active & graph.descendants(active.intersection(unwanted))
    standing = graph.standing(active)
    before = frozenset(rows)
    steps = []
    for id in graph.walk_down(going):
        for below in graph.needs(id):
            standing[below] -= 1
        bare = [below for below in graph.needs(id) if not standing[below]]
        step = _down(graph, id, before, bare)
        steps.append(step)
        before = step.after
    return tuple(steps)


def plan_stamp(
    graph: RevisionGraph,
    applied: Iterable[str],
    targets: str | Iterable[str],
    *,
    purge: bool = False,
    names: RevisionGraph | None = None,
) -> Plan:
    """Return the one step that makes the rows say that the database is at `targets`; none if they do.

    A row above or below a target gives way to it; rows of other branches stay. `base` takes all rows away,
    `label@base` those of its branch.

    :param applied: the rows of the version table.
    :param targets: one identifier or several; each gets its row, even if one is behind another.
    :param purge: True to delete all rows first, known or not.
    :param names: the graph in which targets mean something, if `graph` has more than there are files for.
    :raises TargetError: a target leads nowhere.
    :raises UnknownApplied: there is no file for one of the rows, and they are not purged.
    """
    rows = tuple(dict.fromkeys(applied)) if purge else known_rows(graph, applied)
    wanted: dict[str, None] = {}
    replaced: set[str] = set(rows) if purge else set()
    for target in (targets,) if isinstance(targets, str) else targets:
        ids, gone = resolve_stamp(graph, rows, target, names=names)
        wanted.update(dict.fromkeys(ids))
        replaced.update(gone)
    going = [row for row in rows if row in replaced and (purge or row not in wanted)]
    there = set() if purge else set(rows)
    coming = [id for id in wanted if id not in there]
    return (_stamp(graph, rows, going, coming, pair=not purge),) if going or coming else ()


# -- one step -----------------------------------------------------------------------------------------


def _up(graph: RevisionGraph, id: str, before: frozenset[str]) -> Step:
    """The first row below becomes the revision's, the others go; where there is none, there is a new row."""
    below = graph.needs(id)
    rows = [row for row in below if row in before]
    changes = [RowChange(row, None) for row in rows[1:]]
    changes.append(RowChange(rows[0] if rows else None, id))
    after = before.difference(rows) | {id}
    return Step("upgrade", graph[id], tuple(changes), before, after, True, (id,), below)


def _down(graph: RevisionGraph, id: str, before: frozenset[str], bare: list[str]) -> Step:
    """The row goes to the first revision below that has nothing on it any more; the others get new rows.

    :param bare: the ids below that have nothing on them; with rows already, where rows overlapped.
    """
    new = [below for below in bare if below not in before]
    changes = [RowChange(id, new[0] if new else None)]
    changes += [RowChange(None, row) for row in new[1:]]
    after = before.difference((id,)).union(new)
    return Step("downgrade", graph[id], tuple(changes), before, after, False, (id,), graph.needs(id))


def _stamp(graph: RevisionGraph, rows: tuple[str, ...], going: list[str], coming: list[str], *, pair: bool) -> Step:
    """Rows that go become those that come on their line, as far as there are any (`pair`)."""
    free = dict.fromkeys(going)
    written = []
    for id in coming:
        line = graph.lineage(id, dependencies=True) if pair and free else ()
        old = next((row for row in free if row in line), None)
        if old is not None:
            del free[old]
        written.append(RowChange(old, id))
    changes = (*(RowChange(row, None) for row in free), *written)
    behind = graph.ancestors(row for row in going if row in graph)
    up = not going or not behind.issuperset(coming)
    first = coming[0] if coming else going[0]
    ends = (tuple(coming), tuple(going)) if up else (tuple(going), tuple(coming))
    before = frozenset(rows)
    after = before.difference(going).union(coming)
    return Step("stamp", graph.get(first) or Revision(first), changes, before, after, up, *ends)


def _refuse_overlap(graph: RevisionGraph, ends: tuple[str, ...]) -> None:
    behind = graph.implied(ends)
    if behind:
        lower = ", ".join(f"'{id}'" for id in ends if id in behind)
        upper = ", ".join(f"'{id}'" for id in ends if id not in behind)
        raise OverlappingTargets(
            f"{lower} is already part of {upper}.", "name only the upper one.", target=", ".join(ends)
        )
