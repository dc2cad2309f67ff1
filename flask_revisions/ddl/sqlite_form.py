"""The form that a table's text has after SQLAlchemy read and wrote it, as far as that loses nothing.

Histories that were run elsewhere, and migrations that look at texts, know the tables in this form.
"""

from __future__ import annotations

from dataclasses import replace

from .sqlite_edits import add_constraint, map_clauses, referred_place, value_place
from .sqlite_text import Clause, ColumnText, IndexText, TableText
from .sqlite_tokens import Token, Tokens, fold, name_of, tokenize
from .text import SqlText

_CONSTANTS = ("NULL", "TRUE", "FALSE", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP")
_ACTIONS = ("CASCADE", "RESTRICT", "SET", "NULL", "DEFAULT", "NO", "ACTION")


def in_form(table: TableText, sql: SqlText) -> TableText:
    """Return a table that means the same.

    Defaults that are no plain literal stand in parentheses. Actions of foreign keys are in upper case, and NO
    ACTION, which is the rule anyway, is left out; their tables have quotes if they need them; of those that
    are the same but for their name the first stays, as SQLAlchemy knows of no other. CHECKs with a name stand
    behind the columns.
    """
    table = map_clauses(table, lambda _, clause: _clause(clause, sql))
    table = _without_doubles(table)
    moved: list[Clause] = []

    def without_checks(column: ColumnText | None, clause: Clause) -> Clause | None:
        if column is None or clause.kind != "CHECK" or clause.name is None:
            return clause
        silence = next(place for place, token in enumerate(clause.tokens) if not token.silent)
        moved.append(replace(clause, tokens=clause.tokens[silence:]))
        return None

    table = map_clauses(table, without_checks)
    for check in moved:
        table = add_constraint(table, check)
    return table


def index_in_form(index: IndexText, table: str, sql: SqlText) -> IndexText:
    """Return an index whose table has quotes only if it needs them, as it has not where SQLite renamed it."""
    (token,) = tokenize(sql.name(table))
    return replace(index, table_token=token)


def _without_doubles(table: TableText) -> TableText:
    seen: set[tuple[str, ...]] = set()

    def once(column: ColumnText | None, clause: Clause) -> Clause | None:
        if clause.kind != "FOREIGN KEY":
            return clause
        said = tuple(fold(name_of(token)) for token in clause.said)
        if said in seen:
            return None
        seen.add(said)
        return clause

    return map_clauses(table, once)


def _clause(clause: Clause, sql: SqlText) -> Clause:
    if clause.kind == "DEFAULT":
        return replace(clause, tokens=_default(clause))
    if clause.kind in ("REFERENCES", "FOREIGN KEY"):
        return replace(clause, tokens=_actions(_target(clause, sql)))
    return clause


def _default(clause: Clause) -> Tokens:
    """Return a DEFAULT clause with parentheses where SQLAlchemy's reflection and Alembic's batch put them."""
    said = clause.said[1:]
    first = value_place(clause)
    inner = said[1:-1] if said[0].says("(") else said
    if len(inner) == 1 and _plain(inner[0]):
        return (*clause.tokens[:first], *inner)
    if said[0].says("(") or (len(said) == 1 and not _wrappable(said[0])):
        return clause.tokens
    return (*clause.tokens[:first], Token("mark", "("), *clause.tokens[first:], Token("mark", ")"))


def _plain(token: Token) -> bool:
    """Return True for a string with something in it, and for a number of one digit."""
    return len(token.text) > 2 if token.kind == "string" else token.kind == "number" and len(token.text) == 1


def _wrappable(token: Token) -> bool:
    """Return True for what means the same in parentheses: any other word is a string only without them."""
    return token.kind in ("number", "string", "blob") or token.says(*_CONSTANTS)


def _target(clause: Clause, sql: SqlText) -> Tokens:
    """Return a foreign key that names the other table in quotes only if it has to."""
    place = referred_place(clause.tokens)
    (token,) = tokenize(sql.name(name_of(clause.tokens[place])))
    return (*clause.tokens[:place], token, *clause.tokens[place + 1 :])


def _actions(tokens: Tokens) -> Tokens:
    """Return a foreign key with ON DELETE and ON UPDATE as SQLAlchemy writes them."""
    written = list(tokens)
    heard = [place for place, token in enumerate(tokens) if not token.silent]
    words = [tokens[place].text.upper() for place in heard]
    for number in range(len(words) - 2):
        if words[number] != "ON" or words[number + 1] not in ("DELETE", "UPDATE"):
            continue
        if words[number + 2 : number + 4] == ["NO", "ACTION"]:
            begin = heard[number - 1] + 1
            for place in range(begin, heard[number + 3] + 1):
                written[place] = Token("space", "")
            continue
        for place in heard[number : number + 4]:
            if tokens[place].says("ON", "DELETE", "UPDATE", *_ACTIONS):
                written[place] = Token("word", tokens[place].text.upper())
    return tuple(token for token in written if token.text)
