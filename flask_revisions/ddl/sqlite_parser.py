"""Reading a CREATE TABLE or CREATE INDEX text of SQLite into `sqlite_text` values.

The grammar: https://www.sqlite.org/lang_createtable.html, lang_createindex.html, and SQLite's parse.y.
"""

from __future__ import annotations

from ..errors import OperationError
from .sqlite_text import Clause, ClauseKind, ColumnText, IndexText, Part, TableText
from .sqlite_tokens import Token, Tokens, name_of, tokenize, write


def parse_table(text: str) -> TableText:
    """Return a CREATE TABLE text as a value.

    :raises OperationError: the text is no such statement, or makes a virtual table.
    """
    reader = _Reader(tokenize(text))
    reader.expect("CREATE")
    reader.skip("TEMP", "TEMPORARY")
    reader.expect("TABLE")
    opening, name_token = reader.named()
    reader.expect("(")
    opened = reader.taken()
    parts = []
    while not reader.sees(")"):
        parts.append(_part(reader))
    return TableText(opening, name_token, opened, tuple(parts), reader.rest())


def parse_index(text: str) -> IndexText:
    """Return a CREATE INDEX text as a value.

    :raises OperationError: the text is no such statement.
    """
    reader = _Reader(tokenize(text))
    reader.expect("CREATE")
    reader.skip("UNIQUE")
    reader.expect("INDEX")
    opening, name_token = reader.named()
    reader.expect("ON")
    between, table_token = reader.named()
    reader.expect("(")
    opened = reader.taken()
    while not reader.sees(")"):
        reader.step()
    return IndexText(opening, name_token, between, table_token, opened, reader.taken(), reader.rest())


_END = Token("mark", "")


