"""Writing files completely or not at all, and making the folder for revisions."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..errors import DirectoryError
from .directory import TEMPLATE, VERSIONS, is_folder, location_in, scan

_README = """\
Revisions of this project's database, one file each, in `versions/`.

    flask db migrate -m "what changes"    writes one from the models that were changed: read it
    flask db revision -m "what changes"   writes an empty one, to be filled in
    flask db upgrade                      applies those that are not applied yet
    flask db status                       shows where the database is

Commit the files. A file that was applied somewhere is not edited any more: write another one.
"""
_EXPECTED = frozenset(
    {VERSIONS, TEMPLATE, "README", "HEAD", "__init__.py", "__pycache__", "alembic.ini", "env.py", "script.py.mako"}
)


def init_directory(path: str, *, package: bool = False, files: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Make the folder for revisions and return what was made; what is there already stays as it is.

    :param package: make it, and `versions`, a Python package.
    :param files: what a template puts there: the name of each file, and its text.
    :raises DirectoryError: the folder holds something else, or cannot be written.
    """
    root = Path(path)
    if is_folder(root) and location_in(root) == root:
        return ()  # a flat folder of revisions, which would not be seen any more beside `versions`
    _refuse_foreign(root)
    made: list[str] = []
    try:
        for folder in (root, root / VERSIONS):
            if not is_folder(folder):
                folder.mkdir(parents=True)
                made.append(str(folder))
    except OSError as error:
        raise DirectoryError(
            f"{error.filename} cannot be made: {error.strerror}.", "choose another folder.", path=str(root)
        ) from error
    texts = {root / name: text for name, text in {"README": _README, **(files or {})}.items()}
    if package:
        texts |= {root / "__init__.py": "", root / VERSIONS / "__init__.py": ""}
    for file, text in texts.items():
        if not os.path.lexists(file):
            write_whole(file, text.encode())
            made.append(str(file))
    return tuple(made)


def _refuse_foreign(root: Path) -> None:
    if is_folder(root):
        strangers = sorted(
            each.name for each in scan(root) if each.name not in _EXPECTED and not each.name.startswith(".")
        )
        if strangers and not is_folder(root / VERSIONS):
            raise DirectoryError(
                f"The folder {root} is not empty and holds something else: {', '.join(strangers[:3])}.",
                "choose another folder: flask db init -d NAME.",
                path=str(root),
            )
    elif os.path.lexists(root):
        raise DirectoryError(
            f"{root} is a file where the revisions folder should be.",
            "move it away, or choose another folder: flask db init -d NAME.",
            path=str(root),
        )


# -- files, completely or not at all -------------------------------------------------------------------

_TEMPORARY = ".new-{}.tmp"
_STALE = 3600.0


def write_whole(path: Path, content: bytes) -> None:
    """Write a new file so that it is there completely or not at all, whenever the process dies.

    :raises DirectoryError: it is there already, or cannot be written; nothing is left behind.
    """
    temporary = path.with_name(_TEMPORARY.format(secrets.token_hex(8)))
    with _naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale(path.parent)
        with _removed_afterwards(temporary):
            # 0o666: the umask of the process takes away what it does not want
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            _publish(temporary, path)
        _sync_folder(path.parent)


def replace_whole(path: Path, content: bytes) -> None:
    """Give a file another content, at once and with the permissions that it has.

    :raises DirectoryError: it cannot be written; it is as it was.
    """
    temporary = path.with_name(_TEMPORARY.format(secrets.token_hex(8)))
    with _naming(path), _removed_afterwards(temporary):
        temporary.write_bytes(content)
        shutil.copymode(path, temporary)
        temporary.replace(path.resolve())


@contextlib.contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Let an error of the system name the file that was meant, and not the temporary one."""
    try:
        yield
    except OSError as error:
        raise DirectoryError(
            f"{path} cannot be written: {error.strerror or error}.",
            "correct the folder's permissions or free some space, then try again.",
            path=str(path),
        ) from error


def _publish(temporary: Path, path: Path) -> None:
    """Give the file its name, unless another has it: a link fails then, a rename would replace that one."""
    try:
        os.link(temporary, path)
    except OSError as error:
        if os.path.lexists(path):
            hint = "choose another id or message, or remove that file."
            raise DirectoryError(f"{path} is there already.", hint, path=str(path)) from error
        temporary.rename(path)  # a file system without hard links


@contextlib.contextmanager
def _removed_afterwards(path: Path) -> Iterator[None]:
    try:
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
    except KeyboardInterrupt:  # it may have come in the middle of that
        path.unlink(missing_ok=True)
        raise


def _remove_stale(folder: Path) -> None:
    """Remove what a process left that was killed while it wrote; nobody reads such a file."""
    for path in folder.glob(_TEMPORARY.format("*")):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < time.time() - _STALE:
                path.unlink()


def _sync_folder(folder: Path) -> None:
    """Have the name reach the disk, where folders can be synchronised."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
