"""An enumeration of PostgreSQL made anew: ALTER TYPE adds and renames values, and takes none away."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from ..errors import NotKnowable, OperationError, ValueInUse
from ..operations.catalog import Catalog
from .text import SqlText

LONGEST_NAME = 63

_USES = """
    SELECT a.attrelid::regclass::text, c.relkind::text, quote_ident(a.attname), a.atttypid <> t.oid,
           pg_get_expr(d.adbin, d.adrelid)
    FROM pg_type t
    JOIN pg_attribute a ON a.atttypid IN (t.oid, t.typarray) AND NOT a.attisdropped AND a.attinhcount = 0
    JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE t.oid = to_regtype({type}) ORDER BY 1, a.attnum
"""
_NEEDING = """
    SELECT d.classid::regclass::text, pg_describe_object(d.classid, d.objid, d.objsubid),
           coalesce(d.objid::regclass::text, ''), coalesce(k.conrelid::regclass::text, ''), quote_ident(k.conname),
           CASE WHEN k.oid IS NOT NULL THEN pg_get_constraintdef(k.oid)
                WHEN c.relkind IN ('i', 'I') THEN pg_get_indexdef(c.oid) END
    FROM pg_type t
    JOIN pg_depend d ON d.refclassid = 'pg_type'::regclass AND d.refobjid IN (t.oid, t.typarray) AND d.deptype = 'n'
    LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
    LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
    WHERE t.oid = to_regtype({type}) AND d.objsubid = 0 AND d.classid <> 'pg_attrdef'::regclass ORDER BY 2
