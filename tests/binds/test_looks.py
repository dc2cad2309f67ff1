"""status, plan, dry run and release of several databases: each is named, and each counts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import Binds

UNREACHABLE = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"


@pytest.fixture
def config(binds: Binds) -> dict[str, Any]:
    """Two revisions; the second is about the bind `one` alone."""
    binds.script("aaaa1111", None, "", "one")
    binds.script("bbbb2222", "aaaa1111", "one")
    return binds.config("one")


def as_json(binds: Binds, config: dict[str, Any], *arguments: str, code: int = 0) -> Any:
    result = binds.project.cli(*arguments, "--json", config=config)
    assert result.code == code, result
    return json.loads(result.out.splitlines()[-1] if arguments[0] == "release" else result.out)


def test_a_status_for_each_database(binds: Binds, config: dict[str, Any]) -> None:
    assert binds.project.cli("upgrade", "--bind", "one", config=config).code == 0
    default, one = as_json(binds, config, "status", code=3)
    assert (default["bind"], default["at"], default["up_to_date"]) == (None, [], False)
    assert (one["bind"], one["at"], one["up_to_date"]) == ("one", ["bbbb2222"], True)
    assert [each["bind"] for each in as_json(binds, config, "status", "--bind", "one")] == ["one"]
    shown = binds.project.cli("status", config=config).out.split("\n\n")
    assert len(shown) == 2 and "Pending:    2" in shown[0] and "Is at:      bbbb2222 (head)" in shown[1]


@pytest.mark.parametrize("way", ["--plan", "--dry-run"])
def test_what_would_run_on_each_database(binds: Binds, config: dict[str, Any], kind: str, way: str) -> None:
    if way == "--dry-run" and kind == "mariadb":
        pytest.skip("definitions cannot be taken back there")
    default, one = as_json(binds, config, "upgrade", way)
    assert [each["bind"] for each in (default, one)] == [None, "one"]
    said = [
        [operation["sentence"] for step in each["steps"] for operation in step["operations"]] for each in (default, one)
    ]
    assert said == [["create table t_aaaa1111"], ["create table t_aaaa1111", "create table t_bbbb2222"]]
    assert binds.project.tables() == set() and binds.tables("one") == set()
    shown = binds.project.cli("upgrade", way, config=config)
    assert shown.code == 0 and shown.err.count("ran on" if way == "--dry-run" else "would run on") == 2, shown


def test_a_release_of_all_databases(binds: Binds, config: dict[str, Any]) -> None:
    first = as_json(binds, config, "release")
    assert first["outcome"] == "applied" and [each["bind"] for each in first["databases"]] == [None, "one"]
    assert all(each["at"] == ["bbbb2222"] and each["up_to_date"] for each in first["databases"])
    assert [(each["bind"], each["revision"]) for each in first["applied"]] == [
        (None, "aaaa1111"),
        (None, "bbbb2222"),
        ("one", "aaaa1111"),
        ("one", "bbbb2222"),
    ]
    assert as_json(binds, config, "release")["outcome"] == "nothing to do"
    assert binds.tables("one") == {"t_aaaa1111", "t_bbbb2222"}


def test_the_doctor_looks_at_each_database_and_names_it(binds: Binds, config: dict[str, Any]) -> None:
    config["SQLALCHEMY_BINDS"] = {"far": UNREACHABLE, **config["SQLALCHEMY_BINDS"]}
    said = binds.project.cli("doctor", config=config)
    assert said.code == 1 and "wrong: far: Cannot connect to postgresql nothing" in said.out
    for name in ("default", "one"):
        assert f"note: {name}: 2 of 2 revisions are pending." in said.out


def test_a_database_that_does_not_answer_keeps_the_others_as_they_are(binds: Binds, config: dict[str, Any]) -> None:
    config["SQLALCHEMY_BINDS"]["far"] = UNREACHABLE
    found = as_json(binds, config, "release", "--wait", "0", code=8)
    assert found["outcome"] == "failed" and found["applied"] == [] and "127.0.0.1" in found["error"]
    assert binds.project.tables() == set() and binds.tables("one") == set()
    assert binds.project.cli("status", config=config).code == 8
