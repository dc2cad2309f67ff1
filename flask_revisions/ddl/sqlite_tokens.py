"""SQLite's tokens: a text cut into pieces that give the same text again, and how SQLite compares names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from string import ascii_lowercase, ascii_uppercase
from typing import Literal, NamedTuple

from ..errors import OperationError

Kind = Literal["space", "comment", "string", "quoted", "blob", "number", "word", "mark"]

# https://www.sqlite.org/lang_keywords.html and tokenize.c: a line comment takes its line break with it, so
# that whatever is written behind it stands on a line of its own; an open /* runs to the end of the text.
_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\n\f\r]+)
    | (?P<comment>--[^\n]*\n?|/\*(?s:.*?)(?:\*/|\Z))
    | (?P<string>'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])
    | (?P<blob>[xX]'[0-9a-fA-F]*')
    | (?P<number>0[xX][0-9a-fA-F_]+|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]+)?)
    | (?P<word>[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_$\x80-\U0010ffff]*)
    | (?P<mark>\|\||->>|->|<=|<>|<<|==|>=|>>|!=|[?:@$\#]\w+|[-+*/%=<>&|~!?.,;()])
    """,
    re.VERBOSE,
)

_FOLD = str.maketrans(ascii_uppercase, ascii_lowercase)

# Words that are never a name unless they are quoted (those that parse.y does not let fall back to ID).
_RESERVED_WORDS = """
    add all alter and as autoincrement between case check collate commit constraint create default deferrable
    delete distinct drop else escape except exists foreign from group having in index insert intersect into is
    isnull join limit not nothing notnull null on or order primary references returning select set table then
    to transaction union unique update using values when where
"""
RESERVED = frozenset(_RESERVED_WORDS.split())


class Token(NamedTuple):
    """A piece of SQL text.

    :param kind: `quoted` is a name in "...", `...` or [...]; `mark` is an operator or punctuation.
    :param text: the piece as it is written.
    """

    kind: Kind
    text: str

    @property
    def silent(self) -> bool:
        """True for white space and comments."""
        return self.kind in ("space", "comment")

    def says(self, *words: str) -> bool:
        """Return True if this is one of the given unquoted words or marks; `words` are in upper case."""
        return self.kind in ("word", "mark") and self.text.upper() in words


Tokens = tuple[Token, ...]


def tokenize(text: str) -> Tokens:
    """Return the tokens of a text; joined they are the text again.

    :raises OperationError: a quote that does not end, or a character that SQLite does not know.
    """
    return tuple(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    position = 0
    for found in _TOKEN.finditer(text):
        if found.start() != position:
            break
        kind: Kind = found.lastgroup  # type: ignore[assignment]
        yield Token(kind, found.group())
        position = found.end()
    if position < len(text):
        raise OperationError(
            f"SQLite's schema holds a text that cannot be read at {text[position : position + 20]!r}.",
            "look at it with: SELECT sql FROM sqlite_master.",
        )


def write(tokens: Iterable[Token]) -> str:
    """Return the text of tokens."""
    return "".join(token.text for token in tokens)


def fold(name: str) -> str:
    """Return a name as SQLite compares names: without regard to case, for the letters of ASCII alone."""
    return name.translate(_FOLD)


def name_of(token: Token) -> str:
    """Return the name that a token spells, without its quotes."""
    if token.kind == "string":
        return token.text[1:-1].replace("''", "'")
    if token.kind == "quoted":
        quote = token.text[0]
        inner = token.text[1:-1]
        return inner if quote == "[" else inner.replace(quote * 2, quote)
    return token.text


def names(token: Token, name: str) -> bool:
    """Return True if a token can be the name `name` where an expression may stand."""
    if token.kind == "word" and fold(token.text) in RESERVED:
        return False
    return token.kind in ("word", "quoted") and fold(name_of(token)) == fold(name)


def quote(name: str) -> str:
    """Return a name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def string(value: str) -> str:
    """Return a value as a string literal."""
    return "'" + value.replace("'", "''") + "'"


def audible(tokens: Iterable[Token]) -> Tokens:
    """Return tokens without white space and comments."""
    return tuple(token for token in tokens if not token.silent)


def mentioned(tokens: Iterable[Token], name: str) -> bool:
    """Return True if a name occurs anywhere in a text, as whatever."""
    return any(names(token, name) for token in tokens)


def column_places(expression: Tokens, name: str) -> tuple[int, ...]:
    """Return the places in an expression at which a column of that name is meant.

    A word before `(` is a function, one behind COLLATE a collation, one behind AS a type, one before a dot a
    table; ASC and DESC behind an expression are its order.
    """
    heard = [place for place, token in enumerate(expression) if not token.silent]
    edge = Token("mark", "")
    found = []
    for position, place in enumerate(heard):
        token = expression[place]
        before = expression[heard[position - 1]] if position else edge
        after = expression[heard[position + 1]] if position + 1 < len(heard) else edge
        function = token.kind == "word" and after.says("(")
        order = token.says("ASC", "DESC") and _ends_operand(before)
        if function or order or after.says(".") or before.says("COLLATE", "AS"):
            continue
        if names(token, name):
            found.append(place)
    return tuple(found)


def _ends_operand(token: Token) -> bool:
    """Return True if an operand of an expression can end with a token."""
    if token.kind == "word":
        return fold(token.text) not in RESERVED | {"like", "glob", "regexp", "match"}
    return token.kind != "mark" or token.says(")")


def with_column_renamed(expression: Tokens, name: str, new: str) -> Tokens:
    """Return an expression in which a column is called `new` (as it is to be written)."""
    places = column_places(expression, name)
    return tuple(
        Token("quoted" if new[:1] == '"' else "word", new) if place in places else token
        for place, token in enumerate(expression)
    )


def without_qualifier(expression: Tokens, table: str) -> Tokens:
    """Return an expression in which `table.column` is `column`.

    A CHECK or generated column can mean no other table's column; a rebuilt table has another name at first.
    """
    heard = [place for place, token in enumerate(expression) if not token.silent]
    left_out: set[int] = set()
    for position, place in enumerate(heard[:-2]):
        if names(expression[place], table) and expression[heard[position + 1]].says("."):
            left_out.update(range(place, heard[position + 2]))
    return tuple(token for place, token in enumerate(expression) if place not in left_out)


def affinity(declared: str) -> Literal["INTEGER", "TEXT", "BLOB", "REAL", "NUMERIC"]:
    """Return the affinity of a column with this declared type (sqlite.org/datatype3.html, 3.1)."""
    text = declared.upper()
    if "INT" in text:
        return "INTEGER"
    if any(word in text for word in ("CHAR", "CLOB", "TEXT")):
        return "TEXT"
    if "BLOB" in text or not text.strip():
        return "BLOB"
    if any(word in text for word in ("REAL", "FLOA", "DOUB")):
        return "REAL"
    return "NUMERIC"
