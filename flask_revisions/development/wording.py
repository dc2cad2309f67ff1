"""Texts as the application at hand has to say them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def group_of(app: Flask) -> str:
    """Return what an application calls our commands: `db`, unless it says otherwise."""
    return str(app.extensions["revisions"].command)


def as_called(text: str, app: Flask) -> str:
    """Return a text with the commands in it as the application calls them."""
    return text.replace("flask db ", f"flask {group_of(app)} ")
