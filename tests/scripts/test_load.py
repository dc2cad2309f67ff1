"""Loading one revision file."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask_revisions.errors import HeaderError, NotKnowable, RevisionsError, ScriptFailed, ScriptInvalid
from flask_revisions.graph.revision import Revision
from flask_revisions.operations.script import Script
from flask_revisions.scripts.load import header_reader, load_script
from flask_revisions.scripts.parse import parse_file

HEADER = 'revision = "a1"\ndown_revision = None\n'
MODULES = {"alembic": ModuleType("alembic")}


def load(folder: Path, text: str, name: str = "a1_users.py") -> Script:
    """Write a file with a header, read that, and load the file."""
    path = folder / name
    path.write_text(text if "revision =" in text else HEADER + text)
    return load_script(parse_file(str(path), header_reader(MODULES, [])), MODULES)


def refused(folder: Path, text: str) -> ScriptInvalid | ScriptFailed:
    with pytest.raises((ScriptInvalid, ScriptFailed)) as caught:
        load(folder, text)
    error = caught.value
    assert str(folder / "a1_users.py") in error.message and error.message.endswith(".") and error.hint
    assert error.path == str(folder / "a1_users.py")
    return error


def test_a_script_has_its_functions_and_its_source(tmp_path: Path) -> None:
    script = load(tmp_path, "def upgrade():\n    return 1\n\n\ndef downgrade():\n    return 2\n")
    assert script.downgrade is not None
    assert (script.revision, script.upgrade(), script.downgrade()) == ("a1", 1, 2)
    assert script.source == Path(script.path).read_text()


def test_downgrade_may_be_missing(tmp_path: Path) -> None:
    assert load(tmp_path, "def upgrade(): pass\n").downgrade is None
    assert load(tmp_path, "def upgrade(): pass\ndowngrade = None\n").downgrade is None


def test_a_script_knows_its_name_and_file_and_is_no_module_of_the_process(tmp_path: Path) -> None:
    before = set(sys.modules)
    script = load(tmp_path, "def upgrade(): return __name__, __file__\n", "047_a1-b.c.py")
    assert script.upgrade() == ("047_a1_b_c_py", str(tmp_path / "047_a1-b.c.py"))
    assert set(sys.modules) == before


def test_nothing_is_written(tmp_path: Path) -> None:
    load(tmp_path, "import json\ndef upgrade(): pass\n")
    assert [each.name for each in tmp_path.iterdir()] == ["a1_users.py"]


def test_two_loads_share_nothing(tmp_path: Path) -> None:
    text = "calls = []\ndef upgrade():\n    calls.append(1)\n    return len(calls)\n"
    assert load(tmp_path, text).upgrade() == 1
    assert load(tmp_path, text).upgrade() == 1


def test_functions_see_each_other_through_globals(tmp_path: Path) -> None:
    script = load(
        tmp_path,
        'def upgrade(engine_name):\n    return globals()["upgrade_" + engine_name]()\n'
        'def upgrade_users():\n    return "users"\n',
    )
    assert script.upgrade("users") == "users"


LOG = """\
import functools
def log(f):
    @functools.wraps(f)
    def call():
        return f()
    return call
"""
SYNC = """\
import asyncio, functools
def sync(f):
    @functools.wraps(f)
    def call():
        return asyncio.run(f())
    return call
"""
DRAIN = """\
import functools
def drain(f):
    @functools.wraps(f)
    def call():
        return sum(f())
    return call
