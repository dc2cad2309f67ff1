"""Python's collector of cycles, and what an application has loaded by the time that it has work for us."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loaded_left_alone() -> Iterator[None]:
    """Let the collector pass over what is there already, for the length of a block.

    A comparison makes so many values that it would look at all of the application's objects again and again,
    which takes longer than the work (https://docs.python.org/3/library/gc.html#gc.freeze). A process that has set its
    objects aside by itself keeps them so.
    """
    if not hasattr(gc, "freeze") or gc.get_freeze_count():
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
