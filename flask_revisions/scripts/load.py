"""One revision file -> `Script`: run in a module of its own, checked, and nothing written."""

from __future__ import annotations

import inspect
import re
import traceback
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from functools import partial, wraps
from importlib.machinery import SourcelessFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from ..errors import RevisionsError, ScriptFailed, ScriptInvalid
from ..graph.revision import Revision
from ..operations.script import Script
from .imports import Modules, answering, script_builtins
from .parse import COMPILED, Execute, decode, header_of, with_name_as_id


def load_script(revision: Revision, modules: Modules) -> Script:
    """Return what runs for a revision.

    To be called while `answering()` is on and, for scripts that ask the database as they are imported, while
    an executor is current.

    :param modules: what the script gets for `import alembic`.
    :raises ScriptInvalid: its file is not Python, says something else than its header did, or has no
        `upgrade` or `downgrade` that can be called and done with.
    :raises ScriptFailed: it raised an error as it was imported.
    """
    source = _source(revision.path)
    module = run_file(revision.path, modules, source)
    _check_header(revision, module)
    upgrade = _function(module, "upgrade", revision)
    if upgrade is None:
        raise ScriptInvalid(
            f"{revision.path} has no function 'upgrade'.",
            "write 'def upgrade() -> None:', with 'pass' in it if there is nothing to do.",
            path=revision.path,
            revision=revision.id,
        )
    downgrade = _function(module, "downgrade", revision)
    return Script(revision.id, revision.path, upgrade, downgrade, source, _is_alembics(module, source))


def _is_alembics(module: ModuleType, source: str) -> bool:
    """Return True for a script that imports from alembic, at its top or, as its text shows, anywhere."""
    modules = (each.__name__ for each in vars(module).values() if isinstance(each, ModuleType))
    return bool(_IMPORTS_ALEMBIC.search(source)) or any(name.partition(".")[0] == "alembic" for name in modules)


_IMPORTS_ALEMBIC = re.compile(r"^[ \t]*(?:from|import)[ \t]+alembic\b", re.MULTILINE)


def header_reader(modules: Modules, locations: Iterable[str]) -> Execute:
    """Return the function that `read_graph` calls for a file whose header is no literal."""
    known = tuple(locations)

    def execute(path: str) -> dict[str, object]:
        with answering(modules, known):
            return vars(run_file(path, modules, _source(path)))

    return execute


def run_file(path: str, modules: Modules, source: str) -> ModuleType:
    """Run a file in a fresh module, which is not put into `sys.modules`, and return that."""
    code = _compiled(path) if path.endswith(COMPILED) else _compile(source, path)
    spec = spec_from_file_location(re.sub(r"\W", "_", Path(path).name), path)
    assert spec is not None  # it ends with .py
    module = module_from_spec(spec)
    vars(module)["__builtins__"] = script_builtins(modules)
    try:
        exec(code, vars(module))
    except RevisionsError:
        raise
    except SystemExit as error:
        raise _failed(path, source, error, "ends the process (sys.exit)", _NO_EXIT) from error
    except Exception as error:
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise _failed(path, source, error, f"cannot be imported: {what}", _CORRECT) from error
    return module


_CORRECT = "correct the file; '--traceback' shows where the error came from."
_NO_EXIT = "raise an error instead, or return from upgrade()."


def _source(path: str) -> str:
    """Return the text of a file; an empty one for a file that has been compiled."""
    if path.endswith(COMPILED):
        return ""
    try:
        return decode(Path(path).read_bytes(), path)
    except OSError as error:
        raise ScriptInvalid(
            f"{path} cannot be read: {error.strerror}.", "restore the file, or its permissions.", path=path
        ) from error


