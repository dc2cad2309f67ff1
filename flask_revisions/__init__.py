"""Database revisions for Flask, with an engine of its own."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .version import __version__

if TYPE_CHECKING:
    from . import context as context
    from . import op as op
    from .api import branches as branches
    from .api import check as check
    from .api import current as current
    from .api import downgrade as downgrade
    from .api import edit as edit
    from .api import heads as heads
    from .api import history as history
    from .api import init as init
    from .api import list_templates as list_templates
    from .api import merge as merge
    from .api import migrate as migrate
    from .api import revision as revision
    from .api import show as show
    from .api import stamp as stamp
    from .api import upgrade as upgrade
    from .compat.modules import alembic_version as alembic_version
    from .errors import RevisionsError as RevisionsError
    from .extension import Revisions as Revisions

__all__ = ["Revisions", "RevisionsError", "__version__", "context", "op"]

_FUNCTIONS = (
    *("branches", "check", "current", "downgrade", "edit", "heads", "history", "init", "list_templates"),
    *("merge", "migrate", "revision", "show", "stamp", "upgrade"),
)
_HOMES = {
    "Revisions": ".extension",
    "RevisionsError": ".errors",
    "alembic_version": ".compat.modules",
    **dict.fromkeys(_FUNCTIONS, ".api"),
}


def __getattr__(name: str) -> Any:
    """Import on first use: an application that only serves requests loads nothing of the engine."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name], __name__), name)
    if name in ("op", "context"):
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, *_HOMES})
