"""migrate: what is different between the models and the database becomes a revision."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..diff.changes import Change
from ..diff.plan import Plan, plan
from ..errors import NotAtHead, ScriptInvalid
from ..graph.revision import Revision
from ..operations.executor import executing
from ..project import Project
from ..render.operations import Source, Style, render
from ..runner.executors import CollectingExecutor
from ..schema.model import Name
from ..scripts.load import run_file
from ..scripts.template import OURS
from ..scripts.template import NewRevision as Contents
from ..scripts.template import render as fill
from . import author
from .answers import Answers
from .author import NewRevision
from .comparison import Comparison, compare_with_models
from .environment import notice_environment
from .inspect import current


@dataclass(frozen=True)
class Migration:
    """What came of it.

    :param changes: what is different, as it is in the script.
    :param revision: the file that was written; None if there was nothing to write, or nothing was to be written.
    :param text: the text of the file; empty if there is nothing to do.
    :param unmanaged: tables that neither the models nor any revision ever had.
    :param reason: why there may be nothing to do although something is expected; empty if nothing is odd.
    """

    changes: tuple[Change, ...]
    revision: Revision | None = None
    text: str = ""
    unmanaged: tuple[Name, ...] = ()
    reason: str = ""


def migrate(
    project: Project, request: NewRevision, *, dry_run: bool = False, answers: Answers | None = None
) -> Migration:
    """Write a revision that makes of the database what the models say.

    :param dry_run: write nothing.
    :param answers: what is a rename, and what new columns are filled with.
    :raises NotAtHead: revisions are pending: what they do would be taken for a difference.
    """
    notice_environment(project, writing=True)
    _check_position(project)
    contents = author.new_contents(project, request)
    shared = contents.op_import != OURS
    comparison = compare_with_models(project, project.database, answers or Answers(), shared=shared)
    if not comparison.changes:
        return Migration((), unmanaged=comparison.unmanaged, reason=why_empty(project, comparison))
    made = _operations(project, comparison, shared=shared)
    source = _source(project, comparison, made, contents)
    contents = replace(contents, imports=source.imports, upgrades=source.upgrade, downgrades=source.downgrade)
    text = fill(contents, author.template_folder(project))
    _try_out(project, comparison, contents, text)
    written = None if dry_run else author.write(project, request, contents)
    return Migration(comparison.changes, written, text, comparison.unmanaged)


def _check_position(project: Project) -> None:
    position = current(project)
    if position.unknown:
        raise NotAtHead(
            f"The database is at {' and '.join(map(repr, position.unknown))}, which is the id of no file.",
            "bring back the code that has it, or correct the record: 'flask db stamp --purge REVISION'.",
        )
    if position.pending:
        count = len(position.pending)
        raise NotAtHead(
            f"The database is not up to date: {count} {'revision is' if count == 1 else 'revisions are'} pending.",
            "'flask db upgrade' applies what is pending; then run the command again.",
            heads=position.pending,
        )


def _operations(project: Project, comparison: Comparison, *, shared: bool) -> Plan:
    return plan(
        comparison.changes,
        comparison.database,
        comparison.models,
        dialect=comparison.dialect,
        batch=project.settings.render_as_batch,
        shared=shared,
    )


def _source(project: Project, comparison: Comparison, made: Plan, contents: Contents) -> Source:
    style = Style(
        op=project.keywords.get("alembic_module_prefix", "op."),
        sa=project.keywords.get("sqlalchemy_module_prefix", "sa."),
        user=project.keywords.get("user_module_prefix"),
        keep_existing=contents.op_import == OURS,
    )
    notes = dict(made.notes)
    return render(
        made.upgrade,
        made.downgrade,
        dialect=comparison.dialect,
        style=style,
        note=lambda operation: notes.get(id(operation)),
    )


def _try_out(project: Project, comparison: Comparison, contents: Contents, text: str) -> None:
    """Run both functions of a script without a database: what cannot run is not written.

    :raises ScriptInvalid: it cannot run.
    """
    path = f"{project.locations[0]}/{contents.id}.py"
    executor = CollectingExecutor(
        comparison.dialect, run=project.run(offline=False), naming_convention=project.database.naming_convention
    )
    with project.answering(), executing(executor):
        try:
            module = run_file(path, project.answers, text)
            module.upgrade()
            module.downgrade()
        except Exception as error:  # whatever the project's own types do
            raise ScriptInvalid(
                f"The script that was made of the differences does not run: {type(error).__name__}: {error}",
                "'flask db migrate --dry-run' prints it; a type of your own may need a repr() that can be run.",
                path=path,
                revision=contents.id,
            ) from error


def why_empty(project: Project, comparison: Comparison) -> str:
    """Return why no difference may have been found although one is expected; empty if nothing is odd."""
    if not comparison.models.tables:
        return "The models have no tables: is the module with your models imported by the application?"
    if not project.graph.heads and comparison.database.tables:
        return (
            "All tables exist, but no revision is there: was 'db.create_all()' run? "
            "Leave it out, drop the tables, and run the command again; or write a first revision by hand."
        )
    return ""
