"""`flask db rebase`."""

from __future__ import annotations

from typing import Any

import click

from .command import command, note, opened
from .lines import revision_line, shown_path
from .output import identifier, say


@command("rebase", short_help="Put a branch after the other head.")
@click.argument("revision", required=False)
@click.option("--onto", help="What it is to come after, by default the other head.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
def rebase(revision: str | None, onto: str | None, dry_run: bool, **common: Any) -> None:
    """Put the branch that ends at REVISION after the other head, so that there is one line again.

    For two branches of development that met: the one that no database has is moved, by changing the
    'down_revision' of its first file. A branch that this database has, or that its log knows as applied, is
    not moved; 'flask db merge heads' joins such branches.

    \b
    Examples:
      flask db rebase
      flask db rebase 3fa2 --onto 9bc1
    """
    from ..commands import repair

    with opened(**common) as project:
        done = repair.rebase(project, revision, onto=onto, dry_run=dry_run)
        plan, graph = done.rebase, project.graph
        verb = "Would put" if dry_run else "Put"
        say(f"{verb} {identifier(plan.moved[0])} after {identifier(plan.onto)}:")
        for id in plan.moved:
            say(revision_line(graph, graph[id], before="  "))
        for path in done.files:
            say(f"{'Would change' if dry_run else 'Changed'} {shown_path(path)}.")
        if not dry_run:
            note("Next: read it, as what is below has changed; then 'flask db upgrade'.")
