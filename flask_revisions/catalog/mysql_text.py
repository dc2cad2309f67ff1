"""What SHOW CREATE TABLE of MySQL and MariaDB prints -> columns and checks.

Temporary tables are not in the information schema, so this is the only way to read them.
https://mariadb.com/kb/en/show-create-table/
"""

from __future__ import annotations

import re

from ..schema import model
from ..schema.model import Name
from ..schema.types import mysql_text, normal_type

_COLUMN = re.compile(r"\s*`((?:[^`]|``)+)` (.*?),?\Z", re.DOTALL)
_CHECK = re.compile(r"\s*CONSTRAINT `([^`]+)` CHECK \((.*)\),?\Z", re.DOTALL)
_TYPE = re.compile(
    r"(?P<type>\w+(?:\((?:[^()']|'(?:[^']|'')*')*\))?(?: unsigned)?(?: zerofill)?"
    r"(?: CHARACTER SET \w+)?(?: COLLATE \w+)?)(?P<rest>.*)\Z",
    re.DOTALL | re.IGNORECASE,
)
_GENERATED = re.compile(r"GENERATED ALWAYS AS \((.*)\) (VIRTUAL|STORED|PERSISTENT)", re.DOTALL)
_DEFAULT = re.compile(
    r"DEFAULT (?P<value>'(?:[^'\\]|''|\\.)*'|\((?:.*)\)|[^\s()]+(?:\([^)]*\))?)(?P<update> ON UPDATE [\w()]+)?",
    re.DOTALL,
)


def read_created(text: str) -> model.Table:
    """Return the columns and checks of a table; nothing else is looked at."""
    columns = []
    checks = []
    for line in text.split("\n"):
        check = _CHECK.match(line)
        column = _COLUMN.match(line)
        if check:
            checks.append(model.Check(check[1], check[2]))
        elif column and line.startswith("  `"):
            columns.append(_column(column[1].replace("``", "`"), column[2]))
    return model.Table(Name(None, ""), tuple(columns), checks=tuple(checks))


def _column(name: str, definition: str) -> model.Column:
    parts = _TYPE.match(definition)
    if parts is None:
        return model.Column(name, "")
    type_, charset, collation = mysql_text(parts["type"])
    rest = parts["rest"]
    generated = _GENERATED.search(rest)
    default = None if generated else _DEFAULT.search(rest)
    written = None
    if default and default["value"] != "NULL":
        written = default["value"]
    if default and default["update"]:
        written = f"{written or 'NULL'}{default['update']}".replace(" ON UPDATE ", " on update ")
    normal = normal_type(type_, "mysql")
    if normal == "longtext" and "json_valid" in rest:
        normal, collation = "json", None
    return model.Column(
        name,
        normal,
        default=written,
        charset=charset,
        collation=collation,
        computed=model.Computed(generated[1], generated[2] != "VIRTUAL") if generated else None,
    )
