"""The pytest plugin, in the tests of a second project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ..projects import python_path
from ..servers import SERVERS, require, server_url

PROJECT = Path(__file__).parent / "project"
READY = 5


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the project."""
    return Path(shutil.copytree(PROJECT, tmp_path / "project", ignore=shutil.ignore_patterns("__pycache__")))


def run(folder: Path, *arguments: str, url: str = "sqlite://") -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    path = os.pathsep.join((str(folder), python_path()))
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), *arguments],
        cwd=folder,
        env={**kept, "PYTHONPATH": path, "FLASK_REVISIONS_TEST_URL": url},
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
    done = run(folder, "-k", "ready or revisions or number or 1" if kind == "sqlite" else "not authors or 1", url=url)
    assert done.returncode == 0 and re.search(r"\d+ passed", done.stdout), done.stdout
    assert kind == "sqlite" or databases(kind) <= before, "and drops it"


def test_under_xdist(folder: Path) -> None:
    pytest.importorskip("xdist")
    done = run(folder, "-n", "2")
    assert f"{50 + READY} passed" in done.stdout, done.stdout


BROKEN = {
    "test_up_down_up_leaves_no_trace": ('op.drop_table("book")', "pass", "b2b2b2b2b2b2"),
    "test_every_revision_can_be_taken_back": (
        'def downgrade() -> None:\n    op.drop_table("book")',
        'op.get_bind().exec_driver_sql("SELECT 1").scalar()',
        "b2b2b2b2b2b2",
    ),
    "test_models_match_the_revisions": ("sa.String(80), nullable=False", "sa.String(80)", "title"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_revision_fails_by_name(folder: Path, name: str) -> None:
    path = folder / "migrations" / "versions" / "0002_books.py"
    old, new, said = BROKEN[name]
    source = path.read_text("utf-8")
    assert old in source
    changed = source.replace(old, new)
    if new.startswith("op.get_bind"):
        changed = source[: source.index("\n\ndef downgrade")] + f"    {new}\n"
    path.write_text(changed, "utf-8")
    done = run(folder, "tests/test_revisions.py")
    assert f"FAILED tests/test_revisions.py::{name}" in done.stdout, done.stdout
    assert said in done.stdout


def test_two_heads_fail_by_name(folder: Path) -> None:
    versions = folder / "migrations" / "versions"
    source = (versions / "0002_books.py").read_text("utf-8").replace("book", "tome")
    (versions / "0003.py").write_text(source.replace("b2b2b2b2b2b2", "c3c3c3c3c3c3"), "utf-8")
    done = run(folder, "tests/test_revisions.py", "-k", "one_head")
    assert "there are 2 heads, b2b2b2b2b2b2, c3c3c3c3c3c3: 'flask db merge heads' joins them" in done.stdout


def test_without_a_factory_it_says_what_to_define(folder: Path) -> None:
    (folder / "tests" / "conftest.py").write_text("")
    done = run(folder, "tests/test_authors.py", "-k", "0-")
    done = run(folder, "tests/test_authors.py", "-x")
    assert "define a session fixture 'revisions_app_factory'" in done.stdout


def test_the_plugin_loads_nothing_until_it_is_used() -> None:
    code = "import sys, flask_revisions.pytest_plugin; print(sorted(m for m in sys.modules if 'sqlalchemy' in m))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
