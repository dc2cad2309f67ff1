"""The pytest plugin, in the tests of a second project."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ..projects import python_path
from ..servers import SERVERS, require, server_url

PROJECT = Path(__file__).parent / "project"
READY = 5
ROLLBACK, OF_SERVERS = 6, 3
"""Tests with one database that are run on all kinds, and those that are run on servers alone."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the project."""
    return Path(shutil.copytree(PROJECT, tmp_path / "project", ignore=shutil.ignore_patterns("__pycache__")))


def run(
    folder: Path, *arguments: str, url: str = "sqlite://", autoload: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run the project's tests; without what other plugins there may be, it takes half the time.

    :param autoload: load ours as users have it loaded, with all the others.
    """
    plugins = () if autoload else ("-p", "flask_revisions.pytest_plugin")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    path = os.pathsep.join((str(folder), python_path()))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder)]
    return subprocess.run(
        [*command, *plugins, *arguments],
        cwd=folder,
        env={
            **kept,
            "PYTHONPATH": path,
            "FLASK_REVISIONS_TEST_URL": url,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "" if autoload else "1",
        },
        capture_output=True,
        text=True,
        timeout=300,
    )


def databases(kind: str) -> set[str]:
    """The databases for tests that are there."""
    import sqlalchemy as sa

    engine = sa.create_engine(server_url(kind))
    statement = "SELECT datname FROM pg_database" if kind == "postgresql" else "SHOW DATABASES"
    with engine.connect() as connection:
        names = set(connection.execute(sa.text(statement)).scalars())
    engine.dispose()
    return {name for name in names if name.startswith("revisions_test_")}


@pytest.mark.parametrize("kind", ["sqlite", *SERVERS])
def test_every_test_has_an_upgraded_database_of_its_own(folder: Path, kind: str) -> None:
    require(kind)
    url = "sqlite://" if kind == "sqlite" else server_url(kind).render_as_string(hide_password=False)
    before = databases(kind) if kind != "sqlite" else set()
    chosen, count = ("revisions or [1] or [2]", READY + 2) if kind == "sqlite" else ("models or up_down or [1]", 3)
    files = ("tests/test_authors.py", "tests/test_revisions.py")
    done = run(folder, *files, "-k", chosen, url=url, autoload=kind == "sqlite")
    assert f"{count} passed" in done.stdout, done.stdout
    assert kind == "sqlite" or databases(kind) <= before, "and drops it"


@pytest.mark.parametrize("kind", ["sqlite", *SERVERS])
def test_what_is_done_in_the_one_database_of_all_tests_is_rolled_back(folder: Path, kind: str) -> None:
    require(kind)
    url = "sqlite://" if kind == "sqlite" else server_url(kind).render_as_string(hide_password=False)
    before = databases(kind) if kind != "sqlite" else set()
    done = run(folder, "tests/test_rollback.py", url=url)
    count = ROLLBACK if kind == "sqlite" else ROLLBACK + OF_SERVERS
    assert f"{count} passed" in done.stdout, done.stdout
    assert kind == "sqlite" or databases(kind) <= before, "and it is dropped"


@pytest.mark.parametrize("kind", SERVERS)
def test_a_test_that_commits_by_itself_fails_and_the_next_has_another_database(folder: Path, kind: str) -> None:
    require(kind)
    done = run(folder, "tests/commits.py", "-rfE", url=server_url(kind).render_as_string(hide_password=False))
    assert "1 failed, 1 passed, 1 error" in done.stdout, done.stdout
    assert "ended the transaction that is rolled back after it" in done.stdout and "revisions_app" in done.stdout


def test_under_xdist(folder: Path) -> None:
    pytest.importorskip("xdist")
    done = run(folder, "-p", "xdist", "-n", "2")
    assert f"{50 + READY + ROLLBACK} passed" in done.stdout, done.stdout


def test_broken_revisions_fail_by_name(folder: Path) -> None:
    path = folder / "migrations" / "versions" / "0002_books.py"
    source = path.read_text("utf-8")
    path.write_text(source.replace('op.drop_table("book")', "pass").replace("80), nullable=False", "80)"), "utf-8")
    done = run(folder, "tests/test_revisions.py", "-rf")
    for name, said in (("up_down_up_leaves_no_trace", "b2b2b2b2b2b2"), ("models_match_the_revisions", "title")):
        line = next(each for each in done.stdout.splitlines() if f"test_revisions.py::test_{name} - " in each)
        assert line.startswith("FAILED") and said in done.stdout, done.stdout
    assert "2 failed, 3 passed" in done.stdout


def test_a_revision_that_cannot_be_taken_back_fails_by_name(folder: Path) -> None:
    path = folder / "migrations" / "versions" / "0002_books.py"
    upgrade = path.read_text("utf-8").partition("\n\ndef downgrade")[0]
    path.write_text(f"{upgrade}    op.get_bind().exec_driver_sql('SELECT 1').scalar()\n", "utf-8")
    done = run(folder, "tests/test_revisions.py", "-k", "taken_back")
    assert "FAILED tests/test_revisions.py::test_every_revision_can_be_taken_back" in done.stdout, done.stdout
    assert "b2b2b2b2b2b2" in done.stdout


def test_two_heads_fail_by_name(folder: Path) -> None:
    versions = folder / "migrations" / "versions"
    source = (versions / "0002_books.py").read_text("utf-8").replace("book", "tome")
    (versions / "0003.py").write_text(source.replace("b2b2b2b2b2b2", "c3c3c3c3c3c3"), "utf-8")
    done = run(folder, "tests/test_revisions.py", "-k", "one_head")
    assert "there are 2 heads, b2b2b2b2b2b2, c3c3c3c3c3c3: 'flask db merge heads' joins them" in done.stdout


def test_without_a_factory_it_says_what_to_define(folder: Path) -> None:
    (folder / "tests" / "conftest.py").write_text("")
    done = run(folder, "tests/test_authors.py", "-x")
    assert "define a session fixture 'revisions_app_factory'" in done.stdout


def test_the_plugin_loads_nothing_until_it_is_used() -> None:
    code = "import sys, flask_revisions.pytest_plugin; print(sorted(m for m in sys.modules if 'sqlalchemy' in m))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
