"""Normal forms of types: what a dialect's compiler writes, and what its catalog writes, as one text.

Sources: PostgreSQL `format_type()` (https://www.postgresql.org/docs/current/datatype.html, table 8.1), MySQL and
MariaDB `COLUMN_TYPE`; SQLite keeps what was written.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ..dialects import MYSQL

MYSQL_BOOLEAN = "tinyint(1)"
"""What MySQL and MariaDB keep a Boolean as, and any TINYINT in its normal form."""

BINARY = "BINARY"
"""SQLite's collation where none is named: https://www.sqlite.org/datatype3.html#collating_sequences"""

_QUOTED = re.compile(r"('(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`)")


@lru_cache(maxsize=4096)
def normal_type(text: str, dialect: str) -> str:
    """Return the normal form of a type; a text without a name of a type stays empty.

    :param text: as a compiler or a catalog writes it; charset and collation belong elsewhere (`mysql_text`).
    """
    folded = fold(text)
    if dialect == "postgresql":
        return _postgresql(folded)
    if dialect in MYSQL:
        return _mysql(folded)
    if dialect == "sqlite":
        return _sqlite(folded)
    return folded


def fold(text: str) -> str:
    """Return a text in small letters and with single spaces, but for what stands in quotes."""
    pieces = _QUOTED.split(text.strip())
    for place in range(0, len(pieces), 2):
        folded = re.sub(r"\s+", " ", pieces[place].lower())
        pieces[place] = re.sub(r" ?\( ?", "(", re.sub(r" ?, ?", ",", re.sub(r" \)", ")", folded)))
    return "".join(pieces)


def mysql_text(text: str) -> tuple[str, str | None, str | None]:
    """Split MySQL's text of a type into type, character set and collation."""
    charset = re.search(r" (?:character set|charset) (\w+)", text, re.IGNORECASE)
    collation = re.search(r" collate (\w+)", text, re.IGNORECASE)
    rest = re.sub(r" (?:character set|charset|collate) \w+", "", text, flags=re.IGNORECASE)
    return rest, charset and charset[1], collation and collation[1]


# -- PostgreSQL ---------------------------------------------------------------------------------------

_POSTGRESQL = {
    "varchar": "character varying",
    "char": "character",
    "bpchar": "character",
    "nchar": "character",
    "int": "integer",
    "int4": "integer",
    "int2": "smallint",
    "int8": "bigint",
    "serial": "integer",
    "bigserial": "bigint",
    "smallserial": "smallint",
    "decimal": "numeric",
    "dec": "numeric",
    "float8": "double precision",
    "float4": "real",
    "double": "double precision",
    "bool": "boolean",
    "varbit": "bit varying",
    "timestamptz": "timestamp with time zone",
    "timetz": "time with time zone",
}
_PARTS = re.compile(r"(?P<name>[^(\[]*)(?:\((?P<arguments>[^)]*)\))?(?P<rest>[^\[]*)(?P<array>(?:\[\d*\])*)\Z")


def _postgresql(text: str) -> str:
    parts = _PARTS.match(text)
    if parts is None or text.startswith('"'):
        return text
    name, arguments, rest = parts["name"].strip(), parts["arguments"], parts["rest"]
    name = _POSTGRESQL.get(name, name)
    if name == "float":
        name, arguments = ("real" if arguments and int(arguments) < 25 else "double precision"), None
    if name == "numeric" and arguments and "," not in arguments:
        arguments += ",0"
    if name in ("character", "bit") and not arguments:
        arguments = "1"
    if name in ("timestamp", "time") and not rest.strip():
        rest = " without time zone"
    called = f"({arguments})" if arguments else ""
    if name.startswith(("timestamp with", "time with")) and called:
        first, _, last = name.partition(" ")
        name, rest = first, f" {last}"
    if name.startswith("interval ") and called:
        return f"{name}{called}{'[]' if parts['array'] else ''}"
    return f"{name}{called}{rest.rstrip()}{'[]' if parts['array'] else ''}"


# -- MySQL, MariaDB -----------------------------------------------------------------------------------

_MYSQL = {
    "integer": "int",
    "bool": MYSQL_BOOLEAN,
    "boolean": MYSQL_BOOLEAN,
    "numeric": "decimal",
    "dec": "decimal",
    "fixed": "decimal",
    "real": "double",
    "double precision": "double",
    "character": "char",
    "character varying": "varchar",
    "nchar": "char",
    "nvarchar": "varchar",
    "long": "mediumtext",
}
_MYSQL_PARTS = re.compile(
    r"(?P<name>[a-z0-9_ ]*?)(?P<arguments>\(.*\))?(?P<flags>(?: unsigned| zerofill| signed)*)(?P<rest> .*)?\Z",
    re.DOTALL,
)


def _mysql(text: str) -> str:
    parts = _MYSQL_PARTS.match(re.sub(r"^national ", "", text))
    if parts is None:
        return text
    name, arguments = parts["name"].strip(), parts["arguments"] or ""
    flags = parts["flags"].replace(" signed", "")
    if " zerofill" in flags:
        flags = " unsigned zerofill"
    name = _MYSQL.get(name, name)
    if name in ("int", "bigint", "smallint", "mediumint", "year") and "zerofill" not in flags:
        arguments = ""  # a width for display alone
    if name == "tinyint" and "zerofill" not in flags:
        arguments = "(1)" if not flags else ""
    if name == "tinyint(1)":
        name, arguments = "tinyint", "(1)"
    if name == "float" and arguments and "," not in arguments:
        name, arguments = ("float" if int(arguments[1:-1]) < 25 else "double"), ""
    if name == "decimal":
        arguments = {"": "(10,0)"}.get(arguments, arguments if "," in arguments else arguments[:-1] + ",0)")
    if name in ("char", "binary", "bit") and not arguments:
        arguments = "(1)"
    return f"{name}{arguments}{flags}{parts['rest'] or ''}"


# -- SQLite -------------------------------------------------------------------------------------------

_SQLITE = {"int": "integer", "bool": "boolean", "decimal": "numeric"}


def _sqlite(text: str) -> str:
    name, called, arguments = text.partition("(")
    return f"{_SQLITE.get(name, name)}{called}{arguments}".upper()
