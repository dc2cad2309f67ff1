"""A lock of the operating system on a file: it ends with the process that holds it, however that ends."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ...errors import DatabaseUnreachable

TAKEN = (errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK)

Wait = Callable[[Callable[[], bool], Callable[[], str]], None]


@contextmanager
def file_lock(path: Path, wait: Wait) -> Iterator[None]:
    """Hold the lock of a file for the length of a block.

    The file is made if it is not there, and stays: that it exists means nothing. While the lock is held it names
    the process.

    :param wait: called with (take the lock if it is free, say who holds it); returns when it has been taken.
    :raises DatabaseUnreachable: the file cannot be made or opened, or its file system has no locks.
    """
    descriptor = _open(path)
    try:
        wait(lambda: _take(descriptor, path), lambda: _holder(descriptor))
        _note(descriptor, str(os.getpid()))
        try:
            yield
        finally:
            _note(descriptor, "")
            _unlock(descriptor)  # closing is not enough while a process that was forked meanwhile lives
    finally:
        os.close(descriptor)


def holder_of(path: Path) -> str:
    """Return who holds the lock of a file, in words; empty if nobody does. The file is not made."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    except OSError:
        return ""
    try:
        if _take(descriptor, path):
            _unlock(descriptor)
            return ""
        return _holder(descriptor) or "another process"
    except DatabaseUnreachable:
        return ""
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    flags = getattr(os, "O_CLOEXEC", 0)
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | flags, 0o666)
    except OSError as error:
        if isinstance(error, PermissionError):
            with suppress(OSError):  # another user's file may be locked as well
                return os.open(path, os.O_RDONLY | flags)
        raise DatabaseUnreachable(
            f"Cannot write {path}: {error.strerror}.",
            "revisions need to write to the database's folder; does it exist, and may this user write there?",
        ) from error


def _take(descriptor: int, path: Path) -> bool:
    try:
        _lock(descriptor)
    except OSError as error:
        if error.errno in TAKEN:
            return False
        raise DatabaseUnreachable(
            f"Cannot lock {path}: {error.strerror}.",
            "its file system has no locks; two runs at once could not be kept apart there.",
        ) from error
    return True


def _note(descriptor: int, text: str) -> None:
    """Write who holds the lock, for people; where that cannot be written it is left out."""
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, text.encode("ascii"))


def _holder(descriptor: int) -> str:
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        number = os.read(descriptor, 20).decode("ascii", "replace").strip()
    except OSError:
        return ""
    return f"process {number}" if number.isdigit() else ""


try:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)

except ImportError:  # Windows
    import msvcrt

    def _lock(descriptor: int) -> None:
        """Lock one byte far behind the text of the file, so that others can read the text."""
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined]
