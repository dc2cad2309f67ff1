"""`flask db` as Flask finds it when the application itself cannot be made: then the error is two lines, too.

Flask looks for commands of installed packages before it loads the application, and for the application's own
after that. This one only loads the application and hands over to the group that it has registered, whoever
that is from.
"""

from __future__ import annotations

import os
from pathlib import Path
from traceback import extract_tb
from typing import Any, NoReturn

import click
from flask import Flask
from flask.cli import NoAppException, ScriptInfo

from ..errors import ConfigurationError, RevisionsError, UsageError

NAME = "db"
"""As in the entry point; applications may give their group another name, and then this one is not asked."""


class LateGroup(click.Group):
    """Stands for the group `db` of an application that is not loaded yet."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Load the application, and let its own group take over."""
        if parent is None:
            return super().make_context(info_name, args, parent, **extra)
        group = self._group(parent, args, completing=bool(extra.get("resilient_parsing")))
        return group.make_context(info_name, args, parent, **extra)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, for completion."""
        from .group import COMMANDS

        return sorted(COMMANDS)

    def _group(self, ctx: click.Context, args: list[str], *, completing: bool) -> click.Command:
        from .group import RevisionsGroup

        try:
            app = ctx.ensure_object(ScriptInfo).load_app()
        except (Exception, KeyboardInterrupt) as error:
            if completing or not args or {"--help", "--version"} & set(args):
                return RevisionsGroup(NAME)  # these are answered without an application, too
            if isinstance(error, click.ClickException) and not isinstance(error, NoAppException):
                raise
            self._end(ctx, _explained(error), args)
        group = app.cli.get_command(ctx, NAME)
        if group is None:
            if not completing:
                self._end(ctx, _no_group(app), args)
            return RevisionsGroup(NAME)
        if not isinstance(group, RevisionsGroup) and "revisions" in app.extensions and not _names_of(app):
            self._warn(app)
        _push(ctx, app)
        return group

    @staticmethod
    def _warn(app: Flask) -> None:
        from .output import print_warning

        print_warning(
            f"The application '{app.name}' has given the commands 'flask {NAME}' to another extension after Revisions; "
            "Revisions(command='revisions') gives ours another name."
        )

    def _end(self, ctx: click.Context, error: BaseException, args: list[str]) -> NoReturn:
        from .command import report

        ctx.exit(report(error, ctx, None, traceback="--traceback" in args))


def _explained(error: BaseException) -> BaseException:
    """Return an error for people about an application that could not be made."""
    from ..discovery import explain

    cause = error
    if isinstance(error, NoAppException):
        if not error.message.startswith("While importing"):
            return _not_found(error)
        # Flask has put a whole traceback into the text; the error itself is what it came from
        cause = error.__cause__ or error.__context__ or error
    if isinstance(cause, KeyboardInterrupt):
        return cause
    known = explain(cause)
    if known is None:
        said = f"{type(cause).__name__}: {cause}" if str(cause) else type(cause).__name__
        known = RevisionsError(
            f"The application cannot be made: {said}{_place(cause)}",
            "correct that; --traceback shows where it comes from.",
        )
    if known is not cause:
        known.__cause__ = cause
    return known


_IMPORTABLE = (
    "look at the name after --app or in FLASK_APP, and at the folder that you are in: "
    "if app.py is in it, the name is app."
)


def _not_found(error: NoAppException) -> RevisionsError:
    said, _, advice = error.message.partition("\n")[0].partition(". ")
    hint = advice[:1].lower() + advice[1:] or _IMPORTABLE
    return UsageError(f"{said.rstrip('.')}.", hint)


def _place(error: BaseException) -> str:
    """Return the innermost line that is the project's own, as that is where a person can look."""
    others = (str(Path(__file__).parents[1]), str(Path(os.__file__).parent), "<frozen")
    frames = [
        frame
        for frame in extract_tb(error.__traceback__)
        if "site-packages" not in frame.filename and not frame.filename.startswith(others)
    ]
    return f" ({frames[-1].filename}, line {frames[-1].lineno}: {frames[-1].line})" if frames else ""


def _no_group(app: Flask) -> ConfigurationError:
    names = _names_of(app)
    if names:
        return ConfigurationError(
            f"The application '{app.name}' has no commands '{NAME}'.", f"it calls them 'flask {names[0]}'."
        )
    return ConfigurationError(
        f"The application '{app.name}' has no Revisions, and so no commands '{NAME}'.",
        "give it some: Revisions(app, db), or revisions.init_app(app) in the factory.",
    )


def _names_of(app: Flask) -> list[str]:
    """Return what the application calls our commands."""
    from .group import RevisionsGroup

    return [name for name, group in app.cli.commands.items() if isinstance(group, RevisionsGroup)]


def _push(ctx: click.Context, app: Flask) -> None:
    """Make the application current, as Flask does for an application's own commands."""
    from flask import current_app

    if not current_app or current_app._get_current_object() is not app:  # type: ignore[attr-defined]
        ctx.with_resource(app.app_context())


group = LateGroup(name=NAME, help="Database revisions.", short_help="Database revisions.")
