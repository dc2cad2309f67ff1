"""Calling the function of a script for the direction of a step."""

from __future__ import annotations

import inspect
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

from ..errors import ScriptInvalid
from ..graph.plan import Step
from ..operations.script import Script


def call(script: Script, step: Step, keywords: Mapping[str, Any]) -> None:
    """Call the script's function for the direction of a step.

    Without a `downgrade()`, the way back is derived from `upgrade()`.

    :raises Irreversible: it has no `downgrade()`, and none can be derived.
    :raises ScriptInvalid: calling the function does not run it.
    """
    function = script.upgrade if step.direction == "upgrade" else script.downgrade or _derived(script)
    with _children_end_here():
        result = function(**keywords)
    if inspect.isawaitable(result) or inspect.isgenerator(result) or inspect.isasyncgen(result):
        getattr(result, "close", lambda: None)()
        raise ScriptInvalid(
            f"{step.direction}() of revision {script.revision} is asynchronous or a generator: nothing of it has run.",
            "write it as a plain function; op.run_async() runs asynchronous code from there.",
            path=script.path,
            revision=script.revision,
        )


@contextmanager
def _children_end_here() -> Iterator[None]:
    """End a process that the script has forked where it would leave the script.

    The connection and its transaction are the parent's: whatever the child did with them, even closing them, would be
    done to the parent's run.
    """
    parent = os.getpid()
    try:
        yield
    except BaseException as error:
        if os.getpid() != parent:
            _end_child(error)
        raise
    if os.getpid() != parent:
        _end_child(None)


def _end_child(error: BaseException | None) -> NoReturn:
    """End this process as Python would, without anything that is done at its end."""
    code: Any = error.code if isinstance(error, SystemExit) else error
    if isinstance(code, BaseException):
        traceback.print_exception(code)
    elif not isinstance(code, (int, type(None))):
        sys.stderr.write(f"{code}\n")
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    os._exit(code & 0xFF if isinstance(code, int) else int(code is not None))


def _derived(script: Script) -> Callable[..., Any]:
    from .derived import downgrade_from_upgrade

    return downgrade_from_upgrade(script)
