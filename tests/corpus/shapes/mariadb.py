"""The shape of a MariaDB database: what SHOW CREATE says, line by line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from sqlalchemy import Connection, text

COUNTER = re.compile(r" AUTO_INCREMENT=\d+")
OTHERS = {
    "trigger": """
        SELECT trigger_name, event_object_table, action_timing, event_manipulation, action_statement
        FROM information_schema.triggers WHERE trigger_schema = database()""",
    "routine": """
        SELECT routine_name, routine_type, dtd_identifier, routine_definition
        FROM information_schema.routines WHERE routine_schema = database()""",
    "view": """
        SELECT table_name, replace(view_definition, concat('`', database(), '`.'), '')
        FROM information_schema.views WHERE table_schema = database()""",
}


def shape(connection: Connection, hidden: Collection[str]) -> Iterator[str]:
    """Yield a line for each column, key, constraint and set of options; those of hidden tables left out."""
    for table in tables(connection, hidden):
        _, create = connection.execute(text(f"SHOW CREATE TABLE {table}")).one()
        yield from _lines(table, create)
    for kind, query in OTHERS.items():
        for row in connection.execute(text(query)):
            yield " | ".join([kind, *(" ".join(str(each).split()) for each in row)])


def tables(connection: Connection, hidden: Collection[str]) -> list[str]:
    """Return the tables with rows, as they are written in SQL."""
    query = """
        SELECT table_name FROM information_schema.tables
        WHERE table_schema = database() AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED')"""
    return [f"`{name}`" for name in connection.execute(text(query)).scalars() if name not in hidden]


def _lines(table: str, create: str) -> Iterator[str]:
    """Yield what a CREATE TABLE says; columns have their number, as keys are in the order of their making."""
    _, *body, options = create.splitlines()
    for number, line in enumerate(body, start=1):
        part = line.strip().rstrip(",")
        yield f"{table} {number} {part}" if part.startswith("`") else f"{table} {part}"
    yield f"{table} {COUNTER.sub('', options)}"
