"""Settings: every key, default and check in one place."""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from typing import Any, Literal

from ..errors import ConfigurationError
from . import values
from .values import DEFAULT_NAMES as DEFAULT_NAMES

PREFIX = "REVISIONS_"
VERSION_TABLE = "alembic_version"
DIRECTORY = "migrations"
COMPARISON_KEYWORDS = frozenset(
    {
        "alembic_module_prefix",
        "autogenerate_plugins",
        "compare_server_default",
        "compare_type",
        "include_name",
        "include_object",
        "include_schemas",
        "literal_binds",
        "process_revision_directives",
        "render_item",
        "sqlalchemy_module_prefix",
        "template_args",
        "user_module_prefix",
    }
)
"""Keywords of `Migrate(...)` that say how models are compared: no settings, but handed to scripts."""

REFUSED_KEYWORDS = {
    "command_name": "the name of the commands is command=.",
    "connection": "revisions.upgrade(connection=...) works on a connection of yours.",
    "dialect_name": "the dialect is that of the application's database URL.",
    "dialect_opts": "options of the engine are in SQLALCHEMY_ENGINE_OPTIONS.",
    "downgrade_token": "a template of your own, script.py.jinja, has 'downgrades'.",
    "engines": "give engine=, one or a dictionary by bind.",
    "metadatas": "give metadata=, one or a dictionary by bind.",
    "output_buffer": "revisions.sql(...) returns the text.",
    "run_mkdir": "'flask db init' makes the folder, and a first revision does.",
    "starting_rev": "name both ends: 'flask db upgrade --sql FROM:TO'.",
    "tag": "it is given with the command: 'flask db upgrade --tag TEXT'.",
    "upgrade_token": "a template of your own, script.py.jinja, has 'upgrades'.",
    "url": "the database is that of SQLALCHEMY_DATABASE_URI.",
}
"""Keywords of the peers that are not taken, and what there is instead."""


def _as(check: Callable[[Any], Any], doc: str) -> dict[str, Any]:
    return {"check": check, "doc": doc}


