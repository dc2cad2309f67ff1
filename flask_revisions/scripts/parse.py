"""Reading the header of a revision file, without running it where its values are plain literals."""

from __future__ import annotations

import ast
import io
import os
import re
import tokenize
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any, NamedTuple

from ..errors import HeaderError
from ..graph.revision import Revision, digest_of

NAMES = ("revision", "down_revision", "branch_labels", "depends_on")

COMPILED = ".pyc"
"""What the file of a revision ends with that is there without its source."""

Execute = Callable[[str], Mapping[str, object]]
"""Runs one file and returns its globals: for headers that are no literals."""


class Header(NamedTuple):
    """What the four names of a file say."""

    id: str
    parents: tuple[str, ...]
    labels: tuple[str, ...]
    depends_on: tuple[str, ...]


def parse_file(path: str, execute: Execute) -> Revision:
    """Return what a file says about itself.

    :param execute: called with the path if a value is no literal.
    :raises HeaderError: it cannot be read, or says something that no revision can say.
    """
    if path.endswith(COMPILED):
        found = _revision(header_of(namespace := execute(path), path), str(namespace.get("__doc__") or ""), path)
        code = getattr(namespace.get("upgrade"), "__code__", None)
        return replace(found, per_bind="engine_name" in getattr(code, "co_varnames", ()))
    return parse_source(read_source(path), path, execute)


def read_source(path: str) -> bytes:
    """Return what is in a file.

    :raises HeaderError: it cannot be read.
    """
    try:
        return _content(path)
    except OSError as error:
        raise HeaderError(
            f"{path} cannot be read: {error.strerror}.", "restore the file, or its permissions.", path=path
        ) from error


