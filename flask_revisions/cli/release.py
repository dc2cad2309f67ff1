"""`flask db release`: the line for a Procfile."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from ..errors import DONE
from .command import command, explained, is_quiet, opened
from .json import json_option
from .options import confirm_option, x_option
from .output import hidden, identifier, say
from .progress import Progress
from .status import facts

if TYPE_CHECKING:
    from ..commands.release import Release


@command("release", short_help="Bring the database up to date, for a deployment.")
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for a database that does not answer yet.",
)
@json_option
@confirm_option
@x_option
def release(wait: float, as_json: bool, confirm: tuple[str, ...], x_arg: tuple[str, ...], **common: Any) -> None:
    """Wait for the database, apply what is missing, make sure that nothing is left, and say so in one line.

    For the release phase of a platform, an init container or a job. It may run several times, and at the same time:
    one applies, the others wait and find nothing to do. With --json the last line is an object for the log.

    \b
    Examples:
      flask db release
      flask db release --wait 120 --json
    """
    from ..commands.release import Release
    from ..commands.release import release as carry_out

    found = Release()

    def keep(so_far: Release) -> None:
        nonlocal found
        found = so_far

    progress = Progress(quiet=is_quiet() or as_json)
    try:
        with opened(**common, x_arg=x_arg) as project:
            carry_out(project, wait=wait, confirmed=confirm, report=progress, note=keep)
    except BaseException as error:
        progress.end_line()
        if as_json and not isinstance(error, click.exceptions.Exit):
            say(json.dumps(_facts(found, error)))
        raise
    say(json.dumps(_facts(found, None)) if as_json else _sentence(found))


def _sentence(found: Release) -> str:
    places = [f"{each.database} is at {', '.join(map(identifier, each.at)) or 'base'}" for each in found.statuses]
    count = len(found.applied)
    what = {
        "applied": f"{count} {'revision' if count == 1 else 'revisions'} applied",
        "ahead": "nothing to do, the database is ahead of this code",
    }.get(found.outcome, "nothing to do")
    return f"Released in {found.seconds:.2f} s: {what}; {', '.join(places)}."


def _facts(found: Release, error: BaseException | None) -> dict[str, Any]:
    shown, code = explained(error, click.get_current_context()) if error is not None else (None, DONE)
    return {
        "event": "release",
        "outcome": "failed" if shown else found.outcome,
        "exit_code": code,
        "applied": [asdict(each) for each in found.applied],
        "seconds": found.seconds,
        "waited_for_database": found.waited_for_database,
        "error": hidden(shown.message) if shown else None,
        "hint": shown.hint if shown else None,
        "databases": [facts(each) for each in found.statuses],
    }
