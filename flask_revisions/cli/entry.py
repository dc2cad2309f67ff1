"""`flask db` as Flask finds it when the application itself cannot be made: then the error is two lines, too.

Flask looks for commands of installed packages before it loads the application, and for the application's own after
that. This one only loads the application and hands over to the group that it has registered, whoever that is from.
"""

from __future__ import annotations

from typing import Any, NoReturn

import click
from flask import Flask
from flask.cli import ScriptInfo

from ..errors import ConfigurationError, RevisionsError


class LateGroup(click.Group):
    """Stands for the group `db` of an application that is not loaded yet."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Load the application, and let its own group take over."""
        if parent is None:
            return super().make_context(info_name, args, parent, **extra)
        return self._group(parent).make_context(info_name, args, parent, **extra)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, for completion."""
        from .group import COMMANDS

        return sorted(COMMANDS)

    def _group(self, parent: click.Context) -> click.Command:
        try:
            app = parent.ensure_object(ScriptInfo).load_app()
        except Exception as error:
            _end(parent, _explained(error))
        group = app.cli.commands.get(self.name or "db")
        if group is None:
            _end(
                parent,
                ConfigurationError(
                    f"The application '{app.name}' has no commands '{self.name}'.",
                    "give it some: Revisions(app, db), or revisions.init_app(app) in the factory.",
                ),
            )
        _push(parent, app)
        return group


def _explained(error: Exception) -> RevisionsError:
    """Return an error for people; anything else goes on as it came."""
    from ..discovery import explain

    known = explain(error)
    if known is None:
        raise error
    return known


def _end(ctx: click.Context, error: RevisionsError) -> NoReturn:
    from .output import print_error

    print_error(error)
    ctx.exit(error.exit_code)


def _push(ctx: click.Context, app: Flask) -> None:
    """Make the application current, as Flask does for an application's own commands."""
    from flask import current_app

    if not current_app or current_app._get_current_object() is not app:  # type: ignore[attr-defined]
        ctx.with_resource(app.app_context())


group = LateGroup(name="db", help="Database revisions.", short_help="Database revisions.")
