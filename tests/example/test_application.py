"""The example's page, its settings, and its commands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from example_app.example_app import database_url, revisions
from example_app.example_app.models import Category, Loan, Tool, db
from flask import Flask

from ..projects import ROOT


def test_the_page_shows_every_tool_and_who_has_it(app: Flask) -> None:
    revisions.upgrade()
    answer = app.test_client().get("/")
    assert answer.status_code == 200
    for tool in db.session.query(Tool):
        assert f"<td>{tool.name}</td>" in answer.text
    for category in db.session.query(Category):
        assert f">{category.name}</h" in answer.text
    for loan in db.session.query(Loan):
        given_back = loan.returned_on is not None
        assert (f"with {loan.member.name}, back by {loan.due_on:%d %B}" in answer.text) != given_back
    assert answer.text.count("on the shelf") == 6 and "120.00 €" in answer.text


def test_the_page_of_an_empty_library_says_so(app: Flask) -> None:
    revisions.upgrade()
    for row in [*db.session.query(Loan), *db.session.query(Tool), *db.session.query(Category)]:
        db.session.delete(row)
    db.session.commit()
    assert "No shelves yet." in app.test_client().get("/").text


def test_current_says_where_the_database_is(app: Flask) -> None:
    runner = app.test_cli_runner()
    assert runner.invoke(args=["db", "current", "--check-heads"]).exit_code == 3
    revisions.upgrade()
    result = runner.invoke(args=["db", "current", "--check-heads"])
    assert result.exit_code == 0 and result.output == "12e002ea385c (catalogue, lending) (head)\n"


@pytest.mark.parametrize("folder", [ROOT, ROOT / "example_app"], ids=["root", "own folder"])
@pytest.mark.parametrize("kind", ["sqlite"])
def test_the_command_is_the_same_in_both_folders(folder: Path, url: str) -> None:
    kept = {key: value for key, value in os.environ.items() if key not in ("FLASK_APP", "PYTHONPATH")}
    command = [sys.executable, "-m", "flask", "--app", "example_app", "db"]
    for words, said in ((["upgrade"], "7 revisions applied"), (["current"], "12e002ea385c")):
        done = subprocess.run(
            [*command, *words], cwd=folder, env={**kept, "DATABASE_URL": url}, capture_output=True, text=True
        )
        assert done.returncode == 0 and said in done.stdout, done


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", "sqlite:///tools.db"),
        ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql://u:p@h/d?sslmode=require", "postgresql+psycopg://u:p@h/d?sslmode=require"),
        ("mysql://u@h/d", "mysql+pymysql://u@h/d"),
        ("mariadb://u@h/d", "mariadb+pymysql://u@h/d"),
        ("postgresql+psycopg2://u@h/d", "postgresql+psycopg2://u@h/d"),
        ("sqlite:////tmp/x.db", "sqlite:////tmp/x.db"),
    ],
)
def test_the_url_of_a_platform_becomes_one_for_sqlalchemy(given: str, expected: str) -> None:
    assert database_url(given) == expected


def test_without_a_url_the_database_is_in_the_instance_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    from example_app import create_app

    monkeypatch.delenv("DATABASE_URL", raising=False)
    made = create_app()
    assert made.config["SQLALCHEMY_DATABASE_URI"] == "sqlite:///tools.db"
    assert Path(made.instance_path) == ROOT / "example_app" / "instance"
