"""The page while revisions are pending: what it shows, to whom, and who may press its buttons."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ..projects import HALF_WAY, Project


def serving(project: Project, **config: Any) -> Flask:
    app = project.app(config)
    app.debug = True
    app.add_url_rule("/", "index", lambda: "the application")
    app.add_url_rule("/shop", "shop", lambda: "the shop")
    return app


def token_of(answer: TestResponse) -> str:
    found = re.search(r'name="token" value="([^"]+)"', answer.text)
    assert found is not None, answer.text
    return found[1]


def press(client: FlaskClient, token: str, path: str = "/_revisions/apply", **more: Any) -> TestResponse:
    data = {"token": token, "back": "/shop", **more.pop("data", {})}
    return client.post(path, data=data, **more)


def test_pending_revisions_are_shown_with_what_they_do(pair: Project) -> None:
    answer = serving(pair).test_client().get("/shop?q=1")
    assert answer.status_code == 503 and answer.headers["Cache-Control"] == "no-store"
    assert "2 revisions pending" in answer.text and "create table t_aaaa1111" in answer.text
    assert "CREATE TABLE t_bbbb2222" in answer.text and 'value="/shop?q=1"' in answer.text
    assert "<script" not in answer.text and "script-src" not in answer.headers["Content-Security-Policy"]
    assert pair.applied() == set()


def test_apply_leads_back_to_the_page_that_was_wanted(pair: Project) -> None:
    client = serving(pair).test_client()
    answer = press(client, token_of(client.get("/shop")))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/shop")
    assert pair.applied() == {"bbbb2222"} and client.get("/shop").text == "the shop"


def test_up_to_date_is_found_out_once_in_a_while_and_a_new_file_at_once(pair: Project) -> None:
    client = serving(pair).test_client()
    press(client, token_of(client.get("/")))
    assert client.get("/").text == "the application"
    pair.table("cccc3333", "bbbb2222")
    assert client.get("/").status_code == 503


@pytest.mark.parametrize(
    "environment",
    [
        {"REMOTE_ADDR": "10.0.0.9"},
        {"HTTP_HOST": "evil.example"},
        {"HTTP_X_FORWARDED_FOR": "10.0.0.9"},
        {"HTTP_ORIGIN": "http://evil.example"},
        {"HTTP_SEC_FETCH_SITE": "cross-site"},
        {"HTTP_HOST": "localhost.evil.example"},
    ],
)
def test_anybody_else_may_not_press_and_gets_no_buttons(pair: Project, environment: dict[str, str]) -> None:
    client = serving(pair).test_client()
    token = token_of(client.get("/"))
    answer = press(client, token, environ_overrides=environment)
    assert answer.status_code == 403 and "flask db upgrade" in answer.text and pair.applied() == set()
    shown = client.get("/", environ_overrides=environment)
    assert shown.status_code == 503 and "<form" not in shown.text and "flask db upgrade" in shown.text


@pytest.mark.parametrize("token", ["", "guessed"])
def test_without_the_pages_token_nothing_is_done(pair: Project, token: str) -> None:
    assert press(serving(pair).test_client(), token).status_code == 403
    assert pair.applied() == set()


def test_a_token_is_good_for_once_and_a_page_that_is_loaded_again_has_another(pair: Project) -> None:
    wrong = pair.script("cccc3333", "bbbb2222", "raise ValueError('not yet')")
    client = serving(pair).test_client()
    token = token_of(client.get("/"))
    assert [press(client, token).status_code for _ in range(2)] == [503, 403]
    wrong.unlink()
    pair.table("cccc3333", "bbbb2222")
    again = press(client, token)
    assert again.status_code == 403 and "Nothing was done" in again.text and pair.applied() == {"bbbb2222"}
    assert press(client, token_of(again), data={"back": "/"}).status_code == 303 and pair.applied() == {"cccc3333"}
    assert press(client, token).status_code == 403, "where everything is applied, too"


def test_after_a_failure_the_page_still_knows_where_its_reader_wanted_to_go(pair: Project) -> None:
    pair.script("cccc3333", "bbbb2222", "raise ValueError('not yet')")
    client = serving(pair).test_client()
    assert 'name="back" value="/shop"' in press(client, token_of(client.get("/"))).text


def test_hosts_that_the_project_trusts(pair: Project) -> None:
    environment = {"REMOTE_ADDR": "10.0.0.9", "HTTP_HOST": "box.lan:5000"}
    client = serving(pair, REVISIONS_PAGE_HOSTS=["10.0.0.9", "box.lan"]).test_client()
    token = token_of(client.get("/", environ_overrides=environment))
    assert press(client, token, environ_overrides=environment).status_code == 303


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil", "/a\r\nX: y", ""])
def test_the_way_back_is_on_this_server(pair: Project, back: str) -> None:
    client = serving(pair).test_client()
    assert press(client, token_of(client.get("/")), data={"back": back}).headers["Location"] == "/"


def test_a_revision_that_fails_is_shown_with_its_line(pair: Project) -> None:
    pair.script("cccc3333", "bbbb2222", "raise ValueError('<b>not yet</b>')")
    client = serving(pair).test_client()
    answer = press(client, token_of(client.get("/")))
    assert answer.status_code == 503 and "cccc3333.py" in answer.text and "&lt;b&gt;not yet" in answer.text
    assert pair.applied() == {"bbbb2222"} and "1 revision pending" in answer.text


def test_programs_get_json(pair: Project) -> None:
    answer = serving(pair).test_client().get("/", headers={"Accept": "application/json"})
    facts = json.loads(answer.text)
    assert answer.status_code == 503 and facts["hint"] == "flask db upgrade"
    assert facts["pending"] == [{"id": "aaaa1111", "message": "aaaa1111"}, {"id": "bbbb2222", "message": "bbbb2222"}]


@pytest.mark.parametrize("how", ["off", "no debug", "testing"])
def test_where_there_is_no_page(pair: Project, how: str) -> None:
    app = serving(pair, REVISIONS_PAGE=how != "off")
    app.debug, app.testing = how != "no debug", how == "testing"
    assert app.test_client().get("/").text == "the application"


def test_tables_that_create_all_made_need_a_stamp(pair: Project) -> None:
    app = serving(pair)
    db = app.extensions["sqlalchemy"]
    db.Table("t_aaaa1111", db.metadata, db.Column("id", db.Integer, primary_key=True), db.Column("n", db.Integer))
    with app.app_context():
        db.create_all()
    assert "flask db stamp head" in app.test_client().get("/").text


def test_differences_of_the_models_become_a_revision(pair: Project) -> None:
    app = serving(pair)
    db = app.extensions["sqlalchemy"]
    for name in ("t_aaaa1111", "t_bbbb2222", "extra"):
        db.Table(name, db.metadata, db.Column("id", db.Integer, primary_key=True), db.Column("n", db.Integer))
    client = app.test_client()
    press(client, token_of(client.get("/")))
    page = client.get("/_revisions/")
    assert page.status_code == 200 and "extra" in page.text
    made = press(client, token_of(page), "/_revisions/create", data={"message": 'the "extra"\n"""', "back": "/"})
    assert made.status_code == 303
    assert "1 revision pending" in client.get("/").text and len(list(pair.versions.glob("*.py"))) == 3


