"""Names of Alembic that can be imported, since helpers of scripts have other functions too, but not used."""

from __future__ import annotations

from typing import Any, NoReturn

from ..errors import RevisionsError


class NotCarried(RevisionsError, AttributeError):
    """A part of Alembic that is not there while revisions load and run."""


class _Refusal(type):
    """The type of names that stand for a part that is not carried: any use of them says so."""

    hint: str

    def __call__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotCarried(f"{cls.__module__}.{cls.__name__} is not there while revisions load and run.", cls.hint)

    def __getattr__(cls, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        cls()


def refusal(module: str, name: str, hint: str) -> type:
    """Return a class for a name that is not carried: it can be imported and stand in annotations."""
    return _Refusal(name, (), {"__module__": module, "hint": hint})
