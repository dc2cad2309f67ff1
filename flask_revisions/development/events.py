"""The events of a run that no command has begun: in the log, or printed."""

from __future__ import annotations

import logging
import sys

from ..runner.events import Ahead, Edited, Event, StepFinished, Waiting

log = logging.getLogger("flask_revisions")


def log_event(event: Event) -> None:
    """Log what happens during a run; where nobody has set the level of our logger, print it."""
    if isinstance(event, StepFinished):
        step = event.step
        _say(f"Applied {step.revision.id}, {event.number} of {event.of}, in {event.seconds:.2f} s.")
    elif isinstance(event, Waiting):
        _say(f"Waiting for {event.what} for {event.seconds:.0f} s. {event.holder}".rstrip())
    elif isinstance(event, Ahead):
        log.warning("The database is ahead of this code, at %s.", ", ".join(each.id for each in event.revisions))
    elif isinstance(event, Edited):
        log.warning("Edited since applied: %s.", ", ".join(each.id for each in event.revisions))


def _say(text: str) -> None:
    log.info("%s", text)
    if log.level == logging.NOTSET and not log.isEnabledFor(logging.INFO) and sys.stderr is not None:
        sys.stderr.write(f"flask-revisions: {text}\n")
