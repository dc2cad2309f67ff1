"""`REVISIONS_PROTECTED`: what could destroy something needs a confirmation that names the database."""

from __future__ import annotations

from typing import Any

import pytest
from flask_revisions.errors import ProtectedDatabase

from ..projects import Project
from .errors import two_lines

PROTECTED = {"REVISIONS_PROTECTED": True}
DESTRUCTIVE = {"REVISIONS_PROTECTED": "destructive"}


def name(project: Project) -> str:
    return project.url.rpartition("/")[2]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_downgrade_has_to_name_the_database(pair: Project, kind: str) -> None:
    assert pair.cli("upgrade", config=PROTECTED).code == 0
    for wrong in ([], ["--confirm", "x"], ["--confirm", ""]):
        message, hint = two_lines(pair.cli("downgrade", *wrong, config=PROTECTED), 7)
        assert "is protected" in message and f"--confirm {name(pair)}" in hint
    assert pair.applied() == {"bbbb2222"}
    assert pair.cli("downgrade", "--plan", config=PROTECTED).code == 0
    assert pair.cli("downgrade", "--confirm", name(pair), config=PROTECTED).code == 0
    assert pair.applied() == {"aaaa1111"}


def test_what_destroys_something_likewise_if_that_is_wanted(pair: Project) -> None:
    assert pair.cli("upgrade", config=DESTRUCTIVE).code == 0
    pair.script("cccc3333", "bbbb2222", 'op.drop_table("t_aaaa1111")')
    assert pair.cli("upgrade", "--plan", config=DESTRUCTIVE).code == 0
    for command in ("upgrade", "release"):
        message, hint = two_lines(pair.cli(command, config=DESTRUCTIVE), 7)
        assert "revision cccc3333 would drop table t_aaaa1111" in message and "--confirm" in hint
    assert "t_aaaa1111" in pair.tables()
    assert pair.cli("release", "--confirm", name(pair), config=DESTRUCTIVE).code == 0


def test_what_cannot_be_known_counts_as_destructive(pair: Project) -> None:
    pair.script("cccc3333", "bbbb2222", "op.get_bind().execute(sa.text('SELECT 1')).scalar()")
    message, _ = two_lines(pair.cli("upgrade", config=DESTRUCTIVE), 7)
    assert "not known beforehand" in message and pair.applied() == set()


def test_from_python(pair: Project) -> None:
    revisions = pair.revisions(protected=True)
    revisions.upgrade()
    with pytest.raises(ProtectedDatabase) as caught:
        revisions.downgrade()
    assert caught.value.name == name(pair)
    assert len(revisions.downgrade(confirmed=caught.value.name)) == 1


@pytest.mark.parametrize("typed", ["right", "wrong", ""])
def test_on_a_terminal_it_is_asked(pair: Project, typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flask_revisions.cli.confirm.is_terminal", lambda *stream: True)
    asked: list[Any] = []

    def prompt(text: str, **others: Any) -> str:
        asked.append(text)
        return name(pair) if typed == "right" else typed

    monkeypatch.setattr("click.prompt", prompt)
    pair.cli("upgrade")
    result = pair.cli("downgrade", config=PROTECTED)
    assert asked == [f"Type its name ({name(pair)}) to go on"]
    assert result.code == (0 if typed == "right" else 7) and "is protected" in result.err
    assert pair.applied() == ({"aaaa1111"} if typed == "right" else {"bbbb2222"})