def test_a_database_that_cannot_be_reached_is_left_to_the_application(
    pair: Project, caplog: pytest.LogCaptureFixture
) -> None:
    pair.url = "postgresql+psycopg://nobody:secret@127.0.0.1:1/none"
    client = serving(pair).test_client()
    assert client.get("/").text == "the application" and "secret" not in caplog.text
    client.get("/")
    assert len([each for each in caplog.records if each.name == "flask_revisions"]) == 1


def test_an_automatic_upgrade_that_fails_shows_the_page(pair: Project) -> None:
    pair.script("cccc3333", "bbbb2222", "raise ValueError('not yet')")
    answer = serving(pair, REVISIONS_AUTO_UPGRADE="debug").test_client().get("/")
    assert answer.status_code == 503 and "not yet" in answer.text and "<form" in answer.text


def test_a_revision_that_was_interrupted_goes_on_by_the_button(pair: Project) -> None:
    pair.script("cccc3333", "bbbb2222", HALF_WAY)
    client = serving(pair).test_client()
    stopped = press(client, token_of(client.get("/")))
    assert "interrupted: goes on where that was" in stopped.text and pair.journal()
    facts = client.get("/", headers={"Accept": "application/json"}).json
    assert facts["pending"] == [{"id": "cccc3333", "message": "cccc3333", "begun": True}]
    (pair.folder / "repaired").touch()
    assert press(client, token_of(stopped)).status_code == 303
    assert pair.applied() == {"cccc3333"} and pair.journal() == []


