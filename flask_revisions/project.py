"""`Project`: settings, databases and histories of an application, each looked up when it is asked for.

What runs scripts is imported when scripts are run: most commands only read the headers of files.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, partial
from importlib.util import find_spec
from os import PathLike
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from flask import Flask, current_app, has_app_context

from .config import DEFAULT_NAMES, DIRECTORY, VERSION_TABLE, Reading, Settings, with_inherited
from .database import Database
from .discovery import binds_without_database, find_databases
from .errors import ConfigurationError, DirectoryError, UsageError
from .graph.graph import Revision, RevisionGraph
from .histories import ENGINE_NAME, History
from .scripts.directory import Directory, candidates, find_directory, project_folders
from .scripts.legacy import Inherited, inherited, location_of_dictionary, location_of_project

if TYPE_CHECKING:
    from .operations.executor import Run
    from .operations.script import Script
    from .runner.goal import Job
    from .runner.journal import JournalTable
    from .runner.log import LogTable
    from .runner.recorder import VersionTable

log = logging.getLogger("flask_revisions")

Warn = Callable[[str], None]


@dataclass(frozen=True)
class Project:
    """What every command takes.

    It is on one database at a time: `on()` gives it for another. What only concerns files is the same for all,
    unless each has a history of its own.

    :param db: the Flask-SQLAlchemy object, if `Revisions` was given one.
    :param histories: the revisions of each bind that has its own, else those of all under None.
    :param keywords: the keyword arguments of `Revisions(...)`.
    :param inherited: what an ini file of Alembic says, as far as it is in the settings, too.
    :param x_arguments: the values of `-x`.
    :param warn: called with what a user should know, one sentence each.
    :param bind: the name of the one database that a command is for; empty for the default one, None for all.
    """

    app: Flask
    db: Any
    settings: Settings
    histories: Mapping[str | None, History]
    keywords: Mapping[str, Any] = field(default_factory=dict)
    inherited: Inherited = field(default_factory=Inherited)
    x_arguments: tuple[str, ...] = ()
    tag: str | None = None
    warn: Warn = log.warning
    bind: str | None = None
    _here: Database | None = None
    _managed: tuple[Database, ...] = ()
    _files: Mapping[str, Revision] = field(default_factory=dict)

    # -- files ----------------------------------------------------------------------------------------

    @property
    def is_separate(self) -> bool:
        """True where each database has a history of its own."""
        return isinstance(self.settings.directory, Mapping)

    @property
    def history(self) -> History:
        """The revisions of the database that this is on."""
        if not self.is_separate:
            return self.histories[None]
        if self._here is not None:
            return self.histories[self._here.name]
        if self.bind is None:
            return next(iter(self.histories.values()))
        name = self.bind or None
        if name not in self.histories:
            raise UsageError(
                f"There is no folder for '{name or 'default'}' in REVISIONS_DIRECTORY.",
                f"there is one for {_names(self.histories)}.",
            )
        return self.histories[name]

    @property
    def directory(self) -> Directory:
        """The folder of the revisions."""
        return self.history.directory

    @property
    def new_directory(self) -> Path:
        """Where `init` makes the folder."""
        return self.history.new_directory

    @property
    def locations(self) -> tuple[str, ...]:
        """The folders with revision files, absolute."""
        return self.history.locations

    @property
    def graph(self) -> RevisionGraph:
        """The revisions that there are files for."""
        return self.history.graph

    @property
    def answers(self) -> Mapping[str, ModuleType]:
        """What scripts get for `import alembic`."""
        return self.history.modules()

    def answering(self) -> AbstractContextManager[None]:
        """Answer `import alembic` in helper modules for the length of a block."""
        return self.history.answering()

    def load(self, revision: Revision) -> Script:
        """Return the script of a revision, told which database it runs on."""
        told = None if ENGINE_NAME in self.settings.run_kwargs else self.database.name or ""
        return self.history.load(self._files.get(revision.id, revision), told)

    def with_files(self, revisions: Mapping[str, Revision]) -> Project:
        """Return the project with revisions whose files are elsewhere, by id."""
        return replace(self, _files=revisions)

    # -- databases ------------------------------------------------------------------------------------

    @cached_property
    def managed(self) -> tuple[Database, ...]:
        """The databases that revisions are applied to, the default one first, then in the order of configuration.

        Binds are among them only where the project says so. None is connected to.

        :raises ConfigurationError: there is none, or a setting names one that is not there.
        """
        if self._managed:
            return self._managed
        found = {each.name: each for each in find_databases(self.app, self.db, self.settings)}
        names = self._managed_names(tuple(found))
        _refuse_unknown(names, found)
        return _refuse_twice(tuple(found[name] for name in found if name in names))

    def _managed_names(self, found: tuple[str | None, ...]) -> tuple[str | None, ...]:
        default = (None,) if None in found else ()
        settings = self.settings
        if self.is_separate:
            return tuple(self.histories)
        if ENGINE_NAME in settings.run_kwargs:
            chosen: tuple[str | None, ...] = default
        elif settings.binds is not None:
            chosen = found if isinstance(settings.binds, bool) else (*default, *settings.binds)
        elif isinstance(settings.engine, Mapping):
            chosen = found
        else:
            chosen = found if found != default and self.history.is_multidb else default
        if not chosen:
            others = f", or the binds to manage in REVISIONS_BINDS: {_names(found)}" if found else ""
            raise ConfigurationError(
                "This application has no default database.",
                f"set SQLALCHEMY_DATABASE_URI in its configuration{others}.",
            )
        return chosen

    @property
    def binds_without_database(self) -> tuple[str, ...]:
        """The binds that models name and that the configuration does not know."""
        return binds_without_database(self.app, self.db, self.settings)

    @property
    def databases(self) -> tuple[Database, ...]:
        """Those of the managed databases that a command is for: all, or the one that was named.

        :raises UsageError: none has that name.
        """
        if self._here is not None:
            return (self._here,)
        if self.bind is None:
            return self.managed
        for each in self.managed:
            if each.name == (self.bind or None):
                return (each,)
        raise UsageError(
            f"No database '{self.bind or 'default'}' is managed by revisions.",
            f"there is {_names(each.name for each in self.managed)}; REVISIONS_BINDS says which binds are managed.",
        )

    @property
    def database(self) -> Database:
        """The database that this is on; the first, where none was chosen."""
        return self.databases[0]

    @property
    def has_several(self) -> bool:
        """True where a command is for more than one database: then it says which is meant."""
        return self.bind is None and len(self.managed) > 1

    @property
    def is_first(self) -> bool:
        """False where another database with the same history has had its turn before."""
        return self.is_separate or self.bind is not None or self.database.name == self.managed[0].name

    def on(self, database: Database) -> Project:
        """Return the project as it is on one database."""
        return replace(self, _here=database, _managed=self.managed)

    def each(self) -> Iterator[Project]:
        """Yield the project on each of its databases in turn."""
        return map(self.on, self.databases)

    @property
    def version_table(self) -> VersionTable:
        """Where it is kept what is applied."""
        from .runner.recorder import VersionTable

        return VersionTable(
            self.settings.version_table or VERSION_TABLE,
            self.settings.version_table_schema,
            self.settings.version_table_pk,
            confirmed=self.settings.version_table is not None,
        )

    @property
    def log(self) -> LogTable | None:
        """Where it is kept who did what and when; None if the project wants no log."""
        from .runner.log import LogTable

        table = self.version_table
        return LogTable.beside(table.name, table.schema) if self.settings.log else None

    @property
    def journal(self) -> JournalTable:
        """Where it is kept how far an unfinished revision has come."""
        from .runner.journal import JournalTable

        return JournalTable.beside(self.version_table.name, self.version_table.schema)

    def job(self, *, offline: bool = False) -> Job:
        """Return what a run needs to know."""
        from .runner.goal import Job
        from .runner.servers import Limits

        settings = self.settings
        return Job(
            version_table=self.version_table,
            log=self.log,
            journal=self.journal,
            run=self.run(offline=offline),
            run_kwargs=settings.run_kwargs,
            on_version_apply=settings.on_version_apply,
            transaction_per_migration=settings.transaction_per_migration,
            lock_timeout=settings.lock_timeout,
            limits=Limits(settings.statement_timeout, settings.table_lock_timeout, settings.table_lock_patience),
        )

    def run(self, *, offline: bool) -> Run:
        """Return what scripts may ask about a run."""
        from .compat.config import Config
        from .operations.executor import Run

        options = {
            **self.settings.others,
            **self.keywords,
            **self.settings.opts,
            "version_table": self.version_table.name,
            "version_table_schema": self.version_table.schema,
            "target_metadata": self.database.metadata[0] if self.database.metadata else None,
        }
        config = Config(
            script_location=self.history.name,
            url=self.database.engine.url.render_as_string(hide_password=False),
            x_arguments=self.x_arguments,
            options=self.inherited.options,
            sections=self.inherited.sections,
            config_file_name=self.inherited.file,
        )
        return Run(
            offline=offline,
            x_arguments=self.x_arguments,
            tag=self.tag,
            options=options,
            config=config,
            ddl=self.settings.ddl,
        )


@contextmanager
def open_project(
    app: Flask,
    *,
    directory: str | PathLike[str] | None = None,
    x_arguments: Iterable[str] = (),
    tag: str | None = None,
    bind: str | None = None,
    warn: Warn = log.warning,
    lenient: bool = False,
) -> Iterator[Project]:
    """Give the project of an application for the length of a block, within its application context.

    :param directory: the folder of the revisions, instead of the one that is configured.
    :param bind: the name of the one database that is meant, `default` for the default one; None for all.
    :param lenient: let keys pass that are no settings, as where an older release serves again.
    :raises ConfigurationError: the application has no `Revisions`, or a setting is wrong.
    """
    registration = app.extensions.get("revisions")
    if registration is None:
        raise ConfigurationError(
            f"The application '{app.name}' has no Revisions.",
            "give it some: Revisions(app, db), or revisions.init_app(app) in its factory.",
        )
    reading = registration.reading
    for problem in reading.wrong if lenient else reading.problems:
        raise ConfigurationError(problem.message, problem.hint)
    if directory is not None:
        chosen = replace(reading.settings, directory=str(directory), version_locations=())
        reading = replace(reading, settings=chosen, given=(reading.given | {"directory"}) - {"version_locations"})
    settings, found = _with_inherited(app, reading)
    modules = cache(partial(_modules, type(registration.revisions)))
    warn = cache(warn)  # what two looks at a database find is said once
    folders = settings.directory if isinstance(settings.directory, Mapping) else {None: settings.directory or DIRECTORY}
    with nullcontext() if _is_current(app) else app.app_context():
        yield Project(
            app,
            registration.db,
            settings,
            {name: History(folder, app.root_path, settings, modules, warn) for name, folder in folders.items()},
            registration.keywords,
            found,
            x_arguments=tuple(x_arguments),
            tag=tag,
            warn=warn,
            bind="" if bind in DEFAULT_NAMES[1:] else bind,
        )


def _modules(extension: type) -> Mapping[str, ModuleType]:
    """Return what scripts get for `import alembic`, and for `import flask_migrate` unless that is installed."""
    from .compat import alembic_modules, flask_migrate_modules

    if find_spec("flask_migrate") is not None:
        return alembic_modules()
    return {**alembic_modules(), **flask_migrate_modules(extension)}


def _with_inherited(app: Flask, reading: Reading) -> tuple[Settings, Inherited]:
    """Return the settings, with what files and dictionaries of Alembic's say where nothing else does."""
    here, root = str(Path.cwd()), app.root_path
    given = reading.settings.directory
    name = next(iter(given.values())) if isinstance(given, Mapping) else given
    name = name or location_of_dictionary(app.config, root)
    projects = project_folders(here, root)
    try:
        folder = find_directory(name or DIRECTORY, working_directory=here, root_path=root).path
    except DirectoryError:
        name = name or location_of_project(projects)
        folder = candidates(name or DIRECTORY, working_directory=here, root_path=root)[0]
    found = inherited(app.config, Path(folder), projects, root)
    settings = with_inherited(reading, found.values, found.source)
    return replace(settings, directory=given if isinstance(given, Mapping) else name or settings.directory), found


