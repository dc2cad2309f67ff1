"""Published histories leave under this engine what they leave under Alembic.

They are fetched from the package index, and run by the real `flask db` in environments of their own:

    pytest -m corpus tests/corpus                       all, which takes an hour and some gigabytes
    pytest -m "corpus and light" tests/corpus           the light ones
    pytest -m corpus tests/corpus -k "zou or octavia"   some
    pytest -m corpus tests/corpus --alembic installed   where the application has imported Alembic itself
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from ..servers import require
from .differences import problems
from .environments import install_checkout, python_of
from .expected import digests_of, read_expected, server_release
from .histories import History, read_histories
from .pictures import Digests
from .runs import ALEMBIC, Engine, Run

EXPECTED = read_expected()

PAIRS = [
    pytest.param(history, kind, id=f"{history.name}-{kind}", marks=[pytest.mark.light] if history.light else [])
    for history in read_histories().values()
    for kind in history.databases
]


@pytest.mark.corpus
@pytest.mark.parametrize(("history", "kind"), PAIRS)
def test_a_history_leaves_what_it_leaves_under_alembic(
    history: History, kind: str, alembic: str, checkout: Path, tmp_path: Path
) -> None:
    require(kind)
    kept = EXPECTED[history.name, kind]
    exact = kept.holds_for(kind, server_release(history, kind))
    expected = kept.stages if exact else made_now(history, kind, tmp_path)
    engine = Engine(install_checkout(python_of(history.environment), checkout), alembic)
    stages = Run(history, kind, engine, tmp_path).stages(offline="sql" in expected)
    found = problems((history.name, kind), {each.name: each for each in stages}, expected, exact=exact)
    assert not found, f"'python -m tests.corpus {history.name} --database {kind} --diff' shows more"


def made_now(history: History, kind: str, folder: Path) -> Mapping[str, Digests]:
    """Return what Alembic makes of a history here: another server may tell the same otherwise."""
    return digests_of(Run(history, kind, ALEMBIC, folder).stages(offline=True))


@pytest.mark.parametrize(("history", "kind"), PAIRS)
def test_it_is_kept_what_alembic_makes_of_each_release(history: History, kind: str) -> None:
    kept = EXPECTED[history.name, kind]
    assert kept.made_with[history.package] == history.version
    assert "head" in kept.stages
