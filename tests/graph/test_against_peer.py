"""The same commands on the same random graphs here and in Alembic: one table has what differs, and why."""

from __future__ import annotations

import random
import re
import types
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import pytest

pytest.importorskip("alembic", reason="Alembic is not installed")

from alembic.runtime.migration import HeadMaintainer, RevisionStep
from alembic.script import revision as peer_revision
from alembic.script.base import ScriptDirectory
from alembic.util import CommandError
from flask_revisions.errors import RevisionsError
from flask_revisions.graph.graph import Revision, RevisionGraph
from flask_revisions.graph.plan import Plan, plan_stamp
from flask_revisions.graph.ranges import history, resolve_range
from flask_revisions.graph.state import current_revisions
from flask_revisions.graph.targets import resolve, resolve_one

from .plans import plan_downgrade, plan_upgrade


class Difference(NamedTuple):
    """A kind of target for which the outcomes differ, and why ours is meant.

    Outcomes are `plan`, `error` (one that is made for people) and `crash` (any other exception); `other` for
    two plans that do not do the same.
    """

    command: str
    peer: str
    ours: str
    target: str
    why: str


DIFFERENCES = (
    Difference("upgrade", "crash", "error", r".+[+-]\d", "more steps than there are, or not on that branch"),
    Difference("upgrade", "crash", "plan", r".+-\d", "steps down to below a base: nothing to do"),
    Difference("upgrade", "error", "plan", r".+@.+-\d", "at a merge the branch tells which parent is meant"),
    Difference("upgrade", "error", "plan", r".+@heads", "heads of a branch may depend on each other"),
    Difference("upgrade", "plan", "error", r".+@.+\+\d", "the steps do not begin on the branch named"),
    Difference("downgrade", "plan", "error", r"-\d", "several branches are applied: none is picked"),
    Difference("downgrade", "plan", "error", r".+@.+", "the target is not on the branch named"),
    Difference("downgrade", "crash", "error", r".+@-\d", "the branch has no revision of its own, or several"),
    Difference("downgrade", "error", "plan", r"-\d", "the first step down from a merge is the merge"),
    Difference("downgrade", "error", "plan", r".+@.+", "the name after the @ is looked for on that branch"),
    Difference("downgrade", "error", "plan", r"[^@]+", "only others that depend on it are on the target"),
    Difference("stamp", "error", "plan", r".*[+-]\d", "steps can be stamped"),
    Difference("stamp", "plan", "error", r"(.+@)?-\d", "steps count from what is applied, not from heads"),
    Difference("stamp", "crash", "error", r"(.+@)?-\d", "steps count from what is applied, not from heads"),
    Difference("downgrade", "other", "other", r".+@-\d", "what is counted is taken down and no other way"),
    Difference("stamp", "other", "other", r"heads|.+@.+", "rows of branches that are not meant are not lost"),
)


# -- random graphs and targets ------------------------------------------------------------------------


def some_revisions(luck: random.Random, *, dependencies: float) -> list[Revision]:
    """Return up to twenty revisions with branches, merges, several bases and labels, in any order."""
    made: list[Revision] = []
    for number in range(luck.randint(1, 20)):
        ids = [revision.id for revision in made]
        heads = [id for id in ids if not any(id in revision.parents for revision in made)]
        kind = luck.random()
        parents: tuple[str, ...] = ()
        if ids and kind > 0.8:
            parents = tuple(luck.sample(luck.choice([heads, ids]), min(2, len(heads))))
        elif ids and kind > 0.12:
            parents = (luck.choice(heads if kind < 0.62 else ids),)
        names = ids + [label for revision in made for label in revision.labels]
        needed = luck.sample(names, min(len(names), luck.choice([1, 1, 2]))) if luck.random() < dependencies else []
        labels = (f"label{number}",) if luck.random() < 0.2 else ()
        made.append(Revision(f"r{number:03d}", parents, tuple(needed), labels))
    luck.shuffle(made)
    return made


FORMS = """
    {name} {name} {name} {branch} head heads base {sign}{count} {sign}{count}
    {branch}@head {branch}@heads {branch}@base {branch}@{name} {branch}@{sign}{count}
    {name}-{count} {name}+{count} head-{count} base+{count}
    {branch}@{name}-{count} {branch}@{name}+{count} {branch}@head-{count} {branch}@base+{count}
"""


def some_target(luck: random.Random, graph: RevisionGraph, sign: str) -> str:
    """Return an identifier of any form."""
    name = luck.choice(list(graph))
    branch = luck.choice(list(graph.labels) or [name]) if luck.random() < 0.7 else luck.choice(list(graph))
    count = luck.choice([1, 1, 1, 2, 3, 5])
    return luck.choice(FORMS.split()).format(name=name, branch=branch, sign=sign, count=count)


# -- the peer -----------------------------------------------------------------------------------------


class PeerScript(peer_revision.Revision):
    module = types.SimpleNamespace(upgrade=None, downgrade=None)
    doc = None


