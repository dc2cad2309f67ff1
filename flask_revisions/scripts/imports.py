"""Answers to `import alembic` while scripts load and run; other imports, and `sys.modules`, stay as they are.

A script, and a helper module that is first imported during a run, gets a `__builtins__` of its own, whose
`__import__` answers the name (https://docs.python.org/3/reference/executionmodel.html#builtins-and-restricted-execution).
Modules that imported the real Alembic before a run reach the running executor through its module proxies.
"""

from __future__ import annotations

import builtins
import importlib
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import resolve_name
from pathlib import Path
from types import ModuleType
from typing import Any

ALEMBIC = "alembic"
PROXIED = ("alembic.op", "alembic.context")
"""The modules of the real Alembic whose functions call an object named `_proxy` in their globals."""

Modules = Mapping[str, ModuleType]
"""What is answered: the full name of each module -> the module."""
Answers = Callable[[], "Modules | None"]
"""Says what is answered at this moment; None where nothing is."""


@dataclass(frozen=True)
class _Run:
    modules: Modules
    packages: frozenset[str]


_current: ContextVar[_Run | None] = ContextVar("flask_revisions_answers", default=None)


@contextmanager
def answering(modules: Modules, locations: Iterable[str]) -> Iterator[None]:
    """Answer `import alembic` in helper modules that are first imported in a block, in this context alone.

    Those are the modules outside of site-packages, and those in the top-level packages of `locations`.

    :param modules: what is answered.
    :param locations: the folders with revision files.
    """
    token = _current.set(_Run(modules, frozenset(filter(None, map(_top_package, locations)))))
    _installation.enter()
    try:
        yield
    finally:
        _installation.leave()
        _current.reset(token)


def script_builtins(modules: Modules) -> dict[str, Any]:
    """Return the `__builtins__` of a script, in which `import alembic` always gives `modules`."""
    return _builtins_with(lambda: modules)


def _modules_of_run() -> Modules | None:
    """Return what is answered in the run of this context: a helper module outlives its first run."""
    run = _current.get()
    return run.modules if run else None


# -- import statements -----------------------------------------------------------------------------


