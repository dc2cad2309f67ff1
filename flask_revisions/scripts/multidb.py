"""Revisions for several databases: `upgrade(engine_name)`, in the shape that Flask-Migrate's template has."""

from __future__ import annotations

import ast
from pathlib import Path

from .parse import COMPILED, decode, read_source, syntax_tree, takes_engine_name

TEMPLATES = ("script.py.jinja", "script.py.mako")
"""Whose `upgrade(engine_name)` says that the revisions to come are for several databases."""


def is_multidb_folder(folder: str) -> bool:
    """Return True if the template in a folder writes revisions for several databases."""
    for name in TEMPLATES:
        path = Path(folder, name)
        try:
            if takes_engine_name(path.read_text("utf-8", "replace")):
                return True
        except OSError:
            continue
    return False


def has_function(path: str, direction: str, engine_name: str) -> bool:
    """Return False if a file looks up a function by the name of the database, and has none for this one.

    Such are `upgrade_` for the default database and `upgrade_reports` for the bind `reports`. The file is not run.

    :param direction: `upgrade` or `downgrade`.
    """
    if path.endswith(COMPILED):
        return True
    tree = syntax_tree(decode(read_source(path), path), path)
    names: dict[str, ast.stmt] = {}
    for statement in tree.body:
        names.update((name, statement) for name in _bound(statement))
    function = names.get(direction)
    return function is None or not _looks_up(function) or f"{direction}_{engine_name}" in names


def _bound(statement: ast.stmt) -> tuple[str, ...]:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return (statement.name,)
    return tuple(
        each.id for each in ast.walk(statement) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    )


def _looks_up(function: ast.stmt) -> bool:
    return any(isinstance(each, ast.Name) and each.id == "globals" for each in ast.walk(function))
