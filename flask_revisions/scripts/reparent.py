"""Changing the parents that a revision file names, and nothing else in it."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Sequence
from typing import NoReturn

from ..errors import HeaderError
from .parse import parse_source
from .template import literal

_REVISES = re.compile(r"^(Revises:[ \t]*)[^\r\n]*", re.MULTILINE)


def with_parents(source: bytes, path: str, parents: Sequence[str]) -> bytes:
    """Return the content of a file whose `down_revision` says `parents`; its line `Revises:` follows.

    :raises HeaderError: it is no literal at the top of the file, or something else changes with it.
    """
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    text = source.decode(encoding)
    tree = ast.parse(text)
    lines = io.StringIO(text, newline="").readlines()
    value = _value_of_parents(tree, path)
    start, end = _span(lines, value)
    doc = _span(lines, tree.body[0])[1] if ast.get_docstring(tree) else 0
    said = _REVISES.sub(lambda found: found[1] + ", ".join(parents), text[:doc], count=1)
    result = (said + text[doc:start] + literal(_written(parents)) + text[end:]).encode(encoding)
    before, after = parse_source(source, path, _refuse), parse_source(result, path, _refuse)
    if after.parents != tuple(parents) or (after.id, after.labels) != (before.id, before.labels):
        raise _by_hand(path)
    return result


def _value_of_parents(tree: ast.Module, path: str) -> ast.expr:
    found = [
        statement.value
        for statement in tree.body
        if (isinstance(statement, ast.Assign) and _names(statement.targets) == ["down_revision"])
        or (isinstance(statement, ast.AnnAssign) and _names([statement.target]) == ["down_revision"])
    ]
    if len(found) != 1 or found[0] is None:
        raise _by_hand(path)
    return found[0]


def _names(targets: Sequence[ast.expr]) -> list[str]:
    return [each.id if isinstance(each, ast.Name) else "" for each in targets]


def _span(lines: Sequence[str], node: ast.expr | ast.stmt) -> tuple[int, int]:
    """Return where in the text a node begins and ends; the columns of the syntax tree are bytes of UTF-8."""

    def place(line: int, column: int) -> int:
        return sum(map(len, lines[: line - 1])) + len(lines[line - 1].encode()[:column].decode())

    return place(node.lineno, node.col_offset), place(node.end_lineno or node.lineno, node.end_col_offset or 0)


def _written(parents: Sequence[str]) -> str | tuple[str, ...] | None:
    """Return the parents as a file has them: None, one id, or several."""
    return tuple(parents) if len(parents) > 1 else parents[0] if parents else None


def _refuse(path: str) -> NoReturn:
    raise _by_hand(path)


def _by_hand(path: str) -> HeaderError:
    return HeaderError(f"The parents in {path} are no plain literal.", "change its down_revision by hand.", path=path)
