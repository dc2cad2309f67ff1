"""What is run on a new revision file, and what is said when that does not work."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask_revisions.errors import ConfigurationError, HookFailed
from flask_revisions.scripts.hooks import Command, hooks_of, run_hooks
from flask_revisions.scripts.template import Contents
from flask_revisions.scripts.write import Place, write_revision

SHOW = "import os, sys; open('shown', 'a').write(repr(sys.argv[1:]) + os.getcwd())"


@pytest.fixture
def tool(tmp_path: Path) -> Path:
    """A program that writes down what it was called with."""
    path = tmp_path / "tool"
    path.write_text(f"#!{sys.executable}\n{SHOW}\n")
    path.chmod(0o755)
    return path


OPTIONS = [
    ("", ["FILE"]),
    ("-a b", ["FILE", "-a", "b"]),
    ("-a REVISION_SCRIPT_FILENAME 'b c'", ["-a", "FILE", "b c"]),
    ("--path=REVISION_SCRIPT_FILENAME", ["--path=FILE"]),
]


@pytest.mark.parametrize(("options", "expected"), OPTIONS)
def test_where_the_path_stands(tmp_path: Path, tool: Path, options: str, expected: list[str]) -> None:
    run_hooks(
        hooks_of([{"name": "x", "type": "exec", "executable": str(tool), "options": options, "cwd": str(tmp_path)}]),
        "FILE",
    )
    assert (tmp_path / "shown").read_text() == f"{expected!r}{tmp_path}"


def test_a_text_is_a_command_line_that_ends_with_the_path(tmp_path: Path, tool: Path) -> None:
    (plain,) = hooks_of([f"{tool} check --fix"])
    (placed,) = hooks_of([f"{tool} REVISION_SCRIPT_FILENAME -v"])
    assert isinstance(plain, Command) and plain.arguments("F") == [str(tool), "check", "--fix", "F"]
    assert isinstance(placed, Command) and placed.arguments("F") == [str(tool), "F", "-v"]


def test_programs_of_the_environment_are_found_without_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    (hook,) = hooks_of(["ruff --version"])
    assert isinstance(hook, Command) and Path(hook.program[0]).name.startswith("ruff")


def test_a_module_and_a_console_script(tmp_path: Path) -> None:
    file = tmp_path / "f.py"
    file.write_text("x=1")
    run_hooks(hooks_of([{"type": "module", "module": "ruff", "options": "format REVISION_SCRIPT_FILENAME"}]), str(file))
    assert file.read_text() == "x = 1\n"
    show = {"type": "console_scripts", "entrypoint": "flask", "options": "--version REVISION_SCRIPT_FILENAME"}
    run_hooks(hooks_of([show]), str(file))


def test_functions_get_the_path() -> None:
    seen: list[str] = []
    run_hooks(hooks_of([seen.append, lambda path: seen.append(f"{path}!")]), "F")
    assert seen == ["F", "F!"]


WRONG: list[tuple[dict[str, Any] | str, str]] = [
    ({"name": "a"}, "'a' has no type"),
    ({"name": "a", "type": "own"}, "'a' is of the type 'own'"),
    ({"name": "a", "type": "exec"}, "'a' has no option 'executable'"),
    ({"name": "a", "type": "module", "module": "nosuch.module"}, "wants the module 'nosuch.module'"),
    ({"name": "a", "type": "console_scripts", "entrypoint": "nosuch"}, "wants the console script 'nosuch'"),
    ({"name": "a", "type": "exec", "executable": "nosuchprogram"}, "wants the program 'nosuchprogram'"),
    ({"name": "a", "type": "module", "module": "ruff", "options": "'"}, "cannot be split"),
    ({"name": "a", "type": "module", "module": "ruff", "optoins": ""}, "has no option 'optoins'"),
    ("nosuchprogram --fix", "'nosuchprogram' wants the program"),
]


@pytest.mark.parametrize(("given", "message"), WRONG)
def test_a_hook_that_cannot_be(given: dict[str, Any] | str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        hooks_of([given])
    assert caught.value.hint


def fail(path: str) -> None:
    raise ValueError(f"no {path}")


FAILING: list[tuple[Any, str]] = [
    ({"name": "a", "type": "module", "module": "ruff", "options": "nosuch"}, "'a' ended with 2: error"),
    (f'{sys.executable} -c "import os; os.kill(os.getpid(), 9)"', "was ended by signal 9"),
    (fail, "'fail' raised ValueError: no F"),
    (sys.exit, "ended the process with F"),
]


@pytest.mark.parametrize(("given", "message"), FAILING)
def test_a_hook_that_fails_is_an_error(given: Any, message: str) -> None:
    with pytest.raises(HookFailed, match=message) as caught:
        run_hooks(hooks_of([given]), "F")
    assert caught.value.path == "F" and "the file is written" in caught.value.hint


SPOILING: list[tuple[Callable[[str], Any], str]] = [
    (lambda path: Path(path).unlink(), "cannot be read"),
    (lambda path: Path(path).write_text("def"), "is not Python"),
    (lambda path: Path(path).write_text("revision = 'b'\ndown_revision = None\n"), "another header"),
]


@pytest.mark.parametrize(("hook", "message"), SPOILING)
def test_a_hook_that_spoils_the_file_is_an_error(tmp_path: Path, hook: Callable[[str], Any], message: str) -> None:
    place = Place(str(tmp_path), str(tmp_path), hooks=hooks_of([hook]))
    with pytest.raises(HookFailed, match=message):
        write_revision(Contents("a"), place)
