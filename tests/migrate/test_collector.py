"""What an application has loaded is set aside while much is made."""

from __future__ import annotations

import gc

from flask_revisions.commands.collector import loaded_left_alone

MANY = 1000
"""More objects than Python 3.12 has set aside by itself."""


def test_it_is_set_aside_for_the_length_of_a_block() -> None:
    assert gc.get_freeze_count() < MANY
    with loaded_left_alone():
        assert gc.get_freeze_count() > MANY
        with loaded_left_alone():
            assert gc.get_freeze_count() > MANY
        assert gc.get_freeze_count() > MANY, "the inner block has not ended the outer one"
    assert gc.get_freeze_count() < MANY
