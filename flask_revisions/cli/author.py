"""`flask db init`, `revision`, `merge`, `edit` and `list-templates`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..paths import shown_path
from . import completion
from .command import as_called, command, is_quiet, opened
from .json import json_option, print_json
from .options import label_option, message_option, new_revision_options, rev_id_option, splice_option
from .output import identifier, say
from .written import say_written

if TYPE_CHECKING:
    from ..commands.author import NewRevision


@command("init", short_help="Make the folder for revisions.")
@click.option("--multidb", is_flag=True, help="For several databases: the same as --template multidb.")
@click.option("--package", is_flag=True, help="Make it a Python package, with __init__.py.")
@click.option("-t", "--template", help="A template to put there, too: a name or a file; see list-templates.")
@click.option("--head-file", is_flag=True, help="Keep a file HEAD there, in which parallel branches conflict in git.")
def init(multidb: bool, package: bool, template: str | None, head_file: bool, **common: Any) -> None:
    """Make the folder for revisions, 'migrations' by default. What is there already stays as it is.

    \b
    Examples:
      flask db init
      flask db init -d database/revisions
      flask db init -t default
    """
    from ..commands import author

    with opened(**common) as project:
        chosen = template or ("multidb" if multidb else None)
        histories = tuple(project.each()) if project.is_separate else (project,)
        found = [author.init(one, package=package, template=chosen, head_file=head_file) for one in histories]
    for folder, made in () if is_quiet() else found:
        _say_made(shown_path(str(folder)), made, is_new=str(folder) in made)


def _say_made(shown: str, made: tuple[str, ...], *, is_new: bool) -> None:
    if made and not is_new:
        say(f"Made {', '.join(map(shown_path, made))}.")
    elif made:
        text = f"Made {shown}. Next: flask db migrate -m 'what it does', then flask db upgrade."
        say(as_called(text, click.get_current_context()))
    else:
        say(f"{shown} is there already.")


@command("revision", short_help="Write a new revision.")
@new_revision_options
@click.option("--autogenerate", is_flag=True, help="Compare the models with the database: the same as 'migrate'.")
def revision(request: NewRevision, autogenerate: bool, **common: Any) -> None:
    """Write the file of a new, empty revision, to be filled in.

    \b
    Examples:
      flask db revision -m "create users"
      flask db revision -m "reports" --head base --branch-label reports
      flask db revision --autogenerate -m "create users"
    """
    from ..commands import author

    with opened(**common) as project:
        if autogenerate:
            from .migrate import write_migration

            write_migration(project, request)
        else:
            say_written(author.revision(project, request))


@command("merge", short_help="Join branches.")
@click.argument("revisions", nargs=-1, required=True, metavar="REVISION...", shell_complete=completion.revisions)
@message_option
@label_option
@rev_id_option
@splice_option
def merge(
    revisions: tuple[str, ...],
    message: str,
    branch_label: tuple[str, ...],
    rev_id: str | None,
    splice: bool,
    **common: Any,
) -> None:
    """Write a revision that comes after several others, so that there is one head again.

    \b
    Examples:
      flask db merge heads
      flask db merge 3fa2 9bc1 -m "reports meet users"
    """
    from ..commands import author

    request = author.NewRevision(message, revisions, splice, branch_label, None, rev_id)
    with opened(**common) as project:
        say_written(author.merge(project, request))


@command("edit", short_help="Open a revision in an editor.")
@click.argument("revision", default="head", shell_complete=completion.revisions)
def edit(revision: str, **common: Any) -> None:
    """Open the file of REVISION, by default of the head, in the editor that VISUAL or EDITOR names.

    \b
    Examples:
      flask db edit
      flask db edit 3fa2
    """
    from ..commands import author

    with opened(**common) as project:
        author.edit(project, revision)


@command("list-templates", short_help="Show the templates of revision files.")
@json_option
def list_templates(as_json: bool, **ignored: Any) -> None:
    """Show the templates that 'flask db init -t NAME' can put into the folder.

    \b
    Examples:
      flask db list-templates
      flask db init -t default
    """
    from ..scripts.templates import TEMPLATES

    if as_json:
        print_json([{"name": name, "description": each.description} for name, each in TEMPLATES.items()])
        return
    for name, each in TEMPLATES.items():
        say(f"{identifier(name)}  {each.description}")
