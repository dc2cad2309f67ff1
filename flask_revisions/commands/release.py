"""release: what a deployment runs once before the new code gets requests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from ..errors import DatabaseUnreachable, NotAtHead
from ..graph.plan import Step
from ..project import Project
from ..runner.events import DatabaseStarted, Event, Report, StepFinished, Waiting, silent
from .apply import each_database, steps_of, upgrade
from .status import Status, status

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 3.0


@dataclass(frozen=True)
class Applied:
    """A revision that this release has applied, and the seconds that it took.

    :param bind: on which database; None for the default one.
    """

    revision: str
    message: str
    seconds: float
    bind: str | None = None


@dataclass(frozen=True)
class Release:
    """What a release has come to, as far as it came.

    :param statuses: where each database is, as far as they were reached.
    :param applied: what was applied.
    :param waited_for_database: seconds until it answered.
    :param seconds: how long it took altogether.
    """

    statuses: tuple[Status, ...] = ()
    applied: tuple[Applied, ...] = ()
    waited_for_database: float = 0.0
    seconds: float = 0.0

    @property
    def outcome(self) -> str:
        """`applied`, `ahead` or `nothing to do`; `not finished` where it failed."""
        if not self.statuses or not all(each.done for each in self.statuses):
            return "not finished"
        return "applied" if self.applied else "ahead" if any(each.ahead for each in self.statuses) else "nothing to do"


def release(
    project: Project,
    *,
    wait: float = 60.0,
    confirmed: Iterable[str] = (),
    report: Report | None = None,
    note: Callable[[Release], None] = lambda found: None,
) -> Release:
    """Wait for the database, upgrade it to the heads, and make sure that it is there.

    :param wait: seconds to wait for a database that does not answer yet.
    :param confirmed: names of protected databases in which something may be destroyed.
    :param note: called with what there is to say so far, each time that there is more.
    :raises DatabaseUnreachable: it did not answer in that time.
    :raises NotAtHead: something is left to do afterwards: somebody else is at work on the version table.
    :raises RevisionsError: as from `upgrade`.
    """
    began = time.monotonic()
    tell = report or silent
    found = Release()
    bind: str | None = None

    def keep(**changes: object) -> None:
        nonlocal found
        found = replace(found, seconds=round(time.monotonic() - began, 3), **changes)  # type: ignore[arg-type]
        note(found)

    def follow(event: Event) -> None:
        nonlocal bind
        if isinstance(event, DatabaseStarted):
            bind = event.name
        if isinstance(event, StepFinished):
            keep(applied=(*found.applied, _applied(event.step, event.seconds, bind)))
        tell(event)

    keep(statuses=tuple(_wait(one, wait, tell) for one in project.each()))
    keep(waited_for_database=found.seconds)
    steps_of(
        each_database(project, lambda one: upgrade(one, "heads", confirmed=confirmed, report=follow), report=follow)
    )
    keep(statuses=tuple(status(one) for one in project.each()))
    for each in found.statuses:
        _verify(each)
    return found


def _wait(project: Project, seconds: float, report: Report) -> Status:
    """Return where a database is, as soon as it answers."""
    began = time.monotonic()
    pause = FIRST_PAUSE
    file = project.database.file
    while True:
        try:
            if file is not None and not file.parent.is_dir():
                with project.database.connect():  # its folder may be mounted later; this says so
                    pass
            return status(project)
        except DatabaseUnreachable as error:
            waited = time.monotonic() - began
            if waited + pause > seconds:
                raise
            report(Waiting(f"the database ({error.message})", "", waited))
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)


def _applied(step: Step, seconds: float, bind: str | None) -> Applied:
    return Applied(step.revision.id, step.revision.message, round(seconds, 3), bind)


def _verify(found: Status) -> None:
    if found.done:
        return
    begun = [each.revision for each in found.unfinished]
    left = [each.id for each in found.pending] or [*found.late, *found.unknown, *begun]
    raise NotAtHead(
        f"After the upgrade {found.database} is at {', '.join(found.at) or 'base'}, and {', '.join(left[:3])} is left.",
        "somebody else is changing the version table; 'flask db status' shows more.",
        heads=found.heads,
    )
