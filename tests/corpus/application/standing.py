"""What stand-ins are made with: modules with the names that revisions import."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from given import given


def stand(name: str, **names: Any) -> None:
    """Have a module with these names; a package above it that is not there is empty."""
    module = ModuleType(name)
    module.__path__ = []
    vars(module).update(names)
    sys.modules[name] = module
    above, _, last = name.rpartition(".")
    if above:
        if above not in sys.modules:
            stand(above)
        setattr(sys.modules[above], last, module)


def package(name: str) -> None:
    """Have a package with its real modules, but whose own code does not run."""
    stand(name)
    sys.modules[name].__path__ = [str(Path(given.root, *name.split(".")))]
