"""An existing `env.py` and `script.py.mako`: are they the stock ones, and if not, what do they set?

They are read and never run. Whatever one does that a stock one does not belongs into the settings; which settings,
is said here.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .eject import ENVIRONMENT as EJECTED_ENV
from .eject import TEMPLATE as EJECTED_MAKO

ENV = "env.py"
MAKO = "script.py.mako"
EJECTED_VALUES = ("OPTIONS", "RUN_KWARGS", "NOT_OURS")
_RELEASED = Path(__file__).parent / "templates" / "released.json"

SETTINGS = {
    "version_table": "REVISIONS_VERSION_TABLE",
    "version_table_schema": "REVISIONS_VERSION_TABLE_SCHEMA",
    "version_table_pk": "REVISIONS_VERSION_TABLE_PK",
    "transaction_per_migration": "REVISIONS_TRANSACTION_PER_MIGRATION",
    "transactional_ddl": "REVISIONS_TRANSACTIONAL_DDL",
    "render_as_batch": "REVISIONS_RENDER_AS_BATCH",
    "on_version_apply": "REVISIONS_ON_VERSION_APPLY",
    "output_encoding": "REVISIONS_OUTPUT_ENCODING",
    "autogenerate_plugins": "Revisions(autogenerate_plugins=...)",
    "compare_server_default": "Revisions(compare_server_default=...)",
    "compare_type": "Revisions(compare_type=...)",
    "include_name": "Revisions(include_name=...)",
    "include_object": "Revisions(include_object=...)",
    "include_schemas": "Revisions(include_schemas=...)",
    "process_revision_directives": "Revisions(process_revision_directives=...)",
    "render_item": "Revisions(render_item=...)",
    "template_args": "Revisions(template_args=...)",
    "user_module_prefix": "Revisions(user_module_prefix=...)",
    "sqlalchemy_module_prefix": "Revisions(sqlalchemy_module_prefix=...)",
    "alembic_module_prefix": "Revisions(alembic_module_prefix=...)",
}
"""What `context.configure()` is given in an env.py, and what says it here."""

_STATEMENTS = {
    "search_path": ("a search path", "REVISIONS_ON_CONNECT"),
    "set role": ("a role", "REVISIONS_ON_CONNECT"),
    "advisory": ("a lock", ""),
    "get_lock": ("a lock", ""),
}
"""What SQL in an env.py is for; a lock needs no setting, as each run holds one."""


@dataclass(frozen=True)
class Edited:
    """An env.py that is none of the released ones.

    :param path: the file.
    :param replaced_by: what it sets, and the settings that say the same; empty text where none is needed.
    :param values: of those, what is given as a literal.
    """

    path: str
    replaced_by: tuple[tuple[str, str], ...]
    values: Mapping[str, Any]


def edited_env(folder: Path) -> Edited | None:
    """Return what the `env.py` of a folder does beyond a stock one; None where it is stock, or not there."""
    path = folder / ENV
    try:
        tree = ast.parse(path.read_bytes())
    except OSError:
        return None
    except (SyntaxError, ValueError, RecursionError):
        return Edited(str(path), (), {})
    if _digest(_code(tree)) in _released()["env"] or _is_ejected(path.read_bytes()):
        return None
    found = dict(_settings_in(tree))
    return Edited(str(path), tuple((name, replaced) for name, (replaced, _) in found.items()), _literals(found))


def edited_mako(folder: Path) -> str | None:
    """Return the path of a folder's `script.py.mako` that is none of the released ones, or None."""
    path = folder / MAKO
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    is_stock = digest_of_mako(text) in (*_released()["mako"], digest_of_mako(EJECTED_MAKO))
    return None if is_stock else str(path)


def _is_ejected(source: bytes) -> bool:
    """Return True for what `flask db eject` has written, with the usual version table."""
    tree = ast.parse(source)
    given = _values_taken_out(tree)
    ours = ast.parse(EJECTED_ENV.format(options={}, run_kwargs={}, tables=()))
    _values_taken_out(ours)
    if _code(tree) != _code(ours):
        return False
    try:
        options = ast.literal_eval(given["OPTIONS"])
    except (KeyError, ValueError):
        return False
    return options.get("version_table") in (None, "alembic_version") and options.get("version_table_schema") is None


