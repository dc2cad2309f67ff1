"""The shape of a SQLite database: what its PRAGMAs say, and the clauses of the statements that it stores."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from sqlalchemy import Connection, text

TOKEN = re.compile(
    r"""--[^\n]*|/\*.*?\*/       # comments
      | '(?:[^']|'')*'          # text
      | "(?:[^"]|"")*" | `(?:[^`]|``)*` | \[[^]]*\]
      | \w+ | \s+ | .
    """,
    re.DOTALL | re.VERBOSE,
)
STORED = text(
    "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL AND substr(name, 1, 7) <> 'sqlite_'"
)
PLAIN = re.compile(r"[A-Za-z_]\w*\Z")


def shape(connection: Connection, hidden: Collection[str]) -> Iterator[str]:
    """Yield a line for each column, foreign key, clause, index, trigger and view, but for hidden tables."""
    for kind, name, table, sql in connection.execute(STORED).all():
        if table in hidden:
            continue
        if kind != "table":
            yield f"{kind} {' '.join(words(sql))}"
            continue
        yield from (f"{name} column {each}" for each in _pragma(connection, "table_xinfo", name))
        yield from (f"{name} references {each}" for each in _foreign_keys(connection, name))
        yield from (f"{name} clause {each}" for each in clauses(sql))


def tables(connection: Connection, hidden: Collection[str]) -> list[str]:
    """Return the tables with rows, as they are written in SQL."""
    found = connection.execute(STORED)
    return [_quoted(name) for kind, name, _, _ in found if kind == "table" and name not in hidden]


def words(sql: str) -> Iterator[str]:
    """Yield the words of a statement: no comments, no white space, quotes only where a name needs them."""
    for token in TOKEN.findall(sql):
        if not token.isspace() and not token.startswith(("--", "/*")):
            yield token[1:-1] if token[0] in '"`[' and PLAIN.match(token[1:-1]) else token


def clauses(sql: str) -> list[str]:
    """Return the top-level clauses of a CREATE TABLE, and what follows them, if anything does."""
    found: list[list[str]] = [[]]
    depth = 0
    for word in words(sql):
        depth -= word == ")"
        if (depth, word) in ((1, ","), (0, ")")):
            found.append([])
        elif depth or len(found) > 1:
            found[-1].append(word)
        depth += word == "("
    return [" ".join(clause) for clause in found if clause]


def _pragma(connection: Connection, name: str, table: str) -> list[tuple[object, ...]]:
    query = text(f"SELECT * FROM pragma_{name}(:table)")
    return [tuple(row) for row in connection.execute(query, {"table": table})]


def _foreign_keys(connection: Connection, table: str) -> list[str]:
    """Return the foreign keys, each with all its columns; their numbers tell only when they were written."""
    found: dict[object, list[str]] = {}
    for number, _, *rest in sorted(_pragma(connection, "foreign_key_list", table)):
        found.setdefault(number, []).append(" ".join(map(str, rest)))
    return [" and ".join(each) for each in found.values()]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
