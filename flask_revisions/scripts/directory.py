"""Where revision files are, and the graph that they make."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path

from ..config import DIRECTORY
from ..errors import DirectoryError
from ..graph.graph import RevisionGraph
from .parse import COMPILED, Execute, parse_file

VERSIONS = "versions"
TEMPLATE = "script.py.jinja"
"""The project's own template, in the folder of the revisions."""

_PROJECT_FILES = ("pyproject.toml", "setup.py", ".git")
_PACKAGE_FOLDER = re.compile(r"(?P<package>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):(?P<folder>.+)", re.DOTALL)
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


@dataclass(frozen=True)
class Directory:
    """The folder of a project's revisions.

    :param path: the folder itself, absolute; a template of the project's own is there.
    :param location: the folder with the files: `versions` in it, or the folder itself where it is a flat one.
    :param warning: one sentence if a second folder could have been meant, else empty.
    """

    path: str
    location: str
    warning: str = ""


# -- which folder ----------------------------------------------------------------------------------


def find_directory(name: str, *, working_directory: str, root_path: str | None = None) -> Directory:
    """Return the first candidate that holds revisions, else the first that exists.

    :param name: a path, or `package:folder`.
    :param root_path: the application's `root_path`.
    :raises DirectoryError: there is none, or a file is in its place.
    """
    places = [Path(each) for each in candidates(name, working_directory=working_directory, root_path=root_path)]
    existing = [each for each in places if os.path.lexists(each)]
    if not existing:
        looked = " or ".join(map(str, places))
        hint = "'flask db init' makes one"
        if name == DIRECTORY:
            hint += "; REVISIONS_DIRECTORY says where it is, if it is somewhere else"
        raise DirectoryError(f"There is no revisions folder {looked}.", f"{hint}.", path=str(places[0]))
    full = [each for each in existing if _holds_revisions(each)] if len(existing) > 1 else []
    chosen = (full or existing)[0]
    if not is_folder(chosen):
        raise DirectoryError(
            f"{chosen} is a file where the revisions folder should be.",
            "move it away and run 'flask db init', or set REVISIONS_DIRECTORY.",
            path=str(chosen),
        )
    warning = ""
    if len(full) > 1:
        warning = f"Both {full[0]} and {full[1]} hold revisions: the first is used, unless REVISIONS_DIRECTORY "
        warning += "is set to the full path of the other."
    return Directory(str(chosen), str(location_in(chosen)), warning)


def candidates(name: str, *, working_directory: str, root_path: str | None = None) -> tuple[str, ...]:
    """Return the places where the folder may be, the likeliest first; a new one is made in the first.

    These are: an absolute path and `package:folder` as they are; a relative path from the working directory,
    from the application's root path, and from that path's parents up to the project's root.
    """
    first = locate(name, working_directory)
    if Path(name).is_absolute() or _as_package(name, working_directory) is not None or root_path is None:
        return (first,)
    root = Path(root_path).absolute()
    places: dict[str, str] = {}
    for place in (first, *(str(each / name) for each in (root, *_parents_in_project(root)))):
        places.setdefault(os.path.realpath(place), place)
    return tuple(places.values())


def project_folders(working_directory: str, root_path: str) -> tuple[Path, ...]:
    """Return where files of the whole project may be: the working directory, the application's, its parents."""
    root = Path(root_path).absolute()
    return tuple(dict.fromkeys((Path(working_directory), root, *_parents_in_project(root))))


def _parents_in_project(root: Path) -> list[Path]:
    """Return the parents of a path up to the nearest one that looks like a project's root.

    Without one, they end with the folder that holds the outermost package.
    """
    if _is_project(root):
        return []
    parents = list(root.parents)
    for number, parent in enumerate(parents):
        if _is_project(parent):
            return parents[: number + 1]
    packages = 0
    while packages < len(parents) and os.path.lexists([root, *parents][packages] / "__init__.py"):
        packages += 1
    return parents[:packages]


def _is_project(path: Path) -> bool:
    return any(os.path.lexists(path / name) for name in _PROJECT_FILES)


def location_in(directory: Path) -> Path:
    """Return the folder with the revision files of a revisions folder; see `Directory`."""
    versions = directory / VERSIONS
    return directory if not is_folder(versions) and _has_revision(directory) else versions


