"""Scripts that import from alembic what they imported from us, and what stands in the way."""

from __future__ import annotations

import configparser

import pytest
from flask_revisions.scripts.eject import DIRECTIVES, Surroundings, beyond_alembic, files_for_alembic, with_alembic

SCRIPT = '''"""größer"""
import sqlalchemy as sa
from flask_revisions import op

revision = "a"
down_revision = None


def upgrade():
    op.execute("from flask_revisions import op")


def downgrade():
    pass
'''


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_import_alone_changes(end: str) -> None:
    source = SCRIPT.replace("\n", end)
    assert beyond_alembic(source.encode()) == ()
    expected = source.replace("from flask_revisions import op", "from alembic import op", 1)
    assert with_alembic(source.encode()).decode() == expected


def test_a_script_of_alembic_is_as_it_was() -> None:
    source = SCRIPT.replace("flask_revisions", "alembic").encode()
    assert with_alembic(source) == source and beyond_alembic(source) == ()


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("op.execute(", "op.create_enum(", "op.create_enum"),
        ("import op\n", "import op, RevisionsError\n", "from flask_revisions import RevisionsError"),
        ("import op\n", "import op\nfrom flask_revisions.errors import Irreversible\n", "Irreversible"),
        ("import op\n", "import op\nimport flask_revisions\n", "flask_revisions"),
        ("def downgrade():\n    pass\n", "", "a downgrade() that is derived"),
        ("op.execute(", "with op.batch_alter_table('t') as b: b.rename_column(", "b.rename_column"),
    ],
)
def test_what_alembic_does_not_have_is_named(old: str, new: str, found: str) -> None:
    assert any(found in each for each in beyond_alembic(SCRIPT.replace(old, new, 1).encode()))


def test_the_directives_are_those_of_alembic() -> None:
    operations = pytest.importorskip("alembic.operations")
    known = {name for name in dir(operations.Operations) if not name.startswith("_")}
    assert known - DIRECTIVES == {"context", "create_module_class_proxy"} and known >= DIRECTIVES


def test_percent_signs_of_an_ini_file_are_doubled() -> None:
    files = files_for_alembic(Surroundings(ini={"file_template": "%(rev)s"}))
    parser = configparser.ConfigParser()
    parser.read_string(files["alembic.ini"])
    assert parser.get("alembic", "file_template") == "%(rev)s"
