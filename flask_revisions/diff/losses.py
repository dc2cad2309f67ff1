"""Which changes of type may lose values."""

from __future__ import annotations

import re

_RANKS = {"tinyint": 1, "smallint": 2, "mediumint": 3, "int": 4, "integer": 4, "bigint": 5}
_TEXTS = ("char", "text", "clob")
_HOLD_WHOLE_NUMBERS = ("numeric", "decimal", "double precision", "double", "float")
_DOUBLES = ("double precision", "double", "float(53)")
_HOLD_ALL = {("year", each) for each in ("int", "bigint")} | {
    ("date", "datetime"),
    ("date", "timestamp"),
    ("cidr", "inet"),
    ("macaddr", "macaddr8"),
}
_SIZES = {"tiny": 1, "": 2, "medium": 3, "long": 4}
"""The bytes of the length of MySQL's texts and blobs: https://mariadb.com/kb/en/string-data-types/"""


_Split = tuple[str, "int | None"]
"""The name of a type, and the first number in its parentheses."""


def may_lose(old: str, new: str) -> bool:
    """Return True if a change of type may cut or lose values."""
    before, after = _split(old), _split(new)
    for verdict in (_of_numbers, _of_seconds, _of_texts):
        found = verdict(old, new, before, after)
        if found is not None:
            return found
    if (before[0], after[0]) in _HOLD_ALL or "text" in after[0] or "json" in after[0]:
        return False
    if before[0] == after[0]:
        return old != new and (not _is_wider(old, new) or _loses_sign(old, new))
    return True


def _of_numbers(old: str, new: str, before: _Split, after: _Split) -> bool | None:
    """Return the same for numbers; None where it is no affair of theirs."""
    if before[0] in _RANKS and after[0] in _RANKS:
        return _RANKS[after[0]] < _RANKS[before[0]] or _loses_sign(old, new)
    is_held = before[0] in _RANKS and after[0] in _HOLD_WHOLE_NUMBERS
    return False if is_held or (before[0] in ("real", "float") and new in _DOUBLES) else None


def _of_seconds(old: str, new: str, before: _Split, after: _Split) -> bool | None:
    """Return the same for times, which may have fractions of seconds."""
    is_time = before[0] in ("time", "datetime", "timestamp") and before[0] == after[0]
    return _digits(old) > _digits(new) if is_time else None


def _of_texts(old: str, new: str, before: _Split, after: _Split) -> bool | None:
    """Return the same for texts and blobs."""
    sizes = _size(before[0]), _size(after[0])
    if sizes[0] and sizes[1]:
        return sizes[0] > sizes[1]
    if any(each in before[0] for each in _TEXTS) and any(each in after[0] for each in _TEXTS):
        return after[1] is not None and (before[1] is None or after[1] < before[1])
    return None


def _split(type_: str) -> _Split:
    name, _, rest = type_.lower().partition("(")
    digits = rest.split(")")[0].split(",")[0]
    name = name.split(" unsigned")[0].strip()
    if name.startswith(("time ", "timestamp ")):  # with or without time zone
        name = name.partition(" ")[0]
    return name, int(digits) if digits.isdigit() else None


def _loses_sign(old: str, new: str) -> bool:
    """Return True if numbers below zero, or the upper half of those above, have no place any more."""
    if "unsigned" in new:
        return "unsigned" not in old
    return "unsigned" in old and _split(old)[0] == _split(new)[0] and _split(old)[0] in _RANKS


def _digits(type_: str) -> int:
    """Return the fractional digits of seconds; PostgreSQL has six where nothing is said, the others none."""
    given = _split(type_)[1]
    return given if given is not None else (6 if "time zone" in type_ else 0)


def _size(name: str) -> int | None:
    found = re.fullmatch(r"(tiny|medium|long|)(text|blob)", name)
    return _SIZES[found[1]] if found else None


def _is_wider(old: str, new: str) -> bool:
    before, after = _numbers(old), _numbers(new)
    if not after:
        return True
    if len(before) == 2 == len(after):
        return after[1] >= before[1] and after[0] - after[1] >= before[0] - before[1]
    return len(before) == len(after) and all(old <= new for old, new in zip(before, after, strict=True))


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.partition("(")[2].partition(")")[0].split(",") if each.isdigit()]
