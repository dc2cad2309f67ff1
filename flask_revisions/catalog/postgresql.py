"""PostgreSQL's catalog -> tables, in one query for each kind of thing.

https://www.postgresql.org/docs/current/catalogs.html
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, text

from ..schema import model
from ..schema.model import Name
from ..schema.types import normal_type

_ACTIONS = {"a": None, "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
_MATCHES = {"f": "FULL", "p": "PARTIAL"}

_OF_AN_EXTENSION = """
    NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e WHERE e.classid = '{catalog}'::regclass
                AND e.objid = {oid} AND e.deptype = 'e')
"""

_TABLES = f"""
SELECT c.oid, n.nspname, c.relname, d.description, c.reloptions::text
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_description d
    ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
WHERE c.relkind IN ('r', 'p') AND {{place}} AND NOT c.relispartition
    AND {_OF_AN_EXTENSION.format(catalog="pg_class", oid="c.oid")}
"""

_COLUMNS = """
SELECT a.attrelid, a.attnum, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull,
    pg_catalog.pg_get_expr(f.adbin, f.adrelid), a.attidentity::text, {generated},
    CASE WHEN a.attcollation <> t.typcollation THEN o.collname END, d.description
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
LEFT JOIN pg_catalog.pg_collation o ON o.oid = a.attcollation AND a.attcollation <> t.typcollation
LEFT JOIN pg_catalog.pg_description d
    ON d.objoid = a.attrelid AND d.classoid = 'pg_class'::regclass AND d.objsubid = a.attnum
