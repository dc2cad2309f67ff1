"""Revision files that cannot be used: the file, the line and the cure are named, and nothing is recorded."""

from __future__ import annotations

import pytest

from ..projects import Project
from .errors import two_lines

HEADER = '"""m"""\nfrom flask_revisions import op\nrevision = "bbbb2222"\ndown_revision = "aaaa1111"\n'
WHOLE = HEADER + "def upgrade(): pass\ndef downgrade(): pass\n"
UNWRAPPED = "def keep(f):\n    def inner(*a, **k): return f(*a, **k)\n    return inner\n"
WRAPPED = "import functools\n" + UNWRAPPED.replace("    def inner", "    @functools.wraps(f)\n    def inner")

LOADED = {
    "syntax": (HEADER + "def upgrade(:\n", "line 5, is not Python"),
    "no upgrade": (HEADER + "def downgrade(): pass\n", "has no function 'upgrade'"),
    "upgrade is a number": (HEADER + "upgrade = 3\n", "'upgrade' is int"),
    "coroutine": (HEADER + "async def upgrade(): pass\n", "a coroutine function"),
    "generator": (HEADER + "def upgrade():\n    yield\n", "a generator function"),
    "asynchronous generator": (HEADER + "async def upgrade():\n    yield\n", "an asynchronous generator"),
    "decorated coroutine": (HEADER + WRAPPED + "@keep\nasync def upgrade(): pass\n", "coroutine"),
    "hidden coroutine": (HEADER + UNWRAPPED + "@keep\nasync def upgrade(): pass\n", "asynchronous"),
    "hidden generator": (HEADER + UNWRAPPED + "@keep\ndef upgrade(): yield\n", "generator"),
    "exit at import": (HEADER + "import sys\nsys.exit(0)\n", "line 6, ends the process (sys.exit)"),
    "error at import": (HEADER + "import nosuchmodule\n", "No module named 'nosuchmodule'"),
    "exit": (HEADER + "import sys\ndef upgrade(): sys.exit(0)\n", "it calls sys.exit(0)"),
    "error without text": (HEADER + "def upgrade(): raise ValueError\n", "bbbb2222.py:5"),
    "error with empty text": (HEADER + "def upgrade(): raise ValueError('')\n", "ValueError"),
    "error with lines": (HEADER + "def upgrade(): raise ValueError('one\\ntwo')\n", "ValueError: one two"),
    "long error": (HEADER + "def upgrade(): raise ValueError('x' * 10_000)\n", "bbbb2222.py:5"),
    "base exception": (HEADER + "def upgrade(): raise BaseException('b')\n", "BaseException: b"),
    "exit of click": (HEADER + "import click\ndef upgrade(): raise click.exceptions.Exit(0)\n", "Exit"),
    "abort of click": (HEADER + "import click\ndef upgrade(): raise click.Abort\n", "Abort"),
    "recursion": (HEADER + "def upgrade(): upgrade()\n", "RecursionError"),
    "SQL": (HEADER + "def upgrade(): op.execute('SELEC 1')\n", "op.execute('SELEC 1')"),
    "parameter": (HEADER + "def upgrade(engine): pass\n", "'engine'"),
}


@pytest.mark.parametrize("case", LOADED)
def test_a_script_that_cannot_run(project: Project, case: str) -> None:
    source, says = LOADED[case]
    path = project.table("aaaa1111").with_name("bbbb2222.py")
    path.write_text(source)
    message, _ = two_lines(project.cli("upgrade"), 1)
    assert "bbbb2222.py" in message and says in message
    assert project.applied() == {"aaaa1111"}, "what came before stays, this one is not recorded"
    assert project.cli("heads").out == "bbbb2222 (head)\n", "what only reads headers goes on working"