def _compile(source: str, path: str) -> CodeType:
    try:
        return compile(source, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        text = (error.text or "").strip()
        where = f", line {error.lineno}," if error.lineno else ""
        raise ScriptInvalid(
            f"{path}{where} is not Python: {error.msg}{f' ({text})' if text else ''}.",
            "correct the file.",
            path=path,
        ) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise ScriptInvalid(
            f"{path} is not Python: null bytes, or nested too deeply.", "correct the file.", path=path
        ) from error


def _compiled(path: str) -> CodeType:
    """Return the code in a compiled file.

    :raises ScriptInvalid: it is of another version of Python, or cannot be read.
    """
    try:
        code = SourcelessFileLoader("revision", path).get_code("revision")
    except (ImportError, EOFError, OSError) as error:
        raise ScriptInvalid(
            f"{path} cannot be read: {error}.", "compile it with this Python, or bring its source.", path=path
        ) from error
    assert code is not None  # a file always has some
    return code


def _failed(path: str, source: str, error: BaseException, what: str, hint: str) -> ScriptFailed:
    """Return an error that says where in the file it happened, and quotes that line."""
    frames = traceback.walk_tb(error.__traceback__)
    lines = [line for frame, line in frames if frame.f_code.co_filename == path]
    line = lines[-1] if lines else 0
    text = source.split("\n")[line - 1].strip() if line and source else ""
    where = f", line {line}," if line else ""
    return ScriptFailed(f"{path}{where} {what}{f' ({text})' if text else ''}.", hint, path=path, line=line)


# -- checks ------------------------------------------------------------------------------------------


def _check_header(revision: Revision, module: ModuleType) -> None:
    found = header_of(with_name_as_id(vars(module), revision.path), revision.path)
    pairs = {
        "revision": (revision.id, found.id),
        "down_revision": (revision.parents, found.parents),
        "branch_labels": (revision.labels, found.labels),
        "depends_on": (revision.depends_on, found.depends_on),
    }
    for name, (before, after) in pairs.items():
        if before != after:
            raise ScriptInvalid(
                f"{revision.path} has {name} = {before!r} when it is read, and {after!r} when it is run.",
                f"give {name} one value, as a literal at the top of the file.",
                path=revision.path,
                revision=revision.id,
            )


def _function(module: ModuleType, name: str, revision: Revision) -> Callable[..., Any] | None:
    """Return a function of a script, None where it has none.

    :raises ScriptInvalid: calling it would run nothing.
    """
    function = getattr(module, name, None)
    if function is None:
        return None
    kind = _kind(function)
    if kind:
        raise ScriptInvalid(
            f"In {revision.path} '{name}' is {kind}: calling it would run nothing.",
            f"write a plain 'def {name}() -> None:'{_INSTEAD.get(kind, '')}.",
            path=revision.path,
            revision=revision.id,
        )
    return _finished(function, name, revision) if hasattr(function, "__wrapped__") else function


_COROUTINE = "a coroutine function"
_INSTEAD = {_COROUTINE: "; 'op.run_async(function)' runs a coroutine function in it"}


def _kind(function: Any) -> str:
    """Say what makes a function none that can be called and done with; empty if nothing does."""
    if not callable(function):
        return "a module" if isinstance(function, ModuleType) else f"{type(function).__name__}, not a function"
    while isinstance(function, partial):
        function = function.func
    if not inspect.isroutine(function) and not inspect.isclass(function):
        function = type(function).__call__
    if inspect.iscoroutinefunction(function):
        return _COROUTINE
    if inspect.isasyncgenfunction(function):
        return "an asynchronous generator function"
    return "a generator function, with 'yield' in it" if inspect.isgeneratorfunction(function) else ""


def _finished(function: Callable[..., Any], name: str, revision: Revision) -> Callable[..., Any]:
    """Return a decorated function that says so if its call only made something that has yet to be run.

    Whether a decorator runs the coroutine or generator that it was put on can only be seen then.
    """

    @wraps(function)
    def call(*positional: Any, **named: Any) -> Any:
        result = function(*positional, **named)
        if any(unfinished(result) for unfinished in _UNFINISHED) or (
            inspect.isgeneratorfunction(inspect.unwrap(function)) and isinstance(result, AbstractContextManager)
        ):
            if inspect.iscoroutine(result):
                result.close()  # else Python warns that it was never awaited
            raise ScriptInvalid(
                f"In {revision.path} '{name}' gave back a {type(result).__name__} and ran nothing.",
                f"write a plain 'def {name}() -> None:' without that decorator.",
                path=revision.path,
                revision=revision.id,
            )
        return result

    return call


_UNFINISHED = (inspect.isawaitable, inspect.isgenerator, inspect.isasyncgen)