def _values_taken_out(tree: ast.Module) -> dict[str, ast.expr]:
    """Replace what settings become in an env.py of ours by nothing, and return it by name."""
    found = {}
    for node in tree.body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id in EJECTED_VALUES
        ):
            found[node.targets[0].id] = node.value
            node.value = ast.Constant(None)
    return found


@cache
def _released() -> Mapping[str, Mapping[str, str]]:
    """Return the digests of the files that Alembic and Flask-Migrate have released -> the template they are of."""
    found: Mapping[str, Mapping[str, str]] = json.loads(_RELEASED.read_text("ascii"))
    return found


def digest_of_mako(text: str) -> str:
    """Return a digest of a template: blank lines and blanks at the ends of lines do not count."""
    return _digest("\n".join(line.rstrip() for line in text.splitlines() if line.strip()))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def _code(tree: ast.Module) -> str:
    imports = [each for each in tree.body if isinstance(each, (ast.Import, ast.ImportFrom))]
    others = [each for each in tree.body if each not in imports]
    return "\n".join((*sorted(map(_written, imports)), *map(_written, others)))


def _written(node: Any) -> str:
    """Return a node as text that is the same on every version of Python; texts that nobody reads are left out."""
    if isinstance(node, list):
        return f"[{','.join(_written(each) for each in node if not _is_text(each))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = ((name, value) for name, value in ast.iter_fields(node) if name not in ("ctx", "kind", "type_comment"))
    said = (f"{name}={_written(value)}" for name, value in fields if value not in (None, []))
    return f"{type(node).__name__}({','.join(said)})"


def _is_text(node: Any) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


# -- what it sets -----------------------------------------------------------------------------------------


_Found = tuple[str, tuple[str, ast.expr | None]]


def _settings_in(tree: ast.Module) -> Iterator[_Found]:
    """Yield what an env.py sets -> the setting that says it here, and the value where it stands in a call."""
    functions = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef) and each.name in SETTINGS]
    own = [each.name for each in functions if not _is_released(each)]
    stock = {each.name for each in functions} - set(own)
    yield from ((name, (SETTINGS[name], None)) for name in own)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _settings_in_statement(node.value)
        elif isinstance(node, ast.Call) and _hands_arguments(node):
            yield "arguments of the scripts", ("REVISIONS_RUN_KWARGS", None)
        for name, value in _pairs(node):
            if name in SETTINGS and not (name in stock and isinstance(value, ast.Name)):
                yield name, (SETTINGS[name], value)


def _pairs(node: ast.AST) -> Iterator[tuple[Any, ast.expr]]:
    """Yield the names and values of `name=value`, `{"name": value}` and `arguments["name"] = value`."""
    if isinstance(node, ast.keyword):
        yield node.arg, node.value
    elif isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        yield from ((key.value, value) for key, value in pairs if isinstance(key, ast.Constant))
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
                yield target.slice.value, node.value


def _settings_in_statement(text: str) -> Iterator[_Found]:
    for word, (what, replaced) in _STATEMENTS.items():
        if word in text.lower():
            yield what, (replaced, None)


def _hands_arguments(call: ast.Call) -> bool:
    """Return True for `context.run_migrations(...)`; the stock ones of several databases give `engine_name`."""
    named = [each for each in call.keywords if each.arg not in (None, "engine_name")]
    return isinstance(call.func, ast.Attribute) and call.func.attr == "run_migrations" and bool(named)


def _is_released(function: ast.FunctionDef) -> bool:
    return _digest(_written(function)) in _released()["functions"]


def _literals(found: Mapping[str, tuple[str, ast.expr | None]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, (_, value) in found.items():
        if value is not None:
            with suppress(ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
                values[name] = ast.literal_eval(value)
    return values
