"""What a project's own functions make of a revision before it is written: `process_revision_directives`, `render_item`.

Their signatures are Alembic's: https://alembic.sqlalchemy.org/en/latest/api/autogenerate.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect

from ..compat.directives import DowngradeOps, MigrationScript, UpgradeOps, unwrapped, wrapped
from ..compat.migration import MigrationContext
from ..diff.plan import Plan
from ..errors import ConfigurationError, RevisionsError
from ..operations.base import Operation
from ..operations.tables import AlterTable
from ..project import Project
from ..runner.executors import CollectingExecutor
from ..scripts.template import Contents
from . import author
from .author import NewRevision
from .comparison import Comparison


@dataclass(frozen=True)
class Revised:
    """A revision as a project's function has left it.

    :param imports: further lines that it has asked for.
    """

    request: NewRevision
    contents: Contents
    plan: Plan
    imports: tuple[str, ...] = ()


def revise(project: Project, request: NewRevision, contents: Contents, made: Plan) -> Revised | None:
    """Return what `process_revision_directives` makes of a revision; None if it leaves nothing.

    :raises ConfigurationError: it fails, or asks for several revisions.
    """
    hook = project.keywords.get("process_revision_directives")
    if hook is None:
        return Revised(request, contents, made)
    script = MigrationScript(
        contents.id, contents.message, UpgradeOps(wrapped(made.upgrade)), DowngradeOps(wrapped(made.downgrade))
    )
    directives: list[Any] = [script]
    with project.database.connect() as connection:
        context = MigrationContext.configure(connection, opts={**project.keywords})
        try:
            hook(context, contents.parents, directives)
        except RevisionsError:
            raise
        except Exception as error:  # whatever the project's function does
            raise ConfigurationError(
                f"process_revision_directives={_name(hook)} fails: {type(error).__name__}: {error}",
                "correct it; '--traceback' shows where the error came from.",
            ) from error
    if not directives:
        return None
    if len(directives) > 1 or not issubclass(type(directives[0]), MigrationScript):
        raise ConfigurationError(
            "process_revision_directives asks for several revisions, or for one of its own making.",
            "change directives[0], or empty the list; one command writes one revision.",
        )
    return _revised(project, request, contents, script, made)


def _revised(
    project: Project, request: NewRevision, contents: Contents, script: MigrationScript, made: Plan
) -> Revised:
    asked = replace(
        request,
        message=script.message or "",
        rev_id=script.rev_id if script.rev_id != contents.id else request.rev_id,
        heads=request.heads if script.head is None else (script.head,),
        splice=request.splice if script.splice is None else script.splice,
        branch_labels=request.branch_labels if script.branch_label is None else _texts(script.branch_label),
        version_path=request.version_path if script.version_path is None else script.version_path,
        depends_on=request.depends_on if script.depends_on is None else _texts(script.depends_on),
    )
    if asked != request:
        contents = author.new_contents(project, asked)
    batch = project.settings.render_as_batch
    collecting = CollectingExecutor(
        project.database.dialect,
        run=project.run(offline=False),
        naming_convention=project.database.naming_convention,
    )
    both = (unwrapped(each.ops, collecting) for each in (script.upgrade_ops, script.downgrade_ops))
    up, down = (tuple(_flat(each, batch=batch)) for each in both)
    return Revised(asked, contents, Plan(up, down, made.notes), tuple(script.imports))


def _flat(operations: Iterable[Operation], *, batch: bool) -> Iterable[Operation]:
    for each in operations:
        if isinstance(each, AlterTable) and not batch:
            yield from each.operations
        else:
            yield each


def _texts(given: str | Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _name(hook: Any) -> str:
    return str(getattr(hook, "__name__", type(hook).__name__))


@dataclass(frozen=True)
class RenderContext:
    """What `render_item` is given: where imports go, and for which database the script is written.

    :param imports: lines such as `import my_types`, to be added to.
    """

    imports: set[str]
    dialect: Dialect
    opts: Mapping[str, Any]
    metadata: Any = None
    connection: Connection | None = None


def own_source(project: Project, comparison: Comparison, imports: set[str]) -> Callable[[str, Any], Any] | None:
    """Return the project's `render_item` as a function of kind and item; None if it has none."""
    hook = project.keywords.get("render_item")
    if hook is None:
        return None
    context = RenderContext(imports, comparison.dialect, project.keywords, project.database.metadata[0])
    return lambda kind, item: hook(kind, item, context)
