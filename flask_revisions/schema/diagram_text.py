"""A diagram as text, and in the language of Mermaid."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .diagram import Diagram, Entity, Line, Relation

_NO_WORD = re.compile(r"[^A-Za-z0-9_-]+")


def text(diagram: Diagram) -> str:
    """Return each entity with its lines below it; empty where there is none."""
    return "\n".join("\n".join(_entity(each)) + "\n" for each in diagram.entities)


def _entity(entity: Entity) -> Iterator[str]:
    was = f"  (was {entity.was})" if entity.was else ""
    yield f"{entity.mark}{' ' if entity.mark else ''}{entity.name}{was}"
    columns = [line for line in entity.lines if line.kind == "column"]
    widths = [max((len(column) for column in each), default=0) for each in zip(*map(_cells, columns), strict=True)]
    for line in entity.lines:
        before = f"  {line.mark or ' '} "
        if line.kind == "column":
            cells = (cell.ljust(width) for cell, width in zip(_cells(line), widths, strict=True))
            yield (before + "  ".join(cells)).rstrip() + _was(line)
        else:
            yield before + " ".join(filter(None, (line.kind, line.name, line.text))) + _was(line)


def _cells(line: Line) -> tuple[str, str, str]:
    return line.name, line.type, line.text[len(line.type) :].strip()


def _was(line: Line) -> str:
    return f"  (was {line.was})" if line.was else ""


# -- Mermaid -------------------------------------------------------------------------------------------


def mermaid(diagram: Diagram) -> str:
    """Return an entity relationship diagram (https://mermaid.js.org/syntax/entityRelationshipDiagram.html)."""
    names = {each.name: f"t{number}" for number, each in enumerate(diagram.entities)}
    for relation in diagram.relations:  # to tables that are not drawn with their columns
        names.setdefault(relation.referred, f"t{len(names)}")
    entities = {each.name: each for each in diagram.entities}
    lines = ["erDiagram"]
    for name, short in names.items():
        entity = entities.get(name, Entity(name))
        head = f"    {short}[{_quoted(_title(entity))}]"
        columns = [f"        {_attribute(line)}" for line in entity.lines if line.kind == "column"]
        lines += [f"{head} {{", *columns, "    }"] if columns else [head]
    lines += [f"    {_relation(each, names)}" for each in diagram.relations]
    return "\n".join(lines) + "\n"


def _title(entity: Entity) -> str:
    return f"{entity.mark} {entity.name}{f' (was {entity.was})' if entity.was else ''}".strip()


def _attribute(line: Line) -> str:
    words = {"+": "new", "-": "dropped", "~": f"was {line.was}", "": ""}[line.mark]
    keys = ", ".join(line.keys)
    parts = (_word(line.type) or "unknown", _word(line.name) or "_", keys, _quoted(words) if words else "")
    return " ".join(filter(None, parts))


def _relation(relation: Relation, names: dict[str, str]) -> str:
    left = "|o" if relation.optional else "||"
    right = "o|" if relation.single else "o{"
    label = _quoted(", ".join(relation.columns))
    return f"{names[relation.referred]} {left}--{right} {names[relation.entity]} : {label}"


def _word(text: str) -> str:
    """Return a text as Mermaid takes one for a type or a name: a letter, then letters, digits, dashes, underscores."""
    word = _NO_WORD.sub("_", text.replace(")", "")).strip("_")
    return word if word[:1].isalpha() or not word else f"_{word}"


def _quoted(text: str) -> str:
    shown = "".join(each if each.isprintable() else " " for each in text)
    return '"' + shown.replace('"', "'") + '"'
