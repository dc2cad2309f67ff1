"""Plans up and down: which revisions run, in which order, and what becomes of the rows."""

from __future__ import annotations

import dataclasses

import pytest
from flask_revisions.errors import NotAncestor, OverlappingTargets, RevisionsError, UnknownApplied
from flask_revisions.graph.plan import (
    Plan,
    RowChange,
    plan_down_from,
    plan_up_to,
)
from flask_revisions.graph.targets import resolve_downgrade, resolve_upgrade

from .plans import plan_downgrade, plan_upgrade


def ids(plan: Plan) -> list[str]:
    return [step.revision.id for step in plan]


def rows(plan: Plan) -> list[str]:
    """Carry out the row changes as a version table would, and return the rows at the end."""
    table = list(plan[0].before) if plan else []
    for step in plan:
        assert frozenset(table) == step.before
        for change in step.rows:
            if change.old is not None:
                assert table.count(change.old) == 1
                table.remove(change.old)
            if change.new is not None:
                assert change.new not in table
                table.append(change.new)
        assert frozenset(table) == step.after
    return sorted(table)


# -- up -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("applied", "target", "planned", "left"),
    [
        ([], "stem2", ["stem1", "stem2"], ["stem2"]),
        ([], "apples@head", ["stem1", "stem2", "aaa1", "aaa2", "aaa3"], ["aaa3"]),
        (["aaa3"], "berries@head", ["bbb1", "bbb2", "bbb3"], ["aaa3", "bbb3"]),
        (["aaa2", "bbb2"], "heads", ["bbb3", "aaa3"], ["aaa3", "bbb3"]),
        (["bbb1"], "apples@+2", ["aaa1", "aaa2"], ["aaa2", "bbb1"]),
        (["stem1"], "aaa3-2", ["stem2", "aaa1"], ["aaa1"]),
    ],
)
def test_an_upgrade_runs_what_is_missing_below_its_target(branched, applied, target, planned, left):
    plan = plan_upgrade(branched, applied, target)
    assert (ids(plan), rows(plan)) == (planned, left)
    assert all(step.direction == "upgrade" and step.is_upgrade for step in plan)


@pytest.mark.parametrize(
    ("applied", "target"),
    [
        (["aaa3"], "aaa3"),
        (["aaa3"], "stem1"),
        (["aaa3"], "aaa3-2"),
        (["aaa3", "bbb3"], "heads"),
        (["aaa1"], "base"),
    ],
)
def test_an_upgrade_to_what_is_applied_already_has_nothing_to_do(branched, applied, target):
    assert plan_upgrade(branched, applied, target) == ()


def test_a_merge_updates_one_row_and_deletes_the_others_and_back(merged):
    (up,) = plan_upgrade(merged, ["bbb2", "aaa2"], "head")
    assert up.rows == (RowChange("bbb2", None), RowChange("aaa2", "merge1"))
    (down,) = plan_downgrade(merged, ["merge1"], "-1")
    assert down.rows == (RowChange("merge1", "aaa2"), RowChange(None, "bbb2"))
    assert (down.before, down.after) == ({"merge1"}, {"aaa2", "bbb2"})


def test_opening_a_branch_inserts_a_row_and_closing_it_deletes_one(branched):
    assert plan_upgrade(branched, ["aaa1"], "bbb1")[0].rows == (RowChange(None, "bbb1"),)
    assert plan_downgrade(branched, ["aaa1", "bbb1"], "berries@stem2")[0].rows == (RowChange("bbb1", None),)
    assert [change.kind for change in plan_upgrade(branched, [], "stem2")[1].rows] == ["update"]


def test_a_second_merge_of_the_same_parents_is_a_row_of_its_own(graph_of):
    graph = graph_of("a", "b", "m1 < a b", "m2 < a b")
    assert plan_upgrade(graph, ["m1"], "m2")[0].rows == (RowChange(None, "m2"),)
    assert rows(plan_upgrade(graph, ["m1"], "heads")) == ["m1", "m2"]
    plan = plan_downgrade(graph, ["m1", "m2"], "m2@-1")
    assert (ids(plan), rows(plan)) == (["m2"], ["m1"])


