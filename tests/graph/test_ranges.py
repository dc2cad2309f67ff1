"""Ranges of history, and from where to where SQL is made without a database."""

from __future__ import annotations

import pytest
from flask_revisions.errors import (
    MalformedTarget,
    NotAncestor,
    SeveralHeads,
    StepsOutOfRange,
    TargetError,
    UsageError,
)
from flask_revisions.graph.graph import Revision, RevisionGraph
from flask_revisions.graph.plan import RowChange, plan_stamp
from flask_revisions.graph.ranges import (
    downgrade_for_sql,
    history,
    resolve_range,
    split_range,
    stamp_for_sql,
    upgrade_for_sql,
)

from .plans import plan_downgrade, plan_upgrade


def listed(graph: RevisionGraph, text: str, applied=None) -> list[str]:
    ends = resolve_range(graph, text, applied=applied)
    return list(history(graph, ends.lower, ends.upper))


# -- history ------------------------------------------------------------------------------------------


def test_history_is_newest_first_branch_by_branch(branched):
    assert history(branched) == ("aaa3", "aaa2", "aaa1", "bbb3", "bbb2", "bbb1", "stem2", "stem1")
    assert history(RevisionGraph()) == ()


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (":", ["aaa3", "aaa2", "aaa1", "bbb3", "bbb2", "bbb1", "stem2", "stem1"]),
        ("stem2:aaa2", ["aaa2", "aaa1", "stem2"]),
        (":aaa1", ["aaa1", "stem2", "stem1"]),
        ("aaa2:", ["aaa3", "aaa2"]),
        ("base:aaa1", ["aaa1", "stem2", "stem1"]),
        ("aaa1:aaa1", ["aaa1"]),
        ("-1:aaa3", ["aaa3", "aaa2"]),
        ("-1:", ["aaa3", "aaa2", "bbb3", "bbb2"]),
        ("-99:aaa1", ["aaa1", "stem2", "stem1"]),
        ("aaa3-1:aaa3", ["aaa3", "aaa2"]),
        ("aaa3-99:aaa1", ["aaa1", "stem2", "stem1"]),
        ("aaa2:+1", ["aaa3", "aaa2"]),
        ("base:+2", ["stem2", "stem1"]),
        (":+2", ["stem2", "stem1"]),
        ("stem2:+1", ["aaa1", "bbb1", "stem2"]),
        ("stem2:apples@+1", ["aaa1", "stem2"]),
        ("bbb2:+99", ["bbb3", "bbb2"]),
        ("apples@base:", ["aaa3", "aaa2", "aaa1", "stem2", "stem1"]),
        ("apples@base:heads", ["aaa3", "aaa2", "aaa1", "stem2", "stem1"]),
        ("apples@-1:", ["aaa3", "aaa2"]),
        ("heads-1:heads", ["aaa3", "aaa2", "bbb3", "bbb2"]),
        (" stem2 : aaa1 ", ["aaa1", "stem2"]),
    ],
)
def test_a_range_holds_both_its_ends_and_what_is_between(branched, text, ids):
    assert listed(branched, text) == ids


@pytest.mark.parametrize(
    ("text", "applied", "ids"),
    [
        ("-2:current", ["aaa2"], ["aaa2", "aaa1", "stem2"]),
        ("current-1:current", ["aaa2"], ["aaa2", "aaa1"]),
        (":current", ["aaa1"], ["aaa1", "stem2", "stem1"]),
        ("current:", ["aaa2", "bbb3"], ["aaa3", "aaa2", "bbb3"]),
        ("current:+1", ["aaa2"], ["aaa3", "aaa2"]),
        (":current", [], []),
        ("-3:current", [], []),
        ("current:bbb1", [], ["bbb1", "stem2", "stem1"]),
        (":current", ["aaa1", "aaa2"], ["aaa2", "aaa1", "stem2", "stem1"]),
    ],
)
def test_a_range_may_end_at_what_is_applied(branched, text, applied, ids):
    assert listed(branched, text, applied) == ids


def test_steps_down_through_a_merge_follow_all_its_parents(merged):
    assert listed(merged, "-1:") == ["merge1", "aaa2", "bbb2"]
    assert listed(merged, "-2:") == ["merge1", "aaa2", "aaa1", "bbb2", "bbb1"]


def test_history_without_a_lower_end_shows_what_is_depended_on(graph_of):
    graph = graph_of("a1", "a2 < a1", "b1", "b2 < b1 & a1")
    assert history(graph, upper=["b2"]) == ("b2", "b1", "a1")
    assert history(graph, ["b1"], ["b2"]) == ("b2", "b1")
    assert history(graph, ["a1"], ["b2"]) == ("b2", "a1")
    assert set(history(graph)) == set(graph)