def test_a_revision_that_is_half_taken_back_has_no_button_but_the_command(pair: Project) -> None:
    pair.script("cccc3333", "bbbb2222", "pass", HALF_WAY)
    pair.cli("upgrade")
    assert pair.cli("downgrade").code == 1
    answer = serving(pair).test_client().get("/")
    assert answer.status_code == 503 and "cccc3333 was being taken back" in answer.text
    assert "flask db downgrade" in answer.text and "<form" not in answer.text


def test_each_of_several_databases(pair: Project) -> None:
    other = pair.folder / "reports.db"
    binds = {"SQLALCHEMY_BINDS": {"reports": f"sqlite:///{other}"}, "REVISIONS_BINDS": True}
    client = serving(pair, **binds).test_client()
    page = client.get("/")
    assert "4 revisions pending" in page.text and page.text.count("<h3>") == 2
    assert "only recorded" in page.text and f"<h3>reports: sqlite {other}</h3>" in page.text
    pair.cli("upgrade", "--bind", "default", config=binds)
    page = client.get("/", headers={"Accept": "application/json"})
    assert [each["database"] for each in page.json["pending"]] == [f"reports: sqlite {other}"] * 2
    assert press(client, token_of(client.get("/"))).status_code == 303 and client.get("/").text == "the application"


def two_databases(pair: Project, *, separate: bool = False, changed: tuple[str | None, ...] = ()) -> Flask:
    """An application with a bind `reports`, and the tables of its models; those of some have one column more."""
    binds = {"SQLALCHEMY_BINDS": {"reports": f"sqlite:///{pair.folder / 'reports.db'}"}, "REVISIONS_BINDS": True}
    if separate:
        folders = {name: str(pair.folder / name) for name in ("default", "reports")}
        binds = {**binds, "REVISIONS_BINDS": None, "REVISIONS_DIRECTORY": folders}
        for folder in folders.values():
            Path(folder, "versions").mkdir(parents=True, exist_ok=True)
    app = serving(pair, **binds)
    db = app.extensions["sqlalchemy"]
    for bind in (None, "reports"):
        metadata = db.metadatas[bind] if bind in db.metadatas else db._make_metadata(bind)
        more = [db.Column("n", db.Integer)] if bind in changed else []
        db.Table(f"of_{bind or 'default'}", metadata, db.Column("id", db.Integer, primary_key=True), *more)
    return app


def test_differences_of_each_of_several_databases_become_one_revision(project: Project) -> None:
    project.versions.mkdir(parents=True)
    client = two_databases(project).test_client()
    page = client.get("/_revisions/")
    assert page.text.count("<h3>") == 2 and page.text.count("<form") == 1
    assert all(f"add table of_{name}" in page.text for name in ("default", "reports"))
    facts = client.get("/_revisions/", headers={"Accept": "application/json"}).json
    where = f"reports: sqlite {project.folder / 'reports.db'}"
    assert facts["differences"][1] == {"description": "add table of_reports", "database": where}
    press(client, token_of(page), "/_revisions/create", data={"message": "both"})
    press(client, token_of(client.get("/")))
    (path,) = project.versions.glob("*both.py")
    assert "def upgrade_reports()" in path.read_text("utf-8") and "of_default" in project.tables()
    assert "In the models" not in client.get("/_revisions/").text

    page = two_databases(project, changed=("reports",)).test_client().get("/_revisions/")
    assert page.text.count("<h3>") == 1 and "add column n to of_reports" in page.text


def test_differences_of_databases_with_histories_of_their_own_become_a_revision_each(project: Project) -> None:
    client = two_databases(project, separate=True).test_client()
    page = client.get("/_revisions/")
    assert page.text.count("<form") == 2 and page.text.count('<label for="message-') == 2
    press(client, token_of(page), "/_revisions/create", data={"message": "sales", "history": "reports"})
    assert len(list((project.folder / "reports").rglob("*sales.py"))) == 1
    assert not list((project.folder / "default").rglob("*.py")), "which has a button of its own"
    page = client.get("/")
    assert "1 revision pending" in page.text and "reports: sqlite" in page.text
    wrong = press(client, token_of(page), "/_revisions/create", data={"history": "nosuch"})
    assert wrong.status_code == 503 and "No database &#x27;nosuch&#x27;" in wrong.text
    shown = client.get("/_revisions/", environ_overrides={"REMOTE_ADDR": "10.0.0.9"})
    assert "<form" not in shown.text


