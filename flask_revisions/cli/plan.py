"""`--plan` and `--dry-run`: what a command would do, as text or JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from .command import is_quiet, note
from .json import print_json
from .output import identifier, one_line, say, styled
from .progress import ARROWS, Progress

if TYPE_CHECKING:
    from ..project import Project
    from ..runner.goal import Goal
    from ..runner.preview import Preview, Seen

COLOURS = {"destructive": "red", "rewrites the table": "yellow", "blocks writers": "yellow"}


@dataclass(frozen=True)
class Look:
    """How to look at what a command would do.

    :param run: True to run it and roll back.
    """

    run: bool
    as_json: bool

    @classmethod
    def of(
        cls, *, sql: bool, plan: bool = False, dry_run: bool = False, as_json: bool = False, **ignored: Any
    ) -> Look | None:
        """Return what the options ask for; None if the command is to be carried out.

        :raises UsageError: they do not go together.
        """
        asked = [name for name, given in (("--sql", sql), ("--plan", plan), ("--dry-run", dry_run)) if given]
        if len(asked) > 1:
            raise UsageError(f"{' and '.join(asked)} do not go together.", "leave out one of them.")
        if as_json and asked not in (["--plan"], ["--dry-run"]):
            raise UsageError("--json is for --plan and --dry-run.", "add one of them, or leave it out.")
        return cls(dry_run, as_json) if plan or dry_run else None

    def show(
        self,
        project: Project,
        goal: Callable[[Project], Goal],
        direction: str,
        *,
        within: Callable[[Project], AbstractContextManager[Project]] = nullcontext,
    ) -> None:
        """Print what each step to a goal would do, on each database in turn.

        :param goal: called with the project on a database.
        :param within: gives the project that has the files, for as long as they are needed.
        """
        from ..commands import plan

        values = []
        for one in project.each():
            with within(one) as complete:
                found = (
                    plan.dry_run(complete, goal(complete), report=Progress(quiet=True))
                    if self.run
                    else plan.previews(complete, goal(complete))
                )
            values.append(_facts(one, direction, found, rolled_back=self.run))
            if self.as_json:
                continue
            for line in (line for each in found for line in _lines(each, quiet=is_quiet())):
                say(line)
            note(_summary(one, direction, found, rolled_back=self.run))
        if self.as_json:
            print_json(values)


def _lines(preview: Preview, *, quiet: bool) -> Iterable[str]:
    step = preview.step
    message = f"  {one_line(step.revision.message)}" if step.revision.message else ""
    yield f"{ARROWS[step.direction]} {identifier(step.revision.id)}{message}"
    if quiet:
        return
    for each in preview.operations:
        yield from _operation(each)
    if preview.unknown:
        yield f"    {styled('not knowable', fg='yellow')}: {one_line(preview.unknown)}"


def _operation(seen: Seen) -> Iterable[str]:
    marks = "".join(f" [{styled(mark, fg=COLOURS[mark])}]" for mark in seen.marks)
    if seen.sentence:
        yield f"    {one_line(seen.sentence)}{marks}"
    for statement in seen.sql or ():
        for line in statement.splitlines():
            if line.strip():
                yield f"        {''.join(each if each.isprintable() else ' ' for each in line)}"
    if seen.sql is None:
        yield "        (what is sent depends on what is in the database then)"


def _summary(project: Project, direction: str, found: tuple[Preview, ...], *, rolled_back: bool) -> str:
    database = project.database.describe()
    if not found:
        return f"Nothing to do: {direction} of {database} has no step."
    count = f"{len(found)} {'revision' if len(found) == 1 else 'revisions'}"
    if rolled_back:
        return f"{count} ran on {database}, and everything was rolled back."
    return f"{count} would run on {database}; nothing was changed."


def _facts(project: Project, direction: str, found: tuple[Preview, ...], *, rolled_back: bool) -> dict[str, Any]:
    return {
        "database": project.database.describe(),
        "bind": project.database.name,
        "direction": direction,
        "rolled_back": rolled_back,
        "steps": [
            {
                "revision": each.step.revision.id,
                "message": each.step.revision.message,
                "marks": list(each.marks),
                "not_knowable": each.unknown,
                "operations": [
                    {
                        "sentence": seen.sentence,
                        "sql": list(seen.sql) if seen.sql is not None else None,
                        "marks": list(seen.marks),
                    }
                    for seen in each.operations
                ],
            }
            for each in found
        ],
    }
