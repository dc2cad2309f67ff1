"""Databases that cannot be reached, read or written: two lines, exit codes 8, 5 and 1, nothing changed."""

from __future__ import annotations

import importlib
import os
import pkgutil
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import flask_revisions
import pytest

from ..projects import Project, Result
from ..servers import require, server_url
from .errors import two_lines

NOBODY = 65534
COMMANDS = ["current", "upgrade", "downgrade", "stamp", "history -i"]


def with_url(project: Project, url: str) -> Project:
    """Return the same project with another database, which need not exist."""
    project.close()
    return Project(project.folder, url)


def file_of(project: Project) -> Path:
    return Path(project.url.removeprefix("sqlite:///"))


# -- SQLite -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_is_no_database(pair: Project, command: str) -> None:
    file_of(pair).write_bytes(b"no database\n" * 500)
    message, hint = two_lines(pair.cli(*command.split()), 1)
    assert str(file_of(pair)) in message and "not a database" in message and "right file" in hint
    assert file_of(pair).read_bytes() == b"no database\n" * 500


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_where_the_file_should_be(pair: Project, command: str) -> None:
    file_of(pair).mkdir()
    message, hint = two_lines(pair.cli(*command.split()), 8)
    assert str(file_of(pair)) in message and "folder" in hint
    assert list(file_of(pair).iterdir()) == []


def test_a_folder_of_the_database_that_is_not_there(pair: Project) -> None:
    missing = with_url(pair, f"sqlite:///{pair.folder}/nosuch/x.db")
    message, hint = two_lines(missing.cli("upgrade"), 8)
    assert "nosuch/x.db" in message and "folder" in hint
    assert not (pair.folder / "nosuch").exists()


def test_looking_makes_no_file(pair: Project) -> None:
    for command in ("current", "current -v", "history -i", "heads", "show", "branches", "upgrade --sql"):
        assert pair.cli(*command.split()).code == 0
    assert pair.cli("current", "--check-heads").code == 3
    assert not file_of(pair).exists()


@pytest.mark.parametrize("lock", ["EXCLUSIVE", "IMMEDIATE"])
def test_a_file_that_another_connection_has_locked(pair: Project, lock: str) -> None:
    other = sqlite3.connect(file_of(pair))
    other.execute("CREATE TABLE other (id)")
    other.execute(f"BEGIN {lock}")
    config = {"REVISIONS_LOCK_TIMEOUT": 0.2, "SQLALCHEMY_ENGINE_OPTIONS": {"connect_args": {"timeout": 0.2}}}
    message, hint = two_lines(pair.cli("upgrade", config=config), 5)
    assert "connection" in message and "again" in hint
    other.rollback()
    other.close()
    assert pair.tables() == {"other"} and pair.cli("upgrade").code == 0


def test_looking_at_a_locked_file_says_so(pair: Project) -> None:
    other = sqlite3.connect(file_of(pair))
    other.execute("CREATE TABLE other (id)")
    other.execute("BEGIN EXCLUSIVE")
    config = {"SQLALCHEMY_ENGINE_OPTIONS": {"connect_args": {"timeout": 0.2}}}
    message, _ = two_lines(pair.cli("current", config=config), 5)
    assert str(file_of(pair)) in message and "locked" in message
    other.close()


