"""A module imports only from lower layers or from its own room; counted are imports in functions and for types, too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import flask_revisions
import pytest

PACKAGE = Path(flask_revisions.__file__).parent

LAYERS = (
    {"dialects", "errors", "paths", "version"},
    {"asynchronous", "config", "database", "graph", "schema"},
    {"operations"},
    {"op", "context", "ddl", "catalog", "diff", "render"},
    {"scripts", "runner"},
    {"discovery", "compat", "histories", "project"},
    {"commands"},
    {"cli", "development", "testing"},
    {"methods"},
    {"extension", "pytest_plugin"},
    {"api"},
    {"__init__"},
)
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}

WITHIN_A_LAYER = {
    ("context", "op"),
    ("op", "context"),
    ("project", "discovery"),
    ("project", "compat"),
    ("project", "histories"),
    ("database", "config"),
    ("database", "asynchronous"),
    ("catalog", "ddl"),
}
"""Siblings do not import each other, but for these: one idea in two modules, or an order that is stated here."""

MODULES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imported(path: Path) -> Iterator[tuple[str, str]]:
    """The room and the dotted module of each import of our own package."""
    package = ("flask_revisions", *path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found = [each.name.split(".") for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level + 1]) if node.level else []
            base += (node.module or "").split(".") if node.module else []
            found = [[*base, each.name] for each in node.names]
        else:
            continue
        for parts in found:
            if parts[0] == "flask_revisions" and len(parts) > 1:
                yield (parts[1] if parts[1] in LEVEL else "__init__"), ".".join(parts)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    here = room_of(path)
    for room, module in imported(path):
        if room == here or (here, room) in WITHIN_A_LAYER:
            continue
        assert LEVEL[room] < LEVEL[here], f"{here} (layer {LEVEL[here]}) imports {module} (layer {LEVEL[room]})"


def test_every_room_has_its_layer() -> None:
    assert {room_of(path) for path in MODULES} == set(LEVEL)


def test_there_are_no_import_cycles_between_modules() -> None:
    names = {module_name(path): path for path in MODULES}
    graph = {name: {m for m in targets(path, names) if m != name} for name, path in names.items()}
    done: set[str] = set()
    while ready := {name for name, needs in graph.items() if name not in done and needs <= done}:
        done |= ready
    assert sorted(set(graph) - done) == []


def module_name(path: Path) -> str:
    parts = ["flask_revisions", *path.relative_to(PACKAGE).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def targets(path: Path, names: dict[str, Path]) -> Iterator[str]:
    for _, module in imported(path):
        if module in names:
            yield module
        elif module.rpartition(".")[0] in names:
            yield module.rpartition(".")[0]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_that_mysql_and_mariadb_are_one_kind_is_said_in_one_place(path: Path) -> None:
    listings = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, (ast.Tuple, ast.Set)))
    named = [{each.value for each in node.elts if isinstance(each, ast.Constant)} for node in listings]
    assert path == PACKAGE / "dialects.py" or not any({"mysql", "mariadb"} <= each for each in named)
