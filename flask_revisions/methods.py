"""The methods of `Revisions` with the words of the commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from os import PathLike
from types import ModuleType
from typing import TYPE_CHECKING

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

Texts = str | Iterable[str]


class Methods:
    """What the commands do, returned as values."""

    def _project(
        self,
        directory: str | PathLike[str] | None = None,
        x_arg: Texts = (),
        tag: str | None = None,
        bind: str | None = None,
    ) -> AbstractContextManager[Project]:
        from .project import open_project

        return open_project(self._application(), directory=directory, x_arguments=texts_of(x_arg), tag=tag, bind=bind)

    def _application(self) -> Flask:
        """Return the application that is meant."""
        raise NotImplementedError

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
        """Write a new, empty revision, and return it.

        :param head: what it comes after: identifiers, or `base` for nothing.
        :param splice: let it come after a revision that is no head.
        :param branch_label: names for the branch that begins here.
        :param version_path: the folder for the file, one of the version locations.
        :param rev_id: its id, instead of a new one.
        :param depends_on: identifiers or labels of what has to be applied before, on another branch.
        """
        from .commands import author

        after, labels, needed = texts_of(head), texts_of(branch_label), texts_of(depends_on)
        request = author.NewRevision(message, after, splice, labels, version_path, rev_id, needed)
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
        bind: str | None = None,
    ) -> Migration:
        """Write a revision from what is different between the models and the database; return what was found.

        The first seven arguments are those of `revision`.

        :param dry_run: write nothing; the text is in what is returned.
        :param bind: the name of one of several databases, `default` for the default one; None for all.
        :param from_history: compare with what the revisions make of an empty database, wherever the database is.
        """
        from .commands import author
        from .commands.migrate import migrate

        after, labels, needed = texts_of(head), texts_of(branch_label), texts_of(depends_on)
        request = author.NewRevision(message, after, splice, labels, version_path, rev_id, needed)
        with self._project(directory, bind=bind) as project:
            return migrate(project, request, dry_run=dry_run, from_history=from_history)

    def check(
        self, directory: str | PathLike[str] | None = None, *, drift: bool = False, bind: str | None = None
    ) -> Verdict:
        """Return what is different between the models and the database.

        :param bind: the name of one of several databases; None for the default one.
        :param drift: between what the applied revisions make of an empty database, and the database.
        """
        from .commands.check import check, check_drift

        with self._project(directory, bind=bind) as project:
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
        """Write a revision that comes after several others, and return it.

        :param revisions: identifiers of those.
        :param branch_label: names for the branch that begins here.
        :param rev_id: its id, instead of a new one.
        :param splice: let it come after revisions that are no heads.
        """
        from .commands import author

        request = author.NewRevision(message, texts_of(revisions), splice, texts_of(branch_label), None, rev_id)
        with self._project(directory) as project:
            return author.merge(project, request)

    def upgrade(
        self,
        revision: str = "head",
        *,
        tag: str | None = None,
        x_arg: Texts = (),
        directory: str | PathLike[str] | None = None,
        bind: str | None = None,
        confirmed: Texts = (),
        report: Report | None = None,
        connection: Connection | None = None,
    ) -> tuple[Step, ...]:
        """Apply what is missing up to a revision, and return the steps that were done.

        :param bind: the name of one of several databases, `default` for the default one; None for all.
        :param confirmed: names of protected databases that are meant.
        :param report: called with each event of the run.
        :param connection: join its transaction, and neither commit nor roll it back.
        """
        from .commands import apply

        names = texts_of(confirmed)

        def work(one: Project) -> tuple[Step, ...]:
            return apply.upgrade(one, revision, confirmed=names, report=report, connection=connection)

        with self._project(directory, x_arg, tag, bind) as project:
            return apply.steps_of(apply.each_database(project, work, connection=connection))

    def downgrade(
        self,
        revision: str = "-1",
        *,
        tag: str | None = None,
        x_arg: Texts = (),
        directory: str | PathLike[str] | None = None,
        bind: str | None = None,
        confirmed: Texts = (),
        from_log: bool = False,
        report: Report | None = None,
        connection: Connection | None = None,
    ) -> tuple[Step, ...]:
        """Revert what is applied above a revision, and return the steps that were done.

        :param bind: the name of one of several databases, `default` for the default one; None for all.
        :param from_log: revert what no file is known for instead, with the files that the log has kept.
        :param confirmed: names of protected databases that are meant.
        :param report: called with each event of the run.
        :param connection: join its transaction, and neither commit nor roll it back.
        """
        from .commands import apply

        names = texts_of(confirmed)

        def work(one: Project) -> tuple[Step, ...]:
            return apply.downgrade(
                one, revision, from_log=from_log, confirmed=names, report=report, connection=connection
            )

        with self._project(directory, x_arg, tag, bind) as project:
            return apply.steps_of(apply.each_database(project, work, connection=connection))

    def stamp(
        self,
        revision: Texts = "head",
        *,
        purge: bool = False,
        tag: str | None = None,
        directory: str | PathLike[str] | None = None,
        bind: str | None = None,
        connection: Connection | None = None,
    ) -> tuple[Step, ...]:
        """Record revisions as applied without running anything, and return the steps that were recorded.

        :param bind: the name of one of several databases, `default` for the default one; None for all.
        :param purge: delete all rows first, those too that no file is known for.
        :param connection: join its transaction, and neither commit nor roll it back.
        """
        from .commands import apply

        targets = texts_of(revision)

        def work(one: Project) -> tuple[Step, ...]:
            return apply.stamp(one, targets, purge=purge, connection=connection)

        with self._project(directory, tag=tag, bind=bind) as project:
            return apply.steps_of(apply.each_database(project, work, connection=connection))

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
        bind: str | None = None,
    ) -> str:
        """Return the SQL of `upgrade`, `downgrade` or `stamp` as a script, without a database.

        :param bind: the name of one of several databases, `default` for the default one; None for all.
        :param command: one of those words.
        :param revision: as for that command; a range `from:to` where it does not start from nothing.
        """
        from .commands import offline

        with self._project(directory, x_arg, tag, bind) as project:
            return offline.script(project, command, texts_of(revision or ()))

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
            return release(project, wait=wait, confirmed=texts_of(confirmed), report=report)

    def status(self, directory: str | PathLike[str] | None = None) -> tuple[Status, ...]:
        """Return everything about where each database is."""
        from .commands.status import status

        with self._project(directory) as project:
            return tuple(status(one) for one in project.each())

    def current(self, directory: str | PathLike[str] | None = None, *, bind: str | None = None) -> Position:
        """Return where the database is.

        :param bind: the name of one of several databases; None for the default one.
        """
        from .commands import inspect

        with self._project(directory, bind=bind) as project:
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

    def needs_upgrade(self, directory: str | PathLike[str] | None = None, *, bind: str | None = None) -> bool:
        """Return True if a revision is not applied, to any of several databases.

        :param bind: the name of one of several databases, `default` for the default one; None for all.
        """
        from .commands import inspect

        with self._project(directory, bind=bind) as project:
            return not all(inspect.current(one).at_heads for one in project.each())


def texts_of(value: Texts) -> tuple[str, ...]:
    """Return one text or several as several."""
    return (value,) if isinstance(value, str) else tuple(value)