WHERE c.relkind IN ('r', 'p') AND {place} AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
"""

_CONSTRAINTS = """
SELECT k.conrelid, k.conname, k.contype::text, k.conkey::text, k.condeferrable, k.condeferred,
    CASE k.contype WHEN 'c' THEN pg_catalog.pg_get_expr(k.conbin, k.conrelid)
                   WHEN 'x' THEN pg_catalog.pg_get_constraintdef(k.oid) END,
    rn.nspname, r.relname, k.confupdtype::text, k.confdeltype::text, k.confmatchtype::text,
    CASE WHEN k.contype = 'f' THEN (
        SELECT json_agg(a.attname ORDER BY u.place)::text
        FROM unnest(k.confkey) WITH ORDINALITY u(attnum, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.attnum) END,
    k.conindid
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_class r ON r.oid = k.confrelid AND k.contype = 'f'
LEFT JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
WHERE {place} AND k.contype IN ('p', 'u', 'f', 'c', 'x')
ORDER BY k.conname
"""

_INDEXES = """
SELECT i.indrelid, i.indexrelid, x.relname, i.indisunique, m.amname, i.indkey::text, i.indoption::text,
    i.indclass::text, i.indcollation::text, i.indnkeyatts, pg_catalog.pg_get_expr(i.indpred, i.indrelid),
    x.reloptions::text, {nulls},
    CASE WHEN i.indexprs IS NOT NULL THEN (
        SELECT json_agg(pg_catalog.pg_get_indexdef(i.indexrelid, u.place, false) ORDER BY u.place)::text
        FROM generate_series(1, i.indnkeyatts::int) u(place)) END
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
JOIN pg_catalog.pg_am m ON m.oid = x.relam
WHERE {place} AND NOT i.indisprimary
ORDER BY x.relname
"""

_OPCLASSES = "SELECT oid, opcname FROM pg_catalog.pg_opclass WHERE NOT opcdefault"

_COLLATIONS = "SELECT oid::text, collname FROM pg_catalog.pg_collation"

_USUAL_COLLATIONS = {"0", "100"}
"""Of what has none, and the database's own (https://www.postgresql.org/docs/current/catalog-pg-collation.html)."""

_SEQUENCES = """
SELECT n.nspname, c.relname, d.deptype::text, d.refobjid, d.refobjsubid, s.seqstart, s.seqincrement, s.seqmin, s.seqmax,
    s.seqcycle, s.seqcache, pg_catalog.format_type(s.seqtypid, NULL)
FROM pg_catalog.pg_sequence s
JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_depend d ON d.objid = c.oid AND d.classid = 'pg_class'::regclass
    AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
WHERE {place}
"""

_ENUMS = f"""
SELECT n.nspname, t.typname, json_agg(e.enumlabel ORDER BY e.enumsortorder)::text
FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
JOIN pg_catalog.pg_enum e ON e.enumtypid = t.oid
WHERE {{place}} AND {_OF_AN_EXTENSION.format(catalog="pg_type", oid="t.oid")}
GROUP BY 1, 2
"""

_SCHEMAS = """
SELECT nspname FROM pg_catalog.pg_namespace n WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
"""


def read(connection: Connection, schemas: Iterable[str] | None = ()) -> model.Schema:
    """Return what a database has.

    :param schemas: which to read besides the default one; None for all.
    """
    return _Reading(connection, schemas).schema()


def read_temporary(connection: Connection) -> model.Schema:
    """Return this session's temporary tables, as if they were in the default schema."""
    place = "n.oid = pg_catalog.pg_my_temp_schema()"
    return _Reading(connection, (), place=place).schema()


class _Reading:
    def __init__(self, connection: Connection, schemas: Iterable[str] | None, place: str | None = None) -> None:
        self._connection = connection
        self._default = connection.dialect.default_schema_name
        self._version = connection.dialect.server_version_info or (10,)
        self._temporary = place is not None
        self._parameters: dict[str, Any] = {}
        self._schemas = frozenset(name for (name,) in connection.execute(text(_SCHEMAS))) - {self._default}
        if place is None:
            wanted = self._schemas if schemas is None else self._schemas & frozenset(schemas)
            place = "n.nspname = ANY(:schemas)"
            self._parameters = {"schemas": [self._default, *sorted(wanted)]}
        self._place = place
        self._column_names: dict[int, dict[int, str]] = defaultdict(dict)
        self._collations: dict[tuple[int, int], str] = {}

    def schema(self) -> model.Schema:
        tables = {
            oid: model.Table(self._name(schema, name), comment=comment or None, options=_options(options))
            for oid, schema, name, comment, options in self._rows(_TABLES)
        }
        counted, identities, sequences = self._sequences()
        columns = self._columns(tables, counted, identities)
        constraints, behind = self._constraints(tables)
        indexes = self._indexes(tables, behind)
        made: dict[Name, model.Table] = {}
        for oid, table in tables.items():
            grouped = constraints[oid]
            key = grouped[model.PrimaryKey]
            complete = replace(
                table,
                columns=tuple(columns[oid]),
                primary_key=key[0] if key else None,
                foreign_keys=tuple(grouped[model.ForeignKey]),
                uniques=tuple(self._with_index(oid, each, behind) for each in grouped[model.Unique]),
                checks=tuple(grouped[model.Check]),
                excludes=tuple(grouped[model.Exclude]),
                indexes=tuple(indexes[oid]),
            )
            made[table.name] = complete
        enums = {} if self._temporary else self._enums()
        return model.Schema("postgresql", made, enums, sequences, self._schemas)

    def _rows(self, query: str) -> Iterator[Sequence[Any]]:
        generated = "a.attgenerated::text" if self._version >= (12,) else "''"
        nulls = "i.indnullsnotdistinct" if self._version >= (15,) else "false"
        written = query.format(place=self._place, generated=generated, nulls=nulls)
        yield from self._connection.execute(text(written), self._parameters)

    def _name(self, schema: str, name: str) -> Name:
        return Name(None if schema == self._default or self._temporary else schema, name)

    def _columns(
        self, tables: dict[int, model.Table], counted: set[tuple[int, int]], identities: dict[Any, model.Identity]
    ) -> dict[int, list[model.Column]]:
        found: dict[int, list[model.Column]] = defaultdict(list)
        for oid, number, name, type_, not_null, default, identity, generated, collation, comment in self._rows(
            _COLUMNS
        ):
            if oid not in tables:
                continue
            self._column_names[oid][number] = name
            if collation or type_ == "name":
                self._collations[oid, number] = collation or "C"
            is_counted = (oid, number) in counted and (default or "").startswith("nextval(")
            found[oid].append(
                model.Column(
                    name,
                    normal_type(type_.removeprefix("pg_temp."), "postgresql"),
                    not not_null,
                    None if is_counted or generated else default,
                    comment or None,
                    collation,
                    identity=replace(identities[oid, number], always=identity == "a") if identity else None,
                    computed=model.Computed(default, generated == "s") if generated else None,
                    autoincrement=is_counted,
                )
            )
        return found

    def _sequences(
        self,
    ) -> tuple[set[tuple[int, int]], dict[tuple[int, int], model.Identity], dict[Name, model.Sequence]]:
        counted: set[tuple[int, int]] = set()
        identities: dict[tuple[int, int], model.Identity] = {}
        free: dict[Name, model.Sequence] = {}
        for schema, name, kind, table, column, *rest, type_ in self._rows(_SEQUENCES):
            given = _parameters(rest, type_)
            if kind == "a":
                counted.add((table, column))
            elif kind == "i":
                identities[table, column] = model.Identity(False, *given)
            else:
                called = self._name(schema, name)
                free[called] = model.Sequence(called, *given)
        return counted, identities, free

    def _enums(self) -> dict[Name, model.Enum]:
        return {
            (called := self._name(schema, name)): model.Enum(called, tuple(json.loads(values)))
            for schema, name, values in self._rows(_ENUMS)
        }

    def _constraints(self, tables: dict[int, model.Table]) -> tuple[dict[int, Any], dict[Any, Any]]:
        found: dict[int, Any] = defaultdict(lambda: defaultdict(list))
        behind: dict[Any, Any] = {}
        for row in self._rows(_CONSTRAINTS):
            oid, name, kind, index = row[0], row[1], row[2], row[-1]
            if oid not in tables:
                continue
            item = self._constraint(row)
            found[oid][type(item)].append(item)
            if kind in "pux":
                behind[index] = name
        return found, behind

    def _constraint(self, row: Sequence[Any]) -> Any:
        oid, name, kind, numbers, deferrable, deferred, written, schema, referred, update, delete, match, keys, _ = row
        columns = self._columns_of(oid, numbers)
        initially = "DEFERRED" if deferred else None
        if kind == "p":
            return model.PrimaryKey(columns, name)
        if kind == "u":
            return model.Unique(name, columns, deferrable, initially)
        if kind == "c":
            return model.Check(name, written)
        if kind == "x":
            return _exclude(name, written, deferrable, initially)
        return model.ForeignKey(
            name,
            columns,
            self._name(schema, referred),
            tuple(json.loads(keys)),
            _ACTIONS[update],
            _ACTIONS[delete],
            deferrable,
            initially,
            _MATCHES.get(match),
        )

    def _columns_of(self, oid: int, numbers: str | None) -> tuple[str, ...]:
        found = [int(each) for each in (numbers or "").strip("{}").replace(",", " ").split()]
        return tuple(self._column_names[oid][each] for each in found if each)  # 0 stands for an expression

    def _indexes(self, tables: dict[int, model.Table], behind: dict[Any, Any]) -> dict[int, list[model.Index]]:
        opclasses = {str(oid): name for oid, name in self._connection.execute(text(_OPCLASSES))}
        found: dict[int, list[model.Index]] = defaultdict(list)
        rows = [row for row in self._rows(_INDEXES) if row[0] in tables]
        own = {each for row in rows for each in row[8].split()} - _USUAL_COLLATIONS
        collations = dict(map(tuple, self._connection.execute(text(_COLLATIONS)))) if own else {}
        for row in rows:
            index = self._index(row, opclasses, collations)
            if row[1] in behind:
                behind[row[0], index.name] = index
            else:
                found[row[0]].append(index)
        return found

    def _index(self, row: Sequence[Any], opclasses: dict[str, str], collations: dict[str, str]) -> model.Index:
        oid, _, name, unique, method, keys, directions, classes, collated, count, where, options, nulls, written = row
        names = self._column_names[oid]
        expressions = json.loads(written) if written else ()
        numbers = [int(each) for each in keys.split()]
        parts = []
        for place, (number, direction, opclass, collation) in enumerate(
            zip(numbers[:count], directions.split(), classes.split(), collated.split(), strict=False)
        ):
            named = collations.get(collation) if number else None
            descending, nulls_first = bool(int(direction) & 1), bool(int(direction) & 2)
            parts.append(
                model.IndexPart(
                    names[number] if number else expressions[place],
                    not number,
                    descending,
                    None if nulls_first == descending else nulls_first,
                    opclasses.get(opclass),
                    None if named == self._collations.get((oid, number)) else named,
                )
            )
        return model.Index(
            name,
            tuple(parts),
            unique,
            None if method == "btree" else method,
            where,
            tuple(names[each] for each in numbers[count:]),
            nulls,
            tuple((key.removeprefix("postgresql_"), value) for key, value in _pairs(options)),
        )

    def _with_index(self, oid: int, unique: model.Unique, behind: dict[Any, Any]) -> model.Unique:
        """Return a unique constraint with what only the index behind it tells."""
        index = behind.get((oid, unique.name))
        if index is None or index.columns != unique.columns:
            return unique
        return replace(unique, include=index.include, nulls_not_distinct=index.nulls_not_distinct)


def _pairs(options: str | None) -> list[tuple[str, str]]:
    """Return `{fillfactor=70}` as pairs."""
    return sorted(
        (key, value)
        for each in (options or "").strip("{}").split(",")
        if each
        for key, _, value in [each.partition("=")]
    )


def _options(options: str | None) -> tuple[tuple[str, Any], ...]:
    return (("postgresql_with", tuple(_pairs(options))),) if options else ()


_LIMITS = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}


