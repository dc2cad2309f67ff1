"""The templates that new revision files can be made from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...errors import ConfigurationError
from ..directory import TEMPLATE
from ..environment import MAKO
from ..legacy import INI

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Packaged:
    """A template of ours.

    :param file: in this folder.
    :param description: what it is for.
    :param also: the names that it has elsewhere.
    """

    file: str
    description: str
    also: tuple[str, ...] = ()


TEMPLATES = {
    "default": Packaged(TEMPLATE, "one database", ("flask", "generic", "aioflask", "async")),
    "multidb": Packaged("multidb.py.jinja", "several databases", ("flask-multidb", "aioflask-multidb")),
}


def find_template(name: str) -> dict[str, str]:
    """Return the files that a template puts into the folder of the revisions: the name of each, and its text.

    :param name: one of `TEMPLATES`, or what Flask-Migrate and Alembic call it; a file; a folder that holds a
        `script.py.jinja`, or a whole template of Flask-Migrate's, whose files are taken as they are.
    :raises ConfigurationError: there is no such template.
    """
    for known, each in TEMPLATES.items():
        if name == known or name in each.also:
            return {TEMPLATE: (_FOLDER / each.file).read_text("utf-8")}
    folder = Path(name) if Path(name).is_dir() else None
    path = Path(name) if folder is None else folder / TEMPLATE
    if path.suffix == ".mako":
        raise ConfigurationError(
            f"'{name}' is a template of Mako's, and templates are Jinja's here.",
            f"write what it adds to the revisions into {TEMPLATE}; an env.py is replaced by settings.",
        )
    try:
        if folder is not None and not path.exists() and (folder / MAKO).is_file():
            return _files_of_flask_migrate(folder)
        return {TEMPLATE: path.read_text("utf-8")}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"There is no template '{name}'.",
            f"'flask db list-templates' shows ours: {', '.join(TEMPLATES)}; or name a Jinja template's file.",
        ) from error


def _files_of_flask_migrate(folder: Path) -> dict[str, str]:
    """Return the files of a template folder, the ini as its template says it for a folder that holds it itself."""
    found = {each.name: each.read_text("utf-8") for each in sorted(folder.iterdir()) if each.is_file()}
    ini = found.pop(f"{INI}.mako", None)
    return found if ini is None else {**found, INI: ini.replace("${script_location}", "%(here)s")}
