"""The reference names every command, option, setting, operation and error, and none that does not exist."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest
from flask_revisions import Revisions, context, errors, op
from flask_revisions.cli.group import RevisionsGroup
from flask_revisions.compat import alembic_modules
from flask_revisions.config import COMPARISON_KEYWORDS, Settings, setting_fields

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = [*sorted(DOCS.rglob("*.md")), *sorted(ROOT.glob("*.md")), ROOT / "example_app" / "README.md"]
GROUP = RevisionsGroup()
CONTEXT = click.Context(GROUP, info_name="db")
COMMANDS = {name: GROUP.get_command(CONTEXT, name) for name in GROUP.list_commands(CONTEXT)}


def reference(name: str) -> str:
    return (DOCS / "reference" / f"{name}.md").read_text("utf-8")


def sections(text: str, level: int = 2) -> dict[str, str]:
    """Each heading of a level -> what stands below it."""
    parts = re.split(rf"^{'#' * level} (.+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def table_rows(text: str) -> Iterator[list[str]]:
    """The cells of each row of each table."""
    for line in text.splitlines():
        if line.startswith("|") and not line.startswith("|---"):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


# -- commands -----------------------------------------------------------------------------------------


def documented_options(section: str) -> set[str]:
    return {option.split()[0] for row in table_rows(section) for option in code(row[0])}


def options_of(command: click.Command) -> set[str]:
    found = [each for each in command.get_params(CONTEXT) if isinstance(each, click.Option)]
    return {word for each in found for word in (*each.opts, *each.secondary_opts)}


def test_every_command_has_its_section_and_no_other() -> None:
    titles = [title for title in sections(reference("commands")) if title.startswith("`")]
    assert sorted(titles) == sorted(f"`flask db {name}`" for name in COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_and_argument_of_a_command_is_documented(name: str) -> None:
    command = COMMANDS[name]
    assert command is not None
    pages = sections(reference("commands"))
    common = documented_options(pages["Options of every command"])
    section = pages[f"`flask db {name}`"]
    assert documented_options(section) | common == options_of(command)
    usage = " ".join(["flask db", name, *command.collect_usage_pieces(CONTEXT)])
    assert f"\n    {usage}\n" in section


def test_every_option_of_the_group_is_documented() -> None:
    documented = documented_options(sections(reference("commands"))["Options of the group"])
    assert documented | {"--help"} == options_of(GROUP)


def lines_of_consoles(page: Path) -> Iterator[list[str]]:
    """The words of each `$ flask ... db` line."""
    for line in re.findall(r"^ *\$ (flask .*)$", page.read_text("utf-8"), flags=re.MULTILINE):
        yield re.sub(r"'[^']*'|\"[^\"]*\"", "TEXT", re.split(" [>|] ", line)[0]).split()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_examples_exist(page: Path) -> None:
    for words in lines_of_consoles(page):
        name, *rest = words[words.index("db") + 1 :]
        command = COMMANDS.get(name)
        assert command is not None, f"{page.name}: {' '.join(words)}"
        known = options_of(command)
        unknown = [word for word in rest if re.match(r"--?[a-z]", word) and word not in known]
        assert not unknown, f"{page.name}: {' '.join(words)}"


# -- settings -----------------------------------------------------------------------------------------


def test_every_setting_is_documented_with_its_default() -> None:
    rows = [row for row in table_rows(reference("settings")) if row[0].startswith("`REVISIONS_")]
    documented = {code(row[0])[0]: (code(row[1])[0], ast.literal_eval(code(row[2])[0])) for row in rows}
    defaults = Settings()
    names = [each.name for each in setting_fields()]
    assert documented == {f"REVISIONS_{name.upper()}": (name, getattr(defaults, name)) for name in names}


def test_every_keyword_of_the_comparison_is_documented() -> None:
    section = sections(reference("settings"))["Keywords of the comparison"]
    assert {word for row in table_rows(section) for word in code(row[0])} == COMPARISON_KEYWORDS


def test_settings_that_pages_mention_exist() -> None:
    known = {f"REVISIONS_{each.name.upper()}" for each in setting_fields()}
    for page in PAGES:
        mentioned = set(re.findall(r"\bREVISIONS_[A-Z_]+\b", page.read_text("utf-8")))
        assert mentioned <= known, page.name


# -- operations ---------------------------------------------------------------------------------------


def call_of(name: str, function: Callable[..., Any], *, method: bool = False) -> str:
    """How a function is called, without types: `op.drop_table(table_name, *, schema=None)`."""
    plain = []
    for each in list(inspect.signature(function).parameters.values())[method:]:
        default = {} if isinstance(each.default, Mapping) else each.default
        plain.append(each.replace(annotation=inspect.Parameter.empty, default=default))
    return f"{name}{inspect.Signature(plain)}"


def calls_in(text: str, prefix: str) -> set[str]:
    """The lines that say how a function is called."""
    blocks = re.findall(r"^```text\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    return {line for block in blocks for line in block.splitlines() if line.startswith(f"{prefix}.")}


@pytest.mark.parametrize("name", op.__all__)
def test_every_operation_is_documented_with_its_arguments(name: str) -> None:
    section = sections(reference("operations"), level=3)[name]
    function = getattr(op, name)
    if inspect.isfunction(function):
        assert call_of(f"op.{name}", function) in calls_in(section, "op")


def test_no_other_operation_is_documented() -> None:
    assert sorted(sections(reference("operations"), level=3)) == sorted(op.__all__)


def test_every_method_of_a_batch_is_documented_with_its_arguments() -> None:
    section = sections(reference("operations"), level=3)["BatchOperations"]
    public = {name: each for name, each in vars(op.BatchOperations).items() if not name.startswith("_")}
    assert set(re.findall(r"\bbatch\.(\w+)", section)) == set(public)
    taken = {name: each for name, each in public.items() if name not in ("create_table", "drop_table")}
    functions = {name: each for name, each in taken.items() if inspect.isfunction(each)}
    calls = {call_of(f"batch.{name}", each, method=True) for name, each in functions.items()}
    assert calls_in(section, "batch") == calls


def test_every_function_of_context_is_documented() -> None:
    section = sections(reference("scripts"))["What a script may ask"]
    documented = {re.split(r"\W", code(row[0])[0])[1] for row in table_rows(section) if code(row[0])}
    assert documented == set(context.__all__)


def test_every_module_that_is_answered_for_alembic_is_documented() -> None:
    section = sections(reference("scripts"))["What is answered for Alembic"]
    documented = {word for row in table_rows(section) for word in code(row[0])}
    assert documented == set(alembic_modules())


def test_every_method_of_the_extension_is_documented() -> None:
    calls = [code(row[0])[0] for row in table_rows(reference("python")) if code(row[0])]
    documented = {call.partition("(")[0] for call in calls}
    assert documented == {name for name in dir(Revisions) if not name.startswith("_")}


# -- errors -------------------------------------------------------------------------------------------


def test_every_error_is_documented_with_its_exit_code() -> None:
    rows = [row for row in table_rows(reference("errors")) if len(row) == 4 and code(row[0])]
    documented = {code(row[0])[0]: int(row[1]) for row in rows}
    classes = [each for each in vars(errors).values() if isinstance(each, type)]
    ours = [each for each in classes if issubclass(each, errors.RevisionsError)]
    assert documented == {each.__name__: each.exit_code for each in ours}


def test_every_exit_code_is_documented() -> None:
    rows = list(table_rows(sections(reference("errors"))["Exit codes"]))[1:]
    codes = {value for name, value in vars(errors).items() if name.isupper() and isinstance(value, int)}
    assert {int(row[0]) for row in rows} == codes


# -- links --------------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """What headings are called in links, on GitHub and by MyST."""
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_something(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(found), f"{page.name}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_are_named_exist(page: Path) -> None:
    named = re.findall(r"`((?:flask_revisions|example_app|tests|docs)/[\w./-]+)`", page.read_text("utf-8"))
    assert not [each for each in named if not (ROOT / each).exists()]


def test_every_page_is_in_the_table_of_contents() -> None:
    listed = re.findall(r"^[a-z][\w/-]*$", (DOCS / "index.md").read_text("utf-8"), flags=re.MULTILINE)
    pages = {str(page.relative_to(DOCS).with_suffix("")) for page in DOCS.rglob("*.md")}
    assert set(listed) == pages - {"index"}
