"""What identifiers mean, and what is said where they mean nothing."""

from __future__ import annotations

import pytest
from flask_revisions.errors import (
    SEVERAL_HEADS,
    AmbiguousRevision,
    MalformedTarget,
    SeveralHeads,
    StepsOutOfRange,
    TargetError,
    UnknownRevision,
)
from flask_revisions.graph.graph import Revision, RevisionGraph
from flask_revisions.graph.targets import (
    resolve,
    resolve_all,
    resolve_downgrade,
    resolve_one,
    resolve_upgrade,
)

ODD = ["v3.0.0.a", "v3.0.0.b", "1-2", "1-2-3", "my rev", "user@home", "c++", "a:b", "+5", "2024-01-15-users"]


def chain(*ids: str) -> RevisionGraph:
    return RevisionGraph(Revision(id, ids[:place][-1:]) for place, id in enumerate(ids))


# -- names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "ids"),
    [
        ("aaa2", ["aaa2"]),
        ("heads", ["aaa3", "bbb3"]),
        ("base", []),
        ("apples", ["aaa1"]),
        ("apples@head", ["aaa3"]),
        ("apples@heads", ["aaa3"]),
        ("apples@base", []),
        ("apples@aaa2", ["aaa2"]),
        ("apples@apples", ["aaa1"]),
        ("apples@stem1", ["stem1"]),
        ("aaa2@head", ["aaa3"]),
        ("bbb3@stem2", ["stem2"]),
        ("stem1@heads", ["aaa3", "bbb3"]),
        ("aaa3-1", ["aaa2"]),
        ("aaa1+2", ["aaa3"]),
        ("aaa1+0", ["aaa1"]),
        ("stem1-1", []),
        ("base+2", ["stem2"]),
        ("apples@base+3", ["aaa1"]),
        ("apples@head-1", ["aaa2"]),
        ("apples@stem2+1", ["aaa1"]),
        ("berries-1", ["stem2"]),
        (" aaa2 ", ["aaa2"]),
        ("stem1+1", ["stem2"]),
    ],
)
def test_an_identifier_means_these_revisions(branched, target, ids):
    assert list(resolve(branched, target)) == ids


def test_head_of_several_is_an_error_that_names_them_and_shows_the_ways_out(branched):
    for target in ("head", "head-1", "stem2@head"):
        with pytest.raises(SeveralHeads) as caught:
            resolve(branched, target)
        assert caught.value.heads == ("aaa3", "bbb3")
        assert f"'{target}' means one revision" in caught.value.message
        assert "'aaa3' (apples), 'bbb3' (berries)" in caught.value.message
        for way in ("'flask db merge heads'", "'flask db upgrade heads'", "'apples@head'"):
            assert way in caught.value.hint
        assert caught.value.exit_code == SEVERAL_HEADS


def test_heads_are_an_error_where_one_revision_is_wanted_and_base_is_one_too(branched):
    with pytest.raises(SeveralHeads, match="'heads' means one revision, and there are 2 heads"):
        resolve_one(branched, "heads")
    with pytest.raises(UnknownRevision, match="'base' means no revision"):
        resolve_one(branched, "base")
    assert resolve_one(branched, "berries@heads") == "bbb3"


def test_an_empty_graph_has_no_head_to_go_to():
    assert resolve(RevisionGraph(), "head") == resolve(RevisionGraph(), "heads") == ()
    with pytest.raises(UnknownRevision) as caught:
        resolve(RevisionGraph(), "3fa2")
    assert caught.value.hint == "there are no revisions yet; 'flask db migrate' writes the first."


def test_heads_leave_out_what_others_depend_on_unless_all_are_wanted(graph_of):
    graph = graph_of("a1 # both", "a2 < a1", "b1 < a1 & a2")
    assert resolve(graph, "heads") == resolve(graph, "both@heads") == ("b1",)
    assert resolve(graph, "heads", effective=False) == resolve(graph, "both@heads", effective=False) == ("a2", "b1")
    with pytest.raises(SeveralHeads):
        resolve(graph, "head")