"""
_COMMENT = "SELECT obj_description(to_regtype({type}), 'pg_type')"
_LITERAL = re.compile(r"'((?:[^']|'')*)'::")


@dataclass(frozen=True)
class Use:
    """A column of the type, as PostgreSQL writes the names."""

    table: str
    column: str
    array: bool
    default: str | None


@dataclass(frozen=True)
class Swap:
    """One type, and the values that it is to have.

    :param replacements: for values that go, the ones that their rows get.
    """

    sql: SqlText
    catalog: Catalog
    name: str
    schema: str | None
    values: tuple[str, ...]
    replacements: Mapping[str, str]

    # -- before anything is done -----------------------------------------------------------------------

    def check(self, current: tuple[str, ...]) -> None:
        """Make sure that nothing would be lost.

        :param current: the values that the type has now.
        :raises ValueInUse: rows, or a default, have a value that goes.
        :raises OperationError: a replacement is no value of the new type, or something needs the type that cannot
            be made anew.
        """
        for new in self.replacements.values():
            if new not in self.values:
                raise OperationError(
                    f"'{new}' cannot replace a value of enum {self._shown}: it is not to have that either.",
                    f"its values are to be {', '.join(self.values)}.",
                )
        _ = self.uses, self.needing
        gone = [value for value in current if value not in self.values and value not in self.replacements]
        for use in self.uses:
            for value in gone:
                if self._has(use, value):
                    raise self._in_use(f"Rows of {use.table} have", use, value)
                if use.default and self.sql.literal(value) + "::" in use.default:
                    raise self._in_use(f"The default of {use.table} is", use, value)

    def _has(self, use: Use, value: str) -> bool:
        text = (
            f"{self.sql.literal(value)} = ANY({use.column}::text[])"
            if use.array
            else (f"{use.column}::text = {self.sql.literal(value)}")
        )
        return self.catalog.finds(f"SELECT 1 FROM {use.table} WHERE {text} LIMIT 1")

    def _in_use(self, where: str, use: Use, value: str) -> ValueInUse:
        return ValueInUse(
            f"{where} '{value}' in {use.column}, and enum {self._shown} is to lose it.",
            f"say what becomes of it, as in replacements={{{value!r}: {self.values[0]!r}}}, or change that before.",
            value=value,
        )

    @property
    def _shown(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name

    # -- what uses the type ----------------------------------------------------------------------------

    @cached_property
    def uses(self) -> tuple[Use, ...]:
        """The columns of the type.

        :raises OperationError: a view is among them.
        """
        found = []
        for table, kind, column, array, default in self._asked(_USES):
            if kind in ("v", "m"):
                raise OperationError(
                    f"The view {table} shows the enum {self._shown}, which cannot be made anew under it.",
                    "drop the view before, and create it again afterwards: op.drop_view(), op.create_view().",
                )
            found.append(Use(table, column, bool(array), default))
        return tuple(found)

    @cached_property
    def needing(self) -> tuple[tuple[str, str], ...]:
        """The constraints and indexes that mention the type: what drops each, and what makes it again.

        :raises OperationError: something else does, such as a function.
        """
        found = []
        for kind, described, index, table, constraint, definition in self._asked(_NEEDING):
            if definition is None:
                raise OperationError(
                    f"The {described} needs the enum {self._shown}, which cannot be made anew under it.",
                    "drop it before, and create it again afterwards.",
                )
            if kind == "pg_constraint":
                altered = f"ALTER TABLE {table}"
                again = f"{altered} ADD CONSTRAINT {constraint} {definition}"
                found.append((f"{altered} DROP CONSTRAINT {constraint}", again))
            else:
                found.append((f"DROP INDEX {index}", definition))
        return tuple(found)

    def _asked(self, query: str) -> list[tuple[str, ...]]:
        try:
            rows = self.catalog.rows(query.format(type=self.sql.literal(self._written)))
        except NotKnowable as error:
            raise NotKnowable(
                f"Enum {self._shown} is to be made anew, and which columns use it is not known without a database.",
                "run without --sql.",
            ) from error
        return [tuple(row) for row in rows]

    # -- what is done ----------------------------------------------------------------------------------

    @property
    def _written(self) -> str:
        return self.sql.table(self.name, self.schema)

    def statements(self) -> Iterator[str]:
        """Yield the statements: a new type, the columns of the old one to it, the old one away."""
        old = f"{self.name[: LONGEST_NAME - 5]}__old"
        [(comment,)] = self._asked(_COMMENT)
        yield from (drop for drop, _ in self.needing)
        yield f"ALTER TYPE {self._written} RENAME TO {self.sql.name(old)}"
        yield f"CREATE TYPE {self._written} AS ENUM ({', '.join(map(self.sql.literal, self.values))})"
        if comment is not None:
            yield f"COMMENT ON TYPE {self._written} IS {self.sql.literal(comment)}"
        tables = dict.fromkeys(use.table for use in self.uses)
        for table in tables:
            clauses = [clause for use in self.uses if use.table == table for clause in self._clauses(use)]
            yield f"ALTER TABLE {table} {', '.join(clauses)}"
        yield f"DROP TYPE {self.sql.table(old, self.schema)}"
        yield from (create for _, create in self.needing)

    def _clauses(self, use: Use) -> Iterator[str]:
        altered = f"ALTER COLUMN {use.column}"
        if use.default:
            yield f"{altered} DROP DEFAULT"
        yield f"{altered} TYPE {self._written}{'[]' if use.array else ''} USING {self._converted(use)}"
        if use.default:
            yield f"{altered} SET DEFAULT {self._replaced(use, use.default)}"

    def _converted(self, use: Use) -> str:
        brackets = "[]" if use.array else ""
        text = f"{use.column}::text{brackets}"
        if use.array:
            text = self._in_array(text)
        elif self.replacements:
            cases = " ".join(
                f"WHEN {self.sql.literal(old)} THEN {self.sql.literal(new)}" for old, new in self.replacements.items()
            )
            text = f"(CASE {text} {cases} ELSE {text} END)"
        return f"{text}::{self._written}{brackets}"

    def _in_array(self, text: str) -> str:
        for old, new in self.replacements.items():
            text = f"array_replace({text}, {self.sql.literal(old)}, {self.sql.literal(new)})"
        return text

    def _replaced(self, use: Use, default: str) -> str:
        whole = _LITERAL.match(default)
        if use.array and self.replacements and whole:
            # asked for now: an expression as default would have the old values in it for the next change
            [(text,)] = self.catalog.rows(f"SELECT {self._in_array(f'{whole[0]}text[]')}::text")
            return f"{self.sql.literal(str(text))}::{self._written}[]"

        def replaced(found: re.Match[str]) -> str:
            value = found[1].replace("''", "'")
            return f"{self.sql.literal(self.replacements.get(value, value))}::"

        return _LITERAL.sub(replaced, default)


def dollar_quoted(text: str) -> str:
    """Return a text in dollar quotes that do not occur in it."""
    tag = "$$"
    while tag in text:
        tag = f"$r{tag[1:]}" if tag != "$$" else "$r$"
    return f"{tag} {text} {tag}"
