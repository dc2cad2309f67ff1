"""`REVISIONS_AUTO_UPGRADE`: before the first request is answered, once, and again if it failed."""

from __future__ import annotations

import logging
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import inspect
from sqlalchemy.pool import SingletonThreadPool, StaticPool

from ..projects import Project


def serving(project: Project, wanted: Any = True, **config: Any) -> Flask:
    """An application that says which tables there are."""
    app = project.app({"REVISIONS_AUTO_UPGRADE": wanted, "REVISIONS_PAGE": False, **config})
    app.route("/")(lambda: sorted(project.tables()))
    return app


def test_the_database_is_up_to_date_before_the_first_request_is_answered(pair: Project) -> None:
    client = serving(pair).test_client()
    assert pair.tables() == set(), "not when the application is made"
    assert client.get("/").json == ["t_aaaa1111", "t_bbbb2222"]


def test_it_is_done_once(pair: Project) -> None:
    client = serving(pair).test_client()
    client.get("/")
    pair.table("cccc3333", "bbbb2222")
    client.get("/")
    assert pair.applied() == {"bbbb2222"}


@pytest.mark.parametrize(
    ("wanted", "debug", "upgrades"),
    [
        (False, True, False),
        ("debug", False, False),
        ("debug", True, True),
        (True, False, True),
        ("true", False, True),
    ],
)
def test_it_is_done_where_it_is_wanted(pair: Project, wanted: Any, debug: bool, upgrades: bool) -> None:
    app = serving(pair, wanted)
    app.debug = debug
    assert app.test_client().get("/").status_code == 200
    assert pair.applied() == ({"bbbb2222"} if upgrades else set())


def test_several_heads_are_all_applied(pair: Project) -> None:
    pair.table("cccc3333", "aaaa1111")
    serving(pair).test_client().get("/")
    assert pair.applied() == {"bbbb2222", "cccc3333"}


def test_not_by_commands_nor_by_making_a_context(pair: Project) -> None:
    app = serving(pair)
    for command in (["heads"], ["current"], ["history", "-i"]):
        assert pair.cli(*command, app=app).code == 0
    with app.app_context(), app.test_request_context("/"):
        pass
    assert pair.applied() == set()


def test_a_failure_is_503_and_a_line_of_the_log_and_tried_again(
    pair: Project, caplog: pytest.LogCaptureFixture
) -> None:
    broken = pair.script("cccc3333", "bbbb2222", "raise ValueError('not yet')")
    client = serving(pair).test_client()
    for _ in range(2):
        caplog.clear()
        answer = client.get("/")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert "not yet" not in answer.text and "log says why" in answer.text
        assert [(each.name, each.levelname) for each in caplog.records] == [("flask_revisions", "ERROR")]
        assert "cccc3333.py" in caplog.text and "not yet" in caplog.text and "Hint: " in caplog.text
    assert pair.applied() == {"bbbb2222"}
    broken.write_text(broken.read_text().replace("raise ValueError('not yet')", "pass"))
    assert client.get("/").status_code == 200 and pair.applied() == {"cccc3333"}


def test_a_failure_shows_its_two_lines_in_debug_mode_and_no_body_to_head(pair: Project) -> None:
    pair.script("cccc3333", "bbbb2222", "raise ValueError('not yet')")
    app = serving(pair)
    app.debug = True
    answer = app.test_client().get("/")
    assert re.search(r"\nError: .*cccc3333.*not yet\nHint: .+\n", answer.text)
    assert app.test_client().head("/").data == b""


def test_an_unknown_key_of_a_newer_release_does_not_keep_it_from_upgrading(
    pair: Project, caplog: pytest.LogCaptureFixture
) -> None:
    client = serving(pair, REVISIONS_OF_A_NEWER_RELEASE=True).test_client()
    assert client.get("/").status_code == 200 and pair.applied() == {"bbbb2222"}
    assert "REVISIONS_OF_A_NEWER_RELEASE" in caplog.text


def test_a_wrong_value_does_keep_it_from_upgrading(pair: Project) -> None:
    assert serving(pair, REVISIONS_VERSION_TABLE=5).test_client().get("/").status_code == 503
    assert pair.tables() == set()


def test_steps_are_logged_for_who_wants_to_know(pair: Project, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "flask_revisions"):
        serving(pair).test_client().get("/")
    assert re.fullmatch(r"Applied aaaa1111, 1 of 2, in \d+\.\d\d s\.", caplog.messages[0])
    assert len(caplog.messages) == 2


def test_eight_first_requests_at_once(project: Project) -> None:
    project.script(
        "aaaa1111",
        None,
        "op.create_table('counter', sa.Column('n', sa.Integer))\nimport time\ntime.sleep(0.3)",
    )
    project.script("bbbb2222", "aaaa1111", "op.execute('INSERT INTO counter VALUES (1)')")
    app, start = serving(project), threading.Barrier(8)

    def ask(number: int) -> Any:
        start.wait()
        return app.test_client().get("/").json

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [["counter"]] * 8
    assert project.query("SELECT n FROM counter") == [(1,)]


def test_requests_that_waited_for_a_failure_do_not_all_try_again(project: Project) -> None:
    project.script("aaaa1111", None, "open('tries', 'a').write('x')\nimport time\ntime.sleep(0.5)\nraise ValueError")
    app, start = serving(project), threading.Barrier(8)

    def ask(number: int) -> int:
        start.wait()
        return app.test_client().get("/").status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [503] * 8
    assert (project.folder / "tries").read_text() == "x"


def test_a_request_does_not_wait_for_ever(project: Project) -> None:
    project.script("aaaa1111", None, "import time\ntime.sleep(1.5)")
    app = serving(project, REVISIONS_AUTO_UPGRADE_WAIT=0.1)
    answers = [app.test_client().get("/") for _ in range(2)]
    assert [each.status_code for each in answers] == [503, 503]
    assert "is being upgraded" in answers[0].text and answers[0].headers["Retry-After"] == "5"
    app.config["REVISIONS_AUTO_UPGRADE_WAIT"] = 20
    while app.test_client().get("/").status_code == 503:
        threading.Event().wait(0.1)
    assert project.applied() == {"aaaa1111"}


@pytest.mark.parametrize("pool", [StaticPool, SingletonThreadPool])
def test_a_database_in_memory(project: Project, pool: Any) -> None:
    project.table("aaaa1111")
    project.url = "sqlite://"
    options = {"poolclass": pool, "connect_args": {"check_same_thread": pool is SingletonThreadPool}}
    app = project.app({"REVISIONS_AUTO_UPGRADE": True, "SQLALCHEMY_ENGINE_OPTIONS": options})
    db = app.extensions["sqlalchemy"]
    app.route("/")(lambda: inspect(db.engine).get_table_names())
    assert "t_aaaa1111" in app.test_client().get("/").json


def test_steps_are_printed_where_nobody_has_set_the_level(pair: Project, capfd: pytest.CaptureFixture[str]) -> None:
    serving(pair).test_client().get("/")
    assert re.match(r"flask-revisions: Applied aaaa1111, 1 of 2, in \d+\.\d\d s\.\n", capfd.readouterr().err)
