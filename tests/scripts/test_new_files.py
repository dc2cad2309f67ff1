"""New revision files: whatever the message, the file says what was asked and nothing else."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from types import ModuleType

import pytest
from flask_revisions.errors import ConfigurationError, DirectoryError, InvalidRevisionId
from flask_revisions.graph.revision import Revision
from flask_revisions.scripts.load import load_script
from flask_revisions.scripts.naming import clean_message
from flask_revisions.scripts.parse import parse_file
from flask_revisions.scripts.template import ALEMBICS, OURS, Contents, literal
from flask_revisions.scripts.write import Place, op_import_of, write_revision

WHEN = datetime(2024, 5, 3, 9, 7, 2, 123456, tzinfo=timezone.utc)
CODE = "raise SystemExit('ran')"
HOSTILE = [
    f'x"""\n{CODE}\n"""',
    f"x'''\n{CODE}\n'''",
    f'"""\n{CODE}\n#',
    f'\\"""\n{CODE}',
    f'\\\\"""\n{CODE}',
    f'""""\n{CODE}',
    f'"\n{CODE}\n"',
    f"'\n{CODE}\n'",
    f"\n{CODE}\n",
    f"\r{CODE}\r",
    f"\x0c{CODE}",
    f"\x85{CODE}\u2028{CODE}",
    f"\\\n{CODE}",
    f"{{{{ {CODE} }}}}",
    "{% include '/etc/passwd' %}",
    "{{ ''.__class__.__mro__ }}",
    "{# comment",
    "${exec('1')} <% x %>",
    "%(rev)s %s %d %",
    "100% :x 'y' \"z\"",
    "'; DROP TABLE users; --",
    '"; DROP TABLE users; --',
    "a\0b",
    "\0",
    "a\x1b[2Jb",
    "a\udc80b",
    "\\",
    "\\\\",
    "ends with a backslash \\",
    'ends with a quote "',
    "ends with quotes '''",
    '"""',
    "'''",
    '""""""',
    "\\N{BELL} \\x00 \\u1234 \\777",
    "revision = 'fake'\ndown_revision = 'fake'\n",
    "x\n\nRevision ID: fake\nRevises: fake\n",
    "C:\\new\\table",
    "../../../etc/passwd",
    "/absolute/path",
    "~root",
    "# -*- coding: rot13 -*-",
    "x\n# -*- coding: rot13 -*-",
    "-*- coding: utf-7 -*- +AAo-" + CODE,
    "\ufeff" + CODE,
    "a\u202e txet \u202c b",
    "Größe 漢字 🎉",
    "",
    " ",
    "x" * 500,
    "word " * 1000,
    "\n" * 500 + "x",
    '"' * 5000,
    "\\" * 4999,
    "'''\"\"\"" * 700,
    "from alembic import op\nop.drop_table('users')",
    "\tindented\n\t\tmore",
]


def never(path: str) -> Mapping[str, object]:
    raise AssertionError(f"{path} was run")


def place(folder: Path, **more: object) -> Place:
    return Place(str(folder / "versions"), str(folder), **more)  # type: ignore[arg-type]


def write(folder: Path, **given: object) -> Path:
    new = Contents(**{"id": "a1", "created": WHEN, **given})  # type: ignore[arg-type]
    return Path(write_revision(new, place(folder)).path)


@pytest.mark.parametrize("message", HOSTILE, ids=range(len(HOSTILE)))
def test_a_message_stays_a_message(tmp_path: Path, message: str) -> None:
    path = write(tmp_path, message=message, parents=("b2",))
    found = parse_file(str(path), never)
    assert (found.id, found.parents, found.labels, found.depends_on) == ("a1", ("b2",), (), ())
    assert found.doc.startswith(clean_message(message) + "\n\nRevision ID: a1")
    assert load_script(found, {"alembic": ModuleType("alembic")}).upgrade() is None
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == [path]
    assert path.parent == tmp_path / "versions" and path.suffix == ".py"


@pytest.mark.parametrize("message", HOSTILE, ids=range(len(HOSTILE)))
def test_the_statements_of_a_file_do_not_depend_on_the_message(tmp_path: Path, message: str) -> None:
    def statements(text: str) -> list[str]:
        path = write(tmp_path / str(len(list(tmp_path.iterdir()))), message=text)
        return [ast.dump(each) for each in ast.parse(path.read_bytes()).body[1:]]

    assert statements(message) == statements("create users")


