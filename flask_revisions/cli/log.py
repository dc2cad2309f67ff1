"""`flask db log`: who applied or took back what, and when."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from . import completion
from .command import command, note, opened
from .lines import fitted, heading, width
from .output import identifier, one_line, say, styled

if TYPE_CHECKING:
    from ..project import Project
    from ..runner.log import Entry

ARROWS = {"up": "+", "down": "-"}


@command("log", short_help="Show who did what, and when.")
@click.argument("revision", required=False, shell_complete=completion.revisions)
@click.option("-n", "--limit", type=click.IntRange(min=1), help="How many lines at most; all by default.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def log(revision: str | None, limit: int | None, as_json: bool, **common: Any) -> None:
    """Show what was applied (+), taken back (-) or recorded, the newest first; with REVISION, of that one.

    Each line: when (UTC), the id, how it ended, how long it took, who did it.

    \b
    Examples:
      flask db log
      flask db log -n 5 --json
    """
    from ..commands import inspect

    with opened(**common) as project:
        found = [(one, inspect.log(one, revision, limit=limit)) for one in project.each()]
        if as_json:
            say(json.dumps([_facts(one, each) for one, entries in found for each in entries], indent=2))
            return
        for one, entries in found:
            if project.has_several:
                say(heading(one.database.name, one.database.describe()))
            for each in entries:
                say(_line(each))
            if not entries:
                what = f"of '{one_line(revision)}' " if revision else ""
                note(f"The log of {one.database.describe()} has nothing {what}yet.")


def _line(entry: Entry) -> str:
    seconds = f"{entry.seconds:.2f} s" if entry.seconds is not None else ""
    ended = styled(entry.outcome, fg="red") if entry.outcome in ("failed", "interrupted") else entry.outcome
    who = one_line("@".join(filter(None, (entry.user, entry.host))))
    parts = [f"{entry.started:%Y-%m-%d %H:%M:%S}", ARROWS.get(entry.direction, "?"), identifier(entry.revision)]
    line = " ".join([*parts, "".join(f" {each}" for each in (ended, seconds, who) if each)])
    said = one_line(entry.error or entry.message)
    return f"{line}  {fitted(said, width(line) + 2)}" if said else line


def _facts(one: Project, entry: Entry) -> dict[str, Any]:
    return {
        "bind": one.database.name,
        "revision": entry.revision,
        "direction": entry.direction,
        "outcome": entry.outcome,
        "started": f"{entry.started:%Y-%m-%dT%H:%M:%SZ}",
        "seconds": entry.seconds,
        "user": entry.user,
        "host": entry.host,
        "version": entry.version,
        "message": entry.message,
        "needs": list(entry.needs),
        "digest": entry.digest,
        "error": entry.error,
    }
