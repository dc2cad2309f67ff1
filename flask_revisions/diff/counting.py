"""Columns of PostgreSQL that begin to count by identity: what counted before goes, and the rows that are there count.

Source: https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-SERIAL.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.engine import Dialect

from ..operations.base import Operation
from ..operations.data import Execute
from ..schema.model import Column, Name
from ..schema.quoting import escaped, quoted, quoter
from .changes import Changed


def begins_to_count(change: Changed, dialect: Dialect) -> bool:
    """Return True for a column that gets an identity."""
    return dialect.name == "postgresql" and change.old.identity is None and change.new.identity is not None


def without_serial(change: Changed) -> Changed:
    """Return the change of a column that nothing counts any more."""
    return replace(change, old=replace(change.old, autoincrement=False))


def serial_dropped(table: Name, column: Column, dialect: Dialect) -> tuple[Operation, ...]:
    """Return what drops the sequence of a SERIAL column, and with it the default."""
    if not column.autoincrement:
        return ()
    sequence = _sequence(table, column, dialect)
    dropped = f"DO $$ BEGIN EXECUTE 'DROP SEQUENCE ' || {sequence} || ' CASCADE'; END $$"
    return (Execute(escaped(dropped)),)


def serial_made(table: Name, column: Column, dialect: Dialect) -> tuple[Operation, ...]:
    """Return what makes a SERIAL column of one that has no default."""
    if not column.autoincrement:
        return ()
    quote = quoter(dialect)
    name = f"{table.name[:28]}_{column.name[:28]}_seq"
    called = quoted(Name(table.schema, name), dialect)
    owner = f"{quoted(table, dialect)}.{quote(column.name)}"
    default = f"ALTER TABLE {quoted(table, dialect)} ALTER COLUMN {quote(column.name)} SET DEFAULT"
    return (
        Execute(escaped(f"CREATE SEQUENCE {called} OWNED BY {owner}")),
        Execute(escaped(f"{default} nextval({_text(called)})")),
        *counted_on(table, column, dialect),
    )


def counted_on(table: Name, column: Column, dialect: Dialect) -> tuple[Operation, ...]:
    """Return what lets a column count on after the largest value that is there."""
    identity = column.identity
    if identity is not None and (identity.increment or 1) < 0:
        return ()
    first = identity.start or identity.minimum or 1 if identity is not None else 1
    largest = f"greatest(coalesce(max({quoter(dialect)(column.name)}) + 1, {first}), {first})"
    sequence = _sequence(table, column, dialect)
    return (Execute(escaped(f"SELECT setval({sequence}, {largest}, false) FROM {quoted(table, dialect)}")),)


def _sequence(table: Name, column: Column, dialect: Dialect) -> str:
    return f"pg_get_serial_sequence({_text(quoted(table, dialect))}, {_text(column.name)})"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
