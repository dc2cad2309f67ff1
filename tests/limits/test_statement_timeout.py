"""A statement that takes too long is ended, whatever the database."""

from __future__ import annotations

import time

import pytest
from flask_revisions.errors import StatementTimeout

from ..projects import Project
from .test_interrupts import SLOW


@pytest.mark.parametrize("block", [False, True], ids=["in the transaction", "in an autocommit block"])
@pytest.mark.parametrize("prefix", ["", "CREATE TABLE slow AS "], ids=["data", "definition"])
def test_a_statement_is_ended_and_the_error_names_it(project: Project, kind: str, block: bool, prefix: str) -> None:
    project.table("a1")
    slow = SLOW[kind].replace(
        "SELECT pg_sleep(60)", "SELECT 1 FROM pg_sleep(60)"
    )  # which returns no value for a column
    line = f"op.execute({prefix + slow!r})"
    project.script("b2", "a1", f"with op.get_context().autocommit_block():\n    {line}" if block else line)
    began = time.monotonic()
    with pytest.raises(StatementTimeout, match=r"took longer than 0.5 seconds, and was ended") as caught:
        project.revisions(statement_timeout=0.5).upgrade()
    assert time.monotonic() - began < 5 and caught.value.exit_code == 5
    assert caught.value.message.startswith("Upgrade of b2 failed at migrations/versions/b2.py:")
    assert "REVISIONS_STATEMENT_TIMEOUT" in caught.value.hint and project.applied() == {"a1"}
    project.script("b2", "a1")
    assert project.revisions(statement_timeout=20.0, lock_timeout=2.0).upgrade(), "no lock has stayed"


def test_a_statement_that_is_quick_enough_is_not(project: Project) -> None:
    project.table("a1")
    project.script("b2", "a1", "op.execute('INSERT INTO t_a1 (id) VALUES (1)')\nimport time\ntime.sleep(0.5)")
    assert len(project.revisions(statement_timeout=0.3).upgrade()) == 2
