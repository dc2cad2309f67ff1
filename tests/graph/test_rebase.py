"""A branch that is put after the other head."""

from __future__ import annotations

import pytest
from flask_revisions.errors import RebaseRefused
from flask_revisions.graph.graph import RevisionGraph
from flask_revisions.graph.rebase import choose, plan_rebase

from .conftest import GraphOf


def test_the_first_of_the_branch_gets_the_other_head_as_its_parent(branched: RevisionGraph) -> None:
    plan = plan_rebase(branched, "bbb3", "aaa3")
    assert (plan.moved, plan.roots) == (("bbb1", "bbb2", "bbb3"), ("bbb1",))


def test_a_branch_with_branches_and_a_merge_of_its_own_moves_whole(graph_of: GraphOf) -> None:
    graph = graph_of("a", "b < a", "x < a", "l < x", "r < x", "m < l r")
    plan = plan_rebase(graph, "m", "b")
    assert set(plan.moved) == {"x", "l", "r", "m"} and plan.roots == ("x",)


def test_bases_become_revisions_after_the_other_line(graph_of: GraphOf) -> None:
    assert plan_rebase(graph_of("a", "b"), "b", "a").roots == ("b",)


@pytest.mark.parametrize(
    ("head", "onto", "said"),
    [
        ("aaa2", "aaa3", "is part of 'aaa3' already"),
        ("aaa3", "bbb3", "A database has 'aaa1'"),
        ("bbb1", "aaa3", "'bbb2' comes after 'bbb1' too"),
        ("bbb2", "bbb3", "is part of 'bbb3' already"),
    ],
)
def test_what_is_refused(branched: RevisionGraph, head: str, onto: str, said: str) -> None:
    with pytest.raises(RebaseRefused, match=said):
        plan_rebase(branched, head, onto, applied={"stem1", "stem2", "aaa1"})


def test_a_merge_is_not_moved_after_what_it_has_merged(merged: RevisionGraph) -> None:
    with pytest.raises(RebaseRefused, match="'merge1' has merged what"):
        plan_rebase(merged, "merge1", "aaa2")


def test_dependencies_that_would_be_a_circle(graph_of: GraphOf) -> None:
    graph = graph_of("a", "b < a & c", "c < a")
    with pytest.raises(RebaseRefused, match="'b' comes after 'c'"):
        plan_rebase(graph, "c", "b")


@pytest.mark.parametrize(
    ("applied", "chosen"),
    [({"stem1", "aaa1"}, ("bbb3", "aaa3")), ({"stem1", "stem2", "bbb3"}, ("aaa3", "bbb3"))],
)
def test_what_is_applied_stays_where_it_is(branched: RevisionGraph, applied: set[str], chosen: tuple[str, str]) -> None:
    assert choose(branched, branched.heads, applied) == chosen


@pytest.mark.parametrize(
    ("applied", "said"), [({"stem1"}, "Either of the heads"), ({"aaa1", "bbb1"}, "Both branches are applied")]
)
def test_what_is_applied_may_not_say_which(branched: RevisionGraph, applied: set[str], said: str) -> None:
    with pytest.raises(RebaseRefused, match=said):
        choose(branched, branched.heads, applied)


def test_more_or_less_than_two_heads(graph_of: GraphOf) -> None:
    for graph, said in ((graph_of("a"), "one head"), (graph_of("a", "b", "c"), "There are 3 heads")):
        with pytest.raises(RebaseRefused, match=said):
            choose(graph, graph.heads, ())
