"""Revisions as lines and blocks of text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from .output import columns, identifier, one_line, styled

if TYPE_CHECKING:
    from ..graph.graph import Revision, RevisionGraph

SHORTEST_MESSAGE = 20
"""Columns that a message is given at least, on however narrow a terminal."""


def revision_line(
    graph: RevisionGraph,
    revision: Revision,
    *,
    marks: Iterable[str] = (),
    before: str = "",
    message: bool = True,
) -> str:
    """Return a revision in one line: id, labels, what it is, message.

    On a terminal the message is cut where the line ends.

    :param marks: what else to say of it, in brackets.
    :param before: what the line begins with.
    """
    notes = [", ".join(map(one_line, graph.labels_of(revision.id))), *_notes(graph, revision, marks)]
    notes = [f" ({each})" for each in notes if each]
    line = before + identifier(revision.id) + "".join(styled(each, fg=_colour(each)) for each in notes)
    if not message or not revision.message:
        return line
    used = width(before) + width(one_line(revision.id)) + width("".join(notes)) + 2
    return f"{line}, {fitted(one_line(revision.message), used)}"


def drawn_line(graph: RevisionGraph, revision: Revision, *, marks: Iterable[str] = (), before: str = "") -> str:
    """Return a revision in one line that stands beside a drawing: branches and merges are to be seen there.

    :param before: the drawing; what it is coloured with takes no room.
    """
    notes = [*revision.labels, *([] if graph.children(revision.id) else ["head"]), *marks]
    if revision.depends_on:
        notes.append(f"depends on {', '.join(revision.depends_on)}")
    said = [f" ({one_line(each)})" for each in notes]
    line = before + identifier(revision.id) + "".join(styled(each, fg=_colour(each)) for each in said)
    used = width(click.unstyle(before)) + width(one_line(revision.id)) + width("".join(said)) + 2
    return f"{line}, {fitted(one_line(revision.message), used)}" if revision.message else line


def history_line(graph: RevisionGraph, revision: Revision, *, marks: Iterable[str] = ()) -> str:
    """Return a revision in one line that begins with what it comes after."""
    below = ", ".join(map(one_line, revision.parents)) or "<base>"
    if revision.depends_on:
        marks = (*marks, f"depends on {', '.join(map(one_line, revision.depends_on))}")
    return revision_line(graph, revision, marks=marks, before=f"{below} -> ")


def revision_block(graph: RevisionGraph, revision: Revision, *, marks: Iterable[str] = ()) -> str:
    """Return a revision in several lines: everything that its file says about it."""
    children = graph.children(revision.id)
    lines = [
        f"Revision: {revision_line(graph, revision, marks=marks, message=False)}",
        f"Parents:  {', '.join(map(one_line, revision.parents)) or '<base>'}",
        f"Children: {', '.join(map(one_line, children))}" if children else "",
        f"Depends:  {', '.join(map(one_line, revision.depends_on))}" if revision.depends_on else "",
        f"File:     {one_line(revision.path)}",
    ]
    text = [f"    {_visible(line)}".rstrip() for line in revision.doc.strip().splitlines()]
    return "\n".join([*filter(None, lines), "", *text, ""])


def _notes(graph: RevisionGraph, revision: Revision, marks: Iterable[str]) -> list[str]:
    """Return what a revision is: in words and order those of `alembic`, which scripts look for."""
    notes = []
    if not graph.children(revision.id):
        notes.append("effective head" if graph.needed_by(revision.id) else "head")
    notes += marks
    if len(graph.children(revision.id)) > 1:
        notes.append("branchpoint")
    if len(graph.parents(revision.id)) > 1:
        notes.append("mergepoint")
    return notes


def _colour(note: str) -> str | None:
    return {" (head)": "green", " (effective head)": "green", " (current)": "cyan"}.get(note)


def heading(name: str | None, described: str) -> str:
    """Return the line above what concerns one of several databases.

    :param name: its bind key; None for the default one.
    :param described: it in a few words.
    """
    return styled(f"{one_line(name) if name else 'default'}: {one_line(described)}", bold=True)


# -- room -----------------------------------------------------------------------------------------------


def fitted(text: str, used: int) -> str:
    """Return a text that fits into what is left of a terminal's line; all of it where there is no terminal.

    :param used: columns that the line has already.
    """
    available = columns()
    if available is None or used + width(text) <= available:
        return text
    room = max(available - used, SHORTEST_MESSAGE) - 1
    kept = ""
    for character in text:
        room -= width(character)
        if room < 0:
            break
        kept += character
    return f"{kept}…"


def width(text: str) -> int:
    """Return how many columns a text takes (https://www.unicode.org/reports/tr11/)."""
    if text.isascii():
        return len(text)
    return sum(  # marks over letters take none, ideographs two
        0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF") for each in text
    )


def _visible(line: str) -> str:
    return "".join(each if each.isprintable() else " " for each in line)