def _builtins_with(answers: Answers) -> dict[str, Any]:
    def import_(
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        if level == 0:
            modules = answers()
            if modules is not None and _is_answered(modules, name):
                return _answer(modules, name, fromlist or ())
        found = builtins.__import__(name, globals, locals, fromlist or (), level)
        return own_importlib if found is importlib else found

    own_importlib = _Importlib(answers)
    return {**vars(builtins), "__import__": import_}


def _is_alembic(name: str) -> bool:
    return name == ALEMBIC or name.startswith(ALEMBIC + ".")


def _is_answered(modules: Modules, name: str) -> bool:
    return name.partition(".")[0] in modules


def _answer(modules: Modules, name: str, fromlist: Sequence[str]) -> ModuleType:
    """Return what `__import__` returns: the named module for `from ... import`, else the package."""
    module = _module(modules, name)
    for each in fromlist:
        if each != "*" and f"{name}.{each}" not in modules:
            _attribute(module, each)
    return module if fromlist else modules[name.partition(".")[0]]


def _module(modules: Modules, name: str) -> ModuleType:
    if name not in modules:
        raise ModuleNotFoundError(
            f"No module named {name!r}: flask-revisions does not carry this part of {name.partition('.')[0]}; "
            "'from flask_revisions import op' has what revisions need.",
            name=name,
        )
    return modules[name]


def _attribute(module: ModuleType, name: str) -> None:
    """Raise what `from module import name` is to raise; Python itself would look into `sys.modules` next."""
    try:
        getattr(module, name)
    except AttributeError as error:
        raise ImportError(str(error), name=module.__name__) from error


class _Importlib(ModuleType):
    """`importlib` as scripts and helpers see it: `import_module("alembic.op")` is answered, too."""

    def __init__(self, answers: Answers) -> None:
        super().__init__("importlib", importlib.__doc__)
        self._answers = answers

    def import_module(self, name: str, package: str | None = None) -> ModuleType:
        """Return the module of that name, as `importlib.import_module` does."""
        full = resolve_name(name, package)
        modules = self._answers()
        return (
            _module(modules, full)
            if modules is not None and _is_answered(modules, full)
            else importlib.import_module(full)
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib, name)


# -- helper modules --------------------------------------------------------------------------------


class _Finder(MetaPathFinder):
    """Finds what the other finders find, and has helper modules run with builtins of their own."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        run = _current.get()
        if run is None:
            return None
        others = (each for each in list(sys.meta_path) if each is not self)
        spec = next(filter(None, (each.find_spec(name, path, target) for each in others)), None)
        if spec is None or spec.loader is None or not hasattr(spec.loader, "exec_module"):
            return spec
        if name in PROXIED or (not _is_alembic(name) and _is_helper(spec, run.packages)):
            spec.loader = _Loader(spec.loader)
        return spec


class _Loader(Loader):
    """Prepares one module and then leaves it to the loader that was found for it."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)  # type: ignore[no-any-return]

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        if module.__name__ in PROXIED:
            self._loader.exec_module(module)
            _installation.refresh()
        else:
            vars(module)["__builtins__"] = _builtins_with(_modules_of_run)
            self._loader.exec_module(module)


def _is_helper(spec: ModuleSpec, packages: frozenset[str]) -> bool:
    top = spec.name.partition(".")[0]
    if top == _OURSELVES or not (spec.has_location and spec.origin and spec.origin.endswith(".py")):
        return False
    return top in packages or not _is_installed(Path(spec.origin))


_OURSELVES = __name__.partition(".")[0]
_SITE = ("site-packages", "dist-packages")
_STANDARD = tuple(sysconfig.get_path(each) for each in ("stdlib", "platstdlib"))


def _is_installed(file: Path) -> bool:
    """Return True for modules of Python itself and for packages that were installed as such."""
    return any(part in _SITE for part in file.parts) or any(file.is_relative_to(each) for each in _STANDARD)


def _top_package(location: str) -> str:
    """Return the top-level package that a location belongs to, else an empty text."""
    parts = Path(location).parts
    places = [number for number, part in enumerate(parts[:-1]) if part in _SITE]
    if places:
        return parts[places[-1] + 1]
    folders = [Path(location), *Path(location).parents]
    packages = [each for each in folders if (each / "__init__.py").is_file()]
    if not packages:
        return ""
    top = packages[0]  # the folders of revisions below it often have no __init__.py
    while (top.parent / "__init__.py").is_file():
        top = top.parent
    return top.name


# -- the real Alembic, where it is loaded ------------------------------------------------------------


class _Forwarder:
    """Stands in Alembic's module proxies: our functions within a run of ours, whatever was there elsewhere.

    :param module: the full name of the module.
    :param before: the `_proxy` that was there: None, or `_ABSENT`, where Alembic itself is not running.
    """

    def __init__(self, module: str, before: Any) -> None:
        self._module = module
        self.before = before

    def __getattr__(self, name: str) -> Any:
        run = _current.get()
        if run is not None:
            return getattr(run.modules[self._module], name)
        if self.before is None or self.before is _ABSENT:
            raise NameError(f"'{self._module}.{name}' works only while a revision runs.")
        return getattr(self.before, name)


class _Attribute:
    """Stands for an object that Alembic sets in a proxied module for as long as it runs, such as `config`."""

    def __init__(self, forwarder: _Forwarder, name: str) -> None:
        self._forwarder = forwarder
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(getattr(self._forwarder, self._name), name)


_ABSENT = object()


class _Installation:
    """What runs need in the process: the first to begin puts it in place, the last to end removes it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._runs = 0
        self._finder = _Finder()
        self._forwarders: list[tuple[dict[str, Any], _Forwarder]] = []

    def enter(self) -> None:
        with self._lock:
            self._runs += 1
            if self._finder not in sys.meta_path:
                sys.meta_path.insert(0, self._finder)
            self.refresh()

    def refresh(self) -> None:
        """Stand in the proxies of those modules that are loaded by now."""
        with self._lock:
            for name in PROXIED:
                module = sys.modules.get(name)
                if module is None or isinstance(vars(module).get("_proxy"), _Forwarder):
                    continue
                names = vars(module)
                forwarder = _Forwarder(name, names.get("_proxy", _ABSENT))
                names["_proxy"] = forwarder
                if name == "alembic.context":
                    names.setdefault("config", _Attribute(forwarder, "config"))
                self._forwarders.append((names, forwarder))

    def leave(self) -> None:
        with self._lock:
            self._runs -= 1
            if self._runs:
                return
            if self._finder in sys.meta_path:
                sys.meta_path.remove(self._finder)
            for names, forwarder in self._forwarders:
                if isinstance(names.get("config"), _Attribute):
                    del names["config"]
                if names.get("_proxy") is not forwarder:
                    continue  # Alembic itself has begun or ended something meanwhile
                if forwarder.before is _ABSENT:
                    del names["_proxy"]
                else:
                    names["_proxy"] = forwarder.before
            self._forwarders.clear()


_installation = _Installation()
