"""An exception that came out of a script, a callback or a COMMIT -> the error that a person reads."""

from __future__ import annotations

import linecache
import traceback
from collections.abc import Callable
from typing import Any

from sqlalchemy import exc

from ..database import cure, database_words
from ..errors import DatabaseUnreachable, RevisionsError, ScriptFailed, TransactionEnded
from ..graph.plan import Step
from ..operations.script import Script
from ..paths import shown_path
from .words import IN_A_TRANSACTION, sqlstate, table_exists

NOTHING_STAYED = "nothing of this revision was applied"

WHERE_IS_IT = "when the database is back, 'flask db current' says where it is; run 'flask db {verb}' again."
OUTSIDE = "use 'with op.get_context().autocommit_block():' around it"
NESTED = "use 'with op.get_bind().begin_nested():' around what may fail"


def failure(
    error: BaseException, script: Script, step: Step, *, stayed: str = NOTHING_STAYED, lost: bool = False
) -> RevisionsError:
    """Return the error for an exception that `script` let through.

    It keeps the revision, the file, the line and its source. An error of our own stays of its class.

    :param stayed: what of the step is in the database nevertheless, as a part of a sentence.
    :param lost: the connection was lost.
    """
    line = _line(error, script)
    place = shown_path(script.path) + (f":{line}" if line else "")
    source = linecache.getline(script.path, line).strip().rstrip("(:") if line else ""
    verb = step.direction
    where = f"{verb.capitalize()} of {script.revision} failed at {place}" + (f", {source}" if source else "")
    behind = error.__context__
    if isinstance(error, TransactionEnded) and error.__cause__ is None and isinstance(behind, exc.DBAPIError):
        error, stayed = behind, f"{NESTED}; {stayed}"  # a session rolled back for that
    if isinstance(error, exc.DBAPIError) and sqlstate(error) == IN_A_TRANSACTION:
        stayed = f"{OUTSIDE}; {stayed}"
    if lost:
        return DatabaseUnreachable(f"{where}: the connection was lost: {_words(error)}", WHERE_IS_IT.format(verb=verb))
    if isinstance(error, RevisionsError):
        error.message = f"{where}: {error.message}"
        error.args = (error.message,)
        return error
    words = _words(error)
    return ScriptFailed(
        f"{where}: {words}",
        f"{stayed}; {_recorded(error, script, step)}{_what_to_do(error, words)} run 'flask db {verb}' again, "
        "or add --traceback to see more.",
        path=script.path,
        revision=script.revision,
        line=line,
        statement=str(getattr(error, "statement", "") or ""),
    )


def _recorded(error: BaseException, script: Script, step: Step) -> str:
    """Return what to do where a table is there that no revision has made; else an empty text."""
    if step.direction != "upgrade" or not table_exists(error):
        return ""
    return (
        "if its tables are there already (db.create_all() makes them, for one), "
        f"'flask db stamp {script.revision}' records it; else "
    )


def callback_failure(error: BaseException, function: Callable[..., Any], step: Step, *, stayed: str) -> RevisionsError:
    """Return the error for an exception that a function of `on_version_apply` let through; it is named."""
    name = getattr(function, "__qualname__", None) or repr(function)
    words = error.message if isinstance(error, RevisionsError) else _words(error)
    return ScriptFailed(
        f"{step.direction.capitalize()} of {step.revision.id} failed in {name}() of on_version_apply: {words}",
        f"{stayed}; correct the function and run 'flask db {step.direction}' again, or add --traceback to see more.",
        path=step.revision.path,
        revision=step.revision.id,
    )


def commit_failure(error: exc.DBAPIError, step: Step) -> RevisionsError:
    """Return the error for a COMMIT that failed."""
    verb = step.direction
    where = f"{verb.capitalize()} of {step.revision.id} failed at its COMMIT"
    if error.connection_invalidated:
        return DatabaseUnreachable(
            f"{where}: the connection was lost, and it is not known whether it was carried out: {_words(error)}",
            WHERE_IS_IT.format(verb=verb),
        )
    words = _words(error)
    return ScriptFailed(
        f"{where}: {words}",
        f"{NOTHING_STAYED}; {_what_to_do(error, words)} run 'flask db {verb}' again.",
        path=step.revision.path,
        revision=step.revision.id,
    )


def _what_to_do(error: BaseException, words: str) -> str:
    """Return what comes before the next run: what helps the database, else a change of the file."""
    known = cure(words) if isinstance(error, exc.DBAPIError) else ""
    return f"{known}, then" if known else "change the file and"


def _words(error: BaseException) -> str:
    try:
        if isinstance(error, exc.DBAPIError):
            return database_words(error)
        if isinstance(error, SystemExit):
            return f"it calls sys.exit({'' if error.code is None else repr(error.code)})."
        said = " ".join(str(error).split())
    except Exception:  # an exception that cannot say what it is
        said = ""
    return f"{type(error).__name__}: {said}" if said else f"{type(error).__name__}."


def _line(error: BaseException, script: Script) -> int:
    """Return the innermost line of the script that the exception went through."""
    lines = [frame.lineno or 0 for frame in traceback.extract_tb(error.__traceback__) if frame.filename == script.path]
    return lines[-1] if lines else 0
