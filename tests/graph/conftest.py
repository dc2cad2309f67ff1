"""Graphs written as text, for the tests of this room."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask_revisions.graph.graph import Revision, RevisionGraph

GraphOf = Callable[..., RevisionGraph]


def revision_of(text: str) -> Revision:
    """Read `id < parents & dependencies # labels`: all but the id may be missing."""
    text, _, labels = text.partition("#")
    text, _, dependencies = text.partition("&")
    id, _, parents = text.partition("<")
    return Revision(
        id.strip(),
        tuple(parents.split()),
        tuple(dependencies.split()),
        tuple(labels.split()),
        path=f"versions/{id.strip()}.py",
    )


@pytest.fixture
def graph_of() -> GraphOf:
    return lambda *texts: RevisionGraph(revision_of(text) for text in texts)


@pytest.fixture
def branched(graph_of: GraphOf) -> RevisionGraph:
    """Two labelled branches of three over a stem of two."""
    return graph_of(
        "stem1", "stem2 < stem1", "aaa1 < stem2 # apples", "aaa2 < aaa1", "aaa3 < aaa2",
        "bbb1 < stem2 # berries", "bbb2 < bbb1", "bbb3 < bbb2",
    )  # fmt: skip


@pytest.fixture
def merged(graph_of: GraphOf) -> RevisionGraph:
    """Two labelled branches of two over one base, and their merge."""
    return graph_of(
        "base1", "aaa1 < base1 # apples", "aaa2 < aaa1", "bbb1 < base1 # berries", "bbb2 < bbb1",
        "merge1 < aaa2 bbb2",
    )  # fmt: skip
