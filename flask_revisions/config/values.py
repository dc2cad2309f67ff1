"""The checks of settings: each takes a value as it was given and returns the one that is kept.

What is wrong is a ValueError with what was expected, as the end of a sentence.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import URL, MetaData

DEFAULT_NAMES = (None, "", "default")
"""What the default database is called where the others have the names of their binds."""


def text(value: Any) -> str:
    """Return a text that is not empty."""
    if not isinstance(value, str) or not value:
        raise ValueError("a text that is not empty")
    return value


def path(value: Any) -> str:
    """Return a path as a text."""
    if not isinstance(value, str) and not hasattr(value, "__fspath__"):
        raise ValueError("a path")
    return text(str(value))


def paths(value: Any) -> tuple[str, ...]:
    """Return paths; a single one is a list of one."""
    if isinstance(value, str) or hasattr(value, "__fspath__"):
        return (path(value),)
    if not isinstance(value, Iterable):
        raise ValueError("a list of paths")
    return tuple(path(each) for each in value)


def directory(value: Any) -> str | dict[str | None, str]:
    """Return a path, or the path of each bind."""
    if not isinstance(value, Mapping):
        return path(value)
    if not value or not all(key is None or isinstance(key, str) for key in value):
        raise ValueError("a path, or a dictionary with the path for each bind")
    return {None if key in DEFAULT_NAMES else key: path(place) for key, place in value.items()}


def binds(value: Any) -> tuple[str, ...] | bool:
    """Return names of binds, or True for all."""
    if isinstance(value, bool):
        return value or ()
    if isinstance(value, str):
        words = _WORDS.get(value.lower())
        return (value,) if words is None else words or ()
    if not isinstance(value, Iterable):
        raise ValueError("a list of names, or True for all of them")
    return tuple(text(each) for each in value if each not in DEFAULT_NAMES)


def flag(value: Any) -> bool:
    """Return True or False."""
    chosen = _WORDS.get(value.lower()) if isinstance(value, str) else value
    if not isinstance(chosen, bool):
        raise ValueError("True or False")
    return chosen


_WORDS = {"true": True, "false": False}
"""What environment variables say; they hold nothing but texts, numbers too."""


def seconds(value: Any) -> float:
    """Return a number of seconds from 0."""
    number = _number(value)
    if number is None or not number >= 0:  # not a number is not
        raise ValueError("a number of seconds")
    return number


def characters(value: Any) -> int:
    """Return a whole number from 1."""
    number = _number(value)
    if number is None or not number >= 1 or number != int(number):
        raise ValueError("a whole number from 1")
    return int(number)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def mapping(value: Any) -> dict[str, Any]:
    """Return a dictionary with texts as keys."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise ValueError("a dictionary with texts as keys")
    return dict(value)


def encoding(value: Any) -> str:
    """Return the name of an encoding."""
    try:
        return codecs.lookup(text(value)).name
    except LookupError:
        raise ValueError("an encoding that Python knows, such as 'utf-8'") from None


def hooks(value: Any) -> tuple[str | Mapping[str, Any] | Callable[..., Any], ...]:
    """Return commands, functions and dictionaries."""
    given = (value,) if isinstance(value, (str, Mapping)) or callable(value) else value
    if not isinstance(given, Iterable):
        raise ValueError("a list of commands, functions and dictionaries")
    hooks = tuple(given)
    if not all(callable(each) or (isinstance(each, (str, Mapping)) and each) for each in hooks):
        raise ValueError("a list of commands, functions and dictionaries")
    return hooks


def function(value: Any) -> Callable[..., Any]:
    """Return a function."""
    if not callable(value):
        raise ValueError("a function")
    return value  # type: ignore[no-any-return]


def functions(value: Any) -> tuple[Callable[..., Any], ...]:
    """Return functions; a single one is a list of one."""
    if callable(value):
        return (value,)
    if not isinstance(value, Iterable):
        raise ValueError("a function, or several")
    return tuple(function(each) for each in value)


def auto_upgrade(value: Any) -> bool | str:
    """Return False, `debug` or True."""
    if value == "debug":
        return "debug"
    try:
        return flag(value)
    except ValueError:
        raise ValueError("False, 'debug' or True") from None


def urls(value: Any) -> dict[str, Any]:
    """Keep URLs by the name of the bind; the default database has an empty one."""
    urls = {name or "": url for name, url in value.items()} if isinstance(value, Mapping) else {"": value}
    if not all(
        isinstance(name, str) and (isinstance(url, URL) or (isinstance(url, str) and url)) for name, url in urls.items()
    ):
        raise ValueError("a database URL, or a dictionary of them by the name of the bind (None for the default one)")
    return urls


def protected(value: Any) -> bool | str:
    """Return False, True or `destructive`."""
    if value == "destructive":
        return "destructive"
    try:
        return flag(value)
    except ValueError:
        raise ValueError("False, True or 'destructive'") from None


def engine(value: Any) -> Any:
    """Return an engine, or a dictionary of them."""
    engines = list(value.values()) if isinstance(value, Mapping) else [value]
    if not engines or not all(hasattr(each, "dialect") for each in engines):
        raise ValueError("an engine of SQLAlchemy's, or a dictionary of engines")
    return value


def metadata(value: Any) -> Any:
    """Return metadata of models: one, several, or a dictionary of those."""
    if isinstance(value, MetaData):
        return value
    if isinstance(value, Mapping):
        return {key: metadata(each) for key, each in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return tuple(metadata(each) for each in value)
    raise ValueError("a MetaData such as Base.metadata, several, or a dictionary of those")


def ddl(value: Any) -> dict[str, type]:
    """Return subclasses of GenericDDL by the name of the dialect."""
    classes = mapping(value)
    if not all(isinstance(each, type) and hasattr(each, "actions") for each in classes.values()):
        raise ValueError("a dictionary of subclasses of GenericDDL by the name of the dialect")
    return classes


def anything(value: Any) -> Any:
    """Return whatever was given."""
    return value


def or_none(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a check that lets None pass."""
    return lambda value: None if value is None else check(value)
