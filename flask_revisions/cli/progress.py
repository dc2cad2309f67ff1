"""The events of a run as lines: what is waited for, each step with its place and its seconds."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from .interrupts import interrupts
from .lines import fitted, heading, width
from .output import identifier, is_terminal, one_line, print_warning, say

if TYPE_CHECKING:
    from ..graph.plan import Step
    from ..runner.events import Ahead, Edited, Event, LateRecorded, NotLogged, Waiting

ARROWS = {"upgrade": "+", "downgrade": "-"}
THE_DATABASE = "the database"
NOT_PRINTED = (OSError, ValueError)
"""What comes of a stream that is full, has no reader any more, or is closed."""

WORTH_SAYING = 1.0
"""Seconds from which the time of a step is said in a log, where it needs a line of its own."""


LISTED = 3


class Progress:
    """Prints the events of a run.

    On a terminal a step is one line, which its end completes. Elsewhere that line would be seen only when the
    step is done; so it is printed at the beginning, and the end of a slow step is another one.

    It never ends a run: where nothing can be printed any more, also since a script has closed the stream, nothing is.

    :param quiet: True to print only what is waited for.
    """

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        self.recorded = False  # whether something was recorded on this database that is no step
        self._terminal = is_terminal()
        self._line_open = False
        self._last: Event | None = None
        self._which = THE_DATABASE
        self.rows: tuple[str, ...] = ()
        """The rows of the version table, before the steps of the run."""
        self._interrupts = interrupts(click.get_current_context())
        self._interrupts.stands = self._stands

    def __call__(self, event: Event) -> None:
        """Print one event."""
        self._note(event)
        try:
            self._print(event)
        except NOT_PRINTED:
            self._give_up()

    def end_line(self) -> None:
        """Close a line that a step left open because it failed."""
        if self._line_open:
            with suppress(*NOT_PRINTED):
                say(" failed")
            self._line_open = False

    def summary(self, text: str) -> None:
        """Print what a run has come to."""
        if not self.quiet:
            try:
                say(text)
            except NOT_PRINTED:
                self._give_up()

    # -- events ---------------------------------------------------------------------------------------

    def _note(self, event: Event) -> None:
        """Keep what an interrupt has to know."""
        from ..runner import events

        if isinstance(event, events.Connected):
            self._interrupts.stops.append(event.stop)
        elif isinstance(event, events.DatabaseStarted):
            self._which, self._last, self.recorded = f"the database {event.name or 'default'}", None, False
        elif isinstance(event, (events.StepStarted, events.StepFinished)):
            self._last = event
        elif isinstance(event, events.Planned):
            self.rows = event.rows
        self._interrupts.check()

    def _stands(self) -> str:
        from ..runner import events

        last = self._last
        if isinstance(last, events.StepStarted):
            at = ", ".join(sorted(last.step.before)) or "base"
            return f"in {last.step.revision.id} ({last.number} of {last.of}); {self._which} is at {at}"
        if isinstance(last, events.StepFinished):
            at = ", ".join(sorted(last.step.after)) or "base"
            return f"after {last.number} of {last.of}; {self._which} is at {at}"
        return (
            "and nothing was changed" if self._which == THE_DATABASE else f"before anything was done on {self._which}"
        )

    def _print(self, event: Event) -> None:
        from ..runner import events

        if isinstance(event, events.Waiting):
            self._waiting(event)
        elif isinstance(event, events.LateRecorded):
            self._recorded(event)
        elif isinstance(event, (events.Ahead, events.Edited, events.NotLogged)):
            print_warning(_sentence(event))
        elif isinstance(event, events.DatabaseStarted):
            if not self.quiet:
                say(heading(event.name, event.described))
        elif (
            isinstance(event, (events.StepStarted, events.StepFinished)) and not self.quiet and not event.step.is_stamp
        ):
            place = f"  {event.number:>{len(str(event.of))}}/{event.of} "
            if isinstance(event, events.StepStarted):
                self._started(place, event.step)
            else:
                self._finished(place, event.seconds)

    def _started(self, place: str, step: Step) -> None:
        line = f"{place}{ARROWS[step.direction]} {identifier(step.revision.id)}"
        if step.recorded_only:
            line += " (recorded only)"
        end = " ... 0.00 s" if self._terminal else ""
        if step.revision.message:
            used = width(click.unstyle(line)) + len(f"  {end}")
            line += f"  {fitted(one_line(step.revision.message), used)}"
        say(line, end=" ..." if self._terminal else "\n")
        self._line_open = self._terminal

    def _finished(self, place: str, seconds: float) -> None:
        if self._line_open:
            say(f" {seconds:.2f} s")
        elif seconds >= WORTH_SAYING:
            say(f"{place}  done in {seconds:.2f} s")
        self._line_open = False

    def _waiting(self, event: Waiting) -> None:
        if self._line_open:
            say()
            self._line_open = False
        holder = f", held by {one_line(event.holder)}" if event.holder else ""
        say(f"Waiting for {event.what}{holder} ... {event.seconds:.0f} s", err=True)

    def _recorded(self, event: LateRecorded) -> None:
        self.recorded = True
        if not self.quiet:
            say(f"Recorded as applied, and not run: {', '.join(map(identifier, event.revisions))}.")

    def _give_up(self) -> None:
        """Send what is still to come nowhere: a reader that has gone is no reason to stop half way."""
        self.quiet = True
        self._line_open = False
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError, AttributeError):
                stream.flush()
                continue
            with suppress(OSError, ValueError, AttributeError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _sentence(event: Ahead | Edited | NotLogged) -> str:
    """Return what a user should know of where the database is."""
    from ..runner import events

    if isinstance(event, events.Ahead):
        rows = " and ".join(f"'{each.id}'{f' ({each.message})' if each.message else ''}" for each in event.revisions)
        return f"The database is ahead of this code: a newer release has applied {rows}."
    if isinstance(event, events.Edited):
        files = ", ".join(each.describe() for each in event.revisions[:LISTED])
        more = f" and {len(event.revisions) - LISTED} more" if len(event.revisions) > LISTED else ""
        return f"Edited since it was applied: {files}{more}; 'flask db show --stored REVISION' prints what ran."
    return f"What was applied before could not be noted in the log: {event.reason}"
