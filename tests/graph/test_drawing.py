"""Pictures of a graph: where each revision stands, and what is drawn."""

from __future__ import annotations

import random
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from itertools import pairwise

import pytest
from flask_revisions.graph.drawing import ASCII, BOXES, draw
from flask_revisions.graph.graph import Revision, RevisionGraph
from flask_revisions.graph.lanes import Fold, folded, rows
from flask_revisions.graph.pictures import State, mermaid, page, svg

from .conftest import GraphOf


def drawing(graph: RevisionGraph, applied: Iterable[str] | None = None) -> list[str]:
    known = None if applied is None else set(applied)
    return [f"{line.drawn}{' '.join(line.ids)}".rstrip() for line in draw(rows(graph), known)]


def test_a_line_is_a_line(graph_of: GraphOf) -> None:
    assert drawing(graph_of("a", "b < a", "c < b"), ["a"]) == ["○ c", "○ b", "● a"]


def test_a_branch_and_a_merge(merged: RevisionGraph) -> None:
    assert drawing(merged) == [
        "● merge1", "├─╮", "● │ aaa2", "● │ aaa1", "│ ● bbb2", "│ ● bbb1", "├─╯", "● base1",
    ]  # fmt: skip


def test_two_heads(branched: RevisionGraph) -> None:
    assert drawing(branched, ["stem1", "stem2", "bbb1"]) == [
        "○ aaa3", "○ aaa2", "○ aaa1", "│ ○ bbb3", "│ ○ bbb2", "│ ● bbb1", "├─╯", "● stem2", "● stem1",
    ]  # fmt: skip


def test_a_line_that_passes_is_not_joined(graph_of: GraphOf) -> None:
    graph = graph_of("a", "b < a", "c < a", "d < a", "e < b c", "f < c d")
    assert drawing(graph) == [
        "● e", "├─╮", "● │ b", "│ │ ● f", "│ │ ├─╮", "│ │ │ ● d", "│ ├─╯ │", "│ ●   │ c", "├─┴───╯", "● a",
    ]  # fmt: skip


def test_lines_without_a_common_base_stand_beside_each_other(graph_of: GraphOf) -> None:
    assert drawing(graph_of("a", "b", "c < b")) == ["● a", "● c", "● b"]


def test_the_middle_of_a_long_line_is_counted(graph_of: GraphOf) -> None:
    graph = graph_of("r0", *(f"r{each} < r{each - 1}" for each in range(1, 20)))
    drawn = folded(graph, rows(graph), {"r5"})
    assert [each.ids if isinstance(each, Fold) else each.id for each in drawn] == [
        "r19", "r18", tuple(f"r{each}" for each in range(17, 6, -1)), "r6", "r5", "r4", "r3", "r2", "r1", "r0",
    ]  # fmt: skip


def test_labels_and_dependencies_are_never_left_out(graph_of: GraphOf) -> None:
    graph = graph_of("o", "a", *(f"r{each} < {f'r{each - 1}' if each else 'a'}" for each in range(9)), "z < r8 & r4")
    assert "r4" in [row.id for row in folded(graph, rows(graph), ()) if not isinstance(row, Fold)]


@pytest.mark.parametrize("seed", range(25))
def test_every_line_leads_from_a_revision_to_its_parents(seed: int, graph_of: GraphOf) -> None:
    graph = graph_of(*random_history(random.Random(seed)))
    drawn = rows(graph)
    assert [row.id for row in drawn] == graph.walk_down(graph)
    for row, following in pairwise(drawn):
        assert row.below == following.above
        led = [row.below[lane] for lane in (row.lane, *row.forked)] if graph.parents(row.id) else []
        assert led == list(graph.parents(row.id))
        assert row.id not in row.below
    assert drawn[-1].below == ()


def random_history(chance: random.Random) -> list[str]:
    ids: list[str] = []
    history = []
    for number in range(30):
        parents = chance.sample(ids, min(len(ids), chance.choice([0, 1, 1, 1, 2, 3])))
        ids.append(f"n{number}")
        history.append(f"n{number} < {' '.join(parents)}" if parents else f"n{number}")
    return history


def test_other_characters_where_boxes_cannot_be_printed(merged: RevisionGraph) -> None:
    plain = "\n".join(line.drawn for line in draw(rows(merged), {"base1"}, characters=ASCII))
    assert plain.isascii() and set(plain) == set("o*|+-.' \n")
    assert len(BOXES.lines) == len(ASCII.lines) == 16


HOSTILE = '</text><script>"x" & `y`\n]end:::'


def test_svg_is_well_formed_whatever_the_messages_say(graph_of: GraphOf) -> None:
    graph = RevisionGraph([*graph_of("a").values(), Revision("b", ("a",), message=HOSTILE)])
    found = ElementTree.fromstring(svg(graph, rows(graph), State({"a"}, ("a",))))
    spans = [each.text for each in found.iter("{http://www.w3.org/2000/svg}tspan")]
    assert any("<script>" in (each or "") for each in spans)
    assert len(list(found.iter("{http://www.w3.org/2000/svg}circle"))) == 2
    assert "<script>" not in page(HOSTILE, HOSTILE, svg(graph, rows(graph), State()))


def test_mermaid_is_one_line_for_each_revision_and_arrow(graph_of: GraphOf) -> None:
    graph = RevisionGraph([*graph_of("a").values(), Revision("b", ("a",), message=HOSTILE)])
    lines = mermaid(graph, rows(graph), State({"a"}, ("a",))).splitlines()
    assert lines[0] == "flowchart BT"
    assert sum(":::" in line for line in lines) == 2 and "    r1 --> r0" in lines
    assert not any('"x"' in line or "<script" in line for line in lines)
