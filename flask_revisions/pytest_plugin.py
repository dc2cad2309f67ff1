"""pytest fixtures for an application's own tests; they do nothing until a test asks for one.

A project overrides `revisions_app_factory` in its `conftest.py`; the rest follows from that. Each process of
pytest-xdist makes databases of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import URL

    from .testing.rollback import Shared

URL_VARIABLE = "FLASK_REVISIONS_TEST_URL"
"""The environment variable with the URL of a database on the server that tests run on."""


@pytest.fixture(scope="session")
def revisions_app_factory() -> Callable[[str], Flask]:
    """Return what makes the application for a database URL. A project overrides it."""
    raise pytest.UsageError(
        "flask-revisions does not know how to make the application: define a session fixture 'revisions_app_factory' "
        "in conftest.py that returns a function from a database URL to an application."
    )


@pytest.fixture(scope="session")
def revisions_url() -> str:
    """Return the URL of a database on the server where databases for tests are made; SQLite by default."""
    return os.environ.get(URL_VARIABLE, "sqlite://")


@pytest.fixture(scope="session")
def revisions_data() -> Mapping[str, Mapping[str, list[dict[str, Any]]]]:
    """Return rows that an upgrade has to keep: for a revision's id tables with their rows. A project overrides it."""
    return {}


@pytest.fixture(scope="session")
def revisions_template(
    revisions_app_factory: Callable[[str], Flask], revisions_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[URL]:
    """Upgrade a database once, and give its URL; nobody is connected to it."""
    from sqlalchemy import make_url

    from .testing.databases import empty_database

    with empty_database(make_url(revisions_url), tmp_path_factory.mktemp("revisions")) as url:
        with _application(revisions_app_factory, url, upgraded=True):
            pass
        yield url


@pytest.fixture
def revisions_app(
    revisions_app_factory: Callable[[str], Flask], revisions_url: str, revisions_template: URL, tmp_path: Path
) -> Iterator[Flask]:
    """Give the application with an upgraded database of its own: a copy of one that was upgraded once."""
    with _copied(revisions_app_factory, revisions_url, revisions_template, tmp_path) as app:
        yield app


@pytest.fixture(scope="session")
def revisions_shared(
    revisions_app_factory: Callable[[str], Flask],
    revisions_url: str,
    revisions_template: URL,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shared]:
    """Give what lends the application on one database, and rolls back what was done there."""
    from .testing.rollback import Shared

    folder = tmp_path_factory.mktemp("revisions-shared")
    shared = Shared(lambda: _copied(revisions_app_factory, revisions_url, revisions_template, folder))
    yield shared
    shared.close()


@pytest.fixture
def revisions_rollback_app(revisions_shared: Shared) -> Iterator[Flask]:
    """Give the application, once for all tests, on an upgraded database; what a test does there is rolled back."""
    from .errors import TransactionEnded

    try:
        with revisions_shared.lent() as app:
            yield app
    except TransactionEnded as error:
        pytest.fail(f"{error.message} {error.hint}", pytrace=False)


@pytest.fixture
def revisions_empty_app(
    revisions_app_factory: Callable[[str], Flask], revisions_url: str, tmp_path: Path
) -> Iterator[Flask]:
    """Give the application with an empty database of its own."""
    from sqlalchemy import make_url

    from .testing.databases import empty_database

    with (
        empty_database(make_url(revisions_url), tmp_path) as url,
        _application(revisions_app_factory, url) as app,
    ):
        yield app


@contextmanager
def _copied(factory: Callable[[str], Flask], server_url: str, template: URL, folder: Path) -> Iterator[Flask]:
    """Make an application on a copy of a database; where that cannot be copied, on one that is upgraded anew."""
    from sqlalchemy import make_url

    from .testing.databases import copied_database, empty_database

    server = make_url(server_url)
    with copied_database(template, server, folder) as url:
        if url is not None:
            with _application(factory, url) as app:
                yield app
            return
    with empty_database(server, folder) as url, _application(factory, url, upgraded=True) as app:
        yield app


@contextmanager
def _application(factory: Callable[[str], Flask], url: URL, *, upgraded: bool = False) -> Iterator[Flask]:
    """Make an application, and close its connections in the end."""
    from .project import open_project

    app = factory(url.render_as_string(hide_password=False))
    if upgraded:
        with app.app_context():
            app.extensions["revisions"].revisions.upgrade("heads")
    try:
        yield app
    finally:
        with open_project(app, lenient=True) as project:
            for each in project.databases:
                if not each.dialect.is_async:  # those of asyncio live in loops of the application
                    each.engine.dispose()
