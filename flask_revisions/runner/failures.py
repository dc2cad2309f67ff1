"""An exception that came out of a script -> the error that a person reads."""

from __future__ import annotations

import linecache
import os
import traceback

from sqlalchemy import exc

from ..database import database_words
from ..errors import DatabaseUnreachable, RevisionsError, ScriptFailed
from ..graph.plan import Step
from ..operations.script import Script


def failure(error: BaseException, script: Script, step: Step, *, rolled_back: bool) -> RevisionsError:
    """Return the error for an exception that `script` let through.

    It keeps the revision, the file, the line and its source. An error of our own stays of its class.

    :param rolled_back: True where nothing of the step has stayed in the database.
    """
    line = _line(error, script)
    place = _shortened(script.path) + (f":{line}" if line else "")
    source = linecache.getline(script.path, line).strip() if line else ""
    verb = "upgrade" if step.direction == "upgrade" else "downgrade"
    where = f"{verb.capitalize()} of {script.revision} failed at {place}" + (f", {source}" if source else "")
    if isinstance(error, RevisionsError):
        error.message = f"{where}: {error.message}"
        error.args = (error.message,)
        return error
    if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
        return DatabaseUnreachable(
            f"{where}: the connection was lost: {database_words(error)}",
            f"when the database is back, 'flask db current' says where it is; run 'flask db {verb}' again.",
        )
    stayed = (
        "nothing of this revision was applied"
        if rolled_back
        else "this database commits DDL by itself: what the script did before this line has stayed"
    )
    return ScriptFailed(
        f"{where}: {_words(error)}",
        f"{stayed}; change the file and run 'flask db {verb}' again, or add --traceback to see more.",
        path=script.path,
        revision=script.revision,
        line=line,
        statement=str(getattr(error, "statement", "") or ""),
    )


def _words(error: BaseException) -> str:
    if isinstance(error, exc.DBAPIError):
        return database_words(error)
    if isinstance(error, SystemExit):
        return f"it calls sys.exit({'' if error.code is None else repr(error.code)})."
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}" if said else f"{type(error).__name__}."


def _line(error: BaseException, script: Script) -> int:
    """Return the innermost line of the script that the exception went through."""
    lines = [
        frame.lineno or 0 for frame in traceback.extract_tb(error.__traceback__) if frame.filename == script.path
    ]
    return lines[-1] if lines else 0


def _shortened(path: str) -> str:
    """Return a path as seen from the working directory, where that is shorter."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        return path
    return relative if len(relative) < len(path) else path
