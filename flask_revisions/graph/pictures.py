"""A graph as Mermaid text, as SVG, and as a page."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from html import escape

from .graph import RevisionGraph
from .lanes import Fold, Row

LANE, LINE, MARGIN = 18, 28, 16
"""Pixels from lane to lane, from row to row, and around the whole."""

CHARACTER = 8.2
"""Pixels of a character at 13 pixels monospaced, for the width of the picture."""

COLOURS = 6
"""How many lanes differ in colour; after them it begins again."""

STYLE = """
.graph { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; color-scheme: light dark; }
.graph text { fill: #24292f; dominant-baseline: central; white-space: pre; }
.graph .id { font-weight: 600; } .graph .note { fill: #57606a; }
.graph .mark { fill: #1a7f37; } .graph .here { fill: #0550ae; font-weight: 600; }
.graph .line { fill: none; stroke-width: 2; } .graph .needs { fill: none; stroke: #8c959f; stroke-dasharray: 3 3; }
.graph circle { stroke-width: 2; } .graph .pending { fill: #ffffff; }
.c0 { stroke: #0969da; } .c1 { stroke: #bf3989; } .c2 { stroke: #1a7f37; }
.c3 { stroke: #bc4c00; } .c4 { stroke: #8250df; } .c5 { stroke: #6e7781; }
.f0 { fill: #0969da; } .f1 { fill: #bf3989; } .f2 { fill: #1a7f37; }
.f3 { fill: #bc4c00; } .f4 { fill: #8250df; } .f5 { fill: #6e7781; }
@media (prefers-color-scheme: dark) {
  .graph text { fill: #e6edf3; } .graph .note { fill: #9198a1; }
  .graph .mark { fill: #3fb950; } .graph .here { fill: #79c0ff; } .graph .pending { fill: #0d1117; }
}
"""

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 1.5rem; font: 15px system-ui, sans-serif; background: #ffffff; color: #24292f; }}
h1 {{ font-size: 1.2rem; }}
figure {{ margin: 0; overflow-x: auto; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #0d1117; color: #e6edf3; }} }}
</style>
<h1>{title}</h1>
<p>{summary}</p>
<figure>
{picture}
</figure>
</html>
"""


@dataclass(frozen=True)
class State:
    """What is known of a database.

    :param applied: the ids that are applied; None where that is not known.
    :param current: the newest applied ids, one for each branch.
    """

    applied: Collection[str] | None = None
    current: Collection[str] = field(default=())

    def has(self, id: str) -> bool:
        """Return True for a revision that is applied, or where that is not known."""
        return self.applied is None or id in self.applied


# -- Mermaid --------------------------------------------------------------------------------------------


def mermaid(graph: RevisionGraph, drawn: Iterable[Row | Fold], state: State) -> str:
    """Return a flowchart in the language of Mermaid (https://mermaid.js.org/syntax/flowchart.html)."""
    rows = tuple(drawn)
    names = {id: f"r{number}" for number, row in enumerate(rows) for id in _ids(row)}
    lines = ["flowchart BT"]
    for row in rows:
        name = names[_ids(row)[0]]
        if isinstance(row, Fold):
            lines.append(f'    {name}["{len(row.ids)} revisions"]:::folded')
            continue
        revision = graph[row.id]
        label = "<br>".join(filter(None, (_entities(row.id), _entities(revision.message))))
        kind = "current" if row.id in state.current else "applied" if state.has(row.id) else "pending"
        lines.append(f'    {name}["{label}"]:::{kind}')
    lines += _arrows(graph, rows, names)
    lines += [
        "    classDef applied stroke:#1a7f37,stroke-width:2px",
        "    classDef current stroke:#0969da,stroke-width:4px",
        "    classDef pending stroke:#8c959f,stroke-dasharray:4 3",
        "    classDef folded stroke:none",
    ]
    return "\n".join(lines) + "\n"


def _arrows(graph: RevisionGraph, rows: Iterable[Row | Fold], names: Mapping[str, str]) -> Iterable[str]:
    for row in rows:
        lowest = _ids(row)[-1]
        for parent in graph.parents(lowest):
            if parent in names:
                yield f"    {names[parent]} --> {names[lowest]}"
        for needed in graph.dependencies(lowest):
            if needed in names:
                yield f"    {names[needed]} -.-> {names[lowest]}"


def _entities(text: str) -> str:
    """Write what could end the text, or mean something in it, by number: Mermaid's own way."""
    return "".join(each if each.isalnum() or each in " .,_-/:" else f"#{ord(each)};" for each in text)


# -- SVG ------------------------------------------------------------------------------------------------


def svg(graph: RevisionGraph, drawn: Iterable[Row | Fold], state: State) -> str:
    """Return a picture, newest revision at the top; it follows the reader's choice of light or dark."""
    rows = tuple(drawn)
    places = {id: (_x(row.lane), _y(number)) for number, row in enumerate(rows) for id in _ids(row)}
    left = _x(max((len(row.beside) for row in rows), default=0) + 1)
    left = max([left, *(_x(row.lane + 1) for row in rows)])
    parts = [part for number, row in enumerate(rows) for part in _lines(graph, row, number, places)]
    widest = 0
    for number, row in enumerate(rows):
        texts, length = _texts(graph, row, state)
        widest = max(widest, length)
        parts.append(_dot(row, number, state))
        title = escape(graph[row.id].describe() if isinstance(row, Row) else ", ".join(row.ids))
        parts.append(f'<text x="{left}" y="{_y(number)}"><title>{title}</title>{texts}</text>')
    width, height = round(left + widest * CHARACTER + MARGIN), len(rows) * LINE + 2 * MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="graph" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="Revisions">\n<style>{STYLE}</style>\n'
        + "\n".join(filter(None, parts))
        + "\n</svg>\n"
    )


def page(title: str, summary: str, picture: str) -> str:
    """Return an HTML page that shows a picture and needs nothing from anywhere else.

    :param picture: what `svg` has returned.
    """
    return PAGE.format(title=escape(title), summary=escape(summary), picture=picture)


def _x(lane: int) -> int:
    return MARGIN + lane * LANE


def _y(number: int) -> int:
    return MARGIN + number * LINE + LINE // 2


def _lines(graph: RevisionGraph, row: Row | Fold, number: int, places: Mapping[str, tuple[int, int]]) -> Iterable[str]:
    """Yield the lines from a row down to what it comes after and depends on."""
    x, y = _x(row.lane), _y(number)
    lowest = _ids(row)[-1]
    lanes = [row.lane, *(row.forked if isinstance(row, Row) else ())]
    parents = [each for each in graph.parents(lowest) if each in places]
    for lane, parent in zip(lanes, parents, strict=False):
        to_x, to_y = places[parent]
        passes = to_y - y > LINE  # through other rows, in its lane
        path = f"{_bend(x, y, _x(lane))}V{to_y - LINE}{_bend(_x(lane), to_y - LINE, to_x)}" if passes else ""
        path = f"M{x},{y}{path or _bend(x, y, to_x)}"
        yield f'<path class="line c{lane % COLOURS}" d="{path}"/>'
    for needed in graph.dependencies(lowest):
        if needed in places:
            to_x, to_y = places[needed]
            yield f'<path class="needs" d="M{x},{y}C{x + 60},{y} {to_x + 60},{to_y} {to_x},{to_y}"/>'


def _bend(x: int, y: int, to_x: int) -> str:
    """Go one row down, and over to another lane on the way."""
    half = y + LINE // 2
    return f"V{y + LINE}" if x == to_x else f"C{x},{half} {to_x},{half} {to_x},{y + LINE}"


def _dot(row: Row | Fold, number: int, state: State) -> str:
    if isinstance(row, Fold):
        return ""
    colour = row.lane % COLOURS
    kind = f"c{colour} " + (f"f{colour}" if state.has(row.id) else "pending")
    return f'<circle class="{kind}" cx="{_x(row.lane)}" cy="{_y(number)}" r="{7 if row.id in state.current else 5}"/>'


def _texts(graph: RevisionGraph, row: Row | Fold, state: State) -> tuple[str, int]:
    """Return what stands beside a row, and how many characters that is."""
    if isinstance(row, Fold):
        said = f"{len(row.ids)} revisions"
        return f'<tspan class="note">{said}</tspan>', len(said)
    revision = graph[row.id]
    pieces = [("id", row.id)]
    pieces += [("note", f" ({label})") for label in revision.labels]
    pieces += [("mark", " (head)")] if row.id in graph.heads else []
    pieces += [("here", " (current)")] if row.id in state.current else []
    pieces += [("note", " (pending)")] if not state.has(row.id) else []
    pieces += [("", f"  {revision.message}")] if revision.message else []
    shown = "".join(f'<tspan class="{kind}">{escape(_printable(said))}</tspan>' for kind, said in pieces)
    return shown, sum(len(said) for _, said in pieces)


def _ids(row: Row | Fold) -> tuple[str, ...]:
    return row.ids if isinstance(row, Fold) else (row.id,)


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text)
