"""What makes revisions a graph: ids and labels are unique, parents exist, nothing comes after itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import chain

from ..errors import CycleFound, DuplicateLabel, DuplicateRevision, MissingParent
from .revision import Revision

LISTED = 8
"""How many revisions an error names, at most; its `revisions` attribute holds all."""

Edges = Mapping[str, tuple[str, ...]]
"""The id of each revision -> ids, in the order of the file."""


def unique_ids(revisions: Collection[Revision]) -> dict[str, Revision]:
    """Return the revisions by id, in the order given.

    :raises DuplicateRevision: two have one id.
    """
    found = {revision.id: revision for revision in revisions}
    if len(found) == len(revisions):
        return found
    seen: dict[str, Revision] = {}
    for revision in revisions:
        other = seen.setdefault(revision.id, revision)
        if other is not revision:
            where = f": {other.path} and {revision.path}" if other.path and revision.path else ""
            raise DuplicateRevision(
                f"Two files have the revision id '{revision.id}'{where}.",
                "give one of the files another id, or delete it if it is a copy.",
                revisions=(revision.id,),
            )
    raise AssertionError("unreachable: the lengths differ")  # pragma: no cover


def unique_labels(revisions: Mapping[str, Revision]) -> dict[str, str]:
    """Return the branch labels, each with the id of the revision that carries it.

    :raises DuplicateLabel: one label is on two revisions, or is the id of another revision.
    """
    found: dict[str, str] = {}
    for revision in revisions.values():
        for label in revision.labels:
            other = revisions.get(found.get(label, label))
            if other is not None and other.id != revision.id:
                where = f"on {other.describe()}" if label in found else f"the id of {other.describe()}"
                raise DuplicateLabel(
                    f"The branch label '{label}' of {revision.describe()} is also {where}.",
                    "give the branch another label in branch_labels.",
                    revisions=(other.id, revision.id),
                )
            found[label] = revision.id
    return found


def known_parents(revisions: Mapping[str, Revision]) -> dict[str, tuple[str, ...]]:
    """Return the parents of each revision, each once.

    :raises MissingParent: a parent has no file.
    """
    parents = {id: _once(revision.parents) for id, revision in revisions.items()}
    _refuse_missing(revisions, parents, "comes after", "is the id of no file", "down_revision")
    return parents


def known_dependencies(revisions: Mapping[str, Revision], labels: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the dependencies of those revisions that have any, as ids.

    A label means the revision that carries it.

    :raises MissingParent: a dependency is neither an id nor a label.
    """
    dependencies = {
        id: _once(name if name in revisions else labels.get(name, name) for name in revision.depends_on)
        for id, revision in revisions.items()
        if revision.depends_on
    }
    _refuse_missing(revisions, dependencies, "depends on", "is no id and no branch label", "depends_on")
    return dependencies


def joined(parents: Edges, dependencies: Edges) -> Edges:
    """Return parents and dependencies of each revision, parents first, each once."""
    if not dependencies:
        return parents
    return {id: _once((*above, *dependencies.get(id, ()))) for id, above in parents.items()}


def refuse_cycles(revisions: Mapping[str, Revision], parents: Edges, needs: Edges) -> None:
    """Check that no revision comes after itself.

    :param needs: parents and dependencies.
    :raises CycleFound: one does; it says whether through parents alone.
    """
    if not _left_over(needs):
        return
    by_parents = _left_over(parents)
    cycle = _cycle(parents, by_parents) if by_parents else _cycle(needs, _left_over(needs))
    name, verb = ("down_revision", "its parent") if by_parents else ("depends_on", "what it depends on")
    if len(cycle) == 1:
        message = f"Revision {revisions[cycle[0]].describe()} names itself as {verb}."
    else:
        links = "parents" if by_parents else "parents and depends_on"
        message = f"These revisions come after themselves through their {links}: {_listed(revisions, cycle)}."
    raise CycleFound(message, f"correct {name} in one of the files.", revisions=cycle)


def _once(ids: Iterable[str]) -> tuple[str, ...]:
    several = tuple(ids)
    return several if len(several) < 2 else tuple(dict.fromkeys(several))


def _refuse_missing(revisions: Mapping[str, Revision], edges: Edges, verb: str, why: str, name: str) -> None:
    missing = set(chain.from_iterable(edges.values())).difference(revisions)
    if not missing:
        return
    broken = [(revisions[id], below) for id, ids in edges.items() for below in ids if below in missing]
    first, wanted = broken[0]
    more = f" There are {len(broken) - 1} more of this kind." if len(broken) > 1 else ""
    raise MissingParent(
        f"Revision {first.describe()} {verb} '{wanted}', which {why}.{more}",
        f"bring the file of '{wanted}' back, or correct {name} in {first.path or 'the file'}.",
        revisions=dict.fromkeys(id for revision, below in broken for id in (revision.id, below)),
    )


def _left_over(edges: Edges) -> set[str]:
    """Return what is in or below a cycle: what is left when the top is taken away, again and again."""
    above = dict.fromkeys(edges, 0)
    for below in chain.from_iterable(edges.values()):
        above[below] += 1
    free = [id for id, count in above.items() if not count]
    for id in free:  # grows while it is read
        for below in edges[id]:
            above[below] -= 1
            if not above[below]:
                free.append(below)
    return set() if len(free) == len(edges) else set(edges).difference(free)


def _cycle(edges: Edges, left: Collection[str]) -> list[str]:
    """Return the ids of one cycle, each followed by one that it names.

    :param left: what is in or below a cycle.
    """
    above: dict[str, str] = {}
    for id, ids in edges.items():
        if id in left:
            above.update((below, id) for below in ids if below not in above)
    place: dict[str, int] = {}
    id = next(iter(above))
    while id not in place:  # upwards, since below a cycle there may be an end
        place[id] = len(place)
        id = above[id]
    return list(place)[place[id] :][::-1]


def _listed(revisions: Mapping[str, Revision], cycle: list[str]) -> str:
    names = [revisions[id].describe() for id in cycle[:LISTED]]
    if len(cycle) > LISTED:
        names.append(f"{len(cycle) - LISTED} more")
    return ", ".join([*names, f"'{cycle[0]}'"])
