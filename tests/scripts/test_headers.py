"""Headers of revision files: every shape that real projects have, and every one that is refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from flask_revisions.errors import HeaderError
from flask_revisions.scripts.parse import first_paragraph, parse_file, parse_source

USUAL = '''\
"""create users

Revision ID: a1
"""
from alembic import op
import sqlalchemy as sa

# revision identifiers, used by Alembic.
revision = 'a1'
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    pass
'''


def run(path: str) -> Mapping[str, object]:
    """Run a file, as loading does."""
    names: dict[str, object] = {}
    exec(compile(Path(path).read_bytes(), path, "exec"), names)
    return names


def never(path: str) -> Mapping[str, object]:
    raise AssertionError(f"{path} was run")


ONE = ("a1", ("b2",), (), ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("revision = 'a1'\ndown_revision = 'b2'\n", ONE),
        ("revision='a1'\ndown_revision='b2'", ONE),
        ('revision: str = "a1"\ndown_revision: str | None = "b2"\n', ONE),
        ('revision: str = "a1"\ndown_revision: Union[str, None] = "b2"\n', ONE),
        ('revision: "str" = "a1"\ndown_revision: Union["str", None] = "b2"\n', ONE),
        ("revision = u'a1'\ndown_revision = u'b2'\n", ONE),
        ("revision = 'a1'  # the id\n\n# the parent\ndown_revision = 'b2'\n", ONE),
        ("down_revision = 'b2'\nrevision = 'a1'\n", ONE),
        ("revision = ('a1')\ndown_revision = ('b2')\n", ONE),
        ("revision = 'a' '1'\ndown_revision = ('b'\n    '2')\n", ONE),
        ('revision = """a1"""\ndown_revision = "b2"\n', ONE),
        ("revision = 'a\\x31'\ndown_revision = 'b2'\n", ONE),
        ("revision = 'a1'; down_revision = 'b2'\n", ONE),
        ("revision = new = 'a1'\ndown_revision = 'b2'\n", ONE),
        ("revision = 'old'\ndown_revision = 'b2'\nrevision = 'a1'\n", ONE),
        ("revision: str\nrevision = 'a1'\ndown_revision = 'b2'\n", ONE),
        ("revision = 'a1'\ndown_revision = ('b2',)\n", ONE),
        ("revision = 'a1'\ndown_revision = ['b2']\n", ONE),
        ("revision = 'a1'\ndown_revision = {'b2'}\n", ONE),
        ("revision = 'a1'\ndown_revision = ('b2', 'b2')\n", ONE),
        ("revision = 'a1'\ndown_revision = (\n    'b2',  # the parent\n)\n", ONE),
        ("revision = 'a1'\ndown_revision = (\n  'b2',\n  'c3'\n)\n", ("a1", ("b2", "c3"), (), ())),
        ("revision = 'a1'\ndown_revision = ()\n", ("a1", (), (), ())),
        ("revision = 'a1'\ndown_revision = None\nbranch_labels = 'x'\n", ("a1", (), ("x",), ())),
        ("revision = 'a1'\ndown_revision = None\nbranch_labels = ('x', 'y')\n", ("a1", (), ("x", "y"), ())),
        ("revision = 'a1'\ndown_revision = 'b2'\nbranch_labels = ()\ndepends_on = ''\n", ONE),
        ("revision = 'a1'\ndown_revision = None\ndepends_on = {'z', 'y'}\n", ("a1", (), (), ("y", "z"))),
        ("revision = 'v3.0.0.a'\ndown_revision = '1-2'\n", ("v3.0.0.a", ("1-2",), (), ())),
        ("revision = 'my rev'\ndown_revision = \"it's\"\n", ("my rev", ("it's",), (), ())),
    ],
)
def test_literals_are_read_without_running_the_file(text: str, expected: tuple[object, ...]) -> None:
    found = parse_source(text.encode(), "a1_x.py", never)
    assert (found.id, found.parents, found.labels, found.depends_on) == expected


@pytest.mark.parametrize(
    "text",
    [
        "parent = 'b2'\nrevision = 'a1'\ndown_revision = parent\n",
        "revision = f'a{1}'\ndown_revision = 'b2'\n",
        "revision = 'a' + '1'\ndown_revision = 'b2'\n",
        "revision, down_revision = 'a1', 'b2'\n",
        "revision = 'a1'\nif True:\n    down_revision = 'b2'\n",
        "revision = 'a1'\ndown_revision = None\ntry:\n    down_revision = 'b2'\nfinally:\n    pass\n",
        "revision = 'a1'\ndown_revision = []\ndown_revision.append('b2')\n",
        "revision = 'a1'\ndown_revision = ()\ndown_revision += ('b2',)\n",
        "for revision in ('a1',):\n    pass\ndown_revision = 'b2'\n",
        "revision = 'a1'\ndown_revision = None\nbranch_labels = None\ndepends_on = None\n"
        "with open(__file__) as f:\n    down_revision = 'b2'\n",
        "from collections import *\nrevision = 'a1'\ndown_revision = ''.join(('b', '2'))\n",
    ],
)
def test_what_is_no_literal_is_run(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a1_x.py"
    path.write_text("__file__ = " + repr(str(path)) + "\n" + text)
    found = parse_file(str(path), run)
    assert (found.id, found.parents, found.labels, found.depends_on) == ONE


@pytest.mark.parametrize(
    "text",
    [
        '"""doc\nrevision = "fake"\ndown_revision = "fake"\n"""\nrevision = "a1"\ndown_revision = "b2"\n',
        'SQL = """\nrevision = "fake"\ndown_revision = "fake"\n"""\nrevision = "a1"\ndown_revision = "b2"\n',
        'revision = "a1"\ndown_revision = "b2"\nSQL = """\nrevision = "fake"\ndown_revision = None\n"""\n',
        'x = dict(\nrevision = "fake",\ndown_revision = "fake",\n)\nrevision = "a1"\ndown_revision = "b2"\n',
        'revision = "a1"\ndown_revision = "b2"\n# revision = "fake"\n',
        'revision = "a1"\ndown_revision = "b2"\n\ndef upgrade():\n    revision = "x"\n    depends_on = 3\n',
        'revision = "a1"\ndown_revision = "b2"\n\nclass X:\n    revision = "fake"\n',
        'from alembic.script import revision\nrevision = "a1"\ndown_revision = "b2"\n',
    ],
)
def test_a_text_that_looks_like_a_header_is_none(text: str) -> None:
    found = parse_source(text.encode(), "a1_x.py", never)
    assert (found.id, found.parents, found.labels, found.depends_on) == ONE


def test_message_and_doc_come_from_the_docstring() -> None:
    found = parse_source(USUAL.encode(), "versions/a1_x.py", never)
    assert (found.message, found.doc, found.path) == (
        "create users",
        "create users\n\nRevision ID: a1",
        "versions/a1_x.py",
    )


@pytest.mark.parametrize(
    ("doc", "message"),
    [
        ("", ""),
        ("one", "one"),
        ("\n  one\n", "one"),
        ("one\n  two\n\nthree", "one two"),
        ("one\n \t\nthree", "one"),
        ("one\n\n\nthree", "one"),
    ],
)
def test_the_message_is_the_first_paragraph(doc: str, message: str) -> None:
    assert first_paragraph(doc) == message


@pytest.mark.parametrize("quotes", ['"""{}"""', "'''{}'''", '"{}"', "'{}'", 'r"""{}"""', '("{}")', '"{}" ""'])
def test_a_docstring_may_be_in_any_quotes(quotes: str) -> None:
    text = quotes.format("what it's for") if quotes != "'{}'" else "'what it\\'s for'"
    source = f"{text}\nrevision = 'a1'\ndown_revision = None\n"
    assert parse_source(source.encode(), "a.py", never).message == "what it's for"


@pytest.mark.parametrize(
    "source",
    [
        b"\xef\xbb\xbf" + USUAL.encode(),
        USUAL.replace("\n", "\r\n").encode(),
        USUAL.replace("\n", "\r").encode(),
        b"# -*- coding: utf-8 -*-\n" + USUAL.encode(),
        b"#!/usr/bin/env python\n# vim: set fileencoding=utf-8 :\n" + USUAL.encode(),
        USUAL.rstrip().encode(),
        USUAL.replace('"""', "'''").encode(),
        ("# Copyright\n\n" + USUAL).encode(),
    ],
)
def test_encoding_marks_and_line_ends_do_not_matter(source: bytes) -> None:
    found = parse_source(source, "a1.py", never)
    assert (found.id, found.doc) == ("a1", "create users\n\nRevision ID: a1")


