"""`Revisions` and applications: in any order, several of them, each with its own settings."""

from __future__ import annotations

import logging

import pytest
from flask import Flask, current_app
from flask_revisions import Revisions, RevisionsError
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Integer
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from ..projects import Project


def new_app(project: Project, name: str = "made", **config: object) -> Flask:
    app = Flask(name, root_path=str(project.folder))
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{project.folder}/{name}.db"
    app.config.update(config)
    return app


def test_before_and_after_the_database(pair: Project) -> None:
    for order in ("database first", "revisions first"):
        app, db, revisions = new_app(pair, order), SQLAlchemy(), Revisions()
        first, second = (db, revisions) if order.startswith("database") else (revisions, db)
        first.init_app(app)
        second.init_app(app)
        assert [step.revision.id for step in revisions.upgrade()] == ["aaaa1111", "bbbb2222"]


def test_the_constructor_does_it_all(pair: Project) -> None:
    app = new_app(pair)
    revisions = Revisions(app, SQLAlchemy(app), "migrations", "schema")
    assert revisions.current().pending == ("aaaa1111", "bbbb2222")
    assert "schema" in app.cli.commands and "db" not in app.cli.commands


def test_a_database_that_is_handed_over_and_not_yet_set_up(pair: Project) -> None:
    app, db = new_app(pair), SQLAlchemy()
    revisions = Revisions(app, db)
    with pytest.raises(RevisionsError, match="not set up for the application 'made'"):
        revisions.upgrade()
    db.init_app(app)
    assert len(revisions.upgrade()) == 2


def test_models_with_a_base_of_their_own(pair: Project) -> None:
    class Base(DeclarativeBase):
        pass

    class Users(Base):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(Integer, primary_key=True)

    app = new_app(pair)
    SQLAlchemy(app, model_class=Base)
    pair.script(
        "cccc3333",
        "bbbb2222",
        "meta = op.get_context().opts['target_metadata']\nassert 'users' in meta.tables",
    )
    assert len(Revisions(app).upgrade()) == 3


def test_several_applications_with_settings_of_their_own(pair: Project) -> None:
    other = pair.folder / "other" / "versions"
    other.mkdir(parents=True)
    (pair.versions / "bbbb2222.py").rename(other / "cccc3333.py")
    file = other / "cccc3333.py"
    file.write_text(file.read_text().replace("'aaaa1111'", "None").replace("bbbb2222", "cccc3333"))
    one, two = new_app(pair, "one"), new_app(pair, "two", REVISIONS_VERSION_TABLE="own_versions")
    db = SQLAlchemy()
    for app in (one, two):
        db.init_app(app)
    first, second = Revisions(one, db), Revisions(two, db, directory="other", command="schema")
    for revisions, id in ((first, "aaaa1111"), (second, "cccc3333"), (first, None), (second, None)):
        assert [step.revision.id for step in revisions.upgrade()] == ([id] if id else [])
    assert one.test_cli_runner().invoke(args=["db", "heads"]).stdout == "aaaa1111 (head)\n"
    assert two.test_cli_runner().invoke(args=["schema", "heads"]).stdout == "cccc3333 (head)\n"
    with one.app_context():
        assert second.heads()[0].id == "cccc3333", "its own application, though another is current"
        assert current_app.name == "one"


def test_one_object_for_several_applications_works_on_the_current_one(pair: Project) -> None:
    db, revisions = SQLAlchemy(), Revisions()
    apps = [new_app(pair, name) for name in ("one", "two")]
    for app in apps:
        db.init_app(app)
        revisions.init_app(app)
    with pytest.raises(RevisionsError, match="has been given several, and none of them is current") as caught:
        revisions.upgrade()
    assert "app.app_context()" in caught.value.hint
    with apps[0].app_context():
        assert len(revisions.upgrade()) == 2
    with apps[1].app_context():
        assert revisions.needs_upgrade()


