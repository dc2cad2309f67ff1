"""What a project of Alembic, Flask-Migrate or Flask-Alembic has set in files and dictionaries of theirs.

Read are data: the keys of an ini file, of `[tool.alembic]` in `pyproject.toml`, and of `app.config["ALEMBIC"]` and
`["ALEMBIC_CONTEXT"]`. What they say is a default: every setting of ours wins.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError, DirectoryError
from .directory import locate

INI = "alembic.ini"
PYPROJECT = "pyproject.toml"
_TOOL = b"[tool.alembic"


@dataclass(frozen=True)
class Inherited:
    """What those files and dictionaries say.

    :param values: by the names of our settings, and of keywords that say how models are compared.
    :param options: the main section of the ini file, for scripts to ask `op.get_context().config`.
    :param sections: its other sections.
    :param file: that ini file.
    :param source: what to name in an error about a value.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    sections: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    file: str | None = None
    source: str = ""


def inherited(config: Mapping[str, Any], folder: Path, project: Iterable[Path], root_path: str) -> Inherited:
    """Return what there is for a revisions folder; an ini file comes before `pyproject.toml`, that before the rest.

    :param config: the application's configuration.
    :param folder: the folder of the revisions, which need not be there.
    :param project: where the project's own `alembic.ini` and `pyproject.toml` may be; they are taken if their
        `script_location` is `folder`.
    :param root_path: the application's, from which Flask-Alembic counts.
    :raises ConfigurationError: a file cannot be read, or a value in it is none.
    """
    dictionaries = _flask_alembic(config, folder, root_path)
    found = next(filter(None, (*_ini_files(folder, project), *_toml_files(folder, project))), None)
    if found is None:
        source = 'app.config["ALEMBIC"]' if dictionaries else ""
        return Inherited(values=dictionaries, source=source)
    return Inherited({**dictionaries, **found.values}, found.options, found.sections, found.file, found.source)


def location_of_project(project: Iterable[Path]) -> str | None:
    """Return the folder that the `script_location` of a project's `alembic.ini` or `pyproject.toml` names."""
    for place in project:
        for data in (_read_ini(place / INI), _read_toml(place / PYPROJECT)):
            location = data.options.get("script_location") if data else None
            if location:
                return locate(str(location), str(place))
    return None


# -- files ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Data:
    """One file: the options of the main section, and the other sections; lists stay lists in a TOML file."""

    path: Path
    options: Mapping[str, Any]
    sections: Mapping[str, Mapping[str, str]]


def _ini_files(folder: Path, project: Iterable[Path]) -> Iterator[Inherited | None]:
    yield _taken(_read_ini(folder / INI))
    for place in project:
        data = _read_ini(place / INI)
        if data and _is_same(place, data.options.get("script_location"), folder):
            yield _taken(data)


def _toml_files(folder: Path, project: Iterable[Path]) -> Iterator[Inherited | None]:
    for place in project:
        data = _read_toml(place / PYPROJECT)
        if data and _is_same(place, data.options.get("script_location"), folder):
            yield _taken(data)


def _is_same(place: Path, location: object, folder: Path) -> bool:
    if not isinstance(location, str) or not location:
        return False
    try:
        return os.path.realpath(locate(location, str(place))) == os.path.realpath(folder)
    except DirectoryError:  # a package that is not there
        return False


def _taken(data: _Data | None) -> Inherited | None:
    if data is None:
        return None
    values = _settings(data.options, data.sections.get("post_write_hooks", {}), data.path.parent)
    texts = {name: value for name, value in data.options.items() if isinstance(value, str)}
    return Inherited(values, texts, data.sections, str(data.path), str(data.path))


