"""What is different between the models and the database: for `migrate` and `check`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect

from ..catalog.normalise import settle_on
from ..catalog.reflect import read_schema
from ..database import Database
from ..dialects import MYSQL
from ..diff.changes import Change, Renamed
from ..diff.compare import compare
from ..diff.renames import renamed_items, with_rename
from ..errors import ConfigurationError
from ..project import Project
from ..schema.convert import Converter
from ..schema.model import Name, Schema
from .answers import Answers, decide_renames, fill, refuse_unused
from .collector import loaded_left_alone
from .hooks import hooks_of
from .managed import Managed


@dataclass(frozen=True)
class Comparison:
    """What a comparison found.

    :param changes: what is different.
    :param database: what the database has, as far as it concerns us.
    :param models: what the models say.
    :param unmanaged: tables of the database that neither the models nor any revision ever had.
    :param dialect: the dialect, which has seen the server.
    """

    changes: tuple[Change, ...]
    database: Schema
    models: Schema
    unmanaged: tuple[Name, ...]
    dialect: Dialect


def compare_with_models(
    project: Project, database: Database, answers: Answers | None = None, *, shared: bool = False
) -> Comparison:
    """Compare a database with the models; nothing of it is changed.

    :param answers: what is a rename, and what new columns are filled with; None takes nothing for a rename that may be
        none.
    :param shared: indexes and constraints are not renamed: Alembic has no directives for that.
    :raises ConfigurationError: two tables of the models have one name.
    """
    for name in project.binds_without_database if project.is_first else ():
        project.warn(f"Models have __bind_key__ = '{name}', and SQLALCHEMY_BINDS has no '{name}': they are left out.")
    with database.connect() as connection, loaded_left_alone():
        models = _without_records(project, models_of(database, connection.dialect))
        return _compare(project, connection, models, answers, shared=shared)


def compare_with_history(project: Project, scratch: Project) -> Comparison:
    """Compare a database with the one in which its revisions have just been run.

    :param scratch: the project on that one.
    """
    with scratch.database.connect() as connection:
        # On MySQL those would be the other databases of the server.
        made = read_schema(connection, () if connection.dialect.name in MYSQL else None)
    with project.database.connect() as connection:
        found = read_schema(connection, made.schemas)
        wanted = _without_records(project, made)
        ours, unmanaged = Managed(project.graph).ours(found, wanted, _records(project))
        changes = renamed_items(compare(ours, wanted).changes, made.dialect)
        return Comparison(changes, ours, wanted, unmanaged, connection.dialect)


FROM_HISTORY = (
    "'flask db migrate --from-history' writes a revision of all that the models say, "
    "and 'flask db stamp head' records it where the tables are."
)


def why_empty(project: Project, comparison: Comparison) -> str:
    """Return why no difference may have been found although one is expected; empty if nothing is odd."""
    if not comparison.models.tables:
        return "The models have no tables: is the module with your models imported by the application?"
    if not project.graph.heads and comparison.database.tables:
        return f"All tables exist, but no revision is there: was 'db.create_all()' run? {FROM_HISTORY}"
    return ""


def models_of(database: Database, dialect: Dialect) -> Schema:
    """Return what the models say, in the words of a dialect that has been connected."""
    try:
        return Converter(dialect).schema(database.metadata)
    except ValueError as error:
        raise ConfigurationError(
            f"The models cannot be compared: {error}.", "give each table a name or a schema of its own."
        ) from error


def _without_records(project: Project, models: Schema) -> Schema:
    """Return the models without the tables that this package keeps itself: a project may have models to read them."""
    kept = _records(project)
    return replace(models, tables={name: table for name, table in models.tables.items() if name not in kept})


def _records(project: Project) -> frozenset[Name]:
    kept = (project.version_table, project.log, project.journal)
    return frozenset(Name(each.schema, each.name) for each in kept if each)


def _compare(
    project: Project, connection: Connection, models: Schema, answers: Answers | None, *, shared: bool
) -> Comparison:
    managed = Managed(project.graph)
    everywhere = bool(project.keywords.get("include_schemas"))
    found = read_schema(connection, None if everywhere else models.schemas)
    further = frozenset() if everywhere else managed.schemas(found.schemas - models.schemas)
    if further:  # a table there may have no model any more
        found = read_schema(connection, models.schemas | further)
    ours, unmanaged = managed.ours(found, models, _records(project))
    hooks = hooks_of(project.keywords, {**project.keywords})
    ours = hooks.named(ours)
    settle = settle_on(connection)

    def look(there: Schema) -> tuple[tuple[Change, ...], Schema]:
        found = compare(there, models, settle=settle)
        return hooks.decided(found.changes, connection, there, found.models), found.models

    changes, described = look(ours)
    renames: list[Change] = []
    # Columns of a renamed table are seen when it has its new name.
    while answers is not None:
        decided, answers = decide_renames(changes, models.dialect, answers)
        if not decided:
            break
        for likely in decided:
            ours = with_rename(ours, likely)
        renames += [each.change() for each in decided]
        changes, described = look(ours)
    if not shared and not (answers is not None and answers.no_rename):
        changes = renamed_items(changes, models.dialect)
    changes = (*renames, *changes)
    if answers is not None:
        refuse_unused(answers, (each for each in changes if isinstance(each, Renamed)))
        changes = fill(changes, connection, answers)
    connection.rollback()
    return Comparison(changes, ours, described, unmanaged, connection.dialect)
