"""`HEAD` in the folder of the revisions: one line with the newest, in which parallel branches conflict in git."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from .files import replace_whole, write_whole

HEAD = "HEAD"


def has_head_file(folder: str) -> bool:
    """Return True where a project keeps it: it does so by having it."""
    return (Path(folder) / HEAD).is_file()


def read_head_file(folder: str) -> tuple[str, ...] | None:
    """Return the ids that it names; None where there is no such file, or it cannot be read."""
    try:
        return tuple((Path(folder) / HEAD).read_text("utf-8").split())
    except (OSError, UnicodeDecodeError):
        return None


def make_head_file(folder: str, heads: Iterable[str]) -> str:
    """Write it where there is none, and return its path.

    :raises DirectoryError: it cannot be written.
    """
    path = Path(folder) / HEAD
    write_whole(path, _content(heads))
    return str(path)


def update_head_file(folder: str, heads: Iterable[str]) -> None:
    """Write it anew where there is one; a conflict that git has left in it is gone then.

    :raises DirectoryError: it cannot be written.
    """
    if has_head_file(folder):
        replace_whole(Path(folder) / HEAD, _content(heads))


def _content(heads: Iterable[str]) -> bytes:
    return "".join(f"{each}\n" for each in sorted(heads)).encode()
