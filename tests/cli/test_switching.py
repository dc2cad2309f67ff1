"""What files of Alembic, Flask-Migrate and Flask-Alembic say, seen from the command line."""

from __future__ import annotations

import compileall
import re
from pathlib import Path

import pytest

from ..projects import Project

STOCK = Path(pytest.importorskip("flask_migrate").__path__[0], "templates", "flask")


@pytest.fixture
def theirs(project: Project) -> Project:
    """A folder as `flask db init` of Flask-Migrate makes it, with one revision."""
    project.table("a", op="alembic")
    for name in ("env.py", "script.py.mako", "alembic.ini"):
        source = STOCK / name if (STOCK / name).exists() else STOCK / f"{name}.mako"
        (project.folder / "migrations" / name).write_bytes(source.read_bytes())
    return project


def edit(project: Project, name: str, line: str) -> None:
    with (project.folder / "migrations" / name).open("a") as file:
        file.write(line + "\n")


def test_a_stock_folder_needs_no_word(theirs: Project) -> None:
    for command in (["upgrade"], ["current"], ["revision", "-m", "b"], ["upgrade", "--sql"], ["downgrade", "base"]):
        assert theirs.cli(*command).err.count("Warning") == 0


def test_after_a_merge_that_imports_nothing_a_new_revision_imports_what_those_before_import(theirs: Project) -> None:
    header = (
        'revision = "{id}"\ndown_revision = {down!r}\n\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n'
    )
    for id, down in (("b", "a"), ("c", "a"), ("d", ("b", "c"))):
        (theirs.versions / f"{id}.py").write_text(header.format(id=id, down=down))
    for arguments in (("-m", "after"), ("-m", "apart", "--head", "base")):
        assert theirs.cli("revision", *arguments).code == 0
        (made,) = theirs.versions.glob(f"*{arguments[1]}*.py")
        assert "from alembic import op" in made.read_text("utf-8")


def test_an_edited_env_py_is_named_by_what_runs_and_what_writes(theirs: Project) -> None:
    edit(theirs, "env.py", "context.configure(include_object=keep)")
    for command in (["upgrade"], ["upgrade", "--sql"], ["downgrade", "base"], ["stamp"], ["revision", "-m", "b"]):
        result = theirs.cli(*command)
        assert (
            len(re.findall(r"^Warning: .*env\.py was edited, and is not run; it sets include_object", result.err)) == 1
        )
        assert result.code == 0
    for command in (["current"], ["heads"], ["history"], ["show"]):
        assert theirs.cli(*command).err.count("env.py") == 0
    assert "env.py" not in theirs.cli("downgrade", "base", config={"REVISIONS_ENV_PY_READ": True}).err


def test_an_env_py_with_a_version_table_of_its_own_is_not_run_over_from_base(theirs: Project) -> None:
    theirs.cli("upgrade", config={"REVISIONS_VERSION_TABLE": "mine"})
    edit(theirs, "env.py", 'context.configure(version_table="mine")')
    for command in (["upgrade"], ["downgrade"], ["stamp"], ["upgrade", "--sql"]):
        refused = theirs.cli(*command)
        assert refused.code == 1 and "version_table = 'mine'" in refused.err
        assert "Hint: set REVISIONS_VERSION_TABLE = 'mine'" in refused.err
    assert theirs.applied() == set()
    for looks in ("current", "status", "check", "doctor"):
        assert theirs.cli(looks).err.count("env.py sets version_table = 'mine', and is not run") == 1
    assert "Nothing to do" in theirs.cli("upgrade", config={"REVISIONS_VERSION_TABLE": "mine"}).out


def test_a_version_table_that_only_running_the_env_py_would_tell_is_a_warning(theirs: Project) -> None:
    edit(theirs, "env.py", "context.configure(version_table_schema=os.environ.get('SCHEMA'))")
    result = theirs.cli("upgrade")
    assert result.code == 0 and "it sets version_table_schema (REVISIONS_VERSION_TABLE_SCHEMA)" in result.err


def test_an_edited_template_is_named_by_what_writes(theirs: Project) -> None:
    edit(theirs, "script.py.mako", "import mine")
    assert "script.py.mako" not in theirs.cli("upgrade").err
    assert "script.py.mako was edited, and is not used" in theirs.cli("revision", "-m", "b").err
    (theirs.folder / "migrations" / "script.py.jinja").write_text(
        "{{ docstring }}\n{{ header }}\ndef upgrade(): pass\n"
    )
    assert "script.py.mako" not in theirs.cli("revision", "-m", "c").err


def test_a_template_folder_of_flask_migrate_is_put_there_and_what_is_not_used_is_said(project: Project) -> None:
    template = project.folder / "template"
    template.mkdir()
    for each in STOCK.iterdir():
        if each.is_file():
            (template / each.name).write_text("# ours\n" + each.read_text("utf-8"), "utf-8")
    (template / "alembic.ini.mako").write_text("[alembic]\nscript_location = ${script_location}\ntimezone = UTC\n")
    made = project.cli("init", "-d", "made", "-t", str(template))
    assert made.code == 0 and made.err.count("script.py.mako was edited, and is not used") == 1
    for name in ("env.py", "script.py.mako", "README"):
        assert (project.folder / "made" / name).read_text("utf-8").startswith("# ours\n")
    assert "script_location = %(here)s\n" in (project.folder / "made" / "alembic.ini").read_text("utf-8")
    assert not (project.folder / "made" / "script.py.jinja").exists()


