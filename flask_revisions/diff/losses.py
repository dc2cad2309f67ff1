"""Which changes of type may lose values."""

from __future__ import annotations

_RANKS = {"tinyint": 1, "smallint": 2, "mediumint": 3, "int": 4, "integer": 4, "bigint": 5}
_TEXTS = ("char", "text", "clob")
_HOLD_WHOLE_NUMBERS = ("numeric", "decimal", "double precision", "double", "float")


def may_lose(old: str, new: str) -> bool:
    """Return True if a change of type may cut or lose values."""
    before, after = _split(old), _split(new)
    if before[0] in _RANKS and after[0] in _RANKS:
        return _RANKS[after[0]] < _RANKS[before[0]] or ("unsigned" in new) != ("unsigned" in old)
    if any(each in before[0] for each in _TEXTS) and any(each in after[0] for each in _TEXTS):
        return after[1] is not None and (before[1] is None or after[1] < before[1])
    if "text" in after[0] or "json" in after[0]:
        return False
    if before[0] == after[0]:
        return old != new and not _is_wider(old, new)
    return not (before[0] in _RANKS and after[0] in _HOLD_WHOLE_NUMBERS)


def _split(type_: str) -> tuple[str, int | None]:
    name, _, rest = type_.lower().partition("(")
    digits = rest.split(")")[0].split(",")[0]
    return name.split(" unsigned")[0].strip(), int(digits) if digits.isdigit() else None


def _is_wider(old: str, new: str) -> bool:
    before, after = _numbers(old), _numbers(new)
    if not after:
        return True
    if len(before) == 2 == len(after):
        return after[1] >= before[1] and after[0] - after[1] >= before[0] - before[1]
    return len(before) == len(after) and all(old <= new for old, new in zip(before, after, strict=True))


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.partition("(")[2].rstrip(")").split(",") if each.isdigit()]
