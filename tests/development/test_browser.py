"""The page in a real browser, before an application that `flask run` serves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ..browser import ENTER, TAB, Browser, chromium, require, wait_for
from ..projects import OWN_TABLES, Project
from ..servers import fresh_database
from .serving import server

FIRST = """
import os
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_revisions import Revisions

app = Flask(__name__)
"""

APP = """
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
db = SQLAlchemy(app)
Revisions(app, db)


class Item(db.Model):
    __tablename__ = "item"
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(40), nullable=False)
    price = db.Column(db.Integer)


@app.route("/shop")
def shop():
    names = db.session.execute(db.text("SELECT name FROM item")).scalars()
    return "<h1>Shop</h1><p>" + ", ".join(names) + "</p>"
"""

ITEM = """
op.create_table("item", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(40), nullable=False))
op.execute("INSERT INTO item (name) VALUES ('lamp')")
"""


TWO = """
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///shop.db"
app.config["SQLALCHEMY_BINDS"] = {"reports": "sqlite:///reports.db"}
app.config["REVISIONS_BINDS"] = True
app.config.from_prefixed_env()
db = SQLAlchemy(app)
Revisions(app, db)


class Item(db.Model):
    __tablename__ = "item"
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(40), nullable=False)


class Sale(db.Model):
    __tablename__ = "sale"
    __bind_key__ = "reports"
    id = db.Column(db.Integer, primary_key=True)
    amount = db.Column(db.Numeric(10, 2), nullable=False)


@app.route("/")
def index():
    return "<h1>Shop</h1>" + str(db.session.query(Item).count()) + "/" + str(db.session.query(Sale).count())
