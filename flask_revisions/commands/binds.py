"""Which revisions run on a database, and which are only recorded there."""

from __future__ import annotations

from dataclasses import replace

from ..errors import ScriptInvalid
from ..graph.graph import Revision
from ..graph.plan import Plan, Step
from ..histories import ENGINE_NAME
from ..project import Project


def with_recorded_only(project: Project, plan: Plan) -> Plan:
    """Return a plan in which the steps are marked that have nothing to run on the project's database.

    Where databases share a history, a plain `upgrade()` is for the default one, and `upgrade(engine_name)` for those
    that it has a function for.

    :raises ScriptInvalid: a plain `upgrade()` would be run on no database at all.
    """
    if project.is_separate or ENGINE_NAME in project.settings.run_kwargs:
        return plan
    return tuple(step if step.is_stamp or _runs(project, step) else replace(step, recorded_only=True) for step in plan)


def _runs(project: Project, step: Step) -> bool:
    name = project.database.name
    if step.revision.per_bind:
        return project.history.has_function(step, name or "")
    if name is not None and all(each.name is not None for each in project.managed):
        raise _for_nobody(step.revision, name)
    return name is None


def _for_nobody(revision: Revision, name: str) -> ScriptInvalid:
    return ScriptInvalid(
        f"Revision {revision.id} has a plain upgrade(), which is for the default database, and none is managed here.",
        f"write upgrade(engine_name) in {revision.path}, or give the database a history of its own: "
        f"REVISIONS_DIRECTORY = {{'{name}': 'migrations'}}.",
        path=revision.path,
        revision=revision.id,
    )
