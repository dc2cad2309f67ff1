"""upgrade, downgrade and stamp as scripts of SQL, without a database."""

from __future__ import annotations

import io
from collections.abc import Iterable

from ..errors import UsageError
from ..graph.plan import Plan, plan_down_from, plan_stamp, plan_up_to
from ..graph.ranges import downgrade_for_sql, stamp_for_sql, upgrade_for_sql
from ..graph.targets import resolve_downgrade, resolve_upgrade
from ..project import Project
from ..runner.offline import write_script, write_version_table
from ..runner.sql_script import Write
from .binds import with_recorded_only
from .environment import notice_environment

COMMANDS = ("upgrade", "downgrade", "stamp")


def script(project: Project, command: str, targets: Iterable[str] = ()) -> str:
    """Return the SQL of a command as one text, with a section for each database where there are several.

    See `write`.
    """
    text = io.StringIO()
    wanted = tuple(targets)
    notice_environment(project)
    for one in project.each():
        if project.has_several:
            text.write(f"-- Database {one.database.label} ({one.database.dialect.name})\n\n")
        write(one, command, wanted, text.write)
    return text.getvalue()


def write(project: Project, command: str, targets: Iterable[str], out: Write) -> Plan:
    """Write the SQL of a command on one database, and return its plan.

    :param command: `upgrade`, `downgrade` or `stamp`.
    :param targets: as for that command, `from:to` where the database is not empty; none for its default.
    :param out: called with pieces of text.
    :raises NotKnowable: a script wants to know something of the database.
    """
    plan = with_recorded_only(project, _plan(project, command, tuple(targets)))
    with project.answering():
        write_script(
            plan,
            project.job(offline=True),
            dialect=project.database.dialect,
            naming_convention=project.database.naming_convention,
            load=project.load,
            write=out,
            transactional_ddl=project.settings.transactional_ddl,
            separator=getattr(project.settings, f"{project.database.dialect.name}_batch_separator", None),
        )
    return plan


def version_table(project: Project) -> str:
    """Return the SQL that creates the version table."""
    text = io.StringIO()
    write_version_table(project.job(offline=True), dialect=project.database.dialect, write=text.write)
    return text.getvalue()


def _plan(project: Project, command: str, targets: tuple[str, ...]) -> Plan:
    graph = project.graph
    if command == "stamp":
        applied, wanted = stamp_for_sql(graph, targets or ("head",))
        return plan_stamp(graph, applied, wanted)
    if len(targets) > 1:
        raise UsageError(f"'{command}' takes one target.", f"flask db {command} --sql FROM:TO")
    if command == "upgrade":
        applied, target = upgrade_for_sql(graph, *(targets or ("head",)))
        return plan_up_to(graph, applied, resolve_upgrade(graph, applied, target))
    if command == "downgrade":
        applied, target = downgrade_for_sql(graph, *(targets or ("head:-1",)))
        return plan_down_from(graph, applied, resolve_downgrade(graph, applied, target))
    raise UsageError(f"There is no SQL of '{command}'.", f"there is of {', '.join(COMMANDS)}.")
