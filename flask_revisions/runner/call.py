"""Calling the function of a script for the direction of a step."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

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
    result = function(**keywords)
    if inspect.isawaitable(result) or inspect.isgenerator(result) or inspect.isasyncgen(result):
        getattr(result, "close", lambda: None)()
        raise ScriptInvalid(
            f"{step.direction}() of revision {script.revision} is asynchronous or a generator: nothing of it has run.",
            "write it as a plain function; op.run_async() runs asynchronous code from there.",
            path=script.path,
            revision=script.revision,
        )


def _derived(script: Script) -> Callable[..., Any]:
    from .derived import downgrade_from_upgrade

    return downgrade_from_upgrade(script)
