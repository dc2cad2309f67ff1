"""`flask db migrate` and `check`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from ..errors import DIFFERENT, PENDING
from .command import as_called, command, is_quiet, note, opened
from .json import json_option, print_json
from .options import new_revision_options
from .output import is_terminal, print_warning, say
from .written import say_written

if TYPE_CHECKING:
    from ..commands.answers import Answers
    from ..commands.author import NewRevision
    from ..commands.check import Verdict
    from ..commands.migrate import Migration
    from ..diff.changes import Change
    from ..diff.renames import Likely
    from ..project import Project


@command("migrate", short_help="Write a revision from what is different in the models.")
@new_revision_options
@click.option("--dry-run", is_flag=True, help="Print the revision, and write nothing.")
@click.option(
    "--rename",
    "renames",
    multiple=True,
    metavar="OLD:NEW",
    help="What has a new name: users.email:mail. May be repeated.",
)
@click.option("--no-rename", is_flag=True, help="What looks like a rename is none.")
@click.option(
    "--from-history", is_flag=True, help="Compare with what the revisions make, in a scratch database, not with yours."
)
@click.option(
    "--backfill",
    "backfills",
    multiple=True,
    metavar="TABLE.COLUMN=SQL",
    help="What rows that are there get in a NOT NULL column. May be repeated.",
)
def migrate(
    request: NewRevision,
    dry_run: bool,
    renames: tuple[str, ...],
    no_rename: bool,
    from_history: bool,
    backfills: tuple[str, ...],
    **common: Any,
) -> None:
    """Compare the models with the database, and write a revision that makes them the same.

    The database has to be up to date. Nothing is written if nothing is different. Read what was written: a
    comparison cannot know what you mean.

    \b
    Examples:
      flask db migrate -m "create users"
      flask db migrate --dry-run
      flask db migrate --from-history -m "emails"
      flask db migrate -m "shorter" --rename users.email_address:email
    """
    from ..commands.answers import Answers, parse_backfills, parse_renames

    answers = Answers(parse_renames(renames), no_rename, parse_backfills(backfills))
    with opened(**common) as project:
        write_migration(project, request, dry_run=dry_run, answers=answers, from_history=from_history)


def write_migration(
    project: Project,
    request: NewRevision,
    *,
    dry_run: bool = False,
    answers: Answers | None = None,
    from_history: bool = False,
) -> None:
    """Write a revision from what is different, and say what that was; ask what is open, on a terminal."""
    from ..commands.answers import Answers
    from ..commands.migrate import migrate as write

    asked = answers or Answers()
    if is_terminal(sys.stdin) and is_terminal():
        asked = replace(asked, ask_rename=_ask_rename, ask_value=_ask_value)
    # Databases that have histories of their own get a revision each.
    for one in project.each() if project.is_separate else (project,):
        if project.is_separate and project.has_several:
            note(f"{one.database.label}:")
        _say_migration(write(one, request, dry_run=dry_run, answers=asked, from_history=from_history))


def _ask_rename(likely: Likely) -> bool:
    from ..diff.changes import EnumValue

    kind = "column" if likely.table is not None else "value" if isinstance(likely.old, EnumValue) else "table"
    return click.confirm(f"Is {kind} {likely.old_name} now called {likely.new_name}?", default=True)


def _ask_value(name: str) -> str:
    text: str = click.prompt(f"Column {name} is to be NOT NULL, and there are rows. Their value, as SQL")
    return text


def _say_migration(made: Migration) -> None:
    if not made.changes:
        note("Nothing is different: no revision was written.")
        if made.reason:
            note(made.reason)
        return
    if not is_quiet():
        for label, changes in made.parts or (("", made.changes),):
            if label and changes:
                say(f"{label}:", err=made.revision is None)
            for line in sentences(changes):
                say(line, err=made.revision is None)
    if made.revision is None:
        say(made.text, end="")
    else:
        say_written(made.revision)
    if made.reason:
        print_warning(as_called(made.reason, click.get_current_context()))


def sentences(changes: Iterable[Change]) -> list[str]:
    """Return a line for each change, with what it loses."""
    return [f"  {each.describe()}" + (f"  (loses {each.loses})" if each.loses else "") for each in changes]


@command("check", short_help="Compare the models with the database.")
@click.option("-v", "--verbose", is_flag=True, help="Name the tables, too, that no model and no revision knows.")
@json_option
@click.option("--drift", is_flag=True, help="Compare the database with what its revisions make, in a scratch database.")
def check(verbose: bool, as_json: bool, drift: bool, **common: Any) -> None:
    """Say what is different between the models and the database. Nothing is written.

    Exit codes: 0 nothing is different, 3 revisions are pending, 4 something is different.

    \b
    Examples:
      flask db check
      flask db check --json
      flask db check --drift
    """
    from ..commands.check import check as compared
    from ..commands.check import check_drift

    look = check_drift if drift else compared
    with opened(**common) as project:
        several = project.has_several
        verdicts = [(one.database.label, look(one)) for one in project.each()]
    if as_json:
        print_json([{"database": label, **_as_json(each)} for label, each in verdicts])
    else:
        for label, each in verdicts:
            _say_verdict(each, verbose, f"{label}: " if several else "", "revisions" if drift else "models")
    is_behind = any(each.pending or each.unknown or each.late for _, each in verdicts)
    code = PENDING if is_behind else DIFFERENT if any(each.changes for _, each in verdicts) else 0
    if code:
        click.get_current_context().exit(code)


def _say_verdict(verdict: Verdict, verbose: bool, which: str = "", other: str = "models") -> None:
    if verdict.edited:
        listed = ", ".join(verdict.edited)
        print_warning(
            f"{which}Edited since it was applied: {listed}; 'flask db show --stored REVISION' prints what ran."
        )
    if verdict.unknown:
        say(f"{which}The database is at {', '.join(verdict.unknown)}, which is the id of no file.")
        note("Nothing was compared: bring the file back, or correct the record with 'flask db stamp --purge REVISION'.")
    elif verdict.pending:
        from ..graph.wording import upgrade_command

        count = len(verdict.pending)
        say(f"{which}{count} {'revision is' if count == 1 else 'revisions are'} pending: {', '.join(verdict.pending)}.")
        note(f"Nothing was compared: '{upgrade_command(verdict.heads)}' first, then run the command again.")
    elif verdict.late:
        say(f"{which}Never run, and before what is applied: {', '.join(verdict.late)}.")
        note("Nothing was compared: 'flask db upgrade' says what to do.")
    elif verdict.changes:
        say(f"{which}The {other} and the database are different. To make the database the same:")
        for line in sentences(verdict.changes):
            say(line)
    else:
        note(f"{which}The {other} and the database are the same.")
        if verdict.reason:
            note(verdict.reason)
    if verbose and verdict.unmanaged:
        say(f"Tables that no model and no revision knows, left alone: {', '.join(map(str, verdict.unmanaged))}.")


def _as_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "pending": list(verdict.pending),
        "unknown": list(verdict.unknown),
        "late": list(verdict.late),
        "edited": list(verdict.edited),
        "differences": [
            {
                "kind": type(each).__name__.lower(),
                "table": None if each.table is None else str(each.table),
                "description": each.describe(),
                "loses": each.loses,
                "unverified": getattr(each, "unverified", False),
            }
            for each in verdict.changes
        ],
        "unmanaged": [str(each) for each in verdict.unmanaged],
    }
