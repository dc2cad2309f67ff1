"""`flask db journal`: what was done of a revision that was interrupted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..errors import UsageError
from .command import command, note, opened
from .json import json_option, print_json
from .output import identifier, one_line, say

if TYPE_CHECKING:
    from ..runner.journal import Segment

WORDS = {
    "forget": "Forgotten: the script of {} runs from its first statement the next time.",
    "done": "Noted: the next run of {} does not send that statement again.",
    "again": "Noted: the next run of {} sends that statement again.",
}


@command("journal", short_help="Show what is unfinished.")
@click.option("--forget", metavar="REVISION", help="Forget what was done of it: run it from the beginning.")
@click.option("--done", metavar="REVISION", help="Its statement in doubt was done.")
@click.option("--again", metavar="REVISION", help="Its statement in doubt was not done: send it again.")
@json_option
def journal(as_json: bool, **given: Any) -> None:
    """Show what was done of a revision that was interrupted; nothing where all is finished.

    The same 'upgrade' or 'downgrade' goes on with it by itself. The options are for what has been looked at,
    and repaired, by hand.

    \b
    Examples:
      flask db journal
      flask db journal --forget 3fa2
    """
    from ..commands import journal as work

    ways = {way: given.pop(way) for way in WORDS}
    chosen = {way: revision for way, revision in ways.items() if revision is not None}
    if len(chosen) > 1:
        raise UsageError("--forget, --done and --again exclude each other.", "give one of them.")
    with opened(**given) as project:
        for way, revision in chosen.items():
            segments = work.settle(project, revision, way)  # type: ignore[arg-type]
            say(WORDS[way].format(identifier(segments[0].revision)))
            return
        found = work.journal(project)
        if as_json:
            print_json([_facts(each) for each in found])
            return
        for each in found:
            for line in _lines(each, last=each is found[-1]):
                say(line)
        if not found:
            note(f"Nothing is unfinished on {project.database.describe()}.")


def _lines(segment: Segment, *, last: bool) -> list[str]:
    begins = f"{identifier(segment.revision)} {segment.direction}"
    lines = [f"{begins}  done  {one_line(each.said)}" for each in segment.items if not (each.fact or each.failed)]
    if segment.statement:
        doubt = "in doubt" if last and segment.fingerprint != "done" else "done"
        lines.append(f"{begins}  {doubt}  {one_line(segment.statement)}")
    return lines


def _facts(segment: Segment) -> dict[str, Any]:
    return {
        "revision": segment.revision,
        "direction": segment.direction,
        "number": segment.number,
        "done": [each.said for each in segment.items if not (each.fact or each.failed)],
        "statement": segment.statement,
    }
