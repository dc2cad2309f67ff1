"""`flask db upgrade`, `downgrade` and `stamp`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from ..errors import UsageError
from .command import command, is_quiet, opened, sql_option, tag_option, x_option
from .output import Progress, identifier, one_line

if TYPE_CHECKING:
    from ..graph.plan import Step
    from ..project import Project


@command("upgrade", short_help="Apply what is missing.")
@click.argument("revision", default="head")
@sql_option
@tag_option
@x_option
def upgrade(revision: str, sql: bool, x_arg: tuple[str, ...], tag: str | None, **common: Any) -> None:
    """Apply the revisions that are missing up to REVISION, by default the head.

    REVISION is an id or its beginning, a branch label, 'head', 'heads', '+2', 'label@head', ...; with --sql also a
    range 'from:to', as no database is asked where it is.

    \b
    flask db upgrade
    flask db upgrade +1
    flask db upgrade --sql 3fa2:head > upgrade.sql
    """
    from ..commands import apply

    with opened(**common, x_arg=x_arg, tag=tag) as project:
        if sql:
            _print_sql(project, "upgrade", (revision,))
        else:
            _run(project, lambda progress: apply.upgrade(project, revision, report=progress), "applied")


@command("downgrade", short_help="Take revisions back.")
@click.argument("revision", default="-1")
@sql_option
@tag_option
@x_option
def downgrade(revision: str, sql: bool, x_arg: tuple[str, ...], tag: str | None, **common: Any) -> None:
    """Take back what is applied above REVISION, by default the last revision.

    REVISION is what is to be left: an id or its beginning, 'base' for nothing, '-2' for two steps down,
    'label@-1' for one step down a branch; with --sql a range 'from:to'.

    \b
    flask db downgrade
    flask db downgrade -2
    flask db downgrade base
    """
    from ..commands import apply

    with opened(**common, x_arg=x_arg, tag=tag) as project:
        if sql:
            _print_sql(project, "downgrade", (f"head:{revision}" if revision == "-1" else revision,))
        else:
            _run(project, lambda progress: apply.downgrade(project, revision, report=progress), "taken back")


@command("stamp", short_help="Record revisions without running them.")
@click.argument("revisions", nargs=-1, metavar="[REVISION]...")
@sql_option
@tag_option
@click.option("--purge", is_flag=True, help="Delete all rows of the version table first, unknown ones too.")
def stamp(revisions: tuple[str, ...], sql: bool, tag: str | None, purge: bool, **common: Any) -> None:
    """Record that the database is at REVISION, by default the head, and run nothing.

    For a database whose tables were made in another way. Several revisions are recorded together.

    \b
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
        else:
            _run(project, lambda progress: apply.stamp(project, targets, purge=purge, report=progress), "recorded")


def _print_sql(project: Project, name: str, targets: tuple[str, ...]) -> None:
    from ..commands import offline

    # all of it or nothing: half a script that somebody feeds to a database would be worse than none
    click.echo(offline.script(project, name, targets), nl=False)


def _run(project: Project, work: Callable[[Progress], tuple[Step, ...]], done: str) -> None:
    quiet = is_quiet()
    progress = Progress(quiet=quiet)
    graph = project.graph
    began = time.monotonic()
    try:
        steps = work(progress)
    finally:
        progress.end_line()
    if quiet:
        return
    if not graph and not steps:
        click.echo(f"There are no revisions in {', '.join(project.locations)}: nothing to do.")
    elif not steps:
        click.echo(f"Nothing to do: {_where(project)}.")
    else:
        revisions = "revision" if len(steps) == 1 else "revisions"
        at = ", ".join(identifier(one_line(each)) for each in sorted(steps[-1].after)) or "base"
        click.echo(
            f"{len(steps)} {revisions} {done} in {time.monotonic() - began:.2f} s; "
            f"{project.database.describe()} is at {at}."
        )


def _where(project: Project) -> str:
    from ..commands.inspect import current

    position = current(project)
    at = ", ".join(identifier(one_line(each)) for each in position.applied) or "base"
    heads = " (head)" if position.applied and position.at_heads else ""
    return f"{project.database.describe()} is at {at}{heads}"