class Peer(ScriptDirectory):
    """Alembic's graph and plans, without files."""

    def __init__(self, revisions: list[Revision]) -> None:
        self.revision_map = peer_revision.RevisionMap(
            lambda: [
                PeerScript(each.id, each.parents or None, each.depends_on or None, each.labels or None)
                for each in revisions
            ]
        )

    def step(self, id: str, command: str) -> RevisionStep:
        return RevisionStep(self.revision_map, self.get_revision(id), command == "upgrade")


class PeerRows(HeadMaintainer):
    """Alembic's version table, without a database."""

    def __init__(self, rows: tuple[str, ...]) -> None:
        self.heads = set(rows)

    def _insert_version(self, version: str) -> None:
        assert version not in self.heads
        self.heads.add(version)

    def _delete_version(self, version: str) -> None:
        self.heads.remove(version)

    def _update_version(self, from_: str, to_: str) -> None:
        self._delete_version(from_)
        self._insert_version(to_)


def peer_plan(peer: Peer, command: str, rows: tuple[str, ...], target: str) -> list[str]:
    """Return the ids in the order in which Alembic runs them; for a stamp the rows at the end."""
    if command == "stamp":
        table = PeerRows(rows)
        for step in peer._stamp_revs(target, rows):
            table.update_to_step(step)
        return sorted(table.heads)
    plan = peer._upgrade_revs if command == "upgrade" else peer._downgrade_revs
    return [step.revision.revision for step in plan(target, rows)]


def outcome(function: Callable[[], object]) -> tuple[str, object]:
    try:
        return "plan", function()
    except (CommandError, RevisionsError) as error:
        return "error", error
    except Exception as error:
        return "crash", error


# -- plans and rows -----------------------------------------------------------------------------------

OURS = {"upgrade": plan_upgrade, "downgrade": plan_downgrade, "stamp": plan_stamp}


def differs(command: str, peer: str, ours: str, target: str) -> Difference:
    """Return the line of the table that explains a difference."""
    for line in DIFFERENCES:
        if line[:3] == (command, peer, ours) and re.fullmatch(line.target, target):
            return line
    raise AssertionError(f"not in the table: {command} {target}: {peer} there, {ours} here")


def check_steps(graph: RevisionGraph, peer: Peer, command: str, rows: tuple[str, ...], plan: Plan) -> None:
    """Let Alembic change its rows for the same steps in the same order, and compare the rows after each.

    Where one parent or dependency is behind another, Alembic leaves a row for both, or fails with KeyError.
    """
    table = PeerRows(rows)
    for step in plan:
        id = step.revision.id
        peer_step = peer.step(id, command)
        info = peer_step.info
        assert (info.is_upgrade, info.is_stamp, info.up_revision_ids) == (step.is_upgrade, False, (id,))
        assert set(info.down_revision_ids) <= set(step.down_revision_ids)
        redundant = graph.implied(graph.needs(id))
        if redundant:
            table = PeerRows(tuple(step.after))
            continue
        assert set(info.down_revision_ids) == set(step.down_revision_ids)
        table.update_to_step(peer_step)
        assert table.heads == step.after


def check_order(graph: RevisionGraph, command: str, peer_ids: list[str], ids: list[str]) -> None:
    """Each comes after what it needs; and the order is the same where there are at most two plain lines."""
    places = {id: place for place, id in enumerate(ids if command == "upgrade" else reversed(ids))}
    assert all(places[below] < places[id] for id in ids for below in graph.needs(id) if below in places)
    if len(graph.heads) < 3 and not graph.merge_points and not any(map(graph.dependencies, graph)):
        assert ids == peer_ids


def compare(graph: RevisionGraph, peer: Peer, command: str, rows: tuple[str, ...], target: str) -> object:
    """Return the rows after a command, and the line of the table that it met or None."""
    theirs, peer_value = outcome(partial(peer_plan, peer, command, rows, target))
    ours, plan = outcome(partial(OURS[command], graph, rows, target))
    assert ours != "crash", (command, rows, target, plan)
    if ours == "error":
        return rows, None if theirs == ours else differs(command, theirs, ours, target)
    after = tuple(sorted(plan[-1].after)) if plan else rows
    if theirs != ours:
        return after, differs(command, theirs, ours, target)
    if command == "stamp":
        return after, None if sorted(after) == peer_value else differs(command, "other", "other", target)
    check_steps(graph, peer, command, rows, plan)
    ids = [step.revision.id for step in plan]
    if sorted(ids) != sorted(peer_value):
        return after, differs(command, "other", "other", target)
    check_order(graph, command, peer_value, ids)
    return after, None


@pytest.mark.filterwarnings("ignore")
def test_plans_and_rows_are_those_of_the_peer_but_for_the_differences_that_are_meant():
    met: Counter[Difference] = Counter()
    for seed in range(2000):
        luck = random.Random(seed)
        revisions = some_revisions(luck, dependencies=0.3 * (seed % 2))
        graph, peer = RevisionGraph(revisions), Peer(revisions)
        rows: tuple[str, ...] = ()
        for _ in range(8):
            command = luck.choice(["upgrade", "upgrade", "downgrade", "stamp"])
            target = some_target(luck, graph, "+" if command == "upgrade" else "-")
            rows, line = compare(graph, peer, command, rows, target)
            assert not graph.implied(rows)
            met.update([line] if line else [])
    assert set(met) == set(DIFFERENCES)


