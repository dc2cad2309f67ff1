"""Sphinx directives that write the reference from the code: `{commands}`, `{settings}`, `{operations}`, `{errors}`.

They need no list of their own: what the package has is on the page, with the words of its docstrings.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import click
from docutils import nodes
from docutils.parsers.rst import Directive
from flask_revisions import errors, op
from flask_revisions.cli.group import RevisionsGroup
from flask_revisions.config import Settings, setting_fields
from sphinx.application import Sphinx


def _section(title: str, *content: nodes.Node, name: str = "") -> nodes.section:
    made = nodes.section(ids=[nodes.make_id(name or title)])
    made += nodes.title("", "", nodes.literal(text=title))
    made += list(content)
    return made


def _code(text: str, language: str = "text") -> nodes.literal_block:
    block = nodes.literal_block(text, text)
    block["language"] = language
    return block


def _paragraphs(doc: str | None) -> list[nodes.Node]:
    """The text of a docstring before its first field, as paragraphs; texts in backquotes as code."""
    text = inspect.cleandoc(doc or "").partition("\n:param")[0].partition("\n:raises")[0].partition("\n:return")[0]
    return [_paragraph(" ".join(each.split())) for each in text.split("\n\n") if each.strip()]


def _paragraph(text: str) -> nodes.paragraph:
    made = nodes.paragraph()
    for number, part in enumerate(text.split("`")):
        made += nodes.literal(text=part) if number % 2 else nodes.Text(part)
    return made


def _fields(doc: str | None) -> list[nodes.Node]:
    """The `:param` and `:raises` fields of a docstring, as a list."""
    items = nodes.bullet_list()
    for each in inspect.cleandoc(doc or "").split("\n:")[1:]:
        what, _, said = each.partition(": ")
        word = what.split()[-1].strip(":")
        item = nodes.paragraph("", "", nodes.literal(text=word))
        item += nodes.Text(" - " + " ".join(said.replace("`", "").split()))
        items += nodes.list_item("", item)
    return [items] if items.children else []


def _commands() -> Iterator[nodes.Node]:
    group = RevisionsGroup()
    top = click.Context(group, info_name="flask db")
    for name in group.list_commands(top):
        command = group.get_command(top, name)
        assert command is not None
        with click.Context(command, info_name=name, parent=top, max_content_width=100) as context:
            yield _section(f"flask db {name}", _code(command.get_help(context)), name=f"help-{name}")


def _settings() -> Iterator[nodes.Node]:
    defaults = Settings()
    for each in setting_fields():
        default = f"{each.name} = {getattr(defaults, each.name)!r}"
        title = f"REVISIONS_{each.name.upper()}"
        yield _section(title, _paragraph(each.metadata["doc"]), _code(default, "python"), name=f"setting-{each.name}")


def _operations() -> Iterator[nodes.Node]:
    for name in op.__all__:
        function = getattr(op, name)
        if inspect.isfunction(function):
            shown = _code(f"op.{name}{_signature(function)}", "text")
            parts = (shown, *_paragraphs(function.__doc__), *_fields(function.__doc__))
            yield _section(f"op.{name}", *parts, name=f"operation-{name}")


class _Annotation:
    """An annotation as it stands in the code, without the quotes that `inspect` would print."""

    def __init__(self, text: object) -> None:
        self.text = str(text)

    def __repr__(self) -> str:
        return self.text


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    found = inspect.signature(function)
    given = [
        each if each.annotation is each.empty else each.replace(annotation=_Annotation(each.annotation))
        for each in found.parameters.values()
    ]
    return inspect.Signature(given, return_annotation=_Annotation(found.return_annotation))


def _errors() -> Iterator[nodes.Node]:
    for name, each in vars(errors).items():
        if isinstance(each, type) and issubclass(each, errors.RevisionsError):
            above = nodes.paragraph(text=f"Exit code {each.exit_code}; a kind of ")
            above += nodes.literal(text=each.__bases__[0].__name__)
            parts = (*_paragraphs(each.__doc__), *_fields(each.__doc__), above)
            yield _section(name, *parts, name=f"error-{name}")


def _directive(write: Callable[[], Iterator[nodes.Node]]) -> type[Directive]:
    class Written(Directive):
        """Puts what a function writes where the directive stands."""

        def run(self) -> list[nodes.Node]:
            return list(write())

    return Written


def setup(app: Sphinx) -> dict[str, Any]:
    """Make the directives known to Sphinx."""
    for write in (_commands, _settings, _operations, _errors):
        app.add_directive(write.__name__.lstrip("_"), _directive(write))
    return {"parallel_read_safe": True}
