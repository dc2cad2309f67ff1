"""A released env.py is known, however it is formatted; of another one it is said what it sets."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from flask_revisions.scripts.environment import SETTINGS, edited_env, edited_mako

STOCK = sorted(
    path
    for name in ("alembic", "flask_migrate")
    for path in Path(pytest.importorskip(name).__path__[0], "templates").glob("*/*")
    if path.name in ("env.py", "script.py.mako")
)
ENVS = [each for each in STOCK if each.name == "env.py"]


def name_of(path: Path) -> str:
    return "/".join(path.parts[-4:])


@pytest.mark.parametrize("path", STOCK, ids=name_of)
def test_released_files_are_known(path: Path) -> None:
    assert edited_env(path.parent) is None and edited_mako(path.parent) is None


@pytest.mark.parametrize("path", ENVS, ids=name_of)
def test_layout_comments_and_docstrings_do_not_count(tmp_path: Path, path: Path) -> None:
    (tmp_path / "env.py").write_text(
        ast.unparse(ast.parse(path.read_bytes())).replace("\n", "\r\n"), "utf-8", newline=""
    )
    assert edited_env(tmp_path) is None
    (tmp_path / "env.py").write_bytes(path.read_bytes() + b"\nprint(1)\n")
    edited = edited_env(tmp_path)
    assert edited is not None and edited.replaced_by == () and edited.values == {}


ADDED = [
    ('context.configure(version_table="mine")', {"version_table": "REVISIONS_VERSION_TABLE"}),
    ("context.configure(version_table_schema=schema)", {"version_table_schema": "REVISIONS_VERSION_TABLE_SCHEMA"}),
    ('conf_args["compare_type"] = my_function', {"compare_type": SETTINGS["compare_type"]}),
    ('conf_args = {"render_as_batch": True}', {"render_as_batch": "REVISIONS_RENDER_AS_BATCH"}),
    ("def include_object(*args):\n    return True", {"include_object": SETTINGS["include_object"]}),
    (
        "def process_revision_directives(context, revision, directives):\n    pass",
        {"process_revision_directives": SETTINGS["process_revision_directives"]},
    ),
    ('connection.execute(text("SET search_path TO x"))', {"a search path": "REVISIONS_ON_CONNECT"}),
    ('connection.execute(text("SELECT pg_advisory_lock(1)"))', {"a lock": ""}),
    ("context.run_migrations(tenant=1)", {"arguments of the scripts": "REVISIONS_RUN_KWARGS"}),
    ("context.run_migrations(engine_name=1)", {}),
]


@pytest.mark.parametrize(("line", "expected"), ADDED)
def test_what_an_edited_one_sets(tmp_path: Path, line: str, expected: dict[str, str]) -> None:
    for path in ENVS:
        (tmp_path / "env.py").write_bytes(path.read_bytes() + f"\n{line}\n".encode())
        edited = edited_env(tmp_path)
        assert edited is not None and dict(edited.replaced_by) == expected, name_of(path)


def test_literals_are_known_by_value(tmp_path: Path) -> None:
    (tmp_path / "env.py").write_text('context.configure(version_table="mine", version_table_schema=schema, **more)')
    edited = edited_env(tmp_path)
    assert edited is not None and edited.values == {"version_table": "mine"}


def test_a_file_that_is_not_python_was_edited(tmp_path: Path) -> None:
    (tmp_path / "env.py").write_text("def")
    assert edited_env(tmp_path) is not None
    assert edited_env(tmp_path / "missing") is None


def test_a_template_that_was_edited(tmp_path: Path) -> None:
    (tmp_path / "script.py.mako").write_text("${message}\nimport mine\n")
    assert edited_mako(tmp_path) == str(tmp_path / "script.py.mako")