@pytest.mark.parametrize("text", ["aaa2:aaa1", "aaa1:bbb2", "stem2:base", "bbb1:apples@head"])
def test_a_lower_end_that_is_not_below_the_upper_one_is_an_error_that_names_both(branched, text):
    with pytest.raises(NotAncestor) as caught:
        listed(branched, text)
    lower, upper = text.replace("apples@head", "aaa3").split(":")
    assert f"'{lower}' is not an ancestor of" in caught.value.message and upper in caught.value.message


def test_ends_on_different_branches_are_an_error(branched):
    with pytest.raises(NotAncestor, match="The ends of 'apples@base:bbb1' are on different branches"):
        listed(branched, "apples@base:bbb1")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("aaa1", MalformedTarget),
        ("a:b:c", MalformedTarget),
        ("-1:+1", MalformedTarget),
        ("+1:", StepsOutOfRange),
        (":-1", StepsOutOfRange),
        ("current:", MalformedTarget),
        ("nosuch:", TargetError),
        (":head", SeveralHeads),
    ],
)
def test_what_is_no_range_is_an_error(branched, text, error):
    with pytest.raises(error) as caught:
        listed(branched, text)
    assert caught.value.hint


def test_an_id_with_a_colon_is_split_where_both_ends_are_known():
    graph = RevisionGraph([Revision("a:1"), Revision("b:2", ("a:1",)), Revision("c", ("b:2",))])
    assert split_range(graph, "a:1") is None
    assert split_range(graph, "a:1:b:2") == ("a:1", "b:2")
    assert listed(graph, "a:1:c") == ["c", "b:2", "a:1"]
    assert listed(graph, "b:2:") == ["c", "b:2"]


# -- SQL without a database ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "start", "planned"),
    [
        ("stem2", (), ["stem1", "stem2"]),
        ("stem2:aaa2", ("stem2",), ["aaa1", "aaa2"]),
        (":stem1", (), ["stem1"]),
        ("base:stem1", (), ["stem1"]),
        ("aaa1:+2", ("aaa1",), ["aaa2", "aaa3"]),
        ("aaa1:heads", ("aaa1",), ["bbb1", "bbb2", "bbb3", "aaa2", "aaa3"]),
    ],
)
def test_an_upgrade_for_sql_begins_where_it_says(branched, text, start, planned):
    begin, target = upgrade_for_sql(branched, text)
    assert begin == start
    assert [step.revision.id for step in plan_upgrade(branched, begin, target)] == planned


def test_an_upgrade_for_sql_says_where_to_end(branched):
    with pytest.raises(MalformedTarget, match="where to begin and not where to end") as caught:
        upgrade_for_sql(branched, "aaa1:")
    assert caught.value.hint == "as in 'aaa1:head'."


def test_a_downgrade_for_sql_says_from_where(branched):
    start, target = downgrade_for_sql(branched, "apples@head:-2")
    assert [step.revision.id for step in plan_downgrade(branched, start, target)] == ["aaa3", "aaa2"]
    start, target = downgrade_for_sql(branched, "heads:base")
    assert len(plan_downgrade(branched, start, target)) == 8
    for text in ("-1", "aaa1", ":aaa1", "aaa1:"):
        with pytest.raises(MalformedTarget, match=r"from where to where"):
            downgrade_for_sql(branched, text)
    with pytest.raises(SeveralHeads):
        downgrade_for_sql(branched, "head:-1")


def test_a_stamp_for_sql_has_full_ids_and_one_start(branched, graph_of):
    assert stamp_for_sql(branched, ["stem1:aaa1", "bbb1"]) == (("stem1",), ("aaa1", "bbb1"))
    assert stamp_for_sql(branched, ["aaa1", "bbb1"]) == ((), ("aaa1", "bbb1"))
    (step,) = plan_stamp(branched, *stamp_for_sql(branched, ["base:aaa1"]))
    assert step.rows == (RowChange(None, "aaa1"),)
    graph = graph_of("3fa2c1", "9c01ee < 3fa2c1")
    (step,) = plan_stamp(graph, *stamp_for_sql(graph, ["3fa2:9c01"]))
    assert step.rows == (RowChange("3fa2c1", "9c01ee"),)


def test_a_stamp_for_sql_cannot_begin_at_two_revisions(branched):
    assert stamp_for_sql(branched, ["aaa1:aaa2", "apples:aaa3"])[0] == ("aaa1",)
    with pytest.raises(UsageError, match="begin at different revisions"):
        stamp_for_sql(branched, ["stem1:aaa1", "stem2:bbb1"])
