"""Writing new revision files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError, HookFailed, ScriptError
from ..graph.revision import Revision
from .files import write_whole
from .hooks import Hook, run_hooks
from .naming import FILE_TEMPLATE, SLUG_LENGTH, NameParts, check_id, check_label, file_name, slug
from .parse import parse_file, parse_source
from .template import ALEMBICS, OURS, Contents, render


@dataclass(frozen=True)
class Place:
    """Where a file goes, and under which name.

    :param location: the folder with the revision files; made if it is not there.
    :param template_folder: where the project may have a `script.py.jinja` of its own.
    :param recursive: whether folders below the location are read.
    :param encoding: of the file.
    :param variables: what the project's own template may use besides.
    :param hooks: what is done with the file when it is written.
    """

    location: str
    template_folder: str
    file_template: str = FILE_TEMPLATE
    slug_length: int = SLUG_LENGTH
    recursive: bool = False
    encoding: str = "utf-8"
    variables: Mapping[str, Any] = field(default_factory=dict)
    hooks: tuple[Hook, ...] = ()


def write_revision(new: Contents, place: Place) -> Revision:
    """Write the file of a new revision and return what it says, read back from what was written.

    :raises InvalidRevisionId: the id or a label cannot be one.
    :raises ConfigurationError: a template cannot be used.
    :raises DirectoryError: the file cannot be written, or is there already.
    :raises HookFailed: a hook failed, or made another revision of it; the file is there.
    """
    check_id(new.id)
    for label in new.labels:
        check_label(label)
    name = file_name(NameParts(new.id, slug(new.message, place.slug_length), new.created), place.file_template)
    if "/" in name and not place.recursive:
        raise ConfigurationError(
            f"The file template '{place.file_template}' names a folder, where the file would not be found.",
            "set REVISIONS_RECURSIVE = True, or leave out the '/'.",
        )
    path = Path(place.location, name)
    content = _encoded(render(new, place.template_folder, place.variables), place)
    revision = _read_back(content, new, str(path))
    write_whole(path, content)
    if place.hooks:
        run_hooks(place.hooks, str(path))
        _check_after_hooks(revision)
    return revision


def _encoded(text: str, place: Place) -> bytes:
    """Return the bytes of a file; one that is not in UTF-8 says so (https://peps.python.org/pep-0263/)."""
    if place.encoding != "utf-8" and not text.isascii() and "coding" not in text.partition("\n")[0]:
        text = f"# -*- coding: {place.encoding} -*-\n{text}"
    try:
        return text.encode(place.encoding)
    except UnicodeEncodeError as error:
        what = f"{text[error.start : error.end]!r} cannot be written in {place.encoding}."
        raise ConfigurationError(what, "set REVISIONS_OUTPUT_ENCODING = 'utf-8'.") from error


def _check_after_hooks(revision: Revision) -> None:
    def execute(_: str) -> dict[str, object]:
        return {}

    try:
        found = parse_file(revision.path, execute)
    except ScriptError as error:
        raise HookFailed(f"After the post-write hooks, {error.message}", error.hint, path=revision.path) from error
    if (found.id, found.parents) != (revision.id, revision.parents):
        hint = "correct the hooks, and the file."
        raise HookFailed(f"A post-write hook gave {revision.path} another header.", hint, path=revision.path)


def op_import_of(paths: Iterable[str]) -> str:
    """Return the import of `op` in the first of some files that has one: new scripts follow their parents."""
    for path in paths:
        found = _IMPORTS_OP.search(Path(path).read_bytes())
        if found:
            return ALEMBICS if found[1] == b"alembic" else OURS
    return OURS


_IMPORTS_OP = re.compile(rb"^[ \t]*(?:from|import)[ \t]+(alembic|flask_revisions)\b", re.MULTILINE)


def _read_back(content: bytes, new: Contents, path: str) -> Revision:
    def execute(_: str) -> dict[str, object]:
        raise ConfigurationError(
            f"The template for {path} writes a header that is no literal.", "write {{ header }} in it."
        )

    revision = parse_source(content, path, execute)
    found = (revision.id, revision.parents, revision.labels, revision.depends_on)
    if found != (new.id, new.parents, new.labels, new.depends_on):
        raise ConfigurationError(
            f"The template gives {path} another header than was asked for.", "write {{ header }} in it."
        )
    return revision
