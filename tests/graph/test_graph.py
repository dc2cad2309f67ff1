"""Which revisions a graph has, how they stand to each other, and what makes no graph."""

from __future__ import annotations

import itertools

import pytest
from flask_revisions.errors import CycleFound, DuplicateLabel, DuplicateRevision, GraphError, MissingParent
from flask_revisions.graph.graph import Revision, RevisionGraph


def test_heads_bases_branch_points_and_merge_points_are_those_of_parents_and_children(merged):
    assert merged.heads == merged.effective_heads == ("merge1",)
    assert merged.bases == merged.branch_points == ("base1",)
    assert merged.merge_points == ("merge1",)
    assert merged.children("base1") == ("aaa1", "bbb1")
    assert merged.parents("merge1") == ("aaa2", "bbb2")


def test_an_empty_graph_has_no_ends():
    graph = RevisionGraph()
    assert (len(graph), graph.heads, graph.effective_heads, graph.bases, graph.order) == (0, (), (), (), ())


def test_a_revision_is_found_by_its_full_id(merged):
    assert merged["aaa1"].labels == ("apples",)
    assert "aaa1" in merged and "aaa" not in merged and "apples" not in merged
    with pytest.raises(KeyError):
        merged["aaa"]


def test_the_order_of_the_files_does_not_matter():
    texts = [Revision("a"), Revision("b", ("a",)), Revision("c", ("a",)), Revision("d", ("b", "c"))]
    for shuffled in itertools.permutations(texts):
        graph = RevisionGraph(shuffled)
        assert (graph.heads, graph.bases, graph.order[0], graph.order[-1]) == (("d",), ("a",), "a", "d")


def test_a_revision_that_is_only_depended_on_is_a_head_but_no_effective_one(graph_of):
    graph = graph_of("a1", "a2 < a1", "b1 & a2")
    assert graph.heads == ("a2", "b1")
    assert graph.effective_heads == ("b1",)
    assert graph.bases == ("a1", "b1")


def test_a_dependency_on_a_label_means_the_revision_that_carries_it(graph_of):
    graph = graph_of("a1 # apples", "a2 < a1", "b1 & apples a1")
    assert graph.dependencies("b1") == ("a1",)
    assert graph["b1"].depends_on == ("apples", "a1")
    assert graph.needed_by("a1") == ("a2", "b1")


def test_needs_are_parents_first_and_each_once(graph_of):
    graph = graph_of("a1", "b1", "c1 < b1 & a1 b1")
    assert graph.needs("c1") == ("b1", "a1")
    assert graph.dependencies("c1") == ("a1", "b1")
    assert graph.children("a1") == ()


def test_ancestors_and_descendants_follow_dependencies_unless_told_not_to(graph_of):
    graph = graph_of("a1", "a2 < a1", "b1", "b2 < b1 & a1")
    assert graph.ancestors(["b2"]) == {"b2", "b1", "a1"}
    assert graph.ancestors(["b2"], dependencies=False) == {"b2", "b1"}
    assert graph.descendants(["a1"]) == {"a1", "a2", "b2"}
    assert graph.descendants(["a1"], dependencies=False) == {"a1", "a2"}


def test_implied_are_the_ids_behind_others(graph_of):
    graph = graph_of("a1", "a2 < a1", "b1", "b2 < b1 & a2")
    assert graph.implied(["a2", "b1"]) == set()
    assert graph.implied(["a1", "b2", "b1"]) == {"a1", "b1"}
    assert graph.implied(["a2", "a2"]) == set()


# -- labels -------------------------------------------------------------------------------------------


def test_a_label_covers_its_revision_what_descends_from_it_and_the_way_back_to_the_branch_point(graph_of):
    graph = graph_of("s", "x1 < s", "x2 < x1 # ex", "x3 < x2", "y1 < s", "m < x3 y1", "z < m")
    covered = {id for id in graph if graph.labels_of(id) == ("ex",)}
    assert covered == {"x1", "x2", "x3", "m", "z"}
    assert graph.labels == {"ex": "x2"}


def test_a_dependency_of_another_branch_does_not_cut_a_label_off(graph_of):
    graph = graph_of("x1", "x2 < x1 # ex", "y1 & x1 # why")
    assert [graph.labels_of(id) for id in graph] == [("ex",), ("ex",), ("why",)]


def test_a_label_on_two_revisions_is_an_error_that_names_both_files(graph_of):
    with pytest.raises(DuplicateLabel) as caught:
        graph_of("a1 # same", "b1 # same")
    assert caught.value.message == (
        "The branch label 'same' of 'b1' (versions/b1.py) is also on 'a1' (versions/a1.py)."
    )
    assert caught.value.revisions == ("a1", "b1")


def test_a_label_may_be_the_id_of_its_own_revision_and_of_no_other(graph_of):
    assert graph_of("a1 # a1 a1").labels == {"a1": "a1"}
    with pytest.raises(DuplicateLabel, match=r"'b1' of 'a1' \(.*\) is also the id of 'b1'"):
        graph_of("a1 # b1", "b1")


# -- what makes no graph ------------------------------------------------------------------------------