def two_branches(luck: random.Random) -> list[Revision]:
    """Return up to forty revisions over one base, with no more than two heads at any time, in any order."""
    made, heads = [Revision("r000")], ["r000"]
    for number in range(1, luck.randint(5, 40)):
        if len(heads) == 2 and luck.random() < 0.2:
            parents = tuple(luck.sample(heads, 2))
        elif len(heads) == 1 and luck.random() < 0.3:
            parents = (luck.choice(made[-6:]).id,)
        else:
            parents = (luck.choice(heads),)
        made.append(Revision(f"r{number:03d}", parents))
        heads = [head for head in heads if head not in parents] + [made[-1].id]
    luck.shuffle(made)
    return made


def test_two_branches_that_part_and_merge_run_in_the_order_of_the_peer():
    same = 0
    for seed in range(400):
        revisions = two_branches(random.Random(seed))
        plan = plan_upgrade(RevisionGraph(revisions), (), "heads")
        same += [step.revision.id for step in plan] == peer_plan(Peer(revisions), "upgrade", (), "heads")
    assert same > 0.95 * 400


# -- the graph itself ---------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore")
def test_ends_and_neighbours_are_those_of_the_peer():
    for seed in range(300):
        revisions = some_revisions(random.Random(seed), dependencies=0.3)
        graph, known = RevisionGraph(revisions), Peer(revisions).revision_map
        assert (graph.heads, graph.effective_heads) == (known.heads, known._real_heads)
        assert graph.bases == known.bases
        for id in graph:
            there = known.get_revision(id)
            assert set(graph.children(id)) == there.nextrev
            assert set(graph.needs(id)) == set(there._all_down_revisions)
            assert (id in graph.branch_points) == there.is_branch_point
            assert (id in graph.merge_points) == there.is_merge_point


@pytest.mark.filterwarnings("ignore")
def test_what_is_current_is_that_of_the_peer():
    for seed in range(300):
        luck = random.Random(seed)
        revisions = some_revisions(luck, dependencies=0.3)
        graph, peer = RevisionGraph(revisions), Peer(revisions)
        rows = tuple(luck.sample(list(graph), luck.randint(0, len(graph))))
        assert set(current_revisions(graph, rows)) == {each.revision for each in peer.get_all_current(rows)}


def peer_history(peer: Peer, lower: str, upper: str) -> list[str]:
    return sorted(each.revision for each in peer.walk_revisions(lower or "base", upper or "heads"))


def our_history(graph: RevisionGraph, lower: str, upper: str) -> list[str]:
    ends = resolve_range(graph, f"{lower}:{upper}")
    return sorted(history(graph, ends.lower, ends.upper))


@pytest.mark.filterwarnings("ignore")
def test_ranges_of_history_are_those_of_the_peer_where_it_has_any():
    seen: Counter[tuple[str, str]] = Counter()
    for seed in range(1000):
        luck = random.Random(seed)
        revisions = some_revisions(luck, dependencies=0.3 * (seed % 2))
        graph, peer = RevisionGraph(revisions), Peer(revisions)
        lower, upper = luck.choices([*graph, *graph.labels, "heads", "head", "base", "", ""], k=2)
        theirs, there = outcome(partial(peer_history, peer, lower, upper))
        ours, here = outcome(partial(our_history, graph, lower, upper))
        seen[theirs, ours] += 1
        if theirs == "crash":  # the upper end depends on the lower one and does not descend from it
            assert ours == "plan" and {resolve_one(graph, lower)} < set(here)
        else:
            assert (theirs, there if theirs == "plan" else None) == (ours, here if ours == "plan" else None)
    assert set(seen) == {("plan", "plan"), ("error", "error"), ("crash", "plan")}


def peer_names(peer: Peer, text: str) -> list[str]:
    return [each.revision for each in peer.get_revisions(text)]


@pytest.mark.parametrize("form", ["{0}", "{0}@{1}"])
def test_names_are_looked_up_as_by_the_peer(form):
    found = 0
    for seed in range(1500):
        luck = random.Random(seed)
        ids = list(dict.fromkeys("".join(luck.choices("ab", k=luck.randint(2, 6))) for _ in range(8)))
        revisions = [Revision(id, tuple(ids[:n][-1:]) if n % 3 else ()) for n, id in enumerate(ids)]
        graph, peer = RevisionGraph(revisions), Peer(revisions)
        text = form.format(*("".join(luck.choices("ab", k=luck.randint(1, 6))) for _ in range(2)))
        theirs, there = outcome(partial(peer_names, peer, text))
        ours, here = outcome(partial(resolve, graph, text))
        assert (theirs, there if theirs == "plan" else None) == (ours, list(here) if ours == "plan" else None)
        found += ours == "plan"
    assert found > 50
