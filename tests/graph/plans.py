"""A target -> a plan: resolving and planning in one, as a run does it in two."""

from __future__ import annotations

from collections.abc import Iterable

from flask_revisions.graph.graph import RevisionGraph
from flask_revisions.graph.plan import Plan, plan_down_from, plan_up_to
from flask_revisions.graph.targets import resolve_downgrade, resolve_upgrade


def plan_upgrade(graph: RevisionGraph, applied: Iterable[str], target: str) -> Plan:
    """Return the steps of an upgrade; none if the target is applied already."""
    rows = tuple(applied)
    return plan_up_to(graph, rows, resolve_upgrade(graph, rows, target))


def plan_downgrade(graph: RevisionGraph, applied: Iterable[str], target: str) -> Plan:
    """Return the steps of a downgrade; none if nothing stands on the target."""
    rows = tuple(applied)
    return plan_down_from(graph, rows, resolve_downgrade(graph, rows, target))
