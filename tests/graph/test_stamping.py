"""Plans that change rows and run nothing."""

from __future__ import annotations

import pytest
from flask_revisions.errors import UnknownApplied, UnknownRevision
from flask_revisions.graph.plan import RowChange, plan_stamp


def changes(plan) -> list[str]:
    return [f"{change.old or ''}>{change.new or ''}" for step in plan for change in step.rows]


@pytest.mark.parametrize(
    ("applied", "targets", "changed"),
    [
        ([], "stem2", [">stem2"]),
        (["stem2"], "aaa1", ["stem2>aaa1"]),
        (["aaa3"], "stem1", ["aaa3>stem1"]),
        (["aaa3"], "base", ["aaa3>"]),
        (["aaa3", "bbb1"], "base", ["aaa3>", "bbb1>"]),
        (["aaa3", "bbb1"], "stem2", ["bbb1>", "aaa3>stem2"]),
        ([], "heads", [">aaa3", ">bbb3"]),
        (["aaa3", "bbb3"], "heads", []),
        (["aaa3"], "heads", [">bbb3"]),
        (["aaa1", "bbb3"], "heads", ["aaa1>aaa3"]),
        (["aaa3"], "aaa3", []),
        (["aaa1", "bbb1"], "apples@head", ["aaa1>aaa3"]),
        (["aaa1", "bbb1"], "apples@base", ["aaa1>"]),
        (["stem2"], ["aaa1", "bbb1"], ["stem2>aaa1", ">bbb1"]),
        (["stem1"], ["stem2", "aaa1"], ["stem1>stem2", ">aaa1"]),
        (["aaa3"], ["aaa1", "aaa2"], ["aaa3>aaa1", ">aaa2"]),
        (["aaa1", "aaa3"], "aaa3", ["aaa1>"]),
        (["aaa1"], "+1", ["aaa1>aaa2"]),
        (["aaa1"], "-1", ["aaa1>stem2"]),
        (["stem1"], "-1", ["stem1>"]),
        (["bbb1", "aaa2"], "apples@-1", ["aaa2>aaa1"]),
        (["aaa1"], "current", []),
        (["bbb1"], "apples@current", []),
        ([], "base", []),
    ],
)
def test_a_stamp_replaces_the_rows_above_and_below_its_targets(branched, applied, targets, changed):
    assert changes(plan_stamp(branched, applied, targets)) == changed


def test_a_stamp_behind_a_merge_of_both_branches_leaves_one_row(merged):
    (step,) = plan_stamp(merged, ["aaa1", "bbb2"], "apples@head")
    assert step.rows == (RowChange("bbb2", None), RowChange("aaa1", "merge1"))
    assert (step.before, step.after) == ({"aaa1", "bbb2"}, {"merge1"})


def test_a_stamp_across_a_dependency_leaves_one_row(graph_of):
    graph = graph_of("a1", "b1 & a1", "b2 < b1")
    assert changes(plan_stamp(graph, ["a1"], "b2")) == ["a1>b2"]
    assert changes(plan_stamp(graph, ["b2"], "a1")) == ["b2>a1"]
    assert changes(plan_stamp(graph, [], "heads")) == [">b2"]


def test_a_stamp_is_one_step_that_is_recorded_at_once(branched):
    (step,) = plan_stamp(branched, ["stem2"], "heads")
    assert (step.direction, step.is_stamp, step.is_migration) == ("stamp", True, False)
    assert step.revision is branched["aaa3"]
    assert step.after == {"aaa3", "bbb3"}
    assert (step.up_revision_ids, step.down_revision_ids, step.is_upgrade) == (
        ("aaa3", "bbb3"),
        ("stem2",),
        True,
    )


def test_a_stamp_downwards_has_its_rows_as_the_upper_end(branched):
    (step,) = plan_stamp(branched, ["aaa1", "bbb1"], "stem2")
    assert (step.is_upgrade, step.up_revision_ids, step.down_revision_ids) == (
        False,
        ("aaa1", "bbb1"),
        ("stem2",),
    )
    assert (step.source_revision_ids, step.destination_revision_ids) == (("aaa1", "bbb1"), ("stem2",))
    (step,) = plan_stamp(branched, ["aaa1"], "base")
    assert (step.is_upgrade, step.up_revision_id, step.down_revision_ids) == (False, "aaa1", ())
    assert step.revision is branched["aaa1"]


def test_an_unknown_row_stops_a_stamp_that_does_not_purge(branched):
    with pytest.raises(UnknownApplied, match="'gone'"):
        plan_stamp(branched, ["gone"], "aaa1")


def test_a_purge_deletes_all_rows_first_known_or_not(branched):
    plan = plan_stamp(branched, ["gone", "aaa1", "bbb1"], "aaa1", purge=True)
    assert changes(plan) == ["gone>", "aaa1>", "bbb1>", ">aaa1"]
    assert (plan[0].before, plan[0].after) == ({"gone", "aaa1", "bbb1"}, {"aaa1"})
    (step,) = plan_stamp(branched, ["gone"], "base", purge=True)
    assert (step.revision.id, step.rows, step.after) == ("gone", (RowChange("gone", None),), frozenset())


def test_a_purge_cannot_count_from_rows_that_no_file_knows(branched):
    with pytest.raises(UnknownApplied):
        plan_stamp(branched, ["gone"], "+1", purge=True)


def test_a_stamp_of_what_does_not_exist_is_an_error(branched):
    with pytest.raises(UnknownRevision):
        plan_stamp(branched, ["aaa1"], ["aaa2", "nosuch"])
