"""Other parents in a revision file, and nothing else."""

from __future__ import annotations

import pytest
from flask_revisions.errors import HeaderError
from flask_revisions.scripts.reparent import with_parents

FILES = {
    "plain": 'revision = "b"\ndown_revision = "a"\n\n\ndef upgrade():\n    x = "a"\n',
    "annotated, with a comment": 'revision: str = "b"\ndown_revision: str | None = "a"  # the first\n',
    "several lines": 'revision = "b"\ndown_revision = (\n    "a",\n    "q",\n)\nbranch_labels = None\n',
    "a base": "revision = 'b'\ndown_revision = None\n",
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_value_alone_changes(name: str, end: str) -> None:
    source = FILES[name].replace("\n", end)
    changed = with_parents(source.encode(), "b.py", ["c0ffee"]).decode()
    before, _, after = changed.partition('"c0ffee"')
    assert source.startswith(before) and source.endswith(after) and after.startswith(("  # the first", end))


def test_the_docstring_says_it_too() -> None:
    source = '"""größer\n\nRevision ID: b\nRevises: a\nCreate Date: 2020\n"""\nrevision = "b"\ndown_revision = "a"\n'
    changed = with_parents(source.encode(), "b.py", ["c", "d"]).decode()
    assert changed == source.replace("Revises: a", "Revises: c, d").replace('= "a"', '= ("c", "d")')


def test_other_encodings_and_odd_ids_are_kept() -> None:
    source = '# -*- coding: latin-1 -*-\n"""größer"""\nrevision = "b"\ndown_revision = "ä"\n'.encode("latin-1")
    changed = with_parents(source, "b.py", ['it\'s "odd"'])
    assert changed == source.replace('"ä"'.encode("latin-1"), b"'it\\'s \"odd\"'")


@pytest.mark.parametrize(
    "source",
    [
        'PARENT = "a"\nrevision = "b"\ndown_revision = PARENT\n',
        'revision = "b"\ndown_revision = "a"\ndown_revision = "c"\n',
        'revision = "b"\nif True:\n    down_revision = "a"\n',
    ],
)
def test_what_is_no_plain_literal_is_for_a_person(source: str) -> None:
    with pytest.raises(HeaderError, match="no plain literal") as found:
        with_parents(source.encode(), "b.py", ["c"])
    assert "by hand" in found.value.hint
