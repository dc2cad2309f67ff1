"""What every command shares: its options, `-2` as an argument, and errors in two lines."""

from __future__ import annotations

import errno
import re
import shlex
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from ..errors import RevisionsError
from . import completion, output
from .group import given_to_group, group_name
from .interrupts import interruptible, interrupts

if TYPE_CHECKING:
    from ..project import Project

Function = TypeVar("Function", bound=Callable[..., Any])

_STEPS_BACK = re.compile(r"-\d+$")


class RevisionCommand(click.Command):
    """A command that takes `-2` for an argument, and ends in two lines when something is wrong."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.params += [
            click.Option(["-d", "--directory"], help="The folder of the revisions.", type=click.Path()),
            click.Option(
                ["--bind"],
                metavar="NAME",
                shell_complete=completion.databases,
                help="One of several databases; 'default' for the default one.",
            ),
            click.Option(["-q", "--quiet"], is_flag=True, help="Print results and problems only."),
            click.Option(["--traceback"], is_flag=True, help="Show where an error comes from."),
        ]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, taking `-2` for what it is; every other unknown word that begins with a dash is an error."""
        given = list(args[: args.index("--")] if "--" in args else args)
        ctx.ignore_unknown_options = any(_STEPS_BACK.match(word) for word in given)
        try:
            rest = super().parse_args(ctx, args)
        except click.UsageError:
            self._refuse_unknown(ctx, given)  # it says more than that there is one argument too many
            raise
        if ctx.ignore_unknown_options and not ctx.resilient_parsing:
            self._refuse_unknown(ctx, [word for word in _arguments(self, ctx) if word in given])
        return rest

    def _refuse_unknown(self, ctx: click.Context, words: Iterable[str]) -> None:
        from difflib import get_close_matches  # only wanted when something is wrong already

        known = {name for parameter in self.get_params(ctx) for name in parameter.opts}
        for word in words:
            name = word.partition("=")[0] if word.startswith("--") else word[:2]
            if word.startswith("-") and word != "-" and not _STEPS_BACK.match(word) and name not in known:
                near = get_close_matches(name, known, n=1)
                raise click.NoSuchOption(word, possibilities=near, ctx=ctx)

    def get_help(self, ctx: click.Context) -> str:
        """Return the help, with the group's own name in its examples."""
        return as_called(super().get_help(ctx), ctx)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error becomes two lines and an exit code."""
        with two_lines(ctx, traceback=bool(_given(ctx, "traceback"))), interruptible(interrupts(ctx)):
            return super().invoke(ctx)


def command(name: str, **keywords: Any) -> Callable[[Function], RevisionCommand]:
    """Make a command of a function; it runs within an application context."""

    def decorate(function: Function) -> RevisionCommand:
        made: RevisionCommand = click.command(name, cls=RevisionCommand, **keywords)(with_appcontext(function))
        return made

    return decorate


@contextmanager
def opened(
    *,
    directory: str | None,
    bind: str | None = None,
    x_arg: tuple[str, ...] = (),
    tag: str | None = None,
    **ignored: Any,
) -> Iterator[Project]:
    """Open the project of the current application, with what the command and its group were given."""
    from ..project import open_project

    ctx = click.get_current_context()
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    with open_project(
        app,
        directory=directory or given_to_group(ctx, "directory"),
        x_arguments=(*(given_to_group(ctx, "x_arg") or ()), *x_arg),
        tag=tag,
        bind=bind,
        warn=lambda text: output.print_warning(as_called(text, ctx)),
    ) as project:
        yield project


def is_quiet() -> bool:
    """Return True if only results and problems are to be printed."""
    return bool(_given(click.get_current_context(), "quiet"))


def note(text: str) -> None:
    """Print what is no result, but good to know, on standard error; not with `--quiet`."""
    if not is_quiet():
        output.say(as_called(text, click.get_current_context()), err=True)


# -- errors -------------------------------------------------------------------------------------------


@contextmanager
def two_lines(ctx: click.Context, *, traceback: bool) -> Iterator[None]:
    """Turn an error of a block into two lines on standard error, and end with its exit code.

    What click itself reports goes on as it came.

    :param traceback: print where it comes from, too.
    """
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, SystemExit):
        raise
    except BaseException as error:
        if isinstance(error, click.Abort) and not interrupts(ctx).received:
            raise
        if isinstance(error, OSError) and error.errno == errno.EPIPE:
            raise  # nobody reads our output any more: click ends without a word
        app = current_app._get_current_object() if current_app else None  # type: ignore[attr-defined]
        ctx.exit(report(error, ctx, app, traceback=traceback))


def report(error: BaseException, ctx: click.Context, app: Flask | None, *, traceback: bool = False) -> int:
    """Print an error as two lines, and return its exit code.

    :param app: whose passwords are hidden; None where it could not be made.
    :param traceback: print where it comes from, too.
    """
    from ..discovery import secrets_of

    secrets = secrets_of(app)
    if traceback:
        output.print_traceback(error, secrets=secrets)
    shown, code = explained(error, ctx)
    output.print_error(shown, secrets=secrets)
    return code


def explained(error: BaseException, ctx: click.Context) -> tuple[RevisionsError, int]:
    """Return what a person reads about an error, and its exit code; passwords are not hidden yet."""
    found = interrupts(ctx)
    if found.received or isinstance(error, KeyboardInterrupt):  # a driver makes an error of its own of it
        stands = found.stands()
        hint = "what was finished stays; run the command again to go on."
        return RevisionsError(f"Interrupted{f', {stands}' if stands else ''}.", hint), found.exit_code
    known = error if isinstance(error, RevisionsError) else output.unexpected(error)
    return RevisionsError(known.message, as_called(known.hint, ctx)), known.exit_code


def as_called(text: str, ctx: click.Context) -> str:
    """Return a text with `flask db` as the project calls it, and with the folder that was given to `init`."""
    directory = _given(ctx, "directory")
    if directory:
        text = text.replace("'flask db init'", f"'flask db init -d {shlex.quote(str(directory))}'")
    return text.replace("flask db ", f"flask {group_name(ctx)} ")


def _given(ctx: click.Context, name: str) -> Any:
    """Return what the command was given, else what its group was given."""
    return ctx.params.get(name) or given_to_group(ctx, name)


def _arguments(command: click.Command, ctx: click.Context) -> Iterator[str]:
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            value = ctx.params.get(parameter.name or "")
            yield from value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()