def test_a_file_of_mako_is_no_template(project: Project) -> None:
    made = project.cli("init", "-d", "made", "-t", str(STOCK / "script.py.mako"))
    assert made.code == 1 and "templates are Jinja's here" in made.err and not (project.folder / "made").exists()


def test_a_file_that_is_not_there_is_no_template_whatever_stands_beside_it(project: Project) -> None:
    made = project.cli("init", "-d", "made", "-t", str(STOCK / "nosuch.jinja"))
    assert made.code == 1 and "There is no template" in made.err and not (project.folder / "made").exists()


def test_an_ini_file_is_a_default(theirs: Project) -> None:
    text = "[alembic]\nfile_template = %%(slug)s\ntimezone = UTC\n[post_write_hooks]\nhooks = x\nx.type = nosuch\n"
    (theirs.folder / "migrations" / "alembic.ini").write_text(text)
    refused = theirs.cli("revision", "-m", "two")
    assert refused.code == 1 and "post-write hook 'x' is of the type 'nosuch'" in refused.err
    written = theirs.cli("revision", "-m", "two", config={"REVISIONS_POST_WRITE_HOOKS": ["ruff format"]})
    assert written.code == 0 and (theirs.versions / "two.py").exists()
    theirs.cli("revision", "-m", "three", file_template="%(slug)s_own", post_write_hooks=[])
    assert (theirs.versions / "three_own.py").exists()


def test_scripts_find_what_the_ini_file_says(theirs: Project) -> None:
    (theirs.folder / "migrations" / "alembic.ini").write_text("[alembic]\nmine = 5\n[own]\nx = 6\n")
    asks = 'config = op.get_context().config\nprint(config.get_main_option("mine"), config.get_section("own")["x"])'
    theirs.script("b", "a", asks)
    assert "5 6" in theirs.cli("upgrade").out


def test_a_project_of_alembic_is_found_by_its_ini_file(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.table("a", op="alembic")
    (project.folder / "migrations").rename(project.folder / "database")
    (project.folder / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/database\n")
    monkeypatch.chdir(project.folder)
    assert project.cli("heads").out == "a (head)\n"


def test_a_flat_folder_of_flask_alembic(project: Project) -> None:
    project.table("a", labels=("default",), op="alembic")
    folder = project.folder / "migrations"
    project.versions.rename(project.folder / "flat")
    folder.rmdir()
    (project.folder / "flat").rename(folder)
    config = {"ALEMBIC": {"file_template": "%%(rev)s"}, "ALEMBIC_CONTEXT": {"version_table": "mine"}}
    assert project.cli("upgrade", config=config).code == 0
    assert project.applied("mine") == {"a"}
    project.cli("revision", "-m", "b", "--rev-id", "b", config=config)
    assert {each.name for each in folder.glob("*.py")} == {"a.py", "b.py"}


@pytest.mark.parametrize("beside", [True, False])
def test_compiled_files_where_that_is_configured(project: Project, beside: bool) -> None:
    source = project.table("a")
    compileall.compile_file(source, legacy=beside, quiet=1)
    source.unlink()
    assert project.cli("heads").out == ""
    done = project.cli("upgrade", sourceless=True)
    assert done.code == 0 and project.applied() == {"a"}, done


def test_another_encoding_says_so(project: Project) -> None:
    project.cli("init")
    project.cli("revision", "-m", "Größe", "--rev-id", "a", output_encoding="latin-1")
    (written,) = project.versions.glob("*.py")
    assert written.read_bytes().startswith(b"# -*- coding: iso8859-1 -*-\n") and b"Gr\xf6\xdfe" in written.read_bytes()
    assert "Größe" in project.cli("history").out
    refused = project.cli("revision", "-m", "漢", output_encoding="latin-1")
    assert refused.code == 1 and "cannot be written in iso8859-1" in refused.err


def test_the_time_zone_of_new_files(project: Project) -> None:
    project.cli("init")
    for zone in ("utc", "Pacific/Kiritimati"):  # 14 hours apart
        written = project.cli("revision", "-m", "x", timezone=zone, file_template="%(day).2d%(hour).2d-%(rev)s")
        assert written.code == 0
    assert len({each.name[:4] for each in project.versions.glob("*.py")}) == 2
    refused = project.cli("revision", "-m", "x", timezone="Moon/Base")
    assert refused.code == 1 and "no time zone 'Moon/Base'" in refused.err


def test_the_arguments_of_a_template(project: Project) -> None:
    project.cli("init")
    template = project.folder / "migrations" / "script.py.jinja"
    template.write_text("{{ docstring }}\n# by {{ owner }}\n{{ header }}\ndef upgrade(): pass\n")
    assert project.cli("revision", "-m", "x", template_args={"owner": "us"}).code == 0
    assert "# by us\n" in next(project.versions.glob("*.py")).read_text()
