"""The extension: `Revisions(app, db)`, and methods with the words of the commands."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from os import PathLike
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .config import Reading, read_settings, refuse_unknown_keywords
from .errors import ConfigurationError, RevisionsError

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from sqlalchemy import Connection

    from .commands.check import Verdict
    from .commands.inspect import Position
    from .commands.migrate import Migration
    from .commands.release import Release
    from .commands.status import Status
    from .graph.graph import Revision
    from .graph.plan import Step
    from .project import Project
    from .runner.events import Report

EXTENSION = "revisions"

log = logging.getLogger("flask_revisions")

Texts = str | Iterable[str]


@dataclass(frozen=True)
class Registration:
    """What `init_app` keeps in `app.extensions["revisions"]`.

    :param db: the Flask-SQLAlchemy object, if it was handed over; else it is looked for when it is needed.
    :param reading: the settings, and what is wrong with them.
    :param keywords: all keyword arguments, for scripts to find in `op.get_context().opts`.
    """

    revisions: Revisions
    db: Any
    reading: Reading
    keywords: Mapping[str, Any]


class Revisions:
    """Database revisions for one or several Flask applications.

    `Revisions(app, db)`, or `Revisions()` and later `init_app(app)`, before or after `db.init_app(app)`: the
    database is looked up when a command needs it.

    Its methods have the names of the commands. They return values, print nothing and raise `RevisionsError`.
    They work on the current application; outside of an application context, on the only one that there is.

    :param app: the application, if it exists already.
    :param db: its Flask-SQLAlchemy object; found in `app.extensions` if it is not given.
    :param directory: the folder of the revisions, `migrations` by default.
    :param command: the name of the command group, `flask db` by default.
    :param metadata: the metadata of the models where no Flask-SQLAlchemy has them: one, several, or by bind.
    :param keywords: any setting in small letters, without `REVISIONS_`; the same keys of `app.config` win.
    :raises ConfigurationError: a keyword is no setting.
    """

    def __init__(
        self,
        app: Flask | None = None,
        db: Any = None,
        directory: str | PathLike[str] | None = None,
        command: str = "db",
        compare_type: Any = None,
        render_as_batch: bool | None = None,
        *,
        metadata: Any = None,
        **keywords: Any,
    ) -> None:
        refuse_unknown_keywords(keywords)
        self._db = db
        self._command = command
        self._keywords = _given(
            keywords,
            directory=directory,
            compare_type=compare_type,
            render_as_batch=render_as_batch,
            target_metadata=metadata,
        )
        self._app: Flask | None = None
        self._has_several = False
        if app is not None:
            self.init_app(app)

    def init_app(
        self,
        app: Flask,
        db: Any = None,
        directory: str | PathLike[str] | None = None,
        command: str | None = None,
        compare_type: Any = None,
        render_as_batch: bool | None = None,
        *,
        metadata: Any = None,
        **keywords: Any,
    ) -> None:
        """Add the commands to an application; what is given here wins over what the constructor was given.

        Settings are read now. What is wrong with them is raised by the commands; serving goes on, with a
        warning.

        :raises ConfigurationError: a keyword is no setting, or another `Revisions` was there before.
        """
        refuse_unknown_keywords(keywords)
        before = app.extensions.get(EXTENSION)
        if before is not None and before.revisions is not self:
            raise ConfigurationError(
                f"The application '{app.name}' has another Revisions() already.",
                "make one, and call its init_app(app) once for each application.",
            )
        given = _given(
            keywords,
            directory=directory,
            compare_type=compare_type,
            render_as_batch=render_as_batch,
            target_metadata=metadata,
        )
        merged = {**self._keywords, **given}
        reading = read_settings(app.config, merged)
        app.extensions[EXTENSION] = Registration(self, db if db is not None else self._db, reading, merged)
        self._has_several = self._has_several or self._app not in (None, app)
        self._app = app

        from .cli.group import RevisionsGroup, taken_by_package

        name = command or self._command
        if name in app.cli.commands and not isinstance(app.cli.commands[name], RevisionsGroup):
            log.warning(
                "The application '%s' has commands 'flask %s' already, and they are replaced: "
                "Revisions(command='revisions') gives ours another name.",
                app.name,
                name,
            )
        app.cli.add_command(RevisionsGroup(name=name))
        if taken_by_package(name):
            log.warning(
                "A package has commands 'flask %s' that come before those of the application '%s': "
                "Revisions(command='revisions') gives ours another name.",
                name,
                app.name,
            )
        if before is None:
            from .development.on_start import install

            install(
                app,
                lambda: self._reading(app),
                lambda: self._upgrade_on_start(app),
                in_this_thread=lambda: self._has_one_connection_per_thread(app),
            )

    # -- what the commands do -------------------------------------------------------------------------

    def init(
        self,
        directory: str | PathLike[str] | None = None,
        *,
        template: str | None = None,
        package: bool = False,
        head_file: bool = False,
    ) -> Path:
        """Create the folder of the revisions, and return it.

        :param template: the name of a template, or a file, which new revisions are made from.
        :param package: make it a Python package.
        :param head_file: make the file `HEAD` in it, in which parallel branches conflict in git.
        """
        from .commands import author

        with self._project(directory) as project:
            return author.init(project, package=package, template=template, head_file=head_file)[0]

    def revision(
        self,
        message: str = "",
        *,
        head: Texts = "head",
        splice: bool = False,
        branch_label: Texts = (),
        version_path: str | None = None,
        rev_id: str | None = None,
        depends_on: Texts = (),
        directory: str | PathLike[str] | None = None,
    ) -> Revision:
        """Write a new, empty revision, and return it."""
        from .commands import author

        request = author.NewRevision(
            message=message,
            heads=_texts(head),
            splice=splice,
            branch_labels=_texts(branch_label),
            version_path=version_path,
            rev_id=rev_id,
            depends_on=_texts(depends_on),
        )
        with self._project(directory) as project:
            return author.revision(project, request)

    def migrate(
        self,
        message: str = "",
        *,
        head: Texts = "head",
        splice: bool = False,
        branch_label: Texts = (),
        version_path: str | None = None,
        rev_id: str | None = None,
        depends_on: Texts = (),
        dry_run: bool = False,
        from_history: bool = False,
        directory: str | PathLike[str] | None = None,
    ) -> Migration:
        """Write a revision from what is different between the models and the database; return what was found.

        :param from_history: compare with what the revisions make of an empty database, wherever the database is.
        """
        from .commands import author
        from .commands.migrate import migrate

        request = author.NewRevision(
            message=message,
            heads=_texts(head),
            splice=splice,
            branch_labels=_texts(branch_label),
            version_path=version_path,
            rev_id=rev_id,
            depends_on=_texts(depends_on),
        )
        with self._project(directory) as project:
            return migrate(project, request, dry_run=dry_run, from_history=from_history)

    def check(self, directory: str | PathLike[str] | None = None, *, drift: bool = False) -> Verdict:
        """Return what is different between the models and the database.

        :param drift: between what the applied revisions make of an empty database, and the database.
        """
        from .commands.check import check, check_drift

        with self._project(directory) as project:
            return check_drift(project) if drift else check(project)

    def merge(
        self,
        revisions: Texts = "heads",
        message: str = "",
        *,
        branch_label: Texts = (),
        rev_id: str | None = None,
        splice: bool = False,
        directory: str | PathLike[str] | None = None,
    ) -> Revision:
        """Write a revision that comes after several others, and return it."""
        from .commands import author

        request = author.NewRevision(
            message=message,
            heads=_texts(revisions),
            splice=splice,
            branch_labels=_texts(branch_label),
            rev_id=rev_id,
        )
        with self._project(directory) as project:
            return author.merge(project, request)

    def upgrade(
        self,
        revision: str = "head",
        *,
        tag: str | None = None,
        x_arg: Texts = (),
        directory: str | PathLike[str] | None = None,
        confirmed: Texts = (),
        report: Report | None = None,
        connection: Connection | None = None,
    ) -> tuple[Step, ...]:
        """Apply what is missing up to a revision, and return the steps that were done.

        :param confirmed: names of protected databases that are meant.
        :param report: called with each event of the run.
        :param connection: join its transaction, and neither commit nor roll it back.
        """
        from .commands import apply

        with self._project(directory, x_arg, tag) as project:
            return apply.steps_of(
                apply.each_database(
                    project,
                    lambda one: apply.upgrade(
                        one, revision, confirmed=_texts(confirmed), report=report, connection=connection
                    ),
                    connection=connection,
                )
            )

    def downgrade(
        self,
        revision: str = "-1",
        *,
        tag: str | None = None,
        x_arg: Texts = (),
        directory: str | PathLike[str] | None = None,
        confirmed: Texts = (),
        from_log: bool = False,
        report: Report | None = None,
        connection: Connection | None = None,
    ) -> tuple[Step, ...]:
        """Revert what is applied above a revision, and return the steps that were done.

        :param from_log: revert what no file is known for instead, with the files that the log has kept.
        :param confirmed: names of protected databases that are meant.
        :param report: called with each event of the run.
        :param connection: join its transaction, and neither commit nor roll it back.
        """
        from .commands import apply

        with self._project(directory, x_arg, tag) as project:
            return apply.steps_of(
                apply.each_database(
                    project,
                    lambda one: apply.downgrade(
                        one,
                        revision,
                        from_log=from_log,
                        confirmed=_texts(confirmed),
                        report=report,
                        connection=connection,
                    ),
                    connection=connection,
                )
            )

    def stamp(
        self,
        revision: Texts = "head",
        *,
        purge: bool = False,
        tag: str | None = None,
        directory: str | PathLike[str] | None = None,
        connection: Connection | None = None,
    ) -> tuple[Step, ...]:
        """Record revisions as applied without running anything, and return the steps that were recorded.

        :param purge: delete all rows first, those too that no file is known for.
        :param connection: join its transaction, and neither commit nor roll it back.
        """
        from .commands import apply

        with self._project(directory, tag=tag) as project:
            return apply.steps_of(
                apply.each_database(
                    project,
                    lambda one: apply.stamp(one, _texts(revision), purge=purge, connection=connection),
                    connection=connection,
                )
            )

    @contextmanager
    def operations(self, connection: Connection) -> Iterator[ModuleType]:
        """Give `op` for the length of a block, outside of a revision.

        What is called of it is done on a connection, in the transaction of that, which is neither committed nor
        rolled back.
        """
        from .commands.joined import operations

        with self._project() as project, operations(project, connection) as op:
            yield op

    def sql(
        self,
        command: str,
        revision: Texts | None = None,
        *,
        tag: str | None = None,
        x_arg: Texts = (),
        directory: str | PathLike[str] | None = None,
    ) -> str:
        """Return the SQL of `upgrade`, `downgrade` or `stamp` as a script, without a database.

        :param command: one of those words.
        :param revision: as for that command; a range `from:to` where it does not start from nothing.
        """
        from .commands import offline

        with self._project(directory, x_arg, tag) as project:
            return offline.script(project, command, _texts(revision or ()))

    def release(
        self,
        *,
        wait: float = 60.0,
        x_arg: Texts = (),
        directory: str | PathLike[str] | None = None,
        confirmed: Texts = (),
        report: Report | None = None,
    ) -> Release:
        """Wait for the database, upgrade it to the heads, make sure that it is there, and return what that came to.

        :param wait: seconds to wait for a database that does not answer yet.
        :param confirmed: names of protected databases that are meant.
        :param report: called with each event of the run.
        """
        from .commands.release import release

        with self._project(directory, x_arg) as project:
            return release(project, wait=wait, confirmed=_texts(confirmed), report=report)

    def status(self, directory: str | PathLike[str] | None = None) -> tuple[Status, ...]:
        """Return everything about where each database is."""
        from .commands.status import status

        with self._project(directory) as project:
            return tuple(status(one) for one in project.each())

    def current(self, directory: str | PathLike[str] | None = None) -> Position:
        """Return where the database is."""
        from .commands import inspect

        with self._project(directory) as project:
            return inspect.current(project)

    def heads(
        self, directory: str | PathLike[str] | None = None, *, resolve_dependencies: bool = False
    ) -> tuple[Revision, ...]:
        """Return the revisions that no other one comes after.

        :param resolve_dependencies: leave out those that another one depends on.
        """
        from .commands import inspect

        with self._project(directory) as project:
            return inspect.heads(project, resolve_dependencies=resolve_dependencies)

    def history(
        self, rev_range: str | None = None, directory: str | PathLike[str] | None = None
    ) -> tuple[Revision, ...]:
        """Return the revisions of a range `from:to`, or all of them, newest first."""
        from .commands import inspect

        with self._project(directory) as project:
            return inspect.history(project, rev_range)

    def branches(self, directory: str | PathLike[str] | None = None) -> tuple[Revision, ...]:
        """Return the revisions that more than one other comes after."""
        from .commands import inspect

        with self._project(directory) as project:
            return inspect.branches(project)

    def show(self, revision: str = "head", directory: str | PathLike[str] | None = None) -> tuple[Revision, ...]:
        """Return the revisions that an identifier names."""
        from .commands import inspect

        with self._project(directory) as project:
            return inspect.show(project, revision)

    def edit(self, revision: str = "current", directory: str | PathLike[str] | None = None) -> tuple[str, ...]:
        """Open the files of what an identifier names in the editor that VISUAL or EDITOR names; return their paths."""
        from .commands import author

        with self._project(directory) as project:
            return author.edit(project, revision)

    def needs_upgrade(self, directory: str | PathLike[str] | None = None) -> bool:
        """Return True if a revision is not applied."""
        return not self.current(directory).at_heads

    # -- inside ---------------------------------------------------------------------------------------

    def _project(
        self, directory: str | PathLike[str] | None = None, x_arg: Texts = (), tag: str | None = None
    ) -> AbstractContextManager[Project]:
        from .project import open_project

        return open_project(self._application(), directory=directory, x_arguments=_texts(x_arg), tag=tag)

    def _application(self) -> Flask:
        """Return the current application if it is ours, else the only one that we have been given.

        :raises ConfigurationError: there is none, or there are several and none of them is current.
        """
        from flask import current_app, has_app_context

        if has_app_context():
            registration = current_app.extensions.get(EXTENSION)
            if registration is not None and registration.revisions is self:
                return current_app._get_current_object()  # type: ignore[attr-defined,no-any-return]
        if self._app is None:
            raise ConfigurationError(
                "No application: this Revisions() has not been given one.",
                "call revisions.init_app(app).",
            )
        if self._has_several:
            raise ConfigurationError(
                "Which application? This Revisions() has been given several, and none of them is current.",
                "work inside 'with app.app_context():'.",
            )
        return self._app

    def _reading(self, app: Flask) -> Reading:
        registration: Registration = app.extensions[EXTENSION]
        return registration.reading

    def _upgrade_on_start(self, app: Flask) -> None:
        from .commands import apply
        from .development.events import log_event
        from .project import open_project

        with open_project(app, lenient=True) as project:
            apply.steps_of(apply.each_database(project, lambda one: apply.upgrade(one, "heads", report=log_event)))

    def _has_one_connection_per_thread(self, app: Flask) -> bool:
        """Return True for a SQLite database in memory that other threads would not see."""
        from sqlalchemy.pool import SingletonThreadPool

        from .project import open_project

        try:
            with open_project(app, lenient=True) as project:
                return any(isinstance(each.engine.pool, SingletonThreadPool) for each in project.databases)
        except RevisionsError:
            return False  # the upgrade will say what is wrong


def _given(keywords: Mapping[str, Any], **named: Any) -> dict[str, Any]:
    return {name: value for name, value in {**keywords, **named}.items() if value is not None}


def _texts(value: Texts) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
