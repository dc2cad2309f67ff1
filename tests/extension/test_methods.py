"""The methods of `Revisions`: values and errors, no output, and logging as it was."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask_revisions import Revisions, RevisionsError
from flask_revisions.cli.group import COMMANDS
from flask_revisions.errors import SeveralHeads, UnknownRevision
from flask_revisions.runner.events import StepFinished

from ..projects import Project


@pytest.fixture(autouse=True)
def silence(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Nothing may be printed in any of these tests."""
    yield
    assert capfd.readouterr() == ("", "")


FOR_PEOPLE = {
    "diagram",
    "doctor",
    "eject",
    "ensure-version",
    "graph",
    "journal",
    "list-templates",
    "log",
    "rebase",
}
"""Commands that have no method yet, or need none."""


def test_every_command_has_its_method() -> None:
    methods = {name for name, _ in inspect.getmembers(Revisions, inspect.isfunction)}
    assert set(COMMANDS) - FOR_PEOPLE <= methods
    for name in set(COMMANDS) - FOR_PEOPLE:
        assert (getattr(Revisions, name).__doc__ or "").strip(), name


def test_what_the_methods_return(pair: Project) -> None:
    revisions = pair.revisions()
    assert [step.revision.id for step in revisions.upgrade("aaaa1111")] == ["aaaa1111"]
    assert (revisions.current().applied, revisions.current().pending) == (("aaaa1111",), ("bbbb2222",))
    assert revisions.needs_upgrade() and revisions.upgrade() and not revisions.needs_upgrade()
    assert [step.direction for step in revisions.downgrade()] == ["downgrade"]
    assert [step.is_stamp for step in revisions.stamp("head")] == [True] and revisions.stamp() == ()
    assert [each.id for each in revisions.history()] == ["bbbb2222", "aaaa1111"]
    assert [each.id for each in revisions.history(":aaaa1111")] == ["aaaa1111"]
    assert [each.id for each in revisions.heads()] == ["bbbb2222"] and revisions.branches() == ()
    assert revisions.show("aaaa")[0].path == str(pair.versions / "aaaa1111.py")
    assert revisions.sql("upgrade", "aaaa1111:head").count("CREATE TABLE") == 1


def test_methods_that_write_files(project: Project) -> None:
    revisions = project.revisions()
    assert revisions.init() == project.versions.parent
    first = revisions.revision("first", rev_id="a1")
    assert Path(first.path).parent == project.versions and (first.id, first.message) == ("a1", "first")
    left = revisions.revision("left", head="a1", branch_label="left")
    right = revisions.revision("right", head="a1", splice=True, depends_on=left.id)
    assert right.depends_on == (left.id,)
    assert revisions.merge(message="both").parents == tuple(sorted((left.id, right.id)))
    assert len(revisions.upgrade()) == 4


def test_what_a_new_revision_depends_on_may_be_abbreviated(pair: Project) -> None:
    revisions = pair.revisions()
    label = revisions.revision("label", head="base", branch_label="apart", rev_id="cccc3333")
    by_part = revisions.revision("part", head="base", depends_on="aaaa1", rev_id="dddd4444")
    by_label = revisions.revision("label too", head="base", depends_on="apart", rev_id="eeee5555")
    assert (by_part.depends_on, by_label.depends_on) == (("aaaa1111",), ("apart",))
    assert 'depends_on: str | tuple[str, ...] | None = "aaaa1111"' in Path(by_part.path).read_text()
    with pytest.raises(RevisionsError, match="There is no revision 'nosuch'"):
        revisions.revision("wrong", head=label.id, depends_on="nosuch")
    assert len([*pair.versions.glob("*.py")]) == 5


def test_a_folder_of_its_own_for_one_call(pair: Project) -> None:
    pair.versions.parent.rename(pair.folder / "elsewhere")
    revisions = pair.revisions()
    with pytest.raises(RevisionsError, match="no revisions folder"):
        revisions.heads()
    assert revisions.heads(pair.folder / "elsewhere")[0].id == "bbbb2222"
    assert len(revisions.upgrade(directory="elsewhere")) == 2