def test_the_coding_line_is_honoured() -> None:
    source = '# coding: latin-1\n"""für"""\nrevision = "a1"\ndown_revision = "ü"\n'.encode("latin-1")
    found = parse_source(source, "a1.py", never)
    assert (found.message, found.parents) == ("für", ("ü",))


REST = "down_revision = None\n"


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        (b"", 0, "has no 'revision'"),
        (b"def upgrade(): pass\n", 0, "has no 'revision'"),
        (b"revision = 'a1'\n", 0, "has no 'down_revision'"),
        (b"revision = 3\n" + REST.encode(), 1, "has revision = 3"),
        (b"\n\nrevision = ''\n" + REST.encode(), 3, "has revision = ''"),
        (b"revision = None\n" + REST.encode(), 1, "has revision = None"),
        (b"revision = b'a1'\n" + REST.encode(), 1, "has revision = b'a1'"),
        (b"revision = ('a1', 'b2')\n" + REST.encode(), 1, "has revision = ('a1', 'b2')"),
        (b"revision = 'a1'\ndown_revision = {}\n", 2, "has down_revision = {}"),
        (b"revision = 'a1'\ndown_revision = ''\n", 2, "has down_revision = ''"),
        (b"revision = 'a1'\ndown_revision = ('b2', '')\n", 2, "has down_revision = ('b2', '')"),
        (b"revision = 'a1'\ndown_revision = (None,)\n", 2, "has down_revision = (None,)"),
        (b"revision = 'a1'\ndown_revision = 17\n", 2, "has down_revision = 17"),
        (b"revision = 'a1'\ndown_revision = None\nbranch_labels = 5\n", 3, "has branch_labels = 5"),
        (b"revision = 'a1'\ndown_revision = None\ndepends_on = {'x': 1}\n", 3, "has depends_on = {'x': 1}"),
        (b"revision = 'a1'\ndown_revision = = None\n", 2, "is not Python"),
        (b"revision = 'a1'\ndown_revision = None\n\0\n", 0, "is not Python"),
        (b"revision = " + b"(" * 9999, 0, "is not Python"),
        ("revision = 'ü'\n".encode("latin-1"), 1, "has bytes that are not utf-8"),
        ("\n\nx = 'ü'\n".encode("utf-16-le"), 3, "has bytes that are not utf-8"),
        (b"# coding: nosuch\nrevision = 'a1'\n", 1, "names an encoding"),
        (b"# coding: rot13\nrevision = 'a1'\n", 1, "names an encoding"),
    ],
)
def test_a_header_that_says_nothing_usable_is_an_error(source: bytes, line: int, said: str) -> None:
    with pytest.raises(HeaderError) as caught:
        parse_source(source, "versions/x_users.py", never)
    assert caught.value.message.startswith("versions/x_users.py" + (f", line {line}, " if line else ""))
    assert said in caught.value.message and caught.value.message.endswith(".")
    assert caught.value.hint and caught.value.path == "versions/x_users.py"


def test_a_file_named_as_its_id_needs_no_revision() -> None:
    assert parse_source(b"down_revision = None\n", "versions/12ab.py", never).id == "12ab"
    with pytest.raises(HeaderError, match="has no 'revision'"):
        parse_source(b"down_revision = None\n", "versions/12ab_users.py", never)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(HeaderError, match="No such file"):
        parse_file(str(tmp_path / "gone.py"), never)


def test_a_large_file_is_read_completely(tmp_path: Path) -> None:
    path = tmp_path / "a1.py"
    path.write_text(USUAL + "# " + "x" * 200_000 + "\nrevision = 'later'\n")
    assert parse_file(str(path), never).id == "later"


def test_an_unterminated_docstring_takes_no_time() -> None:
    with pytest.raises(HeaderError, match="is not Python"):
        parse_source(b'"""' + b'"a ' * 50_000, "a1.py", never)
