"""What a command would do: found out without running anything, or by a run that is rolled back."""

from __future__ import annotations

from ..project import Project
from ..runner.events import Report, silent
from ..runner.goal import Goal
from ..runner.preview import Preview, preview, rehearse
from .inspect import read_standing


def previews(project: Project, goal: Goal) -> tuple[Preview, ...]:
    """Return what each step to a goal would do; nothing is written.

    :raises RevisionsError: the goal cannot be reached, or a script cannot be loaded.
    """
    standing = read_standing(project)
    steps = goal.steps(standing, goal.resolve(standing.rows))
    with project.answering():
        return preview(steps, project.job(), database=project.database, load=project.load)


def dry_run(project: Project, goal: Goal, *, report: Report | None = None) -> tuple[Preview, ...]:
    """Return what each step to a goal did, in a transaction that was rolled back.

    :raises NotKnowable: that cannot be had on this database, or of a script.
    :raises RevisionsError: a step failed.
    """
    with project.answering():
        return rehearse(project.database, project.job(), goal=goal, load=project.load, report=report or silent)
