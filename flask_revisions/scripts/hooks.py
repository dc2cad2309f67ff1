"""What is done with each new revision file: commands, modules, console scripts, functions, in the order given.

No shell is involved. A hook that fails is an error; the file stays as the hook left it.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Any

from ..errors import ConfigurationError, HookFailed

FILENAME = "REVISION_SCRIPT_FILENAME"
"""Stands for the path of the file in a hook's options; without it the path comes first."""

_KINDS = {"console_scripts": "entrypoint", "module": "module", "exec": "executable"}
_KEYS = frozenset({"name", "type", "options", "cwd", *_KINDS.values()})
_LONGEST = 300


@dataclass(frozen=True)
class Command:
    """A program that is run with the path of the file.

    :param name: what the hook is called in errors.
    :param program: the program and its first arguments.
    :param options: further arguments, in which `FILENAME` stands for the path.
    :param folder: where it runs; the working directory without one.
    """

    name: str
    program: tuple[str, ...]
    options: tuple[str, ...] = ()
    folder: str | None = None

    def arguments(self, path: str) -> list[str]:
        """Return what is run for a file."""
        options = self.options if any(FILENAME in each for each in self.options) else (FILENAME, *self.options)
        return [*self.program, *(each.replace(FILENAME, path) for each in options)]


Hook = Command | Callable[[str], Any]


def hooks_of(given: Iterable[str | Mapping[str, Any] | Callable[..., Any]]) -> tuple[Hook, ...]:
    """Return the hooks of a setting; what they need is looked for now, before a file is written.

    :raises ConfigurationError: a hook has no such kind, entry point, module or program.
    """
    return tuple(_hook(each) for each in given)


def run_hooks(hooks: Iterable[Hook], path: str) -> None:
    """Run hooks on a file.

    :raises HookFailed: one has ended with another status than 0, or has raised an error.
    """
    for each in hooks:
        if isinstance(each, Command):
            _run(each, path)
        else:
            _call(each, path)


# -- from settings ----------------------------------------------------------------------------------------


def _hook(given: str | Mapping[str, Any] | Callable[..., Any]) -> Hook:
    if isinstance(given, str):
        return _from_text(given)
    if isinstance(given, Mapping):
        return _from_mapping(given)
    return given


def _from_text(line: str) -> Command:
    words = _words(line, line)
    # as on a command line: options come before the file
    options = words[1:] if any(FILENAME in each for each in words) else (*words[1:], FILENAME)
    return Command(words[0], (_program(words[0], words[0]),), options)


def _from_mapping(given: Mapping[str, Any]) -> Command:
    name = str(given.get("name") or given.get("type") or "without a name")
    unknown = [key for key in given if key not in _KEYS]
    if unknown:
        raise _wrong(name, f"has no option '{unknown[0]}'", f"it may have {', '.join(sorted(_KEYS))}.")
    kind = given.get("type")
    if kind not in _KINDS:
        what = f"is of the type '{kind}', which is not known" if kind else "has no type"
        hint = f"a type is one of {', '.join(_KINDS)}; a hook that env.py registers becomes a function in "
        raise _wrong(name, what, f"{hint}REVISIONS_POST_WRITE_HOOKS.")
    key = _KINDS[str(kind)]
    target = given.get(key)
    if not isinstance(target, str) or not target:
        raise _wrong(name, f"has no option '{key}'", f"say which: {name}.{key} = ...")
    program = {"console_scripts": _console_script, "module": _module, "exec": _executable}[str(kind)](name, target)
    return Command(name, program, _words(given.get("options") or "", name), given.get("cwd") or None)


def _words(line: str, name: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(line, posix=os.name != "nt"))
    except ValueError as error:
        raise _wrong(name, f"has the options {line!r}, which cannot be split: {error}", "close the quotes.") from error


def _console_script(name: str, target: str) -> tuple[str, ...]:
    found = next((each for each in entry_points(group="console_scripts") if each.name == target), None)
    if found is None:
        raise _wrong(name, f"wants the console script '{target}', which no package has", "install its package.")
    module, _, attribute = found.value.partition(":")
    call = attribute.split("[")[0].strip()
    top = call.partition(".")[0]
    code = f"import sys; sys.argv[0] = {target!r}; from {module.strip()} import {top}; sys.exit({call}())"
    return (sys.executable, "-c", code)


def _module(name: str, target: str) -> tuple[str, ...]:
    try:
        spec = find_spec(target)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        raise _wrong(name, f"wants the module '{target}', which is not there", "install its package.")
    return (sys.executable, "-m", target)


def _executable(name: str, target: str) -> tuple[str, ...]:
    return (_program(name, target),)


def _program(name: str, target: str) -> str:
    """Return the path of a program: of the environment that Python runs in, else of the system."""
    found = shutil.which(target, path=sysconfig.get_path("scripts")) or shutil.which(target)
    if found is None:
        raise _wrong(name, f"wants the program '{target}', which is not there", "install it, or write its full path.")
    return found


def _wrong(name: str, what: str, hint: str) -> ConfigurationError:
    return ConfigurationError(f"The post-write hook '{name}' {what}.", hint)


# -- running ----------------------------------------------------------------------------------------------


def _run(command: Command, path: str) -> None:
    try:
        done = subprocess.run(
            command.arguments(path), cwd=command.folder, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    except OSError as error:
        raise _failed(command.name, path, f"cannot be run: {error.strerror or error}") from error
    if done.returncode:
        said = _one_line(done.stderr) or _one_line(done.stdout)
        how = f"was ended by signal {-done.returncode}" if done.returncode < 0 else f"ended with {done.returncode}"
        raise _failed(command.name, path, how + (f": {said}" if said else ""))


def _one_line(output: bytes) -> str:
    """Return what a program printed in one line; of much its end, where a traceback says what was wrong."""
    return " ".join(output.decode(errors="replace").split())[-_LONGEST:]


def _call(function: Callable[[str], Any], path: str) -> None:
    name = getattr(function, "__qualname__", type(function).__qualname__)
    try:
        function(path)
    except Exception as error:
        raise _failed(name, path, f"raised {type(error).__name__}: {error}") from error
    except SystemExit as error:
        if error.code not in (None, 0):
            raise _failed(name, path, f"ended the process with {error.code}") from error


def _failed(name: str, path: str, how: str) -> HookFailed:
    hint = "the file is written; correct the hook, and run it on the file by hand."
    return HookFailed(f"The post-write hook '{name}' {how} (for {path}).", hint, path=path)
