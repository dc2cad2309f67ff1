"""`REVISIONS_DATABASE_URI`: revisions have a connection of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import make_url

from ..cli.errors import two_lines
from ..databases.pgbouncer import pgbouncer
from ..projects import Project
from ..servers import fresh_database

KEY = "REVISIONS_DATABASE_URI"


@pytest.mark.parametrize("kind", ["sqlite"])
def test_it_is_used_instead_of_the_url_of_the_application(project: Project, tmp_path: Path) -> None:
    project.table("a1")
    with fresh_database("sqlite", tmp_path) as url:
        for value in (url, make_url(url), {None: url}, {"": url}):
            assert project.cli("upgrade", config={KEY: value}).code == 0
        assert project.tables() == set() and "x" not in project.applied()
        engine = sa.create_engine(url)
        assert "t_a1" in sa.inspect(engine).get_table_names()
        engine.dispose()
    assert project.cli("upgrade", config={KEY: None}).code == 0 and project.tables() == {"t_a1"}
    assert project.cli("downgrade", config={KEY: {"another": "sqlite://"}}).code == 0 and project.tables() == set()


@pytest.mark.parametrize("kind", ["postgresql"])
def test_past_a_pooler(project: Project, kind: str, tmp_path: Path) -> None:
    asked = "print('server', op.get_bind().exec_driver_sql('SHOW application_name').scalar())"
    project.script("a1", None, asked)
    direct = make_url(project.url).update_query_dict({"application_name": "direct"})
    with pgbouncer(make_url(project.url), tmp_path) as url:
        pooled = Project(project.folder, url.render_as_string(False))
        assert "server direct" in pooled.cli("upgrade", config={KEY: direct.render_as_string(False)}).out
        pooled.close()
    assert project.applied() == {"a1"}


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize(
    "value", ["postgres://u:geheim@h/x", "no url geheim", 5, [], "nosuch://u:geheim@h/x", {"b": 7}]
)
def test_what_is_none_is_an_error_without_a_password(project: Project, value: object) -> None:
    project.table("a1")
    for command in ("upgrade", "release", "status"):
        message, _ = two_lines(project.cli(command, config={KEY: value}), 1)
        assert message.startswith(KEY) and "geheim" not in message
