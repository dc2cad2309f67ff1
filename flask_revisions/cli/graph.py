"""`flask db graph`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import DirectoryError
from .command import command, note, opened
from .lines import drawn_line
from .options import range_option
from .output import can_print, print_warning, say, styled

if TYPE_CHECKING:
    from ..graph.graph import RevisionGraph
    from ..graph.lanes import Fold, Row
    from ..graph.pictures import State

COLOURS = ("blue", "magenta", "green", "yellow", "cyan")


@command("graph", short_help="Draw the revisions.")
@range_option
@click.option(
    "--format",
    type=click.Choice(["text", "mermaid", "svg", "html"]),
    default="text",
    show_default=True,
    help="What to draw.",
)
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="The file to write, instead of printing.")
@click.option("-a", "--all", "everything", is_flag=True, help="Draw the middle of long lines, too.")
def graph(rev_range: str | None, format: str, output: str | None, everything: bool, **common: Any) -> None:
    """Draw the revisions, newest first, with branches and merges, and mark what the database has.

    Of a long line without branches, marks or labels the middle is counted, unless --all is given. A database
    that cannot be reached is no obstacle: then nothing is marked.

    \b
    Examples:
      flask db graph
      flask db graph -r -10:heads
      flask db graph --format html -o revisions.html
    """
    from ..commands.graph import FORMATS, drawn_rows, state_of, summary

    with opened(**common) as project:
        found = project.graph
        state, reason = state_of(project)
        if reason:
            print_warning(f"The database was not asked. {reason}")
        drawn = drawn_rows(project, state, rev_range=rev_range, fold=not everything)
        if format == "text":
            text = "\n".join(_lines(found, drawn, state, styles=output is None)) + "\n"
        else:
            text = FORMATS[format](found, drawn, state)
        if output is not None:
            write_file(output, text)
            note(f"Wrote {output}.")
        elif found:
            say(text, end="")
            note(summary(found, state))
            if project.has_several and not project.is_separate:
                note(f"What is marked is what '{project.database.label}' has; --bind NAME asks another database.")
        if not found:
            note("There are no revisions yet; 'flask db migrate -m \"what it does\"' writes the first.")


def _lines(graph: RevisionGraph, rows: tuple[Row | Fold, ...], state: State, *, styles: bool) -> Iterator[str]:
    from ..graph.drawing import ASCII, BOXES, draw

    characters = BOXES if not styles or can_print(BOXES.lines + BOXES.applied + BOXES.pending) else ASCII
    for line in draw(rows, state.applied, characters=characters):
        drawn = line.drawn if line.ids else line.drawn.rstrip()
        before = _coloured(drawn) if styles else drawn
        if not line.ids:
            yield before
        elif len(line.ids) > 1:
            yield f"{before}{len(line.ids)} revisions"
        else:
            revision = graph[line.ids[0]]
            marks = ("current",) if revision.id in state.current else ()
            shown = drawn_line(graph, revision, marks=marks, before=before)
            yield shown if styles else click.unstyle(shown)


def _coloured(drawn: str) -> str:
    """Give each lane a colour of its own: two characters are one lane."""
    lanes = (drawn[place : place + 2] for place in range(0, len(drawn), 2))
    return "".join(
        styled(lane, fg=COLOURS[number % len(COLOURS)]) if lane.strip() else lane for number, lane in enumerate(lanes)
    )


def write_file(path: str, text: str) -> None:
    """Write a file whole or not at all.

    :raises DirectoryError: it cannot be written.
    """
    unfinished = Path(f"{path}.{os.getpid()}.tmp")
    try:
        with unfinished.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        unfinished.replace(path)
    except OSError as error:
        raise DirectoryError(
            f"{path} cannot be written: {error.strerror}.", "name another file with -o.", path=path
        ) from error
