"""The pictures of the page in the documentation: `python -m tests.development.pictures` takes them anew."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ..browser import chromium, wait_for
from ..projects import ROOT, Project
from .serving import server

APP = """
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_revisions import Revisions

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///shop.db"
db = SQLAlchemy(app)
Revisions(app, db)
"""

USER = """
op.create_table(
    "user",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("email", sa.String(254), nullable=False),
    sa.UniqueConstraint("email"),
)
"""
PHONE = """
op.add_column("user", sa.Column("phone", sa.String(40)))
op.create_index("ix_user_phone", "user", ["phone"])
"""
FAILS = 'op.execute("UPDATE user SET phone = mobile")'

WIDTH = 900
PICTURES = {"page-light": 680, "error-dark": 600}
"""Their names, and how high they are, in pixels."""


def take(target: Path) -> None:
    """Take a picture of what is pending, and one of an error, in a folder."""
    with tempfile.TemporaryDirectory() as scratch, chromium(Path(scratch)) as browser:
        shop = Path(scratch, "shop")
        shop.mkdir()
        project = Project(shop, f"sqlite:///{shop / 'instance' / 'shop.db'}")
        (shop / "app.py").write_text(APP)
        project.script("38c5af7fe1c8", None, USER, 'op.drop_table("user")', message="create users")
        project.script("9b1d20c4a77e", "38c5af7fe1c8", PHONE, 'op.drop_column("user", "phone")', message="add a phone")
        os.chdir(shop)
        with server(project, ["flask", "run", "--debug", "--no-reload", "--port", "{port}"]) as port:
            wait_for(port)
            for picture, height in PICTURES.items():
                name, _, scheme = picture.partition("-")
                browser.prefer(scheme)
                browser.size(WIDTH, height)
                if name == "error":
                    project.script("c41f6a0d93e2", "9b1d20c4a77e", FAILS, message="phones of those who have a mobile")
                browser.open(f"http://127.0.0.1:{port}/")
                if name == "error":
                    browser.click("button")
                    browser.wait(lambda: bool(browser.find_all(".error")))
                else:
                    browser.click("section:nth-of-type(2) summary")
                (target / f"{picture}.png").write_bytes(browser.picture())


if __name__ == "__main__":
    take(ROOT / "docs" / "images")
