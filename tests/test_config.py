"""Settings: every key, what it takes, and what is said about what it does not take."""

from __future__ import annotations

import reprlib
from pathlib import Path
from typing import Any

import pytest
from flask_revisions.config import (
    COMPARISON_KEYWORDS,
    REFUSED_KEYWORDS,
    Settings,
    read_settings,
    refuse_unknown_keywords,
    setting_fields,
    with_inherited,
)
from flask_revisions.ddl.generic import GenericDDL
from flask_revisions.errors import ConfigurationError
from sqlalchemy import MetaData, create_engine

KEYS = [each.name for each in setting_fields()]


def a_function(*args: Any, **keywords: Any) -> None:
    """Do nothing."""


METADATA = MetaData()
ENGINE = create_engine("sqlite://")

RIGHT = [
    ("directory", "db/revisions", "db/revisions"),
    ("directory", Path("db/revisions"), "db/revisions"),
    ("directory", None, None),
    ("directory", {"default": "a", "reports": Path("b")}, {None: "a", "reports": "b"}),
    ("binds", None, None),
    ("binds", ["reports", "audit"], ("reports", "audit")),
    ("binds", "reports", ("reports",)),
    ("binds", "true", True),
    ("binds", False, ()),
    ("version_locations", ["a", Path("b"), "pkg:c"], ("a", "b", "pkg:c")),
    ("version_locations", "a", ("a",)),
    ("recursive", True, True),
    ("recursive", "True", True),
    ("recursive", "false", False),
    ("version_table", "versions", "versions"),
    ("version_table_schema", "admin", "admin"),
    ("version_table_pk", False, False),
    ("log", "false", False),
    ("transaction_per_migration", False, False),
    ("transactional_ddl", None, None),
    ("transactional_ddl", False, False),
    ("mssql_batch_separator", "go", "go"),
    ("oracle_batch_separator", "\n/", "\n/"),
    ("render_as_batch", False, False),
    ("run_kwargs", {"engine_name": ""}, {"engine_name": ""}),
    ("on_connect", a_function, a_function),
    ("on_version_apply", a_function, (a_function,)),
    ("on_version_apply", [a_function, a_function], (a_function, a_function)),
    ("auto_upgrade_wait", 3, 3.0),
    ("page", False, False),
    ("page_hosts", ["box.lan"], ("box.lan",)),
    ("lock_timeout", 5, 5.0),
    ("lock_timeout", "5", 5.0),
    ("lock_timeout", 0, 0.0),
    ("connect_timeout", 0.5, 0.5),
    ("protected", "true", True),
    ("database_uri", "sqlite://", {"": "sqlite://"}),
    ("database_uri", {None: "sqlite://", "b": "sqlite:///b"}, {"": "sqlite://", "b": "sqlite:///b"}),
    ("protected", "destructive", "destructive"),
    ("statement_timeout", "2.5", 2.5),
    ("statement_timeout", None, None),
    ("table_lock_timeout", 0.5, 0.5),
    ("table_lock_patience", 60, 60.0),
    ("auto_upgrade", "debug", "debug"),
    ("auto_upgrade", True, True),
    ("auto_upgrade", "TRUE", True),
    ("auto_upgrade", "false", False),
    ("file_template", "%(rev)s", "%(rev)s"),
    ("truncate_slug_length", "20", 20),
    ("timezone", "UTC", "UTC"),
    ("output_encoding", "UTF8", "utf-8"),
    ("post_write_hooks", "ruff format", ("ruff format",)),
    ("post_write_hooks", [a_function, {"type": "exec"}], (a_function, {"type": "exec"})),
    ("sourceless", True, True),
    ("env_py_read", True, True),
    ("target_metadata", METADATA, METADATA),
    ("target_metadata", {"default": [METADATA]}, {"default": (METADATA,)}),
    ("engine", ENGINE, ENGINE),
    ("engine", {"default": ENGINE}, {"default": ENGINE}),
    ("ddl", {"mine": GenericDDL}, {"mine": GenericDDL}),
    ("opts", {"mine": 1}, {"mine": 1}),
]


@pytest.mark.parametrize(("name", "given", "kept"), RIGHT)
def test_what_a_setting_takes(name: str, given: Any, kept: Any) -> None:
    reading = read_settings({f"REVISIONS_{name.upper()}": given}, {})
    assert reading.problems == () and getattr(reading.settings, name) == kept
    assert getattr(read_settings({}, {name: given}).settings, name) == (
        kept if given is not None else getattr(Settings(), name)
    )


def test_every_setting_is_tried_above() -> None:
    assert {name for name, _, _ in RIGHT} == set(KEYS)


