"""A difference between the engines is either known, or it is a problem."""

from __future__ import annotations

import pytest

from . import differences
from .differences import KNOWN, Difference, problems
from .expected import read_expected
from .pictures import Digests, Picture
from .runs import Failure, Stage

KEY = ("a history", "sqlite")
PICTURE = Picture(("a table",), {"t": 1}, ("a1",))
OTHER = Picture(("another table",), {"t": 1}, ("a1",))


def found(ours: Picture | Failure, theirs: Picture, *, exact: bool = True) -> str:
    said = problems(KEY, {"head": Stage("head", ours, 1.0)}, {"head": theirs.digests()}, exact=exact)
    return said.get("head", "")


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Digests:
    """A known difference: what we leave is this, and not what Alembic leaves."""
    ours = PICTURE.digests()
    monkeypatch.setattr(differences, "KNOWN", {KEY: Difference("x", {"head": (ours.schema, ours.rows)})})
    return ours


def test_the_same_is_no_problem() -> None:
    assert found(PICTURE, PICTURE) == ""


@pytest.mark.parametrize(
    ("ours", "said"),
    [
        (OTHER, "not what Alembic leaves: schema."),
        (Picture(("a table",), {"t": 2}, ("a1",)), "leaves: rows."),
        (Picture(("a table",), {"t": 1}, ()), "leaves: versions."),
        (Failure("flask db upgrade", "no such table"), "'flask db upgrade' failed: no such table"),
    ],
)
def test_what_is_not_the_same_is_a_problem(ours: Picture | Failure, said: str) -> None:
    assert said in found(ours, PICTURE)


def test_a_stage_that_was_not_reached_is_a_problem() -> None:
    assert problems(KEY, {}, {"head": PICTURE.digests()}) == {"head": "was not reached."}


@pytest.mark.usefixtures("known")
class TestAKnownDifference:
    def test_is_no_problem(self) -> None:
        assert found(PICTURE, OTHER) == ""

    def test_is_one_when_it_is_gone(self) -> None:
        assert "is gone" in found(OTHER, OTHER)

    def test_is_one_when_it_is_another(self) -> None:
        assert "in another way" in found(Picture((), {}, ("a1",)), OTHER)

    def test_may_be_told_otherwise_by_another_server(self) -> None:
        assert found(Picture((), {}, ("a1",)), OTHER, exact=False) == ""

    def test_is_never_one_of_what_is_applied(self) -> None:
        assert "versions" in found(Picture(("a table",), {"t": 1}, ()), OTHER)


def test_known_differences_are_about_stages_that_there_are() -> None:
    expected = read_expected()
    for key, each in KNOWN.items():
        assert each.reason
        assert set(each.ours) <= set(expected[key].stages)
