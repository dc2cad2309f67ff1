"""Applications that were published with Flask-Migrate, and what is to be done to switch each of them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import URL

ITS_TABLES = """
from privacyidea.app import create_app
from privacyidea.models import db

app = create_app(silent=True)
with app.app_context():
    db.create_all()
"""


@dataclass(frozen=True)
class Published:
    """An application, which is a package of the environment with its name.

    :param kinds: the databases that it is for.
    :param app: what `flask --app` is told.
    :param file: where it makes its `Migrate`.
    :param theirs: the lines that the guide changes.
    :param ours: what they become.
    :param folder: of its revisions.
    :param environment: what it is told; `{folder}` is where it is, and there are the parts of the database's URL.
    :param settings: the name of a file that it reads, and the text of it; empty if it reads none.
    :param row: a table of its own, and what is put into it: `holidays` is the name.
    :param first: a program that makes its tables, where no revision does; then the heads are stamped.
    :param starts: it brings its database up to date when it starts.
    :param keeps_alembic: its own code imports Alembic, so that stays installed.
    """

    name: str
    kinds: tuple[str, ...]
    app: str
    file: str
    theirs: tuple[str, ...]
    ours: tuple[str, ...]
    folder: str
    row: tuple[str, str]
    environment: tuple[tuple[str, str], ...] = ()
    settings: tuple[str, str] = ("", "")
    first: str = ""
    starts: bool = False
    keeps_alembic: bool = True

    def variables(self, folder: str, url: URL) -> dict[str, str]:
        """Return the environment variables."""
        return {name: value.format(**_parts(folder, url)) for name, value in self.environment}

    def text_of_settings(self, folder: str, url: URL) -> str:
        return self.settings[1].format(**_parts(folder, url))


def _parts(folder: str, url: URL) -> dict[str, str]:
    return {
        "folder": folder,
        "url": url.render_as_string(hide_password=False),
        "host": url.host or "",
        "port": str(url.port or ""),
        "user": url.username or "",
        "password": url.password or "",
        "database": url.database or "",
    }


IMPORT = ("from flask_migrate import Migrate", "from flask_revisions import Revisions")

APPLICATIONS = (
    Published(
        "ihatemoney",
        ("sqlite", "postgresql"),
        "ihatemoney.wsgi",
        "ihatemoney/run.py",
        ("from flask_migrate import Migrate, stamp, upgrade", "    Migrate(app, db)"),
        ("from flask_revisions import Revisions, stamp, upgrade", "    Revisions(app, db)"),
        "ihatemoney/migrations",
        ("project", "(id, name, password, contact_email) VALUES ('p', 'holidays', 'x', 'someone@mail.example')"),
        (("IHATEMONEY_SETTINGS_FILE_PATH", "{folder}/settings.cfg"),),
        (
            "settings.cfg",
            "SECRET_KEY = 'long enough'\nADMIN_PASSWORD = ''\nSQLALCHEMY_DATABASE_URI = '{url}'\n",
        ),
        starts=True,
        keeps_alembic=False,
    ),
    Published(
        "zou",
        ("postgresql",),
        "zou.app:create_app",
        "zou/app/__init__.py",
        (IMPORT[0], "migrate = Migrate()"),
        (IMPORT[1], "migrate = Revisions()"),
        "zou/migrations",
        ("department", "(id, name, color) VALUES ('6e9ea9ae-7c4f-4b16-a2d2-5a9a1bd4f0a1', 'holidays', '#000000')"),
        (
            ("SECRET_KEY", "a-secret-of-more-than-32-characters"),
            ("DB_HOST", "{host}"),
            ("DB_PORT", "{port}"),
            ("DB_USERNAME", "{user}"),
            ("DB_PASSWORD", "{password}"),
            ("DB_DATABASE", "{database}"),
        ),
    ),
    Published(
        "flexmeasures",
        ("postgresql",),
        "flexmeasures.app:create",
        "flexmeasures/data/__init__.py",
        (f"{IMPORT[0]}\n", "    Migrate(app, db, directory"),
        (f"{IMPORT[1]}\n", "    Revisions(app, db, directory"),
        "flexmeasures/data/migrations",
        ("account_role", "(name) VALUES ('holidays')"),
        (("HOME", "{folder}"), ("MPLCONFIGDIR", "{folder}")),
        (
            ".flexmeasures.cfg",
            "SECRET_KEY = 'long enough'\nSQLALCHEMY_DATABASE_URI = '{url}'\nLOGGING_LEVEL = 'WARNING'\n"
            "FLEXMEASURES_ENV = 'development'\nFLEXMEASURES_REDIS_PASSWORD = ''\n"
            "SECURITY_TWO_FACTOR_LOGIN_VALIDITY = '7 days'\n",  # its own "1 week" is not understood
        ),
    ),
    Published(
        "privacyidea",
        ("mariadb", "postgresql"),
        "privacyidea.app:create_app",
        "privacyidea/app.py",
        (IMPORT[0], "migrate = Migrate()"),
        (IMPORT[1], "migrate = Revisions()"),
        "privacyidea/migrations",
        ("realm", "(id, name) VALUES (1, 'holidays')"),
        (("PRIVACYIDEA_CONFIGFILE", "{folder}/pi.cfg"),),
        (
            "pi.cfg",
            "SECRET_KEY = 'long enough'\nPI_PEPPER = 'pepper'\nPI_AUDIT_NO_SIGN = True\n"
            "PI_LOGFILE = '{folder}/pi.log'\nPI_ENCFILE = '{folder}/enckey'\nSQLALCHEMY_DATABASE_URI = '{url}'\n",
        ),
        first=ITS_TABLES,
    ),
)
