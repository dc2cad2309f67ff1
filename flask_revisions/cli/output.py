"""What is printed: results on standard output, all else on standard error; colours on a terminal only."""

from __future__ import annotations

import os
import shutil
import sys
import traceback
from collections.abc import Iterable
from itertools import islice
from typing import IO, Any

import click

from ..database import hide
from ..errors import RevisionsError

LONGEST = 1000
"""Characters of an error that are printed; `--traceback` shows all of it."""

TOGETHER = 200
"""Lines of a long list that are printed at once."""

HINT = "add --traceback to see where it comes from."


def say(text: str = "", *, err: bool = False, end: str = "\n") -> None:
    """Print a text; characters that the stream cannot take are written as escapes."""
    try:
        click.echo(text + end, err=err, nl=False)
    except UnicodeEncodeError:
        stream = sys.stderr if err else sys.stdout
        plain = (text + end).encode(stream.encoding, "backslashreplace").decode(stream.encoding)
        click.echo(plain, err=err, nl=False)


def say_lines(lines: Iterable[str]) -> None:
    """Print lines, many of them at a time: with each text that is printed the stream is flushed."""
    waiting = iter(lines)
    while some := list(islice(waiting, TOGETHER)):
        say("\n".join(some))


def print_error(error: RevisionsError, *, secrets: Iterable[str] = ()) -> None:
    """Print an error as two lines: what is wrong, and what to do.

    :param secrets: what must not be read in the first; the second holds nothing but words of ours.
    """
    message, hint = hide(error.message, secrets), hide(error.hint or HINT, ())
    say(f"{styled('Error:', fg='red', bold=True)} {shortened(one_line(message))}", err=True)
    say(f"{styled('Hint:', fg='cyan', bold=True)} {shortened(one_line(hint))}", err=True)


def hidden(message: str) -> str:
    """Return a message without the passwords of the current application."""
    from flask import current_app

    from ..discovery import secrets_of

    app = current_app._get_current_object() if current_app else None  # type: ignore[attr-defined]
    return one_line(hide(message, secrets_of(app)))


def print_traceback(error: BaseException, *, secrets: Iterable[str] = ()) -> None:
    """Print where an error comes from.

    :param secrets: what must not be read in it.
    """
    say(hide("".join(traceback.format_exception(error)), secrets), err=True, end="")


def print_warning(text: str) -> None:
    """Print a warning as one line on standard error."""
    say(f"{styled('Warning:', fg='yellow', bold=True)} {shortened(one_line(hide(text, ())))}", err=True)


def unexpected(error: BaseException) -> RevisionsError:
    """Return the two lines for an exception that nobody has foreseen."""
    said = one_line(str(error))
    return RevisionsError(f"{type(error).__name__}: {said}" if said else f"{type(error).__name__}.", HINT)


# -- texts --------------------------------------------------------------------------------------------


def one_line(text: str) -> str:
    """Return a text without line breaks, nor control characters that a terminal would obey."""
    shown = text if text.isprintable() else "".join(each if each.isprintable() else " " for each in text)
    return " ".join(shown.split())


def shortened(text: str, length: int = LONGEST) -> str:
    """Return a text with its middle left out where it is too long."""
    if len(text) <= length:
        return text
    tail = length // 5
    return f"{text[: length - tail]} [...] {text[-tail:]}"


def styled(text: str, **style: Any) -> str:
    """Return a text in a colour; without one where NO_COLOR is set (https://no-color.org)."""
    return text if os.environ.get("NO_COLOR") else click.style(text, **style)


def identifier(text: str) -> str:
    """Return an id as it is highlighted on a terminal."""
    return styled(one_line(text), fg="yellow")


def highlighted(source: str) -> str:
    """Return the text of a Python file as it is printed: in colours on a terminal, where Pygments is installed."""
    if os.environ.get("NO_COLOR") or not is_terminal():
        return source
    try:
        from pygments import highlight
        from pygments.formatters import TerminalFormatter
        from pygments.lexers import PythonLexer
    except ImportError:
        return source
    shown: str = highlight(source, PythonLexer(stripnl=False), TerminalFormatter())
    return shown


def is_terminal(stream: IO[str] | None = None) -> bool:
    """Return True if a stream, by default standard output, is a terminal."""
    chosen = sys.stdout if stream is None else stream
    return chosen is not None and chosen.isatty()


def can_print(text: str) -> bool:
    """Return True if standard output can take every character of a text."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def columns() -> int | None:
    """Return how many characters a line of the terminal has; None where standard output is none."""
    return shutil.get_terminal_size().columns if is_terminal() else None
