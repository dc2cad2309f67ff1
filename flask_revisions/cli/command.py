"""What every command shares: its options, `-2` as an argument, and errors in two lines."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click
from flask.cli import with_appcontext

from ..errors import INTERRUPTED, RevisionsError
from . import output

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
            click.Option(["-q", "--quiet"], is_flag=True, help="Print results and errors only."),
            click.Option(["--traceback"], is_flag=True, help="Show where an error comes from."),
        ]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, taking `-2` for what it is; every other unknown word that begins with a dash is an error."""
        words_after = args.index("--") if "--" in args else len(args)
        ctx.ignore_unknown_options = any(_STEPS_BACK.match(word) for word in args[:words_after])
        given = list(args[:words_after])
        rest = super().parse_args(ctx, args)
        if ctx.ignore_unknown_options and not ctx.resilient_parsing:
            for word in _arguments(self, ctx):
                if word in given and word.startswith("-") and word != "-" and not _STEPS_BACK.match(word):
                    raise click.NoSuchOption(word, ctx=ctx)
        return rest

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error becomes two lines and an exit code."""
        traceback = _setting(ctx, "traceback")
        try:
            return super().invoke(ctx)
        except RevisionsError as error:
            if traceback:
                raise
            output.print_error(error)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            output.print_error(RevisionsError("Interrupted.", "what was finished stays; run the command again to go on."))
            ctx.exit(INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if traceback:
                raise
            output.print_error(output.unexpected(error))
            ctx.exit(1)


def command(name: str, **keywords: Any) -> Callable[[Function], RevisionCommand]:
    """Make a command of a function; it runs within an application context."""

    def decorate(function: Function) -> RevisionCommand:
        made: RevisionCommand = click.command(name, cls=RevisionCommand, **keywords)(with_appcontext(function))
        return made

    return decorate


x_option = click.option("-x", "--x-arg", multiple=True, help="A value for scripts: name=value. May be repeated.")
sql_option = click.option("--sql", is_flag=True, help="Print the SQL instead of running it; nothing is connected to.")
tag_option = click.option("--tag", help="A text for scripts to ask for.")
verbose_option = click.option("-v", "--verbose", is_flag=True, help="Print more about each revision.")
message_option = click.option("-m", "--message", default="", help="What the revision does.")
rev_id_option = click.option("--rev-id", help="The id, instead of a new one.")
splice_option = click.option("--splice", is_flag=True, help="Let the new revision come after one that is no head.")
label_option = click.option("--branch-label", multiple=True, help="A name for the branch that begins here. May be repeated.")


@contextmanager
def opened(
    *, directory: str | None, x_arg: tuple[str, ...] = (), tag: str | None = None, **ignored: Any
) -> Iterator[Project]:
    """Open the project of the current application, with what the command and its group were given."""
    from flask import current_app

    from ..project import open_project

    ctx = click.get_current_context()
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    with open_project(
        app,
        directory=directory or _setting(ctx, "directory"),
        x_arguments=(*(_setting(ctx, "x_arg") or ()), *x_arg),
        tag=tag,
        warn=output.print_warning,
    ) as project:
        yield project


def is_quiet() -> bool:
    """Return True if only results and errors are to be printed."""
    return bool(_setting(click.get_current_context(), "quiet"))


def _setting(ctx: click.Context, name: str) -> Any:
    """Return what the command was given, else what its group was given."""
    return ctx.params.get(name) or ctx.meta.get("flask_revisions", {}).get(name)


def _arguments(command: click.Command, ctx: click.Context) -> Iterator[str]:
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            value = ctx.params.get(parameter.name or "")
            yield from value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()


def is_terminal() -> bool:
    """Return True if standard output is a terminal."""
    return sys.stdout.isatty()
