"""What a shell suggests for revisions and databases (https://flask.palletsprojects.com/en/stable/cli/#shell-completion)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

import click
from flask.cli import ScriptInfo

from .group import given_to_group

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from ..graph.graph import RevisionGraph
    from ..project import Project

T = TypeVar("T")

WORDS = {
    "head": "the newest revision",
    "heads": "the newest revision of each branch",
    "base": "before the first revision",
    "current": "what is applied",
}
LONGEST = 60
"""Characters of a message that is shown beside an id."""


def revisions(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the ids, labels and words that begin with what was typed, the newest id first.

    Of a range it is what stands behind the colon.
    """
    from click.shell_completion import CompletionItem  # only a shell needs it

    before, colon, typed = incomplete.rpartition(":")
    return [
        CompletionItem(f"{before}{colon}{name}", help=said or None)
        for name, said in _of_project(ctx, lambda project: _names(project.graph))
        if name.startswith(typed)
    ]


def databases(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the names of the databases that begin with what was typed."""
    from click.shell_completion import CompletionItem

    names = _of_project(ctx, lambda project: (each.name or "default" for each in project.managed))
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def _names(graph: RevisionGraph) -> Iterator[tuple[str, str]]:
    yield from WORDS.items()
    for label in sorted(graph.labels):
        yield label, "a branch"
    for id in reversed(graph.order):
        yield id, graph[id].message[:LONGEST]


def _of_project(ctx: click.Context, read: Callable[[Project], Iterable[T]]) -> list[T]:
    """Return what is read of the project; nothing where it cannot be, for nobody could be told why."""
    from ..project import open_project

    logging.disable(logging.CRITICAL)  # a warning would end up in the line that somebody types
    try:
        app = ctx.ensure_object(ScriptInfo).load_app()
        directory = ctx.params.get("directory") or given_to_group(ctx, "directory")
        with open_project(app, directory=directory, warn=lambda text: None) as project:
            return list(read(project))
    except Exception:
        return []
    finally:
        logging.disable(logging.NOTSET)