"""


@pytest.fixture(scope="module")
def one_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """The browser of all these tests."""
    require()
    with chromium(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.fixture
def browser(one_browser: Browser) -> Iterator[Browser]:
    """The browser at an empty page, as it was at first."""
    yield one_browser
    one_browser.as_at_first()


@pytest.fixture(scope="module")
def served(one_browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, str]]:
    """A project, and the address at which its application is served to all these tests."""
    folder = tmp_path_factory.mktemp("shop")
    with fresh_database("sqlite", folder) as url:
        project = Project(folder, url)
        (folder / "app.py").write_text(FIRST + APP)
        with server(project, ["flask", "run", "--debug", "--no-reload", "--port", "{port}"]) as port:
            wait_for(port)
            yield project, f"127.0.0.1:{port}"
        project.close()


@pytest.fixture
def shop(served: tuple[Project, str]) -> Iterator[Shop]:
    """The application with two revisions, which are not applied."""
    project, at = served
    project.script("a1", None, ITEM, 'op.drop_table("item")', message="items of the shop")
    project.script("b2", "a1", "op.execute(\"INSERT INTO item (name) VALUES ('chair')\")", message="one more item")
    yield Shop(project, at)
    for path in project.versions.glob("*.py"):
        path.unlink()
    project.send(*(f"DROP TABLE IF EXISTS {name}" for name in ("item", *OWN_TABLES)))


@dataclass(frozen=True)
class Shop:
    """What a test knows: the project, and the host and port of its server."""

    project: Project
    at: str

    def applied(self) -> set[str]:
        return self.project.applied()


def test_apply_is_clicked_and_the_applications_page_follows(shop: Shop, browser: Browser) -> None:
    browser.open(f"http://{shop.at}/shop")
    assert browser.title == "2 revisions pending" and "one more item" in browser.text
    assert "create table item" in browser.text and "CREATE TABLE item" not in browser.text, "the SQL is folded"
    browser.click("section:nth-of-type(1) summary")
    assert "CREATE TABLE item" in browser.text
    browser.click("button")
    browser.wait(lambda: browser.text_of("h1") == "Shop")
    assert browser.address == f"http://{shop.at}/shop" and "lamp, chair" in browser.text
    assert shop.applied() == {"b2"}
    assert not [each for each in browser.errors() if "503" not in each and "favicon" not in each]


def test_a_revision_that_fails_is_shown_with_its_line_and_applied_once_it_is_mended(
    shop: Shop, browser: Browser
) -> None:
    wrong = "op.execute(\"INSERT INTO nosuch (name) VALUES ('desk')\")"
    path = shop.project.script("c3", "b2", wrong)
    line = next(number for number, text in enumerate(path.read_text().splitlines(), 1) if wrong in text)
    browser.open(f"http://{shop.at.replace('127.0.0.1', 'localhost')}/shop")
    browser.click("button")
    browser.wait(lambda: bool(browser.find_all(".error")))
    error = browser.text_of(".error")
    assert f"c3.py:{line}, {wrong}: no such table: nosuch" in error
    assert browser.title == "1 revision pending" and shop.applied() == {"b2"}
    path.write_text(path.read_text().replace("nosuch", "item"))
    browser.click("button")
    browser.wait(lambda: shop.applied() == {"c3"})
    browser.wait(lambda: browser.address == f"http://{shop.at.replace('127.0.0.1', 'localhost')}/shop")


def test_a_revision_is_made_of_the_models_with_the_keyboard_alone(shop: Shop, browser: Browser) -> None:
    browser.open(f"http://{shop.at}/_revisions/")
    assert browser.focus == "Apply all 2"
    browser.press(TAB, ENTER)
    assert "CREATE TABLE item" in browser.text, "the SQL unfolds"
    browser.press(TAB, shift=True)
    browser.press(ENTER)
    browser.wait(lambda: "In the models, and in no revision" in browser.text)
    assert "add column price to item" in browser.text
    browser.press(TAB)
    assert browser.focus == "message" and browser.style("#message", "outline-style") == "solid", "the focus is seen"
    browser.press(*'prices "of" <items>', ENTER)
    browser.wait(lambda: browser.title == "1 revision pending")
    assert 'prices "of" <items>' in browser.text
    assert len(list(shop.project.versions.glob("*prices_of_items.py"))) == 1
    browser.press(ENTER)
    browser.wait(lambda: "All revisions are applied." in browser.text)
    assert "price" in {row[1] for row in shop.project.query("PRAGMA table_info(item)")}


def test_it_works_without_javascript(shop: Shop, browser: Browser) -> None:
    browser.scripts(allowed=False)
    browser.open(f"http://{shop.at}/shop")
    browser.click("button")
    browser.wait(lambda: browser.text_of("h1") == "Shop")
    assert shop.applied() == {"b2"}


def test_a_name_of_somebody_elses_that_leads_here_gets_no_buttons(shop: Shop, browser: Browser) -> None:
    browser.open(f"http://{shop.at.replace('127.0.0.1', 'rebound.example')}/shop")
    assert browser.title == "2 revisions pending" and "flask db upgrade" in browser.text
    assert not browser.find_all("form, button, input")


def test_without_its_token_the_page_cannot_press_the_button(shop: Shop, browser: Browser) -> None:
    browser.open(f"http://{shop.at}/shop")
    browser.run("document.querySelector('[name=token]').remove()")
    browser.click("button")
    browser.wait(lambda: browser.text_of(".error").startswith("Nothing was done"))
    assert shop.applied() == set()


def test_a_page_of_somebody_elses_cannot_press_the_button(shop: Shop, browser: Browser, tmp_path: Path) -> None:
    browser.open(f"http://{shop.at}/shop")
    token = browser.property("[name=token]", "value")
    action = f"http://{shop.at}/_revisions/apply"
    theirs = tmp_path / "theirs.html"
    theirs.write_text(f'<form method="post" action="{action}"><input name="token" value="{token}"><button>Go</button>')
    browser.open(theirs.as_uri())
    browser.click("button")
    browser.wait(lambda: browser.address == action)
    assert browser.text.startswith("Not allowed.") and shop.applied() == set()


def test_the_page_is_in_no_frame_of_somebody_elses(shop: Shop, browser: Browser, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs.html"
    theirs.write_text(f'<iframe src="http://{shop.at}/shop"></iframe>')
    browser.open(theirs.as_uri())
    assert any("frame-ancestors" in each for each in browser.errors())


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Project]:
    """An application with two databases and no revision."""
    project = Project(tmp_path, f"sqlite:///{tmp_path / 'instance' / 'shop.db'}")
    project.versions.mkdir(parents=True)
    (tmp_path / "app.py").write_text(FIRST + TWO)
    yield project
    project.close()


@contextmanager
def at_its_page(project: Project, browser: Browser, **environment: str) -> Iterator[None]:
    """Have the page of a project in the browser."""
    with server(project, ["flask", "run", "--debug", "--no-reload", "--port", "{port}"], **environment) as port:
        wait_for(port)
        browser.open(f"http://127.0.0.1:{port}/_revisions/")
        yield


def test_a_revision_is_made_for_two_databases(two: Project, browser: Browser) -> None:
    with at_its_page(two, browser):
        headings = [browser.text_of(f"h3:nth-of-type({n})") for n in (1, 2)]
        assert [each.partition(":")[0] for each in headings] == ["default", "reports"]
        assert "add table item" in browser.text and "add table sale" in browser.text
        browser.click("#message")
        browser.press(*"items and sales", ENTER)
        browser.wait(lambda: browser.title == "2 revisions pending")
        assert len(list(two.versions.glob("*items_and_sales.py"))) == 1, "which is pending on each of them"
        browser.click("button")
        browser.wait(lambda: "All revisions are applied." in browser.text)
        assert not browser.find_all("form") and two.tables() == {"item"}


def test_each_of_two_histories_has_a_button_of_its_own(two: Project, browser: Browser) -> None:
    folders = {"default": "migrations", "reports": "migrations_reports"}
    (two.folder / "migrations_reports" / "versions").mkdir(parents=True)
    with at_its_page(two, browser, FLASK_REVISIONS_BINDS="null", FLASK_REVISIONS_DIRECTORY=json.dumps(folders)):
        assert len(browser.find_all("form")) == 2
        browser.click("label[for=message-reports]")
        browser.press(*"sales", ENTER)
        browser.wait(lambda: browser.title == "1 revision pending")
        assert "create table sale" in browser.text and "reports: sqlite" in browser.text
        assert len(list(two.folder.rglob("*_sales.py"))) == 1 and not list(two.versions.glob("*.py"))
        browser.click("button")
        browser.wait(lambda: "add table item" in browser.text)
        assert len(browser.find_all("form")) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_two_databases_can_be_read_in_a_narrow_window(two: Project, browser: Browser, scheme: str) -> None:
    browser.prefer(scheme)
    browser.size(360, 700)
    folders = {"default": "migrations", "reports": "migrations_reports"}
    (two.folder / "migrations_reports" / "versions").mkdir(parents=True)
    with at_its_page(two, browser, FLASK_REVISIONS_BINDS="null", FLASK_REVISIONS_DIRECTORY=json.dumps(folders)):
        colours = (browser.style("label", "color", first=True), browser.style("body", "background-color"))
        assert contrast(*colours) >= 4.5
        assert browser.property("html", "scrollWidth") <= 360, "nothing is to be scrolled sideways"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_in_light_and_dark_and_in_a_narrow_window(shop: Shop, browser: Browser, scheme: str) -> None:
    browser.prefer(scheme)
    browser.size(360, 700)
    shop.project.script("c3", "b2", "raise ValueError('not' + ' yet' * 40)")
    browser.open(f"http://{shop.at}/shop")
    browser.click("button")
    browser.wait(lambda: browser.title == "1 revision pending")  # the error was there before
    assert (luminance(browser.style("body", "background-color")) < 0.1) is (scheme == "dark")
    for ink, paper in (("body", "body"), (".where", "body"), (".error", ".error"), ("button", "button")):
        colours = (browser.style(ink, "color", first=True), browser.style(paper, "background-color", first=True))
        assert contrast(*colours) >= 4.5, (ink, colours)
    assert browser.property("html", "scrollWidth") <= 360, "nothing is to be scrolled sideways"


def contrast(one: str, other: str) -> float:
    """How far two colours are apart (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio)."""
    light, dark = sorted(map(luminance, (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(each) / 255 for each in re.findall(r"\d+", colour)[:3]]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