def _is_current(app: Flask) -> bool:
    return has_app_context() and current_app._get_current_object() is app  # type: ignore[attr-defined]


def _names(names: Iterable[str | None]) -> str:
    return ", ".join(f"'{name or 'default'}'" for name in names)


def _refuse_unknown(names: Iterable[str | None], found: Iterable[str | None]) -> None:
    known = tuple(found)
    for name in names:
        if name not in known:
            raise ConfigurationError(
                f"The settings name a database '{name or 'default'}', and the application has none of that name.",
                f"it has {_names(known)}; REVISIONS_BINDS and REVISIONS_DIRECTORY take those names.",
            )


def _refuse_twice(databases: tuple[Database, ...]) -> tuple[Database, ...]:
    """Raise where two of them are one: what the first has recorded would be taken as done for the second, too."""
    seen: dict[str, Database] = {}
    for each in databases:
        place = each.engine.url.render_as_string(hide_password=False)
        if each.dialect.name == "sqlite":
            place = str(each.file or id(each))
        other = seen.setdefault(place, each)
        if other is not each:
            raise ConfigurationError(
                f"'{other.label}' and '{each.label}' are the same database, {each.describe()}: "
                "there is one version table in it, and it cannot stand for both.",
                "give each a database of its own, or name in REVISIONS_BINDS which one is managed.",
            )
    return databases
