"""A project's own operation: a class with the SQL that carries it out."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.engine import Dialect
from sqlalchemy.sql.base import Executable

from .base import Operation

Part = str | Executable | Operation
"""SQL as it is sent, with colons and percent signs as they stand; an executable of SQLAlchemy; another operation."""


class CustomOperation(Operation):
    """The base class of a project's own operations, for `op.invoke(...)`.

    A subclass is a frozen dataclass with `describe()` and `statements()`. With `invert()` a revision that uses it
    needs no `downgrade()`.
    """

    def statements(self, dialect: Dialect) -> Iterable[Part]:
        """Return what carries the operation out, in this order.

        No database is asked, so that the operation can be written as SQL (`--sql`), too.

        :param dialect: of the database; `dialect.name` is `postgresql`, `mysql`, `mariadb`, `sqlite`, ...;
            `dialect.identifier_preparer.quote(name)` quotes a name where that is needed.
        """
        raise NotImplementedError
