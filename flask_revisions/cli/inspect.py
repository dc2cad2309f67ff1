"""`flask db current`, `heads`, `branches`, `history` and `show`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..errors import NotAtHead
from .command import command, note, opened, verbose_option
from .json import json_option, position_value, print_json, revisions_value
from .lines import history_line, revision_block, revision_line
from .output import identifier, print_warning, say

if TYPE_CHECKING:
    from ..commands.inspect import Position
    from ..graph.graph import RevisionGraph
    from ..project import Project


@command("current", short_help="Show where the database is.")
@verbose_option
@click.option("-c", "--check-heads", is_flag=True, help="Exit with code 3 if a revision is not applied.")
@json_option
def current(verbose: bool, check_heads: bool, as_json: bool, **common: Any) -> None:
    """Show the revisions that the database is at; nothing if it is at base. Nothing is written to it.

    The first word of each line is the id.

    \b
    Examples:
      flask db current
      flask db current --check-heads
      flask db current --json
    """
    from ..commands import inspect

    with opened(**common) as project:
        position = inspect.current(project)
        if as_json:
            print_json([position_value(project.database, position)])
        else:
            _print_position(project, position, verbose=verbose)
        if position.overlapping:
            _warn_of_overlap(position)
        if check_heads and not position.at_heads:
            raise _not_at_heads(position)
        if not position.applied and not as_json:
            note(_nothing_applied(project))


def _print_position(project: Project, position: Position, *, verbose: bool) -> None:
    if verbose:
        say(f"Database: {project.database.describe()}\n")
    for each in position.revisions:
        say(revision_block(project.graph, each) if verbose else revision_line(project.graph, each, message=False))
    for newer in position.ahead:
        say(f"{identifier(newer.id)} (ahead of this code)")
    for unknown in position.unknown:
        say(f"{identifier(unknown)} (no file has this id)")


def _nothing_applied(project: Project) -> str:
    if not project.database.exists:
        return f"The database {project.database.describe()} is not there yet: no revision is applied."
    return f"The database {project.database.describe()} is at base: no revision is applied."


def _warn_of_overlap(position: Position) -> None:
    rows = " and ".join(f"'{each}'" for each in position.overlapping)
    tops = " ".join(each for each in position.applied if each not in position.overlapping)
    print_warning(
        f"The version table also has a row for {rows}, which is part of the others; "
        f"'flask db stamp {tops}' leaves one row for each branch."
    )


def _not_at_heads(position: Position) -> NotAtHead:
    if position.unknown:
        return NotAtHead(
            f"The database is at {' and '.join(map(repr, position.unknown))}, which is the id of no file.",
            "bring back the code that has it, or correct the record: 'flask db stamp --purge REVISION'.",
        )
    count = len(position.pending)
    waiting = [each for each in position.heads if each in position.pending]
    return NotAtHead(
        f"{count} {'revision is' if count == 1 else 'revisions are'} missing, up to {', '.join(waiting)}.",
        f"'flask db upgrade{' heads' if len(position.heads) > 1 else ''}' applies what is missing.",
        heads=waiting,
    )


@command("heads", short_help="Show the newest revisions.")
@verbose_option
@click.option("--resolve-dependencies", is_flag=True, help="Leave out heads that other revisions depend on.")
@json_option
def heads(verbose: bool, resolve_dependencies: bool, as_json: bool, **common: Any) -> None:
    """Show the revisions that no other one comes after. The database is not asked.

    The first word of each line is the id.

    \b
    Examples:
      flask db heads
      flask db heads -v
    """
    from ..commands import inspect

    with opened(**common) as project:
        graph = project.graph
        found = inspect.heads(project, resolve_dependencies=resolve_dependencies)
        if as_json:
            print_json(revisions_value(graph, found))
            return
        for each in found:
            say(revision_block(graph, each) if verbose else revision_line(graph, each, message=False))
        _note_if_empty(graph)


@command("branches", short_help="Show where branches begin.")
@verbose_option
@json_option
def branches(verbose: bool, as_json: bool, **common: Any) -> None:
    """Show the revisions that several others come after, and those. The database is not asked.

    \b
    Example:
      flask db branches
    """
    from ..commands import inspect

    with opened(**common) as project:
        graph = project.graph
        found = inspect.branches(project)
        if as_json:
            print_json(revisions_value(graph, found))
            return
        for each in found:
            say(revision_block(graph, each) if verbose else revision_line(graph, each))
            for child in graph.children(each.id):
                say(revision_line(graph, graph[child], before="    -> "))
        if graph and not found:
            note("There are no branches: no revision has two that come after it.")
        _note_if_empty(graph)


@command("history", short_help="List the revisions.")
@click.option("-r", "--rev-range", help="From where to where: 'a:b', 'a:', ':b', '-3:current'.")
@verbose_option
@click.option("-i", "--indicate-current", is_flag=True, help="Mark where the database is.")
@json_option
def history(rev_range: str | None, verbose: bool, indicate_current: bool, as_json: bool, **common: Any) -> None:
    """List the revisions, newest first. The database is asked only for 'current'.

    \b
    Examples:
      flask db history
      flask db history -r -3:current
    """
    from ..commands import inspect

    with opened(**common) as project:
        graph = project.graph
        position = inspect.current(project) if indicate_current else None
        found = inspect.history(project, rev_range)
        if as_json:
            print_json(revisions_value(graph, found, position))
        for each in () if as_json else found:
            marks = ("current",) if position and each in position.revisions else ()
            line = revision_block if verbose else history_line
            say(line(graph, each, marks=marks))
        if position and position.unknown:
            rows = " and ".join(f"'{each}'" for each in position.unknown)
            print_warning(f"The database is at {rows}, and no file has that id.")
        elif position and position.ahead:
            rows = " and ".join(f"'{each.id}'" for each in position.ahead)
            print_warning(f"The database is ahead of this code, at {rows}.")
        elif as_json:
            return
        elif position and not position.applied:
            note(_nothing_applied(project))
        if graph and not found:
            note(f"There are no revisions in '{rev_range}'.")
        _note_if_empty(graph)


@command("show", short_help="Show one revision.")
@click.argument("revision", default="head")
@click.option("--stored", is_flag=True, help="Print the file as the log has kept it, from when it last ran.")
@json_option
def show(revision: str, stored: bool, as_json: bool, **common: Any) -> None:
    """Show everything that the file of REVISION says about it, by default of the head.

    With --stored its text as the log has kept it, also where there is no such file any more.

    \b
    Examples:
      flask db show 3fa2
      flask db show current
      flask db show --stored 3fa2c1d4e5f6 > again.py
    """
    from ..commands import inspect

    with opened(**common) as project:
        if stored:
            say(inspect.stored(project, revision).source or "", end="")
            return
        found = inspect.show(project, revision)
        if as_json:
            print_json(revisions_value(project.graph, found))
            return
        for each in found:
            say(revision_block(project.graph, each))
        if project.graph and not found:
            note(f"'{revision}' means no revision.")
        _note_if_empty(project.graph)


def _note_if_empty(graph: RevisionGraph) -> None:
    if not graph:
        note("There are no revisions yet; 'flask db revision -m \"what it does\"' writes the first.")
