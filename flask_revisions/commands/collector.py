"""Python's collector of cycles, and what an application has loaded by the time that it has work for us."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_blocks = 0
_counting = threading.Lock()


@contextmanager
def loaded_left_alone() -> Iterator[None]:
    """Let the collector pass over what is there already, for the length of a block, and of those around it.

    A comparison makes so many values that it would look at all of the application's objects again and again,
    which takes longer than the work (https://docs.python.org/3/library/gc.html#gc.freeze).
    """
    global _blocks
    if not hasattr(gc, "freeze"):  # that is CPython's
        yield
        return
    with _counting:
        _blocks += 1
        gc.freeze()
    try:
        yield
    finally:
        with _counting:
            _blocks -= 1
            if not _blocks:
                gc.unfreeze()