"""
PLAIN = [
    "import functools\ndef up(x): return x\nupgrade = functools.partial(up, 7)\n",
    "class Up:\n    def __call__(self): return 7\nupgrade = Up()\n",
    "class Up:\n    @staticmethod\n    def up(): return 7\nupgrade = Up.up\n",
    "class Up:\n    def up(self): return 7\nupgrade = Up().up\n",
    "upgrade = lambda: 7\n",
    LOG + "@log\ndef upgrade(): return 7\n",
    SYNC + "@sync\nasync def upgrade(): return 7\n",
    DRAIN + "@drain\ndef upgrade():\n    yield 3\n    yield 4\n",
]


@pytest.mark.parametrize("text", PLAIN)
def test_whatever_can_be_called_and_done_with_is_an_upgrade(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, text).upgrade() == 7


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no function 'upgrade'"),
        ("upgrade = None\n", "has no function 'upgrade'"),
        ("upgrade = 3\n", "int, not a function"),
        ("import json as upgrade\n", "a module"),
        ("async def upgrade(): pass\n", "a coroutine function"),
        ("def upgrade():\n    yield\n", "a generator function"),
        ("async def upgrade():\n    yield\n", "an asynchronous generator function"),
        ("import functools\nasync def up(): pass\nupgrade = functools.partial(up)\n", "a coroutine function"),
        ("class Up:\n    async def __call__(self): pass\nupgrade = Up()\n", "a coroutine function"),
        ("class Up:\n    def up(self): yield\nupgrade = Up().up\n", "a generator function"),
        ("def upgrade(): pass\nasync def downgrade(): pass\n", "'downgrade' is a coroutine function"),
        ("def upgrade(): pass\ndowngrade = 'none'\n", "'downgrade' is str, not a function"),
    ],
)
def test_an_upgrade_that_would_run_nothing_is_refused(tmp_path: Path, text: str, said: str) -> None:
    error = refused(tmp_path, text)
    assert said in error.message and "def " in error.hint and error.revision == "a1"


@pytest.mark.parametrize(
    "text",
    [
        "import contextlib\n@contextlib.contextmanager\ndef upgrade():\n    yield\n",
        LOG + "@log\nasync def upgrade(): pass\n",
        LOG + "@log\ndef upgrade():\n    yield\n",
    ],
)
def test_a_decorator_that_runs_nothing_is_noticed_when_it_is_called(tmp_path: Path, text: str) -> None:
    upgrade = load(tmp_path, text).upgrade
    with pytest.raises(ScriptInvalid, match=r"'upgrade' gave back a \w+ and ran nothing"):
        upgrade()


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("def upgrade():\n    retrun 1\n", 4, "is not Python: "),
        ("x = 1\nimport nosuch_module\n", 4, "No module named 'nosuch_module' (import nosuch_module)"),
        ("def f():\n    return 1 / 0\nf()\n", 4, "ZeroDivisionError: division by zero (return 1 / 0)"),
        ("import sys\nsys.exit(0)\n", 4, "ends the process"),
        ("raise SystemExit\n", 3, "ends the process"),
        ("assert False\n", 3, "AssertionError (assert False)"),
        ("import json\njson.loads('{')\n", 4, "JSONDecodeError"),
    ],
)
def test_a_file_that_fails_is_named_with_line_and_text(tmp_path: Path, text: str, line: int, said: str) -> None:
    error = refused(tmp_path, text)
    assert f"a1_users.py, line {line}," in error.message and said in error.message


def test_an_error_of_ours_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(NotKnowable):
        load(tmp_path, "from flask_revisions.errors import NotKnowable\nraise NotKnowable('no database')\n")


def test_ctrl_c_while_a_script_is_imported_is_no_error_of_the_script(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        load(tmp_path, "raise KeyboardInterrupt\n")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("revision", 'revision = "a1"\ndown_revision = None\nglobals()["revision"] = "b2"\n'),
        ("down_revision", 'revision = "a1"\ndown_revision = None\nglobals()["down_revision"] = "b2"\n'),
        ("branch_labels", 'revision = "a1"\ndown_revision = None\nglobals().update(branch_labels="x")\n'),
        ("depends_on", 'revision = "a1"\ndown_revision = None\nexec("depends_on = \'x\'")\n'),
    ],
)
def test_a_header_that_changes_when_it_is_run_is_refused(tmp_path: Path, name: str, text: str) -> None:
    error = refused(tmp_path, text + "def upgrade(): pass\n")
    assert f"has {name} = " in error.message and "when it is run" in error.message


def test_a_header_that_is_computed_is_read_and_loaded(tmp_path: Path) -> None:
    text = 'parts = ["a", "1"]\nrevision = "".join(parts)\ndown_revision = None\ndef upgrade(): pass\n'
    assert load(tmp_path, text).revision == "a1"


def test_a_computed_header_of_a_wrong_type_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HeaderError, match="has revision = 3"):
        load(tmp_path, "revision = 1 + 2\ndown_revision = None\n")


def test_a_file_that_has_gone_meanwhile_is_named(tmp_path: Path) -> None:
    path = str(tmp_path / "gone.py")
    with pytest.raises(ScriptInvalid, match=r"gone\.py cannot be read"):
        load_script(Revision(id="a1", path=path), MODULES)


def test_a_file_in_another_encoding_is_loaded_as_it_was_read(tmp_path: Path) -> None:
    path = tmp_path / "a1.py"
    path.write_bytes(("# coding: latin-1\n" + HEADER + "def upgrade(): return 'ü'\n").encode("latin-1"))
    found: Any = load_script(parse_file(str(path), header_reader(MODULES, [])), MODULES)
    assert found.upgrade() == "ü" and "ü" in found.source


def test_every_error_is_one_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "a1_users.py"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(RevisionsError):
        load_script(Revision(id="a1", path=str(path)), MODULES)
