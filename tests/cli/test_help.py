"""`--help` of each command has an example, and no text of the package names a command that there is not."""

from __future__ import annotations

import re
from importlib.metadata import metadata
from pathlib import Path

import flask_revisions
import pytest
from flask_revisions.cli.group import COMMANDS, OTHERS

from ..projects import Project

OPTIONS = {
    "init": "--multidb --package --template --head-file",
    "revision": "--message --head --splice --branch-label --version-path --rev-id --depends-on",
    "edit": "",
    "list-templates": "--json",
    "ensure-version": "--sql",
    "migrate": "--message --head --splice --branch-label --version-path --rev-id --depends-on --dry-run "
    "--rename --no-rename --backfill",
    "check": "--verbose --json",
    "merge": "--message --branch-label --rev-id --splice",
    "upgrade": "--sql --plan --dry-run --json --confirm --tag --x-arg",
    "downgrade": "--from-log --sql --plan --dry-run --json --confirm --tag --x-arg",
    "stamp": "--sql --tag --purge",
    "release": "--wait --json --confirm --x-arg",
    "status": "--json",
    "current": "--verbose --check-heads --json",
    "heads": "--verbose --resolve-dependencies --json",
    "branches": "--verbose --json",
    "history": "--rev-range --verbose --indicate-current --json",
    "show": "--source --no-source --stored --json",
    "log": "--limit --json",
    "journal": "--forget --done --again --json",
    "eject": "--dry-run",
    "doctor": "--json",
    "rebase": "--onto --dry-run",
    "graph": "--rev-range --format --output --all",
    "diagram": "--change --table --format --output",
}
SHORT = (
    "d directory, q quiet, m message, x x-arg, v verbose, r rev-range, i indicate-current, c check-heads, "
    "t template, n limit"
)
PACKAGE = Path(flask_revisions.__file__).parent


def test_every_command_is_known_here() -> None:
    assert set(OPTIONS) == set(COMMANDS)


@pytest.mark.parametrize("command", OPTIONS)
def test_help_has_every_option_and_an_example(project: Project, command: str) -> None:
    result = project.cli(command, "--help")
    shown = set(re.findall(r"--[a-z][a-z-]+", result.out.partition("Options:")[2]))
    assert shown >= {*OPTIONS[command].split(), "--directory", "--quiet", "--traceback", "--help"}
    for short, long in (each.split() for each in SHORT.split(",")):
        assert f"--{long}" not in shown or f"-{short}, --{long}" in result.out
    assert re.search(rf"Examples?:\n +flask db {command}", result.out)
    assert all(len(line) <= 80 for line in result.out.splitlines())
    assert (result.code, result.err) == (0, "")


def test_help_of_the_group_lists_its_commands_and_a_first_session(project: Project) -> None:
    shown = project.cli("--help").out
    sections = re.findall(r"^([A-Z][a-z ]+):\n((?:  [a-z-]+  +[A-Z].*\.\n)+)", shown, re.MULTILINE)
    listed = {title: re.findall(r"^  ([a-z-]+)", text, re.MULTILINE) for title, text in sections}
    assert sorted(name for names in listed.values() for name in names) == sorted(COMMANDS)
    assert listed["Change databases"][:2] == ["upgrade", "downgrade"] and "history" in listed["Look"]
    assert OTHERS not in listed
    session = re.findall(r"^  +flask db (\w+) .*", shown, re.MULTILINE)
    assert session == ["init", "migrate", "upgrade", "downgrade"]
    assert {"--directory", "--x-arg", "--quiet", "--traceback", "--version"} <= set(re.findall(r"--[a-z-]+", shown))
    alone = project.cli()
    assert "Change databases:" in alone.out + alone.err


def test_help_of_the_group_says_where_the_documentation_is(project: Project) -> None:
    said = project.cli("--help").out.splitlines()[-1]
    assert re.fullmatch(r"Documentation: https://\S+", said) or not metadata("flask-revisions").get_all("Project-URL")


def test_every_command_that_a_text_names_is_there() -> None:
    named = {
        (path.name, word)
        for path in PACKAGE.rglob("*.py")
        for word in re.findall(r"flask db ([a-z][a-z-]*)", path.read_text("utf-8"))
    }
    assert {word for _, word in named} - set(COMMANDS) == set()


def test_a_project_may_add_commands(project: Project) -> None:
    import click

    app = project.app()
    group = app.cli.commands["db"]
    assert isinstance(group, click.Group)
    group.add_command(click.Command("seed", callback=lambda: click.echo("sown"), short_help="Sow."))
    assert project.cli("seed", app=app).out == "sown\n"
    assert f"{OTHERS}:\n  seed " in project.cli("--help", app=app).out
