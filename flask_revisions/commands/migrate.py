"""migrate: what is different between the models and the database becomes a revision."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from inspect import signature

from ..diff.changes import Change
from ..diff.plan import Plan, plan
from ..errors import NotAtHead, ScriptInvalid
from ..graph import wording
from ..graph.revision import Revision
from ..operations.executor import executing
from ..project import Project
from ..render.operations import Source, Style, render
from ..runner.executors import CollectingExecutor
from ..schema.model import Name
from ..scripts.load import run_file
from ..scripts.template import OURS, Contents
from . import author
from .answers import Answers
from .author import NewRevision
from .collector import loaded_left_alone
from .comparison import FROM_HISTORY, Comparison, compare_with_models, why_empty
from .environment import notice_environment
from .inspect import current
from .scratch import replayed
from .scripting import own_source, revise


@dataclass(frozen=True)
class Migration:
    """What came of it.

    :param changes: what is different, as it is in the script.
    :param revision: the file that was written; None if there was nothing to write, or nothing was to be written.
    :param text: the text of the file; empty if there is nothing to do.
    :param unmanaged: tables that neither the models nor any revision ever had.
    :param reason: why there may be nothing to do although something is expected, or what is odd about the revision;
        empty if nothing is odd.
    :param parts: where the revision is for several databases: the label of each, and its changes.
    """

    changes: tuple[Change, ...]
    revision: Revision | None = None
    text: str = ""
    unmanaged: tuple[Name, ...] = ()
    reason: str = ""
    parts: tuple[tuple[str, tuple[Change, ...]], ...] = ()


@dataclass(frozen=True)
class _Part:
    """What is different in one database, and what is to be done about it."""

    project: Project
    comparison: Comparison
    plan: Plan
    imports: tuple[str, ...] = ()


def migrate(
    project: Project,
    request: NewRevision,
    *,
    dry_run: bool = False,
    answers: Answers | None = None,
    from_history: bool = False,
) -> Migration:
    """Write a revision that makes of the database what the models say; of each, where several share a history.

    :param dry_run: write nothing.
    :param from_history: compare with what the revisions make of an empty database, wherever the database is.
    :param answers: what is a rename, and what new columns are filled with.
    :raises NotAtHead: revisions are pending: what they do would be taken for a difference.
    """
    notice_environment(project, writing=True)
    targets = (project,) if project.is_separate else tuple(project.each())
    with ExitStack() as stack:
        if from_history:
            targets = tuple(stack.enter_context(replayed(one)) for one in targets)
        else:
            for one in targets:
                _check_position(one)
        stack.enter_context(loaded_left_alone())
        return _migrate(project, targets, request, dry_run=dry_run, answers=answers or Answers())


def _migrate(
    project: Project, targets: tuple[Project, ...], request: NewRevision, *, dry_run: bool, answers: Answers
) -> Migration:
    contents = author.new_contents(project, request)
    parts: list[_Part] = []
    for one in targets:
        comparison = compare_with_models(one, one.database, answers, shared=contents.op_import != OURS)
        made = _operations(one, comparison, shared=contents.op_import != OURS)
        revised = revise(one, request, contents, made)
        if revised is not None:
            request, contents = revised.request, revised.contents
        left = (revised.plan, revised.imports) if revised else (Plan((), ()), ())
        parts.append(_Part(one, comparison, *left))
    changes = tuple(each for part in parts for each in part.comparison.changes)
    unmanaged = tuple(name for part in parts for name in part.comparison.unmanaged)
    if not any(part.plan.upgrade for part in parts):
        reason = _HELD_BACK if changes else why_empty(project, parts[0].comparison)
        return Migration((), unmanaged=unmanaged, reason=reason)
    contents = _with_bodies(contents, parts)
    text = author.text_of(project, contents)
    for part in parts:
        _try_out(part.project, part.comparison, contents, text)
    written = None if dry_run else author.write(project, request, contents)
    labelled = tuple((part.project.database.label, part.comparison.changes) for part in parts)
    return Migration(
        changes,
        written,
        text,
        unmanaged,
        reason="" if project.graph.heads else _begins_half_way(parts),
        parts=labelled if len(parts) > 1 else (),
    )


def _begins_half_way(parts: list[_Part]) -> str:
    """Return what is wrong with a first revision where tables of the models are there already; else an empty text."""
    there = [
        str(name) for part in parts for name in part.comparison.models.tables if name in part.comparison.database.tables
    ]
    if not there:
        return ""
    return (
        f"This is the first revision, and no revision makes what is there already ({', '.join(sorted(there)[:3])}"
        f"{', ...' if len(there) > 3 else ''}): it fails on a new database. {FROM_HISTORY}"
    )


def _with_bodies(contents: Contents, parts: list[_Part]) -> Contents:
    """Return a revision with what it does: in two functions, or in two for each database."""
    sources = {
        part.project.database.name or "": _source(part.project, part.comparison, part.plan, contents, {*part.imports})
        for part in parts
    }
    imports = tuple(sorted({line for each in sources.values() for line in each.imports}))
    first = sources[parts[0].project.database.name or ""]
    project = parts[0].project
    others = any(part.plan.upgrade and part.project.database.name is not None for part in parts)
    is_told = not project.is_separate and (others or project.history.is_multidb)
    return replace(
        contents,
        imports=imports,
        upgrades=first.upgrade,
        downgrades=first.downgrade,
        bodies={name: (each.upgrade, each.downgrade) for name, each in sources.items()} if is_told else {},
    )


_HELD_BACK = "There are differences, and process_revision_directives has left nothing of them: see 'flask db check'."


def _check_position(project: Project) -> None:
    position = current(project)
    which = f"The database '{project.database.label}'" if len(project.managed) > 1 else "The database"
    if position.unknown:
        raise NotAtHead(
            f"{which} is at {' and '.join(map(repr, position.unknown))}, which is the id of no file.",
            "bring back the code that has it, or correct the record: 'flask db stamp --purge REVISION'; "
            "or compare with what the revisions make, whatever this database has: --from-history.",
        )
    if position.pending:
        count = len(position.pending)
        raise NotAtHead(
            f"{which} is not up to date: {count} {'revision is' if count == 1 else 'revisions are'} pending.",
            f"'{wording.upgrade_command(position.heads)}' applies what is pending; "
            "then run the command again. "
            "Or compare with what the revisions make, whatever this database has: --from-history.",
            heads=position.pending,
        )
    if position.late:
        raise NotAtHead(
            f"{which} never ran {wording.names(project.graph, position.late)}, which comes before what is applied.",
            "'flask db upgrade' says what to do.",
        )


def _operations(project: Project, comparison: Comparison, *, shared: bool) -> Plan:
    return plan(
        comparison.changes,
        comparison.database,
        comparison.models,
        dialect=comparison.dialect,
        # Hooks know what is done to one table as one object.
        batch=project.settings.render_as_batch or "process_revision_directives" in project.keywords,
        shared=shared,
    )


def _source(
    project: Project, comparison: Comparison, made: Plan, contents: Contents, imports: set[str] | None = None
) -> Source:
    imports = set() if imports is None else imports
    style = Style(
        op=project.keywords.get("alembic_module_prefix", "op."),
        sa=project.keywords.get("sqlalchemy_module_prefix", "sa."),
        user=project.keywords.get("user_module_prefix"),
        render_item=own_source(project, comparison, imports),
        keep_existing=contents.op_import == OURS,
    )
    notes = dict(made.notes)
    return render(
        made.upgrade,
        made.downgrade,
        dialect=comparison.dialect,
        style=style,
        note=lambda operation: notes.get(id(operation)),
        imports=imports,
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
            told = [project.database.name or ""] if _is_told(module.upgrade) else []
            module.upgrade(*told)
            module.downgrade(*told)
        except Exception as error:  # whatever the project's own types do
            raise ScriptInvalid(
                f"The script that was made of the differences does not run: {type(error).__name__}: {error}",
                "'flask db migrate --dry-run' prints it; a type of your own may need a repr() that can be run.",
                path=path,
                revision=contents.id,
            ) from error


def _is_told(function: Callable[..., object]) -> bool:
    """Return True for a function that is told which database it runs on."""
    return bool(signature(function).parameters)
