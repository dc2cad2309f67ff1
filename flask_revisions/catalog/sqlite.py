"""SQLite's schema table and pragmas -> tables, in one statement for each kind of thing.

https://www.sqlite.org/pragma.html, https://www.sqlite.org/schematab.html. What no pragma tells (names of constraints,
CHECK, generated columns, expressions of indexes) is read from the stored texts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from ..ddl.sqlite_parser import parse_index, parse_table
from ..ddl.sqlite_text import Clause, TableText, split
from ..ddl.sqlite_tokens import Token, fold, name_of, string, write
from ..errors import OperationError
from ..schema import model
from ..schema.model import Name
from ..schema.quoting import quoter
from ..schema.types import BINARY, normal_type
from .sqlite_excerpt import untold

_TABLES = "SELECT name, sql FROM {schema}sqlite_master WHERE type = 'table' ORDER BY name"

_COLUMNS = """
SELECT m.name, x.name, x.type, x."notnull", x.dflt_value, x.pk, x.hidden
FROM {schema}sqlite_master m JOIN pragma_table_xinfo(m.name{argument}) x
WHERE m.type = 'table' ORDER BY m.name, x.cid
"""

_INDEXES = """
SELECT m.name, l.name, l."unique", l.origin, l.partial, x.cid, x.name, x."desc", x.coll, i.sql
FROM {schema}sqlite_master m
JOIN pragma_index_list(m.name{argument}) l
JOIN pragma_index_xinfo(l.name{argument}) x
LEFT JOIN {schema}sqlite_master i ON i.type = 'index' AND i.name = l.name
WHERE m.type = 'table' AND x."key" ORDER BY m.name, l.name, x.seqno
"""

_FOREIGN_KEYS = """
SELECT m.name, f.id, f."table", f."from", f."to", f.on_update, f.on_delete
FROM {schema}sqlite_master m JOIN pragma_foreign_key_list(m.name{argument}) f
WHERE m.type = 'table' ORDER BY m.name, f.id DESC, f.seq
"""


def read(connection: Connection, schemas: Iterable[str] | None = ()) -> model.Schema:
    """Return what a database has.

    :param schemas: which attached databases to read besides the main one; None for all.
    """
    attached = frozenset(row[1] for row in connection.exec_driver_sql("PRAGMA database_list")) - {"main", "temp"}
    wanted = attached if schemas is None else attached & frozenset(schemas)
    tables: dict[Name, model.Table] = {}
    for schema in (None, *sorted(wanted)):
        tables.update((table.name, table) for table in _Reading(connection, schema).tables())
    return model.Schema("sqlite", tables, schemas=attached)


class _Reading:
    def __init__(self, connection: Connection, schema: str | None) -> None:
        self._connection = connection
        self._schema = schema

    def tables(self) -> Iterator[model.Table]:
        stored = {
            name: sql
            for name, sql in self._rows(_TABLES)
            if not name.startswith("sqlite_") and sql and not sql.upper().startswith("CREATE VIRTUAL")
        }
        columns, indexes, keys = self._grouped(_COLUMNS), self._grouped(_INDEXES), self._grouped(_FOREIGN_KEYS)
        primary = {
            name: tuple(row[1] for row in sorted(rows, key=lambda row: int(row[5])) if row[5])
            for name, rows in columns.items()
        }
        for name, sql in stored.items():
            written = _parsed(sql)
            made = _Table(Name(self._schema, name), written, primary)
            yield made.table(columns[name], indexes[name], keys[name])

    def _rows(self, query: str) -> Iterable[Sequence[Any]]:
        prefix = argument = ""
        if self._schema:
            prefix = quoter(self._connection.dialect)(self._schema) + "."
            argument = ", " + string(self._schema)
        return self._connection.exec_driver_sql(query.format(schema=prefix, argument=argument))

    def _grouped(self, query: str) -> dict[str, list[Sequence[Any]]]:
        found: dict[str, list[Sequence[Any]]] = defaultdict(list)
        for row in self._rows(query):
            found[row[0]].append(row)
        return found


def _parsed(sql: str) -> TableText | None:
    """Return what the pragmas leave to be read in a stored text as a value; None if there is nothing."""
    text = untold(sql)
    if text is None:
        return None
    try:
        return parse_table(text)
    except OperationError:
        return None  # such tables are made by extensions


class _Table:
    def __init__(self, name: Name, written: TableText | None, primary: dict[str, tuple[str, ...]]) -> None:
        self._name = name
        self._written = written
        self._primary = primary

    def table(self, columns: list[Any], indexes: list[Any], keys: list[Any]) -> model.Table:
        key = self._primary.get(self._name.name)
        described = tuple(self._column(row, key or ()) for row in columns if row[6] != 1)
        made, uniques = self._indexes(indexes, {each.name: each.collation or BINARY for each in described})
        return model.Table(
            self._name,
            described,
            model.PrimaryKey(key, self._name_of_key()) if key else None,
            tuple(self._foreign_keys(keys)),
            tuple(uniques),
            tuple(self._checks()),
            indexes=tuple(made),
            options=tuple(self._options()),
        )

    def _column(self, row: Any, key: tuple[str, ...]) -> model.Column:
        _, name, type_, not_null, default, _, hidden = row
        text = self._written.column(name) if self._written else None
        computed = None
        if hidden in (2, 3):
            type_ = re.sub(r"\s*GENERATED ALWAYS\s*$", "", type_, flags=re.IGNORECASE)
            clause = text.clause("GENERATED") if text else None
            computed = model.Computed(_inner(clause) if clause else "", hidden == 3)
        collate = text.clause("COLLATE") if text else None
        named = name_of(collate.said[-1]) if collate else BINARY
        return model.Column(
            name,
            normal_type(type_, "sqlite"),
            not not_null and name not in key,
            None if hidden in (2, 3) else default,
            collation=None if named.upper() == BINARY else named,
            computed=computed,
        )

    def _clauses(self, kind: str) -> Iterator[tuple[str | None, Clause]]:
        """Give the clauses of a kind, those of columns with the name of the column."""
        if self._written is None:
            return
        for column in self._written.columns:
            for clause in column.clauses:
                if clause.kind == kind:
                    yield column.name, clause
        for clause in self._written.constraints:
            if clause.kind == kind:
                yield None, clause

    def _name_of_key(self) -> str | None:
        return next((clause.name for _, clause in self._clauses("PRIMARY KEY")), None)

    def _checks(self) -> Iterator[model.Check]:
        for _, clause in self._clauses("CHECK"):
            yield model.Check(clause.name, _inner(clause))

    def _options(self) -> Iterator[tuple[str, Any]]:
        if self._written is None:
            return
        if any(clause.has("AUTOINCREMENT") for _, clause in self._clauses("PRIMARY KEY")):
            yield "sqlite_autoincrement", True
        if self._written.strict:
            yield "sqlite_strict", True
        if self._written.without_rowid:
            yield "sqlite_with_rowid", False

    def _foreign_keys(self, rows: list[Any]) -> Iterator[model.ForeignKey]:
        grouped: dict[int, list[Any]] = defaultdict(list)
        for row in rows:
            grouped[row[1]].append(row)
        written = [
            ((reference.table, *([column] if column is not None else clause.columns)), clause)
            for kind in ("REFERENCES", "FOREIGN KEY")
            for column, clause in self._clauses(kind)
            if (reference := clause.reference) is not None
        ]
        for each in grouped.values():
            columns = tuple(row[3] for row in each)
            referred = each[0][2]
            targets = tuple(row[4] for row in each)
            if None in targets:
                targets = self._primary.get(referred, ())
            clause = next((clause for names, clause in written if _same(names, (referred, *columns))), None)
            yield model.ForeignKey(
                clause.name if clause else None,
                columns,
                Name(self._name.schema, referred),
                targets,
                _action(each[0][5]),
                _action(each[0][6]),
                bool(clause and clause.has("DEFERRABLE") and not clause.has("NOT", "DEFERRABLE")),
                "DEFERRED" if clause and clause.has("INITIALLY", "DEFERRED") else None,
            )

    def _indexes(self, rows: list[Any], collations: dict[str, str]) -> tuple[list[model.Index], list[model.Unique]]:
        grouped: dict[str, list[Any]] = defaultdict(list)
        for row in rows:
            grouped[row[1]].append(row)
        named = [
            ((column,) if column is not None else clause.columns, clause) for column, clause in self._clauses("UNIQUE")
        ]
        indexes, uniques = [], []
        for name, each in grouped.items():
            origin = each[0][3]
            if origin == "u":
                columns = tuple(row[6] for row in each)
                clause = next((clause for names, clause in named if _same(names, columns)), None)
                uniques.append(model.Unique(clause.name if clause else None, columns))
            elif origin == "c":
                indexes.append(_index(name, each, collations))
        return indexes, uniques


def _index(name: str, rows: list[Any], collations: dict[str, str]) -> model.Index:
    texts: list[str] = []
    where = None
    if any(row[6] is None for row in rows) or rows[0][4]:
        written = parse_index(rows[0][9])
        texts = [_said(each) for each in split(written.body)]
        begins = next((place for place, each in enumerate(written.tail) if each.says("WHERE")), None)
        where = None if begins is None else _said(written.tail[begins + 1 :])
    return model.Index(
        name,
        tuple(
            model.IndexPart(
                row[6] if row[6] is not None else re.sub(r"\s+(?:ASC|DESC)$", "", texts[place], flags=re.IGNORECASE),
                row[6] is None,
                bool(row[7]),
                collation=None if row[8].upper() == collations.get(row[6], row[8]).upper() else row[8].upper(),
            )
            for place, row in enumerate(rows)
        ),
        bool(rows[0][2]),
        where=where,
    )


def _said(tokens: tuple[Token, ...]) -> str:
    return " ".join(write(tokens).split("\n")).strip()


def _inner(clause: Clause) -> str:
    return _said(clause.expression)


def _same(left: Iterable[str], right: Iterable[str]) -> bool:
    return [fold(each) for each in left] == [fold(each) for each in right]


def _action(given: str) -> str | None:
    return None if given == "NO ACTION" else given