WRONG = [
    ("target_metadata", 5, "a MetaData such as Base.metadata, several, or a dictionary of those"),
    ("directory", "", "a text that is not empty"),
    ("directory", 5, "a path"),
    ("version_locations", 5, "a list of paths"),
    ("version_locations", ["a", 5], "a path"),
    ("recursive", "yes", "True or False"),
    ("recursive", 1, "True or False"),
    ("version_table", 5, "a text"),
    ("version_table", "", "a text"),
    ("transactional_ddl", "no", "True or False"),
    ("run_kwargs", ["x"], "a dictionary"),
    ("run_kwargs", {1: 2}, "a dictionary"),
    ("on_connect", "function", "a function"),
    ("on_version_apply", [a_function, 5], "a function"),
    ("on_version_apply", 5, "a function"),
    ("lock_timeout", -1, "a number of seconds"),
    ("lock_timeout", "soon", "a number of seconds"),
    ("lock_timeout", True, "a number of seconds"),
    ("lock_timeout", float("nan"), "a number of seconds"),
    ("lock_timeout", None, "a number of seconds"),
    ("connect_timeout", [], "a number of seconds"),
    ("auto_upgrade", "always", "False, 'debug' or True"),
    ("auto_upgrade", 1, "False, 'debug' or True"),
    ("file_template", "", "a text"),
    ("truncate_slug_length", 0, "a whole number"),
    ("truncate_slug_length", 2.5, "a whole number"),
    ("ddl", GenericDDL, "a dictionary"),
    ("ddl", {"mine": "some.module:DDL"}, "a dictionary of subclasses of GenericDDL"),
    ("opts", "x", "a dictionary"),
    ("timezone", "", "a text"),
    ("output_encoding", "utf-9", "an encoding"),
    ("post_write_hooks", 5, "a list of commands"),
    ("post_write_hooks", ["ruff", 5], "a list of commands"),
    ("sourceless", "yes", "True or False"),
    ("env_py_read", 1, "True or False"),
]


@pytest.mark.parametrize(("name", "given", "expected"), WRONG)
def test_what_a_setting_does_not_take(name: str, given: Any, expected: str) -> None:
    reading = read_settings({f"REVISIONS_{name.upper()}": given}, {})
    (problem,) = reading.wrong
    assert problem.message == f"REVISIONS_{name.upper()} cannot be {reprlib.repr(given)}."
    assert reading.unknown == ()
    assert problem.hint.startswith(f"set it to {expected}") and problem.hint.endswith(".")
    assert getattr(reading.settings, name) == getattr(Settings(), name)


def test_a_long_value_is_not_repeated() -> None:
    (problem,) = read_settings({"REVISIONS_RECURSIVE": "x" * 10_000}, {}).wrong
    assert len(problem.message) < 200


UNKNOWN = [
    ("REVISIONS_DIRECTRY", "REVISIONS_DIRECTORY"),
    ("REVISIONS_VERSIONTABLE", "REVISIONS_VERSION_TABLE"),
    ("REVISIONS_lock_timeout", None),
    ("REVISIONS_", None),
    ("REVISIONS_OTHERS", None),
    ("REVISIONS_ZZZZZZZZZZZZZZZZZZZZZZZZZ", None),
]


@pytest.mark.parametrize(("key", "near"), UNKNOWN)
def test_an_unknown_key_and_the_nearest_known(key: str, near: str | None) -> None:
    reading = read_settings({key: "x"}, {})
    (problem,) = reading.unknown
    assert problem.message == f"{key} is no setting." and problem.hint
    assert near is None or problem.hint == f"did you mean {near}?"
    assert reading.settings == Settings()


def test_keys_of_others_are_left_alone() -> None:
    config = {"SQLALCHEMY_ECHO": True, "DIRECTORY": "x", "revisions_directory": "x", "MY_REVISIONS_X": 1}
    assert read_settings(config, {}).problems == ()


def test_configuration_wins_over_keywords_unless_it_is_wrong() -> None:
    assert read_settings({"REVISIONS_DIRECTORY": "a"}, {"directory": "b"}).settings.directory == "a"
    assert read_settings({}, {"directory": "b"}).settings.directory == "b"
    wrong = read_settings({"REVISIONS_LOCK_TIMEOUT": "x"}, {"lock_timeout": 5})
    assert wrong.settings.lock_timeout == 5 and len(wrong.problems) == 1
    (problem,) = read_settings({}, {"lock_timeout": "x"}).problems
    assert problem.message.startswith("Revisions(lock_timeout=...) cannot be 'x'")


def test_every_setting_is_documented_in_a_sentence() -> None:
    for each in setting_fields():
        assert each.metadata["doc"][0].isupper() and each.metadata["doc"].rstrip(")").endswith("."), each.name


def test_keywords() -> None:
    refuse_unknown_keywords([*KEYS, *COMPARISON_KEYWORDS])
    for wrong, near in (("directry", "directory"), ("comand", "command"), ("versiontable", "version_table")):
        with pytest.raises(ConfigurationError, match=wrong) as caught:
            refuse_unknown_keywords([wrong])
        assert caught.value.hint == f"did you mean Revisions({near}=...)?"


@pytest.mark.parametrize("name", REFUSED_KEYWORDS)
def test_a_keyword_of_the_peers_that_is_not_taken_says_what_there_is(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name}=") as caught:
        refuse_unknown_keywords([name])
    assert caught.value.hint == REFUSED_KEYWORDS[name] and caught.value.hint.endswith(".")


def test_what_is_inherited_gives_way_to_what_is_given() -> None:
    reading = read_settings({"REVISIONS_RECURSIVE": False}, {"timezone": "UTC", "compare_type": False})
    values = {"recursive": True, "timezone": "Asia/Tokyo", "truncate_slug_length": "7", "compare_type": True, "own": 1}
    settings = with_inherited(reading, values, "alembic.ini")
    assert (settings.recursive, settings.timezone, settings.truncate_slug_length) == (False, "UTC", 7)
    assert settings.others == {"compare_type": False, "own": 1}
    with pytest.raises(ConfigurationError, match=r"truncate_slug_length in alembic\.ini cannot be 'x'"):
        with_inherited(reading, {"truncate_slug_length": "x"}, "alembic.ini")


def test_comparison_keywords_are_kept_for_scripts() -> None:
    settings = read_settings({}, {"compare_type": False, "include_object": a_function}).settings
    assert settings.others == {"compare_type": False, "include_object": a_function}
