"""The page while revisions are pending: what it shows, to whom, and who may press its buttons."""

from __future__ import annotations

import json
import re
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