@dataclass(frozen=True)
class Settings:
    """What a project has decided, checked.

    Each field is a key of `app.config` (its name in capitals after `REVISIONS_`) and a keyword of
    `Revisions(...)`. Where a number, True or False is wanted, a text that says so will do, as environment
    variables have no other values.
    """

    directory: str | Mapping[str | None, str] | None = field(
        default=None,
        metadata=_as(
            values.or_none(values.directory),
            "The folder of the revisions; `migrations` if it is not set. A dictionary gives each bind a folder, "
            "and so a history, of its own; the default database is `None` or `'default'`.",
        ),
    )
    binds: tuple[str, ...] | bool | None = field(
        default=None,
        metadata=_as(
            values.or_none(values.binds),
            "The binds whose databases are managed besides the default one, or True for all; None: those of a "
            "project for several databases.",
        ),
    )
    version_locations: tuple[str, ...] = field(
        default=(),
        metadata=_as(
            values.paths,
            "Folders with revision files, instead of `versions` in the directory: paths (from the working "
            "directory), or `package:folder`.",
        ),
    )
    recursive: bool = field(
        default=False, metadata=_as(values.flag, "Look for revision files in folders below those, too.")
    )
    version_table: str | None = field(
        default=None,
        metadata=_as(
            values.or_none(values.text),
            "The table that says what is applied; `alembic_version` if it is not set. Setting it, even to "
            "that name, also confirms it where another table looks like a version table.",
        ),
    )
    version_table_schema: str | None = field(
        default=None,
        metadata=_as(
            values.or_none(values.text),
            "The schema of the version table; the connection's default schema if it is not set.",
        ),
    )
    version_table_pk: bool = field(default=True, metadata=_as(values.flag, "Give a new version table a primary key."))
    log: bool = field(
        default=True,
        metadata=_as(values.flag, "Keep who applied or took back what, and when, in a table beside the version table."),
    )
    transaction_per_migration: bool = field(
        default=True, metadata=_as(values.flag, "One transaction for each revision; False: one for the whole run.")
    )
    transactional_ddl: bool | None = field(
        default=None,
        metadata=_as(
            values.or_none(values.flag), "Write BEGIN and COMMIT with `--sql`; None: as the database runs its DDL."
        ),
    )
    mssql_batch_separator: str = field(
        default="GO", metadata=_as(values.text, "The word behind each statement for SQL Server with `--sql`.")
    )
    oracle_batch_separator: str = field(
        default="/", metadata=_as(values.text, "The word behind each statement for Oracle with `--sql`.")
    )
    render_as_batch: bool = field(
        default=True, metadata=_as(values.flag, "Write generated changes to a table as one batch.")
    )
    run_kwargs: Mapping[str, Any] = field(
        default_factory=dict,
        metadata=_as(values.mapping, "Keyword arguments that are handed to every `upgrade()` and `downgrade()`."),
    )
    on_connect: Callable[..., Any] | None = field(
        default=None,
        metadata=_as(
            values.or_none(values.function),
            "A function that is called with each new connection before anything is done on it, for a role "
            "or a search path.",
        ),
    )
    on_version_apply: tuple[Callable[..., Any], ...] = field(
        default=(),
        metadata=_as(
            values.functions,
            "Functions that are called in the transaction of each step with `ctx`, `step`, `heads` and `run_args`.",
        ),
    )
    lock_timeout: float = field(
        default=600.0,
        metadata=_as(values.seconds, "Seconds to wait for another run before giving up with exit code 5."),
    )
    database_uri: Mapping[str, Any] = field(
        default_factory=dict,
        metadata=_as(
            lambda value: {} if value is None else values.urls(value),
            "The URL that revisions use instead of the application's, where that leads through a pooler; or a "
            "dictionary of them by bind.",
        ),
    )
    statement_timeout: float | None = field(
        default=None,
        metadata=_as(
            values.or_none(values.seconds), "Seconds that a statement of a revision may take; None: without limit."
        ),
    )
    table_lock_timeout: float = field(
        default=5.0,
        metadata=_as(
            values.seconds,
            "Seconds that a statement which changes a table's definition waits for the table, before it lets others "
            "pass and is tried again; 0: without limit.",
        ),
    )
    table_lock_patience: float = field(
        default=300.0,
        metadata=_as(values.seconds, "Seconds for which that is tried again before giving up with exit code 5."),
    )
    protected: bool | Literal["destructive"] = field(
        default=False,
        metadata=_as(
            values.protected,
            "Whether the databases are production: True asks for a confirmation before a downgrade, `'destructive'` "
            "also before an upgrade that drops tables or columns.",
        ),
    )
    connect_timeout: float = field(
        default=20.0,
        metadata=_as(values.seconds, "Seconds to wait for a database server to answer; 0: without limit."),
    )
    auto_upgrade: bool | Literal["debug"] = field(
        default=False,
        metadata=_as(
            values.auto_upgrade,
            "Upgrade before the first request is answered: never (False), in debug mode (`'debug'`), always (True).",
        ),
    )
    auto_upgrade_wait: float = field(
        default=20.0,
        metadata=_as(
            values.seconds,
            "Seconds that a request waits for the automatic upgrade; then it is answered 503, and the upgrade goes on.",
        ),
    )
    page: bool = field(
        default=True,
        metadata=_as(
            values.flag, "In debug mode, show a page while revisions are pending, instead of the application."
        ),
    )
    page_hosts: tuple[str, ...] = field(
        default=(),
        metadata=_as(
            values.paths, "Addresses and host names that may use the buttons of that page, besides this machine's own."
        ),
    )
    file_template: str = field(
        default="%(year)d_%(month).2d_%(day).2d_%(hour).2d%(minute).2d-%(rev)s_%(slug)s",
        metadata=_as(
            values.text,
            "The name of a new file without its ending; knows rev, slug, epoch, year, month, day, hour, "
            "minute, second.",
        ),
    )
    truncate_slug_length: int = field(
        default=40, metadata=_as(values.characters, "Characters of the message that a file's name may have.")
    )
    timezone: str | None = field(
        default=None,
        metadata=_as(
            values.or_none(values.text),
            "The time zone of the dates in new files, such as `UTC`; the machine's own if it is not set.",
        ),
    )
    output_encoding: str = field(default="utf-8", metadata=_as(values.encoding, "The encoding of new files."))
    post_write_hooks: tuple[str | Mapping[str, Any] | Callable[..., Any], ...] = field(
        default=(),
        metadata=_as(
            values.hooks,
            "What is done with each new file: commands such as `ruff format`, functions that take the path, or "
            "dictionaries with `type`, `options` and `cwd`.",
        ),
    )
    sourceless: bool = field(
        default=False, metadata=_as(values.flag, "Read compiled revisions (`.pyc`) where there is no source file.")
    )
    env_py_read: bool = field(
        default=False,
        metadata=_as(
            values.flag,
            "Say that what an edited `env.py` or `script.py.mako` did is in the settings now, and is not to be "
            "mentioned any more.",
        ),
    )
    target_metadata: Any = field(
        default=None,
        metadata=_as(
            values.or_none(values.metadata),
            "Metadata of the models, one or several, or a dictionary by bind, instead of those of Flask-SQLAlchemy; "
            "`Revisions(metadata=...)` is the same.",
        ),
    )
    engine: Any = field(
        default=None,
        metadata=_as(
            values.or_none(values.engine),
            "The engine of the default database, or a dictionary by bind, instead of those of Flask-SQLAlchemy.",
        ),
    )
    ddl: Mapping[str, type] = field(
        default_factory=dict,
        metadata=_as(
            values.ddl,
            "Classes that turn operations into SQL, by the name of the dialect: for a database that this package does "
            "not know, or knows otherwise.",
        ),
    )
    opts: Mapping[str, Any] = field(
        default_factory=dict,
        metadata=_as(values.mapping, "Values of the project's own, for scripts to find in `op.get_context().opts`."),
    )
    others: Mapping[str, Any] = field(default_factory=dict, metadata={"internal": True})
    """Keywords of `COMPARISON_KEYWORDS` as they were given."""


