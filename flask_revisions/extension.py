"""The extension: `Revisions(app, db)`, and methods with the words of the commands."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any

from .config import Reading, read_settings, refuse_unknown_keywords
from .errors import ConfigurationError, RevisionsError
from .methods import Methods

if TYPE_CHECKING:
    from flask import Flask

EXTENSION = "revisions"

log = logging.getLogger("flask_revisions")


@dataclass(frozen=True)
class Registration:
    """What `init_app` keeps in `app.extensions["revisions"]`.

    :param db: the Flask-SQLAlchemy object, if it was handed over; else it is looked for when it is needed.
    :param reading: the settings, and what is wrong with them.
    :param keywords: all keyword arguments, for scripts to find in `op.get_context().opts`.
    :param command: the name of the command group.
    """

    revisions: Revisions
    db: Any
    reading: Reading
    keywords: Mapping[str, Any]
    command: str = "db"


class Revisions(Methods):
    """Database revisions for one or several Flask applications.

    `Revisions(app, db)`, or `Revisions()` and later `init_app(app)`, before or after `db.init_app(app)`: the
    database is looked up when a command needs it.

    Its methods have the names of the commands. They return values, print nothing and raise `RevisionsError`.
    They work on the current application; outside of an application context, on the only one that there is. What
    several of them take: `directory`, another folder of revisions than the settings name; `x_arg`, values for scripts
    as `name=value`; `tag`, a text that scripts can ask for.

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
            target_metadata=metadata if metadata is not None else keywords.get("target_metadata"),
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

        :raises ConfigurationError: a keyword is no setting, `app` is no application, or another `Revisions` was there
            before.
        """
        refuse_unknown_keywords(keywords)
        if not hasattr(app, "extensions"):
            raise ConfigurationError(
                f"Revisions(app, db) takes the application first, and was given a {type(app).__name__}.",
                "write Revisions(app, db), or Revisions(db=db) and later revisions.init_app(app).",
            )
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
            target_metadata=metadata if metadata is not None else keywords.get("target_metadata"),
        )
        merged = {**self._keywords, **given}
        reading = read_settings(app.config, merged)
        name = command or self._command
        app.extensions[EXTENSION] = Registration(self, db if db is not None else self._db, reading, merged, name)
        self._has_several = self._has_several or self._app not in (None, app)
        self._app = app

        from .cli.group import RevisionsGroup, taken_by_package

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

    # -- inside ---------------------------------------------------------------------------------------

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