def _parameters(given: Sequence[Any], type_: str) -> tuple[Any, ...]:
    """Return start, increment, minimum, maximum, cycle and cache; None for what would be so anyway."""
    start, increment, minimum, maximum, cycle, cache = given
    limit = _LIMITS.get(type_, 2**63 - 1)
    usual = (1, limit) if increment > 0 else (-limit - 1, -1)
    first = minimum if increment > 0 else maximum
    return (
        None if start == first else start,
        None if increment == 1 else increment,
        None if minimum == usual[0] else minimum,
        None if maximum == usual[1] else maximum,
        cycle,
        None if cache == 1 else cache,
    )


def _exclude(name: str, written: str, deferrable: bool, initially: str | None) -> model.Exclude:
    """Read `EXCLUDE USING gist (a WITH =, b WITH &&) WHERE (...)`."""
    using, _, rest = written.removeprefix("EXCLUDE USING ").partition(" ")
    inner, after = _enclosed(rest)
    elements = []
    for each in _split(inner):
        expression, _, operator = each.rpartition(" WITH ")
        elements.append((expression.strip(), operator.strip()))
    where = _enclosed(after.partition("WHERE ")[2])[0] if " WHERE " in f" {after}" else None
    return model.Exclude(name, tuple(elements), using, where, deferrable, initially)


def _enclosed(text: str) -> tuple[str, str]:
    """Return what the parentheses at the beginning of a text hold, and what follows them."""
    depth, quoted = 0, ""
    for place, letter in enumerate(text):
        if quoted:
            quoted = "" if letter == quoted else quoted
        elif letter in "'\"":
            quoted = letter
        elif letter in "()":
            depth += 1 if letter == "(" else -1
            if not depth:
                return text[text.index("(") + 1 : place], text[place + 1 :]
    return text, ""


def _split(text: str) -> list[str]:
    """Split at the commas that are in no parentheses and no quotes."""
    pieces, depth, quoted = [""], 0, ""
    for letter in text:
        if quoted:
            quoted = "" if letter == quoted else quoted
        elif letter in "'\"":
            quoted = letter
        elif letter in "()":
            depth += 1 if letter == "(" else -1
        elif letter == "," and not depth:
            pieces.append("")
            continue
        pieces[-1] += letter
    return pieces
