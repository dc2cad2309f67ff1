"""The text of a revision's file, and whether two texts are the same program."""

from __future__ import annotations

import ast
import codecs
import io
import tokenize
from contextlib import suppress
from pathlib import Path

from ..graph.revision import Revision


def source_of(revision: Revision) -> str | None:
    """Return the text of a revision's file; None where there is none that can be read."""
    with suppress(OSError, SyntaxError, ValueError):
        if revision.path:
            return _text_of(Path(revision.path).read_bytes())
    return None


def _text_of(source: bytes) -> str:
    """Return the text of a program; what its encoding is, it nearly never says."""
    if b"coding" not in source[:512] and not source.startswith(codecs.BOM_UTF8):
        return source.decode().replace("\r\n", "\n").replace("\r", "\n")
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    return io.TextIOWrapper(io.BytesIO(source), encoding).read()


def same_code(one: str, other: str) -> bool:
    """Return True if two texts are the same program: comments, formatting and docstrings aside."""
    if one == other:
        return True
    try:
        return _program(one) == _program(other)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _program(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [each for each in body if not _is_text(each)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