@pytest.mark.parametrize("id", ["../a", "/tmp/a", "a/b", "a'b", "head", "a\nb", "x" * 101, "", "a@b", "A.."])
def test_a_bad_id_or_label_writes_nothing(tmp_path: Path, id: str) -> None:
    with pytest.raises(InvalidRevisionId):
        write(tmp_path, id=id)
    with pytest.raises(InvalidRevisionId):
        write(tmp_path, labels=(id,))
    assert list(tmp_path.rglob("*")) == []


def test_a_new_file_looks_like_this(tmp_path: Path) -> None:
    path = write(tmp_path, message="create users", parents=("b2",))
    assert path.name == "2024_05_03_0907-a1_create_users.py"
    assert (
        path.read_text()
        == '''\
"""create users

Revision ID: a1
Revises: b2
Create Date: 2024-05-03 09:07:02

"""

import sqlalchemy as sa
from flask_revisions import op

# What this revision is and where it stands; read without running the file.
revision: str = "a1"
down_revision: str | tuple[str, ...] | None = "b2"
branch_labels: str | tuple[str, ...] | None = None
depends_on: str | tuple[str, ...] | None = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
'''
    )


def test_code_and_imports_are_put_in_their_places(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        op_import=ALEMBICS,
        imports=("from sqlalchemy.dialects import mysql", "import shop.types", "import sqlalchemy as sa"),
        upgrades='op.drop_table("t")\n\nop.execute("""\nSELECT 1\n  """)\n',
        downgrades="op.f(\n    1,\n)",
    )
    text = path.read_text()
    assert (
        "\nimport shop.types\nimport sqlalchemy as sa\nfrom alembic import op\n"
        "from sqlalchemy.dialects import mysql\n\n" in text
    )
    assert '\n    op.drop_table("t")\n\n    op.execute("""\nSELECT 1\n  """)\n\n' in text
    assert text.endswith("def downgrade() -> None:\n    op.f(\n        1,\n    )\n")


VALUES = [
    {"parents": (), "labels": ("billing",), "depends_on": ("b2", "c3")},
    {"parents": ("b2", "c3"), "message": "merge"},
    {"parents": ("it's", 'a "b"', "back\\slash", "new\nline", "tab\t", "ü", "\x00", "'\"")},
    {"parents": tuple(f"{n:012x}" for n in range(30))},
    {"id": "i" * 100, "parents": ("p" * 100,), "labels": ("l" * 100,)},
    {"parents": ("p" * 40, "q" * 40)},
    {"parents": ("p" * 70,)},
]


@pytest.mark.parametrize("given", VALUES, ids=range(len(VALUES)))
def test_the_header_says_what_was_asked(tmp_path: Path, given: dict[str, object]) -> None:
    path = write(tmp_path, **given)
    found = parse_file(str(path), never)
    wanted = Contents(**{"id": "a1", **given})  # type: ignore[arg-type]
    assert (found.id, found.parents, found.labels, found.depends_on) == (
        wanted.id,
        wanted.parents,
        wanted.labels,
        wanted.depends_on,
    )


@pytest.mark.parametrize("given", [*VALUES[:2], *VALUES[3:4], *VALUES[5:]], ids=range(5))
def test_a_new_file_is_formatted_as_ruff_would_leave_it(tmp_path: Path, given: dict[str, object]) -> None:
    if not shutil.which("ruff", path=str(Path(sys.executable).parent)):
        pytest.skip("ruff is not installed")
    write(tmp_path, **{"message": 'say "hello"\n\nbody\n  indented', **given})
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--diff", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("value", "source"),
    [
        (None, "None"),
        ("a", '"a"'),
        ("it's", '"it\'s"'),
        ('a "b"', "'a \"b\"'"),
        (("a",), '("a",)'),
        (("a", "b"), '("a", "b")'),
        ("a\nb", '"a\\nb"'),
    ],
)
def test_literals_are_in_double_quotes(value: str | tuple[str, ...] | None, source: str) -> None:
    assert literal(value) == source
    assert ast.literal_eval(source) == value


# -- templates of a project ----------------------------------------------------------------------------

