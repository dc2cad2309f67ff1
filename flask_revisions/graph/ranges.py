"""Ranges: `a:b`, `:b`, `a:`, `-3:current` for history, `from:to` where SQL is made without a database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import MalformedTarget, NotAncestor, UsageError
from . import wording
from .grammar import Identifier, is_name, parse
from .graph import RevisionGraph
from .targets import lineage_of, named, on_lineage, resolve
from .walks import spread


@dataclass(frozen=True)
class Range:
    """Two ends, both of them part of the range.

    :param lower: full ids; none for everything below `upper`.
    :param upper: full ids; none for nothing at all.
    """

    lower: tuple[str, ...]
    upper: tuple[str, ...]


def split_range(graph: RevisionGraph, text: str) -> tuple[str, str] | None:
    """Return the two ends of a range as they were written, either may be empty; None if it is an identifier.

    :raises MalformedTarget: it has several colons, and not so that all but one are part of ids.
    """
    if ":" not in text or is_name(graph, text):
        return None
    places = [place for place, character in enumerate(text) if character == ":"]
    splits = [(text[:place].strip(), text[place + 1 :].strip()) for place in places]
    if len(splits) > 1:
        splits = [ends for ends in splits if all(":" not in end or is_name(graph, end) for end in ends)]
    if len(splits) != 1:
        raise MalformedTarget(
            f"'{text}' has more than one colon.", "a range has one, between two ids: 'a:b'.", target=text
        )
    return splits[0]


# -- history ------------------------------------------------------------------------------------------


def resolve_range(graph: RevisionGraph, text: str, *, applied: Iterable[str] | None = None) -> Range:
    """Return the ends of a range for `history`.

    An end may count from the other one: `-3:current`, `base:+5`. Steps go along all ways at once, and no
    further than there are revisions. The branch of a lower end, as in `label@base:`, holds for both ends.

    :param applied: the rows of the version table, for `current`; None where no database is asked.
    :raises MalformedTarget: it is no range, or both ends count from each other.
    :raises NotAncestor: the upper end is not on the branch of the lower one.
    :raises TargetError: an end leads nowhere.
    """
    low, high = _two_ends(graph, text)
    rows = None if applied is None else tuple(applied)
    if low.is_bare:
        upper = _end(graph, high, rows, effective=False)
        lower = _count(graph, low, upper, up=False)
    else:
        lower = _end(graph, low, rows, effective=True)
        upper = _count(graph, high, lower, up=True) if high.is_bare else _end(graph, high, rows, effective=False)
    if low.branch:
        upper = on_lineage(lineage_of(graph, low), upper)
        if not upper:
            raise NotAncestor(
                f"The ends of '{text}' are on different branches.", wording.heads_hint(graph), target=text
            )
    return Range(lower, upper)


def _two_ends(graph: RevisionGraph, text: str) -> tuple[Identifier, Identifier]:
    """Return the lower and the upper end, taken apart; an end that is missing is as far as there is."""
    ends = split_range(graph, text)
    if ends is None:
        raise MalformedTarget(
            f"'{text}' is no range.",
            f"a range has a colon: '{text}:' from there on, ':{text}' up to there.",
            target=text,
        )
    low, high = parse(graph, ends[0] or "base"), parse(graph, ends[1] or "heads")
    if low.is_bare and high.is_bare:
        raise MalformedTarget(
            f"Both ends of '{text}' count from the other one.", "name a revision at one end.", target=text
        )
    return low, high


def _end(
    graph: RevisionGraph, identifier: Identifier, applied: tuple[str, ...] | None, *, effective: bool
) -> tuple[str, ...]:
    if not identifier.counts:
        return resolve(graph, identifier.text, applied=applied, effective=effective)
    lineage = lineage_of(graph, identifier)
    start = named(graph, identifier, lineage, applied=applied)
    return on_lineage(lineage, spread(graph, start, identifier.steps))


def _count(graph: RevisionGraph, identifier: Identifier, other: tuple[str, ...], *, up: bool) -> tuple[str, ...]:
    """Return the ids of an end that counts from the other end."""
    if (identifier.steps > 0) is not up:
        what, example = ("the upper end of a range", "+3") if up else ("the lower end of a range", "-3")
        raise wording.wrong_way(identifier.text, what, example)
    lineage = lineage_of(graph, identifier)
    return on_lineage(lineage, spread(graph, on_lineage(lineage, other), identifier.steps))


def history(graph: RevisionGraph, lower: Iterable[str] = (), upper: Iterable[str] | None = None) -> tuple[str, ...]:
    """Return the ids from the upper ends down to the lower ones, newest first, the ends included.

    Without lower ends that is all that the upper ones need; with them, what of it descends from one of them:
    through parents alone, if that leads to an upper one.

    :param lower: full ids.
    :param upper: full ids; None for the heads.
    :raises NotAncestor: a lower end is not below an upper one.
    """
    ends = graph.effective_heads if upper is None else tuple(upper)
    starts = tuple(lower)
    needed = graph.ancestors(ends)
    for start in starts:
        if start not in needed:
            raise NotAncestor(
                f"Revision '{start}' is not an ancestor of {wording.names(graph, ends) or 'base'}.",
                "the lower end of a range comes first: 'lower:upper'.",
                target=start,
            )
    walked = graph.walk_down(needed)
    if not starts:
        return tuple(walked)
    above = graph.descendants(starts, dependencies=False)
    if above.isdisjoint(set(ends) - graph.implied(ends)):
        above = graph.descendants(starts)
    return tuple(id for id in walked if id in above)


# -- SQL without a database ---------------------------------------------------------------------------


def upgrade_for_sql(graph: RevisionGraph, text: str) -> tuple[tuple[str, ...], str]:
    """Return the ids that `upgrade --sql` takes as applied, and its target.

    :param text: `from:to`, or a target alone to begin below all bases.
    :raises TargetError: the start leads nowhere, or the target is missing.
    """
    start, target = split_range(graph, text) or ("", text)
    if not target:
        raise MalformedTarget(
            f"'{text}' says where to begin and not where to end.", f"as in '{text}head'.", target=text
        )
    return (resolve(graph, start) if start else ()), target


def downgrade_for_sql(graph: RevisionGraph, text: str) -> tuple[tuple[str, ...], str]:
    """Return the ids that `downgrade --sql` takes as applied, and its target.

    :param text: `from:to`.
    :raises TargetError: the start leads nowhere, or one of the two is missing.
    """
    start, target = split_range(graph, text) or ("", "")
    if not start or not target:
        raise MalformedTarget(
            f"'{text}' does not say from where to where, and no database is asked.",
            "--sql takes 'from:to', as in 'head:-1'.",
            target=text,
        )
    return resolve(graph, start), target


def stamp_for_sql(graph: RevisionGraph, texts: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the ids that `stamp --sql` takes as applied, and its targets.

    :param texts: `from:to` or a target alone; those that say from where say the same.
    :raises UsageError: they begin at different revisions.
    :raises TargetError: the start leads nowhere, or a target is missing.
    """
    starts: set[tuple[str, ...]] = set()
    targets = []
    for text in texts:
        start, target = upgrade_for_sql(graph, text)
        targets.append(target)
        if target != text:
            starts.add(start)
    if len(starts) > 1:
        raise UsageError(
            "The ranges begin at different revisions.",
            "give all of them the one revision that the database is at.",
        )
    return next(iter(starts), ()), tuple(targets)
