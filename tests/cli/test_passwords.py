"""A password is in no output: not in what is printed, not in an error, not in a traceback, not in a file."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from hashlib import sha1
from urllib.parse import quote, quote_plus

import pytest
from sqlalchemy import URL

from ..projects import Project, Result
from ..servers import administer, fresh_database, require, server_url
from .errors import two_lines

PASSWORD = "s3cret-pässword/@: %'\"\\"
SPELLINGS = {PASSWORD, quote(PASSWORD), quote_plus(PASSWORD), quote(PASSWORD, safe=""), "s3cret"}


def told(*results: Result) -> list[str]:
    """Return the spellings of the password that are in some output."""
    text = "".join(result.out + result.err for result in results)
    return [spelling for spelling in SPELLINGS if spelling in text]


@pytest.fixture
def account(pair: Project) -> Iterator[Project]:
    """A project whose database asks for a password."""
    require("mariadb")
    server = server_url("mariadb")
    user = f"flask_revisions_{secrets.token_hex(4)}"
    # as PyMySQL sends it, in Latin-1; https://mariadb.com/kb/en/authentication-plugin-mysql_native_password/
    digest = sha1(sha1(PASSWORD.encode("latin-1")).digest()).hexdigest().upper()
    with fresh_database("mariadb", pair.folder) as url:
        database = url.rpartition("/")[2]
        administer(
            server,
            f"CREATE USER {user}@'%' IDENTIFIED BY PASSWORD '*{digest}'",
            f"GRANT ALL ON {database}.* TO {user}@'%'",
        )
        made = Project(pair.folder, with_password(server.set(username=user, database=database), PASSWORD))
        yield made
        made.close()
        administer(server, f"DROP USER {user}@'%'")


def with_password(url: URL, password: str) -> str:
    return url.set(password=password).render_as_string(hide_password=False)


ROUND = [
    "upgrade",
    "current -v",
    "history -i -v",
    "heads",
    "upgrade --sql",
    "downgrade",
    "stamp",
    "revision -m x",
]


def test_everyday_commands_do_not_tell_it(account: Project) -> None:
    results = [account.cli(*command.split()) for command in ROUND]
    assert [result.code for result in results] == [0] * len(ROUND)
    assert told(*results) == []
    assert not any("s3cret" in path.read_text("utf-8") for path in account.folder.rglob("*.py"))


def test_the_real_command_does_not_tell_it(account: Project) -> None:
    assert told(account.flask("upgrade"), account.flask("current", "-v")) == []


def test_scripts_that_fail_do_not_tell_it(account: Project) -> None:
    says_all = "from flask import current_app\nurl = current_app.config['SQLALCHEMY_DATABASE_URI']\n"
    account.script("cccc3333", "bbbb2222", "pass", before=says_all + "raise ValueError(f'cannot use {url}')\n")
    message, _ = two_lines(account.cli("upgrade"), 1)
    assert "cannot use mysql+pymysql://" in message and "***" in message
    shown = account.cli("upgrade", "--traceback")
    assert "Traceback" in shown.err and "ValueError" in shown.err
    bare = "from flask import current_app as a\nraise ValueError(a.extensions['sqlalchemy'].engine.url.password)"
    account.script("cccc3333", "bbbb2222", bare)
    assert told(account.cli("upgrade"), shown, account.cli("upgrade", "--traceback")) == []


def test_a_refused_password_is_not_repeated(account: Project) -> None:
    wrong = with_password(server_url("mariadb").set(username="nosuch_user", database="x"), PASSWORD)
    project = Project(account.folder, wrong)
    results = [project.cli(*command.split()) for command in ("upgrade", "current -v", "current --traceback")]
    message, hint = two_lines(results[0], 8)
    assert "Access denied" in message and "password" in hint
    assert told(*results) == []


BROKEN = [
    f"postgres://u:{PASSWORD}@h/x",
    f"postgresql+notthere://u:{PASSWORD}@h/x",
    f"postgresql+asyncpg://u:{PASSWORD}@h/x",
    f"postgresql://u:{PASSWORD}@h:port/x",
    f"postgresql+psycopg://u:{PASSWORD}@127.0.0.1/x",
    f"mysql+pymysql://u:a@{PASSWORD}@nosuch.invalid/x",
    f"{PASSWORD} is no URL",
]


@pytest.mark.parametrize("broken", BROKEN, ids=range(len(BROKEN)))
@pytest.mark.parametrize("option", [[], ["--traceback"]], ids=["", "traceback"])
def test_a_url_that_cannot_be_used_is_not_repeated(pair: Project, broken: str, option: list[str]) -> None:
    result = pair.flask("current", *option, check=False, DATABASE_URL=broken)
    assert result.code in (1, 8) and told(result) == []


def test_a_url_in_the_source_of_the_application_is_not_repeated(pair: Project) -> None:
    url = f"postgresql+notthere://u:{quote_plus(PASSWORD)}@h/x"
    (pair.folder / "app.py").write_text(
        "from flask import Flask\nfrom sqlalchemy import create_engine\n"
        f"app = Flask('a')\nengine = create_engine({url!r})\nraise ValueError(engine)\n"
    )
    results = [pair.flask("current", *option, check=False) for option in ([], ["--traceback"])]
    assert [result.code for result in results] == [1, 1] and told(*results) == []
