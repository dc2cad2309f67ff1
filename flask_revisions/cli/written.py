"""What is said of a file that was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..paths import shown_path
from .command import is_quiet
from .output import identifier, say

if TYPE_CHECKING:
    from ..graph.graph import Revision


def say_written(written: Revision) -> None:
    """Print which file was written; with `--quiet` its path alone, for scripts."""
    path = shown_path(written.path)
    say(path if is_quiet() else f"Wrote {path} ({identifier(written.id)}).")
