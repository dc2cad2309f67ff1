"""The extension is the same for every database: its tests run on SQLite."""

from __future__ import annotations

import pytest

from ..projects import Project


@pytest.fixture
def kind() -> str:
    return "sqlite"


@pytest.fixture
def pair(project: Project) -> Project:
    """A project with two revisions, `aaaa1111` and `bbbb2222` after it."""
    project.table("aaaa1111")
    project.table("bbbb2222", "aaaa1111")
    return project
