"""`Project`: settings, folder, graph and databases of an application, each looked up when it is asked for.

What runs scripts is imported when scripts are run: most commands only read the headers of files.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.util import find_spec
from os import PathLike
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from flask import Flask, current_app, has_app_context

from .config import VERSION_TABLE, Reading, Settings, with_inherited
from .database import Database
from .discovery import find_databases
from .errors import ConfigurationError, DirectoryError
from .graph.graph import Revision, RevisionGraph
from .scripts.directory import Directory, candidates, find_directory, locate, project_folders, read_graph
from .scripts.legacy import Inherited, inherited, location_of_dictionary, location_of_project

if TYPE_CHECKING:
    from .operations.executor import Run
    from .operations.script import Script
    from .runner.log import LogTable
    from .runner.recorder import VersionTable
    from .runner.runner import Job

DIRECTORY = "migrations"

log = logging.getLogger("flask_revisions")

Warn = Callable[[str], None]


@dataclass(frozen=True)
class Project:
    """What every command takes.

    :param db: the Flask-SQLAlchemy object, if `Revisions` was given one.
    :param extension: the class `Revisions`.
    :param keywords: the keyword arguments of `Revisions(...)`.
    :param inherited: what an ini file of Alembic says, as far as it is in the settings, too.
    :param x_arguments: the values of `-x`.
    :param warn: called with what a user should know, one sentence each.
    """

    app: Flask
    db: Any
    settings: Settings
    extension: type
    keywords: Mapping[str, Any] = field(default_factory=dict)
    inherited: Inherited = field(default_factory=Inherited)
    x_arguments: tuple[str, ...] = ()
    tag: str | None = None
    warn: Warn = log.warning

    # -- files ----------------------------------------------------------------------------------------

    @property
    def new_directory(self) -> Path:
        """Where `init` makes the folder."""
        places = candidates(
            self.settings.directory or DIRECTORY,
            working_directory=str(Path.cwd()),
            root_path=self.app.root_path,
        )
        return Path(places[0])

    @cached_property
    def directory(self) -> Directory:
        """The folder of the revisions."""
        found = find_directory(
            self.settings.directory or DIRECTORY,
            working_directory=str(Path.cwd()),
            root_path=self.app.root_path,
        )
        if found.warning:
            self.warn(found.warning)
        return found

    @cached_property
    def locations(self) -> tuple[str, ...]:
        """The folders with revision files, absolute."""
        if self.settings.version_locations:
            return tuple(locate(each, str(Path.cwd())) for each in self.settings.version_locations)
        return (self.directory.location,)

    @cached_property
    def graph(self) -> RevisionGraph:
        """The revisions that there are files for."""
        return read_graph(
            self.locations,
            recursive=self.settings.recursive,
            sourceless=self.settings.sourceless,
            execute=self._execute,
        )

    def _execute(self, path: str) -> Mapping[str, object]:
        """Run a file whose header is no literal, and return its globals."""
        from .scripts.load import header_reader

        return header_reader(self.answers, self.locations)(path)

    @cached_property
    def answers(self) -> Mapping[str, ModuleType]:
        """What scripts get for `import alembic`, and for `import flask_migrate` unless that is installed."""
        from .compat import alembic_modules, flask_migrate_modules

        if find_spec("flask_migrate") is not None:
            return alembic_modules()
        return {**alembic_modules(), **flask_migrate_modules(self.extension)}

    def answering(self) -> AbstractContextManager[None]:
        """Give those answers in helper modules for the length of a block."""
        from .scripts.imports import answering

        return answering(self.answers, self.locations)

    def load(self, revision: Revision) -> Script:
        """Return the script of a revision."""
        from .scripts.load import load_script

        return load_script(revision, self.answers)

    # -- databases ------------------------------------------------------------------------------------

    @cached_property
    def database(self) -> Database:
        """The database that revisions are applied to."""
        return find_databases(self.app, self.db, self.settings)[0]

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

    def job(self, *, offline: bool = False) -> Job:
        """Return what a run needs to know."""
        from .runner.runner import Job
        from .runner.servers import Limits

        settings = self.settings
        return Job(
            version_table=self.version_table,
            log=self.log,
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
            script_location=self.settings.directory or DIRECTORY,
            url=self.database.engine.url.render_as_string(hide_password=False),
            x_arguments=self.x_arguments,
            options=self.inherited.options,
            sections=self.inherited.sections,
            config_file_name=self.inherited.file,
        )
        return Run(offline=offline, x_arguments=self.x_arguments, tag=self.tag, options=options, config=config)


@contextmanager
def open_project(
    app: Flask,
    *,
    directory: str | PathLike[str] | None = None,
    x_arguments: Iterable[str] = (),
    tag: str | None = None,
    warn: Warn = log.warning,
    lenient: bool = False,
) -> Iterator[Project]:
    """Give the project of an application for the length of a block, within its application context.

    :param directory: the folder of the revisions, instead of the one that is configured.
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
    with nullcontext() if _is_current(app) else app.app_context():
        yield Project(
            app,
            registration.db,
            settings,
            type(registration.revisions),
            registration.keywords,
            found,
            x_arguments=tuple(x_arguments),
            tag=tag,
            warn=warn,
        )


def _with_inherited(app: Flask, reading: Reading) -> tuple[Settings, Inherited]:
    """Return the settings, with what files and dictionaries of Alembic's say where nothing else does."""
    here, root = str(Path.cwd()), app.root_path
    name = reading.settings.directory or location_of_dictionary(app.config, root)
    projects = project_folders(here, root)
    try:
        folder = find_directory(name or DIRECTORY, working_directory=here, root_path=root).path
    except DirectoryError:
        name = name or location_of_project(projects)
        folder = candidates(name or DIRECTORY, working_directory=here, root_path=root)[0]
    found = inherited(app.config, Path(folder), projects, root)
    settings = with_inherited(reading, found.values, found.source)
    return replace(settings, directory=name or settings.directory), found


def _is_current(app: Flask) -> bool:
    return has_app_context() and current_app._get_current_object() is app  # type: ignore[attr-defined]
