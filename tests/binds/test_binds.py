"""Several databases: three ways of saying so, a bind that comes later, one that fails, and no default one."""

from __future__ import annotations

import pytest
from flask_revisions import RevisionsError

from .conftest import Binds

UNREACHABLE = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"


def test_binds_that_nobody_has_named_are_not_touched(binds: Binds) -> None:
    binds.project.table("aaaa1111")
    config = binds.config("one")
    config["SQLALCHEMY_BINDS"]["far"] = UNREACHABLE
    for arguments in (("upgrade",), ("current",), ("history", "-i"), ("stamp", "base"), ("upgrade", "--sql")):
        assert binds.project.cli(*arguments, config=config).code == 0
    assert not binds.touched("one")
    refused = binds.project.cli("upgrade", "--bind", "one", config=config)
    assert refused.code == 2 and "REVISIONS_BINDS" in refused.err


def test_binds_that_a_setting_names(binds: Binds) -> None:
    binds.project.table("aaaa1111")
    config = binds.config("one", "two", REVISIONS_BINDS=["two"])
    config["SQLALCHEMY_BINDS"]["far"] = UNREACHABLE
    done = binds.project.cli("upgrade", config=config)
    assert done.code == 0, done.err
    assert binds.project.tables() >= {"t_aaaa1111"} and not binds.touched("one")
    assert binds.tables("two") == set() and binds.applied("two") == ["aaaa1111"]
    assert "aaaa1111 (recorded only)" in done.out and "0 revisions applied, 1 recorded only, in" in done.out


def test_revisions_with_a_function_for_each_database(binds: Binds) -> None:
    binds.script("aaaa1111", None, "", "one")
    config = binds.config("one")
    assert binds.project.cli("upgrade", config=config).code == 0
    assert "t_aaaa1111" in binds.project.tables() and binds.tables("one") == {"t_aaaa1111"}
    assert binds.project.cli("downgrade", "--bind", "one", config=config).code == 0
    assert "t_aaaa1111" in binds.project.tables() and binds.tables("one") == set()
    shown = binds.project.cli("current", config=config)
    assert [line.split(":")[0].split()[0] for line in shown.out.splitlines()] == ["default", "aaaa1111", "one"]
    assert "(head) (current on default)" in binds.project.cli("history", "-i", config=config).out


def test_a_bind_that_is_added_later_gets_the_record_and_then_its_own(binds: Binds) -> None:
    binds.project.table("aaaa1111")
    binds.script("bbbb2222", "aaaa1111", "", "one")
    assert binds.project.cli("upgrade", config=binds.config("one")).code == 0
    binds.script("cccc3333", "bbbb2222", "two")
    done = binds.project.cli("upgrade", config=binds.config("one", "two"))
    assert done.code == 0, done.err
    assert binds.tables("two") == {"t_cccc3333"} and binds.applied("two") == ["cccc3333"]
    assert binds.tables("one") == {"t_bbbb2222"} and binds.applied("one") == ["cccc3333"]
    assert binds.project.cli("downgrade", "base", config=binds.config("one", "two")).code == 0
    assert binds.tables("one") | binds.tables("two") == set()


def test_what_was_applied_stays_when_a_later_database_fails(binds: Binds) -> None:
    binds.script("aaaa1111", None, "", "one", "two")
    binds.send("one", "CREATE TABLE t_aaaa1111 (x INTEGER)")
    config = binds.config("one", "two")
    failed = binds.project.cli("upgrade", config=config)
    assert failed.code == 1 and "aaaa1111" in failed.err
    assert binds.project.applied() == {"aaaa1111"} and binds.tables("two") == set()
    binds.send("one", "DROP TABLE t_aaaa1111")
    assert binds.project.cli("upgrade", config=config).code == 0
    assert binds.applied("one") == binds.applied("two") == ["aaaa1111"]


def test_a_history_for_each_database(binds: Binds) -> None:
    binds.project.table("aaaa1111")
    binds.project.versions.parent.rename(binds.project.folder / "for_one")
    binds.project.table("bbbb2222")
    config = binds.config("one", "two", REVISIONS_DIRECTORY={"default": "migrations", "one": "for_one"})
    done = binds.project.cli("upgrade", config=config)
    assert done.code == 0, done.err
    assert "t_bbbb2222" in binds.project.tables() and binds.tables("one") == {"t_aaaa1111"}
    assert not binds.touched("two") and binds.project.applied() == {"bbbb2222"}
    assert binds.project.cli("heads", "--bind", "one", config=config).out == "aaaa1111 (head)\n"
    assert binds.project.cli("heads", config=config).out.count("(head)\n") == 2


@pytest.mark.parametrize("plain", [False, True])
def test_no_default_database(binds: Binds, plain: bool) -> None:
    binds.script("aaaa1111", None, "one", "two")
    if plain:
        binds.project.table("bbbb2222", "aaaa1111")
    config = binds.config("one", "two", SQLALCHEMY_DATABASE_URI=None)
    done = binds.project.cli("upgrade", config=config)
    if plain:
        assert done.code == 1 and "Revision bbbb2222 has a plain upgrade()" in done.err
        assert not binds.touched("one")
    else:
        assert done.code == 0 and binds.tables("one") == binds.tables("two") == {"t_aaaa1111"}


def test_sql_has_a_section_for_each_database(binds: Binds) -> None:
    binds.script("aaaa1111", None, "", "one")
    config = binds.config("one", "two")
    text = binds.project.cli("upgrade", "--sql", config=config).out
    assert [line.split()[2] for line in text.splitlines() if line.startswith("-- Database ")] == [
        "default",
        "one",
        "two",
    ]
    assert text.count("CREATE TABLE t_aaaa1111") == 2 and "-- Upgrade base -> aaaa1111 (recorded only)" in text
    alone = binds.project.cli("upgrade", "--sql", "--bind", "one", config=config).out
    assert alone.count("CREATE TABLE t_aaaa1111") == 1 and not binds.touched("one")
    assert {each.name for each in binds.project.folder.iterdir()} == {"migrations"}


def test_an_engine_name_of_the_projects_own_wins(binds: Binds) -> None:
    binds.script("aaaa1111", None, "", "one")
    config = binds.config("one", REVISIONS_RUN_KWARGS={"engine_name": ""})
    assert binds.project.cli("upgrade", config=config).code == 0
    assert "t_aaaa1111" in binds.project.tables() and not binds.touched("one")


def test_two_names_for_one_database_are_refused(binds: Binds, kind: str) -> None:
    binds.project.table("aaaa1111")
    config = binds.config("one", REVISIONS_BINDS=True)
    config["SQLALCHEMY_BINDS"]["again"] = binds.urls["one"]
    with pytest.raises(RevisionsError, match="'one' and 'again' are the same database"):
        binds.project.revisions(config).upgrade()
    assert not binds.touched("one")
