"""Questions before something is done: whether a protected database is meant, whether the log's files are to run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

import click

from ..errors import FileGone, ProtectedDatabase
from .output import is_terminal, one_line, print_warning

Result = TypeVar("Result")


def confirmed(work: Callable[[tuple[str, ...]], Result], names: tuple[str, ...]) -> Result:
    """Return what `work` returns; where it wants a confirmation, ask for it on a terminal.

    :param work: called with the names that have been confirmed.
    :raises ProtectedDatabase: nobody is there to ask, or another name was typed.
    """
    try:
        return work(names)
    except ProtectedDatabase as error:
        if names or not (is_terminal(sys.stdin) and is_terminal()):
            raise
        print_warning(one_line(error.message))
        typed = click.prompt(f"Type its name ({error.name}) to go on", default="", show_default=False)
        if typed != error.name:
            raise
        return work((error.name,))


def or_from_log(work: Callable[[bool], Result], from_log: bool) -> Result:
    """Return what `work` returns; where a file is gone that the log has, ask on a terminal whether that is to run.

    :param work: called with whether the files are those of the log.
    :raises FileGone: nobody is there to ask, or it is not wanted.
    """
    try:
        return work(from_log)
    except FileGone as error:
        if not (is_terminal(sys.stdin) and is_terminal()):
            raise
        print_warning(one_line(error.message))
        if not click.confirm("Take it back, with the file that the log has kept?"):
            raise
        return work(True)
