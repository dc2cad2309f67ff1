"""Directives on what is beside tables: sequences, schemas, extensions."""

from __future__ import annotations

from sqlalchemy import Sequence

from ..operations.executor import current_executor
from ..operations.existing import sequence_options
from ..operations.objects import (
    AlterSequence,
    CreateExtension,
    CreateSchema,
    CreateSequence,
    DropExtension,
    DropSchema,
    DropSequence,
    SequenceOptions,
)


def create_sequence(
    sequence_name: str,
    *,
    schema: str | None = None,
    start: int | None = None,
    increment: int | None = None,
    minvalue: int | None = None,
    maxvalue: int | None = None,
    cycle: bool | None = None,
    cache: int | None = None,
    if_not_exists: bool | None = None,
) -> None:
    """Create a sequence that belongs to no column; on PostgreSQL, MariaDB, SQL Server and Oracle.

    :param cycle: begin again at the other end.
    :param cache: how many numbers a connection takes at once.
    :param if_not_exists: write IF NOT EXISTS.
    """
    counting = SequenceOptions(start, increment, minvalue, maxvalue, cycle, cache)
    current_executor().invoke(CreateSequence(sequence_name, schema, counting, if_not_exists))


def alter_sequence(
    sequence_name: str,
    *,
    schema: str | None = None,
    start: int | None = None,
    increment: int | None = None,
    minvalue: int | None = None,
    maxvalue: int | None = None,
    cycle: bool | None = None,
    cache: int | None = None,
    existing: Sequence | None = None,
) -> None:
    """Change how a sequence counts; what is not given stays.

    :param start: where it begins when it is restarted; the next number is not changed by that.
    :param existing: the sequence as it is now; the way back sets the same things again.
    """
    counting = SequenceOptions(start, increment, minvalue, maxvalue, cycle, cache)
    kept = None if existing is None else sequence_options(existing)
    current_executor().invoke(AlterSequence(sequence_name, counting, schema, kept))


def drop_sequence(
    sequence_name: str, *, schema: str | None = None, if_exists: bool | None = None, existing: Sequence | None = None
) -> None:
    """Drop a sequence.

    :param if_exists: write IF EXISTS.
    :param existing: the sequence as it is now; the way back creates it.
    """
    kept = None if existing is None else sequence_options(existing)
    current_executor().invoke(DropSequence(sequence_name, schema, if_exists, kept))


def create_schema(schema_name: str, *, if_not_exists: bool | None = None) -> None:
    """Create a schema; on PostgreSQL and SQL Server, and on MySQL and MariaDB, where it is a database.

    :param if_not_exists: write IF NOT EXISTS.
    """
    current_executor().invoke(CreateSchema(schema_name, if_not_exists))


def drop_schema(schema_name: str, *, if_exists: bool | None = None, cascade: bool = False) -> None:
    """Drop a schema.

    :param if_exists: write IF EXISTS.
    :param cascade: with everything in it; MySQL and MariaDB do that in any case, and want to be told that it is meant.
    """
    current_executor().invoke(DropSchema(schema_name, if_exists, cascade))


def create_extension(
    extension_name: str,
    *,
    schema: str | None = None,
    version: str | None = None,
    cascade: bool = False,
    if_not_exists: bool | None = None,
) -> None:
    """Install an extension in the database; on PostgreSQL.

    :param schema: where its objects go.
    :param version: another one than the newest that the server has.
    :param cascade: with the extensions that it needs.
    :param if_not_exists: write IF NOT EXISTS.
    """
    current_executor().invoke(CreateExtension(extension_name, schema, version, cascade, if_not_exists))


def drop_extension(extension_name: str, *, if_exists: bool | None = None, cascade: bool = False) -> None:
    """Take an extension out of the database.

    :param if_exists: write IF EXISTS.
    :param cascade: with everything that uses it.
    """
    current_executor().invoke(DropExtension(extension_name, if_exists, cascade))
