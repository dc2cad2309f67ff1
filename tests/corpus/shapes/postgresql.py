"""The shape of a PostgreSQL database: what its catalogs say, a line for each thing.

The server's own functions write what a thing is (https://www.postgresql.org/docs/current/functions-info.html).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import Connection, text

OURS = """n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"""
"""Schemas that are not the server's own."""

TABLE = "format('%I.%I', n.nspname, c.relname)"
TABLES = f"pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND {OURS} AND c.relname <> ALL (:hidden)"

KINDS = {
    "schema": f"SELECT n.nspname FROM pg_namespace n WHERE {OURS}",
    "extension": "SELECT extname FROM pg_extension",
    "table": f"""
        SELECT {TABLE}, c.relkind, c.relpersistence, c.reloptions, c.relrowsecurity, pg_get_partkeydef(c.oid),
               pg_get_expr(c.relpartbound, c.oid), obj_description(c.oid, 'pg_class')
        FROM {TABLES} WHERE c.relkind IN ('r', 'p', 'f')""",
    "inherits": f"""
        SELECT {TABLE}, i.inhparent::regclass FROM {TABLES} JOIN pg_inherits i ON i.inhrelid = c.oid""",
    "column": f"""
        SELECT {TABLE}, row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum), a.attname,
               format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid),
               a.attidentity, a.attgenerated,
               CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END,
               CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage END,
               col_description(c.oid, a.attnum)
        FROM {TABLES} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c')""",
    "constraint": f"""
        SELECT {TABLE}, o.conname, pg_get_constraintdef(o.oid), obj_description(o.oid, 'pg_constraint')
        FROM {TABLES} JOIN pg_constraint o ON o.conrelid = c.oid AND o.contype NOT IN ('n', 't')""",
    "index": f"""
        SELECT {TABLE}, pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisclustered, i.indisreplident,
               obj_description(i.indexrelid, 'pg_class')
        FROM {TABLES} JOIN pg_index i ON i.indrelid = c.oid""",
    "trigger": f"""
        SELECT pg_get_triggerdef(g.oid), g.tgenabled
        FROM {TABLES} JOIN pg_trigger g ON g.tgrelid = c.oid WHERE NOT g.tgisinternal""",
    "rule": f"""
        SELECT pg_get_ruledef(r.oid) FROM {TABLES} JOIN pg_rewrite r ON r.ev_class = c.oid
        WHERE r.rulename <> '_RETURN'""",
    "view": f"SELECT {TABLE}, c.relkind, pg_get_viewdef(c.oid) FROM {TABLES} WHERE c.relkind IN ('v', 'm')",
    "sequence": f"""
        SELECT {TABLE}, s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache,
               s.seqcycle, d.deptype, d.refobjid::regclass, a.attname
        FROM {TABLES} JOIN pg_sequence s ON s.seqrelid = c.oid
        LEFT JOIN pg_depend d ON d.objid = c.oid AND d.classid = 'pg_class'::regclass
             AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
        LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        LEFT JOIN pg_class o ON o.oid = d.refobjid WHERE o.oid IS NULL OR o.relname <> ALL (:hidden)""",
    "enum": """
        SELECT enumtypid::regtype, array_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum GROUP BY 1""",
    "domain": f"""
        SELECT t.oid::regtype, format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault,
               array(SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contypid = t.oid ORDER BY 1)
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace AND {OURS} WHERE t.typtype = 'd'""",
    "function": f"""
        SELECT pg_get_functiondef(p.oid)
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace AND {OURS} AND p.prokind IN ('f', 'p')
        LEFT JOIN pg_depend d ON d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
        WHERE d.objid IS NULL  -- not of an extension""",
}
"""Kind of thing -> the query for its lines."""


def shape(connection: Connection, hidden: Collection[str]) -> Iterator[str]:
    """Yield a line for each thing, those of hidden tables left out."""
    connection.execute(text("SET search_path TO ''"))  # so that all names are given in full
    for kind, query in KINDS.items():
        parameters = {"hidden": list(hidden)} if ":hidden" in query else {}
        for row in connection.execute(text(query), parameters):
            yield " | ".join([kind, *("-" if each is None else " ".join(str(each).split()) for each in row)])


def tables(connection: Connection, hidden: Collection[str]) -> list[str]:
    """Return the tables with rows, as they are written in SQL."""
    query = f"SELECT {TABLE} FROM {TABLES} WHERE c.relkind IN ('r', 'p')"
    return list(connection.execute(text(query), {"hidden": list(hidden)}).scalars())
