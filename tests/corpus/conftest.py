"""The option that says whether Alembic is there, and this checkout as it is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from .runs import ABSENT, INSTALLED


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--alembic",
        choices=(ABSENT, INSTALLED, "both"),
        default=ABSENT,
        help="whether histories are run with Alembic installed, and imported by the application beforehand",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "alembic" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--alembic", ABSENT)
        metafunc.parametrize("alembic", (ABSENT, INSTALLED) if chosen == "both" else (chosen,))


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that this checkout is installed in, once for all tests."""
    return tmp_path_factory.mktemp("checkout")
