"""What the commands that show something print with `--json`: one value, with keys in snake case, on standard output."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from .output import say

if TYPE_CHECKING:
    from ..commands.inspect import Position
    from ..database import Database
    from ..graph.graph import Revision, RevisionGraph

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def print_json(value: Any) -> None:
    """Print a value as JSON; what is no ASCII is escaped, so that every stream and program can take it."""
    say(json.dumps(value, indent=2))


def revisions_value(
    graph: RevisionGraph, revisions: Iterable[Revision], positions: Mapping[str, Position] | None = None
) -> list[dict[str, Any]]:
    """Return revisions as values for JSON, in their order.

    :param positions: where each database is, by its name; then each revision says if one is there, and which.
    """
    return [_revision_value(graph, each, positions or {}) for each in revisions]


def _revision_value(graph: RevisionGraph, revision: Revision, positions: Mapping[str, Position]) -> dict[str, Any]:
    value: dict[str, Any] = {
        "id": revision.id,
        "parents": list(revision.parents),
        "children": list(graph.children(revision.id)),
        "depends_on": list(revision.depends_on),
        "labels": list(graph.labels_of(revision.id)),
        "message": revision.message,
        "doc": revision.doc,
        "path": revision.path,
        "is_head": not graph.children(revision.id),
        "is_base": not revision.parents,
        "is_branch_point": len(graph.children(revision.id)) > 1,
        "is_merge_point": len(revision.parents) > 1,
    }
    if positions:
        there = [name for name, position in positions.items() if revision in position.revisions]
        value |= {"is_current": bool(there), "current_on": there}
    return value


def position_value(database: Database, position: Position) -> dict[str, Any]:
    """Return where a database is as a value for JSON.

    `applied` are the rows of its version table, `unknown` those of them that no file has.
    """
    return {
        "bind": database.name,
        "database": database.describe(),
        "applied": list(position.applied),
        "current": [each.id for each in position.revisions],
        "unknown": list(position.unknown),
        "pending": list(position.pending),
        "late": list(position.late),
        "heads": list(position.heads),
        "at_heads": position.at_heads,
    }
