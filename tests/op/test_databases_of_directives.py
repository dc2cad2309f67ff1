"""Which directive there is on which database, as the documentation says it."""

from __future__ import annotations

from flask_revisions import op

from . import directives


def test_no_directive_is_left_out() -> None:
    assert set(directives.SAMPLES) | directives.NO_STATEMENT == set(op.__all__)


def test_the_documentation_has_the_table_that_the_directives_give() -> None:
    page = directives.PAGE.read_text("utf-8")
    given = page.partition(directives.BEGIN)[2].partition(directives.END)[0]
    assert given == directives.table(), "write it with: python -m tests.op.directives"


def test_a_directive_that_a_database_lacks_says_which_and_what_to_do() -> None:
    answers = {
        (each, name): directives.answer(each, name) for each in directives.DATABASES for name in ("create_enum",)
    }
    assert [each for (each, _), given in answers.items() if given == "yes"] == ["postgresql"]