class _Reader:
    """A place in a row of tokens; what was read since the last `taken` is one piece."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._heard = [place for place, token in enumerate(tokens) if not token.silent]
        self._passed = 0  # how many of those were read
        self._begin = 0
        self._at = 0

    def ahead(self, number: int = 0) -> Token:
        """Return the token that matters `number` tokens from here; an empty mark behind the end."""
        place = self._passed + number
        return self._tokens[self._heard[place]] if place < len(self._heard) else _END

    def sees(self, *words: str) -> bool:
        """Return True if these words follow, one after the other."""
        return all(self.ahead(number).says(word) for number, word in enumerate(words))

    def step(self, count: int = 1) -> Token:
        """Read so many tokens that matter, a pair of parentheses as one; return the last."""
        for _ in range(count):
            self.silence()
            token = self._next()
            depth = 1 if token.says("(") else 0
            while depth:
                inner = self._next()
                depth += inner.says("(") - inner.says(")")
        return token

    def skip(self, *words: str) -> bool:
        """Read one of these words if it follows."""
        found = self.ahead().says(*words)
        if found:
            self.step()
        return found

    def expect(self, word: str) -> None:
        """Read this word, and for `(` nothing of what it holds."""
        if not self.sees(word):
            raise self.confused()
        self.silence()
        self._next()

    def named(self) -> tuple[Tokens, Token]:
        """Read IF NOT EXISTS and a name that may have a schema; return all before the name, and the name."""
        if self.sees("IF", "NOT", "EXISTS"):
            self.step(3)
        if self.ahead(1).says("."):
            self.step(2)
        self.silence()
        before = self.taken()
        name = self._next()
        self._begin = self._at
        return before, name

    def silence(self) -> None:
        """Read space and comments."""
        self._at = self._heard[self._passed] if self._passed < len(self._heard) else len(self._tokens)

    def note(self) -> None:
        """Read as far as a comment that ends with its line, if there is one on this line."""
        place = self._at
        while place < len(self._tokens) and self._tokens[place].silent:
            token = self._tokens[place]
            place += 1
            if token.kind == "space":
                if "\n" in token.text:
                    return
                continue
            following = self._tokens[place] if place < len(self._tokens) else _END
            if token.text.startswith("--") or following.text.lstrip(" \t\r").startswith("\n"):
                self._at = place
                return

    def taken(self) -> Tokens:
        """Return what was read since the last time."""
        piece = self._tokens[self._begin : self._at]
        self._begin = self._at
        return piece

    def rest(self) -> Tokens:
        """Return all that is left."""
        self._at = len(self._tokens)
        self._passed = len(self._heard)
        return self.taken()

    def confused(self) -> OperationError:
        """Return the error for a text that goes on as no statement of this kind does."""
        text = " ".join(write(self._tokens).split())
        return OperationError(
            f"SQLite's schema holds a text that cannot be read at {self.ahead().text!r}: {text[:60]}.",
            "virtual tables cannot be altered; drop and create the table in the revision instead.",
        )

    def _next(self) -> Token:
        if self._at >= len(self._tokens):
            raise self.confused()
        token = self._tokens[self._at]
        self._at += 1
        self._passed += not token.silent
        return token


_TABLE_CONSTRAINTS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN")


def _part(reader: _Reader) -> Part:
    reader.silence()
    lead = reader.taken()
    of_table = reader.ahead().says(*_TABLE_CONSTRAINTS)
    body = _table_constraint(reader) if of_table else _column(reader)
    if reader.sees(","):
        reader.silence()
        gap = reader.taken()
        reader.step()
        reader.taken()
        reader.note()
        return Part(lead, body, gap, True, reader.taken())
    reader.note()
    return Part(lead, body, note=reader.taken())


def _column(reader: _Reader) -> ColumnText:
    name_token = reader.step()
    reader.taken()
    while not (_ends(reader) or _clause_kind(reader)):
        reader.step()
    type_tokens = reader.taken()
    clauses = []
    while not _ends(reader):
        clauses.append(_clause(reader))
    return ColumnText(name_token, type_tokens, tuple(clauses))


def _ends(reader: _Reader) -> bool:
    return reader.sees(",") or reader.sees(")") or not reader.ahead().text


_CLAUSES: dict[tuple[str, ...], ClauseKind] = {
    ("PRIMARY", "KEY"): "PRIMARY KEY",
    ("NOT", "NULL"): "NOT NULL",
    ("NULL",): "NULL",
    ("UNIQUE",): "UNIQUE",
    ("CHECK",): "CHECK",
    ("DEFAULT",): "DEFAULT",
    ("COLLATE",): "COLLATE",
    ("REFERENCES",): "REFERENCES",
    ("NOT", "DEFERRABLE"): "DEFERRABLE",
    ("DEFERRABLE",): "DEFERRABLE",
    ("GENERATED", "ALWAYS", "AS"): "GENERATED",
    ("AS",): "GENERATED",
    ("FOREIGN", "KEY"): "FOREIGN KEY",
}


_BY_FIRST_WORD: dict[str, tuple[tuple[tuple[str, ...], ClauseKind], ...]] = {
    first[0]: tuple((words, kind) for words, kind in _CLAUSES.items() if words[0] == first[0]) for first in _CLAUSES
}


def _may_follow(reader: _Reader) -> tuple[tuple[tuple[str, ...], ClauseKind], ...]:
    """Return the clauses that begin with the next word."""
    return _BY_FIRST_WORD.get(reader.ahead().text.upper(), ())


def _clause_kind(reader: _Reader) -> bool:
    return reader.sees("CONSTRAINT") or any(reader.sees(*words) for words, _ in _may_follow(reader))


def _clause(reader: _Reader) -> Clause:
    name = _constraint_name(reader)
    for words, kind in _may_follow(reader):
        if reader.sees(*words):
            reader.step(len(words))
            _READ[kind](reader)
            return Clause(kind, name, reader.taken())
    if name is None:
        raise reader.confused()
    return Clause("", name, reader.taken())


def _table_constraint(reader: _Reader) -> Clause:
    clause = _clause(reader)
    if clause.kind in ("PRIMARY KEY", "UNIQUE") and reader.sees("("):
        reader.step()
        _conflict(reader)
    elif clause.kind == "CHECK":
        _conflict(reader)
    return Clause(clause.kind, clause.name, (*clause.tokens, *reader.taken()))


def _constraint_name(reader: _Reader) -> str | None:
    name = None
    while reader.skip("CONSTRAINT"):
        name = name_of(reader.step())
    return name


def _primary_key(reader: _Reader) -> None:
    reader.skip("ASC", "DESC")
    _conflict(reader)
    reader.skip("AUTOINCREMENT")


def _conflict(reader: _Reader) -> None:
    if reader.sees("ON", "CONFLICT"):
        reader.step(3)


def _default(reader: _Reader) -> None:
    reader.skip("+", "-")
    reader.step()


def _generated(reader: _Reader) -> None:
    reader.step()
    reader.skip("STORED", "VIRTUAL")


def _references(reader: _Reader) -> None:
    reader.step()
    if reader.sees("("):
        reader.step()
    while reader.sees("ON") or reader.sees("MATCH"):
        reader.step(2 if reader.sees("MATCH") else 3 if reader.ahead(2).says("CASCADE", "RESTRICT") else 4)
    if reader.sees("NOT", "DEFERRABLE"):
        reader.step()
    if reader.skip("DEFERRABLE"):
        _initially(reader)


def _initially(reader: _Reader) -> None:
    if reader.sees("INITIALLY"):
        reader.step(2)


def _foreign_key(reader: _Reader) -> None:
    reader.step()
    reader.expect("REFERENCES")
    _references(reader)


def _one(reader: _Reader) -> None:
    reader.step()


def _nothing(reader: _Reader) -> None:
    pass


_READ = {
    "PRIMARY KEY": _primary_key,
    "NOT NULL": _conflict,
    "NULL": _conflict,
    "UNIQUE": _conflict,
    "CHECK": _one,
    "DEFAULT": _default,
    "COLLATE": _one,
    "REFERENCES": _references,
    "DEFERRABLE": _initially,
    "GENERATED": _generated,
    "FOREIGN KEY": _foreign_key,
}
