"""`flask db upgrade`, `downgrade`, `stamp` and `ensure-version`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

import click

from ..errors import UsageError
from . import completion
from .command import command, is_quiet, note, opened
from .confirm import confirmed, or_from_log
from .options import (
    confirm_option,
    dry_run_option,
    plan_json_option,
    plan_option,
    sql_option,
    tag_option,
    x_option,
)
from .output import identifier, say
from .plan import Look
from .progress import Progress

if TYPE_CHECKING:
    from ..graph.plan import Step
    from ..project import Project


@command("upgrade", short_help="Apply what is missing.")
@click.argument("revision", default="head", shell_complete=completion.revisions)
@sql_option
@plan_option
@dry_run_option
@plan_json_option
@confirm_option
@tag_option
@x_option
def upgrade(
    revision: str, sql: bool, confirm: tuple[str, ...], x_arg: tuple[str, ...], tag: str | None, **common: Any
) -> None:
    """Apply the revisions that are missing up to REVISION, by default the head.

    REVISION is an id or its beginning, a branch label, 'head', 'heads', '+2', 'label@head', ...; with --sql
    also a range 'from:to', as no database is asked where it is.

    \b
    Examples:
      flask db upgrade
      flask db upgrade +1
      flask db upgrade --plan
      flask db upgrade --sql 3fa2:head > upgrade.sql
    """
    from ..commands import apply

    look = Look.of(sql=sql, **common)
    with opened(**common, x_arg=x_arg, tag=tag) as project:
        if sql:
            _print_sql(project, "upgrade", (revision,))
        elif look:
            look.show(project, lambda one: apply.upgrade_goal(one, revision), "upgrade")
        else:

            def work(one: Project, progress: Progress) -> tuple[Step, ...]:
                return confirmed(lambda names: apply.upgrade(one, revision, confirmed=names, report=progress), confirm)

            _run(project, work, "applied")


@command("downgrade", short_help="Take revisions back.")
@click.argument("revision", required=False, shell_complete=completion.revisions)
@sql_option
@plan_option
@dry_run_option
@plan_json_option
@click.option("--from-log", is_flag=True, help="Take back what has no file here, with the files that the log has.")
@confirm_option
@tag_option
@x_option
def downgrade(
    revision: str | None,
    sql: bool,
    from_log: bool,
    confirm: tuple[str, ...],
    x_arg: tuple[str, ...],
    tag: str | None,
    **common: Any,
) -> None:
    """Take back what is applied above REVISION, by default the last revision.

    REVISION is what is to be left: an id or its beginning, 'base' for nothing, '-2' for two steps down,
    'label@-1' for one step down a branch; with --sql a range 'from:to'.

    What another branch of the code has applied has no file here: --from-log takes all of that back.

    \b
    Examples:
      flask db downgrade
      flask db downgrade -2
      flask db downgrade base
      flask db downgrade --from-log
    """
    from ..commands import apply
    from ..commands import from_log as logged

    if from_log and (revision or sql):
        raise UsageError("--from-log takes back all that has no file here.", "leave out REVISION and --sql.")
    look = Look.of(sql=sql, **common)
    target = revision or "-1"
    with opened(**common, x_arg=x_arg, tag=tag) as project:
        if sql:
            _print_sql(project, "downgrade", (f"head:{target}" if target == "-1" else target,))
        elif look and from_log:
            look.show(project, logged.from_log_goal, "downgrade", within=logged.with_stored_files)
        elif look:
            look.show(project, lambda one: apply.downgrade_goal(one, target), "downgrade")
        else:

            def work(one: Project, progress: Progress) -> tuple[Step, ...]:
                def carry_out(from_log: bool) -> tuple[Step, ...]:
                    return confirmed(
                        lambda names: apply.downgrade(one, target, from_log=from_log, confirmed=names, report=progress),
                        confirm,
                    )

                return or_from_log(carry_out, from_log)

            _run(project, work, "taken back")


@command("stamp", short_help="Record revisions without running them.")
@click.argument("revisions", nargs=-1, metavar="[REVISION]...", shell_complete=completion.revisions)
@sql_option
@tag_option
@click.option("--purge", is_flag=True, help="Delete all rows of the version table first, unknown ones too.")
def stamp(revisions: tuple[str, ...], sql: bool, tag: str | None, purge: bool, **common: Any) -> None:
    """Record that the database is at REVISION, by default the head, and run nothing.

    For a database whose tables were made in another way. Several revisions are recorded together.

    \b
    Examples:
      flask db stamp head
      flask db stamp --purge 3fa2
    """
    from ..commands import apply

    if sql and purge:
        raise UsageError("--purge needs the database, and --sql has none.", "leave out one of the two.")
    targets = revisions or ("head",)
    with opened(**common, tag=tag) as project:
        if sql:
            _print_sql(project, "stamp", targets)
            return
        _run(project, lambda one, progress: apply.stamp(one, targets, purge=purge, report=progress), "recorded")


@command("ensure-version", short_help="Create the version table.")
@sql_option
def ensure_version(sql: bool, **common: Any) -> None:
    """Create the table that says which revisions are applied, where it is not there. Nothing is recorded.

    \b
    Examples:
      flask db ensure-version
      flask db ensure-version --sql
    """
    from ..commands import apply

    with opened(**common) as project:
        for one in project.each():
            table = f"the version table {one.version_table.describe()} in {one.database.describe()}"
            if sql:
                from ..commands import offline

                say(offline.version_table(one), end="")
            elif apply.ensure_version(one, report=Progress(quiet=is_quiet())):
                note(f"Created {table}.")
            else:
                note(f"There is {table} already.")


def _print_sql(project: Project, name: str, targets: tuple[str, ...]) -> None:
    from ..commands import offline

    # all of it or nothing: half a script that somebody feeds to a database would be worse than none
    with redirect_stdout(sys.stderr):  # what revisions print is no SQL
        text = offline.script(project, name, targets)
    say(text, end="")
    if not text:
        note(f"Nothing to write: '{' '.join(targets)}' asks for no step of '{name}'.")


def _run(project: Project, work: Callable[[Project, Progress], tuple[Step, ...]], done: str) -> None:
    from ..commands.apply import each_database

    progress = Progress(quiet=is_quiet())
    began = time.monotonic()
    try:
        for outcome in each_database(project, lambda one: work(one, progress), report=progress):
            one = project.on(outcome.database)
            if outcome.steps:
                progress.summary(_summary(one, outcome.steps, done, time.monotonic() - began))
            elif not is_quiet():
                progress.summary(_nothing_to_do(one, progress.rows, recorded=progress.recorded))
            began = time.monotonic()
    finally:
        progress.end_line()


def _summary(project: Project, steps: tuple[Step, ...], done: str, seconds: float) -> str:
    at = _at(project, steps[-1].after)
    if steps[0].is_stamp:
        return f"Recorded, and nothing was run: {at}."
    ran = sum(step.is_migration for step in steps)
    revisions = "revision" if ran == 1 else "revisions"
    recorded = f", {len(steps) - ran} recorded only," if ran < len(steps) else ""
    return f"{ran} {revisions} {done}{recorded} in {seconds:.2f} s; {at}."


def _nothing_to_do(project: Project, rows: Iterable[str], *, recorded: bool) -> str:
    if project.graph:
        what = "Nothing else" if recorded else "Nothing"
        return f"{what} to do: {_at(project, rows)}."
    return f"There are no revisions in {', '.join(project.locations)}: nothing to do."


def _at(project: Project, rows: Iterable[str]) -> str:
    """Return where a database is, as a part of a sentence."""
    heads = project.graph.heads
    marks = {each: " (head)" if each in heads else "" if each in project.graph else " (ahead)" for each in rows}
    shown = [f"{identifier(each)}{marks[each]}" for each in sorted(marks)]
    return f"{project.database.describe()} is at {', '.join(shown) or 'base'}"
