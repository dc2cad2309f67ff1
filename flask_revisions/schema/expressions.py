"""Whether two texts of SQL say the same, as far as rules of text can tell; the rest has to be asked of a database."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from ..dialects import MYSQL

_BRACKETS = r"""|\[[^\]'"]+\](?=\s*[^\[\]\s])"""
_WORDS = (
    r"""(?P<string>[eEnN]?'(?:[^'\\]|''|\\.)*')|(?P<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`{brackets})"""
    r"""|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<word>[^\W\d][\w$]*)|(?P<mark>::|<=|>=|<>|!=|\|\||->>|->|[^\s\w])"""
)
_TOKEN = re.compile(_WORDS.replace("{brackets}", _BRACKETS), re.VERBOSE)
_TOKEN_OF_POSTGRESQL = re.compile(_WORDS.replace("{brackets}", ""), re.VERBOSE)  # there brackets are arrays
_TYPE_WORDS = frozenset({"varying", "precision", "without", "with", "time", "zone"})
_NOW = frozenset({"now", "current_timestamp", "localtime", "localtimestamp"})
_OPERATORS = frozenset(
    {"=", "<", ">", "<=", ">=", "<>", "+", "-", "*", "/", "%", "||", "and", "or", "not", "in", "like", "between", "is"}
)


def same_expression(left: str, right: str, dialect: str) -> bool:
    """Return True if two expressions are the same but for how they are written.

    :param left: what the database wrote.
    :param right: what the models say.
    """
    if left == right:
        return True
    ours, theirs = _tokens(left, dialect), _tokens(right, dialect)
    if ours == theirs:
        return True
    if "::" in right or "cast" in right.lower():
        return False
    bare, plain = _bare(ours), _bare(theirs)
    return bare == plain and sum(token in _OPERATORS for token in bare) <= 1


def same_default(left: str | None, right: str | None, type_: str, dialect: str) -> bool:
    """Return True if two defaults of a column are the same.

    :param left: what the database wrote.
    :param right: what the models say.
    :param type_: the column's type: `'5'` and `5` are the same for a number, and not for a text.
    """
    if left is None or right is None:
        # without DEFAULT it is NULL
        return (left or "null").lower() == (right or "null").lower()
    if same_expression(left, right, dialect):
        return True
    if _is_number(type_):
        ours, theirs = _literal(left, dialect), _literal(right, dialect)
        return ours is not None and ours == theirs
    return False


def _is_number(type_: str) -> bool:
    return bool(re.match(r"(?i)(?:big|small|tiny|medium)?int|integer|num|dec|float|double|real|bool", type_))


def _literal(text: str, dialect: str) -> Decimal | None:
    tokens = _tokens(text, dialect)
    sign = 1
    if len(tokens) == 2 and tokens[0] == "-":
        sign, tokens = -1, tokens[1:]
    if len(tokens) != 1:
        return None
    word = {"true": "1", "false": "0", "'true'": "1", "'false'": "0"}.get(tokens[0], tokens[0])
    try:
        return sign * Decimal(word.strip("'"))
    except InvalidOperation:
        return None


@lru_cache(maxsize=4096)
def _tokens(text: str, dialect: str) -> tuple[str, ...]:
    found: list[str] = []
    for match in (_TOKEN_OF_POSTGRESQL if dialect == "postgresql" else _TOKEN).finditer(text):
        kind, value = match.lastgroup, match[0]
        if kind == "word":
            value = value.lower()
        elif kind == "name":
            value = _name(value, dialect)
        elif value == "!=":
            value = "<>"
        elif kind == "string" and dialect in MYSQL:
            value = value.replace("\\'", "''")
        found.append(value)
    if dialect == "postgresql":
        found = _without_casts(_plain_lists(_without_casts(found)))
    elif dialect in MYSQL:
        found = _mysql(found)
    while _is_enclosed(found):
        found = found[1:-1]
    return tuple(found)


def _name(quoted: str, dialect: str) -> str:
    inner = quoted[1:-1].replace(quoted[-1] * 2, quoted[-1])
    if dialect != "postgresql":
        inner = inner.lower()
    return inner if re.fullmatch(r"[a-z_][a-z0-9_$]*", inner) else f'"{inner}"'


def _without_casts(tokens: list[str]) -> list[str]:
    """Return tokens without the casts of literals, which PostgreSQL adds."""
    found: list[str] = []
    place = 0
    while place < len(tokens):
        if tokens[place] == "::" and found and (found[-1][-1:] == "'" or found[-1][:1].isdigit()):
            place = _behind_type(tokens, place + 1)
            continue
        found.append(tokens[place])
        place += 1
    return found


def _plain_lists(tokens: list[str]) -> list[str]:
    """Return tokens in which literals, and ARRAYs of them, stand in no parentheses and have no casts.

    PostgreSQL writes `(ARRAY['a', 'b'])::text[]` first, and what becomes of that when it is read again later.
    """
    found: list[str] = []
    for token in tokens:
        found.append(token)
        if token == ")" and len(found) > 2 and found[-3] == "(" and _is_literal(found[-2]):
            is_call = len(found) > 3 and _is_word(found[-4]) and found[-4] not in _OPERATORS
            if not is_call:
                found[-3:] = [found[-2]]
        elif token == ")" and len(found) > 2 and found[-2] == "]":
            begin = len(found) - 3
            while begin > 0 and found[begin] not in ("[", "("):
                begin -= 1
            is_whole = found[begin - 2 : begin + 1] == ["(", "array", "["]
            if is_whole and not (begin > 2 and found[begin - 3] in ("any", "all")):
                del found[-1], found[begin - 2]
    return _without_array_casts(found)


def _without_array_casts(tokens: list[str]) -> list[str]:
    found: list[str] = []
    place = 0
    while place < len(tokens):
        if tokens[place] == "::" and found[-1:] == ["]"]:
            begin = len(found) - 1 - found[::-1].index("[")
            elements = found[begin + 1 : -1]
            if found[begin - 1] == "array" and all(each == "," or _is_literal(each) for each in elements):
                place = _behind_type(tokens, place + 1)
                continue
        found.append(tokens[place])
        place += 1
    return found


def _is_literal(token: str) -> bool:
    return token[-1:] == "'" or token[:1].isdigit()


def _is_word(token: str) -> bool:
    return re.fullmatch(r"[a-z_]\w*", token) is not None


def _behind_type(tokens: list[str], place: int) -> int:
    place += 1
    while tokens[place : place + 1] == ["."]:
        place += 2
    while place < len(tokens) and tokens[place] in _TYPE_WORDS:
        place += 1
    if tokens[place : place + 1] == ["("]:
        while place < len(tokens) and tokens[place] != ")":
            place += 1
        place += 1
        while place < len(tokens) and tokens[place] in _TYPE_WORDS:
            place += 1
    while tokens[place : place + 1] == ["["]:
        place += 2
    return place


def _mysql(tokens: list[str]) -> list[str]:
    """Return tokens with one word for the present time, without character sets of literals."""
    found: list[str] = []
    for token in tokens:
        if token in _NOW:
            token = "current_timestamp"
        elif token in ("true", "false"):
            token = "1" if token == "true" else "0"
        if token == ")" and found[-2:] == ["current_timestamp", "("]:
            del found[-1]
            continue
        if token[:1] == "'" and found and re.fullmatch(r"_(?:utf8|utf8mb3|utf8mb4|latin1|binary)", found[-1]):
            del found[-1]
        found.append(token)
    return found


def _is_enclosed(tokens: list[str]) -> bool:
    if len(tokens) < 2 or tokens[0] != "(" or tokens[-1] != ")":
        return False
    depth = 0
    for place, token in enumerate(tokens):
        depth += (token == "(") - (token == ")")
        if not depth:
            return place == len(tokens) - 1
    return False


def _bare(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """Return tokens without any casts, and without parentheses but for those of calls and lists."""
    found: list[str] = []
    kept: list[bool] = []
    place, rest = 0, list(tokens)
    while place < len(rest):
        token = rest[place]
        if token == "::":
            place = _behind_type(rest, place + 1)
            continue
        if token == "(":
            is_call = bool(found) and re.fullmatch(r"[a-z_]\w*", found[-1]) is not None and found[-1] not in _OPERATORS
            kept.append(is_call or found[-1:] == ["in"])
            if kept[-1]:
                found.append(token)
        elif token == ")":
            if kept and kept.pop():
                found.append(token)
        else:
            found.append(token)
        place += 1
    return tuple(found)
