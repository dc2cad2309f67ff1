"""The module functions with Flask-Migrate's names, order and defaults; they work on the current application.

They return values, print nothing and raise `RevisionsError`. With `sql=True` they return the SQL as a text.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from .commands.check import Verdict
    from .commands.inspect import Position
    from .commands.migrate import Migration
    from .extension import Revisions
    from .graph.graph import Revision
    from .graph.plan import Step
    from .methods import Texts

__all__ = [
    "branches",
    "check",
    "current",
    "downgrade",
    "edit",
    "heads",
    "history",
    "init",
    "list_templates",
    "merge",
    "migrate",
    "revision",
    "show",
    "stamp",
    "upgrade",
]

Folder = str | PathLike[str] | None


def init(directory: Folder = None, multidb: bool = False, template: str | None = None, package: bool = False) -> Path:
    """Create the folder of the revisions, and return it.

    :param multidb: for several databases; the same as `template="multidb"`.
    :param template: the name of a template, or a file, which new revisions are made from.
    """
    return _current().init(directory, template=template or ("multidb" if multidb else None), package=package)


def revision(
    directory: Folder = None,
    message: str | None = None,
    autogenerate: bool = False,
    sql: bool = False,
    head: Texts = "head",
    splice: bool = False,
    branch_label: Texts | None = None,
    version_path: str | None = None,
    rev_id: str | None = None,
) -> Revision | Migration:
    """Write a new revision, and return it; with `autogenerate`, what `migrate` returns."""
    if autogenerate:
        return migrate(directory, message, sql, head, splice, branch_label, version_path, rev_id)
    _refuse_sql(sql)
    return _current().revision(
        message or "",
        head=head,
        splice=splice,
        branch_label=branch_label or (),
        version_path=version_path,
        rev_id=rev_id,
        directory=directory,
    )


def migrate(
    directory: Folder = None,
    message: str | None = None,
    sql: bool = False,
    head: Texts = "head",
    splice: bool = False,
    branch_label: Texts | None = None,
    version_path: str | None = None,
    rev_id: str | None = None,
    x_arg: Texts | None = None,
) -> Migration:
    """Write a revision from what is different between the models and the database; return what was found.

    :param x_arg: accepted for Flask-Migrate's sake; no script runs.
    """
    _refuse_sql(sql)
    return _current().migrate(
        message or "",
        head=head,
        splice=splice,
        branch_label=branch_label or (),
        version_path=version_path,
        rev_id=rev_id,
        directory=directory,
    )


def edit(directory: Folder = None, revision: str = "current") -> tuple[str, ...]:
    """Open the files of what an identifier names in the editor that VISUAL or EDITOR names; return their paths."""
    return _current().edit(revision, directory)


def list_templates() -> dict[str, str]:
    """Return the names of the templates that `init` can put into the folder, and what each is for."""
    from .scripts.templates import TEMPLATES

    return {name: each.description for name, each in TEMPLATES.items()}


def merge(
    directory: Folder = None,
    revisions: Texts = "heads",
    message: str | None = None,
    branch_label: Texts | None = None,
    rev_id: str | None = None,
) -> Revision:
    """Write a revision that comes after several others, and return it."""
    return _current().merge(
        revisions or "heads", message or "", branch_label=branch_label or (), rev_id=rev_id, directory=directory
    )


def upgrade(
    directory: Folder = None,
    revision: str = "head",
    sql: bool = False,
    tag: str | None = None,
    x_arg: Texts | None = None,
) -> tuple[Step, ...] | str:
    """Apply what is missing up to a revision; return the steps that were done, or the SQL."""
    if sql:
        return _current().sql("upgrade", revision, tag=tag, x_arg=x_arg or (), directory=directory)
    return _current().upgrade(revision, tag=tag, x_arg=x_arg or (), directory=directory)


def downgrade(
    directory: Folder = None,
    revision: str = "-1",
    sql: bool = False,
    tag: str | None = None,
    x_arg: Texts | None = None,
) -> tuple[Step, ...] | str:
    """Revert what is applied above a revision; return the steps that were done, or the SQL."""
    if sql:
        target = f"head:{revision}" if revision == "-1" else revision
        return _current().sql("downgrade", target, tag=tag, x_arg=x_arg or (), directory=directory)
    return _current().downgrade(revision, tag=tag, x_arg=x_arg or (), directory=directory)


def stamp(
    directory: Folder = None,
    revision: Texts = "head",
    sql: bool = False,
    tag: str | None = None,
    purge: bool = False,
) -> tuple[Step, ...] | str:
    """Record revisions as applied without running anything; return the steps that were recorded, or the SQL."""
    if sql:
        return _current().sql("stamp", revision, tag=tag, directory=directory)
    return _current().stamp(revision, purge=purge, tag=tag, directory=directory)


def show(directory: Folder = None, revision: str = "head") -> tuple[Revision, ...]:
    """Return the revisions that an identifier names."""
    return _current().show(revision, directory)


def history(
    directory: Folder = None, rev_range: str | None = None, verbose: bool = False, indicate_current: bool = False
) -> tuple[Revision, ...]:
    """Return the revisions of a range `from:to`, or all of them, newest first.

    :param verbose: accepted for Flask-Migrate's sake, as is `indicate_current`: nothing is printed.
    """
    return _current().history(rev_range, directory)


def heads(directory: Folder = None, verbose: bool = False, resolve_dependencies: bool = False) -> tuple[Revision, ...]:
    """Return the revisions that no other one comes after."""
    return _current().heads(directory, resolve_dependencies=resolve_dependencies)


def branches(directory: Folder = None, verbose: bool = False) -> tuple[Revision, ...]:
    """Return the revisions that more than one other comes after."""
    return _current().branches(directory)


def current(directory: Folder = None, verbose: bool = False) -> Position:
    """Return where the default database is."""
    return _current().current(directory)


def check(directory: Folder = None) -> Verdict:
    """Return what is different between the models and the database."""
    return _current().check(directory)


def _refuse_sql(sql: bool) -> None:
    if sql:
        raise UsageError("A new revision has no SQL.", "write it first, then call upgrade(sql=True).")


def _current() -> Revisions:
    from flask import current_app

    registration = current_app.extensions.get("revisions") if current_app else None
    if registration is None:
        where = f"The application '{current_app.name}'" if current_app else "No application is current, and it"
        raise ConfigurationError(
            f"{where} has no Revisions.",
            "work inside 'with app.app_context():' of an application that was given Revisions(app, db).",
        )
    revisions: Revisions = registration.revisions
    return revisions
