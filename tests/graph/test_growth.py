"""Long and wide histories: nothing recurses, and ten times the revisions are ten times the work."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

import pytest
from flask_revisions.graph.graph import Revision, RevisionGraph
from flask_revisions.graph.plan import plan_stamp
from flask_revisions.graph.ranges import history, resolve_range
from flask_revisions.graph.state import current_revisions, pending

from .plans import plan_downgrade, plan_upgrade


def chain(count: int) -> list[Revision]:
    return [Revision(f"r{n}", (f"r{n - 1}",) if n else ()) for n in range(count)]


def fan(count: int) -> list[Revision]:
    """Branches of two revisions, each with a label, over one base."""
    revisions = [Revision("base1")]
    for n in range(count // 2):
        revisions += [Revision(f"a{n}", ("base1",), labels=(f"label{n}",)), Revision(f"b{n}", (f"a{n}",))]
    return revisions


def diamonds(count: int) -> list[Revision]:
    revisions = [Revision("m0")]
    for n in range(1, count // 3):
        below = (f"m{n - 1}",)
        revisions += [
            Revision(f"a{n}", below),
            Revision(f"b{n}", below),
            Revision(f"m{n}", (f"a{n}", f"b{n}")),
        ]
    return revisions


def ladder(count: int) -> list[Revision]:
    """Two chains, each revision of one depending on that of the other."""
    revisions = [Revision("a0"), Revision("b0")]
    for n in range(1, count // 2):
        revisions.append(Revision(f"a{n}", (f"a{n - 1}",), depends_on=(f"b{n - 1}",)))
        revisions.append(Revision(f"b{n}", (f"b{n - 1}",), depends_on=(f"a{n}",)))
    return revisions


def shuffled(revisions: list[Revision]) -> list[Revision]:
    random.Random(1).shuffle(revisions)
    return revisions


def everything(revisions: list[Revision]) -> None:
    """Ask a graph whatever the commands ask it."""
    graph = RevisionGraph(revisions)
    heads = graph.effective_heads
    assert len(plan_upgrade(graph, (), "heads")) == len(revisions)
    assert len(plan_downgrade(graph, heads, "base")) == len(revisions)
    assert plan_upgrade(graph, heads, "heads") == pending(graph, heads) == ()
    assert len(history(graph)) == len(revisions)
    assert set(heads) <= set(current_revisions(graph, heads))
    assert plan_stamp(graph, (), "heads")[0].after == set(heads)
    ends = resolve_range(graph, "-5:")
    assert 0 < len(history(graph, ends.lower, ends.upper)) <= len(revisions)
    assert len(graph.labels) == sum(1 for id in graph if graph.labels_of(id) and graph[id].labels)


@pytest.mark.parametrize(
    "revisions",
    [chain(20_000), fan(2_000), diamonds(900), ladder(2_000)],
    ids=["chain of 20,000", "1,000 branches", "300 diamonds", "2,000 dependencies"],
)
def test_long_and_wide_histories_need_no_deeper_stack(revisions):
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(200 + len(list(frames())))
    try:
        everything(shuffled(revisions))
    finally:
        sys.setrecursionlimit(limit)


def frames() -> list[FrameType]:
    found = []
    frame: FrameType | None = sys._getframe()
    while frame:
        found.append(frame)
        frame = frame.f_back
    return found


def work(function: Callable[[], object]) -> int:
    """Return how many lines of the package a call runs, each time that it does: the same on every machine."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace if "flask_revisions" in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("shape", [chain, fan, diamonds, ladder])
def test_work_grows_with_the_number_of_revisions_and_no_faster(shape):
    small, large = (shuffled(shape(count)) for count in (150, 1_500))
    few, many = (work(partial(everything, revisions)) for revisions in (small, large))
    assert few > 20 * len(small)
    assert many / few < 1.1 * len(large) / len(small)
