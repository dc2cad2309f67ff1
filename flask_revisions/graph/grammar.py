"""The identifier grammar: `heads`, `+2`, `label@head`, `3fa2`, `head-1`, ... taken apart."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from ..errors import MalformedTarget
from . import wording
from .graph import RevisionGraph

WORDS = frozenset({"head", "heads", "base", "current"})
"""Words that keep their meaning where a file has one of them as its id: every deployment says them."""

_STEPS = re.compile(r"(.*?)([+-][0-9]{1,18})", re.DOTALL)


@dataclass(frozen=True)
class Identifier:
    """An identifier, taken apart.

    :param text: as it was given.
    :param branch: what stands before `@`; empty for no branch.
    :param name: an id, the beginning of one, a label or one of `WORDS`; empty where only steps are given.
    :param counts: True if it ends with steps.
    :param steps: how many; negative for down.
    """

    text: str
    branch: str
    name: str
    counts: bool = False
    steps: int = 0

    @property
    def is_bare(self) -> bool:
        """True for `+2`, `label@-1`: steps that do not say where they begin."""
        return self.counts and not self.name

    @property
    def counts_from_applied(self) -> bool:
        """True for `+2`, `label@-1`, `current-1`: what it means depends on the database."""
        return self.counts and self.name in ("", "current")


def parse(graph: RevisionGraph, text: str) -> Identifier:
    """Take an identifier apart.

    Ids may hold any character, the signs of the grammar among them. So a full id or label is looked for
    first: as the whole, before steps, and before `@`.

    :raises MalformedTarget: it is empty, is no string, or is a range.
    """
    given = _checked(graph, text)
    if is_name(graph, given):
        return Identifier(given, "", given)
    name, steps = _split_steps(given)
    if steps and name and is_name(graph, name):
        return Identifier(given, "", name, True, int(steps))
    branch, rest = _split_branch(graph, given)
    name, steps = _split_steps(rest)
    if is_name(graph, rest) or (steps and name and not is_name(graph, name) and begun_by(graph, rest)):
        name, steps = rest, ""  # '2024-01' may be the beginning of an id
    if ":" in name and not is_name(graph, name) and not begun_by(graph, name):
        raise MalformedTarget(
            f"'{given}' is a range, and here one end is wanted.",
            "ranges are for 'flask db history' and for --sql.",
            target=given,
        )
    return Identifier(given, branch, name, bool(steps), int(steps or 0))


def is_name(graph: RevisionGraph, text: str) -> bool:
    """Return True for a full id, a label, or one of `WORDS`."""
    return text in WORDS or text in graph or text in graph.labels


def begun_by(graph: RevisionGraph, text: str, within: Collection[str] | None = None) -> list[str]:
    """Return the ids that a text begins; where there are none, those whose labels it begins.

    :param within: the ids to look at; None for all.
    """

    def fits(name: str) -> bool:
        return len(name) >= wording.SHORTEST and name.startswith(text)

    ids = [id for id in graph if fits(id) and (within is None or id in within)]
    if ids:
        return ids
    carriers = dict.fromkeys(id for label, id in graph.labels.items() if fits(label))
    return [id for id in carriers if within is None or id in within]


def _checked(graph: RevisionGraph, text: object) -> str:
    if not isinstance(text, str):
        raise MalformedTarget(
            f"The identifier {text!r} is not a string.",
            "if it came out of a database, its driver is to blame: the column has to come back as text.",
            target=repr(text),
        )
    given = text if is_name(graph, text) else text.strip()
    if not given:
        raise MalformedTarget(
            "The identifier of a revision is empty.",
            "give an id, a label, 'head', 'heads' or 'base'.",
            target=text,
        )
    return given


def _split_steps(text: str) -> tuple[str, str]:
    match = _STEPS.fullmatch(text)
    return (match[1], match[2]) if match else (text, "")


def _split_branch(graph: RevisionGraph, text: str) -> tuple[str, str]:
    """Split at the `@` that follows a known name; at the first, if none does and the text begins no id."""
    places = [place for place, character in enumerate(text) if character == "@" and place]
    known = [place for place in places if is_name(graph, text[:place])]
    if not known:
        if not places or begun_by(graph, text):
            return "", text
        known = places
    branch, rest = text[: known[0]], text[known[0] + 1 :]
    if not rest:
        raise MalformedTarget(
            f"'{text}' names a branch and nothing on it.",
            f"'{branch}@head' is its newest revision.",
            target=text,
        )
    return branch, rest
