"""`DefaultImpl`: what third-party dialects derive from to be known."""

from __future__ import annotations

from typing import Any

from .refusals import NotCarried

_DECLARATIONS = frozenset({"__dialect__", "transactional_ddl"})


class DefaultImpl:
    """A base class that takes a declaration, since every dialect is known, and no behaviour."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse what would be ignored.

        :raises NotCarried: the class defines more than the dialect's name.
        """
        super().__init_subclass__(**kwargs)
        own = sorted(name for name in vars(cls) if not name.startswith("__") and name not in _DECLARATIONS)
        if own:
            raise NotCarried(
                f"{cls.__qualname__}.{own[0]} is not used: dialects are part of flask_revisions.",
                "leave out what the class defines besides __dialect__.",
            )
