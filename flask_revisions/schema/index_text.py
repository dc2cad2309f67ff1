"""What the models say of one part of an index: direction, collation and operator class, around it or in its text."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import Label, UnaryExpression

_DIRECTIONS = (operators.desc_op, operators.asc_op, operators.nulls_first_op, operators.nulls_last_op)

_DIRECTED = re.compile(r"(.*?)(?:\s+(ASC|DESC))?(?:\s+NULLS\s+(FIRST|LAST))?\s*\Z", re.IGNORECASE | re.DOTALL)
_ATTRIBUTES = re.compile(
    r"(?P<open>\(?)(?P<column>\w+|\"(?P<quoted>[^\"]+)\")(?:\s+COLLATE\s+\"?(?P<collation>[\w.-]+)\"?)?(?(open)\)?|)"
    r"(?:\s+(?P<opclass>\w+_ops))?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Said:
    """What is said of a part.

    :param expression: what it is over: a column, another expression of SQLAlchemy's, or a text.
    :param key: under which name the index may have options for it.
    """

    expression: Any
    key: str | None
    descending: bool = False
    nulls_first: bool | None = None
    collation: str | None = None
    opclass: str | None = None


def unwrapped(expression: Any) -> Said:
    """Return an expression without the direction and the label around it."""
    said = Said(expression, getattr(expression, "key", None) or getattr(expression, "name", None))
    while isinstance(said.expression, UnaryExpression) and said.expression.modifier in _DIRECTIONS:
        said = replace(_directed(said, said.expression.modifier), expression=said.expression.element)
    if isinstance(said.expression, Label):
        said = replace(said, key=said.expression.name, expression=said.expression.element)
    return replace(said, key=said.expression.key) if isinstance(said.expression, sa.Column) else said


def _directed(said: Said, modifier: Any) -> Said:
    if modifier is operators.desc_op:
        return replace(said, descending=True)
    return said if modifier is operators.asc_op else replace(said, nulls_first=modifier is operators.nulls_first_op)


def read_text(said: Said, text: str, *, attributes: bool) -> Said:
    """Return what is said with what its text says besides; the expression is the rest of that.

    :param attributes: the text may have a collation and an operator class in it.
    """
    found = _DIRECTED.match(text)
    if found is not None:
        text, direction, nulls = found.groups()
        said = replace(said, descending=said.descending or (direction or "").upper() == "DESC")
        said = said if nulls is None else replace(said, nulls_first=nulls.upper() == "FIRST")
    named = _ATTRIBUTES.fullmatch(text) if attributes else None
    if named is None or not (named["collation"] or named["opclass"]):
        return replace(said, expression=text)
    column = named["quoted"] or named["column"]
    return replace(said, expression=column, collation=named["collation"], opclass=named["opclass"])
