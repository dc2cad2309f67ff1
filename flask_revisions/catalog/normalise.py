"""The models in the words of a database: it is asked what it makes of them, and keeps nothing of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, exc

from ..dialects import MYSQL
from ..schema import model
from ..schema.model import Name, Schema, Table
from ..schema.quoting import quoter


def settle_on(connection: Connection) -> Callable[[Mapping[Name, Table], Schema], Mapping[Name, Table]]:
    """Return a function that asks a database how it would write tables of the models.

    What it cannot be asked about is missing in the answer: for want of the right to make temporary tables, or
    because it does not take the table.
    """
    dialect = connection.dialect.name

    def settle(tables: Mapping[Name, Table], models: Schema) -> Mapping[Name, Table]:
        if dialect == "postgresql":
            return _on_postgresql(connection, tables, models)
        if dialect in MYSQL:
            return _on_mysql(connection, tables)
        return {}

    return settle


# -- PostgreSQL ---------------------------------------------------------------------------------------


def _on_postgresql(connection: Connection, tables: Mapping[Name, Table], models: Schema) -> dict[Name, Table]:
    """Make temporary tables in one block, in a transaction that is rolled back, and read them."""
    from . import postgresql

    quote = quoter(connection.dialect)
    numbered = dict(enumerate(tables.values()))
    statements = [
        f"CREATE TYPE pg_temp.{quote(enum.name.name)} AS ENUM ({', '.join(map(_text, enum.values))})"
        for enum in models.enums.values()
        if enum.name.schema is None
    ]
    for number, table in numbered.items():
        statements.append(_create(f"pg_temp.settle_{number}", table, quote, ""))
        for place, index in enumerate(table.indexes):
            statements.append(_create_index(f"settle_{number}_{place}", f"settle_{number}", index, quote))
    block = "".join(f"BEGIN EXECUTE {_text(each)}; EXCEPTION WHEN OTHERS THEN NULL; END;\n" for each in statements)
    connection.rollback()
    try:
        connection.exec_driver_sql(f"DO {_text(f'BEGIN {block} END')}", execution_options={"no_parameters": True})
        found = postgresql.read_temporary(connection)
    except exc.DBAPIError:
        return {}
    finally:
        connection.rollback()
    settled = {}
    for number, table in numbered.items():
        made = found.tables.get(Name(None, f"settle_{number}"))
        if made is not None:
            settled[table.name] = _settled(table, made, number)
    return settled


def _settled(table: Table, made: Table, number: int) -> Table:
    """Return a table of the models with the texts of the one that was made."""
    columns = {column.name: column for column in made.columns}
    checks = {each.name: each for each in made.checks}
    excludes = {each.name: each for each in made.excludes}
    indexes = {each.name: each for each in made.indexes}
    return replace(
        table,
        columns=tuple(_column(each, columns.get(each.name), number >= 0) for each in table.columns),
        checks=tuple(_expression(each, checks.get(f"k{place}")) for place, each in enumerate(table.checks)),
        excludes=tuple(
            _with(each, excludes.get(f"x{place}"), "elements", "where", "using")
            for place, each in enumerate(table.excludes)
        ),
        indexes=tuple(
            _with(each, indexes.get(f"settle_{number}_{place}"), "parts", "where", "using", "options")
            for place, each in enumerate(table.indexes)
        ),
    )


def _column(column: model.Column, made: model.Column | None, has_collations: bool) -> model.Column:
    if made is None:
        return column
    default = column.default if column.default is None or made.default is None else made.default
    collation = made.collation if has_collations else column.collation
    return replace(column, type=made.type, default=default, collation=collation, computed=made.computed)


def _expression(check: model.Check, made: model.Check | None) -> model.Check:
    return check if made is None else replace(check, expression=made.expression)


def _with(item: Any, made: Any, *fields: str) -> Any:
    return item if made is None else replace(item, **{field: getattr(made, field) for field in fields})


# -- SQL ----------------------------------------------------------------------------------------------

Quote = Callable[[str], str]


def _create(name: str, table: Table, quote: Quote, kind: str = "TEMPORARY ") -> str:
    """Return a CREATE TABLE of the columns, checks and exclusions of a table."""
    parts = [_define(column, quote) for column in table.columns]
    parts += [f"CONSTRAINT k{place} CHECK ({each.expression})" for place, each in enumerate(table.checks)]
    for place, each in enumerate(table.excludes):
        elements = ", ".join(f"{expression} WITH {operator}" for expression, operator in each.elements)
        where = f" WHERE ({each.where})" if each.where is not None else ""
        parts.append(f"CONSTRAINT x{place} EXCLUDE USING {each.using} ({elements}){where}")
    return f"CREATE {kind}TABLE {name} ({', '.join(parts)})"


def _define(column: model.Column, quote: Quote) -> str:
    words = [quote(column.name), column.type]
    if column.charset:
        words.append(f"CHARACTER SET {column.charset}")
    if column.collation:
        words.append(f"COLLATE {quote(column.collation)}")
    if column.computed is not None:
        kind = "STORED" if column.computed.stored else "VIRTUAL"
        words.append(f"GENERATED ALWAYS AS ({column.computed.expression}) {kind}")
    elif column.default is not None and not column.default.startswith("(set by"):
        if not column.nullable:
            words.append("NOT NULL")
        words.append(f"DEFAULT {column.default}")
    return " ".join(words)


def _create_index(name: str, table: str, index: model.Index, quote: Quote) -> str:
    parts = []
    for each in index.parts:
        text = f"({each.text})" if each.is_expression else quote(each.text)
        text += f" COLLATE {quote(each.collation)}" if each.collation else ""
        text += f" {each.opclass}" if each.opclass else ""
        text += " DESC" if each.descending else ""
        if each.nulls_first is not None:
            text += " NULLS FIRST" if each.nulls_first else " NULLS LAST"
        parts.append(text)
    include = f" INCLUDE ({', '.join(map(quote, index.include))})" if index.include else ""
    options = ", ".join(f"{key} = {value}" for key, value in index.options)
    storage = f" WITH ({options})" if options else ""
    where = f" WHERE {index.where}" if index.where is not None else ""
    using = f" USING {index.using}" if index.using else ""
    return f"CREATE INDEX {name} ON {table}{using} ({', '.join(parts)}){include}{storage}{where}"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


# -- MySQL, MariaDB -----------------------------------------------------------------------------------


def _enclosed(table: Table) -> Table:
    """Return a table in which defaults that are expressions stand in parentheses, as DDL has them there."""
    columns = (
        replace(each, default=f"({each.default})")
        if each.default is not None and _EXPRESSION.match(each.default)
        else each
        for each in table.columns
    )
    return replace(table, columns=tuple(columns))


_EXPRESSION = re.compile(r"(?!.*\bON UPDATE\b)[^\s'\"(].*\W", re.IGNORECASE | re.DOTALL)


def _on_mysql(connection: Connection, tables: Mapping[Name, Table]) -> dict[Name, Table]:
    """Make one temporary table after the other; such a statement commits nothing."""
    from .mysql_text import read_created

    quote = quoter(connection.dialect)
    settled: dict[Name, Table] = {}
    for table in tables.values():
        name = "flask_revisions_settle"
        try:
            created = _create(name, _enclosed(table), quote)
            connection.exec_driver_sql(created, execution_options={"no_parameters": True})
            written = connection.exec_driver_sql(f"SHOW CREATE TABLE {name}").one()[1]
            connection.exec_driver_sql(f"DROP TEMPORARY TABLE {name}")
        except exc.DBAPIError:
            continue
        settled[table.name] = _settled(table, read_created(written), -1)
    return settled