def test_the_command_names_the_database_where_there_are_no_buttons(project: Project) -> None:
    client = two_databases(project, separate=True).test_client()
    page = client.get("/_revisions/", environ_overrides={"REMOTE_ADDR": "10.0.0.9"})
    assert "flask db migrate --bind default -m" in page.text and "flask db migrate --bind reports -m" in page.text
    with client.application.app_context():
        client.application.extensions["revisions"].revisions.migrate(message="all")
        client.application.extensions["revisions"].revisions.upgrade()
    assert "All revisions are applied." in client.get("/_revisions/").text


def test_tables_that_create_all_made_in_several_databases_need_a_stamp(project: Project) -> None:
    project.versions.mkdir(parents=True)
    app = two_databases(project)
    client = app.test_client()
    press(client, token_of(client.get("/_revisions/")), "/_revisions/create", data={"message": "first"})
    with app.app_context():
        app.extensions["sqlalchemy"].create_all()
    page = client.get("/")
    assert "The databases have all tables of the models" in page.text and "flask db stamp head" in page.text
    assert project.cli("stamp", "head", app=app).code == 0
    assert client.get("/").text == "the application"


def test_what_a_difference_loses_is_marked(pair: Project) -> None:
    client = with_models_of(pair, gone=("n",)).test_client()
    press(client, token_of(client.get("/")))
    page = client.get("/_revisions/")
    assert '<span class="mark">loses' in page.text
    assert client.get("/_revisions/", headers={"Accept": "application/json"}).json["differences"][0]["mark"]


def test_what_may_be_a_rename_is_refused_with_the_command_that_can_be_told(pair: Project) -> None:
    client = with_models_of(pair, gone=("n",), new=("m",)).test_client()
    press(client, token_of(client.get("/")))
    made = press(client, token_of(client.get("/_revisions/")), "/_revisions/create", data={"message": "m"})
    assert made.status_code == 503 and "This may be a rename" in made.text
    assert "flask db migrate" in made.text and "--rename t_aaaa1111.n:m" in made.text


def with_models_of(pair: Project, *, gone: tuple[str, ...] = (), new: tuple[str, ...] = ()) -> Flask:
    """An application with models of the two revisions; the first without some columns, and with others."""
    app = serving(pair)
    db = app.extensions["sqlalchemy"]
    for name, columns in (("t_aaaa1111", ({"n"} - {*gone}) | {*new}), ("t_bbbb2222", {"n"})):
        more = [db.Column(each, db.Integer) for each in sorted(columns)]
        db.Table(name, db.metadata, db.Column("id", db.Integer, primary_key=True), *more)
    return app


def test_commands_are_named_as_the_application_names_them(pair: Project, caplog: pytest.LogCaptureFixture) -> None:
    app = pair.app(command="revisions")
    app.debug = True
    client = app.test_client()
    elsewhere = {"REMOTE_ADDR": "10.0.0.9"}
    page = client.get("/", environ_overrides=elsewhere)
    assert "flask revisions upgrade" in page.text and "flask db" not in page.text
    assert client.get("/", headers={"Accept": "application/json"}).json["hint"] == "flask revisions upgrade"
    assert "flask revisions upgrade" in press(client, "", environ_overrides=elsewhere).text
    pair.script("cccc3333", "bbbb2222", "raise ValueError('not yet')")
    press(client, token_of(client.get("/")))
    said = [each.getMessage() for each in caplog.records]
    assert said and not any("flask db" in each for each in said), said


def test_the_page_is_found_without_its_last_slash(pair: Project) -> None:
    answer = serving(pair).test_client().get("/_revisions", environ_overrides={"SCRIPT_NAME": "/app"})
    assert (answer.status_code, answer.headers["Location"]) == (308, "/app/_revisions/")


def test_the_page_that_is_asked_for_says_why_it_knows_nothing(pair: Project) -> None:
    pair.url = "postgresql+psycopg://nobody:secret@127.0.0.1:1/none"
    answer = serving(pair).test_client().get("/_revisions/")
    assert answer.status_code == 503 and "127.0.0.1" in answer.text and "secret" not in answer.text