def _content(path: str) -> bytes:
    """Return what is in a file, in half the time of `open()`, which counts where there are thousands."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        chunks = [os.read(descriptor, _CHUNK)]
        while len(chunks[-1]) == _CHUNK:
            chunks.append(os.read(descriptor, _CHUNK))
    finally:
        os.close(descriptor)
    return b"".join(chunks)


_CHUNK = 65536


def parse_source(source: bytes, path: str, execute: Execute) -> Revision:
    """Return what the content of a file says about itself; see `parse_file`."""
    text = decode(source, path)
    found = _revision(*(_scan(text, path) or _read(text, path, execute)), path, digest_of(source))
    return replace(found, per_bind=True) if takes_engine_name(text) else found


def _revision(header: Header, doc: str, path: str, digest: str = "") -> Revision:
    doc = doc.strip()
    return Revision(
        id=header.id,
        parents=header.parents,
        depends_on=header.depends_on,
        labels=header.labels,
        message=first_paragraph(doc),
        doc=doc,
        path=path,
        digest=digest,
    )


_PER_BIND = re.compile(r"^def[ \t]+upgrade[ \t]*\([^)]*\bengine_name\b", re.MULTILINE)


def takes_engine_name(text: str) -> bool:
    """Return True if the `upgrade` of a file, or of a template for files, takes the name of a database."""
    return "engine_name" in text and _PER_BIND.search(text) is not None


def decode(source: bytes, path: str) -> str:
    """Return the text of a Python file, with plain line ends (https://peps.python.org/pep-0263/).

    :raises HeaderError: it is not in the encoding that it names, or in UTF-8 where it names none.
    """
    encoding = "utf-8"
    try:
        if b"coding" in source or source.startswith(BOM_UTF8):
            encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        text = source.decode(encoding)
    except UnicodeDecodeError as error:
        raise _error(
            path,
            source.count(b"\n", 0, error.start) + 1,
            f"has bytes that are not {encoding}",
            "save it as UTF-8, or name its encoding in the first line: # -*- coding: latin-1 -*-",
        ) from error
    except (LookupError, SyntaxError) as error:
        what = "names an encoding that Python does not know, or is not written in it"
        raise _error(path, 1, what, "save the file as UTF-8.") from error
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def header_of(namespace: Mapping[str, object], path: str, lines: Mapping[str, int] | None = None) -> Header:
    """Return the header that the globals of a file hold.

    :param lines: the line on which each name gets its value, where that is known.
    :raises HeaderError: a name is missing or its value is none that it can have.
    """
    where = lines or {}
    if "revision" not in namespace:
        raise _error(
            path,
            0,
            "has no 'revision'",
            "every file there is read as a revision: give it one, or move it to another folder.",
        )
    if "down_revision" not in namespace:
        raise _error(path, 0, "has no 'down_revision'", "write the parent's id, or None for a first revision.")
    own = namespace["revision"]
    if not isinstance(own, str) or not own:
        meant = str(own) if isinstance(own, int) else "a1b2c3d4e5f6"
        hint = f"write its id as a text: revision = {meant!r}."
        raise _error(path, where.get("revision", 0), f"has revision = {own!r}", hint)
    return Header(own, *(_ids(namespace.get(name), name, path, where.get(name, 0)) for name in NAMES[1:]))


def first_paragraph(doc: str) -> str:
    """Return the first paragraph of a docstring in one line: the message of a revision."""
    paragraph = _EMPTY_LINE.split(doc.strip(), maxsplit=1)[0]
    return " ".join(line.strip() for line in paragraph.split("\n")) if "\n" in paragraph else paragraph


_EMPTY_LINE = re.compile(r"\n[ \t]*\n")


# -- the usual shape, by one regular expression ----------------------------------------------------

_GAP = r"(?:[ \t]*(?:\#[^\n]*)?\n)*"
_DOC = (
    r'''(?:"""(?P<a>[^"\\]*(?:"(?!"")[^"\\]*)*)"""'''
    r"""|'''(?P<b>[^'\\]*(?:'(?!'')[^'\\]*)*)'''"""
    r"""|"(?P<c>[^"\\\n]*)")"""
)
_IMPORT = r"""(?:import|from)[ \t][^\n()\\;#"']*(?:\([^()\\;#"']*\))?[ \t]*(?:\#[^\n]*)?\n"""
_STRING = r"""[uU]?(?:"[^"\\\n]*"|'[^'\\\n]*')"""
_VALUE = rf"None|{_STRING}|\([ \t\n]*(?:{_STRING}[ \t\n]*,[ \t\n]*)*(?:{_STRING}[ \t\n]*)?\)"


def _line(name: str) -> str:
    return rf"""{name}[ \t]*(?::[^=\n#"']*)?=[ \t]*(?P<{name}>{_VALUE})[ \t]*(?:\#[^\n]*)?\n{_GAP}"""


_USUAL = re.compile(
    rf"{_GAP}(?:{_DOC}[ \t]*\n)?{_GAP}(?:{_IMPORT}{_GAP})*"
    rf"{_line('revision')}{_line('down_revision')}(?:{_line('branch_labels')})?(?:{_line('depends_on')})?"
)
_REBINDS = re.compile(
    # a block of the module, in which an indented line may give a name another value; an import over several
    # lines; one of the names in a line that is not indented
    r"^(?:(?:if|for|while|with|try|match|async)\b|(?:from|import)\b[^\n]*[(\\][^)\n]*$"
    rf"|[^\s\#][^\n]*?\b(?:{'|'.join(NAMES)})\b|(?:{'|'.join(NAMES)})\b)",
    re.MULTILINE,
)


def _scan(text: str, path: str) -> tuple[Header, str] | None:
    """Return header and docstring if the file has the usual shape and cannot mean anything else, else None."""
    found = _USUAL.match(text)
    if found is None:
        return None
    a, b, c, own, parent, labels, depends = found.group("a", "b", "c", *NAMES)
    end = found.end()
    if (
        own == "None"
        or (labels is None and "branch_labels" in text)
        or (depends is None and "depends_on" in text)
        or "import *" in text
        or "\0" in text
        or (_mentioned(text, end) and _REBINDS.search(text, end))
    ):
        return None
    try:
        (revision,) = _plain(own)
        header = Header(revision, _plain(parent), _plain(labels), _plain(depends))
    except ValueError:
        return None
    return header, a or b or c or ""


def _mentioned(text: str, start: int) -> bool:
    """Return True if one of the names comes up from `start` on; faster than a pattern would tell."""
    return any(text.find(word, start) >= 0 for word in ("revision", "branch_labels", "depends_on"))


def _plain(value: str | None) -> tuple[str, ...]:
    """Return the ids in the source of a literal.

    :raises ValueError: one of them is empty.
    """
    if value is None or value == "None":
        return ()
    if value[0] == "(":
        literal = ast.literal_eval(value)
        ids = (literal,) if isinstance(literal, str) else tuple(dict.fromkeys(literal))
    else:
        ids = (value[value[0] in "uU" :][1:-1],)
    if "" in ids:
        raise ValueError
    return ids


# -- any shape, by the syntax tree -----------------------------------------------------------------


def _read(text: str, path: str, execute: Execute) -> tuple[Header, str]:
    tree = syntax_tree(text, path)
    values: dict[str, ast.expr | None] = {}
    lines: dict[str, int] = {}
    for statement in tree.body:
        for name, value in _bindings(statement):
            for each in NAMES if name == "*" else (name,):
                if each in NAMES:
                    values[each] = value
                    lines[each] = statement.lineno
    doc = ast.get_docstring(tree, clean=False) or ""
    literals = {name: _literal(value) for name, value in values.items()}
    for name, value in literals.items():
        if isinstance(value, (list, set)) and _mentions(tree, name) > 1:  # it may be changed in place
            literals[name] = _NO_LITERAL
    if any(value is _NO_LITERAL for value in literals.values()):
        namespace, lines = execute(path), {}
    else:
        namespace = literals
    return header_of(with_name_as_id(namespace, path), path, lines), doc


def with_name_as_id(namespace: Mapping[str, object], path: str) -> Mapping[str, object]:
    """Return a file's globals with `revision`, which a file that is named as its id alone may leave out."""
    name = PurePath(path).stem
    if "revision" not in namespace and re.fullmatch("[a-f0-9]+", name):
        return {**namespace, "revision": name}
    return namespace


def syntax_tree(text: str, path: str) -> ast.Module:
    """Return the syntax tree of a file.

    :raises HeaderError: it is not Python.
    """
    try:
        return ast.parse(text, path)
    except SyntaxError as error:
        shown = (error.text or "").strip()
        raise _error(
            path, error.lineno or 0, f"is not Python: {error.msg}{f' ({shown})' if shown else ''}", _CORRECT
        ) from error
    except (ValueError, RecursionError, MemoryError) as error:  # null bytes; nested too deeply
        raise _error(path, 0, "is not Python: null bytes, or nested too deeply", _CORRECT) from error


_CORRECT = "correct the file, or restore it."
_NO_LITERAL = object()


def _literal(value: ast.expr | None) -> Any:
    if value is None:
        return _NO_LITERAL
    try:
        return ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return _NO_LITERAL


def _bindings(statement: ast.stmt) -> Iterator[tuple[str, ast.expr | None]]:
    """Yield each name that a statement of a module gives a value to, and that value where it is certain."""
    if isinstance(statement, ast.Assign) and all(isinstance(each, ast.Name) for each in statement.targets):
        yield from ((each.id, statement.value) for each in statement.targets if isinstance(each, ast.Name))
    elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        if statement.value is not None:
            yield statement.target.id, statement.value
    else:
        yield from ((name, None) for name in _names_bound(statement))


def _names_bound(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement may bind in its own scope, however deep in it."""
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.alias):
            yield node.asname or node.name.partition(".")[0]
        else:
            bound = getattr(node, "name", None)  # `except ... as name`, `case ... as name`
            if isinstance(bound, str):
                yield bound
            pending.extend(ast.iter_child_nodes(node))


def _mentions(tree: ast.Module, name: str) -> int:
    return sum(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree))


# -- values and errors -----------------------------------------------------------------------------


def _ids(value: object, name: str, path: str, line: int) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=str)
    ids = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    if name != "down_revision":
        ids = tuple(each for each in ids if each != "")  # published histories write depends_on = "" for none
    if not all(isinstance(each, str) and each for each in ids):
        hint = f"write None, a text, or a tuple of texts: {name} = ('a1b2', 'c3d4')."
        raise _error(path, line, f"has {name} = {value!r}", hint)
    return tuple(dict.fromkeys(ids))


def _error(path: str, line: int, what: str, hint: str) -> HeaderError:
    return HeaderError(f"{path}{f', line {line},' if line else ''} {what}.", hint, path=path)
