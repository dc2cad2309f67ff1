"""What identifiers mean: `heads`, `+2`, `label@head`, `3fa2`, `head-1`, ... -> the ids of revisions."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from . import wording
from .grammar import Identifier, begun_by, parse
from .graph import RevisionGraph
from .state import current_revisions, known_rows
from .walks import walk


def resolve(
    graph: RevisionGraph, text: str, *, applied: Iterable[str] | None = None, effective: bool = True
) -> tuple[str, ...]:
    """Return the ids that an identifier means; none for `base`.

    :param applied: the rows of the version table, for `current`, `+1`, `-1`; None where no database is asked.
    :param effective: False if `heads` is to name those heads, too, that others depend on.
    :raises TargetError: it leads nowhere, or to several where it can mean only one.
    :raises UnknownApplied: what is applied matters, and there is no file for one of the rows.
    """
    identifier = parse(graph, text)
    lineage = lineage_of(graph, identifier)
    if not identifier.counts:
        return named(graph, identifier, lineage, applied=applied, effective=effective)
    if identifier.counts_from_applied:
        start = _one_applied(graph, identifier, lineage, applied, up=identifier.steps > 0)
    else:
        start = _at_most_one(graph, identifier, named(graph, identifier, lineage, applied=applied))
    end = walk(graph, start, identifier.steps, target=identifier.text, lineage=lineage)
    return () if end is None else (end,)


def resolve_one(graph: RevisionGraph, text: str, *, applied: Iterable[str] | None = None) -> str:
    """Return the one id that an identifier means.

    :param applied: as for `resolve`.
    :raises SeveralHeads: there are several.
    :raises UnknownRevision: there is none, as for `base`.
    :raises TargetError: as for `resolve`.
    """
    identifier = parse(graph, text)
    found = _at_most_one(graph, identifier, resolve(graph, text, applied=applied))
    if found is None:
        raise wording.nothing(graph, identifier.text)
    return found


def resolve_all(
    graph: RevisionGraph,
    texts: Iterable[str],
    *,
    applied: Iterable[str] | None = None,
    effective: bool = True,
) -> tuple[str, ...]:
    """Return the ids that several identifiers mean, each once.

    :param applied: as for `resolve`.
    :param effective: as for `resolve`.
    :raises TargetError: as for `resolve`.
    """
    rows = None if applied is None else tuple(applied)
    return tuple(dict.fromkeys(id for text in texts for id in resolve(graph, text, applied=rows, effective=effective)))


def resolve_upgrade(graph: RevisionGraph, applied: Iterable[str], target: str) -> tuple[str, ...]:
    """Return the ids that are to be applied, with all that they need, when an upgrade ends.

    :param applied: the rows of the version table.
    :raises StepsOutOfRange: it counts down, or further up than there is.
    :raises TargetError: as for `resolve`.
    :raises UnknownApplied: what is applied matters, and there is no file for one of the rows.
    """
    identifier = parse(graph, target)
    if identifier.counts_from_applied and identifier.steps <= 0:
        raise wording.wrong_way(identifier.text, "an upgrade", "+1")
    return resolve(graph, target, applied=applied)


def resolve_downgrade(graph: RevisionGraph, applied: Iterable[str], target: str) -> tuple[str, ...]:
    """Return the ids that a downgrade to `target` takes down, with all that stands on them.

    They are the children of the target, on its branch if it names one. Where the target counts (`-2`,
    `label@-1`) it is the last revision that the count comes to; so `-1` takes down a merge, in spite of its
    two parents.

    :param applied: the rows of the version table.
    :raises SeveralHeads: it counts, and several branches are applied.
    :raises StepsOutOfRange: it counts up, or further down than there is.
    :raises NotAncestor: it is not applied.
    :raises TargetError: as for `resolve`.
    :raises UnknownApplied: there is no file for one of the rows.
    """
    rows = known_rows(graph, applied)
    identifier = parse(graph, target)
    lineage = lineage_of(graph, identifier)
    if identifier.counts_from_applied:
        return (_last_down(graph, identifier, lineage, rows),)
    end = _at_most_one(graph, identifier, resolve(graph, target, applied=rows))
    if end is None and identifier.name == "current":
        return ()  # nothing is applied on that branch: that is where it is, not at the base
    active = graph.ancestors(rows)
    if end is not None and end not in active:
        raise wording.not_below(graph, end, identifier.text, rows)
    above = graph.bases if end is None else graph.children(end)
    return tuple(id for id in above if id in active and (lineage is None or id in lineage))


def resolve_stamp(
    graph: RevisionGraph, applied: Iterable[str], target: str, *, names: RevisionGraph | None = None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the ids that get a row when `target` is stamped, and the rows that they replace.

    :param applied: the rows of the version table.
    :param names: the graph in which `target` means something, if that is not the one of the rows.
    :raises TargetError: as for `resolve`.
    :raises UnknownApplied: what is applied matters, and there is no file for one of the rows.
    """
    rows = tuple(dict.fromkeys(applied))
    identifier = parse(names or graph, target)
    ids = resolve(names or graph, target, applied=rows)
    if ids or (identifier.name == "current" and not identifier.counts):
        line = graph.ancestors(ids) | graph.descendants(ids)
        return ids, tuple(row for row in rows if row in line)
    return (), on_lineage(lineage_of(graph, identifier, dependencies=True), rows)


