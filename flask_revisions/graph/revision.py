"""`Revision`: what the header of one revision file says."""

from __future__ import annotations

from dataclasses import dataclass


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
    """

    id: str
    parents: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    message: str = ""
    doc: str = ""
    path: str = ""

    def describe(self) -> str:
        """Return the id and, where there is one, the file: `'3fa2c1' (versions/3fa2c1_users.py)`."""
        return f"'{self.id}' ({self.path})" if self.path else f"'{self.id}'"
