"""Writing new revision files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..errors import ConfigurationError
from ..graph.revision import Revision
from .files import write_whole
from .naming import FILE_TEMPLATE, SLUG_LENGTH, NameParts, check_id, check_label, file_name, slug
from .parse import parse_source
from .template import ALEMBICS, OURS, NewRevision, render


@dataclass(frozen=True)
class Place:
    """Where a file goes, and under which name.

    :param location: the folder with the revision files; made if it is not there.
    :param template_folder: where the project may have a `script.py.jinja` of its own.
    :param recursive: whether folders below the location are read.
    """

    location: str
    template_folder: str
    file_template: str = FILE_TEMPLATE
    slug_length: int = SLUG_LENGTH
    recursive: bool = False


def write_revision(new: NewRevision, place: Place) -> Revision:
    """Write the file of a new revision and return what it says, read back from what was written.

    :raises InvalidRevisionId: the id or a label cannot be one.
    :raises ConfigurationError: a template cannot be used.
    :raises DirectoryError: the file cannot be written, or is there already.
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
    content = render(new, place.template_folder).encode()
    revision = _read_back(content, new, str(path))
    write_whole(path, content)
    return revision


def op_import_of(paths: Iterable[str]) -> str:
    """Return the import of `op` in the first of some files that has one: new scripts follow their parents."""
    for path in paths:
        found = _IMPORTS_OP.search(Path(path).read_bytes())
        if found:
            return ALEMBICS if found[1] == b"alembic" else OURS
    return OURS


_IMPORTS_OP = re.compile(rb"^[ \t]*(?:from|import)[ \t]+(alembic|flask_revisions)\b", re.MULTILINE)


def _read_back(content: bytes, new: NewRevision, path: str) -> Revision:
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
