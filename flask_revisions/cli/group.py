"""The command group: its commands are imported when one is called."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click
from flask.cli import AppGroup, FlaskGroup

COMMANDS = {
    "init": "author",
    "revision": "author",
    "migrate": "migrate",
    "check": "migrate",
    "merge": "author",
    "edit": "author",
    "list-templates": "author",
    "upgrade": "apply",
    "downgrade": "apply",
    "stamp": "apply",
    "ensure-version": "apply",
    "release": "release",
    "status": "status",
    "current": "inspect",
    "heads": "inspect",
    "branches": "inspect",
    "history": "inspect",
    "show": "inspect",
    "graph": "graph",
    "diagram": "diagram",
    "rebase": "repair",
    "eject": "repair",
    "doctor": "repair",
    "log": "log",
    "journal": "journal",
}
"""Each command, and the module of this package that holds it."""

SECTIONS = {
    "author": "Write revisions",
    "migrate": "Write revisions",
    "apply": "Change databases",
    "release": "Change databases",
    "inspect": "Look",
    "graph": "Look",
    "diagram": "Look",
    "log": "Look",
    "status": "Look",
    "repair": "Repair",
    "journal": "Repair",
}
"""Where the help lists the commands of a module; those of others, and of the project, come last."""

OTHERS = "Other commands"

HELP = """Database revisions: create them, apply them, look at them.

A first session:

\b
  flask db init                        makes the folder
  flask db migrate -m "create users"   writes what the models have and the database has not
  flask db upgrade                     applies it
  flask db downgrade                   takes it back

'flask db COMMAND --help' has more about each command.
"""

_KEY = "flask_revisions"


class RevisionsGroup(AppGroup):
    """`flask db`: knows its commands by name, and imports one when it is called.

    :param name: the name of the group.
    """

    def __init__(self, name: str = "db") -> None:
        super().__init__(name=name, help=HELP.replace("flask db ", f"flask {name} "), short_help="Database revisions.")
        self.params += [
            click.Option(["-d", "--directory"], help="The folder of the revisions.", type=click.Path()),
            click.Option(["-x", "--x-arg"], multiple=True, help="A value for scripts: name=value. May be repeated."),
            click.Option(["-q", "--quiet"], is_flag=True, help="Print results and problems only."),
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
        """Return the names of the commands, those too that a project has added."""
        return sorted({*COMMANDS, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; one of ours is imported now."""
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module = import_module(f".{COMMANDS[cmd_name]}", __package__)
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, those that belong together in one section."""
        sections: dict[str, list[tuple[str, str]]] = {each: [] for each in (*SECTIONS.values(), OTHERS)}
        names = [*COMMANDS, *(name for name in self.list_commands(ctx) if name not in COMMANDS)]
        width = formatter.width - 6 - max(map(len, names))
        for name in names:
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                section = SECTIONS.get(COMMANDS.get(name, ""), OTHERS)
                sections[section].append((name, command.get_short_help_str(width)))
        for title, rows in sections.items():
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write where the documentation is."""
        address = _documentation()
        if address:
            formatter.write_paragraph()
            formatter.write_text(f"Documentation: {address}")

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that was called; where there is none, name one that looks like it."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches  # only wanted when something is wrong already

            near = get_close_matches(args[0], self.list_commands(ctx), n=1)
            if near and f"'{near[0]}'" not in error.format_message():
                raise click.UsageError(f"{error.message} Did you mean '{near[0]}'?", ctx) from None
            raise


def taken_by_package(name: str) -> bool:
    """Return True if an installed package has commands of that name: Flask asks it before the application.

    That is known while `flask` runs a command, since it has loaded what packages have by then.
    """
    ctx = click.get_current_context(silent=True)
    root = ctx.find_root().command if ctx is not None else None
    found = getattr(root, "commands", {}).get(name) if isinstance(root, FlaskGroup) else None
    return found is not None and not type(found).__module__.startswith(f"{__package__}.")


def group_name(ctx: click.Context) -> str:
    """Return the name of the group that a command was called from."""
    context: click.Context | None = ctx
    while context is not None:
        if isinstance(context.command, RevisionsGroup) and context.info_name:
            return context.info_name
        context = context.parent
    return "db"


def given_to_group(ctx: click.Context, name: str) -> Any:
    """Return the value of an option that was given to the group; None if it was not."""
    return ctx.meta.get(_KEY, {}).get(name)


def _remember(**given: Any) -> None:
    """Keep what was given to the group; what is given to a command comes first."""
    click.get_current_context().meta[_KEY] = given


def _documentation() -> str:
    """Return the address that the installed package gives for its documentation, else its home page; empty for none."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        named = metadata("flask-revisions").get_all("Project-URL") or []
    except PackageNotFoundError:
        return ""
    addresses: dict[str, str] = dict(each.split(", ", 1) for each in named)
    return addresses.get("Documentation") or addresses.get("Homepage", "")


def _print_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from ..version import __version__

        click.echo(f"flask-revisions {__version__}")
        ctx.exit()
