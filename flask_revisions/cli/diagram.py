"""`flask db diagram`."""

from __future__ import annotations

from typing import Any

import click

from . import completion
from .command import command, note, opened
from .graph import write_file
from .output import print_warning, say, styled

COLOURS = {"+": "green", "-": "red", "~": "yellow"}


@command("diagram", short_help="Draw the tables that there are at a revision.")
@click.argument("revision", required=False, shell_complete=completion.revisions)
@click.option("--change", is_flag=True, help="Draw what the revision changes, instead of all that there is then.")
@click.option("-t", "--table", multiple=True, metavar="NAME", help="Draw this table alone. May be repeated.")
@click.option(
    "--format", type=click.Choice(["text", "mermaid"]), default="text", show_default=True, help="What to draw."
)
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="The file to write, instead of printing.")
def diagram(
    revision: str | None, change: bool, table: tuple[str, ...], format: str, output: str | None, **common: Any
) -> None:
    """Draw the tables that there are after REVISION, by default the heads, or what that revision changes.

    Nothing is run and no database is asked: the operations of the scripts tell it. What they do not tell, such as
    a CREATE TABLE in a text of SQL, is named.

    \b
    Examples:
      flask db diagram
      flask db diagram --format mermaid -o tables.mmd
      flask db diagram 3fa --change
    """
    if change and table:
        raise click.UsageError("--change and --table exclude each other.")
    from ..commands import diagram as commands
    from ..schema import diagram_text

    with opened(**common) as project:
        if change:
            drawn, notes = commands.change(project, revision or "head")
        else:
            drawn, notes = commands.diagram(project, revision or "heads", only=table)
    for each in notes:
        print_warning(f"Not in the picture: {each}")
    text = diagram_text.text(drawn) if format == "text" else diagram_text.mermaid(drawn)
    if output is not None:
        write_file(output, text)
        note(f"Wrote {output}.")
    elif not drawn.entities:
        note("It changes no table." if change else "There are no tables yet.")
    else:
        say("\n".join(map(_coloured, text.splitlines())))


def _coloured(line: str) -> str:
    mark = line.strip()[:1]
    return styled(line, fg=COLOURS[mark]) if mark in COLOURS else line