def test_a_label_is_shown_as_a_way_out_only_if_it_has_one_head(graph_of):
    graph = graph_of("s # all", "a < s # apples", "b < s", "c < s & b")
    with pytest.raises(SeveralHeads) as caught:
        resolve_one(graph, "all@heads")
    assert caught.value.heads == ("a", "c") and "'apples@head' is one of them" in caught.value.hint
    with pytest.raises(SeveralHeads) as caught:
        resolve_one(graph_of("s # all", "a < s", "b < s", "c < s & b"), "heads")
    assert caught.value.hint.endswith("an id means one of them.")


def test_several_identifiers_give_each_revision_once(branched):
    assert resolve_all(branched, ["heads", "aaa3", "apples", "aaa1"]) == ("aaa3", "bbb3", "aaa1")


def test_current_means_what_is_applied(branched):
    assert resolve(branched, "current", applied=["aaa2", "bbb1"]) == ("aaa2", "bbb1")
    assert resolve(branched, "apples@current", applied=["aaa2", "bbb1"]) == ("aaa2",)
    assert resolve(branched, "current", applied=[]) == ()
    assert resolve(branched, "current-1", applied=["aaa2"]) == ("aaa1",)
    with pytest.raises(SeveralHeads, match="'current' means one revision, and 2 are applied: 'aaa2' "):
        resolve_one(branched, "current", applied=["aaa2", "bbb1"])
    with pytest.raises(MalformedTarget, match="here no database is asked"):
        resolve(branched, "current")


# -- beginnings ---------------------------------------------------------------------------------------


def test_a_beginning_of_any_length_means_the_one_id_that_it_begins():
    graph = chain("3fa2c1", "3fb8d0", "9c01ee")
    assert [resolve(graph, text) for text in ("9", "3fa", "3fa2c")] == [("9c01ee",), ("3fa2c1",), ("3fa2c1",)]
    assert resolve(graph, "3fb-1") == ("3fa2c1",)


def test_a_full_id_wins_over_a_beginning_and_an_id_over_a_label():
    graph = RevisionGraph([Revision("abcd"), Revision("abcdef", ("abcd",), labels=("abcx",))])
    assert resolve(graph, "abcd") == ("abcd",)
    assert resolve(graph, "abcde") == resolve(graph, "abcx") == resolve(graph, "abcdef") == ("abcdef",)


def test_the_beginning_of_several_ids_is_ambiguous_not_unknown():
    with pytest.raises(AmbiguousRevision) as caught:
        resolve(chain("3fa2c1", "3fb8d0"), "3f")
    assert caught.value.candidates == ("3fa2c1", "3fb8d0")
    assert caught.value.message == "'3f' is the beginning of 2 ids: '3fa2c1', '3fb8d0'."


def test_an_id_of_three_characters_is_not_found_by_its_beginning():
    with pytest.raises(UnknownRevision, match="There is no revision 'ab'") as caught:
        resolve(chain("abc", "xyz"), "ab")
    assert caught.value.hint.startswith("give at least 4 characters of an id; ")
    assert resolve(chain("abc", "xyz"), "abc") == ("abc",)


def test_a_beginning_after_a_branch_is_looked_for_on_that_branch_only(graph_of):
    graph = graph_of("stem", "c0de1 < stem # apples", "c0de2 < stem # berries")
    assert resolve(graph, "apples@c0de") == ("c0de1",)
    assert resolve(graph, "appl@c0de") == resolve(graph, "c0de1@c0de") == ("c0de1",)
    with pytest.raises(AmbiguousRevision, match=r"'c0de' \(in 'c0de@head'\) is the beginning of 2 ids"):
        resolve(graph, "c0de@head")
    with pytest.raises(UnknownRevision, match="no revision 'c1' on branch 'apples'"):
        resolve(graph, "apples@c1")


# -- odd ids ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", ODD)
def test_an_id_may_hold_the_signs_of_the_grammar(id):
    graph = chain(*ODD)
    place = ODD.index(id)
    assert resolve(graph, id) == (id,)
    assert resolve(graph, f"{id}-1") == tuple(ODD[:place][-1:])
    assert resolve(graph, f"{id}@head-1") == (ODD[-2],)
    assert resolve(graph, f"{ODD[0]}@{id}") == (id,)
    assert resolve(graph, f"{ODD[0]}@{id}-{place}") == (ODD[0],)


