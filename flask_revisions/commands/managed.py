"""What of a database is ours: what the models have, and what revisions have made, as far as their text tells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from ..graph.graph import RevisionGraph
from ..schema.model import Name, Schema

_Value = TypeVar("_Value")

_CREATES_TABLE = (
    r"create_table\(\s*[\"']({one})[\"']"
    r"|rename_table\(\s*[\"'][^\"']*[\"']\s*,\s*[\"']({one})[\"']"
    r"|(?:create\s+table\s+(?:if\s+not\s+exists\s+)?|rename\s+to\s+)[\w.\"'`\[\]]*?\b({one})\b"
)
_CREATES_SEQUENCE = (
    r"create_sequence\(\s*[\"']({one})[\"']"
    r"|create\s+sequence\s+(?:if\s+not\s+exists\s+)?[\w.\"'`\[\]]*?\b({one})\b"
    r"|Sequence\(\s*[\"']({one})[\"']"
)
_NAMES_SCHEMA = re.compile(
    r"schema\w*=\s*[\"']([^\"']+)[\"']|create_schema\(\s*[\"']([^\"']+)[\"']"
    r"|create\s+schema\s+(?:if\s+not\s+exists\s+)?[\"'`]*(\w+)",
    re.IGNORECASE,
)


class Managed:
    """Reads the text of revisions, once, if there is a question about it."""

    def __init__(self, graph: RevisionGraph) -> None:
        self._graph = graph

    @cached_property
    def _texts(self) -> tuple[str, ...]:
        paths = (Path(each.path) for each in self._graph.values())
        return tuple(path.read_text(encoding="utf-8", errors="replace") for path in paths)

    def schemas(self, there: Iterable[str]) -> frozenset[str]:
        """Return those of some schemas that revisions name."""
        wanted = frozenset(there)
        return wanted & self.named if wanted else wanted

    @cached_property
    def named(self) -> frozenset[str]:
        """The schemas that revisions name."""
        found = (name for text in self._texts for groups in _NAMES_SCHEMA.findall(text) for name in groups)
        return frozenset(name for name in found if name)

    def ours(self, found: Schema, models: Schema, records: frozenset[Name]) -> tuple[Schema, tuple[Name, ...]]:
        """Return a database without the tables that are none of our business, and the names of those.

        :param records: the tables that this package keeps itself.
        """
        others = [name for name in found.tables if name not in models.tables and name not in records]
        known = self._made(others, _CREATES_TABLE)
        unmanaged = tuple(sorted((name for name in others if name not in known), key=lambda name: name.order))
        left_out = {*records, *unmanaged} - {*models.tables}
        counted = self._made((name for name in found.sequences if name not in models.sequences), _CREATES_SEQUENCE)
        ours = replace(
            found,
            tables=_without(found.tables, left_out),
            sequences={n: each for n, each in found.sequences.items() if n in models.sequences or n in counted},
        )
        return ours, unmanaged

    def _made(self, names: Iterable[Name], pattern_text: str) -> frozenset[Name]:
        """Return what revisions have made; one in a schema only where a text names that, too."""
        wanted = tuple(names)
        if not wanted:
            return frozenset()
        one = "|".join(re.escape(name) for name in sorted({each.name for each in wanted}, key=len, reverse=True))
        pattern = re.compile(pattern_text.replace("{one}", one), re.IGNORECASE)
        found: set[Name] = set()
        for text in self._texts:
            said = {name.lower() for groups in pattern.findall(text) for name in groups if name}
            if said:
                made = (each for each in wanted if each.name.lower() in said)
                found.update(each for each in made if each.schema is None or each.schema in text)
        return frozenset(found)


def _without(items: Mapping[Name, _Value], names: Iterable[Name]) -> dict[Name, _Value]:
    return {name: each for name, each in items.items() if name not in names}
