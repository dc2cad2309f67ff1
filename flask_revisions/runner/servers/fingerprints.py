"""What a database looks like where a statement changes it: so it can be told later whether the statement was done."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable

from sqlalchemy import Connection, exc, text

from ..words import beginning
from .base import AGAIN, UNKNOWN, send_directly

_IDENTIFIER = re.compile(r"`((?:[^`]|``)+)`|\"((?:[^\"]|\"\")+)\"|([A-Za-z_\u0080-\uffff][\w$]*)")
_LITERAL = re.compile(r"'(?:[^'\\]|\\.|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
_PART = r"(?:`(?:[^`]|``)+`|[\w$\u0080-\uffff]+)"
_AFTER = re.compile(
    rf"\b(?:TABLE|VIEW|ON|TO|AS|RENAME|LIKE|REFERENCES)\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?({_PART}(?:\s*\.\s*{_PART})?)",
    re.IGNORECASE,
)
_OF_TABLES = re.compile(
    r"(?:CREATE|ALTER|DROP|RENAME)\s+(?:(?:OR\s+REPLACE|ONLINE|OFFLINE|IGNORE|UNIQUE|FULLTEXT|SPATIAL|"
    r"ALGORITHM\s*=\s*\w+|DEFINER\s*=\s*\S+|SQL\s+SECURITY\s+\w+)\s+)*(TABLE|INDEX|VIEW)\b",
    re.IGNORECASE,
)
_OF_THE_SCHEMA = re.compile(r"(?:CREATE|ALTER|DROP|RENAME)\b", re.IGNORECASE)
_AGAIN = re.compile(
    r"(?:ANALYZE|OPTIMIZE|CHECK|REPAIR|CHECKSUM|FLUSH|RESET|CACHE|GRANT|REVOKE|COMMENT|VACUUM|CHECKPOINT|CLUSTER|"
    r"REFRESH|ALTER\s+SYSTEM|SECURITY)\b",
    re.IGNORECASE,
)
_OTHER_OBJECTS = re.compile(
    r"(?:CREATE|ALTER|DROP)\s+(?:OR\s+REPLACE\s+)?(?:USER|ROLE|DATABASE|SCHEMA|SERVER|TABLESPACE|SUBSCRIPTION)\b",
    re.IGNORECASE,
)

SCHEMA = text("""
    SELECT 'table', table_name, concat_ws('|', table_type, engine, table_collation, create_options, table_comment)
    FROM information_schema.tables WHERE table_schema = database()
    UNION ALL SELECT 'column', concat(table_name, '.', column_name), concat_ws('|', ordinal_position, column_type,
        is_nullable, column_default, extra, column_comment, collation_name)
    FROM information_schema.columns WHERE table_schema = database()
    UNION ALL SELECT 'index', concat(table_name, '.', index_name), concat_ws('|', seq_in_index, column_name, non_unique)
    FROM information_schema.statistics WHERE table_schema = database()
    UNION ALL SELECT 'view', table_name, md5(view_definition)
    FROM information_schema.views WHERE table_schema = database()
    UNION ALL SELECT 'trigger', trigger_name, concat_ws('|', event_object_table, event_manipulation, action_timing,
        md5(action_statement))
    FROM information_schema.triggers WHERE trigger_schema = database()
    UNION ALL SELECT routine_type, routine_name, concat_ws('|', md5(routine_definition), routine_comment, last_altered)
    FROM information_schema.routines WHERE routine_schema = database()
    UNION ALL SELECT 'event', event_name, concat_ws('|', md5(event_definition), status, last_altered)
    FROM information_schema.events WHERE event_schema = database()
    ORDER BY 1, 2, 3
""")
INDEXES = text("""
    SELECT n.nspname, c.relname, i.indisvalid AND i.indisready, pg_get_indexdef(i.indexrelid)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = ANY(:names) OR t.relname = ANY(:names) ORDER BY 1, 2
""")


# -- MySQL, MariaDB --------------------------------------------------------------------------------------


def of_mysql(connection: Connection, statement: str) -> str:
    """Return a digest of what MySQL or MariaDB says of the tables that a statement names, else of the whole schema."""
    plain = _LITERAL.sub("''", statement[beginning(statement) :])
    if _AGAIN.match(plain):
        return AGAIN
    if _OTHER_OBJECTS.match(plain) or not _OF_THE_SCHEMA.match(plain):
        return UNKNOWN
    names = _tables_named(plain) if _OF_TABLES.match(plain) else ()
    if not names:
        return _digest(["schema", *(list(map(str, row)) for row in connection.execute(SCHEMA))])
    counts = "auto_increment" in plain.lower()
    return _digest([_definition(connection, name, counts=counts) for name in names])


def _tables_named(plain: str) -> tuple[str, ...]:
    """Return names that may be those of tables, as SQL; one that is none does no harm."""
    if re.match(r"(?:DROP|RENAME)\s+TABLE\b", plain, re.IGNORECASE):
        return tuple(dict.fromkeys("`" + (a or b or c).replace("`", "``") + "`" for a, b, c in _found(plain)))
    return tuple(dict.fromkeys(match[1] for match in _AFTER.finditer(plain)))


def _found(plain: str) -> Iterable[tuple[str, str, str]]:
    return ((a.replace("``", "`"), b, c) for a, b, c in _IDENTIFIER.findall(plain))


def _definition(connection: Connection, name: str, *, counts: bool) -> str:
    try:
        row = send_directly(connection, f"SHOW CREATE TABLE {name}")
    except exc.DBAPIError as error:
        if error.connection_invalidated:
            raise
        return "absent"
    said = str(row[1])
    return said if counts else re.sub(r" AUTO_INCREMENT=\d+", "", said)


def _digest(parts: list[object]) -> str:
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()


# -- PostgreSQL ------------------------------------------------------------------------------------------


def of_postgresql(connection: Connection, statement: str) -> str:
    """Return the indexes that a statement has to do with, for those that allow no transaction."""
    plain = _LITERAL.sub("''", statement[beginning(statement) :])
    if _AGAIN.match(plain):
        return AGAIN
    if not re.search(r"\bINDEX\b|^REINDEX\b", plain, re.IGNORECASE):
        return UNKNOWN
    names = [c.lower() if c else (a or b).replace('""', '"') for a, b, c in _IDENTIFIER.findall(plain)]
    rows = connection.execute(INDEXES, {"names": names}).all()
    return json.dumps([[str(each) for each in row] for row in rows])


def done_on_postgresql(connection: Connection, before: str, now: str) -> bool:
    """Return whether the indexes say that the statement was done; what it left half-made is dropped."""
    was = {(schema, name) for schema, name, _, _ in json.loads(before)}
    broken = [(schema, name) for schema, name, valid, _ in json.loads(now) if valid != "True"]
    quote = connection.dialect.identifier_preparer.quote_identifier
    for schema, name in broken:
        if (schema, name) not in was:
            connection.exec_driver_sql(f"DROP INDEX IF EXISTS {quote(schema)}.{quote(name)}")
    return not broken and before != now