def test_two_files_with_one_id_are_an_error_that_names_both():
    with pytest.raises(DuplicateRevision) as caught:
        RevisionGraph([Revision("a", path="one.py"), Revision("b"), Revision("a", path="two.py")])
    assert caught.value.message == "Two files have the revision id 'a': one.py and two.py."
    assert caught.value.revisions == ("a",)


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["b < a"], "Revision 'b' (versions/b.py) comes after 'a', which is the id of no file."),
        (["b & a"], "Revision 'b' (versions/b.py) depends on 'a', which is no id and no branch label."),
        (["b < a", "c < b a x"], "There are 2 more of this kind."),
        (["long123", "b < long"], "comes after 'long', which is the id of no file."),
        (["a # label", "b < label"], "comes after 'label', which is the id of no file."),
    ],
)
def test_a_parent_or_dependency_that_does_not_exist_is_an_error(graph_of, texts, words):
    with pytest.raises(MissingParent) as caught:
        graph_of(*texts)
    assert words in caught.value.message
    assert "bring the file of" in caught.value.hint


@pytest.mark.parametrize(
    ("texts", "words", "revisions"),
    [
        (["a < a"], "Revision 'a' (versions/a.py) names itself as its parent.", {"a"}),
        (["a & a"], "names itself as what it depends on.", {"a"}),
        (["a # x", "b < a & x", "c < b & y # y"], "names itself as what it depends on.", {"c"}),
        (["a < b", "b < a"], "come after themselves through their parents:", {"a", "b"}),
        (["r", "a < r c", "b < a", "c < b", "d < c"], "through their parents:", {"a", "b", "c"}),
        (["a < b", "b < a", "z < y & x", "y", "x"], "through their parents:", {"a", "b"}),
        (
            ["a1 & b2", "a2 < a1", "b1", "b2 < b1 & a2"],
            "through their parents and depends_on:",
            {"a1", "a2", "b2"},
        ),
        (["a & b", "b & a"], "through their parents and depends_on:", {"a", "b"}),
    ],
)
def test_what_comes_after_itself_is_an_error_that_lists_the_cycle(graph_of, texts, words, revisions):
    with pytest.raises(CycleFound) as caught:
        graph_of(*texts)
    assert words in caught.value.message
    assert set(caught.value.revisions) == revisions
    assert all(f"versions/{id}.py" in caught.value.message for id in revisions)


def test_a_cycle_is_listed_so_that_each_names_the_next(graph_of):
    with pytest.raises(CycleFound) as caught:
        graph_of("a < c", "b < a", "c < b")
    first, second, third = caught.value.revisions
    after = {"a": "c", "b": "a", "c": "b"}
    assert (after[first], after[second], after[third]) == (second, third, first)


def test_a_long_cycle_is_cut_in_the_message_but_not_in_the_attribute():
    ids = [f"r{number}" for number in range(500)]
    with pytest.raises(CycleFound) as caught:
        RevisionGraph(Revision(id, (ids[place - 1],)) for place, id in enumerate(ids))
    assert len(caught.value.revisions) == 500
    assert "492 more" in caught.value.message and len(caught.value.message) < 300


def test_ids_that_are_part_of_each_other_are_no_cycle(graph_of):
    assert graph_of("bad1", "1bad1 < bad1", "1bad < 1bad1", "bad < 1bad").heads == ("bad",)


def test_every_error_of_a_graph_has_a_hint_and_ends_with_a_full_stop(graph_of):
    for texts in (["a", "a"], ["a # x", "b # x"], ["a < b"], ["a < a"], ["a & b", "b & a"]):
        with pytest.raises(GraphError) as caught:
            graph_of(*texts)
        assert caught.value.message.endswith(".") and caught.value.hint and caught.value.revisions


# -- order --------------------------------------------------------------------------------------------


def test_every_revision_comes_after_its_parents_and_dependencies(graph_of):
    graph = graph_of("d < b c & x2", "b < a", "x2 < x1", "c < a & x1", "x1", "a")
    places = {id: place for place, id in enumerate(graph.order)}
    assert all(places[below] < places[id] for id in graph for below in graph.needs(id))
    assert len(places) == 6


def test_walking_down_one_branch_is_followed_to_its_branch_point_before_the_next_begins(branched):
    assert branched.walk_down(branched) == ["aaa3", "aaa2", "aaa1", "bbb3", "bbb2", "bbb1", "stem2", "stem1"]


def test_walking_down_from_a_merge_the_first_parent_comes_first(graph_of):
    graph = graph_of("s", "a1 < s", "b1 < s", "m < b1 a1")
    assert graph.walk_down(graph) == ["m", "b1", "a1", "s"]


def test_walking_down_the_line_that_was_begun_first_goes_on_first(graph_of):
    graph = graph_of("s", "x1 < s", "x2 < x1", "y1 < s", "m < x2 y1", "z1 < s", "n < m z1")
    assert graph.walk_down(graph) == ["n", "m", "x2", "x1", "z1", "y1", "s"]


def test_the_order_is_that_of_the_files_where_it_is_free(graph_of):
    assert graph_of("b", "a", "c").walk_down("abc") == ["b", "a", "c"]
    assert graph_of("c", "a", "b").walk_down("abc") == ["c", "a", "b"]
