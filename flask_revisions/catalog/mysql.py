"""The catalog of MySQL and MariaDB -> tables, in one query for each kind of thing.

https://mariadb.com/kb/en/information-schema-tables/,
https://dev.mysql.com/doc/refman/8.0/en/information-schema.html
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, text

from ..schema import model
from ..schema.model import Name
from ..schema.quoting import quoted
from ..schema.types import normal_type

_TABLES = """
SELECT table_schema, table_name, table_comment, engine, table_collation
FROM information_schema.tables WHERE table_schema IN {place} AND table_type = 'BASE TABLE'
"""

_COLUMNS = """
SELECT table_schema, table_name, column_name, column_type, is_nullable, column_default, extra, column_comment,
    character_set_name, collation_name, generation_expression
FROM information_schema.columns WHERE table_schema IN {place}
ORDER BY table_schema, table_name, ordinal_position
"""

_STATISTICS = """
SELECT table_schema, table_name, index_name, non_unique, column_name, sub_part, collation, index_type, {expression}
FROM information_schema.statistics WHERE table_schema IN {place}
ORDER BY table_schema, table_name, index_name, seq_in_index
"""

_FOREIGN_KEYS = """
SELECT table_schema, table_name, constraint_name, column_name, referenced_table_schema, referenced_table_name,
    referenced_column_name
FROM information_schema.key_column_usage WHERE table_schema IN {place} AND referenced_table_name IS NOT NULL
ORDER BY table_schema, table_name, constraint_name, ordinal_position
"""

# Not joined with the one above: MariaDB compares each row of such views with each of the other.
_RULES = """
SELECT constraint_schema, table_name, constraint_name, update_rule, delete_rule
FROM information_schema.referential_constraints WHERE constraint_schema IN {place}
"""

_CHECKS_OF_MARIADB = """
SELECT constraint_schema, table_name, constraint_name, check_clause
FROM information_schema.check_constraints WHERE constraint_schema IN {place}
ORDER BY constraint_name
"""

_CHECKS_OF_MYSQL = """
SELECT t.table_schema, t.table_name, c.constraint_name, c.check_clause
FROM information_schema.check_constraints c
JOIN information_schema.table_constraints t
    ON t.constraint_schema = c.constraint_schema AND t.constraint_name = c.constraint_name
    AND t.constraint_type = 'CHECK'
