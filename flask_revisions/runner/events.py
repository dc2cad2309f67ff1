"""What happens during a run, as values: for progress on a terminal, for logs, for a caller of the Python API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..graph.graph import Revision
from ..graph.logged import Logged
from ..graph.plan import Step


@dataclass(frozen=True)
class Waiting:
    """The run waits for somebody else.

    :param what: what it waits for, in words: `the lock of another run`.
    :param holder: who holds it, where the database tells; else empty.
    :param seconds: how long it has waited.
    """

    what: str
    holder: str
    seconds: float


@dataclass(frozen=True)
class Connected:
    """The connection that the revisions run on is there.

    :param stop: ends the statement that runs on it, from any thread; what comes of that is the statement's error.
    """

    stop: Callable[[], None]


@dataclass(frozen=True)
class DatabaseStarted:
    """One of several databases has its turn.

    :param name: its bind key; None for the default one.
    :param described: it in a few words, without its password.
    """

    name: str | None
    described: str


@dataclass(frozen=True)
class Planned:
    """The plan has been made, under the lock; without it where nothing is to be done.

    :param steps: how many steps it has.
    :param rows: the rows of the version table, from which it leads.
    """

    steps: int
    rows: tuple[str, ...] = ()


@dataclass(frozen=True)
class StepStarted:
    """A step begins.

    :param number: its place in the run, from 1.
    :param of: the number of steps of the run.
    """

    step: Step
    number: int
    of: int


@dataclass(frozen=True)
class StepFinished:
    """A step and its row in the version table are done.

    :param seconds: how long it took.
    """

    step: Step
    number: int
    of: int
    seconds: float


@dataclass(frozen=True)
class Ahead:
    """Revisions are applied that the code has no files for: a newer release was there before.

    :param revisions: what the log says about those that the version table names.
    """

    revisions: tuple[Logged, ...]


@dataclass(frozen=True)
class Edited:
    """Files of applied revisions were edited since they ran.

    :param revisions: those revisions, as their files are now.
    """

    revisions: tuple[Revision, ...]


@dataclass(frozen=True)
class NotLogged:
    """What was applied before could not be noted in the log; nothing else was to do.

    :param reason: why, in words.
    """

    reason: str


@dataclass(frozen=True)
class LateRecorded:
    """A stamp has noted in the log that revisions below what is applied are applied, too; no row changes for that.

    :param revisions: their ids.
    """

    revisions: tuple[str, ...]


Event = (
    DatabaseStarted
    | Waiting
    | Connected
    | Planned
    | StepStarted
    | StepFinished
    | Ahead
    | Edited
    | NotLogged
    | LateRecorded
)
Report = Callable[[Event], None]


def silent(event: Event) -> None:
    """Report to nobody."""
