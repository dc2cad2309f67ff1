"""SQL text that the database's own client takes gives what running the revisions gives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask_revisions import op
from flask_revisions.scripts.eject import DIRECTIVES

from ..projects import Project
from ..servers import fresh_database
from .clients import dump, feed, require_clients
from .every_directive import LEFT_OUT, directives, write_history


@pytest.fixture
def other(kind: str, tmp_path: Path) -> Iterator[str]:
    """A second empty database, for the script."""
    require_clients(kind)
    with fresh_database(kind, tmp_path) as url:
        yield url


def test_a_script_from_base_from_the_middle_and_down(project: Project, kind: str, other: str) -> None:
    write_history(project, kind)
    revisions = project.revisions()
    revisions.upgrade("a1")
    feed(other, revisions.sql("upgrade", "a1"))
    assert dump(other) == dump(project.url)
    revisions.upgrade()
    feed(other, revisions.sql("upgrade", "a1:head"))
    assert dump(other) == dump(project.url)
    revisions.downgrade("a1")
    feed(other, revisions.sql("downgrade", "head:a1"))
    assert dump(other) == dump(project.url)
    revisions.downgrade("base")
    feed(other, revisions.sql("downgrade", "a1:base"))
    assert dump(other) == dump(project.url)


def test_the_whole_at_once_and_a_stamp(project: Project, kind: str, other: str) -> None:
    write_history(project, kind)
    revisions = project.revisions()
    revisions.upgrade("a1")
    revisions.upgrade()
    revisions.stamp("b2")
    feed(other, revisions.sql("upgrade"))
    feed(other, revisions.sql("stamp", f"{'c3' if kind == 'sqlite' else 'e5'}:b2"))
    assert dump(other) == dump(project.url)


@pytest.mark.parametrize("each", [True, False])
def test_transactions_are_written_around_each_revision_or_around_all(project: Project, kind: str, each: bool) -> None:
    for number in (1, 2, 3):
        project.table(f"a{number}", f"a{number - 1}" if number > 1 else None)
    revisions = project.revisions(transaction_per_migration=each)
    pairs = 0 if kind == "mariadb" else 3 if each else 1
    for text in (revisions.sql("upgrade"), revisions.sql("downgrade", "a3:base")):
        words = re.findall(r"^(BEGIN|COMMIT|CREATE|DROP)\b.*?;?$", text, re.MULTILINE)
        assert words.count("BEGIN") == words.count("COMMIT") == pairs
        assert not pairs or (words[0], words[-1]) == ("BEGIN", "COMMIT")
    assert "alembic_version" in revisions.sql("upgrade").partition("t_a1")[0], "the version table comes first"
    assert revisions.sql("upgrade", "a2:a3").count("CREATE TABLE") == 1


def test_the_history_leaves_no_directive_out(project: Project, kind: str) -> None:
    write_history(project, kind)
    batch = {f"batch.{name}" for name in vars(op.BatchOperations) if not name.startswith("_")}
    every = {name for name in {*op.__all__, *batch} if name.rpartition(".")[2] in DIRECTIVES | {"create_table"}}
    assert directives(project) & every == every - LEFT_OUT[kind]
