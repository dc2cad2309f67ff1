"""A stored CREATE TABLE or CREATE INDEX text as a value that loses nothing: written, it is the same text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Literal

from .sqlite_tokens import Token, Tokens, audible, fold, name_of, write

ClauseKind = Literal[
    "PRIMARY KEY",
    "NOT NULL",
    "NULL",
    "UNIQUE",
    "CHECK",
    "FOREIGN KEY",
    "DEFAULT",
    "COLLATE",
    "REFERENCES",
    "DEFERRABLE",
    "GENERATED",
    "",
]


@dataclass(frozen=True)
class Reference:
    """What a foreign key points at.

    :param columns: empty where the text names none: then the other table's primary key is meant.
    """

    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Clause:
    """A constraint of a column, or of the table.

    :param kind: its first words; a foreign key is REFERENCES in a column and FOREIGN KEY in the table; empty
        for a CONSTRAINT name that nothing follows.
    :param name: the name behind CONSTRAINT.
    :param tokens: the whole of it; in a column with the space that stands before.
    """

    kind: ClauseKind
    name: str | None
    tokens: Tokens

    @cached_property
    def said(self) -> Tokens:
        """The tokens that matter, without the name."""
        heard = audible(self.tokens)
        while heard and heard[0].says("CONSTRAINT"):
            heard = heard[2:]
        return heard

    @property
    def expression(self) -> Tokens:
        """What the first parentheses hold."""
        spans = groups(self.tokens)
        return self.tokens[slice(*spans[0])] if spans else ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that a key or foreign key of the table lists."""
        if self.kind not in ("PRIMARY KEY", "UNIQUE", "FOREIGN KEY"):
            return ()
        return first_names(self.expression)

    @property
    def reference(self) -> Reference | None:
        """What it references, if it is a foreign key."""
        said = self.said
        at = next((place for place, token in enumerate(said) if token.says("REFERENCES")), None)
        if at is None or self.kind not in ("REFERENCES", "FOREIGN KEY"):
            return None
        listed = len(said) > at + 2 and said[at + 2].says("(")
        spans = groups(said[at:])
        columns = first_names(said[at:][slice(*spans[0])]) if listed else ()
        return Reference(name_of(said[at + 1]), columns)

    def has(self, *words: str) -> bool:
        """Return True if these words follow each other in it, outside of parentheses."""
        if not any(token.says(words[0]) for token in self.said):
            return False
        said = outside(self.said)
        count = len(words)
        return any(
            all(token.says(word) for token, word in zip(said[place : place + count], words, strict=True))
            for place in range(len(said) - count + 1)
        )


@dataclass(frozen=True)
class ColumnText:
    """The definition of a column.

    :param name_token: the name as it is written.
    :param type_tokens: the declared type with the space before it; may be empty.
    """

    name_token: Token
    type_tokens: Tokens
    clauses: tuple[Clause, ...]

    @property
    def name(self) -> str:
        """The column's name, without quotes."""
        return name_of(self.name_token)

    @property
    def declared_type(self) -> str:
        """The declared type in one line; empty where there is none."""
        return " ".join(write(self.type_tokens).split())

    @property
    def tokens(self) -> Tokens:
        """The whole definition."""
        clauses = (token for clause in self.clauses for token in clause.tokens)
        return (self.name_token, *self.type_tokens, *clauses)

    def clause(self, kind: ClauseKind) -> Clause | None:
        """Return the last clause of a kind: the one that SQLite goes by."""
        return next((clause for clause in reversed(self.clauses) if clause.kind == kind), None)


@dataclass(frozen=True)
class Part:
    """One item of a table's list, with what surrounds it.

    :param lead: space and comments before it.
    :param gap: space and comments between it and its comma.
    :param note: a comment behind the comma on the same line, which therefore belongs to this item.
    """

    lead: Tokens
    body: ColumnText | Clause
    gap: Tokens = ()
    comma: bool = False
    note: Tokens = ()

    @property
    def tokens(self) -> Tokens:
        """The item with all that surrounds it."""
        comma = (Token("mark", ","),) if self.comma else ()
        return (*self.lead, *self.body.tokens, *self.gap, *comma, *self.note)


