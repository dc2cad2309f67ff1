"""What an existing `env.py` and `script.py.mako` did that is not done any more: said once for each command."""

from __future__ import annotations

from pathlib import Path

from ..errors import ConfigurationError, DirectoryError
from ..paths import shown_path
from ..project import Project
from ..scripts.directory import TEMPLATE
from ..scripts.environment import Edited, edited_env, edited_mako

READ = "REVISIONS_ENV_PY_READ"
CURE = f"put what it does into the settings, then set {READ} = True."


def notice_environment(project: Project, *, writing: bool = False) -> None:
    """Warn of an edited `env.py`, and where files are written of an edited `script.py.mako`, as none is used.

    :param writing: True where a revision is written, False where revisions are run.
    :raises ConfigurationError: the `env.py` keeps the version table elsewhere: everything would run again.
    """
    folder = _folder(project)
    if project.settings.env_py_read or folder is None:
        return
    edited = edited_env(folder)
    if edited is not None:
        if not writing:
            _refuse_other_version_table(project, edited)
        project.warn(f"{_problem(edited)}: {CURE}")
    mako = edited_mako(folder) if writing and not (folder / TEMPLATE).exists() else None
    if mako is not None:
        project.warn(
            f"{shown_path(str(mako))} was edited, and is not used: what it adds goes into "
            f"{shown_path(str(folder / TEMPLATE))}, which "
            f"'flask db init -t default' makes; or set {READ} = True."
        )


def described_environment(project: Project) -> str:
    """Return what an edited `env.py` sets, in one sentence; empty if there is none that matters. `CURE` is for it."""
    folder = _folder(project)
    edited = None if project.settings.env_py_read or folder is None else edited_env(folder)
    return f"{_problem(edited)}." if edited is not None else ""


def warn_of_version_table(project: Project) -> None:
    """Warn where an edited `env.py` keeps the version table elsewhere: for what only looks."""
    folder = _folder(project)
    edited = None if project.settings.env_py_read or folder is None else edited_env(folder)
    if edited is not None:
        try:
            _refuse_other_version_table(project, edited)
        except ConfigurationError as error:
            project.warn(f"{error.message} To go on, {error.hint}")


def _folder(project: Project) -> Path | None:
    try:
        return Path(project.directory.path)
    except DirectoryError:
        return None


def _refuse_other_version_table(project: Project, edited: Edited) -> None:
    named = dict(edited.replaced_by)
    for name in ("version_table", "version_table_schema"):
        if name in named and getattr(project.settings, name) is None:
            value = edited.values.get(name)  # what only running it would tell is often None: a warning names it
            if value is None or (name, value) == ("version_table", project.version_table.name):
                continue
            raise ConfigurationError(
                f"{shown_path(edited.path)} sets {name} = {value!r}, and is not run: the revisions in "
                "the database would not be found.",
                f"set {named[name]} = {value!r}; or {READ} = True if it is not so.",
            )


def _problem(edited: Edited) -> str:
    listed = ", ".join(f"{name} ({replaced})" if replaced else name for name, replaced in edited.replaced_by)
    begin = f"{shown_path(edited.path)} was edited, and is not run"
    return f"{begin}; it sets {listed}" if listed else begin
