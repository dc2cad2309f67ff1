"""Identifiers that lead nowhere: the message names them, the hint says what to type instead."""

from __future__ import annotations

import pytest

from ..projects import Project
from .errors import two_lines

HEAD_HINT = "the head is 'bbbb2222'"

WRONG = [
    ("nosuchthing", 1, "no revision 'nosuchthing'", HEAD_HINT),
    ("bbbb2223", 1, "no revision 'bbbb2223'", "did you mean 'bbbb2222'?"),
    ("zz", 1, "no revision 'zz'", "at least 4 characters"),
    ("", 1, "is empty", "give an id"),
    ("aaaa1111@", 1, "'aaaa1111@' names a branch", "'aaaa1111@head'"),
    ("nosuch@head", 1, "no branch 'nosuch'", HEAD_HINT),
    ("++1", 1, "no revision '+'", HEAD_HINT),
    ("-1", 1, "'-1' does not lead the way", "'+1'"),
    ("+9", 1, "'+9' goes further up", "'head'"),
    ("head+1", 1, "'head+1' goes further up", "'head'"),
    ("a:b", 1, "'a:b' is a range", "--sql"),
    ("'; DROP TABLE x; --", 1, "'; DROP TABLE x; --", HEAD_HINT),
    ("%s {{ 7*7 }} %(rev)s", 1, "%s {{ 7*7 }} %(rev)s", HEAD_HINT),
    ("../../etc/passwd", 1, "../../etc/passwd", HEAD_HINT),
    ("two\nlines", 1, "'two lines'", HEAD_HINT),
    ("\x1b[31mred", 1, "no revision ' [31mred'", HEAD_HINT),
    ("\u202eright to left", 1, "right to left", HEAD_HINT),
    ("é" * 500, 1, "éééé", HEAD_HINT),
    ("é" * 5000, 1, "[...]", HEAD_HINT),
]


@pytest.mark.parametrize(("target", "code", "says", "helps"), WRONG)
def test_a_target_that_leads_nowhere(pair: Project, target: str, code: int, says: str, helps: str) -> None:
    message, hint = two_lines(pair.cli("upgrade", target), code)
    assert says in message
    assert helps in hint
    assert pair.applied() == set()


COMMANDS = [
    ["upgrade", "nosuch"],
    ["downgrade", "nosuch"],
    ["stamp", "nosuch"],
    ["show", "nosuch"],
    ["history", "-r", "nosuch:"],
    ["history", "-r", ":nosuch"],
    ["revision", "--head", "nosuch"],
    ["revision", "--depends-on", "nosuch"],
    ["merge", "nosuch", "bbbb2222"],
    ["upgrade", "--sql", "nosuch"],
    ["downgrade", "--sql", "nosuch:base"],
    ["stamp", "--sql", "nosuch"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_names_the_unknown_revision_and_the_head(pair: Project, command: list[str]) -> None:
    before = sorted(pair.versions.iterdir())
    message, hint = two_lines(pair.cli(*command), 1)
    assert "'nosuch'" in message and "'bbbb2222'" in hint
    assert sorted(pair.versions.iterdir()) == before


def test_the_beginning_of_several_ids(project: Project) -> None:
    project.table("abcd1111")
    project.table("abcd2222", "abcd1111")
    message, hint = two_lines(project.cli("upgrade", "abcd"), 1)
    assert "'abcd1111', 'abcd2222'" in message and "more characters" in hint


def test_a_downgrade_that_is_none(pair: Project) -> None:
    assert pair.cli("upgrade", "aaaa1111").code == 0
    for target, says in (
        ("bbbb2222", "is not applied"),
        ("+1", "does not lead"),
        ("-2", "goes further down"),
    ):
        message, _ = two_lines(pair.cli("downgrade", target), 1)
        assert f"'{target}'" in message and says in message
    assert pair.applied() == {"aaaa1111"}


def test_a_downgrade_where_nothing_is_applied(pair: Project) -> None:
    message, hint = two_lines(pair.cli("downgrade"), 1)
    assert message == "'-1' takes back what was applied last, and nothing is applied." and "'flask db status'" in hint


@pytest.mark.parametrize("command", [["upgrade"], ["stamp"], ["show"], ["revision", "-m", "x"], ["upgrade", "--sql"]])
def test_one_head_is_wanted_and_there_are_two(pair: Project, command: list[str]) -> None:
    pair.table("cccc3333", "aaaa1111")
    message, hint = two_lines(pair.cli(*command), 6)
    assert "2 heads: 'bbbb2222', 'cccc3333'" in message
    assert "flask db merge heads" in hint and ("upgrade heads" in hint or "--head" in hint)


def test_a_step_down_from_two_branches_asks_which(pair: Project) -> None:
    pair.table("cccc3333", "aaaa1111", labels=("reports",))
    assert pair.cli("upgrade", "heads").code == 0
    for arguments in ([], ["-1"]):
        message, hint = two_lines(pair.cli("downgrade", *arguments), 6)
        assert "'-1'" in message and "'bbbb2222@-1'" in hint and "'reports@-1'" in hint


RANGES = [
    (["upgrade", "aaaa1111:bbbb2222"], "is a range"),
    (["downgrade", "bbbb2222:aaaa1111"], "is a range"),
    (["stamp", "aaaa1111:bbbb2222"], "is a range"),
    (["show", "aaaa1111:bbbb2222"], "is a range"),
    (["downgrade", "--sql", "base"], "does not say from where to where"),
    (["history", "-r", "bbbb2222"], "is no range"),
    (["history", "-r", "-1:+1"], "count from the other one"),
    (["history", "-r", "a:b:c"], "more than one colon"),
    (["revision", "--head", "current"], "no database is asked"),
    (["upgrade", "--sql", "current:head"], "no database is asked"),
]


@pytest.mark.parametrize(("command", "says"), RANGES, ids=lambda each: " ".join(each) if type(each) is list else "")
def test_ranges_where_there_are_none_and_none_where_there_should_be(
    pair: Project, command: list[str], says: str
) -> None:
    message, _ = two_lines(pair.cli(*command), 1)
    assert f"'{command[-1]}'" in message or "'current'" in message
    assert says in message


def test_purging_needs_a_database(pair: Project) -> None:
    message, hint = two_lines(pair.cli("stamp", "--sql", "--purge"), 2)
    assert "--purge" in message and "--sql" in message and "leave out" in hint


MERGES = [
    (["bbbb2222"], 2, "names 1"),
    (["base"], 2, "names none"),
    (["aaaa1111", "aaaa1111"], 2, "names 1"),
    (["heads"], 2, "names 1"),
    (["aaaa1111", "bbbb2222"], 1, "'aaaa1111' is already part"),
]


@pytest.mark.parametrize(("revisions", "code", "says"), MERGES)
def test_a_merge_of_less_than_two_branches(pair: Project, revisions: list[str], code: int, says: str) -> None:
    message, hint = two_lines(pair.cli("merge", *revisions), code)
    assert says in message and ("branch" in hint or "heads" in hint)
    assert len(list(pair.versions.glob("*.py"))) == 2


def test_a_range_upside_down(pair: Project) -> None:
    message, hint = two_lines(pair.cli("history", "-r", "bbbb2222:aaaa1111"), 1)
    assert "'bbbb2222' is not an ancestor of 'aaaa1111'" in message and "'lower:upper'" in hint
