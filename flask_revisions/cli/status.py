"""`flask db status`: one screen about where the database is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from ..errors import PENDING
from .command import command, opened
from .json import json_option, print_json
from .output import identifier, one_line, say, styled

if TYPE_CHECKING:
    from ..commands.status import Status

LISTED = 10


@command("status", short_help="Show everything about where the database is.")
@json_option
def status(as_json: bool, **common: Any) -> None:
    """Show where the database is and what is to do. Nothing is written to it.

    Exits with 0 if nothing is to do, also where the database is ahead of the code, and with 3 if something is.

    \b
    Examples:
      flask db status
      flask db status --json
    """
    from ..commands.status import status as look

    with opened(**common) as project:
        found = [look(one) for one in project.each()]
    if as_json:
        print_json([facts(each) for each in found])
    else:
        say("\n\n".join("\n".join(_lines(each)) for each in found))
    if not all(each.done for each in found):
        click.get_current_context().exit(PENDING)


def facts(found: Status) -> dict[str, Any]:
    """Return a status as JSON has it."""
    waiting = [{"revision": each.id, "message": each.message} for each in found.pending]
    return {**asdict(found), "pending": waiting, "up_to_date": found.done}


def _lines(found: Status) -> Iterator[str]:
    yield f"Database:   {found.database}{'' if found.exists else ' (not there yet)'}"
    yield f"Is at:      {', '.join(_marked(found, row) for row in found.at) or 'base'}"
    yield f"Heads:      {', '.join(map(identifier, found.heads)) or 'none: there are no revisions'}"
    yield f"Applied:    {found.applied}"
    yield f"Pending:    {styled(str(len(found.pending)), fg='yellow') if found.pending else 0}"
    for each in found.pending[:LISTED]:
        yield f"              {identifier(each.id)}{f'  {one_line(each.message)}' if each.message else ''}"
    if len(found.pending) > LISTED:
        yield f"              and {len(found.pending) - LISTED} more"
    if found.ahead:
        yield f"Ahead:      {', '.join(map(identifier, found.ahead))}: applied by a newer release or another branch"
    if found.unknown:
        yield f"Unknown:    {', '.join(map(identifier, found.unknown))}: neither a file nor the log has it"
    if found.overlapping:
        tops = " ".join(row for row in found.at if row not in found.overlapping)
        yield (
            f"Overlap:    {', '.join(map(identifier, found.overlapping))}: part of the others; "
            f"'flask db stamp {tops}' leaves one row for each branch"
        )
    if found.late:
        yield f"Late:       {', '.join(map(identifier, found.late))}: below what is applied, and never run"
    for begun in found.unfinished:
        yield f"Unfinished: {identifier(begun.revision)}: 'flask db {begun.direction}' goes on where it was interrupted"
    if found.edited:
        yield f"Edited:     {', '.join(map(identifier, found.edited))}: since it was applied"
    yield f"Lock:       {f'held by {one_line(found.holder)}' if found.holder else 'free'}"


def _marked(found: Status, row: str) -> str:
    mark = (
        "head" if row in found.heads else "ahead" if row in found.ahead else "unknown" if row in found.unknown else ""
    )
    return identifier(row) + (f" ({mark})" if mark else "")
