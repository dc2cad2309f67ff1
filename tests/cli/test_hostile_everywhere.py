"""Whatever a command is given, and however its files and its database look: two lines, and nothing is changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from ..projects import Project
from .errors import two_lines

VALUES = [
    "'; DROP TABLE t_aaaa1111; --",
    '" OR 1=1 --',
    "../../../../etc/passwd",
    "$(touch pwned)`touch pwned`",
    "{{ 7 * 7 }}{% raw %}${x}%(rev)s%s",
    "\x1b[31mred\x1b[0m\r\n\x07",
    "\u202ereversed ünïcödé 你好 \udc80",
    "x" * 5000,
    "@head:@base+1-1",
]
"""What nobody has for an identifier."""

TAKES_A_REVISION = [
    "upgrade",
    "upgrade --plan",
    "upgrade --dry-run",
    "upgrade --sql",
    "downgrade",
    "downgrade --plan",
    "stamp",
    "stamp --purge",
    "show",
    "show --stored",
    "diagram",
    "history -r",
    "merge head",
    "revision --head",
    "revision --depends-on",
    "revision --version-path",
]


def everything(project: Project) -> tuple[list[tuple[str, bytes]], list[tuple[str, str]]]:
    """All files and tables of a project, but for what Python and locks leave."""
    files = sorted(
        (str(path), path.read_bytes())
        for path in project.folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
    with sqlite3.connect(project.url.removeprefix("sqlite:///")) as connection:
        tables = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
        rows = connection.execute("SELECT 'row', version_num FROM alembic_version").fetchall()
    connection.close()
    return files, tables + rows


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
@pytest.mark.parametrize("command", TAKES_A_REVISION)
def test_an_identifier_that_is_none(pair: Project, command: str, value: str) -> None:
    pair.cli("upgrade", "aaaa1111")
    before = everything(pair)
    result = pair.cli(*command.split(), value)
    code = 2 if result.code == 2 else 1
    message, _ = two_lines(result, code)
    assert result.out == "" and "\x1b" not in message
    assert everything(pair) == before and not list(pair.folder.parent.rglob("pwned*"))


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_the_log_has_nothing_of_it(pair: Project, value: str) -> None:
    pair.cli("upgrade", "aaaa1111")
    before = everything(pair)
    result = pair.cli("log", value)
    assert (result.code, result.out) == (0, "") or two_lines(result, 1)
    assert everything(pair) == before and "Traceback" not in result.err and "\x1b" not in result.err


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
@pytest.mark.parametrize("option", ["--tag", "-x"])
def test_what_scripts_are_given_is_only_handed_on(pair: Project, option: str, value: str) -> None:
    result = pair.cli("upgrade", option, value)
    assert (result.code, result.err) == (0, "") and pair.applied() == {"bbbb2222"}
    assert not list(pair.folder.parent.rglob("pwned*"))


# -- what the files and the database look like --------------------------------------------------------------

LOOKS = ["status", "status --json", "upgrade --plan", "downgrade --plan", "upgrade --dry-run"]
WRITES = ["release", "release --json", "upgrade", "downgrade", "stamp"]


def garbage(project: Project) -> None:
    file_of(project).write_bytes(b"no database\n" * 500)


def a_folder(project: Project) -> None:
    file_of(project).unlink()
    file_of(project).mkdir()


def another_table(project: Project) -> None:
    project.send("DROP TABLE alembic_version", "CREATE TABLE alembic_version (something INTEGER)")


def no_folder(project: Project) -> None:
    project.versions.parent.rename(project.folder / "elsewhere")


def not_python(project: Project) -> None:
    (project.versions / "bbbb2222.py").write_text("this is not Python\n")


def no_parent(project: Project) -> None:
    project.table("cccc3333", "zzzz9999")


def twice(project: Project) -> None:
    path = project.versions / "bbbb2222.py"
    path.with_name("copy.py").write_text(path.read_text())


STATES: dict[str, tuple[Callable[[Project], None], int]] = {
    "a file that is no database": (garbage, 1),
    "a folder in place of the database": (a_folder, 8),
    "a version table that is none": (another_table, 1),
    "no folder of revisions": (no_folder, 1),
    "a file that is not Python": (not_python, 1),
    "a missing parent": (no_parent, 1),
    "one id twice": (twice, 1),
}


def file_of(project: Project) -> Path:
    return Path(project.url.removeprefix("sqlite:///"))


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("command", LOOKS + WRITES)
def test_files_and_databases_that_cannot_be_worked_with(pair: Project, command: str, state: str) -> None:
    make, code = STATES[state]
    pair.cli("upgrade", "aaaa1111")
    make(pair)
    before = sorted(path for path in pair.folder.rglob("*") if "__pycache__" not in path.parts)
    wait = ["--wait", "0"] if command.startswith("release") else []
    result = pair.cli(*command.split(), *wait)
    two_lines(result, code)
    assert sorted(path for path in pair.folder.rglob("*") if "__pycache__" not in path.parts) == before


@pytest.mark.parametrize(
    "command", ["release --wait x", "release --wait -1", "log -n 0", "log -n x", "status x", "release x"]
)
def test_numbers_and_words_that_do_not_belong(pair: Project, command: str) -> None:
    result = pair.cli(*command.split())
    assert result.code == 2 and result.err.splitlines()[-1].startswith("Error: ")


@pytest.mark.parametrize("command", LOOKS + WRITES)
@pytest.mark.parametrize("key", ["SQLALCHEMY_DATABASE_URI", "REVISIONS_DATABASE_URI"])
def test_no_password_in_what_they_print(pair: Project, command: str, key: str) -> None:
    secret = "s3cr@t/wört"
    url = "postgresql+psycopg://user:s3cr%40t%2Fw%C3%B6rt@127.0.0.1:1/nosuch"
    wait = ["--wait", "0"] if command.startswith("release") else []
    result = pair.cli(*command.split(), *wait, "--traceback", config={key: url})
    assert result.code == 8 and result.err.splitlines()[-2].startswith("Error: "), result
    for spelling in (secret, "s3cr%40t%2Fw%C3%B6rt", "s3cr"):
        assert spelling not in result.out + result.err
