"""init, revision, merge: what writes files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import (
    DirectoryError,
    EditorFailed,
    InvalidRevisionId,
    SeveralHeads,
    TargetError,
    UnknownRevision,
    UsageError,
)
from ..graph.graph import Revision, RevisionGraph
from ..graph.targets import resolve_all
from ..project import Project
from ..scripts.files import init_directory
from ..scripts.head_file import has_head_file, make_head_file, update_head_file
from ..scripts.hooks import hooks_of
from ..scripts.naming import check_id, check_label, new_id, now
from ..scripts.parse import parse_file
from ..scripts.template import Contents, render
from ..scripts.templates import find_template
from ..scripts.write import Place, op_import_of, write_revision
from . import inspect
from .environment import notice_environment


@dataclass(frozen=True)
class NewRevision:
    """What is asked for.

    :param heads: identifiers of what it comes after.
    :param splice: let it come after a revision that is no head.
    :param version_path: the folder to write it to, one of the version locations.
    :param rev_id: its id, instead of a new one.
    :param depends_on: identifiers or labels of what has to be applied before it.
    """

    message: str = ""
    heads: tuple[str, ...] = ("head",)
    splice: bool = False
    branch_labels: tuple[str, ...] = ()
    version_path: str | None = None
    rev_id: str | None = None
    depends_on: tuple[str, ...] = ()


def init(
    project: Project, *, package: bool = False, template: str | None = None, head_file: bool = False
) -> tuple[Path, tuple[str, ...]]:
    """Make the folder of the revisions; return it, and what was made.

    :param package: make it a Python package.
    :param template: the name of a template, or a file, which new revisions are made from; or a folder that is a
        template of Flask-Migrate's, whose files are for its commands alone.
    :param head_file: make the file `HEAD` in it, which is kept at the newest revision from then on.
    :raises ConfigurationError: there is no such template.
    """
    folder = project.new_directory
    made = init_directory(str(folder), package=package, files=find_template(template) if template else None)
    notice_environment(project, writing=True)
    if head_file and has_head_file(str(folder)):
        update_head_file(str(folder), project.graph.heads)
    elif head_file:
        made = (*made, make_head_file(str(folder), project.graph.heads))
    return folder, made


def files_to_edit(project: Project, revision: str = "head") -> tuple[str, ...]:
    """Return the files of what an identifier names.

    :raises TargetError: it names nothing.
    """
    found = inspect.show(project, revision)
    if not found:
        raise UnknownRevision(f"'{revision}' means no revision.", "'flask db history' lists all.", target=revision)
    return tuple(each.path for each in found)


def edit(project: Project, revision: str = "head") -> tuple[str, ...]:
    """Open the files of what an identifier names in the editor that VISUAL or EDITOR names; return their paths.

    :raises TargetError: it names nothing.
    :raises EditorFailed: there is no such editor, or it failed.
    :raises HeaderError: the header is wrong now, or it is not Python.
    """
    import click  # it knows the editors

    paths = files_to_edit(project, revision)
    for path in paths:
        try:
            click.edit(filename=path)
        except click.ClickException as error:
            hint = "set VISUAL or EDITOR to the editor's command, such as EDITOR='code --wait'."
            raise EditorFailed(error.message, hint, path=path) from error
        check_edited(path)
    return paths


def check_edited(path: str) -> None:
    """Raise where a file cannot be read as a revision any more.

    :raises HeaderError: its header is wrong, or it is not Python.
    """
    parse_file(path, lambda _: {"revision": "", "down_revision": None})


def revision(project: Project, request: NewRevision) -> Revision:
    """Write a new, empty revision.

    :raises TargetError: what it is to come after is not there, or is no head.
    :raises InvalidRevisionId: its id or label cannot be one, or is there already.
    :raises DirectoryError: the file cannot be written; nothing is left behind.
    """
    notice_environment(project, writing=True)
    return write(project, request, new_contents(project, request))


def write(project: Project, request: NewRevision, contents: Contents) -> Revision:
    """Write a revision to its place.

    :raises DirectoryError: the file cannot be written; nothing is left behind.
    """
    written = write_revision(contents, _place(project, request, contents))
    rest = (each for each in project.graph.heads if each not in written.parents)
    update_head_file(template_folder(project), (*rest, written.id))
    return written


def text_of(project: Project, contents: Contents) -> str:
    """Return the text of a revision that is to be written."""
    return render(contents, template_folder(project), _variables(project, contents))


def new_contents(project: Project, request: NewRevision) -> Contents:
    """Return the head of what is to be written, checked; the errors are those of `revision`."""
    graph = project.graph
    parents = _parents(graph, request)
    taken = (*graph, *graph.labels)
    contents = Contents(
        check_id(request.rev_id, taken) if request.rev_id is not None else new_id(),
        request.message,
        parents=parents,
        labels=tuple(check_label(each, taken) for each in request.branch_labels),
        depends_on=_dependencies(graph, request),
        created=now(project.settings.timezone),
        op_import=op_import_of(graph[each].path for each in _examples(graph, parents)),
    )
    if contents.id in contents.labels:
        raise InvalidRevisionId(f"'{contents.id}' cannot be both the id and a label.", "choose another label.")
    return contents


def merge(project: Project, request: NewRevision) -> Revision:
    """Write a revision that comes after several others.

    :raises UsageError: fewer than two are named.
    """
    heads = project.graph.heads
    parents = resolve_all(project.graph, request.heads, effective=False)
    if len(parents) < 2:
        named = f"'{' '.join(request.heads)}' names {len(parents) or 'none'}"
        hint = "there is nothing to merge: the project has no branches."
        if len(heads) > 1:
            hint = f"'flask db merge heads' joins {', '.join(heads)}."
        raise UsageError(f"A merge needs two revisions or more, and {named}.", hint)
    message = request.message or f"merge {' and '.join(parents)}"
    return revision(project, replace(request, heads=parents, message=message))


def _parents(graph: RevisionGraph, request: NewRevision) -> tuple[str, ...]:
    try:
        parents = resolve_all(graph, request.heads, effective=False)
    except SeveralHeads as error:
        raise SeveralHeads(
            error.message,
            f"'--head {error.heads[0]}' goes on from one of them; 'flask db merge heads' joins them, "
            "'flask db rebase' puts one after the other.",
            target=error.target,
            heads=error.heads,
        ) from None
    # through parents alone: a head that another one merely depends on can be merged with it
    behind = [each for each in parents if each in graph.ancestors({*parents} - {each}, dependencies=False)]
    if behind:
        names = ", ".join(f"'{each}'" for each in behind)
        raise TargetError(f"{names} is already part of the other revisions.", "name only the newest of each branch.")
    inner = [each for each in parents if each not in graph.heads]
    if inner and not request.splice:
        raise TargetError(
            f"Revision '{inner[0]}' is no head: {' and '.join(graph.children(inner[0]))} already follows it.",
            "add --splice to begin a new branch there, or leave out --head.",
            target=inner[0],
        )
    return parents


def _dependencies(graph: RevisionGraph, request: NewRevision) -> tuple[str, ...]:
    """Return labels as they are, everything else as full ids."""
    found: list[str] = []
    for each in request.depends_on:
        found += (each,) if each in graph.labels else resolve_all(graph, (each,), effective=False)
    return tuple(dict.fromkeys(found))


def _examples(graph: RevisionGraph, parents: tuple[str, ...]) -> Iterator[str]:
    """Yield the revisions that a new one should look like, the nearest first: a merge, for one, imports nothing."""
    yield from parents
    yield from graph.walk_down(graph.ancestors(parents) or graph)


def _place(project: Project, request: NewRevision, contents: Contents) -> Place:
    settings = project.settings
    parents = contents.parents
    return Place(
        _location(project, request, parents),
        template_folder=template_folder(project),
        file_template=settings.file_template,
        slug_length=settings.truncate_slug_length,
        recursive=settings.recursive,
        encoding=settings.output_encoding,
        variables=_variables(project, contents),
        hooks=hooks_of(settings.post_write_hooks),
    )


def _variables(project: Project, contents: Contents) -> dict[str, Any]:
    """Return what a template is given besides what there always is."""
    given = project.settings.others.get("template_args") or {}
    return {"databases": _functions_of(project, contents), **given}


def _functions_of(project: Project, contents: Contents) -> tuple[str, ...]:
    """Return what the functions of a revision for several databases are called after; empty for the default one."""
    if not project.history.is_multidb and not contents.bodies:
        return ()
    names = tuple(each.name or "" for each in project.managed)
    return tuple(each for each in names if not each or f"_{each}".isidentifier())


def _location(project: Project, request: NewRevision, parents: tuple[str, ...]) -> str:
    locations = project.locations
    if request.version_path is not None:
        wanted = os.path.realpath(request.version_path)
        for each in locations:
            if wanted == os.path.realpath(each) or (
                project.settings.recursive and Path(wanted).is_relative_to(os.path.realpath(each))
            ):
                return wanted
        raise DirectoryError(
            f"{request.version_path} is none of the version locations.",
            f"they are {', '.join(locations)}; REVISIONS_VERSION_LOCATIONS sets them.",
            path=request.version_path,
        )
    if len(locations) == 1:
        return locations[0]
    if parents:
        home = os.path.realpath(Path(project.graph[parents[0]].path).parent)
        for each in locations:
            if Path(home).is_relative_to(os.path.realpath(each)):
                return each
    raise UsageError(
        "There are several version locations, and a new base could go to any of them.",
        f"add --version-path with one of {', '.join(locations)}.",
    )


def template_folder(project: Project) -> str:
    """Return where a project may have a template of its own."""
    try:
        return project.directory.path
    except DirectoryError:
        if project.settings.version_locations:
            return project.locations[0]
        raise
