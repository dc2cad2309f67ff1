"""Source as a tree of calls and lists, and its lines, broken where black and ruff would break them."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

WIDTH = 88


@dataclass(frozen=True)
class Group:
    """A call, list, tuple or dictionary.

    :param open: everything up to the first item: `sa.Column(`.
    :param items: sources, or groups; with a keyword in front where there is one.
    :param exploded: one item in each line, even if all would fit into one.
    """

    open: str
    items: tuple[Node, ...]
    close: str = ")"
    exploded: bool = False


@dataclass(frozen=True)
class Keyword:
    """An argument that is given by its name, or the value of a key."""

    lead: str
    value: str | Group


Node = str | Group | Keyword


def call(
    function: str, *arguments: Node, named: Mapping[str, Node] = MappingProxyType({}), exploded: bool = False
) -> Group:
    """Return a call.

    :param named: the keyword arguments, which follow the others.
    """
    keywords = [Keyword(f"{name}=", value) for name, value in named.items() if not isinstance(value, Keyword)]
    return Group(f"{function}(", (*arguments, *keywords), exploded=exploded)


def flat(node: Node) -> str:
    """Return source in one line."""
    if isinstance(node, str):
        return node
    if isinstance(node, Keyword):
        return node.lead + flat(node.value)
    comma = "," if node.open.endswith("(") and node.open == "(" and len(node.items) == 1 else ""
    return f"{node.open}{', '.join(map(flat, node.items))}{comma}{node.close}"


def lines(node: Node, indent: int = 0, *, lead: str = "", trail: str = "", width: int = WIDTH) -> list[str]:
    """Return source in lines that fit, where that is possible.

    :param indent: columns that stand in front, those in which the source is put later included.
    """
    if isinstance(node, Keyword):
        return lines(node.value, indent, lead=lead + node.lead, trail=trail, width=width)
    margin = " " * indent
    whole = f"{margin}{lead}{flat(node)}{trail}"
    if isinstance(node, str) or not node.items or (len(whole) <= width and not _is_exploded(node)):
        return [whole]
    first, last = f"{margin}{lead}{node.open}", f"{margin}{node.close}{trail}"
    is_literal = node.open in ("(", "[", "{")
    body = f"{margin}    {', '.join(map(flat, node.items))}"
    if len(body) <= width and not _is_exploded(node) and not (is_literal and len(node.items) > 1):
        return [first, body + ("," if is_literal else ""), last]
    inner = [line for item in node.items for line in lines(item, indent + 4, trail=",", width=width)]
    return [first, *inner, last]


def _is_exploded(node: Node) -> bool:
    """A comma behind the last item keeps a call and what it stands in open."""
    if isinstance(node, Keyword):
        return _is_exploded(node.value)
    return isinstance(node, Group) and (node.exploded or any(map(_is_exploded, node.items)))


def literal(value: object) -> str:
    """Return the source of a plain value, texts in double quotes where that needs no escapes."""
    if isinstance(value, str):
        text = str(value)
        plain = repr(text) if text.isprintable() else ascii(text)
        return plain if '"' in text or plain[0] == '"' else '"' + plain[1:-1] + '"'
    return repr(value)


def tree(value: object) -> str | Group:
    """Return the source of a value that may hold others."""
    if isinstance(value, dict):
        items = tuple(Keyword(f"{literal(key)}: ", tree(each)) for key, each in value.items())
        return Group("{", items, "}")
    if isinstance(value, list):
        return Group("[", tuple(map(tree, value)), "]")
    if isinstance(value, tuple):
        return Group("(", tuple(map(tree, value)), ")") if value else "()"
    return literal(value)


def double_quoted(source: str) -> str:
    """Return source with its texts in double quotes, as formatters write them."""
    if "'" not in source:
        return source
    try:
        found = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return source
    pieces, end = [], 0
    for token in found:
        if token.type == tokenize.STRING and token.start[0] == 1 == token.end[0]:
            value = ast.literal_eval(token.string)
            pieces += [source[end : token.start[1]], literal(value)]
            end = token.end[1]
    return "".join(pieces) + source[end:]
