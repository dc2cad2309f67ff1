"""doctor: what commonly goes wrong, looked for one by one, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec

from sqlalchemy import Connection, inspect

from ..errors import RevisionsError
from ..graph import wording
from ..graph.logged import ahead, late, with_log
from ..graph.state import unknown_rows
from ..project import Project
from ..runner.recorder import OLD_WIDTH
from ..scripts.head_file import HEAD, read_head_file
from .author import template_folder
from .comparison import FROM_HISTORY, compare_with_models
from .environment import CURE, described_environment
from .inspect import current, read_standing
from .status import status


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, or may be.

    :param problem: one sentence.
    :param cure: what to do, most of the time a command.
    :param serious: False for what is only good to know.
    """

    problem: str
    cure: str
    serious: bool = True


def examine(project: Project) -> Iterator[Finding]:
    """Yield what is wrong, the cause before what follows from it.

    Where a check cannot go on, what kept it from that is the finding.
    """
    try:
        for check in CHECKS:
            yield from check(project)
        for one in project.each():
            yield from _examine_database(one, f"{one.database.label}: " if project.has_several else "")
    except RevisionsError as error:
        yield as_finding(error)


def _examine_database(project: Project, which: str) -> Iterator[Finding]:
    """Yield what is wrong with one database; the others are looked at, too."""
    try:
        for check in CHECKS_OF_A_DATABASE:
            yield from (replace(each, problem=f"{which}{each.problem}") for each in check(project))
    except RevisionsError as error:
        yield replace(as_finding(error), problem=f"{which}{error.message}")


def as_finding(error: RevisionsError) -> Finding:
    """Return an error as a finding."""
    return Finding(error.message, error.hint)


def _peers(project: Project) -> Iterator[Finding]:
    if "migrate" in project.app.extensions:
        yield Finding(
            "Flask-Migrate is set up for this application, too: both have a command group 'db'.",
            "remove Migrate(app, db), or give one of them another name: Revisions(app, db, command='revisions').",
        )
    elif find_spec("flask_migrate") is not None:
        yield Finding(
            "Flask-Migrate is still installed; it is not used by this application.",
            "uninstall flask-migrate if nothing else needs it.",
            serious=False,
        )


def _environment(project: Project) -> Iterator[Finding]:
    said = described_environment(project)
    if said:
        yield Finding(said, CURE, serious=False)


def _files(project: Project) -> Iterator[Finding]:
    graph = project.graph  # raises what is wrong with the folder and its files
    warning = project.directory.warning if not project.settings.version_locations else ""
    if warning:
        yield Finding(warning, "move one of them away.")
    if not graph:
        yield Finding(
            f"There are no revisions in {' or '.join(project.locations)}.",
            "'flask db migrate' writes the first; if there are some elsewhere, is this the right working directory, "
            "or REVISIONS_DIRECTORY?",
            serious=False,
        )
    if len(graph.effective_heads) > 1:
        yield Finding(
            f"There are {len(graph.heads)} heads: {wording.names(graph, graph.heads)}.",
            "'flask db merge heads' joins them; 'flask db rebase' puts one after the other.",
        )
    noted = read_head_file(template_folder(project))
    if noted is not None and len(graph.heads) == 1 and noted != graph.heads:
        yield Finding(
            f"The file {HEAD} of the revisions folder does not name the newest revision, "
            f"{wording.names(graph, graph.heads)}.",
            "'flask db init --head-file' writes it anew.",
            serious=False,
        )


def _models(project: Project) -> Iterator[Finding]:
    for name in project.binds_without_database:
        yield Finding(
            f"Models have __bind_key__ = '{name}', and there is no such bind.",
            "give it a URL in SQLALCHEMY_BINDS, or correct the name.",
        )
    if not any(each.tables for each in project.database.metadata):
        yield Finding(
            "The models have no tables: their modules are not imported when the application is made.",
            "import them in the application's factory, or in its package.",
        )


def _database(project: Project) -> Iterator[Finding]:
    standing = read_standing(project)  # raises what keeps it from being reached
    graph = with_log(project.graph, standing)
    newer = ahead(project.graph, standing)
    if newer:
        yield Finding(
            f"The database is ahead of this code, at {', '.join(newer)}.",
            "that is as it should be while an older release runs; after a change of branches 'flask db downgrade "
            "--from-log' takes it back.",
            serious=False,
        )
    unknown = [row for row in unknown_rows(project.graph, standing.rows) if row not in newer]
    if unknown:
        yield Finding(
            f"The database is at {wording.names(project.graph, unknown)}, which is the id of no file.",
            "bring back the code that has it, or correct the record: 'flask db stamp --purge REVISION'.",
        )
        return
    missed = late(graph, standing)
    if missed:
        yield Finding(
            f"Revision {wording.names(graph, missed)} comes before what is applied, and was never run.",
            "let it come after that: 'flask db upgrade' says how.",
        )
    yield from _tables(project)


def _runs(project: Project) -> Iterator[Finding]:
    found = status(project)
    if found.holder:
        yield Finding(
            f"A run is going on, or hangs: the lock is held by {found.holder}.",
            "wait for it; if it hangs, end that process: 'flask db upgrade' then goes on.",
            serious=False,
        )
        return
    for begun in found.unfinished:
        yield Finding(
            f"Revision {begun.revision} was interrupted half way.",
            f"'flask db {begun.direction}' goes on where that was; 'flask db journal' shows what is done.",
        )


def _tables(project: Project) -> Iterator[Finding]:
    position = current(project)
    if not position.applied and project.database.exists:
        found = compare_with_models(project, project.database)
        if found.models.tables and not found.changes:
            yield Finding(
                "All tables of the models are there, and no revision is applied: were they made by create_all()?",
                "take create_all() out, and record that they are there: 'flask db stamp head'."
                if project.graph.heads
                else f"take create_all() out. {FROM_HISTORY}",
            )
            return
    if position.pending:
        yield Finding(
            f"{len(position.pending)} of {len(project.graph)} revisions are pending.",
            f"'{wording.upgrade_command(position.heads)}' applies them.",
            serious=False,
        )


def _width(project: Project) -> Iterator[Finding]:
    longest = max(project.graph, key=len, default="")
    if len(longest) <= OLD_WIDTH or not project.database.exists or project.database.dialect.name == "sqlite":
        return
    with project.database.connect() as connection:
        width = _width_of_column(project, connection)
    if width is not None and width < len(longest):
        yield Finding(
            f"The version table takes ids of {width} characters, and '{longest}' has {len(longest)}.",
            "'flask db upgrade' makes it wider; Alembic would fail here.",
            serious=False,
        )


def _width_of_column(project: Project, connection: Connection) -> int | None:
    table = project.version_table
    if not table.exists(connection):
        return None
    columns = inspect(connection).get_columns(table.name, schema=table.schema)
    return next((getattr(each["type"], "length", None) for each in columns if each["name"] == "version_num"), None)


Check = Callable[[Project], Iterator[Finding]]
CHECKS: tuple[Check, ...] = (_peers, _files, _environment)
CHECKS_OF_A_DATABASE: tuple[Check, ...] = (_models, _database, _runs, _width)
