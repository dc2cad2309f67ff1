"""`flask db current`, `heads`, `branches`, `history` and `show`."""

from __future__ import annotations

from typing import Any

import click

from ..errors import NotAtHead
from .command import command, is_quiet, opened, verbose_option
from .output import history_line, identifier, one_line, revision_block, revision_line


@command("current", short_help="Show where the database is.")
@verbose_option
@click.option("-c", "--check-heads", is_flag=True, help="Exit with code 3 if a revision is not applied.")
def current(verbose: bool, check_heads: bool, **common: Any) -> None:
    """Show the revisions that the database is at; nothing if it is at base. Nothing is written to it.

    \b
    flask db current
    flask db current --check-heads
    """
    from ..commands import inspect

    with opened(**common) as project:
        position = inspect.current(project)
        graph = project.graph
        if verbose:
            click.echo(f"Database: {project.database.describe()}\n")
        for each in position.revisions:
            click.echo(revision_block(graph, each) if verbose else revision_line(graph, each, message=False))
        for unknown in position.unknown:
            click.echo(f"{identifier(one_line(unknown))} (no file has this id)")
        if check_heads and not position.at_heads:
            pending = len(position.pending)
            waiting = [each for each in position.heads if each in position.pending]
            raise NotAtHead(
                f"{pending} {'revision is' if pending == 1 else 'revisions are'} not applied"
                + (f", up to {', '.join(waiting)}." if waiting else "."),
                "'flask db upgrade' applies what is missing.",
                heads=waiting,
            )
        if not position.applied and not is_quiet():
            click.echo("The database is at base: no revision is applied.", err=True)


@command("heads", short_help="Show the newest revisions.")
@verbose_option
@click.option("--resolve-dependencies", is_flag=True, help="Leave out heads that other revisions depend on.")
def heads(verbose: bool, resolve_dependencies: bool, **common: Any) -> None:
    """Show the revisions that no other one comes after. The database is not asked.

    \b
    flask db heads
    """
    from ..commands import inspect

    with opened(**common) as project:
        for each in inspect.heads(project, resolve_dependencies=resolve_dependencies):
            graph = project.graph
            click.echo(revision_block(graph, each) if verbose else revision_line(graph, each, message=False))


@command("branches", short_help="Show where branches begin.")
@verbose_option
def branches(verbose: bool, **common: Any) -> None:
    """Show the revisions that several others come after, and those. The database is not asked.

    \b
    flask db branches
    """
    from ..commands import inspect

    with opened(**common) as project:
        graph = project.graph
        for each in inspect.branches(project):
            click.echo(revision_block(graph, each) if verbose else revision_line(graph, each))
            for child in graph.children(each.id):
                click.echo(f"    -> {revision_line(graph, graph[child])}")


@command("history", short_help="List the revisions.")
@click.option("-r", "--rev-range", help="From where to where: 'a:b', 'a:', ':b', '-3:current'.")
@verbose_option
@click.option("-i", "--indicate-current", is_flag=True, help="Mark where the database is.")
def history(rev_range: str | None, verbose: bool, indicate_current: bool, **common: Any) -> None:
    """List the revisions, newest first. The database is asked only for 'current'.

    \b
    flask db history
    flask db history -r -3:current
    """
    from ..commands import inspect

    with opened(**common) as project:
        graph = project.graph
        at = inspect.current(project).revisions if indicate_current else ()
        for each in inspect.history(project, rev_range):
            marks = ("current",) if each in at else ()
            line = revision_block if verbose else history_line
            click.echo(line(graph, each, marks=marks))


@command("show", short_help="Show one revision.")
@click.argument("revision", default="head")
def show(revision: str, **common: Any) -> None:
    """Show everything that the file of REVISION says about it, by default of the head.

    \b
    flask db show 3fa2
    flask db show current
    """
    from ..commands import inspect

    with opened(**common) as project:
        for each in inspect.show(project, revision):
            click.echo(revision_block(project.graph, each))
