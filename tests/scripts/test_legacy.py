"""What an ini file, `pyproject.toml` and Flask-Alembic's dictionaries say is read as defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from flask_revisions.errors import ConfigurationError
from flask_revisions.scripts.legacy import Inherited, inherited, location_of_project


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "migrations"
    made.mkdir()
    return made


def read(folder: Path, config: Mapping[str, Any] | None = None) -> Inherited:
    return inherited(config or {}, folder, (folder.parent,), str(folder.parent / "package"))


def ini(folder: Path, text: str) -> Inherited:
    (folder / "alembic.ini").write_text(f"[alembic]\n{text}", "utf-8")
    return read(folder)


def test_nothing_is_said_where_there_is_no_file(folder: Path) -> None:
    assert read(folder) == Inherited()
    assert read(folder / "missing") == Inherited()


def test_the_keys_of_an_ini_file(folder: Path) -> None:
    found = ini(
        folder,
        "file_template = %%(year)d/%%(rev)s_%%(slug)s\ntimezone = UTC\ntruncate_slug_length = 20\n"
        "recursive_version_locations = true\nsourceless = true\noutput_encoding = latin-1\nmine = %(here)s/x\n",
    )
    assert found.values == {
        "file_template": "%(year)d/%(rev)s_%(slug)s",
        "timezone": "UTC",
        "truncate_slug_length": "20",
        "recursive": True,
        "sourceless": True,
        "output_encoding": "latin-1",
    }
    assert found.options["mine"] == f"{folder}/x"
    assert found.file == found.source == str(folder / "alembic.ini")


LOCATIONS = [
    ("a b", "", ("a", "b")),
    ("a, b,c", "", ("a", "b", "c")),
    (f"a{os.pathsep}b c", "os", ("a", "b c")),
    ("a:b", ":", ("a", "b")),
    ("C:\\x;pkg:y", ";", ("C:\\x", "pkg:y")),
    ("a b", "space", ("a", "b")),
    ("\n  a\n  b c", "newline", ("a", "b c")),
    ("%(here)s/versions", "", ("HERE/versions",)),
]


@pytest.mark.parametrize("key", ["path_separator", "version_path_separator"])
@pytest.mark.parametrize(("text", "separator", "expected"), LOCATIONS)
def test_version_locations(folder: Path, key: str, text: str, separator: str, expected: tuple[str, ...]) -> None:
    named = f"{key} = {separator}\n" if separator else ""
    found = ini(folder, f"version_locations = {text}\n{named}")
    assert found.values["version_locations"] == tuple(each.replace("HERE", str(folder)) for each in expected)


def test_a_separator_that_there_is_not(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="path_separator = 'comma'"):
        ini(folder, "version_locations = a\npath_separator = comma\n")


def test_hooks_of_an_ini_file_are_in_their_order(folder: Path) -> None:
    found = ini(
        folder,
        "x = 1\n[post_write_hooks]\nhooks = second, first\nfirst.type = exec\nfirst.executable = %(here)s/tool\n"
        "second.type = module\nsecond.module = ruff\nsecond.options = check --fix REVISION_SCRIPT_FILENAME\n",
    )
    second, first = found.values["post_write_hooks"]
    assert first == {"name": "first", "type": "exec", "executable": f"{folder}/tool"}
    assert second["name"] == "second" and second["options"].startswith("check")
    assert found.sections["post_write_hooks"]["hooks"] == "second, first"
    assert "post_write_hooks" not in ini(folder, "[post_write_hooks]\nhooks =\n").values


def test_a_stock_ini_file_of_flask_migrate_says_nothing(folder: Path) -> None:
    templates = pytest.importorskip("flask_migrate").__path__[0]
    for each in Path(templates, "templates").glob("*/alembic.ini.mako"):
        (folder / "alembic.ini").write_bytes(each.read_bytes())
        found = read(folder)
        assert (found.values, found.options) == ({}, {})
        assert found.sections["formatter_generic"]["format"].startswith("%(levelname)")


def test_an_ini_file_that_is_none(folder: Path) -> None:
    for text in ("no section", "file_template = %(rev)s\n[alembic]\n", "a = %(b)s\n"):
        with pytest.raises(ConfigurationError, match=r"alembic\.ini cannot be read") as caught:
            ini(folder, text)
        assert "\n" not in caught.value.message


TOML = r"""
[tool.alembic]
script_location = "%(here)s/migrations"
file_template = "%%(rev)s"
truncate_slug_length = 9
version_locations = ["%(here)s/a", "b"]
recursive_version_locations = true

[[tool.alembic.post_write_hooks]]
name = "ruff"
type = "exec"
executable = "%(here)s/ruff"
"""


def test_the_project_file(folder: Path) -> None:
    (folder.parent / "pyproject.toml").write_text(TOML)
    found = read(folder)
    assert found.values == {
        "file_template": "%(rev)s",
        "truncate_slug_length": 9,
        "recursive": True,
        "version_locations": (f"{folder.parent}/a", "b"),
        "post_write_hooks": ({"name": "ruff", "type": "exec", "executable": f"{folder.parent}/ruff"},),
    }
    assert location_of_project((folder.parent,)) == str(folder)
    assert ini(folder, "timezone = UTC\n").values == {"timezone": "UTC"}


def test_a_file_of_another_folder_is_not_meant(folder: Path) -> None:
    (folder.parent / "alembic.ini").write_text("[alembic]\nscript_location = alembic\ntimezone = UTC\n")
    assert read(folder) == Inherited()
    assert read(folder.parent / "alembic").values == {"timezone": "UTC"}
    (folder.parent / "alembic.ini").write_text("[alembic]\nscript_location = nosuchpackage:x\ntimezone = UTC\n")
    assert read(folder) == Inherited()


def test_the_dictionaries_of_flask_alembic(folder: Path) -> None:
    hooks = {"hooks": "ruff", "ruff.type": "exec", "ruff.executable": "ruff"}
    config = {
        "ALEMBIC": {
            "file_template": "%%(slug)s",
            "version_locations": ["more", ("branch", "/other")],
            "post_write_hooks": hooks,
        },
        "ALEMBIC_CONTEXT": {"version_table": "versions", "compare_server_default": True},
    }
    values = read(folder, config).values
    root = folder.parent / "package"
    assert values["version_locations"] == (str(folder), str(root / "more"), "/other")
    assert (values["file_template"], values["version_table"]) == ("%(slug)s", "versions")
    assert values["compare_server_default"] is True
    assert values["post_write_hooks"] == ({"name": "ruff", "type": "exec", "executable": "ruff"},)
    with pytest.raises(ConfigurationError, match="ALEMBIC cannot be 5"):
        read(folder, {"ALEMBIC": 5})
