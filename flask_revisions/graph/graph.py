"""`RevisionGraph`: which revisions exist and how they stand to each other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from heapq import heappop, heappush
from itertools import count

from .checks import Edges, joined, known_dependencies, known_parents, refuse_cycles, unique_ids, unique_labels
from .revision import Revision as Revision


class RevisionGraph(Mapping[str, Revision]):
    """The revisions of a project: a mapping from full ids, in the order in which they were given.

    *Parents* are the revisions that a revision comes after, *children* those that come after it. What it
    *needs* is its parents and its dependencies. Heads, bases, branches and merges are a matter of parents and
    children alone; what is applied before what is a matter of needs. A graph never changes; what is asked of
    it is worked out once and kept.

    :param revisions: in any order; where an order is free, it is the order of these.
    :raises DuplicateRevision: two have one id.
    :raises DuplicateLabel: two have one label, or one has the id of another as its label.
    :raises MissingParent: a parent or dependency does not exist.
    :raises CycleFound: one comes after itself.
    """

    def __init__(self, revisions: Iterable[Revision] = ()) -> None:
        self._revisions = unique_ids(tuple(revisions))
        self.labels: Mapping[str, str] = unique_labels(self._revisions)
        """Branch labels, each with the id of the revision that carries it."""
        self._parents: Edges = known_parents(self._revisions)
        self._dependencies: Edges = known_dependencies(self._revisions, self.labels)
        self._needs = joined(self._parents, self._dependencies)
        refuse_cycles(self._revisions, self._parents, self._needs)

    def __getitem__(self, id: str) -> Revision:
        return self._revisions[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._revisions)

    def __len__(self) -> int:
        return len(self._revisions)

    def __contains__(self, id: object) -> bool:
        return id in self._revisions

    # -- the ends ---------------------------------------------------------------------------------------

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """The ids of the revisions without children; one that others merely depend on is a head, too."""
        return _unnamed(self._parents)

    @cached_property
    def effective_heads(self) -> tuple[str, ...]:
        """The ids of the heads that no other revision depends on: the rows where all is applied."""
        return _unnamed(self._needs) if self._dependencies else self.heads

    @cached_property
    def bases(self) -> tuple[str, ...]:
        """The ids of the revisions without parents."""
        return tuple(id for id, parents in self._parents.items() if not parents)

    @cached_property
    def branch_points(self) -> tuple[str, ...]:
        """The ids of the revisions with more than one child."""
        return tuple(id for id, children in self._children.items() if len(children) > 1)

    @cached_property
    def merge_points(self) -> tuple[str, ...]:
        """The ids of the revisions with more than one parent."""
        return tuple(id for id, parents in self._parents.items() if len(parents) > 1)

    # -- one step away ----------------------------------------------------------------------------------

    def parents(self, id: str) -> tuple[str, ...]:
        """Return the ids that a revision comes after."""
        return self._parents[id]

    def children(self, id: str) -> tuple[str, ...]:
        """Return the ids that come after a revision."""
        return self._children[id]

    def dependencies(self, id: str) -> tuple[str, ...]:
        """Return the ids that a revision depends on; labels are resolved."""
        return self._dependencies.get(id, ())

    def needs(self, id: str) -> tuple[str, ...]:
        """Return parents and dependencies: what must be applied before a revision."""
        return self._needs[id]

    def needed_by(self, id: str) -> tuple[str, ...]:
        """Return children and dependents: what must be taken down before a revision."""
        return self._needed_by[id]

    @cached_property
    def _children(self) -> Edges:
        return _turned(self._parents)

    @cached_property
    def _needed_by(self) -> Edges:
        return _turned(self._needs) if self._dependencies else self._children

    # -- all the way ------------------------------------------------------------------------------------

    def ancestors(self, ids: Iterable[str], *, dependencies: bool = True) -> set[str]:
        """Return `ids` and everything below them.

        :param dependencies: False to follow parents alone.
        """
        return _reached(ids, self._needs if dependencies else self._parents)

    def descendants(self, ids: Iterable[str], *, dependencies: bool = True) -> set[str]:
        """Return `ids` and everything above them.

        :param dependencies: False to follow children alone.
        """
        return _reached(ids, self._needed_by if dependencies else self._children)

    def lineage(self, id: str, *, dependencies: bool = False) -> set[str]:
        """Return a revision with everything above and below it: what `id@...` means.

        :param dependencies: True to count them like parents.
        """
        below = self.ancestors((id,), dependencies=dependencies)
        return below | self.descendants((id,), dependencies=dependencies)

    def implied(self, ids: Collection[str]) -> set[str]:
        """Return those of `ids` that are behind another of them, through parents or dependencies."""
        several = set(ids)
        if len(several) < 2:
            return set()
        return several & self.ancestors(below for id in several for below in self._needs[id])

    def standing(self, ids: Iterable[str]) -> dict[str, int]:
        """Return for each of `ids` how many of the others need it at first hand."""
        found = dict.fromkeys(ids, 0)
        for id in found:
            for below in self._needs[id]:
                if below in found:
                    found[below] += 1
        return found

    def labels_of(self, id: str) -> tuple[str, ...]:
        """Return the labels of the branches that a revision is on.

        A label covers the revision that carries it, all that descends from it, and its ancestors as far as
        they lead to it alone.
        """
        return tuple(self._covered.get(id, ()))

    @cached_property
    def _covered(self) -> Mapping[str, list[str]]:
        covered: dict[str, list[str]] = {}
        for label, carrier in self.labels.items():
            for id in self.descendants((carrier,), dependencies=False).union(self._stem(carrier)):
                covered.setdefault(id, []).append(label)
        return covered

    def _stem(self, id: str) -> Iterator[str]:
        """The ancestors of a revision for which it is the only way up."""
        while len(self._children[id]) < 2 and len(self._parents[id]) == 1:
            (id,) = self._parents[id]
            if len(self._children[id]) > 1:
                return
            yield id

    # -- in order ---------------------------------------------------------------------------------------

    @cached_property
    def order(self) -> tuple[str, ...]:
        """All ids, each after everything that it needs."""
        return tuple(reversed(self.walk_down(self._revisions)))

    def walk_down(self, ids: Iterable[str]) -> list[str]:
        """Return `ids` from the newest down, each after everything that needs it.

        A line is followed down, first parents first, to what another line still stands on; then the line that
        was begun first goes on. Lines begin at the heads, in the order of the graph, and at second parents
        and at dependencies.

        :param ids: with any two of them also what lies between; an order through what is missing is not kept.
        """
        waits = self.standing(ids)
        ready = list(enumerate(id for id in self._revisions if waits.get(id) == 0))  # sorted, so a heap
        lines = {id: line for line, id in ready}
        begun = count(len(lines))
        walked: list[str] = []
        follow: str | None = None
        while follow or ready:
            id = follow or heappop(ready)[1]
            walked.append(id)
            heir = follow = None
            for below in self._needs[id]:
                if below not in waits:
                    continue
                if below not in lines:
                    lines[below] = next(begun) if heir else lines[id]
                    heir = heir or below
                waits[below] -= 1
                if waits[below] == 0 and below == heir:
                    follow = below
                elif waits[below] == 0:
                    heappush(ready, (lines[below], below))
        return walked


def _unnamed(edges: Edges) -> tuple[str, ...]:
    named = {below for ids in edges.values() for below in ids}
    return tuple(id for id in edges if id not in named)


def _turned(edges: Edges) -> Edges:
    turned: dict[str, list[str]] = {id: [] for id in edges}
    for id, ids in edges.items():
        for below in ids:
            turned[below].append(id)
    return {id: tuple(ids) for id, ids in turned.items()}


def _reached(ids: Iterable[str], edges: Edges) -> set[str]:
    found = set(ids)
    ready = list(found)
    while ready:
        for other in edges[ready.pop()]:
            if other not in found:
                found.add(other)
                ready.append(other)
    return found
