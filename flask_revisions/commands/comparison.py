"""What is different between the models and the database: for `migrate` and `check`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect

from ..catalog.normalise import settle_on
from ..catalog.reflect import read_schema
from ..database import Database
from ..diff.changes import Change
from ..diff.compare import compare
from ..diff.renames import Likely, with_rename
from ..errors import ConfigurationError
from ..graph.graph import RevisionGraph
from ..project import Project
from ..schema.convert import Converter
from ..schema.model import Name, Schema
from .answers import Answers, decide_renames, fill
from .hooks import hooks_of


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


def compare_with_models(project: Project, database: Database, answers: Answers | None = None) -> Comparison:
    """Compare a database with the models; nothing of it is changed.

    :param answers: what is a rename, and what new columns are filled with; None takes nothing for a rename.
    :raises ConfigurationError: two tables of the models have one name.
    """
    with database.connect() as connection:
        models = _without_records(project, models_of(database, connection.dialect))
        return _compare(project, connection, models, answers)


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
    kept = {Name(each.schema, each.name) for each in (project.version_table, project.log, project.journal) if each}
    return replace(models, tables={name: table for name, table in models.tables.items() if name not in kept})


def _compare(project: Project, connection: Connection, models: Schema, answers: Answers | None) -> Comparison:
    everywhere = bool(project.keywords.get("include_schemas"))
    found = read_schema(connection, None if everywhere else models.schemas)
    ours, unmanaged = _ours(project, found, models)
    hooks = hooks_of(project.keywords, {**project.keywords})
    ours = hooks.named(ours)
    settle = settle_on(connection)

    def look(there: Schema) -> tuple[tuple[Change, ...], Schema]:
        found = compare(there, models, settle=settle)
        return hooks.decided(found.changes, connection, there, found.models), found.models

    changes, described = look(ours)
    renames: list[Likely] = []
    if answers is not None:
        # Columns of a renamed table are seen when it has its new name.
        while decided := decide_renames(changes, models.dialect, answers):
            for likely in decided:
                ours = with_rename(ours, likely)
            renames += decided
            changes, described = look(ours)
        changes = fill(changes, connection, answers)
    connection.rollback()
    changes = (*(each.change() for each in renames), *changes)
    return Comparison(changes, ours, described, unmanaged, connection.dialect)


def _ours(project: Project, found: Schema, models: Schema) -> tuple[Schema, tuple[Name, ...]]:
    """Return a database without the tables that are none of our business, and their names."""
    table = project.version_table
    versions = Name(table.schema, table.name)
    others = [name for name in found.tables if name not in models.tables and name != versions]
    known = tables_in_history(project.graph, {name.name for name in others}) if others else frozenset()
    unmanaged = tuple(sorted((name for name in others if name.name not in known), key=lambda name: name.order))
    left_out = {versions, *unmanaged} - {*models.tables}
    counted = {name.name for name in found.sequences if name not in models.sequences}
    made = _in_history(project.graph, counted, _CREATES_SEQUENCE) if counted else frozenset()
    ours = replace(
        found,
        tables={name: each for name, each in found.tables.items() if name not in left_out},
        sequences={n: each for n, each in found.sequences.items() if n in models.sequences or n.name in made},
    )
    return ours, unmanaged


def tables_in_history(graph: RevisionGraph, names: Iterable[str]) -> frozenset[str]:
    """Return those of some tables that a revision has created, or has given their name."""
    return _in_history(graph, names, _CREATES_TABLE)


_CREATES_TABLE = (
    r"create_table\(\s*[\"']({one})[\"']"
    r"|rename_table\(\s*[\"'][^\"']*[\"']\s*,\s*[\"']({one})[\"']"
    r"|(?:create\s+table\s+(?:if\s+not\s+exists\s+)?|rename\s+to\s+)[\w.\"'`\[\]]*?\b({one})\b"
)
_CREATES_SEQUENCE = (
    r"create_sequence\(\s*[\"']({one})[\"']"
    r"|create\s+sequence\s+(?:if\s+not\s+exists\s+)?[\w.\"'`\[\]]*?\b({one})\b"
    r"|Sequence\(\s*[\"']({one})[\"']"
)


def _in_history(graph: RevisionGraph, names: Iterable[str], pattern_text: str) -> frozenset[str]:
    wanted = sorted(names, key=len, reverse=True)
    if not wanted:
        return frozenset()
    one = "|".join(re.escape(name) for name in wanted)
    pattern = re.compile(pattern_text.replace("{one}", one), re.IGNORECASE)
    found: set[str] = set()
    for revision in graph:
        text = Path(graph[revision].path).read_text(encoding="utf-8", errors="replace")
        found.update(name for groups in pattern.findall(text) for name in groups if name)
    lowered = {name.lower() for name in found}
    return frozenset(name for name in wanted if name.lower() in lowered)
