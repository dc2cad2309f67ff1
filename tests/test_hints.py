"""A hint goes on where `Hint:` stands: it begins with a small letter, unless its first word is a name."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import flask_revisions
import pytest
from flask_revisions import errors

PACKAGE = Path(flask_revisions.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

ERRORS = {name for name, each in vars(errors).items() if inspect.isclass(each)} | {"Finding", "NotCarried"}
NAMES = {"Alembic", "Flask", "Python"}
"""First words that are written with a capital."""


def hints(tree: ast.Module) -> Iterator[ast.expr]:
    """Give what stands for a hint: second in an error, or under the name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
            yield from (node.args[1:2] if called in ERRORS else node.args[2:3] if called == "irreversible" else ())
            yield from (each.value for each in node.keywords if each.arg in ("hint", "cure"))
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            named = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(each, ast.Name) and each.id.lower().endswith(("hint", "cure")) for each in named):
                yield node.value


def beginnings(node: ast.expr) -> Iterator[str]:
    """Give the texts with which an expression may begin."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr) and node.values:
        yield from beginnings(node.values[0])
    elif isinstance(node, ast.IfExp):
        yield from (*beginnings(node.body), *beginnings(node.orelse))
    elif isinstance(node, ast.BoolOp):
        yield from (text for each in node.values for text in beginnings(each))
    elif isinstance(node, ast.BinOp):
        yield from beginnings(node.left)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_hint_begins_with_a_small_letter_or_a_name(path: Path) -> None:
    found = [text for hint in hints(ast.parse(path.read_text("utf-8"))) for text in beginnings(hint) if text]
    words = [(text.split()[0], text) for text in found if text.strip()]
    wrong = [text for word, text in words if word[0].isupper() and word[1:] == word[1:].lower() and word not in NAMES]
    assert not wrong
