"""Messages, ids and labels stay what they are: never code, nor SQL, nor a path outside of the folder."""

from __future__ import annotations

import ast

import pytest

from ..projects import Project
from .errors import two_lines

MESSAGES = [
    '"""; open("pwned", "w").close() #',
    "'''; open('pwned', 'w').close() #",
    "quoted \"twice\" and 'once'",
    "two\nlines",
    "line\r\nends\ttabs",
    "../../../pwned",
    "/pwned",
    "C:\\x\\new\\u0041\\N{DASH}",
    "ends with \\",
    "100% %(rev)s {{ 7 * 7 }} {% raw %} ${message} {message}",
    "null\x00byte and \x1b[31mred\x1b[0m",
    "ünïcödé 你好 🎉",
    "\u202eright to left\u2066",
    "lone \udc80 surrogate",
    "x" * 500,
    "words " * 100,
    "; DROP TABLE alembic_version; --",
    "   ",
    "",
]


@pytest.mark.parametrize("message", MESSAGES, ids=range(len(MESSAGES)))
def test_a_message_is_a_message(pair: Project, message: str) -> None:
    written = pair.cli("revision", "-m", message)
    assert (written.code, written.err) == (0, "")
    new = [path for path in pair.versions.iterdir() if path.stem not in ("aaaa1111", "bbbb2222")]
    assert len(new) == 1 and len(new[0].name.encode()) < 256 and new[0].name.isprintable()
    source = new[0].read_text("utf-8")
    assert [type(each).__name__ for each in ast.parse(source).body].count("Expr") == 1, "the docstring alone"
    assert pair.cli("upgrade").code == 0 and pair.cli("downgrade", "base").code == 0
    assert pair.cli("history", "-v").code == 0
    assert not list(pair.folder.parent.rglob("pwned*"))


@pytest.mark.parametrize("message", MESSAGES, ids=range(len(MESSAGES)))
def test_a_message_is_one_line_of_the_history_and_rules_no_terminal(pair: Project, message: str) -> None:
    pair.cli("revision", "-m", message)
    lines = pair.cli("history").out.splitlines()
    assert len(lines) == 3 and all(line.isprintable() for line in lines)
    script = pair.cli("upgrade", "--sql").out
    comments = [line for line in script.splitlines() if line.startswith("-- Upgrade")]
    assert len(comments) == 3 and "DROP TABLE" not in "".join(set(script.splitlines()) - set(comments))


def test_a_message_is_no_template(pair: Project) -> None:
    pair.cli("revision", "-m", "{{ 7 * 7 }} {% raw %} ${message}")
    assert "{{ 7 * 7 }} {% raw %} ${message}\n" in pair.cli("history").out


IDS = [
    "../pwned",
    "/tmp/pwned",
    "a/b",
    "..",
    ".hidden",
    "a'b",
    'a"b',
    "a b",
    "a\nb",
    "a%b",
    "{{x}}",
    "a\x00b",
    "ünï",
    "\u202ea",
    "x" * 500,
    "",
    "base",
    "HEAD",
    "current",
    "a-b",
    "a+1",
    "a@b",
    "a:b",
    "AAAA1111",
    "bbbb2222",
]


@pytest.mark.parametrize("option", ["--rev-id", "--branch-label"])
@pytest.mark.parametrize("name", IDS, ids=range(len(IDS)))
def test_what_cannot_be_an_id_cannot_be_a_label_either(pair: Project, option: str, name: str) -> None:
    before = sorted(pair.folder.parent.rglob("*"))
    message, hint = two_lines(pair.cli("revision", option, name), 1)
    assert "revision id" in message or "branch label" in message
    assert "letters" in hint or "choose" in hint
    assert sorted(pair.folder.parent.rglob("*")) == before


def test_a_row_of_the_version_table_is_text(pair: Project) -> None:
    pair.cli("upgrade")
    evil = "x'); DROP TABLE t_aaaa1111; --\x1b[31m\n"
    with pair.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = ?", (evil,))
    result = pair.cli("current")
    assert result.out == "x'); DROP TABLE t_aaaa1111; -- [31m (no file has this id)\n"
    assert pair.cli("stamp", "--purge", "head").code == 0
    assert {"t_aaaa1111", "t_bbbb2222"} <= pair.tables() and pair.applied() == {"bbbb2222"}


def test_existing_ids_may_hold_anything(project: Project) -> None:
    odd = "it's 100% :odd; --"
    project.table("aaaa1111")
    path = project.script("odd", "aaaa1111")
    path.write_text(path.read_text().replace("revision = 'odd'", f"revision = {odd!r}"))
    for command in (["upgrade"], ["current"], ["downgrade"], ["upgrade", odd], ["stamp", odd]):
        assert project.cli(*command).code == 0, command
    assert project.applied() == {odd}
    assert "'it''s 100% :odd; --'" in project.cli("upgrade", "--sql").out.replace("%%", "%")


def test_values_for_scripts_are_texts(project: Project) -> None:
    project.script("aaaa1111", None, "from flask_revisions import context\nprint(repr(context.get_x_argument()))")
    evil = "a='; import os; os.system('touch pwned') #"
    assert repr([evil]) in project.cli("upgrade", "-x", evil).out
    assert not list(project.folder.rglob("pwned"))
