"""Fixtures that all tests share: a fresh database of each kind, and a project in an empty folder."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from .projects import Project
from .servers import KINDS, drop_emptied, fresh_database, read_certificates_once

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # of a shell's background, which the commands would inherit
    with suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGINT, signal.default_int_handler)

with suppress(ImportError, AttributeError):  # no PyMySQL, or one that does it in another way
    read_certificates_once()


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of database in turn."""
    return str(request.param)


@pytest.fixture(scope="session", autouse=True)
def databases_are_dropped() -> Iterator[None]:
    """None of the databases that tests have used is left at the end."""
    yield
    drop_emptied()


@pytest.fixture
def url(kind: str, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    with fresh_database(kind, tmp_path) as made:
        yield made


@pytest.fixture
def project(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project in an empty folder, which is the working directory, with its database."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    made = Project(folder, url)
    yield made
    made.close()
