"""The text of a new revision file, from a template; no message can become code in it."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError
from ..render import layout
from .directory import TEMPLATE
from .naming import clean_message, now
from .parse import NAMES

if TYPE_CHECKING:
    from jinja2 import Template

OURS = "from flask_revisions import op"
ALEMBICS = "from alembic import op"
_SQLALCHEMY = "import sqlalchemy as sa"
_WIDTH = 88
_PACKAGED = Path(__file__).parent / "templates" / TEMPLATE
_MULTIDB = _PACKAGED.with_name("multidb.py.jinja")


@dataclass(frozen=True)
class Contents:
    """What is to be written.

    :param id: checked by `naming.check_id`.
    :param parents: full ids.
    :param labels: checked by `naming.check_label`.
    :param depends_on: full ids or labels.
    :param imports: further lines that the functions need, such as `from sqlalchemy.dialects import mysql`.
    :param op_import: `OURS` or `ALEMBICS`.
    :param upgrades: the source of the body of `upgrade()`, not indented; nothing to do if it is empty.
    :param downgrades: the same for `downgrade()`.
    :param bodies: both for each database by its name, empty for the default one, where they are not the same.
    """

    id: str
    message: str = ""
    parents: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    created: datetime = field(default_factory=now)
    imports: tuple[str, ...] = ()
    op_import: str = OURS
    upgrades: str = ""
    downgrades: str = ""
    bodies: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def render(new: Contents, template_folder: str, variables: Mapping[str, Any] | None = None) -> str:
    """Return the text of a revision file, from the project's template or ours.

    :param variables: what the project's template may use besides what there always is; with `databases`, our own
        one is that for several databases.
    :raises ConfigurationError: the template has a mistake, or would turn the message into code.
    """
    own = Path(template_folder, TEMPLATE)
    several = bool(variables and variables.get("databases"))
    path = own if own.is_file() else _MULTIDB if several else _PACKAGED
    template = _template(path)
    # Without the bodies, which may be long: what a message does around them it does with short ones, too.
    short = replace(new, upgrades="", downgrades="", bodies=dict.fromkeys(new.bodies, ("", "")))
    text = _fill(template, path, new, new.message, variables or {})
    said, harmless = (_fill(template, path, short, message, variables or {}) for message in (new.message, "message"))
    try:
        ast.parse(text.encode())
        same = _shape(said) == _shape(harmless)
    except (SyntaxError, ValueError):
        same = False
    if not same:
        raise ConfigurationError(
            f"With this message, {path} gives a file that is not Python, or that does something else.",
            "write {{ docstring }} in it, or {{ message }} in a docstring in triple quotes.",
        )
    return text


def _template(path: Path) -> Template:
    # Here, since a command that writes nothing needs no Jinja.
    from jinja2 import Environment, StrictUndefined, TemplateError

    environment = Environment(
        keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    environment.filters["literal"] = literal
    try:
        return environment.from_string(path.read_text(encoding="utf-8"))
    except (TemplateError, OSError, UnicodeDecodeError) as error:
        raise _template_error(path, error) from error


def _fill(template: Template, path: Path, new: Contents, message: str, variables: Mapping[str, Any]) -> str:
    parents, labels, depends_on = (_scalar(each) for each in (new.parents, new.labels, new.depends_on))
    try:
        text = template.render(
            dict(variables),
            docstring=_docstring(new, message),
            message=_inside_quotes(clean_message(message)),
            header=_header(new),
            revision=new.id,
            up_revision=new.id,
            down_revision=parents,
            branch_labels=labels,
            depends_on=depends_on,
            create_date=new.created.replace(tzinfo=None),
            op_import=new.op_import,
            imports=sorted({_SQLALCHEMY, new.op_import, *new.imports}, key=_import_order),
            upgrades=_body(new.upgrades),
            downgrades=_body(new.downgrades),
            bodies={
                name: new.bodies.get(name, ("", "") if new.bodies else (new.upgrades, new.downgrades))
                for name in variables.get("databases", ())
            },
            body=_body,
        )
    except Exception as error:  # whatever the project's template does
        raise _template_error(path, error) from error
    return text if text.endswith("\n") else text + "\n"


def _template_error(path: Path, error: Exception) -> ConfigurationError:
    line = getattr(error, "lineno", None)
    where = f", line {line}," if line else ""
    said = str(error).rstrip(".")
    return ConfigurationError(
        f"The template {path}{where} cannot be used: {said}.", "correct it, or remove it to use ours."
    )


def _docstring(new: Contents, message: str) -> str:
    text = (
        f"{clean_message(message)}\n\nRevision ID: {new.id}\nRevises: {', '.join(new.parents)}\n"
        f"Create Date: {new.created.replace(tzinfo=None, microsecond=0)}"
    )
    return f'"""{_inside_quotes(clean_message(text))}\n\n"""'


def _inside_quotes(text: str) -> str:
    """Return a text as it can stand in a docstring, in either kind of quotes."""
    return _CLOSING.sub(lambda found: "".join("\\" + each for each in found[0]), text.replace("\\", r"\\"))


_CLOSING = re.compile(r"""\A["']|["']\Z|\"{3}|'{3}""")


def _header(new: Contents) -> str:
    optional = "str | tuple[str, ...] | None"
    values = (new.id, _scalar(new.parents), _scalar(new.labels), _scalar(new.depends_on))
    types = ("str", optional, optional, optional)
    return "\n".join(
        _assignment(f"{name}: {kind}", value) for name, kind, value in zip(NAMES, types, values, strict=True)
    )


def _scalar(ids: tuple[str, ...]) -> str | tuple[str, ...] | None:
    return ids[0] if len(ids) == 1 else ids or None


def _assignment(left: str, value: str | tuple[str, ...] | None) -> str:
    """Return an assignment with the line breaks that ruff and black would make."""
    line = f"{left} = {literal(value)}"
    if len(line) <= _WIDTH:
        return line
    if isinstance(value, tuple):
        return "\n".join([f"{left} = (", *(f"    {literal(each)}," for each in value), ")"])
    inner = f"    {literal(value)}"
    return f"{left} = (\n{inner}\n)" if len(inner) <= _WIDTH else line


def literal(value: str | tuple[str, ...] | None) -> str:
    """Return the Python source of a value, in double quotes where that needs no escapes."""
    if isinstance(value, tuple):
        return f"({', '.join(map(literal, value))}{',' if len(value) == 1 else ''})"
    return layout.literal(value)


def _import_order(line: str) -> tuple[bool, str]:
    return (line.startswith("from "), line.lower())


def _body(source: str) -> str:
    """Return the source of a function's body, indented, but for lines that are inside of a text."""
    lines = source.strip("\n").split("\n") if source.strip() else ["pass"]
    kept = _lines_inside_texts("\n".join(lines))
    return "\n".join(
        line if number in kept or not line.strip() else f"    {line}" for number, line in enumerate(lines, 1)
    )


def _lines_inside_texts(source: str) -> frozenset[int]:
    if '"""' not in source and "'''" not in source:
        return frozenset()
    texts = ("STRING", "FSTRING_MIDDLE")
    tokens = tokenize.generate_tokens(io.StringIO(source + "\n").readline)
    spans = ((each.start[0], each.end[0]) for each in tokens if tokenize.tok_name[each.type] in texts)
    return frozenset(line for first, last in spans for line in range(first + 1, last + 1))


def _shape(text: str) -> str:
    """Return what a file does, whatever its texts say."""
    tree = ast.parse(text.encode())
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)