def test_an_object_without_an_application(pair: Project) -> None:
    with pair.app().app_context(), pytest.raises(RevisionsError, match="has not been given one") as caught:
        Revisions().upgrade()
    assert "init_app" in caught.value.hint


def test_two_objects_for_one_application_are_refused(pair: Project) -> None:
    app = pair.app()
    with pytest.raises(RevisionsError, match="The application 'project' has another Revisions"):
        Revisions().init_app(app)


def test_the_same_object_twice_reads_the_settings_again(pair: Project) -> None:
    app = pair.app()
    revisions = app.extensions["revisions"].revisions
    app.config["REVISIONS_VERSION_TABLE"] = "own_versions"
    revisions.init_app(app)
    revisions.upgrade()
    assert pair.applied("own_versions") == {"bbbb2222"} and pair.applied() == set()


def test_what_init_app_is_given_wins_and_configuration_wins_over_both(pair: Project) -> None:
    for config, constructor, method, expected in (
        ({}, "c", None, "c"),
        ({}, "c", "m", "m"),
        ({"REVISIONS_VERSION_TABLE": "a"}, "c", "m", "a"),
    ):
        app = new_app(pair, **config)
        Revisions(version_table=constructor).init_app(app, version_table=method)
        assert app.extensions["revisions"].reading.settings.version_table == expected


def test_an_unknown_keyword_is_refused_at_once_with_the_nearest_known() -> None:
    for make in (lambda: Revisions(directry="x"), lambda: Revisions().init_app(Flask("a"), directry="x")):
        with pytest.raises(RevisionsError, match=r"Revisions\(directry=...\) is no setting") as caught:
            make()
        assert caught.value.hint == "did you mean Revisions(directory=...)?"


def test_what_is_no_application_is_refused_at_once() -> None:
    with pytest.raises(RevisionsError, match="takes the application first, and was given a SQLAlchemy") as caught:
        Revisions(SQLAlchemy())  # type: ignore[arg-type]
    assert "Revisions(app, db)" in caught.value.hint


def test_what_is_no_metadata_is_a_wrong_setting(pair: Project) -> None:
    class Base(DeclarativeBase):
        pass

    for wrong in (Base, [Base], {"default": Base}, "models"):
        with pytest.raises(RevisionsError, match=r"Revisions\((target_)?metadata=...\) cannot be") as caught:
            Revisions(new_app(pair), metadata=wrong).check()
        assert "Base.metadata" in caught.value.hint
    with pytest.raises(RevisionsError, match="no Flask-SQLAlchemy object"):
        Revisions(new_app(pair), metadata=[Base.metadata]).check()


def test_keywords_of_flask_migrate_are_taken(pair: Project) -> None:
    app = new_app(pair)
    db = SQLAlchemy(app)
    revisions = Revisions(app, db, compare_type=False, render_as_batch=True, include_schemas=True)
    asks = "given = op.get_context().opts\nassert given['compare_type'] is False and given['include_schemas']"
    pair.script("cccc3333", "bbbb2222", asks)
    assert len(revisions.upgrade()) == 3


def test_wrong_settings_are_errors_of_commands_and_warnings_when_serving(
    pair: Project, caplog: pytest.LogCaptureFixture
) -> None:
    app = pair.app({"REVISIONS_DIRECTRY": "x", "REVISIONS_LOCK_TIMEOUT": "soon"})
    app.route("/")(lambda: "served")
    with pytest.raises(RevisionsError, match="REVISIONS_LOCK_TIMEOUT cannot be 'soon'"):
        app.extensions["revisions"].revisions.upgrade()
    with caplog.at_level(logging.WARNING, "flask_revisions"):
        assert [app.test_client().get("/").data for _ in range(2)] == [b"served"] * 2
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2, "each once"
    assert "did you mean REVISIONS_DIRECTORY?" in caplog.text and "'soon'" in caplog.text