WHERE t.table_schema IN {place}
ORDER BY c.constraint_name
"""

_CHARSETS = "SELECT collation_name, character_set_name, is_default FROM information_schema.collations"

_SEQUENCES = """
SELECT table_schema, table_name FROM information_schema.tables
WHERE table_schema IN {place} AND table_type = 'SEQUENCE'
"""

_SCHEMAS = "SELECT schema_name FROM information_schema.schemata"
_SYSTEM = {"information_schema", "mysql", "performance_schema", "sys"}

_ACTIONS = {"NO ACTION": None, "RESTRICT": None}
_JSON_CHECK = re.compile(r"json_valid\(`(.*)`\)", re.IGNORECASE)


def read(connection: Connection, schemas: Iterable[str] | None = ()) -> model.Schema:
    """Return what a database has.

    :param schemas: which databases of the server to read besides the default one; None for all.
    """
    return _Reading(connection, schemas).schema()


@dataclass
class _Parts:
    """What is known of a table so far."""

    comment: str | None = None
    options: tuple[tuple[str, Any], ...] = ()
    collation: str | None = None
    columns: list[model.Column] = field(default_factory=list)
    key: model.PrimaryKey | None = None
    keys: list[model.ForeignKey] = field(default_factory=list)
    checks: list[model.Check] = field(default_factory=list)
    indexes: list[model.Index] = field(default_factory=list)
    json: set[str] = field(default_factory=set)


class _Reading:
    def __init__(self, connection: Connection, schemas: Iterable[str] | None) -> None:
        self._connection = connection
        self._default = connection.dialect.default_schema_name or ""
        dialect: Any = connection.dialect
        self._is_mariadb = bool(dialect.is_mariadb)
        self._version = dialect.server_version_info or (5,)
        # Only where they are wanted: a server may hold thousands of other databases.
        given = () if schemas is not None and not tuple(schemas) else connection.execute(text(_SCHEMAS))
        there = {name for (name,) in given} - _SYSTEM - {self._default}
        self._schemas = frozenset(there if schemas is None else there & frozenset(schemas))
        self._wanted = [self._default, *sorted(self._schemas)]

    def schema(self) -> model.Schema:
        charsets: dict[str, str] = {}
        self._usual: set[str] = set()
        for collation, charset, is_default in self._connection.execute(text(_CHARSETS)):
            charsets[collation] = charset
            if is_default == "Yes":
                self._usual.add(collation)
        self._charsets = charsets
        parts: dict[Name, _Parts] = {}
        for schema, name, comment, engine, collation in self._rows(_TABLES):
            options = (
                ("mysql_collate", collation),
                ("mysql_default_charset", charsets.get(collation)),
                ("mysql_engine", engine),
            )
            parts[self._name(schema, name)] = _Parts(comment or None, options, collation)
        self._checks(parts)
        self._columns(parts)
        self._indexes(parts)
        self._foreign_keys(parts)
        tables = {name: self._table(name, each) for name, each in parts.items()}
        sequences = {}
        if self._is_mariadb:
            names = (self._name(schema, name) for schema, name in self._rows(_SEQUENCES))
            sequences = {each: self._sequence(each) for each in names}
        return model.Schema(self._connection.dialect.name, tables, {}, sequences, self._schemas)

    def _rows(self, query: str) -> Iterator[Sequence[Any]]:
        place = ", ".join(f":schema_{number}" for number in range(len(self._wanted)))
        has_expressions = not self._is_mariadb and self._version >= (8, 0, 13)
        written = query.format(place=f"({place})", expression="expression" if has_expressions else "NULL")
        parameters = {f"schema_{number}": each for number, each in enumerate(self._wanted)}
        yield from self._connection.execute(text(written), parameters)

    def _name(self, schema: str, name: str) -> Name:
        return Name(None if schema == self._default else schema, name)

    def _table(self, name: Name, parts: _Parts) -> model.Table:
        return model.Table(
            name,
            tuple(parts.columns),
            parts.key,
            tuple(parts.keys),
            checks=tuple(parts.checks),
            indexes=tuple(parts.indexes),
            comment=parts.comment,
            options=parts.options,
        )

    def _checks(self, parts: dict[Name, _Parts]) -> None:
        if not self._is_mariadb and self._version < (8, 0, 16):
            return
        for schema, table, name, clause in self._rows(_CHECKS_OF_MARIADB if self._is_mariadb else _CHECKS_OF_MYSQL):
            found = parts.get(self._name(schema, table))
            if found is None:
                continue
            column = _JSON_CHECK.fullmatch(clause)
            if column and column[1] == name:
                found.json.add(name)
            else:
                found.checks.append(model.Check(name, clause if self._is_mariadb else mysql_expression(clause)))

    def _columns(self, parts: dict[Name, _Parts]) -> None:
        for schema, table, name, type_, nullable, default, extra, comment, charset, collation, generated in self._rows(
            _COLUMNS
        ):
            found = parts.get(self._name(schema, table))
            if found is None:
                continue
            written = normal_type(type_, "mysql")
            if written == "longtext" and name in found.json:
                written, collation = "json", found.collation
            differs = collation is not None and collation != found.collation
            extra = extra.lower()
            found.columns.append(
                model.Column(
                    name,
                    written,
                    nullable == "YES",
                    None if generated else self._default_of(default, extra, written),
                    comment or None,
                    collation if differs else None,
                    charset if differs and charset != self._charsets.get(found.collation or "") else None,
                    computed=model.Computed(
                        generated if self._is_mariadb else mysql_expression(generated), "virtual" not in extra
                    )
                    if generated
                    else None,
                    autoincrement="auto_increment" in extra,
                )
            )

    def _default_of(self, default: str | None, extra: str, type_: str) -> str | None:
        if self._is_mariadb:
            found = None if default is None or default == "NULL" else default
        elif default is None:
            found = None
        elif "default_generated" in extra or default.upper().startswith("CURRENT_TIMESTAMP"):
            found = mysql_expression(default)
        else:
            found = "'" + default.replace("'", "''") + "'"
        if "on update" in extra:
            found = f"{found or 'NULL'} {extra[extra.index('on update') :]}"
        return found

    def _indexes(self, parts: dict[Name, _Parts]) -> None:
        grouped: dict[tuple[Name, str], list[Sequence[Any]]] = defaultdict(list)
        for row in self._rows(_STATISTICS):
            grouped[self._name(row[0], row[1]), row[2]].append(row)
        for (table, name), rows in grouped.items():
            found = parts.get(table)
            if found is None:
                continue
            if name == "PRIMARY":
                found.key = model.PrimaryKey(tuple(row[4] for row in rows))
                continue
            kind = rows[0][7].lower()
            found.indexes.append(
                model.Index(
                    name,
                    tuple(
                        model.IndexPart(
                            column if column is not None else mysql_expression(expression),
                            column is None,
                            direction == "D",
                            length=None if length is None or kind in ("spatial", "fulltext") else int(length),
                        )
                        for _, _, _, _, column, length, direction, _, expression in rows
                    ),
                    not int(rows[0][3]),
                    None if kind == "btree" else kind,
                )
            )

    def _foreign_keys(self, parts: dict[Name, _Parts]) -> None:
        grouped: dict[tuple[Name, str], list[Sequence[Any]]] = defaultdict(list)
        for row in self._rows(_FOREIGN_KEYS):
            grouped[self._name(row[0], row[1]), row[2]].append(row)
        rules = {(self._name(row[0], row[1]), row[2]): row[3:] for row in self._rows(_RULES)}
        for (table, name), rows in grouped.items():
            if table in parts and (table, name) in rules:  # it may have been dropped between the two statements
                update, delete = rules[table, name]
                parts[table].keys.append(
                    model.ForeignKey(
                        name,
                        tuple(row[3] for row in rows),
                        self._name(rows[0][4], rows[0][5]),
                        tuple(row[6] for row in rows),
                        _ACTIONS.get(update, update),
                        _ACTIONS.get(delete, delete),
                    )
                )

    def _sequence(self, name: Name) -> model.Sequence:
        row = self._connection.exec_driver_sql(
            "SELECT start_value, increment, minimum_value, maximum_value, cycle_option, cache_size "
            f"FROM {quoted(name, self._connection.dialect)}",
            execution_options={"no_parameters": True},
        ).one()
        start, increment, minimum, maximum, cycle, cache = (int(each) for each in row)
        return model.Sequence(
            name,
            None if start == (minimum if increment > 0 else maximum) else start,
            None if increment == 1 else increment,
            None if minimum == (1 if increment > 0 else -(2**63) + 1) else minimum,
            None if maximum == (2**63 - 2 if increment > 0 else -1) else maximum,
            bool(cycle),
            None if cache == 1000 else cache,
        )


def mysql_expression(written: str) -> str:
    """Return an expression of MySQL 8 as it was written: its catalog escapes quotes and names character sets."""
    return re.sub(r"_utf8mb[34]'|_latin1'", "'", written.replace("\\'", "'"))