CALLS: dict[str, Callable[[Revisions], object]] = {
    "unknown": lambda revisions: revisions.upgrade("nosuch"),
    "nothing applied": lambda revisions: revisions.downgrade(),
    "no range": lambda revisions: revisions.history("nosuch"),
    "no merge": lambda revisions: revisions.merge(),
    "no id": lambda revisions: revisions.revision(rev_id="../x"),
    "no command": lambda revisions: revisions.sql("merge"),
    "sys.exit": lambda revisions: revisions.upgrade("cccc3333"),
}


@pytest.mark.parametrize("name", CALLS)
def test_errors_are_raised_and_the_process_goes_on(pair: Project, name: str) -> None:
    pair.script("cccc3333", "bbbb2222", "import sys\nsys.exit(0)")
    with pytest.raises(RevisionsError) as caught:
        CALLS[name](pair.revisions())
    assert caught.value.message.endswith((".", ".'")) and caught.value.hint and caught.value.exit_code
    assert str(caught.value) == caught.value.message


def test_errors_have_the_facts_as_attributes(pair: Project) -> None:
    pair.table("cccc3333", "aaaa1111")
    with pytest.raises(SeveralHeads) as several:
        pair.revisions().upgrade()
    assert several.value.heads == ("bbbb2222", "cccc3333")
    with pytest.raises(UnknownRevision) as unknown:
        pair.revisions().stamp("nosuch")
    assert unknown.value.target == "nosuch"


def test_the_events_of_a_run_are_reported(pair: Project) -> None:
    events: list[Any] = []
    pair.revisions().upgrade(report=events.append)
    finished = [each for each in events if isinstance(each, StepFinished)]
    assert [(each.step.revision.id, each.number, each.of) for each in finished] == [
        ("aaaa1111", 1, 2),
        ("bbbb2222", 2, 2),
    ]


def test_values_and_a_tag_for_scripts(project: Project) -> None:
    asks = (
        "from flask_revisions import context\n"
        "assert (context.get_x_argument(True), context.get_tag_argument()) == ({'a': '1', 'b': '2'}, 't')"
    )
    project.script("aaaa1111", None, asks, asks)
    revisions = project.revisions()
    for work in (revisions.upgrade, revisions.downgrade):
        assert len(work(x_arg=["a=1", "b=2"], tag="t")) == 1


def test_within_and_without_a_context_and_in_a_request(pair: Project) -> None:
    app = pair.app()
    revisions = app.extensions["revisions"].revisions

    @app.post("/upgrade")
    def upgrade() -> list[str]:
        return [step.revision.id for step in revisions.upgrade()]

    assert [step.revision.id for step in revisions.upgrade("+1")] == ["aaaa1111"]
    with app.app_context():
        assert [step.revision.id for step in revisions.downgrade()] == ["aaaa1111"]
    assert app.test_client().post("/upgrade").json == ["aaaa1111", "bbbb2222"]


def logging_now() -> dict[str, tuple[object, ...]]:
    """How every logger is set up."""
    named = {name: each for name, each in logging.root.manager.loggerDict.items() if isinstance(each, logging.Logger)}
    return {
        name: (each.level, tuple(each.handlers), each.disabled, each.propagate, tuple(each.filters))
        for name, each in [("", logging.root), *named.items()]
    }


def test_logging_is_left_as_it_was(pair: Project) -> None:
    mine = logging.getLogger("my.own")
    mine.addHandler(logging.NullHandler())
    mine.setLevel(logging.DEBUG)
    app = pair.app()
    revisions = app.extensions["revisions"].revisions
    before = logging_now()
    revisions.upgrade()
    revisions.downgrade("base")
    revisions.sql("upgrade")
    with pytest.raises(RevisionsError):
        revisions.upgrade("nosuch")
    app.test_cli_runner().invoke(args=["db", "upgrade"])
    after = logging_now()
    assert {name: after[name] for name in before} == before
    new = {name for name in set(after) - set(before) if after[name][1] or after[name][0]}
    assert not new, "no handler and no level on a new logger"


def test_a_second_folder_is_a_warning_of_our_logger(pair: Project, caplog: pytest.LogCaptureFixture) -> None:
    inner = pair.folder / "package" / "migrations" / "versions"
    inner.mkdir(parents=True)
    (inner / "aaaa1111.py").write_text((pair.versions / "aaaa1111.py").read_text())
    app = pair.app()
    app.root_path = str(pair.folder / "package")
    assert len(app.extensions["revisions"].revisions.heads()) == 1
    assert [(each.name, each.levelname) for each in caplog.records] == [("flask_revisions", "WARNING")]
