"""The histories of `histories.toml`, as values."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

TOML: Any = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Way:
    """A way down: from where it begins to what is to be left, one command for each."""

    start: str
    targets: tuple[str, ...]


@dataclass(frozen=True)
class History:
    """A published history, and what its revisions need; `histories.toml` says what each key means."""

    name: str
    package: str
    version: str
    environment: str
    locations: tuple[str, ...]
    databases: Mapping[str, tuple[Way, ...]]
    keywords: Mapping[str, Any] = field(default_factory=dict)
    run_kwargs: Mapping[str, Any] = field(default_factory=dict)
    naming: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    standin: str | None = None
    recursive: bool = False
    first: bool = False
    borrows: bool = False
    light: bool = False

    @property
    def version_table(self) -> str:
        """The table that says what is applied."""
        return str(self.keywords.get("version_table", "alembic_version"))


@dataclass(frozen=True)
class Environment:
    """What is installed for histories.

    :param requirements: what is asked for.
    :param beside: True if it is a folder to put on the path, and not an environment of its own.
    """

    name: str
    requirements: tuple[str, ...]
    beside: bool = False

    @property
    def pins(self) -> Path:
        """The file with the release of every package."""
        return HERE / "requirements" / f"{self.name}.txt"


def read_histories() -> dict[str, History]:
    """Return the histories by name, in the order of the file."""
    return {name: _history(name, dict(found)) for name, found in _read()["histories"].items()}


def read_environments() -> dict[str, Environment]:
    """Return the environments by name."""
    return {
        name: Environment(name, tuple(found["requirements"]), found.get("beside", False))
        for name, found in _read()["environments"].items()
    }


def _read() -> dict[str, Any]:
    found: dict[str, Any] = TOML.loads((HERE / "histories.toml").read_text(encoding="utf-8"))
    return found


def _history(name: str, found: dict[str, Any]) -> History:
    databases = {kind: tuple(map(_way, ways)) for kind, ways in found.pop("databases").items()}
    return History(name=name, databases=databases, locations=tuple(found.pop("locations")), **found)


def _way(text: str) -> Way:
    start, _, targets = text.partition(" > ")
    return Way(start, tuple(targets.split()))