def test_dependencies_are_applied_first(graph_of):
    graph = graph_of("a1 # apples", "a2 < a1", "b1", "b2 < b1 & apples", "b3 < b2 & a2")
    plan = plan_upgrade(graph, [], "b2")
    assert set(ids(plan)[:2]) == {"a1", "b1"} and ids(plan)[2:] == ["b2"]
    assert rows(plan) == ["b2"]
    assert ids(plan_upgrade(graph, ["b2"], "heads")) == ["a2", "b3"]


def test_a_dependency_that_a_parent_needs_already_changes_no_plan(graph_of):
    plain = graph_of("a1", "b1", "b2 < b1 & a1", "b3 < b2", "m < b3")
    redundant = graph_of("a1", "b1", "b2 < b1 & a1", "b3 < b2 & b2 a1", "m < b3 & b1 a1")
    up = [plan_upgrade(graph, [], "heads") for graph in (plain, redundant)]
    down = [plan_downgrade(graph, ["m"], "base") for graph in (plain, redundant)]
    for one, other in (up, down):
        assert [(step.revision.id, step.rows) for step in one] == [(step.revision.id, step.rows) for step in other]


def test_an_upgrade_whose_ends_are_behind_each_other_is_refused(branched):
    with pytest.raises(OverlappingTargets, match="'aaa1' is already part of 'aaa2'"):
        plan_up_to(branched, [], ["aaa1", "aaa2"])
    assert ids(plan_up_to(branched, ["stem2"], ["aaa1", "aaa1"])) == ["aaa1"]


# -- down ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("applied", "target", "planned", "left"),
    [
        (["aaa3"], "aaa1", ["aaa3", "aaa2"], ["aaa1"]),
        (["aaa2", "bbb1"], "stem2", ["aaa2", "aaa1", "bbb1"], ["stem2"]),
        (["aaa2", "bbb1"], "apples@stem2", ["aaa2", "aaa1"], ["bbb1"]),
        (["aaa2", "bbb1"], "bbb1@stem2", ["bbb1"], ["aaa2"]),
        (["aaa2", "bbb1"], "apples@base+2", ["aaa2", "aaa1"], ["bbb1"]),
        (["aaa2", "bbb1"], "apples@-2", ["aaa2", "aaa1"], ["bbb1"]),
        (["aaa2", "bbb1"], "base", ["aaa2", "aaa1", "bbb1", "stem2", "stem1"], []),
        (["aaa2", "bbb1"], "apples@base", ["aaa2", "aaa1", "bbb1", "stem2", "stem1"], []),
        (["stem1"], "-1", ["stem1"], []),
    ],
)
def test_a_downgrade_undoes_what_is_above_its_target(branched, applied, target, planned, left):
    plan = plan_downgrade(branched, applied, target)
    assert (ids(plan), rows(plan)) == (planned, left)
    assert all(step.direction == "downgrade" and not step.is_upgrade for step in plan)


@pytest.mark.parametrize(
    ("applied", "target"),
    [
        (["aaa2"], "aaa2"),
        (["aaa2", "bbb1"], "bbb1"),
        (["stem2"], "stem2"),
        ([], "base"),
        (["aaa3"], "apples@head"),
        (["aaa3"], "current"),
        (["bbb3"], "apples@current"),
    ],
)
def test_a_downgrade_to_what_is_current_has_nothing_to_do(branched, applied, target):
    assert plan_downgrade(branched, applied, target) == ()


@pytest.mark.parametrize(
    ("applied", "target"), [(["aaa1"], "aaa2"), (["aaa1"], "bbb1"), ([], "stem1"), (["aaa1"], "berries")]
)
def test_a_downgrade_target_that_is_not_applied_is_an_error_that_names_it_as_given(branched, applied, target):
    with pytest.raises(NotAncestor) as caught:
        plan_downgrade(branched, applied, target)
    assert f"'{target}'" in caught.value.message and "is not applied" in caught.value.message
    assert f"'flask db upgrade {target}'" in caught.value.hint


