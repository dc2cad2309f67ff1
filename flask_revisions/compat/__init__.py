"""Alembic's objects, as far as scripts and their helpers touch them."""
