"""What a shell suggests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from click.shell_completion import ShellComplete
from flask import Flask
from flask.cli import FlaskGroup, ScriptInfo

from ..projects import Project

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])


@pytest.fixture
def suggested(project: Project) -> Callable[..., dict[str, str | None]]:
    """What is suggested for the last of some words, with the help that some shells show."""
    project.script("a1", message="create users")
    project.script("b1", "a1", labels="left")
    project.script("b2", "a1", message="beside")

    def complete(*words: str, app: Callable[[], Flask] = project.app, **config: Any) -> dict[str, str | None]:
        info = ScriptInfo(create_app=lambda: app(**config))
        shell = ShellComplete(FlaskGroup(), {"obj": info}, "flask", "_FLASK_COMPLETE")
        return {each.value: each.help for each in shell.get_completions(["db", *words[:-1]], words[-1])}

    return complete


def test_revisions_newest_first_labels_and_words(suggested: Callable[..., dict[str, str | None]]) -> None:
    found = suggested("upgrade", "")
    assert list(found)[:5] == ["head", "heads", "base", "current", "left"]
    assert list(found)[-1] == "a1" and set(list(found)[5:-1]) == {"b1", "b2"}
    assert found["a1"] == "create users" and found["left"] == "a branch"
    assert list(suggested("downgrade", "a")) == ["a1"]
    assert set(suggested("history", "-r", "a1:b")) == {"a1:base", "a1:b1", "a1:b2"}
    for words in (["revision", "--head"], ["merge"], ["stamp"], ["rebase", "--onto"], ["log"], ["diagram"], ["show"]):
        assert list(suggested(*words, "a")) == ["a1"], words


def test_databases(suggested: Callable[..., dict[str, str | None]]) -> None:
    config = {"SQLALCHEMY_BINDS": {"archive": "sqlite://"}, "REVISIONS_BINDS": ["archive"]}
    assert list(suggested("upgrade", "--bind", "", config=config)) == ["default", "archive"]
    assert list(suggested("upgrade", "--bind", "ar", config=config)) == ["archive"]


def test_nothing_where_there_is_nothing_to_read(
    suggested: Callable[..., dict[str, str | None]], project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(**config: Any) -> Flask:
        raise RuntimeError("no application")

    assert suggested("upgrade", "", app=broken) == {}
    (project.versions / "c1.py").write_text("not python (")
    assert suggested("upgrade", "") == {}
    assert capfd.readouterr() == ("", "")
    assert "upgrade" in suggested("upg")
