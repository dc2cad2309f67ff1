"""What the rows of a version table say about a graph."""

from __future__ import annotations

import pytest
from flask_revisions.errors import OverlappingTargets, UnknownApplied
from flask_revisions.graph.graph import RevisionGraph
from flask_revisions.graph.state import (
    current_revisions,
    known_rows,
    pending,
    separate_rows,
    unknown_rows,
)

from .plans import plan_upgrade


def test_current_shows_the_rows_and_what_they_imply_on_other_branches(graph_of):
    graph = graph_of("a1", "a2 < a1", "b1", "b2 < b1 & a1", "c1 & b1")
    assert current_revisions(graph, ["b2"]) == ("b2", "a1")
    assert current_revisions(graph, ["b2", "a2"]) == ("b2", "a2")
    assert current_revisions(graph, ["c1"]) == ("c1", "b1")
    assert current_revisions(graph, []) == ()


def test_current_leaves_out_a_row_that_is_behind_another_on_its_branch(branched):
    assert current_revisions(branched, ["aaa1", "bbb1", "aaa3"]) == ("bbb1", "aaa3")


@pytest.mark.parametrize(
    ("applied", "ids"),
    [
        ([], ["stem1", "stem2", "bbb1", "bbb2", "bbb3", "aaa1", "aaa2", "aaa3"]),
        (["aaa3"], ["bbb1", "bbb2", "bbb3"]),
        (["aaa2", "bbb3"], ["aaa3"]),
        (["aaa3", "bbb3"], []),
        (["aaa2", "aaa3", "bbb3"], []),
    ],
)
def test_pending_is_what_an_upgrade_would_run(branched, applied, ids):
    assert list(pending(branched, applied)) == ids
    if "aaa2" not in applied or "aaa3" not in applied:
        assert [step.revision.id for step in plan_upgrade(branched, applied, "heads")] == ids


def test_a_head_that_another_head_depends_on_is_not_pending_when_that_is_applied(graph_of):
    graph = graph_of("a1", "b1 & a1")
    assert pending(graph, ["b1"]) == ()
    assert pending(graph, ["a1"]) == ("b1",)


def test_unknown_rows_are_told_apart_from_known_ones(branched):
    assert unknown_rows(branched, ["gone", "aaa1", "gone"]) == ("gone",)
    assert known_rows(branched, ["aaa1", "aaa1"]) == ("aaa1",)
    for question in (current_revisions, pending):
        with pytest.raises(UnknownApplied, match="The database is at revision 'gone', and no file has that id"):
            question(branched, ["aaa1", "gone"])
    assert unknown_rows(RevisionGraph(), []) == ()


def test_rows_behind_others_are_an_error_with_the_cure(graph_of):
    graph = graph_of("a1", "b1", "b2 < b1 & a1", "c1")
    assert separate_rows(graph, ["b1", "a1", "c1"]) == ("b1", "a1", "c1")
    with pytest.raises(OverlappingTargets) as caught:
        separate_rows(graph, ["a1", "c1", "b2"])
    assert caught.value.message == (
        "The version table says 'a1', 'c1', 'b2' at once, but 'a1' is already part of the others."
    )
    assert caught.value.hint == "'flask db stamp c1 b2' leaves one row for each branch."
