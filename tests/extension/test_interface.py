"""The module functions of Flask-Migrate's names, and applications whose engines come from elsewhere."""

from __future__ import annotations

import inspect
import logging
import sys
from typing import Any

import click
import flask_revisions
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.cli import FlaskGroup, with_appcontext
from flask_revisions import Revisions, RevisionsError, api
from flask_revisions.compat.modules import RELEASE
from sqlalchemy import Column, Integer, MetaData, Table, create_engine

from ..projects import Project


@pytest.mark.parametrize("name", api.__all__)
def test_functions_have_the_arguments_of_flask_migrate(name: str) -> None:
    flask_migrate = pytest.importorskip("flask_migrate")
    ours = inspect.signature(getattr(flask_revisions, name)).parameters.values()
    theirs = inspect.signature(getattr(flask_migrate, name)).parameters.values()
    assert [each.name for each in ours] == [each.name for each in theirs]
    differ = {each.name for each, other in zip(ours, theirs, strict=True) if each.default != other.default}
    assert differ <= {"revisions"}, "a merge of nothing is one of the heads"


def test_functions_work_on_the_current_application(pair: Project, capfd: pytest.CaptureFixture[str]) -> None:
    with pair.app().app_context():
        steps = flask_revisions.upgrade(None, "aaaa1111")
        assert [step.revision.id for step in steps if not isinstance(step, str)] == ["aaaa1111"]
        assert flask_revisions.current().pending == ("bbbb2222",)
        assert "CREATE TABLE t_bbbb2222" in flask_revisions.upgrade(sql=True, revision="aaaa1111:head")
        assert [each.id for each in flask_revisions.history()] == ["bbbb2222", "aaaa1111"]
        assert len(flask_revisions.upgrade()) == 1 and len(flask_revisions.downgrade()) == 1
        assert len(flask_revisions.stamp()) == 1
        assert "DROP TABLE t_bbbb2222" in flask_revisions.downgrade(sql=True)
    assert capfd.readouterr() == ("", "")


def test_functions_without_an_application() -> None:
    with pytest.raises(RevisionsError, match="No application is current"):
        flask_revisions.upgrade()
    with Flask("bare").app_context(), pytest.raises(RevisionsError, match="'bare' has no Revisions"):
        flask_revisions.heads()


def test_engines_and_metadata_that_are_handed_over(pair: Project) -> None:
    metadata = MetaData()
    Table("users", metadata, Column("id", Integer))
    asks = "assert 'users' in op.get_context().opts['target_metadata'].tables"
    pair.script("cccc3333", "bbbb2222", asks)
    app = Flask("plain", root_path=str(pair.folder))
    revisions = Revisions(app, metadata=metadata, engine=create_engine(pair.url))
    assert len(revisions.upgrade()) == 3 and pair.applied() == {"cccc3333"}


@pytest.mark.parametrize("where", ["constructor", "init_app", "config"])
@pytest.mark.parametrize("name", ["metadata", "target_metadata"])
def test_metadata_under_either_name(pair: Project, name: str, where: str) -> None:
    several = [MetaData(), MetaData()]
    Table("others", several[1], Column("id", Integer))
    app = Flask("plain", root_path=str(pair.folder))
    given: dict[str, Any] = {name: several}
    if where == "config":
        app.config["REVISIONS_TARGET_METADATA"], given = several, {}
    revisions = Revisions(engine=create_engine(pair.url), **(given if where == "constructor" else {}))
    revisions.init_app(app, **(given if where == "init_app" else {}))
    revisions.upgrade()
    assert "add table others" in [change.describe() for change in revisions.check().changes]


def test_a_dictionary_of_engines_is_managed(pair: Project) -> None:
    app = Flask("plain", root_path=str(pair.folder))
    other = f"sqlite:///{pair.folder}/other.db"
    revisions = Revisions(app, engine={"default": create_engine(pair.url), "other": create_engine(other)})
    steps = revisions.upgrade()
    assert [step.recorded_only for step in steps] == [False, False, True, True]


def test_flask_sqlalchemy_lite_is_found(pair: Project) -> None:
    lite = pytest.importorskip("flask_sqlalchemy_lite")
    app = Flask("lite", root_path=str(pair.folder))
    app.config["SQLALCHEMY_ENGINES"] = {"default": pair.url, "other": f"sqlite:///{pair.folder}/other.db"}
    db = lite.SQLAlchemy(app)
    assert len(Revisions(app, db).upgrade()) == 2
    assert pair.applied() == {"bbbb2222"} and not (pair.folder / "other.db").exists()


def test_a_group_of_somebody_else_is_named(pair: Project, caplog: pytest.LogCaptureFixture) -> None:
    app = Flask("clash", root_path=str(pair.folder))
    app.cli.group("db")(lambda: None)
    with caplog.at_level(logging.WARNING, "flask_revisions"):
        Revisions(app)
    assert "command=" in caplog.text


def test_a_group_of_a_package_that_comes_first_is_named(pair: Project, caplog: pytest.LogCaptureFixture) -> None:
    def make() -> Flask:
        app = Flask("clash", root_path=str(pair.folder))
        Revisions(app)
        return app

    package = click.Group("db", commands={"seed": click.Command("seed", callback=with_appcontext(lambda: None))})
    for command, warned in (("db", True), ("other", False)):
        group = FlaskGroup(create_app=make, load_dotenv=False)
        group._loaded_plugin_commands = True
        group.add_command(package, command)
        caplog.clear()
        with caplog.at_level(logging.WARNING, "flask_revisions"):
            result = CliRunner().invoke(group, [command, "seed"])
        assert result.exit_code == 0 and ("A package has commands 'flask db'" in caplog.text) is warned


def test_the_editor_and_the_templates(pair: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", f"{sys.executable} -c \"import sys; print(file=open(sys.argv[1], 'a'))\"")
    path = pair.versions / "aaaa1111.py"
    before = path.read_text()
    with pair.app().app_context():
        flask_revisions.upgrade(None, "aaaa1111")
        assert flask_revisions.edit() == (str(path),)
        assert "default" in flask_revisions.list_templates()
    assert path.read_text() == before + "\n"


def test_the_release_of_alembic_is_said_in_numbers_as_by_flask_migrate() -> None:
    assert ".".join(map(str, flask_revisions.alembic_version)) == RELEASE and len(flask_revisions.alembic_version) == 3
