"""A change of a column on MariaDB says the whole column anew: what is not given is gone, what is given stays."""

from __future__ import annotations

import pytest

from ..projects import Project

pytestmark = pytest.mark.parametrize("kind", ["mariadb"])

STATE = "SELECT is_nullable, column_default, column_comment FROM information_schema.columns WHERE table_name = 'stock' "
STATE += "AND column_name = 'code' AND table_schema = database()"
MADE = """
op.create_table("stock", sa.Column("code", sa.String(9), nullable=False, server_default="x", comment="as on the shelf"))
"""
WIDER = 'op.alter_column("stock", "code", existing_type=sa.String(9), type_=sa.String(20){more})'
EXISTING = ', existing_nullable=False, existing_server_default="x", existing_comment="as on the shelf"'


@pytest.mark.parametrize("op", ["flask_revisions", "alembic"])
def test_what_is_given_stays(project: Project, op: str) -> None:
    project.script("a", None, MADE, op=op)
    project.script("b", "a", WIDER.format(more=EXISTING), op=op)
    assert project.cli("upgrade").code == 0
    assert project.query(STATE) == [("NO", "'x'", "as on the shelf")]


@pytest.mark.parametrize("op", ["flask_revisions", "alembic"])
def test_what_is_not_given_is_gone_as_with_alembic(project: Project, op: str) -> None:
    project.script("a", None, MADE, op=op)
    project.script("b", "a", WIDER.format(more=""), op=op)
    assert project.cli("upgrade").code == 0
    assert project.query(STATE) == [("YES", "NULL", "")]


def test_a_default_alone_changes_nothing_else(project: Project) -> None:
    project.script("a", None, MADE)
    project.script("b", "a", 'op.alter_column("stock", "code", server_default="y")')
    assert project.cli("upgrade").code == 0
    assert project.query(STATE) == [("NO", "'y'", "as on the shelf")]
