"""Alembic and the extensions around it, lent to an application that imports what is not installed.

What an application itself does with the extensions is to make them: nothing happens then.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import click


class Extension:
    """Takes what an extension takes, and does nothing."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        pass

    def init_app(self, *arguments: Any, **keywords: Any) -> None:
        pass


@contextmanager
def borrowed() -> Iterator[None]:
    """Have `import alembic`, `flask_migrate` and `flask_alembic` work for the length of a block.

    What stands for alembic is what revisions get for it, as modules that import it now keep it.
    """
    from flask_revisions.compat import alembic_modules

    lent = dict(alembic_modules())
    for each in (
        module("flask_migrate", Migrate=Extension),
        module("flask_migrate.cli", db=click.Group("db")),
        module("flask_alembic", Alembic=Extension),
    ):
        lent[each.__name__] = each
    sys.modules.update(lent)
    try:
        yield
    finally:
        for name in lent:
            del sys.modules[name]


def module(name: str, **names: Any) -> ModuleType:
    made = ModuleType(name)
    vars(made).update(names)
    return made
