"""`flask db rebase`, `eject` and `doctor`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from ..errors import ERROR, RevisionsError
from ..paths import shown_path
from . import completion
from .command import as_called, command, note, opened
from .lines import revision_line
from .output import identifier, one_line, print_warning, say, styled

if TYPE_CHECKING:
    from ..commands.repair import Ejected


@command("rebase", short_help="Put a branch after the other head.")
@click.argument("revision", required=False, shell_complete=completion.revisions)
@click.option(
    "--onto", shell_complete=completion.revisions, help="What it is to come after, by default the other head."
)
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


@command("eject", short_help="Go back to Flask-Migrate.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
def eject(dry_run: bool, **common: Any) -> None:
    """Write what Flask-Migrate and Alembic need into the folder of the revisions: alembic.ini, env.py and a template.

    Files that are there already stay as they are; an alembic.ini elsewhere that names the folder is one of them.
    Scripts that import from flask_revisions, and use nothing that Alembic does not have, import from alembic
    afterwards; the others are named, with what they use.

    \b
    Example:
      flask db eject --dry-run
    """
    from ..commands import repair

    with opened(**common) as project:
        done = repair.eject(project, dry_run=dry_run)
        would = "Would write" if dry_run else "Wrote"
        for path in done.written:
            say(f"{would} {shown_path(path)}.")
        for path in done.kept:
            say(f"{shown_path(path)} stays as it is.")
        for path in done.changed:
            say(f"{'Would change' if dry_run else 'Changed'} {shown_path(path)}: it imports from alembic.")
        for path, used in done.ours.items():
            print_warning(f"{shown_path(path)} uses what Alembic does not have: {', '.join(used)}.")
        note(_next(done, dry_run=dry_run))


def _next(done: Ejected, *, dry_run: bool) -> str:
    if dry_run:
        return "Nothing was changed."
    if done.command:
        lines = ["Next: take Revisions(...) out of the application, and go on with the command alembic."]
    else:
        lines = [
            "Next: install flask-migrate, and write Migrate(app, db) from flask_migrate in place of Revisions(app, db)."
        ]
    if done.tables:
        dropped = " ".join(f"DROP TABLE IF EXISTS {table};" for table in done.tables)
        lines.append(f"Log and journal are of no use to it, and can go: {dropped}")
        if any(path.endswith("env.py") for path in done.kept):
            lines.append("Your env.py does not know them: until they are gone, its check takes them for a difference.")
    return "\n".join(lines)


@command("doctor", short_help="Look for what commonly goes wrong.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def doctor(as_json: bool, **common: Any) -> None:
    """Look for what commonly goes wrong, and say what to do about it. Nothing is changed.

    Exits with code 1 if something has to be mended; what is only good to know is no reason.

    \b
    Example:
      flask db doctor
    """
    from ..commands.doctor import as_finding, examine

    try:
        with opened(**common) as project:
            findings = tuple(examine(project))
    except RevisionsError as error:
        findings = (as_finding(error),)
    if as_json:
        facts = [{"problem": each.problem, "cure": each.cure, "serious": each.serious} for each in findings]
        say(json.dumps(facts, indent=2))
    for each in () if as_json else findings:
        mark = styled("wrong", fg="red", bold=True) if each.serious else styled("note", fg="cyan")
        say(f"{mark}: {one_line(each.problem)}")
        say(f"  {as_called(one_line(each.cure), click.get_current_context())}" if each.cure else "")
    if not findings:
        note("Nothing is wrong that the doctor knows of.")
    if any(each.serious for each in findings):
        click.get_current_context().exit(ERROR)
