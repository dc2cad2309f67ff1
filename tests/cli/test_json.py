"""`--json` of what shows something, `edit`, `list-templates`, `ensure-version` and `init` with a template."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from ..projects import Project


def value(project: Project, *arguments: str) -> Any:
    result = project.cli(*arguments, "--json")
    assert result.code == 0 and result.err == ""
    return json.loads(result.out)


def test_revisions(pair: Project) -> None:
    pair.table("cccc3333", "aaaa1111", message="größer", labels="side", depends="bbbb2222")
    newest, *_, oldest = value(pair, "history")
    assert newest == {
        "id": "cccc3333",
        "parents": ["aaaa1111"],
        "children": [],
        "depends_on": ["bbbb2222"],
        "labels": ["side"],
        "message": "größer",
        "doc": "größer",
        "path": str(pair.versions / "cccc3333.py"),
        "is_head": True,
        "is_base": False,
        "is_branch_point": False,
        "is_merge_point": False,
    }
    assert (oldest["is_base"], oldest["is_branch_point"]) == (True, True)
    assert {each["id"] for each in value(pair, "heads")} == {"bbbb2222", "cccc3333"}
    assert [each["id"] for each in value(pair, "branches")] == ["aaaa1111"]
    assert [each["id"] for each in value(pair, "show", "bbbb")] == ["bbbb2222"]


def test_where_the_database_is(pair: Project) -> None:
    pair.cli("upgrade", "+1")
    (found,) = value(pair, "current")
    assert found.pop("database").startswith("sqlite ")
    assert found == {
        "bind": None,
        "applied": ["aaaa1111"],
        "current": ["aaaa1111"],
        "unknown": [],
        "pending": ["bbbb2222"],
        "late": [],
        "heads": ["bbbb2222"],
        "at_heads": False,
    }
    assert [each["is_current"] for each in value(pair, "history", "-i")] == [False, True]
    behind = pair.cli("current", "--json", "--check-heads")
    assert behind.code == 3 and json.loads(behind.out)[0]["pending"] == ["bbbb2222"]


def test_nothing_is_a_value_too(project: Project) -> None:
    project.cli("init")
    for command in ("heads", "branches", "history", "show"):
        assert value(project, command) == []
    (found,) = value(project, "current")
    assert (found["applied"], found["at_heads"]) == ([], True)


def test_the_editor_gets_the_file(pair: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import sys; open(sys.argv[1], 'a').write('# seen\\n')"
    monkeypatch.setenv("VISUAL", f'{sys.executable} -c "{code}"')
    assert pair.cli("edit").code == 0
    assert (pair.versions / "bbbb2222.py").read_text().endswith("# seen\n")
    assert pair.cli("edit", "aaaa").code == 0
    assert (pair.versions / "aaaa1111.py").read_text().endswith("# seen\n")


def test_an_editor_that_fails_or_spoils_the_file(pair: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", f'{sys.executable} -c "raise SystemExit(3)"')
    failed = pair.cli("edit")
    assert failed.code == 1 and "Hint: set VISUAL or EDITOR" in failed.err and failed.err.count("\n") == 2
    code = "import sys; open(sys.argv[1], 'w').write('def')"
    monkeypatch.setenv("VISUAL", f'{sys.executable} -c "{code}"')
    spoilt = pair.cli("edit")
    assert spoilt.code == 1 and "is not Python" in spoilt.err
    assert pair.cli("edit", "nosuch").code == 1


def test_templates(project: Project) -> None:
    assert (
        value(project, "list-templates") == [{"name": "default", "description": "one database"}]
        or len(value(project, "list-templates")) > 1
    )
    assert project.cli("list-templates").out.startswith("default  one database\n")
    assert project.cli("init", "-t", "flask", "--package").code == 0
    folder = project.folder / "migrations"
    assert (folder / "__init__.py").exists() and (folder / "versions" / "__init__.py").exists()
    template = folder / "script.py.jinja"
    template.write_text("# ours\n" + template.read_text())
    project.cli("revision", "-m", "x", "--rev-id", "a")
    assert next(project.versions.glob("*a_x.py")).read_text().startswith("# ours\n")


def test_a_template_of_ones_own(project: Project) -> None:
    own = project.folder / "own"
    own.mkdir(parents=True)
    (own / "script.py.jinja").write_text("{{ docstring }}\n# own\n{{ header }}\ndef upgrade(): pass\n")
    assert project.cli("init", "-t", str(own)).code == 0
    assert "# own" in (project.folder / "migrations" / "script.py.jinja").read_text()
    refused = project.cli("init", "-d", "other", "-t", "nosuch")
    assert refused.code == 1 and "There is no template 'nosuch'" in refused.err


def test_the_version_table_alone(project: Project) -> None:
    project.table("a")
    text = project.cli("ensure-version", "--sql").out
    assert text.startswith("CREATE TABLE alembic_version (") and text.rstrip().endswith(";")
    assert project.applied() == set()
    assert "Created the version table alembic_version" in project.cli("ensure-version").err
    assert "already" in project.cli("ensure-version").err
    assert project.query("SELECT count(*) FROM alembic_version") == [(0,)]
    assert project.tables() == set()


def test_a_folder_for_several_databases(project: Project) -> None:
    url = f"sqlite:///{project.folder.parent / 'reports.db'}"
    config = {"SQLALCHEMY_BINDS": {"reports": url}}
    assert project.cli("init", "--multidb", config=config).code == 0
    written = project.cli("revision", "-m", "x", "--rev-id", "a", config=config)
    assert written.code == 0, written
    text = next(project.versions.glob("*.py")).read_text()
    assert "def upgrade_() -> None:\n    pass" in text and "def downgrade_reports() -> None:\n    pass" in text
    assert project.cli("upgrade", config=config).code == 0
    (default, reports) = json.loads(project.cli("current", "--json", config=config).out)
    assert (default["applied"], reports["applied"], reports["bind"]) == (["a"], ["a"], "reports")


def test_a_folder_of_flask_migrate_for_several_databases_goes_on_as_such(project: Project) -> None:
    templates = pytest.importorskip("flask_migrate").__path__[0]
    project.versions.mkdir(parents=True)
    stock = Path(templates, "templates", "flask-multidb", "script.py.mako")
    (project.folder / "migrations" / "script.py.mako").write_bytes(stock.read_bytes())
    binds = {"reports": f"sqlite:///{project.folder.parent / 'reports.db'}"}
    written = project.cli("revision", "-m", "x", config={"SQLALCHEMY_BINDS": binds})
    assert (written.code, written.err) == (0, "")
    text = next(project.versions.glob("*.py")).read_text()
    assert "def upgrade_() -> None:" in text and "def upgrade_reports() -> None:" in text
