"""The `flask` command where installed packages have commands that import Alembic, and it is not installed.

Flask loads those before the application, and would stop at the first that cannot be loaded.
"""

from __future__ import annotations

from importlib.metadata import entry_points

from borrowed import borrowed
from flask.cli import main

with borrowed():
    for each in entry_points(group="flask.commands"):
        each.load()
main()