READ = {
    "number as id": (WHOLE.replace('"bbbb2222"', "1"), "line 3, has revision = 1"),
    "empty id": (WHOLE.replace('"bbbb2222"', '""'), "line 3, has revision = ''"),
    "None as id": (WHOLE.replace('"bbbb2222"', "None"), "line 3, has revision = None"),
    "number as parent": (WHOLE.replace('"aaaa1111"', "5"), "line 4, has down_revision = 5"),
    "dictionary as parent": (WHOLE.replace('"aaaa1111"', "{'a': 1}"), "has down_revision = {'a': 1}"),
    "number as label": (WHOLE + "branch_labels = 5\n", "has branch_labels = 5"),
    "error in the header": (WHOLE.replace('"bbbb2222"', "nosuch"), "name 'nosuch' is not defined"),
    "other encoding": (WHOLE.encode() + b"# \xff\xfe\n", "line 7, has bytes that are not utf-8"),
    "null bytes": (WHOLE.encode() + b"\x00", "is not Python"),
    "nothing": ("", "has no 'down_revision'"),
    "no revision": ("VALUE = 1\n", "has no 'down_revision'"),
}


@pytest.mark.parametrize("case", READ)
@pytest.mark.parametrize("command", ["upgrade", "heads"])
def test_a_header_that_cannot_be_read(project: Project, case: str, command: str) -> None:
    source, says = READ[case]
    path = project.table("aaaa1111").with_name("bbbb2222.py")
    path.write_bytes(source.encode() if isinstance(source, str) else source)
    message, _ = two_lines(project.cli(command), 1)
    assert "bbbb2222.py" in message and says in message
    assert project.applied() == set()


GRAPHS = {
    "one id twice": ("", "aaaa1111", None, None, ["Two files", "aaaa1111.py", "other.py"]),
    "its own parent": ("", "cccc3333", "cccc3333", None, ["'cccc3333'", "itself as its parent"]),
    "depends on itself": ("", "cccc3333", None, "cccc3333", ["'cccc3333'", "itself as what it depends on"]),
    "no parent": ("", "cccc3333", "zzzz9999", None, ["'cccc3333'", "after 'zzzz9999'"]),
    "no dependency": ("", "cccc3333", None, "zzzz9999", ["'cccc3333'", "depends on 'zzzz9999'"]),
    "a circle": ("cccc3333", "cccc3333", "bbbb2222", None, ["'bbbb2222'", "'cccc3333'", "'aaaa1111'"]),
}


@pytest.mark.parametrize("case", GRAPHS)
@pytest.mark.parametrize("command", ["upgrade", "heads", "current", "revision"])
def test_files_that_make_no_graph(pair: Project, case: str, command: str) -> None:
    below_first, id, down, depends, says = GRAPHS[case]
    if below_first:
        pair.table("aaaa1111", below_first)
    other = pair.script(id + "_", down, depends=depends).rename(pair.versions / "other.py")
    other.write_text(other.read_text().replace(f"{id}_", id))
    message, _ = two_lines(pair.cli(command), 1)
    assert all(each in message for each in says), message
    assert pair.applied() == set() and len(list(pair.versions.glob("*.py"))) == 3


def test_a_missing_downgrade_names_two_ways_out(project: Project) -> None:
    project.script("aaaa1111", None, 'op.execute("SELECT 1")', back=None)
    assert project.cli("upgrade").code == 0
    message, hint = two_lines(project.cli("downgrade"), 1)
    assert "aaaa1111 has no downgrade()" in message and "aaaa1111.py" in hint and "flask db stamp" in hint
    assert project.applied() == {"aaaa1111"}


def test_the_traceback_is_shown_when_it_is_asked_for(project: Project) -> None:
    project.script("aaaa1111", None, "raise ValueError('the reason')")
    for result in (project.cli("upgrade", "--traceback"), project.cli("--traceback", "upgrade")):
        lines = result.err.splitlines()
        assert result.code == 1 and lines[0].startswith("Traceback")
        assert any("aaaa1111.py" in line for line in lines) and any("the reason" in line for line in lines)
        assert lines[-2].startswith("Error: ") and lines[-1].startswith("Hint: ")


@pytest.mark.parametrize("kind", ["mariadb"])
def test_a_text_without_a_length_where_there_has_to_be_one(project: Project) -> None:
    project.script("aaaa1111", None, "op.create_table('t', sa.Column('x', sa.String))")
    message, hint = two_lines(project.cli("upgrade"), 1)
    assert "VARCHAR requires a length" in message and "sa.String(80)" in hint