def test_what_begins_an_id_as_a_whole_is_not_cut_into_steps():
    graph = chain("2023aaa", "2024-01-15-users", "2024bbb")
    assert resolve(graph, "2024-01") == ("2024-01-15-users",)
    assert resolve(graph, "2024b-2") == ("2023aaa",)


def test_a_word_keeps_its_meaning_where_a_file_has_it_as_its_id():
    graph = chain("first", "head", "base", "current", "last")
    assert resolve(graph, "head") == resolve(graph, "heads") == ("last",)
    assert resolve(graph, "base") == ()
    assert resolve(graph, "current", applied=["head"]) == ("head",)
    assert resolve(graph, "first+1") == ("head",)


def test_steps_may_be_too_many_for_a_number():
    with pytest.raises(UnknownRevision):
        resolve(chain("aaaa"), "aaaa-" + "9" * 5000)
    with pytest.raises(StepsOutOfRange):
        resolve(chain("aaaa"), "aaaa-" + "9" * 18)


# -- errors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "error", "message", "hint"),
    [
        ("nosuch", UnknownRevision, "There is no revision 'nosuch'.", "the heads are 'aaa3' (apples)"),
        ("stem3", UnknownRevision, "There is no revision 'stem3'.", "did you mean 'stem2' or 'stem1'?"),
        ("aples", UnknownRevision, "There is no revision 'aples'.", "did you mean 'apples'?"),
        ("zz", UnknownRevision, "There is no revision 'zz'.", "give at least 4 characters of an id; "),
        ("pears@head", UnknownRevision, "no branch 'pears' (in 'pears@head').", "'apples', 'berries'"),
        ("apples@bbb1", UnknownRevision, "'bbb1' is not on branch 'apples'", "it ends at 'aaa3' (apples)"),
        ("apples@nosuch", UnknownRevision, "'nosuch' on branch 'apples' (in 'apples@nosuch')", "the heads"),
        ("apples@", MalformedTarget, "'apples@' names a branch and nothing on it.", "'apples@head'"),
        ("", MalformedTarget, "The identifier of a revision is empty.", "'heads'"),
        ("  ", MalformedTarget, "The identifier of a revision is empty.", "'heads'"),
        ("stem1:stem2", MalformedTarget, "'stem1:stem2' is a range", "--sql"),
        (b"aaa1", MalformedTarget, "The identifier b'aaa1' is not a string.", "its driver is to blame"),
        ("stem2+1", AmbiguousRevision, "leads to where the ways part: 'aaa1'", "'apples@stem2+1'"),
        ("aaa2+2", StepsOutOfRange, "goes further up than there are revisions to go: 1.", "'head'"),
        ("stem2-3", StepsOutOfRange, "goes further down than there are revisions to go: 2.", "'base'"),
        ("base-1", StepsOutOfRange, "goes further down than there are revisions to go: 0.", "'base'"),
        ("+1", MalformedTarget, "'+1' counts from what is applied", "'head-1'"),
        ("heads-1", SeveralHeads, "'heads-1' means one revision, and there are 2 heads", "'apples@head'"),
    ],
)  # fmt: skip
def test_an_error_names_the_target_as_given_and_what_to_type(branched, target, error, message, hint):
    with pytest.raises(error) as caught:
        resolve(branched, target)
    assert message in caught.value.message and caught.value.message.endswith(".")
    assert hint in caught.value.hint
    assert caught.value.target == (target if isinstance(target, str) else repr(target))


# -- counting from what is applied --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("applied", "target", "ids"),
    [
        ([], "+1", ["stem1"]),
        ([], "+2", ["stem2"]),
        (["aaa1"], "+2", ["aaa3"]),
        (["stem2"], "apples@+1", ["aaa1"]),
        (["bbb3"], "apples@+1", ["aaa1"]),
        (["aaa1", "bbb1"], "apples@+1", ["aaa2"]),
        (["aaa1", "bbb1"], "bbb1@+2", ["bbb3"]),
        ([], "apples@+3", ["aaa1"]),
        (["aaa3"], "aaa3-2", ["aaa1"]),
    ],
)
def test_an_upgrade_counts_from_what_is_applied(branched, applied, target, ids):
    assert list(resolve_upgrade(branched, applied, target)) == ids


