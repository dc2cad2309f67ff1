"""The command group: its commands are imported when one is called."""

from __future__ import annotations

from importlib import import_module

import click
from flask.cli import AppGroup

COMMANDS = {
    "init": "author",
    "revision": "author",
    "merge": "author",
    "upgrade": "apply",
    "downgrade": "apply",
    "stamp": "apply",
    "current": "inspect",
    "heads": "inspect",
    "branches": "inspect",
    "history": "inspect",
    "show": "inspect",
}
"""Each command, and the module of this package that holds it."""

HELP = """Database revisions: create them, apply them, look at them.

A first session: 'init' makes the folder, 'revision -m "create users"' writes a file to fill in, 'upgrade' applies it,
'downgrade' takes it back.
"""


class RevisionsGroup(AppGroup):
    """`flask db`: knows its commands by name, and imports one when it is called.

    :param name: the name of the group.
    """

    def __init__(self, name: str = "db") -> None:
        super().__init__(name=name, help=HELP, short_help="Database revisions.")
        self.params += [
            click.Option(["-d", "--directory"], help="The folder of the revisions.", type=click.Path()),
            click.Option(["-x", "--x-arg"], multiple=True, help="A value for scripts: name=value."),
            click.Option(["-q", "--quiet"], is_flag=True, help="Print results and errors only."),
            click.Option(["--traceback"], is_flag=True, help="Show where an error comes from."),
            click.Option(
                ["--version"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_print_version,
                help="Print the version of flask-revisions.",
            ),
        ]
        self.callback = _remember

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*COMMANDS, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module = import_module(f".{COMMANDS[cmd_name]}", __package__)
        command: click.Command = getattr(module, cmd_name)
        return command


def _remember(directory: str | None, x_arg: tuple[str, ...], quiet: bool, traceback: bool) -> None:
    """Keep what was given to the group; what is given to a command comes first."""
    click.get_current_context().meta["flask_revisions"] = {
        "directory": directory,
        "x_arg": x_arg,
        "quiet": quiet,
        "traceback": traceback,
    }


def _print_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from ..version import __version__

        click.echo(f"flask-revisions {__version__}")
        ctx.exit()