REST = """
{{ header }}
def upgrade():
{{ upgrades }}
def downgrade():
{{ downgrades }}
"""


@pytest.mark.parametrize(
    "template",
    [
        "{{ docstring }}" + REST,
        '"""{{ message }}\n\nmine"""' + REST,
        "'''{{ message }}'''" + REST,
        "{{ docstring }}\nrevision = {{ revision | literal }}\n"
        "down_revision = {{ down_revision | literal }}\n"
        "branch_labels = {{ branch_labels | literal }}\ndepends_on = {{ depends_on | literal }}\n"
        "# written {{ create_date.year }}\ndef upgrade():\n{{ upgrades }}",
    ],
    ids=range(4),
)
@pytest.mark.parametrize("message", HOSTILE[:12], ids=range(12))
def test_a_template_of_the_project_is_used_and_is_as_safe(tmp_path: Path, template: str, message: str) -> None:
    (tmp_path / "script.py.jinja").write_text(template)
    path = write(tmp_path, message=message, parents=("b2",))
    assert "read without running" not in path.read_text()
    found = parse_file(str(path), never)
    assert (found.id, found.parents) == ("a1", ("b2",))
    assert load_script(found, {"alembic": ModuleType("alembic")}).upgrade() is None


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ docstring }}\n# {{ message }}" + REST, "does something else"),
        ("{{ message }}" + REST, "does something else"),
        ('"{{ message }}"' + REST, "does something else"),
        ("{{ nosuch }}", "'nosuch' is undefined"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("a\n{% if %}", "line 2"),
        ("revision = 'other'\ndown_revision = None\n", "another header"),
        ("x = 'a1'\nrevision = x\ndown_revision = None\n", "no literal"),
        ("x = 1\n", "has no 'revision'"),
    ],
)
def test_a_template_that_goes_wrong_is_named_and_nothing_is_written(tmp_path: Path, template: str, said: str) -> None:
    (tmp_path / "script.py.jinja").write_text(template)
    with pytest.raises(Exception, match=said) as caught:
        write(tmp_path, message=f'x\n{CODE}"""\n{CODE}')
    assert isinstance(caught.value, ConfigurationError) or "has no 'revision'" in str(caught.value)
    assert [each.name for each in tmp_path.rglob("*")] == ["script.py.jinja"]


# -- places --------------------------------------------------------------------------------------------


def test_a_file_that_is_there_is_not_replaced(tmp_path: Path) -> None:
    path = write(tmp_path)
    before = path.read_text()
    with pytest.raises(DirectoryError, match="is there already"):
        write(tmp_path, message="", parents=("b2",))
    assert path.read_text() == before and len(list(path.parent.iterdir())) == 1


def test_a_template_with_folders_wants_recursive_locations(tmp_path: Path) -> None:
    new = Contents("a1", created=WHEN)
    with pytest.raises(ConfigurationError, match="would not be found"):
        write_revision(new, place(tmp_path, file_template="%(year)d/%(rev)s"))
    assert list(tmp_path.iterdir()) == []
    found = write_revision(new, place(tmp_path, file_template="%(year)d/%(rev)s", recursive=True))
    assert found.path == str(tmp_path / "versions" / "2024" / "a1.py")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from alembic import op\n", ALEMBICS),
        ("from alembic import context, op\n", ALEMBICS),
        ("import alembic\nfrom flask_revisions import op\n", ALEMBICS),
        ("def upgrade():\n    from alembic import op\n", ALEMBICS),
        ("from flask_revisions import op\n# from alembic import op\n", OURS),
        ("import alembic_utils\nfrom flask_revisions import op\n", OURS),
        ("", OURS),
    ],
)
def test_a_new_script_imports_what_its_parents_import(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "a.py").write_text(text)
    (tmp_path / "b.py").write_text("from alembic import op\n")
    assert op_import_of([str(tmp_path / "a.py")]) == expected
    if text:
        assert op_import_of(iter([str(tmp_path / "a.py"), str(tmp_path / "b.py")])) == expected


def test_what_is_returned_is_the_revision_as_it_will_be_read(tmp_path: Path) -> None:
    found = write_revision(Contents("a1", "one\ntwo", created=WHEN), place(tmp_path))
    assert found == parse_file(found.path, never)
    assert isinstance(found, Revision) and found.message == "one two"
