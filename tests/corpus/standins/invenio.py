"""Invenio: its own database object and translations, as revisions of its packages use both."""

from flask import Flask
from flask_sqlalchemy import SQLAlchemy


def database(app: Flask) -> SQLAlchemy:
    from invenio_db import InvenioDB, db
    from invenio_i18n import InvenioI18N

    InvenioI18N(app)
    InvenioDB(app, entry_point_group=None, versioning_manager=None)
    return db
