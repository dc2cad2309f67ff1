"""Alembic's objects, as far as scripts and their helpers touch them."""

from __future__ import annotations

from .modules import alembic_modules, flask_migrate_modules

__all__ = ["alembic_modules", "flask_migrate_modules"]
