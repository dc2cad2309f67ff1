"""What an application has loaded is set aside while much is made."""

from __future__ import annotations

import gc

from flask_revisions.commands.collector import loaded_left_alone


def test_it_is_set_aside_for_the_length_of_a_block() -> None:
    with loaded_left_alone():
        assert gc.get_freeze_count() > 0
        with loaded_left_alone():
            assert gc.get_freeze_count() > 0
        assert gc.get_freeze_count() > 0, "the inner block has not ended the outer one"
    assert gc.get_freeze_count() == 0


def test_what_the_process_has_set_aside_by_itself_stays_so() -> None:
    gc.freeze()
    try:
        with loaded_left_alone():
            pass
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
