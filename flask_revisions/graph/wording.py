"""The errors for identifiers that lead nowhere: each names the target as given, and what to type instead."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from ..errors import (
    AmbiguousRevision,
    MalformedTarget,
    NotAncestor,
    SeveralHeads,
    StepsOutOfRange,
    UnknownRevision,
)
from .graph import RevisionGraph

LISTED = 5
"""How many revisions a message names, at most."""

SHORTEST = 4
"""Characters that an id must have to be found by its beginning."""


def names(graph: RevisionGraph, ids: Collection[str]) -> str:
    """Return ids for a message, with the labels of their branches: `'3fa2c1' (billing), '8bd0e4'`."""
    shown = []
    for id in list(ids)[:LISTED]:
        labels = ", ".join(graph.labels_of(id))
        shown.append(f"'{id}' ({labels})" if labels else f"'{id}'")
    if len(ids) > LISTED:
        shown.append(f"{len(ids) - LISTED} more")
    return ", ".join(shown)


def branch_name(graph: RevisionGraph, id: str, among: Iterable[str]) -> str:
    """Return what to write before `@` to mean `id` and no other: a label if one does it, else the id."""
    taken = {label for other in among if other != id for label in graph.labels_of(other)}
    return next((label for label in graph.labels_of(id) if label not in taken), id)


def heads_hint(graph: RevisionGraph) -> str:
    """Return the hint that names the heads."""
    heads = graph.heads
    if not heads:
        return "there are no revisions yet; 'flask db migrate' writes the first."
    what = "head is" if len(heads) == 1 else "heads are"
    return f"the {what} {names(graph, heads)}; 'flask db history' lists all."


def unknown(graph: RevisionGraph, name: str, target: str, branch: str = "") -> UnknownRevision:
    """Return the error for a name that is no id, no beginning of one, and no label.

    :param branch: the branch that was searched; empty for all.
    """
    from difflib import get_close_matches  # only wanted when something is wrong already

    where = f" on branch '{branch}'" if branch else ""
    of = f" (in '{target}')" if target != name else ""
    near = get_close_matches(name, [*graph, *graph.labels], n=3)
    hint = f"did you mean {' or '.join(repr(each) for each in near)}?" if near else heads_hint(graph)
    if len(name) < SHORTEST:
        hint = f"give at least {SHORTEST} characters of an id; {hint}"
    return UnknownRevision(f"There is no revision '{name}'{where}{of}.", hint, target=target)


def unknown_branch(graph: RevisionGraph, name: str, target: str) -> UnknownRevision:
    """Return the error for a name before `@` that is no label and no id."""
    labels = list(graph.labels)
    if labels:
        more = f" and {len(labels) - LISTED} more" if len(labels) > LISTED else ""
        hint = f"the branch labels are {', '.join(repr(label) for label in labels[:LISTED])}{more}."
    else:
        hint = f"no revision has a branch label; an id can stand before the @; {heads_hint(graph)}"
    return UnknownRevision(f"There is no branch '{name}' (in '{target}').", hint, target=target)


def elsewhere(graph: RevisionGraph, id: str, branch: str, lineage: Collection[str], target: str) -> UnknownRevision:
    """Return the error for a revision that exists, but not on the branch that was named."""
    heads = [head for head in graph.heads if head in lineage]
    ends = "ends at" if len(heads) == 1 else "has the heads"
    return UnknownRevision(
        f"Revision '{id}' is not on branch '{branch}' (in '{target}').",
        f"leave '{branch}@' out, or name a revision of the branch; it {ends} {names(graph, heads)}.",
        target=target,
    )


def ambiguous(graph: RevisionGraph, name: str, ids: Sequence[str], target: str) -> AmbiguousRevision:
    """Return the error for the beginning of several ids."""
    of = f" (in '{target}')" if target != name else ""
    return AmbiguousRevision(
        f"'{name}'{of} is the beginning of {len(ids)} ids: {names(graph, ids)}.",
        "give more characters of the id.",
        target=target,
        candidates=ids,
    )


def fork(graph: RevisionGraph, ids: Sequence[str], target: str) -> AmbiguousRevision:
    """Return the error for steps that come to where there are several ways on."""
    branch = branch_name(graph, ids[0], ids)
    return AmbiguousRevision(
        f"'{target}' leads to where the ways part: {names(graph, ids)}.",
        f"name the revision itself, or the branch to stay on, as in '{branch}@{target.rpartition('@')[2]}'.",
        target=target,
        candidates=ids,
    )


def several(graph: RevisionGraph, ids: Sequence[str], target: str) -> SeveralHeads:
    """Return the error for a target that is to mean one head of the graph and finds several."""
    labels = {branch_name(graph, id, {*ids, *graph.heads}) for id in ids[:LISTED]}.difference(ids)
    label = min(labels, default="")
    return SeveralHeads(
        f"'{target}' means one revision, and there are {len(ids)} heads: {names(graph, ids)}.",
        "'flask db merge heads' joins them; 'flask db rebase' puts one after the other; "
        "'flask db upgrade heads' applies all; "
        + (f"'{label}@head' is one of them." if label else "an id means one of them."),
        target=target,
        heads=ids,
    )


def several_applied(graph: RevisionGraph, rows: Sequence[str], target: str) -> SeveralHeads:
    """Return the error for a target that counts from the applied revision where several branches have one."""
    step = target.rpartition("@")[2]
    ways = " or ".join(f"'{branch_name(graph, row, rows)}@{step}'" for row in list(rows)[:LISTED])
    return SeveralHeads(
        f"'{target}' counts from what is applied, and that is {len(rows)} revisions: {names(graph, rows)}.",
        f"say on which branch: {ways}.",
        target=target,
        heads=rows,
    )


def several_current(graph: RevisionGraph, rows: Sequence[str], target: str) -> SeveralHeads:
    """Return the error for `current` where one revision is wanted and several branches have one."""
    return SeveralHeads(
        f"'{target}' means one revision, and {len(rows)} are applied: {names(graph, rows)}.",
        "name the one that you mean by its id.",
        target=target,
        heads=rows,
    )


def too_far(target: str, *, up: bool, possible: int) -> StepsOutOfRange:
    """Return the error for more steps than there are revisions.

    :param possible: how many there are in that direction.
    """
    way, end = ("up", "head") if up else ("down", "base")
    if target == "-1" and not possible:
        said = "'-1' takes back what was applied last, and nothing is applied."
        return StepsOutOfRange(said, "'flask db status' shows where the database is.", target=target)
    return StepsOutOfRange(
        f"'{target}' goes further {way} than there are revisions to go: {possible}.",
        f"'{end}' goes as far as there is.",
        target=target,
    )


def wrong_way(target: str, what: str, example: str) -> StepsOutOfRange:
    """Return the error for steps down in an upgrade, or up in a downgrade.

    :param what: `an upgrade` or `a downgrade`.
    :param example: steps that go its way.
    """
    return StepsOutOfRange(
        f"'{target}' does not lead the way that {what} goes.",
        f"{what} counts with '{example}'.",
        target=target,
    )


def nothing(graph: RevisionGraph, target: str) -> UnknownRevision:
    """Return the error for a target that means no revision, as `base` does, where one is wanted."""
    return UnknownRevision(f"'{target}' means no revision, and one is wanted.", heads_hint(graph), target=target)


def not_below(graph: RevisionGraph, id: str, target: str, rows: Collection[str]) -> NotAncestor:
    """Return the error for a downgrade to a revision that is not applied."""
    given = f"'{target}'" if target == id else f"'{target}' (revision '{id}')"
    at = f"what is applied is {names(graph, rows)}" if rows else "nothing is applied"
    return NotAncestor(
        f"{given} is not applied, so there is no way down to it.",
        f"{at}; 'flask db upgrade {target}' goes up to it.",
        target=target,
    )


def no_database(target: str) -> MalformedTarget:
    """Return the error for a target that asks what is applied where no database is looked at."""
    return MalformedTarget(
        f"'{target}' counts from what is applied, and here no database is asked.",
        "name a revision to count from, as in 'head-1' or 'base+2'.",
        target=target,
    )


def upgrade_command(heads: Collection[str]) -> str:
    """Return what to type to apply all that is pending.

    :param heads: the ids of the heads; where there are several, the plain command asks which one is meant.
    """
    return "flask db upgrade heads" if len(heads) > 1 else "flask db upgrade"
