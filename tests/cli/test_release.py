"""`flask db release` and `flask db status`: what they say, and how they end."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from ..databases.test_locks import HOLD, running
from ..projects import Project, Result
from ..servers import KINDS
from .errors import two_lines


def last(result: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.out.splitlines()[-1])
    assert found["exit_code"] == result.code
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_release_applies_what_is_missing_and_a_second_one_finds_nothing(pair: Project, kind: str) -> None:
    before = pair.cli("status")
    assert before.code == 3 and "Pending:    2" in before.out and "aaaa1111  create users" in before.out
    first = last(pair.cli("release", "--json"))
    assert first["outcome"] == "applied" and [each["revision"] for each in first["applied"]] == ["aaaa1111", "bbbb2222"]
    assert (
        first["databases"][0]["at"] == ["bbbb2222"] and first["databases"][0]["up_to_date"] and first["error"] is None
    )
    again = pair.cli("release")
    assert again.code == 0 and ": nothing to do; " in again.out and "bbbb2222" in again.out
    after = pair.cli("status")
    assert after.code == 0 and "Is at:      bbbb2222 (head)" in after.out and "Lock:       free" in after.out


def test_several_heads_are_all_reached(pair: Project) -> None:
    pair.table("cccc3333", "aaaa1111")
    assert last(pair.cli("release", "--json"))["databases"][0]["at"] == ["bbbb2222", "cccc3333"]


def test_a_database_that_is_ahead_is_fine(pair: Project) -> None:
    pair.cli("release")
    (pair.versions / "bbbb2222.py").unlink()
    assert last(pair.cli("release", "--json"))["outcome"] == "ahead"
    released = pair.cli("release")
    assert released.code == 0 and "ahead of this code" in released.out
    status = pair.cli("status")
    assert (
        status.code == 0
        and "bbbb2222 (ahead)" in status.out
        and "applied by a newer release or another branch" in status.out
    )


def test_a_row_that_nobody_knows_is_not(pair: Project) -> None:
    pair.cli("upgrade")
    pair.send("UPDATE alembic_version SET version_num = 'zzzz9999'")
    status = pair.cli("status")
    assert status.code == 3 and "zzzz9999 (unknown)" in status.out
    message, _ = two_lines(pair.cli("release"), 1)
    assert "zzzz9999" in message


def test_a_release_that_fails_says_so_in_both_ways(pair: Project) -> None:
    pair.script("cccc3333", "bbbb2222", "raise ValueError('no')")
    result = pair.cli("release", "--json")
    found = last(result)
    assert found["outcome"] == "failed" and result.code == 1 and "ValueError: no" in found["error"]
    assert [each["revision"] for each in found["applied"]] == ["aaaa1111", "bbbb2222"]
    assert two_lines(result, 1)[0] == found["error"] and pair.applied() == {"bbbb2222"}


def test_a_database_that_is_not_there_yet_is_waited_for(pair: Project) -> None:
    folder = pair.folder / "later"
    late = Project(pair.folder, f"sqlite:///{folder / 'x.db'}")
    process = late.start("release", "--json", "--wait", "60")
    assert process.stderr is not None and process.stderr.readline().startswith("Waiting for the database")
    folder.mkdir()
    out, err = process.communicate(timeout=60)
    found = last(Result(process.returncode, out, err))
    assert found["outcome"] == "applied" and found["waited_for_database"] > 0
    late.close()


def test_and_not_for_ever(pair: Project) -> None:
    late = Project(pair.folder, f"sqlite:///{pair.folder / 'nosuch' / 'x.db'}")
    began = time.monotonic()
    result = late.cli("release", "--json", "--wait", "0.5")
    assert result.code == 8 and last(result)["outcome"] == "failed" and time.monotonic() - began < 10
    two_lines(result, 8)


@pytest.mark.parametrize("kind", KINDS)
def test_status_names_who_holds_the_lock(project: Project, kind: str) -> None:
    project.table("a1")
    project.revisions().upgrade()
    project.script("hold", "a1", HOLD)
    with running(project):
        held = json.loads(project.cli("status", "--json").out)[0]["holder"]
        assert held.startswith("connection " if kind == "mariadb" else "process ")
    assert json.loads(project.cli("status", "--json").out)[0]["holder"] == ""


def test_status_says_what_was_edited(pair: Project) -> None:
    pair.cli("upgrade")
    path = pair.versions / "aaaa1111.py"
    path.write_text(path.read_text().replace("sa.Integer)", "sa.BigInteger)"))
    status = pair.cli("status")
    assert status.code == 0 and "Edited:     aaaa1111" in status.out


BLOCK = "with op.get_context().autocommit_block():\n    op.execute('UPDATE t_a1 SET n = 1')\n"


@pytest.mark.parametrize("first", [True, False], ids=["first", "later"])
@pytest.mark.parametrize("direction", ["upgrade", "downgrade"])
@pytest.mark.parametrize("kind", KINDS)
def test_status_says_what_was_begun_and_not_finished(project: Project, kind: str, direction: str, first: bool) -> None:
    made = 'op.create_table("t_a1", sa.Column("n", sa.Integer))\n'
    if not first:
        project.script("a1", None, made)
    id, body = ("a1", made + BLOCK) if first else ("b2", BLOCK)
    failing = body.replace(made, "") + "raise ValueError('no')"
    up, down = (body + "raise ValueError('no')", "pass") if direction == "upgrade" else (body, failing)
    project.script(id, None if first else "a1", up, down)
    project.cli("upgrade")
    project.cli("downgrade") if direction == "downgrade" else None
    status = project.cli("status")
    assert status.code == 3, status
    assert f"Unfinished: {id}: 'flask db {direction}' goes on where it was interrupted" in status.out
    found = json.loads(project.cli("status", "--json").out)[0]
    assert found["unfinished"] == [{"revision": id, "direction": direction}] and not found["up_to_date"]
    project.script(id, None if first else "a1", body, failing.replace("raise ValueError('no')", ""))
    assert project.cli(direction).code == 0
    assert json.loads(project.cli("status", "--json").out)[0]["unfinished"] == []