def _read_ini(path: Path) -> _Data | None:
    content = _content(path)
    if content is None:
        return None
    # Here, since most projects have no such file.
    import configparser

    parser = configparser.ConfigParser({"here": str(path.parent.absolute()).replace("%", "%%")})
    try:
        parser.read_string(content.decode("utf-8-sig"), str(path))
        named = {name: _section(parser, name) for name in parser.sections()}
    except (configparser.Error, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    main = named.pop("alembic", {})
    return _Data(path, main, named)


def _section(parser: Any, name: str) -> dict[str, str]:
    """Return the options of a section; those of logging have percent signs of their own, and stay as they are."""
    raw = name in ("loggers", "handlers", "formatters") or name.startswith(("logger_", "handler_", "formatter_"))
    return {key: value for key, value in parser.items(name, raw=raw) if key != "here"}


def _read_toml(path: Path) -> _Data | None:
    content = _content(path)
    if content is None or _TOOL not in content:
        return None
    tomllib = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        table = tomllib.loads(content.decode("utf-8"))["tool"]["alembic"]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise _unreadable(path, error) from error
    here = str(path.parent.absolute())
    return _Data(path, {name: _expanded(value, here) for name, value in table.items()}, {})


def _expanded(value: Any, here: str) -> Any:
    """Return a value of a TOML file with its tokens expanded, as an ini file has them."""
    if isinstance(value, str):
        return value.replace("%(here)s", here).replace("%%", "%")
    if isinstance(value, list):
        return [_expanded(each, here) for each in value]
    if isinstance(value, dict):
        return {name: _expanded(each, here) for name, each in value.items()}
    return value


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> ConfigurationError:
    said = error.strerror if isinstance(error, OSError) and error.strerror else " ".join(str(error).split())
    return ConfigurationError(f"{path} cannot be read: {said}.", "correct the file, or remove it.")


# -- keys -------------------------------------------------------------------------------------------------

_SAME = ("file_template", "timezone", "truncate_slug_length", "output_encoding")
_FLAGS = {"sourceless": "sourceless", "recursive_version_locations": "recursive"}
_SEPARATORS = {"space": " ", "newline": "\n", "os": os.pathsep, ":": ":", ";": ";"}
_OLD_SEPARATOR = re.compile(r", *| +")


def _settings(options: Mapping[str, Any], hooks: Mapping[str, str], here: Path) -> dict[str, Any]:
    """Return the values of our settings that the main section and the hooks of a file give."""
    values: dict[str, Any] = {name: options[name] for name in _SAME if options.get(name) not in (None, "")}
    for key, name in _FLAGS.items():
        if key in options:
            values[name] = options[key] is True or options[key] == "true"
    locations = _locations(options)
    if locations:
        values["version_locations"] = locations
    listed = _hooks_of_section(hooks) if hooks else _hooks_of_table(options.get("post_write_hooks", ()), here)
    if listed:
        values["post_write_hooks"] = listed
    return values


def _locations(options: Mapping[str, Any]) -> tuple[str, ...]:
    given = options.get("version_locations") or ()
    if not isinstance(given, str):
        return tuple(given)
    named = options.get("path_separator") or options.get("version_path_separator")
    if not named:
        return tuple(filter(None, _OLD_SEPARATOR.split(given.strip())))
    if named not in _SEPARATORS:
        raise ConfigurationError(
            f"path_separator = '{named}' is none that an ini file can have.",
            f"write one of {', '.join(_SEPARATORS)}, or set REVISIONS_VERSION_LOCATIONS.",
        )
    return tuple(each.strip() for each in given.split(_SEPARATORS[named]) if each.strip())


def _hooks_of_section(section: Mapping[str, str]) -> tuple[dict[str, Any], ...]:
    """Return the hooks of `[post_write_hooks]`: `hooks` names them, `<name>.<key>` says what each one is."""
    names = filter(None, _OLD_SEPARATOR.split(" ".join(section.get("hooks", "").split())))
    return tuple(
        {
            "name": name,
            **{key[len(name) + 1 :]: value for key, value in section.items() if key.startswith(f"{name}.")},
        }
        for name in names
    )


def _hooks_of_table(tables: Any, here: Path) -> tuple[dict[str, Any], ...]:
    if not isinstance(tables, (list, tuple)) or not all(isinstance(each, dict) for each in tables):
        raise ConfigurationError(
            f"post_write_hooks in {here / PYPROJECT} is no list of tables.", "write [[tool.alembic.post_write_hooks]]."
        )
    return tuple(dict(each) for each in tables)


# -- the dictionaries of Flask-Alembic --------------------------------------------------------------------


def _flask_alembic(config: Mapping[str, Any], folder: Path, root_path: str) -> dict[str, Any]:
    """Return what `app.config["ALEMBIC"]` and `app.config["ALEMBIC_CONTEXT"]` say, with paths from `root_path`."""
    given, context = _dictionary(config, "ALEMBIC"), _dictionary(config, "ALEMBIC_CONTEXT")
    texts = {name: value.replace("%%", "%") if isinstance(value, str) else value for name, value in given.items()}
    hooks: Any = texts.pop("post_write_hooks", {})
    locations = [each if isinstance(each, str) else each[1] for each in texts.pop("version_locations", ())]
    values = _settings(texts, hooks, folder)
    if locations:
        home = folder / "versions" if (folder / "versions").is_dir() else folder
        values["version_locations"] = (str(home), *(_from_root(each, root_path) for each in locations))
    return values | dict(context)


def _dictionary(config: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = config.get(key) or {}
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"{key} cannot be {value!r}.", "set it to a dictionary, or remove it.")
    return value


def location_of_dictionary(config: Mapping[str, Any], root_path: str) -> str | None:
    """Return the folder that `app.config["ALEMBIC"]` names, or None."""
    named = _dictionary(config, "ALEMBIC").get("script_location")
    return _from_root(named, root_path) if isinstance(named, str) and named else None


def _from_root(location: str, root_path: str) -> str:
    return location if ":" in location or Path(location).is_absolute() else str(Path(root_path, location))