def test_a_row_that_another_row_implies_is_not_kept(graph_of):
    graph = graph_of("a1", "a2 < a1", "b1 < a1", "b2 < b1", "m < a2 b2", "c < b2")
    plan = plan_downgrade(graph, ["m", "c"], "a1@a1")
    assert set(ids(plan)) == {"m", "a2", "c", "b2", "b1"}
    plan = plan_downgrade(graph, ["m", "c"], "a2@a1")
    assert (ids(plan), rows(plan)) == (["m", "a2"], ["c"])
    assert rows(plan_upgrade(graph, ["c"], "m")) == ["c", "m"]


def test_down_from_a_merge_to_one_side_and_up_again(graph_of):
    graph = graph_of("a1", "a2 < a1", "b1", "b2 < b1", "m < a2 b2", "c < b2")
    plan = plan_downgrade(graph, ["m", "c"], "a1")
    assert (ids(plan), rows(plan)) == (["m", "a2"], ["a1", "c"])
    plan = plan_upgrade(graph, ["c", "a1"], "heads")
    assert (ids(plan), rows(plan)) == (["a2", "m"], ["c", "m"])


def test_a_row_implied_by_a_dependency_is_not_kept(graph_of):
    graph = graph_of("c1", "c2 & c1", "d1 < c1")
    plan = plan_downgrade(graph, ["c2", "d1"], "c1")
    assert (ids(plan), rows(plan)) == (["d1"], ["c2"])


def test_dependents_are_taken_down_first_and_dependencies_stay(graph_of):
    graph = graph_of("a1", "a2 < a1", "b1", "b2 < b1 & a2", "b3 < b2")
    plan = plan_downgrade(graph, ["b3"], "a1")
    assert (ids(plan), rows(plan)) == (["b3", "b2", "a2"], ["a1", "b1"])
    plan = plan_downgrade(graph, ["b3"], "b1@base")
    assert (ids(plan), rows(plan)) == (["b3", "b2", "b1"], ["a2"])


def test_a_step_down_a_branch_that_others_depend_on_finds_its_revision_without_a_row(graph_of):
    graph = graph_of("a1 # apples", "a2 < a1", "b1", "b2 < b1 & a2")
    plan = plan_downgrade(graph, ["b2"], "apples@-1")
    assert (ids(plan), rows(plan)) == (["b2", "a2"], ["a1", "b1"])


def test_branches_that_depend_on_each_other_come_apart(graph_of):
    graph = graph_of("a1", "a2 < a1", "a3 < a2 & b1", "b1", "b2 < b1 & a2")
    plan = plan_downgrade(graph, ["a3", "b2"], "b1")
    assert (ids(plan), rows(plan)) == (["b2"], ["a3"])


@pytest.mark.parametrize("target", ["a1", "b1"])
def test_a_merge_of_a_branch_with_what_it_depends_on_comes_apart_into_one_row(graph_of, target):
    graph = graph_of("a1", "b1 & a1", "m < a1 b1")
    plan = plan_downgrade(graph, ["m"], target)
    assert (ids(plan), rows(plan)) == (["m"], ["b1"])


def test_a_downgrade_to_what_only_others_depend_on_has_nothing_to_do(graph_of):
    assert plan_downgrade(graph_of("a1", "a2 < a1", "b1 & a1"), ["b1"], "a1") == ()


def test_a_merge_with_its_own_ancestor_leaves_no_row_behind_another(graph_of):
    graph = graph_of("a1", "a2 < a1", "m < a1 a2", "other")
    assert rows(plan_downgrade(graph, ["m", "other"], "m@-1")) == ["a2", "other"]


# -- rows that are not as they should be --------------------------------------------------------------


def test_an_unknown_row_is_an_error_that_names_it_and_the_way_out(branched):
    for plan in (plan_upgrade, plan_downgrade):
        with pytest.raises(UnknownApplied) as caught:
            plan(branched, ["aaa1", "gone1", "gone2"], "stem2")
        assert caught.value.revisions == ("gone1", "gone2")
        assert "'gone1', 'gone2'" in caught.value.message
        assert "'flask db stamp --purge REVISION'" in caught.value.hint


