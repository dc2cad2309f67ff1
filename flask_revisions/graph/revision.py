"""`Revision`: what the header of one revision file says."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision, as its file describes it.

    :param id: its full id.
    :param parents: the ids of `down_revision`, as written; none for a base.
    :param depends_on: ids or branch labels, as written.
    :param labels: the branch labels that the file gives.
    :param message: the first paragraph of the docstring, in one line.
    :param doc: the whole docstring.
    :param path: the file, for messages.
    :param digest: of what the file holds, byte for byte; empty where that is not known.
    :param per_bind: True where `upgrade()` is told by name which of several databases it runs on.
    """

    id: str
    parents: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    message: str = ""
    doc: str = ""
    path: str = ""
    digest: str = field(default="", compare=False)
    per_bind: bool = False

    def describe(self) -> str:
        """Return the id and, where there is one, the file: `'3fa2c1' (versions/3fa2c1_users.py)`."""
        return f"'{self.id}' ({self.path})" if self.path else f"'{self.id}'"


def digest_of(content: bytes) -> str:
    """Return the digest of a file's content: 32 hexadecimal digits."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()
