"""Operations to SQL, for one dialect; no connection anywhere in this room."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.engine import Dialect

from ..dialects import MYSQL
from ..operations.catalog import Catalog
from .generic import GenericDDL


def ddl_for(
    dialect: Dialect,
    catalog: Catalog,
    naming_convention: Mapping[str, Any],
    own: Mapping[str, Callable[[Dialect, Catalog, Mapping[str, Any]], Any]] | None = None,
) -> GenericDDL:
    """Return what turns operations into SQL for a dialect; an unknown one gets SQL near the standard.

    :param own: a project's own classes by the name of the dialect, which come first.
    """
    if own and dialect.name in own:
        made: GenericDDL = own[dialect.name](dialect, catalog, naming_convention)
        return made
    # A dialect's room is imported when it is needed: most projects have one database.
    if dialect.name == "postgresql":
        from .postgresql import PostgreSQLDDL

        return PostgreSQLDDL(dialect, catalog, naming_convention)
    if dialect.name in MYSQL:
        from .mysql import MySQLDDL

        return MySQLDDL(dialect, catalog, naming_convention)
    if dialect.name == "sqlite":
        from .sqlite import SQLiteDDL

        return SQLiteDDL(dialect, catalog, naming_convention)
    if dialect.name == "mssql":
        from .mssql import MSSQLDDL

        return MSSQLDDL(dialect, catalog, naming_convention)
    if dialect.name == "oracle":
        from .oracle import OracleDDL

        return OracleDDL(dialect, catalog, naming_convention)
    return GenericDDL(dialect, catalog, naming_convention)
