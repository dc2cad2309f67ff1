"""rebase, eject: what changes the files of a project."""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError, DirectoryError
from ..graph.rebase import Rebase, choose, plan_rebase
from ..graph.targets import resolve_one
from ..project import Project
from ..scripts.eject import Surroundings, beyond_alembic, files_for_alembic, with_alembic
from ..scripts.environment import ENV
from ..scripts.files import replace_whole, write_whole
from ..scripts.head_file import update_head_file
from ..scripts.legacy import INI
from ..scripts.reparent import with_parents
from .author import template_folder
from .inspect import read_standing


@dataclass(frozen=True)
class Rebased:
    """What a rebase comes to.

    :param rebase: which revisions come after which.
    :param files: the files that were changed, or would be.
    """

    rebase: Rebase
    files: tuple[str, ...]


def rebase(project: Project, revision: str | None = None, *, onto: str | None = None, dry_run: bool = False) -> Rebased:
    """Put a branch that no database has after the other head, by changing the parents that its first file names.

    :param revision: the head of the branch; None where what is applied says which.
    :param onto: what it is to come after; None for the other head.
    :param dry_run: only find out.
    :raises RebaseRefused: the history of a database would change.
    """
    graph = project.graph
    standing = read_standing(project)
    known = {id for id, entry in (standing.log or {}).items() if entry.applied}
    applied = known | graph.ancestors(row for row in standing.rows if row in graph)
    if revision is None:
        head, other = choose(graph, graph.heads, applied)
    else:
        head = resolve_one(graph, revision)
        rest = tuple(each for each in graph.heads if each not in graph.descendants((head,)))
        other = rest[0] if len(rest) == 1 else ""
    target = resolve_one(graph, onto) if onto is not None else other
    if not target:
        target = choose(graph, graph.heads, applied)[1]
    plan = plan_rebase(graph, head, target, applied=applied)
    contents = {path: with_parents(Path(path).read_bytes(), path, (target,)) for path in _paths(project, plan)}
    for path, content in contents.items() if not dry_run else ():
        replace_whole(Path(path), content)
    if not dry_run:
        update_head_file(template_folder(project), (each for each in graph.heads if each != target))
    return Rebased(plan, tuple(contents))


def _paths(project: Project, plan: Rebase) -> tuple[str, ...]:
    return tuple(project.graph[id].path for id in plan.roots)


@dataclass(frozen=True)
class Ejected:
    """What an eject comes to.

    :param written: the files that Alembic needs and that were not there.
    :param kept: those that were there already.
    :param changed: the scripts that import from alembic now.
    :param ours: the scripts that use more than Alembic has, and what; they are as they were.
    :param tables: our own tables in the database, which nothing needs any more.
    :param command: True for a project of Alembic's own command, which has its files and goes on with them.
    """

    written: tuple[str, ...]
    kept: tuple[str, ...]
    changed: tuple[str, ...]
    ours: Mapping[str, tuple[str, ...]]
    tables: tuple[str, ...]
    command: bool


def eject(project: Project, *, dry_run: bool = False) -> Ejected:
    """Write what Flask-Migrate needs into the revisions folder, and let scripts import from alembic.

    :param dry_run: only find out.
    :raises DirectoryError: the folder has its files and its scripts in one place, which Alembic would confuse.
    """
    folder = Path(project.directory.path)
    if any(os.path.realpath(each) == os.path.realpath(folder) for each in project.locations):
        raise DirectoryError(
            f"{folder} has the revisions themselves, and Alembic would take its env.py for one.",
            f"Flask-Alembic needs nothing but its line in the application; for the others move them to "
            f"{folder / 'versions'}, then run this again.",
            path=str(folder),
        )
    tables = _own_tables(project)
    files = files_for_alembic(_surroundings(project, tables))
    elsewhere = _configuration_elsewhere(project, folder)
    if elsewhere is not None:
        del files[INI]
    missing = {folder / name: text for name, text in files.items() if not (folder / name).exists()}
    sources = {each.path: Path(each.path).read_bytes() for each in project.graph.values()}
    ours = {path: found for path, source in sources.items() if (found := beyond_alembic(source))}
    changed = {
        path: content
        for path, source in sources.items()
        if path not in ours and (content := with_alembic(source)) != source
    }
    if not dry_run:
        for path, text in missing.items():
            write_whole(path, text.encode())
        for name, content in changed.items():
            replace_whole(Path(name), content)
    kept = [str(folder / name) for name in files if folder / name not in missing]
    kept += [elsewhere] if elsewhere is not None else []
    return Ejected(tuple(map(str, missing)), tuple(kept), tuple(changed), ours, tables, elsewhere is not None)


def _configuration_elsewhere(project: Project, folder: Path) -> str | None:
    """Return the file outside of the folder from which Alembic's command runs its `env.py`; None if there is none.

    An `env.py` of ours is Flask-Migrate's to run, which looks for its file in the folder.
    """
    file = project.inherited.file
    return file if file is not None and Path(file).parent != folder and (folder / ENV).exists() else None


def _own_tables(project: Project) -> tuple[str, ...]:
    return tuple(each.name for each in (project.log, project.journal) if each is not None)


def _surroundings(project: Project, tables: tuple[str, ...]) -> Surroundings:
    settings = project.settings
    options = {
        "version_table": project.version_table.name,
        "version_table_schema": project.version_table.schema,
        "version_table_pk": project.version_table.primary_key,
        "transaction_per_migration": settings.transaction_per_migration,
        "transactional_ddl": settings.transactional_ddl,
    }
    ini = {
        "file_template": settings.file_template,
        "truncate_slug_length": str(settings.truncate_slug_length),
        "timezone": settings.timezone or "",
        "output_encoding": settings.output_encoding,
        "recursive_version_locations": "true" if settings.recursive else "",
        "path_separator": "os" if settings.version_locations else "",
        "version_locations": os.pathsep.join(settings.version_locations),
    }
    return Surroundings(
        {name: value for name, value in options.items() if value is not None},
        _literals(settings.run_kwargs),
        tables,
        {name: value for name, value in ini.items() if value},
    )


def _literals(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return values that can be written into a file as they are.

    :raises ConfigurationError: one cannot.
    """
    strange = [name for name, value in values.items() if not _is_literal(value)]
    if strange:
        raise ConfigurationError(
            f"REVISIONS_RUN_KWARGS has an object under '{strange[0]}', which no file can hold.",
            "eject without it, and add it to run_migrations() in env.py.",
        )
    return values


def _is_literal(value: Any) -> bool:
    try:
        ast.literal_eval(repr(value))
    except (ValueError, SyntaxError):
        return False
    return True
