"""What `op.get_context().config` is: the options of a run, under the names that an ini file gave them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any


class Config:
    """The options that scripts look up.

    :param script_location: the folder of the revisions.
    :param url: the URL of the database, with its password.
    :param x_arguments: the values of `-x`.
    :param options: further options, as they stand in the main section of an ini file.
    :param sections: further sections of that file.
    :param config_file_name: that file.
    """

    config_ini_section = "alembic"

    def __init__(
        self,
        *,
        script_location: str,
        url: str,
        x_arguments: Iterable[str] = (),
        options: Mapping[str, str] | None = None,
        sections: Mapping[str, Mapping[str, str]] | None = None,
        config_file_name: str | None = None,
    ) -> None:
        main = {**(options or {}), "script_location": script_location, "sqlalchemy.url": url}
        self._sections = {**(sections or {}), self.config_ini_section: main}
        self.config_file_name = config_file_name
        self.cmd_opts = SimpleNamespace(x=list(x_arguments))
        self.attributes: dict[str, Any] = {}
        """For objects that the application hands to its scripts."""

    def get_main_option(self, name: str, default: str | None = None) -> str | None:
        """Return an option of the main section, or `default`."""
        return self.get_section_option(self.config_ini_section, name, default)

    def get_section_option(self, section: str, name: str, default: str | None = None) -> str | None:
        """Return an option of a section, or `default`."""
        return self._sections.get(section, {}).get(name, default)

    def get_section(self, name: str, default: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return all options of a section, or `default`."""
        return dict(self._sections.get(name, default or {}))
