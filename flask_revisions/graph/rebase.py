"""Putting one branch after another instead of beside it: which revisions get which parents."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from ..errors import RebaseRefused
from . import wording
from .graph import RevisionGraph


@dataclass(frozen=True)
class Rebase:
    """A branch that is put after another head.

    :param onto: the id that the branch is to come after.
    :param moved: the ids of the branch, the lowest first.
    :param roots: those of them whose parents change.
    """

    onto: str
    moved: tuple[str, ...]
    roots: tuple[str, ...]


def plan_rebase(graph: RevisionGraph, head: str, onto: str, *, applied: Collection[str] = ()) -> Rebase:
    """Return how the revisions that lead to `head` alone come to follow `onto`.

    :param applied: the ids that a database has, or had, or may have.
    :raises RebaseRefused: it has been done, or the history of somebody who has the revisions would change.
    """
    below = graph.ancestors((onto,), dependencies=False)
    moved = tuple(reversed(graph.walk_down(graph.ancestors((head,), dependencies=False) - below)))
    if not moved:
        raise RebaseRefused(f"Revision '{head}' is part of '{onto}' already.", "there is nothing to move.")
    if onto in graph.descendants(moved):
        raise RebaseRefused(f"Revision '{onto}' comes after '{moved[0]}'.", "name a revision of the other branch.")
    _refuse_applied(graph, moved, applied)
    _refuse_merged(graph, moved, below)
    roots = tuple(id for id in moved if not set(graph.parents(id)) & set(moved))
    return Rebase(onto, moved, roots)


def choose(graph: RevisionGraph, heads: Sequence[str], applied: Collection[str]) -> tuple[str, str]:
    """Return which of two heads moves, and the one that it comes after: what is applied stays where it is.

    :raises RebaseRefused: there are not two, or what is applied does not say which.
    """
    if len(heads) < 2:
        raise RebaseRefused("There is one head, and nothing to put it after.", wording.heads_hint(graph))
    if len(heads) > 2:
        raise RebaseRefused(
            f"There are {len(heads)} heads: {wording.names(graph, heads)}.",
            f"say which comes after which: 'flask db rebase {heads[0]} --onto {heads[1]}'.",
        )
    one, other = heads
    both = graph.ancestors((one,), dependencies=False) & graph.ancestors((other,), dependencies=False)
    own = {head: graph.ancestors((head,), dependencies=False) - both for head in heads}
    has = {head: not own[head].isdisjoint(applied) for head in heads}
    if has[one] != has[other]:
        return (other, one) if has[one] else (one, other)
    if has[one]:
        raise RebaseRefused(
            f"Both branches are applied already: {wording.names(graph, heads)}.",
            "'flask db merge heads' joins them.",
        )
    raise RebaseRefused(
        f"Either of the heads could come after the other: {wording.names(graph, heads)}.",
        f"'flask db rebase {one}' puts that one after the other, 'flask db rebase {other}' the other way round.",
    )


def _refuse_applied(graph: RevisionGraph, moved: Iterable[str], applied: Collection[str]) -> None:
    there = [id for id in moved if id in applied]
    if there:
        raise RebaseRefused(
            f"A database has {wording.names(graph, there)} already.",
            "take that back first ('flask db downgrade'), or join the branches: 'flask db merge heads'.",
        )


def _refuse_merged(graph: RevisionGraph, moved: tuple[str, ...], below: Collection[str]) -> None:
    for id in moved:
        parents = graph.parents(id)
        if any(each in below for each in parents) and any(each in moved for each in parents):
            raise RebaseRefused(f"Revision '{id}' has merged what it would come after.", "there is nothing to move.")
        outside = [each for each in graph.children(id) if each not in moved]
        if outside:
            raise RebaseRefused(
                f"Revision '{outside[0]}' comes after '{id}' too, and is not part of what is moved.",
                f"move that first, or name a higher revision than '{id}'.",
            )
