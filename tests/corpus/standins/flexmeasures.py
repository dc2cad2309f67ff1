"""FlexMeasures: its own database object, as revisions look at the database through it."""

from flask import Flask
from flask_sqlalchemy import SQLAlchemy


def database(app: Flask) -> SQLAlchemy:
    from flexmeasures.data.config import db

    db.init_app(app)
    return db
