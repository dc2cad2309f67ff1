"""How the path of a file is shown to people."""

from __future__ import annotations

import os


def shown_path(path: str) -> str:
    """Return a path as seen from the working directory, where it is below that."""
    try:
        relative = os.path.relpath(path)
    except (OSError, ValueError):  # the working directory is gone; another drive
        return path
    return path if relative.startswith("..") else relative