def test_an_upgrade_from_rows_behind_each_other_is_refused_with_the_cure(branched):
    with pytest.raises(OverlappingTargets) as caught:
        plan_upgrade(branched, ["aaa1", "aaa3", "bbb1"], "heads")
    assert "'aaa1' is already part of the others" in caught.value.message
    assert caught.value.hint.startswith("'flask db stamp aaa3 bbb1' ")


def test_a_downgrade_from_rows_behind_each_other_leaves_each_row_once(branched):
    plan = plan_downgrade(branched, ["aaa1", "aaa3"], "stem2")
    assert (ids(plan), rows(plan)) == (["aaa3", "aaa2", "aaa1"], ["stem2"])
    assert [change.kind for step in plan for change in step.rows] == ["update", "delete", "update"]
    assert ids(plan_downgrade(branched, ["aaa1", "aaa3"], "-1")) == ["aaa3"]


def test_a_row_that_is_there_twice_counts_once(branched):
    assert ids(plan_upgrade(branched, ["aaa1", "aaa1"], "+1")) == ["aaa2"]
    assert ids(plan_downgrade(branched, ["aaa1", "aaa1"], "-1")) == ["aaa1"]


# -- a second plan, and what functions for on_version_apply read --------------------------------------


def test_resolved_ids_mean_the_same_when_part_of_the_way_is_gone(branched):
    wanted = resolve_upgrade(branched, ["stem1"], "apples@+3")
    assert ids(plan_up_to(branched, ["stem1"], wanted)) == ["stem2", "aaa1", "aaa2"]
    assert ids(plan_up_to(branched, ["aaa1"], wanted)) == ["aaa2"]
    assert plan_up_to(branched, ["aaa3"], wanted) == ()
    unwanted = resolve_downgrade(branched, ["aaa3", "bbb1"], "apples@-2")
    assert ids(plan_down_from(branched, ["aaa3", "bbb1"], unwanted)) == ["aaa3", "aaa2"]
    assert ids(plan_down_from(branched, ["aaa2", "bbb1"], unwanted)) == ["aaa2"]
    assert plan_down_from(branched, ["aaa1", "bbb1"], unwanted) == ()


def test_a_step_says_what_functions_for_on_version_apply_ask(merged):
    (up,) = plan_upgrade(merged, ["aaa2", "bbb2"], "head")
    assert (up.is_migration, up.is_stamp, up.is_upgrade) == (True, False, True)
    assert (up.up_revision_id, up.up_revision_ids, up.down_revision_ids) == (
        "merge1",
        ("merge1",),
        ("aaa2", "bbb2"),
    )
    assert (up.source_revision_ids, up.destination_revision_ids) == (("aaa2", "bbb2"), ("merge1",))
    (down,) = plan_downgrade(merged, ["merge1"], "-1")
    assert (down.source_revision_ids, down.destination_revision_ids) == (("merge1",), ("aaa2", "bbb2"))


def test_a_plan_cannot_be_changed(merged):
    step = plan_upgrade(merged, [], "head")[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        step.after = frozenset()
    with pytest.raises(dataclasses.FrozenInstanceError):
        step.rows[0].new = "other"


def test_a_plan_is_the_same_every_time(merged):
    for target, applied in (("heads", []), ("base", ["merge1"])):
        plan = plan_upgrade if target == "heads" else plan_downgrade
        assert plan(merged, applied, target) == plan(merged, applied, target)


def test_a_target_that_leads_nowhere_changes_nothing_and_is_an_error(branched):
    for target in ("nosuch", "head", "apples@bbb1", "aaa1:aaa2"):
        with pytest.raises(RevisionsError):
            plan_upgrade(branched, ["stem1"], target)
        with pytest.raises(RevisionsError):
            plan_downgrade(branched, ["aaa1", "bbb1"], target)