@pytest.fixture
def as_nobody(pair: Project, tmp_path: Path) -> Callable[..., Result]:
    """A function that runs a command as a user with few rights, who may look at the project."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can be somebody else")
    for folder in (tmp_path, *tmp_path.parents):  # as far as pytest has made them, and for root alone
        if folder.stat().st_mode & 0o777 == 0o700 and "pytest" in str(folder):
            folder.chmod(0o755)
    for module in pkgutil.walk_packages(flask_revisions.__path__, "flask_revisions."):
        importlib.import_module(module.name)  # nobody may not be allowed to
    assert pair.cli("upgrade", "aaaa1111").code == 0

    def run(*arguments: str) -> Result:
        os.seteuid(NOBODY)
        try:
            return pair.cli(*arguments)
        finally:
            os.seteuid(0)

    return run


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_database_that_another_user_may_not_write(pair: Project, what: str, as_nobody: Callable[..., Result]) -> None:
    if what == "folder":
        file_of(pair).chmod(0o666)
    result = as_nobody("upgrade")
    message, _ = two_lines(result, 1 if result.code == 1 else 8)
    assert str(file_of(pair)) in message or "readonly database" in message or "unable to open" in message
    assert pair.applied() == {"aaaa1111"} and pair.tables() == {"t_aaaa1111"}


def test_a_folder_that_another_user_may_not_write(pair: Project, as_nobody: Callable[..., Result]) -> None:
    for command in (["revision", "-m", "x"], ["revision", "--rev-id", "cccc3333"]):
        message, hint = two_lines(as_nobody(*command), 1)
        assert str(pair.versions) in message and "permissions" in hint
    assert len(list(pair.versions.iterdir())) == 2 + (pair.versions / "__pycache__").exists()


@pytest.mark.parametrize("what", ["bbbb2222.py", "."])
def test_what_another_user_may_not_read(pair: Project, what: str, as_nobody: Callable[..., Result]) -> None:
    (pair.versions / what).chmod(0o700)
    for command in ("heads", "upgrade", "revision"):
        message, hint = two_lines(as_nobody(command), 1)
        assert str(pair.versions / what) in message and "permissions" in hint


# -- the version table ----------------------------------------------------------------------------------


def test_a_row_that_no_file_knows_stops_what_writes_and_nothing_else(pair: Project) -> None:
    pair.cli("upgrade")
    pair.send("UPDATE alembic_version SET version_num = 'zzzz9999'")
    for command in ("upgrade", "upgrade +1", "downgrade", "downgrade base", "stamp head"):
        message, hint = two_lines(pair.cli(*command.split()), 1)
        assert "'zzzz9999'" in message and "flask db stamp --purge" in hint, command
    assert pair.cli("current").out == "zzzz9999 (no file has this id)\n"
    message, hint = two_lines(pair.cli("current", "--check-heads"), 3)
    assert "'zzzz9999'" in message and "--purge" in hint
    assert pair.cli("history", "-i").err == "Warning: The database is at 'zzzz9999', and no file has that id.\n"
    assert pair.cli("heads").code == pair.cli("revision", "-m", "x").code == pair.cli("show").code == 0
    assert pair.cli("stamp", "--purge", "bbbb2222").code == 0 and pair.applied() == {"bbbb2222"}


def test_a_row_that_is_behind_another(pair: Project) -> None:
    pair.cli("upgrade")
    pair.send("INSERT INTO alembic_version VALUES ('aaaa1111')")
    message, hint = two_lines(pair.cli("upgrade"), 1)
    assert "'aaaa1111'" in message and "'flask db stamp bbbb2222'" in hint
    current = pair.cli("current")
    assert current.out == "bbbb2222 (head)\n" and "'flask db stamp bbbb2222'" in current.err
    assert pair.cli("stamp", "bbbb2222").code == 0
    assert pair.applied() == {"bbbb2222"} and pair.cli("upgrade").code == 0


def test_a_table_of_that_name_which_is_another(pair: Project) -> None:
    pair.send("CREATE TABLE alembic_version (something INTEGER)")
    for command in ("current", "upgrade"):
        message, _ = two_lines(pair.cli(command), 1)
        assert "alembic_version" in message
    assert pair.tables() == set()


def test_a_version_table_of_another_name(pair: Project) -> None:
    pair.send("CREATE TABLE other (version_num VARCHAR(32))", "INSERT INTO other VALUES ('aaaa1111')")
    message, hint = two_lines(pair.cli("upgrade"), 1)
    assert "'other'" in message and "REVISIONS_VERSION_TABLE = 'other'" in hint
    looked = pair.cli("current")
    assert looked.code == 0 and looked.err.startswith("Warning: ") and "'other'" in looked.err
    assert pair.cli("upgrade", config={"REVISIONS_VERSION_TABLE": "other"}).code == 0
    assert pair.applied("other") == {"bbbb2222"} and pair.tables() == {"other", "other_log", "t_bbbb2222"}


# -- servers --------------------------------------------------------------------------------------------


@pytest.fixture(params=["postgresql+psycopg", "postgresql+psycopg2", "mysql+pymysql"])
def server(request: pytest.FixtureRequest) -> str:
    """The beginning of the URL of a server that is there."""
    driver = str(request.param)
    pytest.importorskip(driver.split("+")[1])
    require("postgresql" if driver.startswith("postgresql") else "mariadb")
    return driver


def test_a_database_that_a_server_does_not_have(pair: Project, server: str) -> None:
    url = server_url("mariadb" if "mysql" in server else "postgresql").set(drivername=server, database="nosuch_db")
    project = with_url(pair, url.render_as_string(hide_password=False))
    for command in ("current", "upgrade"):
        message, hint = two_lines(project.cli(command), 8)
        assert "nosuch_db" in message and "create the database" in hint


def test_a_user_that_a_server_does_not_have(pair: Project, server: str) -> None:
    url = server_url("mariadb" if "mysql" in server else "postgresql").set(drivername=server, database="x")
    project = with_url(pair, url.set(username="nosuch_user").render_as_string(hide_password=False))
    message, hint = two_lines(project.cli("upgrade"), 8)
    assert "nosuch_user" in message and "user and password" in hint


def test_a_host_that_is_not_there(pair: Project, server: str) -> None:
    message, hint = two_lines(with_url(pair, f"{server}://u@nosuch.invalid/x").cli("upgrade"), 8)
    assert "nosuch.invalid" in message and "host name" in hint


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port where somebody accepts connections and says nothing."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(8)
        yield listening.getsockname()[1]


def test_a_port_where_nobody_listens(pair: Project, server: str, silent_port: int) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    message, hint = two_lines(with_url(pair, f"{server}://u@127.0.0.1:{port}/x").cli("upgrade"), 8)
    assert f"127.0.0.1:{port}" in message and "port" in hint


def test_a_server_that_accepts_and_stays_silent(pair: Project, server: str, silent_port: int) -> None:
    project = with_url(pair, f"{server}://u@127.0.0.1:{silent_port}/x")
    began = time.monotonic()
    result = project.cli("upgrade", config={"REVISIONS_CONNECT_TIMEOUT": 0.5})
    message, hint = two_lines(result, 8)
    assert time.monotonic() - began < 5
    assert f"127.0.0.1:{silent_port}" in message and "REVISIONS_CONNECT_TIMEOUT" in hint


def test_a_silent_server_does_not_keep_the_command_from_ending(pair: Project, silent_port: int) -> None:
    project = with_url(pair, f"postgresql+psycopg://u@127.0.0.1:{silent_port}/x")
    began = time.monotonic()
    two_lines(project.flask("upgrade", check=False, FLASK_REVISIONS_CONNECT_TIMEOUT="0.5"), 8)
    assert time.monotonic() - began < 15