@dataclass(frozen=True)
class Reading:
    """Settings as far as they could be read, and what is wrong with the rest.

    :param wrong: an error for each value that is none; the setting has its default instead.
    :param unknown: an error for each key that is no setting: of a newer release, or misspelt.
    :param given: the names of the settings that the application or the keywords set.
    """

    settings: Settings
    wrong: tuple[ConfigurationError, ...] = ()
    unknown: tuple[ConfigurationError, ...] = ()
    given: frozenset[str] = frozenset()

    @property
    def problems(self) -> tuple[ConfigurationError, ...]:
        """All of them."""
        return self.wrong + self.unknown


def setting_fields() -> tuple[Field[Any], ...]:
    """Return the fields of `Settings` that a project can set, for reading and for documentation."""
    return tuple(each for each in fields(Settings) if "internal" not in each.metadata)


def read_settings(config: Mapping[str, Any], keywords: Mapping[str, Any]) -> Reading:
    """Read the settings of an application.

    :param config: the application's configuration; its keys win over `keywords`.
    :param keywords: keyword arguments of `Revisions(...)`; None means not given.
    :return: the settings, with defaults for what is wrong, and one error for each thing that is.
    """
    known = {each.name: each for each in setting_fields()}
    values: dict[str, Any] = {}
    wrong: list[ConfigurationError] = []
    unknown: list[ConfigurationError] = []
    for name, value in keywords.items():
        if name in known and value is not None:
            _keep(values, wrong, known[name], value, f"Revisions({name}=...)")
    for key, value in config.items():
        if not key.startswith(PREFIX):
            continue
        name = key[len(PREFIX) :].lower()
        if name in known and key.isupper():
            _keep(values, wrong, known[name], value, key)
        else:
            unknown.append(_unknown(key, [PREFIX + each.upper() for each in known]))
    given = frozenset(values)
    values["others"] = {key: value for key, value in keywords.items() if key in COMPARISON_KEYWORDS}
    return Reading(Settings(**values), tuple(wrong), tuple(unknown), given)


def with_inherited(reading: Reading, inherited: Mapping[str, Any], source: str) -> Settings:
    """Return settings with what another source says about those that are not given.

    :param inherited: values by the names of settings; others are kept, for scripts and for the comparison.
    :param source: where they come from, for errors.
    :raises ConfigurationError: a value that would be used is none.
    """
    known = {each.name: each for each in setting_fields()}
    values: dict[str, Any] = {}
    wrong: list[ConfigurationError] = []
    for name, value in inherited.items():
        if name in known and name not in reading.given:
            _keep(values, wrong, known[name], value, f"{name} in {source}")
    for problem in wrong:
        raise problem
    others = {name: value for name, value in inherited.items() if name not in known}
    return replace(reading.settings, **values, others={**others, **reading.settings.others})


def refuse_unknown_keywords(keywords: Iterable[str]) -> None:
    """Raise for a keyword that `Revisions(...)` does not have.

    :raises ConfigurationError: it names the keyword and the nearest known one.
    """
    known = {each.name for each in setting_fields()} | COMPARISON_KEYWORDS
    for name in keywords:
        if name in REFUSED_KEYWORDS:
            raise ConfigurationError(f"Revisions({name}=...) is not taken.", REFUSED_KEYWORDS[name])
        if name not in known:
            names = sorted(known | {"app", "db", "command"})
            raise _unknown(f"Revisions({name}=...)", [f"Revisions({each}=...)" for each in names])


def _keep(values: dict[str, Any], wrong: list[ConfigurationError], which: Field[Any], value: Any, said: str) -> None:
    try:
        values[which.name] = which.metadata["check"](value)
    except ValueError as expected:
        wrong.append(
            ConfigurationError(
                f"{said} cannot be {_shown(which, value)}.",
                f"set it to {expected}. {which.metadata['doc']}",
            )
        )


def _shown(which: Field[Any], value: Any) -> str:
    """Return a value as it is shown; a URL may hold a password."""
    return f"a {type(value).__name__} like this" if which.name == "database_uri" else reprlib.repr(value)


def _unknown(said: str, known: list[str]) -> ConfigurationError:
    near = difflib.get_close_matches(said, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else "the documentation lists the settings."
    return ConfigurationError(f"{said} is no setting.", hint)
