"""What the histories' own env.py come to: the same database, metadata and keywords as under our engine."""

from alembic import context
from flask import current_app
from given import given
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

metadata = current_app.extensions["sqlalchemy"].metadata

if context.is_offline_mode():
    context.configure(url=given.url, literal_binds=True, target_metadata=metadata, **given.keywords)
    with context.begin_transaction():
        context.run_migrations(**given.run_kwargs)
else:
    with create_engine(given.url, poolclass=NullPool).connect() as connection:
        context.configure(connection, target_metadata=metadata, **given.keywords)
        with context.begin_transaction():
            context.run_migrations(**given.run_kwargs)