def _last_down(
    graph: RevisionGraph, identifier: Identifier, lineage: Collection[str] | None, rows: tuple[str, ...]
) -> str:
    if identifier.steps >= 0:
        raise wording.wrong_way(identifier.text, "a downgrade", "-1")
    start = _one_applied(graph, identifier, lineage, rows, up=False)
    last = walk(graph, start, identifier.steps + 1, target=identifier.text, lineage=lineage)
    if last is None:
        raise wording.too_far(identifier.text, up=False, possible=-identifier.steps - 1)
    return last


# -- the parts ----------------------------------------------------------------------------------------


def named(
    graph: RevisionGraph,
    identifier: Identifier,
    lineage: Collection[str] | None,
    *,
    applied: Iterable[str] | None = None,
    effective: bool = True,
) -> tuple[str, ...]:
    """Return the ids that the name of an identifier means, without its steps.

    :param lineage: the ids on its branch, as from `lineage_of`.
    :param applied: as for `resolve`.
    :param effective: as for `resolve`.
    :raises TargetError: as for `resolve`.
    """
    if identifier.name == "base":
        return ()
    if identifier.name == "current":
        return on_lineage(lineage, known_rows(graph, _asked(identifier, applied)))
    if identifier.name == "head":
        head = _at_most_one(graph, identifier, on_lineage(lineage, graph.heads))
        return () if head is None else (head,)
    if identifier.name == "heads":
        if lineage is None:
            return graph.effective_heads if effective else graph.heads
        heads = on_lineage(lineage, graph.heads)
        behind = graph.implied(heads) if effective else ()
        return tuple(head for head in heads if head not in behind)
    return (_found(graph, identifier, identifier.name, lineage),)


def _found(graph: RevisionGraph, identifier: Identifier, name: str, lineage: Collection[str] | None) -> str:
    """The id that a name means: a full id, a label, or the only one that it begins."""
    if name in graph:
        found = [name]
    elif name in graph.labels:
        found = [graph.labels[name]]
    else:
        found = begun_by(graph, name, lineage)
        if not found:
            raise wording.unknown(graph, name, identifier.text, identifier.branch if lineage else "")
        if len(found) > 1:
            raise wording.ambiguous(graph, name, found, identifier.text)
    if lineage is not None and found[0] not in lineage:
        raise wording.elsewhere(graph, found[0], identifier.branch, lineage, identifier.text)
    return found[0]


def lineage_of(graph: RevisionGraph, identifier: Identifier, *, dependencies: bool = False) -> set[str] | None:
    """Return the ids on the branch that an identifier names; None if it names none.

    :param dependencies: True to count them like parents.
    """
    name = identifier.branch
    if not name:
        return None
    if name not in graph and name not in graph.labels and not begun_by(graph, name):
        raise wording.unknown_branch(graph, name, identifier.text)
    return graph.lineage(_found(graph, identifier, name, None), dependencies=dependencies)


def on_lineage(lineage: Collection[str] | None, ids: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of `ids` that are on a branch; all of them where there is no branch."""
    return ids if lineage is None else tuple(id for id in ids if id in lineage)


def _asked(identifier: Identifier, applied: Iterable[str] | None) -> Iterable[str]:
    if applied is None:
        raise wording.no_database(identifier.text)
    return applied


def _at_most_one(graph: RevisionGraph, identifier: Identifier, ids: tuple[str, ...]) -> str | None:
    if len(ids) < 2:
        return ids[0] if ids else None
    if identifier.name == "current":
        raise wording.several_current(graph, ids, identifier.text)
    raise wording.several(graph, ids, identifier.text)


def _one_applied(
    graph: RevisionGraph,
    identifier: Identifier,
    lineage: Collection[str] | None,
    applied: Iterable[str] | None,
    *,
    up: bool,
) -> str | None:
    """The revision that steps count from; None to begin below all bases.

    A branch may be without a row of its own. Then steps up begin where the rows of others have left it, and
    steps down need a revision of its own that others depend on.
    """
    rows = known_rows(graph, _asked(identifier, applied))
    behind = graph.implied(rows)
    starts = on_lineage(lineage, tuple(row for row in rows if row not in behind))
    if lineage is not None and not starts:
        if up:
            active = graph.ancestors(rows).intersection(lineage)
            ends = active - graph.implied(active)
            starts = tuple(id for id in graph if id in ends)
        else:
            starts = on_lineage(lineage, current_revisions(graph, rows))
    if len(starts) > 1:
        raise wording.several_applied(graph, starts, identifier.text)
    if not starts and not up:
        raise wording.too_far(identifier.text, up=False, possible=0)
    return starts[0] if starts else None
