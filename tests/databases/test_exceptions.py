"""What comes out of a script: one error that says where and why; Ctrl-C goes on as it is; nothing half-recorded."""

from __future__ import annotations

import pytest
from flask_revisions.errors import ScriptFailed

from ..projects import Project

RAISES = {
    "raise ValueError('two\\nlines')": (12, "ValueError: two lines"),
    "raise KeyError('x')": (12, "KeyError: 'x'"),
    "raise MemoryError": (12, "MemoryError."),
    "assert 1 == 2": (12, "AssertionError."),
    "def again(): again()\nagain()": (12, "RecursionError: maximum recursion depth exceeded"),
    "class Mute(Exception):\n    def __str__(self): raise RuntimeError\nraise Mute": (14, "Mute."),
    "class Mute(Exception):\n    def __str__(self): return 7\nraise Mute": (14, "Mute."),
    "import sys\nsys.exit(0)": (13, "it calls sys.exit(0)."),
    "raise SystemExit": (12, "it calls sys.exit()."),
    "import asyncio\nraise asyncio.CancelledError": (13, "CancelledError."),
    "nosuch()": (12, "NameError: name 'nosuch' is not defined"),
    "import nosuch": (12, "ModuleNotFoundError: No module named 'nosuch'"),
    "next(iter(()))": (12, "StopIteration."),
    "op.get_bind().execute(sa.text('SELECT :x'))": (12, "StatementError: "),
}

WORDS = {
    "sqlite": "no such table: nosuch",
    "postgresql": 'relation "nosuch" does not exist',
    "mariadb": "nosuch' doesn't exist",
}


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("body", RAISES)
def test_it_says_where_and_why_in_one_line(project: Project, body: str) -> None:
    line, words = RAISES[body]
    project.table("a1")
    project.script("b2", "a1", body)
    with pytest.raises(ScriptFailed) as caught:
        project.revisions().upgrade()
    message = caught.value.message
    assert message.startswith(f"Upgrade of b2 failed at migrations/versions/b2.py:{line}, ") and words in message
    assert "\n" not in message + caught.value.hint
    assert (caught.value.revision, caught.value.line) == ("b2", line) and caught.value.path.endswith("b2.py")
    assert caught.value.hint.startswith("nothing of this revision was applied; change the file and run")
    assert project.applied() == {"a1"}


def test_the_words_of_the_database(project: Project, kind: str) -> None:
    project.script("a1", None, "pass", 'op.execute(\n    "DELETE FROM nosuch"\n)')
    revisions = project.revisions()
    revisions.upgrade()
    with pytest.raises(ScriptFailed) as caught:
        revisions.downgrade("base")
    message = caught.value.message
    assert message.startswith("Downgrade of a1 failed at migrations/versions/a1.py:16, op.execute: ")
    assert WORDS[kind] in message and "sqlalche.me" not in message and "\n" not in message
    assert caught.value.statement == "DELETE FROM nosuch" and "flask db downgrade" in caught.value.hint
    assert project.applied() == {"a1"}


def test_an_error_in_a_helper_names_the_line_of_the_script(project: Project) -> None:
    (project.folder / "helping.py").write_text("def help():\n    raise ValueError('in the helper')\n")
    path = f"import sys\nsys.path.insert(0, {str(project.folder)!r})\nimport helping\nsys.path.pop(0)\n"
    project.script("a1", None, path + "helping.help()")
    with pytest.raises(ScriptFailed, match=r"a1.py:16, helping.help\(\): ValueError: in the helper"):
        project.revisions().upgrade()


def test_ctrl_c_passes_through_and_the_step_is_rolled_back(project: Project, kind: str) -> None:
    project.table("a1")
    row = 'op.execute("INSERT INTO t_a1 (id) VALUES (1)")\n'
    project.script("b2", "a1", row + "raise KeyboardInterrupt")
    project.script("c3", "a1", row + "with op.get_context().autocommit_block():\n    raise KeyboardInterrupt")
    revisions = project.revisions()
    revisions.upgrade("a1")
    with pytest.raises(KeyboardInterrupt):
        revisions.upgrade("b2")
    assert project.applied() == {"a1"} and project.query("SELECT count(*) FROM t_a1") == [(0,)]
    with pytest.raises(KeyboardInterrupt):
        revisions.upgrade("c3")
    assert project.applied() == {"a1"} and project.query("SELECT count(*) FROM t_a1") == [(1,)]
    project.script("b2", "a1")
    assert len(revisions.upgrade("b2")) == 1


def test_what_has_stayed_is_said(project: Project, kind: str) -> None:
    project.script("a1", None, 'op.create_table("x", sa.Column("id", sa.Integer))\nraise ValueError')
    with pytest.raises(ScriptFailed) as caught:
        project.revisions().upgrade()
    stayed = "what it did up to its last statement that commits by itself has stayed, and is not done again"
    assert (stayed if kind == "mariadb" else "nothing of this revision was applied") in caught.value.hint
    assert project.tables() == ({"x"} if kind == "mariadb" else set())


@pytest.mark.parametrize("kind", ["postgresql"])
def test_statements_that_cannot_be_in_a_transaction_leave_it(project: Project) -> None:
    project.table("a1")
    project.script("b2", "a1", 'op.execute("CREATE INDEX CONCURRENTLY i ON t_a1 (n)")')
    assert len(project.revisions().upgrade()) == 2
    assert project.query("SELECT count(*) FROM pg_indexes WHERE indexname = 'i'") == [(1,)]


def test_no_traceback_on_the_command_line(project: Project, kind: str) -> None:
    project.script("a1", None, 'op.execute("DELETE FROM nosuch")')
    result = project.flask("upgrade", check=False)
    first, second = result.err.strip().splitlines()
    assert result.code == 1 and first.startswith("Error: Upgrade of a1 failed at") and second.startswith("Hint: ")
    assert WORDS[kind] in first


@pytest.mark.parametrize("kind", ["sqlite"])
def test_what_the_database_lacks_is_no_reason_to_change_the_file(project: Project) -> None:
    project.table("a1")
    project.revisions().upgrade()
    pages = project.query("PRAGMA page_count")[0][0]
    full = f"op.execute('PRAGMA max_page_count = {pages}')\nop.execute('CREATE TABLE more AS SELECT 1 AS n')"
    project.script("b2", "a1", full)
    with pytest.raises(ScriptFailed, match="is full") as caught:
        project.revisions().upgrade()
    assert "free some space" in caught.value.hint and "change the file" not in caught.value.hint
    project.script("b2", "a1", "op.execute('CREATE TABLE more AS SELECT 1 AS n')")
    only_read = f"file:{project.engine.url.database}?mode=ro&uri=true"
    with pytest.raises(ScriptFailed, match="readonly") as caught:
        project.revisions({"SQLALCHEMY_DATABASE_URI": f"sqlite:///{only_read}"}).upgrade()
    assert "let this user write" in caught.value.hint and project.applied() == {"a1"}


@pytest.mark.parametrize("name", ["password", "readonly", "permission denied"])
def test_words_of_a_scripts_own_tables_are_no_words_of_the_database(project: Project, kind: str, name: str) -> None:
    quote = "`" if kind == "mariadb" else '"'
    project.script("a1", None, f"op.execute('SELECT x FROM {quote}{name}{quote}')")
    with pytest.raises(ScriptFailed, match=name) as caught:
        project.revisions().upgrade()
    assert "change the file" in caught.value.hint
