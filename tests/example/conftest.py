"""The example application on an empty database of each kind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from example_app import create_app
from example_app.example_app.models import db
from flask import Flask


@pytest.fixture
def app(url: str) -> Iterator[Flask]:
    """The application, in its context."""
    made = create_app({"SQLALCHEMY_DATABASE_URI": url})
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()
