"""What is printed: results on standard output, all else on standard error; colours on a terminal only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from ..errors import RevisionsError

if TYPE_CHECKING:
    from ..graph.graph import Revision, RevisionGraph
    from ..runner.events import Event


def print_error(error: RevisionsError) -> None:
    """Print an error as two lines: what is wrong, and what to do."""
    click.echo(click.style("Error:", fg="red", bold=True) + f" {one_line(error.message)}", err=True)
    if error.hint:
        click.echo(click.style("Hint:", fg="cyan", bold=True) + f" {one_line(error.hint)}", err=True)


def print_warning(text: str) -> None:
    """Print a warning as one line on standard error."""
    click.echo(click.style("Warning:", fg="yellow", bold=True) + f" {one_line(text)}", err=True)


def unexpected(error: Exception) -> RevisionsError:
    """Return the two lines for an exception that nobody has foreseen."""
    said = one_line(str(error))
    return RevisionsError(
        f"{type(error).__name__}: {said}" if said else f"{type(error).__name__}.",
        "add --traceback to see where it comes from.",
    )


def one_line(text: str) -> str:
    """Return a text without line breaks, nor control characters that a terminal would obey."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def identifier(text: str) -> str:
    """Return an id as it is highlighted on a terminal."""
    return click.style(text, fg="yellow")


# -- revisions ----------------------------------------------------------------------------------------


def revision_line(graph: RevisionGraph, revision: Revision, *, marks: Iterable[str] = (), message: bool = True) -> str:
    """Return a revision in one line: id, labels, what it is, message."""
    notes = [*marks, *_notes(graph, revision)]
    text = identifier(one_line(revision.id))
    text += "".join(f" ({each})" for each in (", ".join(graph.labels_of(revision.id)), *notes) if each)
    return text + (f", {one_line(revision.message)}" if message and revision.message else "")


def history_line(graph: RevisionGraph, revision: Revision, *, marks: Iterable[str] = ()) -> str:
    """Return a revision in one line that begins with what it comes after."""
    below = ", ".join(map(one_line, revision.parents)) or "<base>"
    depends = f" (depends on {', '.join(map(one_line, revision.depends_on))})" if revision.depends_on else ""
    return f"{below} -> {revision_line(graph, revision, marks=marks)}{depends}"


def revision_block(graph: RevisionGraph, revision: Revision, *, marks: Iterable[str] = ()) -> str:
    """Return a revision in several lines: everything that its file says about it."""
    lines = [f"Revision: {revision_line(graph, revision, marks=marks, message=False)}"]
    lines.append(f"Parents:  {', '.join(map(one_line, revision.parents)) or '<base>'}")
    if graph.children(revision.id):
        lines.append(f"Children: {', '.join(map(one_line, graph.children(revision.id)))}")
    if revision.depends_on:
        lines.append(f"Depends:  {', '.join(map(one_line, revision.depends_on))}")
    lines.append(f"File:     {revision.path}")
    text = [f"    {_plain(line)}".rstrip() for line in revision.doc.strip().splitlines()]
    return "\n".join([*lines, "", *text, ""])


def _notes(graph: RevisionGraph, revision: Revision) -> list[str]:
    notes = []
    if revision.id in graph.heads:
        notes.append("head" if revision.id in graph.effective_heads else "head, others depend on it")
    if revision.id in graph.branch_points:
        notes.append("branchpoint")
    if revision.id in graph.merge_points:
        notes.append("mergepoint")
    return notes


def _plain(line: str) -> str:
    return "".join(each if each.isprintable() else " " for each in line)


# -- progress -----------------------------------------------------------------------------------------


class Progress:
    """Prints the events of a run: what is waited for, each step with its place and its seconds."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        self._line_open = False
        self.waited = False

    def __call__(self, event: Event) -> None:
        """Print one event."""
        from ..runner.events import StepFinished, StepStarted, Waiting

        if isinstance(event, Waiting):
            self._waiting(event.what, event.holder, event.seconds)
        elif self.quiet:
            return
        elif isinstance(event, StepStarted):
            width = len(str(event.of))
            revision = event.step.revision
            message = f"  {one_line(revision.message)}" if revision.message else ""
            arrow = {"upgrade": "+", "downgrade": "-", "stamp": "="}[event.step.direction]
            click.echo(
                f"  {event.number:>{width}}/{event.of} {arrow} {identifier(one_line(revision.id))}{message} ...", nl=False
            )
            self._line_open = True
        elif isinstance(event, StepFinished):
            click.echo(f" {event.seconds:.2f} s")
            self._line_open = False

    def end_line(self) -> None:
        """Close a line that a step left open because it failed."""
        if self._line_open:
            click.echo(" failed")
            self._line_open = False

    def _waiting(self, what: str, holder: str, seconds: float) -> None:
        self.waited = True
        if self._line_open:
            click.echo()
            self._line_open = False
        who = f", held by {one_line(holder)}" if holder else ""
        click.echo(f"Waiting for {what}{who} ... {seconds:.0f} s", err=True)
