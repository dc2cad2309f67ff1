"""`History`: the revisions of one folder, each part looked up when it is asked for.

What runs scripts is imported when scripts are run: most commands only read the headers of files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from .config import Settings
from .graph.graph import Revision, RevisionGraph
from .graph.plan import Step
from .scripts.directory import Directory, candidates, find_directory, locate, read_graph
from .scripts.multidb import has_function, is_multidb_folder

if TYPE_CHECKING:
    from .operations.script import Script

ENGINE_NAME = "engine_name"
"""The argument by which a revision is told which database it runs on; empty for the default one."""


@dataclass(frozen=True)
class History:
    """The revisions of one folder.

    :param name: the folder as it was configured: a path, or `package:folder`.
    :param root_path: the application's.
    :param modules: gives what scripts get for `import alembic`.
    :param warn: called with what a user should know, one sentence each.
    """

    name: str
    root_path: str
    settings: Settings
    modules: Callable[[], Mapping[str, ModuleType]]
    warn: Callable[[str], None]

    # -- files ----------------------------------------------------------------------------------------

    @property
    def new_directory(self) -> Path:
        """Where `init` makes the folder."""
        return Path(candidates(self.name, working_directory=str(Path.cwd()), root_path=self.root_path)[0])

    @cached_property
    def directory(self) -> Directory:
        """The folder of the revisions."""
        found = find_directory(self.name, working_directory=str(Path.cwd()), root_path=self.root_path)
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
            execute=self.execute,
        )

    @cached_property
    def is_multidb(self) -> bool:
        """True where its template, or one of its revisions, is told by name which database it runs on."""
        folders = self.locations if self.settings.version_locations else (self.directory.path,)
        return any(map(is_multidb_folder, folders)) or any(each.per_bind for each in self.graph.values())

    # -- scripts --------------------------------------------------------------------------------------

    def execute(self, path: str) -> Mapping[str, object]:
        """Run a file whose header is no literal, and return its globals."""
        from .scripts.load import header_reader

        return header_reader(self.modules(), self.locations)(path)

    def answering(self) -> AbstractContextManager[None]:
        """Answer `import alembic` in helper modules for the length of a block."""
        from .scripts.imports import answering

        return answering(self.modules(), self.locations)

    def load(self, revision: Revision, engine_name: str | None = None) -> Script:
        """Return the script of a revision.

        :param engine_name: the database that a revision for several is to run on; None where it is told otherwise.
        """
        from dataclasses import replace

        from .scripts.load import load_script

        script = load_script(revision, self.modules())
        if engine_name is None or not revision.per_bind:
            return script
        told = {ENGINE_NAME: engine_name}
        downgrade = script.downgrade and partial(script.downgrade, **told)
        return replace(script, upgrade=partial(script.upgrade, **told), downgrade=downgrade)

    def has_function(self, step: Step, engine_name: str) -> bool:
        """Return False if a revision for several databases has nothing for this one."""
        return has_function(step.revision.path, step.direction, engine_name)
