"""The options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from . import completion

Function = Callable[..., None]

x_option = click.option("-x", "--x-arg", multiple=True, help="A value for scripts: name=value. May be repeated.")
sql_option = click.option(
    "--sql", is_flag=True, help="Print the SQL instead of running it; no database is connected to."
)
plan_option = click.option("--plan", is_flag=True, help="Show what would run and what it does, and run nothing.")
dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Run it in a transaction, show what it did, and roll back."
)
plan_json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print that as JSON, for programs; with --plan or --dry-run."
)
confirm_option = click.option(
    "--confirm", multiple=True, metavar="NAME", help="Confirm that a protected database is meant. May be repeated."
)
tag_option = click.option("--tag", help="A text for scripts to ask for.")
range_option = click.option(
    "-r",
    "--rev-range",
    shell_complete=completion.revisions,
    help="From where to where: 'a:b', 'a:', ':b', '-3:current'.",
)
verbose_option = click.option("-v", "--verbose", is_flag=True, help="Print more about each revision.")
message_option = click.option("-m", "--message", default="", help="What the revision does.")
rev_id_option = click.option("--rev-id", help="The id, instead of a new one.")
splice_option = click.option("--splice", is_flag=True, help="Let the new revision come after one that is no head.")
label_option = click.option(
    "--branch-label", multiple=True, help="A name for the branch that begins here. May be repeated."
)

_HEADS = click.option(
    "--head",
    "heads",
    multiple=True,
    shell_complete=completion.revisions,
    help="What it comes after; 'base' for nothing. May be repeated.",
)
_VERSION_PATH = click.option(
    "--version-path", type=click.Path(), help="The folder for the file, where there are several."
)
_DEPENDS_ON = click.option(
    "--depends-on",
    multiple=True,
    shell_complete=completion.revisions,
    help="What has to be applied before, on another branch. May be repeated.",
)
_OF_A_NEW_REVISION = (
    message_option,
    _HEADS,
    splice_option,
    label_option,
    _VERSION_PATH,
    rev_id_option,
    _DEPENDS_ON,
)


def new_revision_options(function: Function) -> Function:
    """Give a command the options for a revision that it writes; it gets them as one `NewRevision`, `request`."""

    @wraps(function)
    def with_request(
        *,
        message: str,
        heads: tuple[str, ...],
        splice: bool,
        branch_label: tuple[str, ...],
        version_path: str | None,
        rev_id: str | None,
        depends_on: tuple[str, ...],
        **others: Any,
    ) -> None:
        from ..commands.author import NewRevision

        after = heads or ("head",)
        request = NewRevision(message, after, splice, branch_label, version_path, rev_id, depends_on)
        function(request=request, **others)

    for option in reversed(_OF_A_NEW_REVISION):
        option(with_request)
    return with_request
