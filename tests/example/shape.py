"""The shape of a database as SQLAlchemy's inspector reports it, for comparing two of one kind."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, inspect


def shape_of(engine: Engine) -> dict[str, Any]:
    """What there is of every table but our own, and the types that are none of a table."""
    with engine.connect() as connection:
        found: Any = inspect(connection)
        tables = {
            name: {
                "columns": {each["name"]: described(each) for each in found.get_columns(name)},
                "primary key": found.get_pk_constraint(name),
                "foreign keys": by_name(found.get_foreign_keys(name)),
                "unique": by_name(found.get_unique_constraints(name)),
                "checks": by_name(found.get_check_constraints(name)),
                "indexes": by_name(found.get_indexes(name)),
            }
            for name in found.get_table_names()
            if name not in ("alembic_version", "revision_log", "revision_journal")
        }
        types = found.get_enums() if engine.dialect.name == "postgresql" else []
    return {**tables, **{f"type {each['name']}": each["labels"] for each in types}}


def described(column: dict[str, Any]) -> dict[str, Any]:
    return {**column, "type": repr(column["type"])}


def by_name(found: list[Any]) -> list[Any]:
    return sorted(found, key=lambda each: str(each["name"]))
