"""`flask db current`, `heads`, `branches`, `history` and `show`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from ..errors import NotAtHead
from . import completion
from .command import command, note, opened
from .json import json_option, position_value, print_json, revisions_value
from .lines import heading, history_line, revision_block, revision_line
from .options import range_option, verbose_option
from .output import highlighted, identifier, is_terminal, print_warning, say, say_lines

if TYPE_CHECKING:
    from ..commands.inspect import Position
    from ..database import Database
    from ..graph.graph import Revision, RevisionGraph
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
        positions = [(one, inspect.current(one)) for one in project.each()]
        if as_json:
            print_json([position_value(one.database, position) for one, position in positions])
        for one, position in positions:
            if not as_json:
                if project.has_several:
                    say(heading(one.database.name, one.database.describe()))
                _print_position(one, position, verbose=verbose)
            if position.overlapping:
                _warn_of_overlap(position)
        behind = [_not_at_heads(one, position) for one, position in positions if not position.at_heads]
        if check_heads and behind:
            raise behind[0]
        for one, position in positions:
            if not position.applied and not as_json:
                note(_nothing_applied(one))


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


def _not_at_heads(project: Project, position: Position) -> NotAtHead:
    from ..graph.wording import upgrade_command

    database = f"{project.database.label}: " if project.has_several else ""
    if position.unknown:
        return NotAtHead(
            f"{database}The database is at {' and '.join(map(repr, position.unknown))}, which is the id of no file.",
            "bring back the code that has it, or correct the record: 'flask db stamp --purge REVISION'.",
        )
    if not position.pending:
        return NotAtHead(
            f"{database}Never run, and before what is applied: {', '.join(position.late)}.",
            "'flask db upgrade' says what to do.",
        )
    count = len(position.pending)
    waiting = [each for each in position.heads if each in position.pending]
    return NotAtHead(
        f"{database}{count} {'revision is' if count == 1 else 'revisions are'} missing, up to {', '.join(waiting)}.",
        f"'{upgrade_command(position.heads)}' applies what is missing.",
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
        found = [(one, inspect.heads(one, resolve_dependencies=resolve_dependencies)) for one in _histories(project)]
        if as_json:
            print_json([value for one, heads in found for value in revisions_value(one.graph, heads)])
            return
        for one, heads in found:
            _head_line(project, one)
            for each in heads:
                say(revision_block(one.graph, each) if verbose else revision_line(one.graph, each, message=False))
            _note_if_empty(one.graph)


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
        found = [(one, inspect.branches(one)) for one in _histories(project)]
        if as_json:
            print_json([value for one, points in found for value in revisions_value(one.graph, points)])
            return
        for one, points in found:
            _say_branches(project, one, points, verbose=verbose)


def _say_branches(project: Project, one: Project, points: tuple[Revision, ...], *, verbose: bool) -> None:
    graph = one.graph
    _head_line(project, one)
    for each in points:
        say(revision_block(graph, each) if verbose else revision_line(graph, each))
        for child in graph.children(each.id):
            say(revision_line(graph, graph[child], before="    -> "))
    if graph and not points:
        note("There are no branches: no revision has two that come after it.")
    _note_if_empty(graph)


@command("history", short_help="List the revisions.")
@range_option
@verbose_option
@click.option("-i", "--indicate-current", is_flag=True, help="Mark where the database is.")
@json_option
def history(rev_range: str | None, verbose: bool, indicate_current: bool, as_json: bool, **common: Any) -> None:
    """List the revisions, newest first. The database is asked only for 'current' and for -i.

    \b
    Examples:
      flask db history
      flask db history -r -3:current
    """
    from ..commands import inspect

    with opened(**common) as project:
        found = [(one, inspect.history(one, rev_range)) for one in _histories(project)]
        positions = {one.database: inspect.current(one) for one in (project.each() if indicate_current else ())}
        if as_json:
            values = [
                value
                for one, revisions in found
                for value in revisions_value(one.graph, revisions, _positions_of(one, positions))
            ]
            print_json(values)
        for one, revisions in found:
            if not as_json:
                _head_line(project, one)
                _say_history(one, revisions, _positions_of(one, positions), verbose=verbose)
                if one.graph and not revisions:
                    note(f"There are no revisions in '{rev_range}'.")
                _note_if_empty(one.graph)
        for database, position in positions.items():
            _say_where(project.on(database), position, quiet=as_json)


def _positions_of(one: Project, positions: dict[Database, Position]) -> dict[str, Position]:
    """Return the positions of the databases that share a history, by the names of those."""
    return {each.label: positions[each] for each in one.databases if each in positions}


def _say_history(one: Project, revisions: Iterable[Revision], positions: dict[str, Position], *, verbose: bool) -> None:
    line = revision_block if verbose else history_line

    def said(each: Revision) -> str:
        there = [name for name, position in positions.items() if each in position.revisions]
        mark = "current" if len(positions) == 1 else f"current on {', '.join(there)}"
        return line(one.graph, each, marks=(mark,) if there else ())

    say_lines(map(said, revisions))


def _say_where(one: Project, position: Position, *, quiet: bool) -> None:
    """Say of a database what the marks in a history cannot."""
    which = f"The database {one.database.label}" if one.has_several else "The database"
    if position.unknown:
        rows = " and ".join(f"'{each}'" for each in position.unknown)
        print_warning(f"{which} is at {rows}, and no file has that id.")
    elif position.ahead:
        rows = " and ".join(f"'{each.id}'" for each in position.ahead)
        print_warning(f"{which} is ahead of this code, at {rows}.")
    elif not position.applied and not quiet:
        note(_nothing_applied(one))


@command("show", short_help="Show one revision.")
@click.argument("revision", default="head", shell_complete=completion.revisions)
@click.option("--source/--no-source", default=None, help="Print the file, too; on a terminal it is printed anyway.")
@click.option(
    "--stored",
    is_flag=True,
    help="Print the file as the log has kept it from when it last ran; REVISION is a whole id.",
)
@json_option
def show(revision: str, source: bool | None, stored: bool, as_json: bool, **common: Any) -> None:
    """Show everything that the file of REVISION says about it, by default of the head.

    On a terminal the file itself follows, highlighted where Pygments is installed. With --stored its text as the
    log has kept it, also where there is no such file any more.

    \b
    Examples:
      flask db show 3fa2
      flask db show current
      flask db show --stored 3fa2c1d4e5f6 > again.py
    """
    from ..commands import inspect

    with opened(**common) as project:
        if stored:
            say(highlighted(inspect.stored(project, revision).source or ""), end="")
            return
        found = inspect.show(project, revision)
        if as_json:
            print_json(revisions_value(project.graph, found))
            return
        for each in found:
            say(revision_block(project.graph, each))
            text = inspect.source(each) if source or (source is None and is_terminal()) else None
            if text is not None:
                say(f"\n{highlighted(text)}", end="")
        if project.graph and not found:
            note(f"'{revision}' means no revision.")
        _note_if_empty(project.graph)


def _histories(project: Project) -> tuple[Project, ...]:
    """Return the project once for each history that it has."""
    return tuple(project.each()) if project.is_separate else (project,)


def _head_line(project: Project, one: Project) -> None:
    """Print which history follows, where there are several."""
    if project.is_separate and project.has_several:
        say(heading(one.database.name, one.history.name))


def _note_if_empty(graph: RevisionGraph) -> None:
    if not graph:
        note("There are no revisions yet; 'flask db migrate -m \"what it does\"' writes the first.")