def is_folder(path: Path) -> bool:
    """Return True for a folder; False, too, for what cannot be looked at."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _holds_revisions(directory: Path) -> bool:
    return is_folder(directory) and _has_revision(location_in(directory))


def _has_revision(folder: Path) -> bool:
    """Return True if some file there looks like a revision; not every folder `migrations` is ours."""
    try:
        return any(
            b"down_revision" in Path(entry.path).read_bytes() for entry in scan(folder) if _is_revision_file(entry)
        )
    except (OSError, DirectoryError):
        return False


# -- locations -------------------------------------------------------------------------------------


def locate(location: str, working_directory: str) -> str:
    """Return the absolute path of a location: a path, or `package:folder`. Nothing is imported.

    :raises DirectoryError: there is no such package.
    """
    split = _as_package(location, working_directory)
    if split is None:
        return os.path.normpath(Path(working_directory, location))
    package, folder = split
    homes = _package_folders(package)
    if not homes:
        raise DirectoryError(
            f"There is no package '{package}' for the location '{location}'.",
            "correct the name, install the package, or write the path of the folder.",
            path=location,
        )
    inside = [Path(home, *folder.split(":")) for home in homes]
    return str(next((each for each in inside if is_folder(each)), inside[0]))


def _as_package(location: str, working_directory: str) -> tuple[str, str] | None:
    """Return package and folder, or None for a path: `C:\\x` is one, and so is whatever exists."""
    found = _PACKAGE_FOLDER.fullmatch(location)
    if found is None or _DRIVE.match(location) or is_folder(Path(working_directory, location)):
        return None
    return found["package"], found["folder"]


def _package_folders(package: str) -> list[str]:
    """Return the folders of a package, found as an import finds them; no `__init__.py` is run."""
    folders: list[str] | None = None
    name = ""
    for part in package.split("."):
        name = f"{name}.{part}" if name else part
        loaded = sys.modules.get(name)
        if loaded is not None:
            folders = list(getattr(loaded, "__path__", ()))
        else:
            spec = _find_spec(name, folders)
            folders = list(spec.submodule_search_locations or ()) if spec else []
        if not folders:
            return []
    return folders or []


def _find_spec(name: str, folders: list[str] | None) -> ModuleSpec | None:
    for finder in sys.meta_path:
        spec = finder.find_spec(name, folders)
        if spec is not None:
            return spec
    return None


# -- files -----------------------------------------------------------------------------------------


def find_files(locations: Iterable[str], *, recursive: bool = False, sourceless: bool = False) -> tuple[str, ...]:
    """Return the revision files in folders, each once, in the order of their names.

    Hidden files (`.#...` of editors, too), `__init__.py` and `env.py` are none.

    :param recursive: look into the folders below, too.
    :param sourceless: take compiled files, too, where their source is not there.
    :raises DirectoryError: a location is missing or cannot be read, or a file is a link to nothing.
    """
    seen: dict[tuple[str, str], str] = {}
    for location in locations:
        for folder in _with_folders_below(location) if recursive else (location,):
            real = os.path.realpath(folder)
            for entry in (*_entries(folder), *(_compiled_entries(folder) if sourceless else ())):
                key = os.path.split(_target(entry)) if entry.is_symlink() else (real, entry.name)
                seen.setdefault(key, entry.path)
    return tuple(seen.values())


def read_graph(
    locations: Iterable[str], *, recursive: bool = False, sourceless: bool = False, execute: Execute
) -> RevisionGraph:
    """Return the revisions in folders as a graph.

    :param execute: runs one file and returns its globals, for headers that are no literals.
    :raises DirectoryError: see `find_files`.
    :raises HeaderError: see `parse_file`.
    :raises GraphError: the files contradict each other.
    """
    files = find_files(locations, recursive=recursive, sourceless=sourceless)
    return RevisionGraph(parse_file(path, execute) for path in files)


def _with_folders_below(location: str) -> Iterator[str]:
    pending = [location]
    while pending:
        folder = pending.pop()
        yield folder
        below = [entry for entry in scan(folder) if entry.is_dir(follow_symlinks=False)]
        below = [entry for entry in below if entry.name != "__pycache__" and not entry.name.startswith(".")]
        pending.extend(entry.path for entry in sorted(below, key=_name, reverse=True))


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _entries(folder: str) -> list[os.DirEntry[str]]:
    return sorted((entry for entry in scan(folder) if _is_revision_file(entry)), key=_name)


def _compiled_entries(folder: str) -> list[os.DirEntry[str]]:
    """Return the compiled files beside the sources, and those of this Python in `__pycache__`, that have no source."""
    tag = f".{sys.implementation.cache_tag}"
    sources = {entry.name for entry in scan(folder)}
    found = [(entry, entry.name.removesuffix(COMPILED)) for entry in scan(folder) if entry.name.endswith(COMPILED)]
    cache = Path(folder, "__pycache__")
    if is_folder(cache):
        found += [
            (entry, entry.name.removesuffix(tag + COMPILED))
            for entry in scan(cache)
            if entry.name.endswith(tag + COMPILED) and entry.name.removesuffix(tag + COMPILED) + COMPILED not in sources
        ]
    taken = [
        entry
        for entry, name in found
        if f"{name}.py" not in sources and name not in ("__init__", "env") and not name.startswith(".")
    ]
    return sorted(taken, key=_name)


def _is_revision_file(entry: os.DirEntry[str]) -> bool:
    name = entry.name
    if not name.endswith(".py") or name.startswith(".") or name in ("__init__.py", "env.py"):
        return False
    return entry.is_file() or (entry.is_symlink() and not entry.is_dir())


def _target(entry: os.DirEntry[str]) -> str:
    if not entry.is_file():
        raise DirectoryError(
            f"{entry.path} is a link to a file that is not there.",
            "restore the file, or remove the link.",
            path=entry.path,
        )
    return os.path.realpath(entry.path)


def scan(folder: str | Path) -> list[os.DirEntry[str]]:
    """Return what is in a folder.

    :raises DirectoryError: there is none, or it cannot be read.
    """
    try:
        with os.scandir(str(folder)) as entries:
            return list(entries)
    except FileNotFoundError as error:
        raise DirectoryError(f"There is no folder {folder}.", "'flask db init' makes one.", path=str(folder)) from error
    except NotADirectoryError as error:
        raise DirectoryError(
            f"{folder} is a file where a folder with revisions should be.",
            "move it away, then 'flask db init' makes the folder.",
            path=str(folder),
        ) from error
    except OSError as error:
        raise DirectoryError(
            f"The folder {folder} cannot be read: {error.strerror}.",
            "correct its permissions, or run 'flask db init' for another one.",
            path=str(folder),
        ) from error