@pytest.mark.parametrize(
    ("applied", "target", "error"),
    [
        (["aaa1"], "+5", StepsOutOfRange),
        (["aaa3"], "+1", StepsOutOfRange),
        (["aaa1"], "-1", StepsOutOfRange),
        (["aaa1"], "+0", StepsOutOfRange),
        (["stem2"], "+1", AmbiguousRevision),
        (["aaa1", "bbb1"], "+1", SeveralHeads),
        (["aaa1", "bbb1"], "stem1@+1", SeveralHeads),
    ],
)
def test_an_upgrade_moves_exactly_as_far_as_it_says_or_not_at_all(branched, applied, target, error):
    with pytest.raises(error) as caught:
        resolve_upgrade(branched, applied, target)
    assert f"'{target}'" in caught.value.message


@pytest.mark.parametrize(
    ("applied", "target", "ids"),
    [
        (["aaa3"], "-1", ["aaa3"]),
        (["aaa3"], "-3", ["aaa1"]),
        (["aaa3"], "-5", ["stem1"]),
        (["aaa3", "bbb2"], "apples@-1", ["aaa3"]),
        (["aaa3", "bbb2"], "bbb2@-2", ["bbb1"]),
        (["aaa3"], "aaa1", ["aaa2"]),
        (["aaa3", "bbb1"], "stem2", ["aaa1", "bbb1"]),
        (["aaa3", "bbb1"], "berries@stem2", ["bbb1"]),
        (["aaa3"], "base", ["stem1"]),
        (["aaa3"], "head-5", None),
        (["aaa3"], "current-2", ["aaa2"]),
        ([], "base", []),
    ],
)
def test_a_downgrade_takes_down_what_stands_on_its_target(branched, applied, target, ids):
    if ids is None:
        with pytest.raises(SeveralHeads):
            resolve_downgrade(branched, applied, target)
    else:
        assert list(resolve_downgrade(branched, applied, target)) == ids


def test_a_step_down_from_two_rows_is_an_error_that_shows_a_step_for_each(branched):
    with pytest.raises(SeveralHeads) as caught:
        resolve_downgrade(branched, ["aaa3", "bbb2"], "-1")
    assert caught.value.message == (
        "'-1' counts from what is applied, and that is 2 revisions: 'aaa3' (apples), 'bbb2' (berries)."
    )
    assert caught.value.hint == "say on which branch: 'apples@-1' or 'berries@-1'."
    assert caught.value.heads == ("aaa3", "bbb2")


def test_where_a_label_does_not_tell_rows_apart_their_ids_are_shown(graph_of):
    graph = graph_of("s # all", "a < s", "b < s")
    with pytest.raises(SeveralHeads) as caught:
        resolve_downgrade(graph, ["a", "b"], "all@-2")
    assert caught.value.hint == "say on which branch: 'a@-2' or 'b@-2'."
    assert resolve_downgrade(graph, ["a", "b"], "a@-2") == ("s",)


@pytest.mark.parametrize(
    ("applied", "target"),
    [(["aaa1"], "+2"), (["aaa1"], "-0"), (["aaa1"], "-4"), ([], "-1"), (["aaa1"], "berries@-1")],
)
def test_a_downgrade_moves_exactly_as_far_as_it_says_or_not_at_all(branched, applied, target):
    with pytest.raises(StepsOutOfRange) as caught:
        resolve_downgrade(branched, applied, target)
    assert f"'{target}'" in caught.value.message


def test_a_step_down_from_a_merge_is_the_merge_and_two_are_ambiguous(merged):
    assert resolve_downgrade(merged, ["merge1"], "-1") == ("merge1",)
    with pytest.raises(AmbiguousRevision) as caught:
        resolve_downgrade(merged, ["merge1"], "-2")
    assert "'apples@-2'" in caught.value.hint
    assert resolve_downgrade(merged, ["merge1"], "apples@-2") == ("aaa2",)


def test_every_target_error_has_a_hint(branched):
    for target in (
        "x",
        "a@b",
        "a@",
        "",
        "a:b",
        "+1",
        "head",
        "stem2+1",
        "heads-9",
        "@",
        "@@",
        "-",
        "a@@",
        "@+1",
    ):
        with pytest.raises(TargetError) as caught:
            resolve(branched, target)
        assert caught.value.hint.endswith((".", "?")) and caught.value.target == target