@dataclass(frozen=True)
class TableText:
    """A CREATE TABLE text.

    :param opening: everything before the name.
    :param opened: everything between the name and the first item.
    :param tail: everything behind the last item: the closing parenthesis and the table's options.
    """

    opening: Tokens
    name_token: Token
    opened: Tokens
    parts: tuple[Part, ...]
    tail: Tokens

    @property
    def name(self) -> str:
        """The table's name, without quotes and schema."""
        return name_of(self.name_token)

    @property
    def columns(self) -> tuple[ColumnText, ...]:
        """The columns in their order."""
        return tuple(part.body for part in self.parts if isinstance(part.body, ColumnText))

    @property
    def constraints(self) -> tuple[Clause, ...]:
        """The constraints that stand behind the columns."""
        return tuple(part.body for part in self.parts if isinstance(part.body, Clause))

    @property
    def temporary(self) -> bool:
        """True for CREATE TEMP TABLE."""
        return any(token.says("TEMP", "TEMPORARY") for token in self.opening)

    @property
    def if_not_exists(self) -> bool:
        """True for CREATE TABLE IF NOT EXISTS."""
        return any(token.says("EXISTS") for token in self.opening)

    @property
    def strict(self) -> bool:
        """True for a STRICT table (https://www.sqlite.org/stricttables.html)."""
        return any(token.says("STRICT") for token in self.tail)

    @property
    def without_rowid(self) -> bool:
        """True for a WITHOUT ROWID table (https://www.sqlite.org/withoutrowid.html)."""
        return any(token.says("WITHOUT") for token in self.tail)

    def column(self, name: str) -> ColumnText | None:
        """Return the column of that name, compared as SQLite compares names."""
        return next((column for column in self.columns if fold(column.name) == fold(name)), None)

    def __str__(self) -> str:
        parts = (token for part in self.parts for token in part.tokens)
        return write((*self.opening, self.name_token, *self.opened, *parts, *self.tail))


@dataclass(frozen=True)
class IndexText:
    """A CREATE INDEX text.

    :param opening: everything before the index's name.
    :param between: everything between that name and the table's.
    :param opened: everything up to the first key.
    :param body: the keys: columns and expressions.
    :param tail: the closing parenthesis and what follows it.
    """

    opening: Tokens
    name_token: Token
    between: Tokens
    table_token: Token
    opened: Tokens
    body: Tokens
    tail: Tokens

    @property
    def name(self) -> str:
        """The index's name, without quotes and schema."""
        return name_of(self.name_token)

    def called(self, name: str) -> IndexText:
        """Return the index with another name.

        :param name: as it is to be written.
        """
        return replace(self, name_token=Token("word", name))

    @property
    def unique(self) -> bool:
        """True for CREATE UNIQUE INDEX."""
        return any(token.says("UNIQUE") for token in self.opening)

    def __str__(self) -> str:
        named = (*self.opening, self.name_token, *self.between, self.table_token)
        return write((*named, *self.opened, *self.body, *self.tail))


def groups(tokens: Tokens) -> tuple[tuple[int, int], ...]:
    """Return for each outermost pair of parentheses where its content begins, and where it closes."""
    found = []
    depth = begin = 0
    for place, token in enumerate(tokens):
        if token.says("("):
            begin = place + 1 if depth == 0 else begin
            depth += 1
        elif token.says(")"):
            depth -= 1
            if depth == 0:
                found.append((begin, place))
    return tuple(found)


def outside(tokens: Tokens) -> Tokens:
    """Return tokens without what stands in parentheses, and without these."""
    inner = {place for begin, end in groups(tokens) for place in range(begin - 1, end + 1)}
    return tuple(token for place, token in enumerate(tokens) if place not in inner)


def split(tokens: Tokens) -> tuple[Tokens, ...]:
    """Return a list's items: what stands between the commas that are in no parentheses."""
    inner = {place for begin, end in groups(tokens) for place in range(begin, end)}
    commas = [place for place, token in enumerate(tokens) if token.says(",") and place not in inner]
    edges = [-1, *commas, len(tokens)]
    return tuple(tokens[left + 1 : right] for left, right in pairwise(edges))


def first_names(tokens: Tokens) -> tuple[str, ...]:
    """Return the name with which each item of a list begins."""
    return tuple(name_of(heard[0]) for item in split(tokens) if (heard := audible(item)))
