"""Where our engine and Alembic leave different things, and why that is so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .pictures import Digests
from .runs import Failure, Stage


@dataclass(frozen=True)
class Difference:
    """A difference that is known.

    :param reason: what makes it.
    :param ours: stage -> the digests of schema and rows that our engine leaves.
    """

    reason: str
    ours: Mapping[str, tuple[str, str]]


KNOWN: Mapping[tuple[str, str], Difference] = {
    ("airflow-core", "sqlite"): Difference(
        "Alembic loses constraints that a batch makes over a column which it renames as well: the primary key "
        "of asset_alias_asset keeps its former name, and so do those of three tables on the way down, which "
        "lose a foreign key besides. It also loses the DESC of an index when it rebuilds task_reschedule. What "
        "we leave is what both engines leave on PostgreSQL.",
        {
            "head": ("de8eae659853904a", "a7bd3698bd9f09ed"),
            "down 1": ("56277cc7e4e6c79c", "5b3aba4f511ef353"),
            "again": ("d0625fff146ca2b4", "a7bd3698bd9f09ed"),
        },
    ),
    ("flexmeasures", "postgresql"): Difference(
        "Revision ad98460751d9 looks for seven tables on a connection of its own, and drops those it finds. "
        "Alembic is in one transaction since the first revision, so that none is to be seen, and they stay; "
        "we commit each revision. With transaction_per_migration=True Alembic leaves what we leave, and with "
        "False we leave what it leaves.",
        {
            "head": ("cb2743943e232fd4", "c5ba6dc1ccc42d89"),
            "down 1": ("32b338dcb3f91d1d", "fbf9e3bd1023ee72"),
            "again": ("cb2743943e232fd4", "c5ba6dc1ccc42d89"),
        },
    ),
}
"""History and kind of database -> what differs there; what is not here must be the same."""


def problems(
    key: tuple[str, str], stages: Mapping[str, Stage], expected: Mapping[str, Digests], *, exact: bool = True
) -> dict[str, str]:
    """Return what is not as it is to be: stage -> what is wrong; nothing where Alembic's own run failed.

    :param key: history and kind of database.
    :param exact: False if known differences cannot be told by their digests, as the server is another one.
    """
    known = KNOWN[key].ours if key in KNOWN else {}
    found = {
        name: _problem(stages.get(name), theirs, known.get(name), exact=exact) for name, theirs in expected.items()
    }
    return {name: said for name, said in found.items() if said}


def _problem(stage: Stage | None, theirs: Digests, known: tuple[str, str] | None, *, exact: bool) -> str:
    if stage is None:
        return "was not reached."
    if isinstance(stage.result, Failure):
        return f"'{stage.result.command}' failed: {stage.result.said}"
    ours = stage.result.digests()
    differs = [part for part in ("schema", "rows", "versions") if getattr(ours, part) != getattr(theirs, part)]
    if known is None or "versions" in differs:
        return f"not what Alembic leaves: {', '.join(differs)}." if differs else ""
    if not differs:
        return "a known difference is gone; it can be taken out of the table."
    if exact and (ours.schema, ours.rows) != known:
        return f"differs in another way than is known: {(ours.schema, ours.rows)}."
    return ""
