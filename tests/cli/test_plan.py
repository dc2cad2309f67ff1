"""`--plan` and `--dry-run`: what would run, in words and SQL, and nothing is changed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ..projects import Project
from ..servers import KINDS
from .errors import two_lines

ASKS = (
    "n = op.get_bind().execute(sa.text('SELECT count(*) FROM t_a1')).scalar()\nop.execute(f'UPDATE t_a1 SET n = {n}')"
)


def steps(project: Project, *arguments: str) -> list[dict[str, Any]]:
    result = project.cli(*arguments, "--json")
    assert result.code == 0, result
    found: list[dict[str, Any]] = json.loads(result.out)[0]["steps"]
    return found


@pytest.fixture
def marked(project: Project) -> Project:
    project.table("a1")
    project.script("b2", "a1", 'op.create_index("i", "t_a1", ["n"])')
    project.script("c3", "b2", 'op.alter_column("t_a1", "n", type_=sa.BigInteger(), existing_type=sa.Integer())')
    project.script("d4", "c3", 'op.execute("DELETE FROM t_a1")\nop.drop_table("t_a1")')
    return project


@pytest.mark.parametrize("kind", KINDS)
def test_a_plan_says_what_each_revision_does_and_runs_nothing(marked: Project, kind: str) -> None:
    shown = marked.cli("upgrade", "--plan")
    assert shown.code == 0 and "create table t_a1" in shown.out and "CREATE INDEX i ON t_a1 (n)" in shown.out
    assert "4 revisions would run on" in shown.err and marked.tables() == set()
    found = steps(marked, "upgrade", "--plan")
    assert [each["revision"] for each in found] == ["a1", "b2", "c3", "d4"]
    assert found[3]["marks"] == ["destructive"]
    assert [each["marks"] for each in found[3]["operations"]] == [["destructive"], ["destructive"]]
    assert found[0]["marks"] == [] and "rewrites the table" in found[2]["marks"]
    assert found[1]["marks"] == (["blocks writers"] if kind == "postgresql" else [])
    assert marked.cli("upgrade", "--plan", "-q").out.splitlines() == ["+ a1  a1", "+ b2  b2", "+ c3  c3", "+ d4  d4"]


def test_a_plan_of_a_downgrade(pair: Project) -> None:
    pair.cli("upgrade")
    (step,) = steps(pair, "downgrade", "--plan")
    assert step["revision"] == "bbbb2222" and step["operations"][0]["sentence"] == "drop table t_bbbb2222"
    assert step["marks"] == ["destructive"] and pair.applied() == {"bbbb2222"}
    assert "Nothing to do" in pair.cli("upgrade", "--plan").err


def test_what_depends_on_the_database_is_not_knowable(project: Project) -> None:
    project.table("a1")
    project.script("b2", "a1", ASKS)
    found = steps(project, "upgrade", "--plan")
    assert "asks the database" in found[1]["not_knowable"] and found[0]["not_knowable"] == ""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_dry_run_knows_it_and_leaves_nothing_behind(project: Project, kind: str) -> None:
    project.table("a1")
    project.script("b2", "a1", ASKS)
    found = steps(project, "upgrade", "--dry-run")
    sent = [statement for each in found[1]["operations"] for statement in each["sql"]]
    assert sent[-1] == "UPDATE t_a1 SET n = 0" and found[1]["not_knowable"] == ""
    assert project.tables() == set() and not project.applied()
    project.cli("upgrade", "a1")
    assert "1 revision ran on" in project.cli("upgrade", "--dry-run").err and project.applied() == {"a1"}
    assert project.cli("downgrade", "--dry-run").code == 0 and project.tables() == {"t_a1"}


@pytest.mark.parametrize("kind", ["mariadb"])
def test_where_definitions_cannot_be_taken_back_there_is_no_dry_run(project: Project, kind: str) -> None:
    project.table("a1")
    message, hint = two_lines(project.cli("upgrade", "--dry-run"), 1)
    assert "commits at every definition" in message and "--plan" in hint and project.tables() == set()


def test_a_dry_run_of_what_leaves_its_transaction_or_fails(project: Project) -> None:
    project.table("a1")
    project.script("b2", "a1", "with op.get_context().autocommit_block():\n    op.execute('SELECT 1')")
    message, _ = two_lines(project.cli("upgrade", "--dry-run"), 1)
    assert "leaves its transaction" in message
    project.script("b2", "a1", "op.execute('nonsense')")
    message, _ = two_lines(project.cli("upgrade", "--dry-run"), 1)
    assert "Upgrade of b2 failed at" in message and project.tables() == set()


@pytest.mark.parametrize("words", ["--plan --sql", "--plan --dry-run", "--json", "--sql --json"])
def test_options_that_do_not_go_together(pair: Project, words: str) -> None:
    for command in ("upgrade", "downgrade"):
        message, _ = two_lines(pair.cli(command, *words.split()), 2)
        assert "--" in message and pair.applied() == set()
