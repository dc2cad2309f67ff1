"""Environments of pinned packages, packages that are only unpacked, and this checkout as users install it.

All but the last is kept in one folder, `FLASK_REVISIONS_CORPUS`, and made when it is asked for.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

from .histories import Environment, History, read_environments

CHECKOUT = Path(__file__).resolve().parents[2]
PYTHON = "3.12"
BESIDE = "alembic"
"""The environment that is put beside another one where Alembic is to be there."""

PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input")
PATIENCE = 3600.0
"""Seconds that a package index may take."""


def cache_folder() -> Path:
    """Return where environments and unpacked packages are kept."""
    chosen = os.environ.get("FLASK_REVISIONS_CORPUS")
    return Path(chosen).resolve() if chosen else Path.home() / ".cache" / "flask-revisions-corpus"


def python_of(name: str) -> Path:
    """Return the Python of an environment, which is made if it is not there.

    :raises RuntimeError: something cannot be installed.
    """
    environment = read_environments()[name]

    def make(folder: Path) -> None:
        run(find_python(), "-m", "venv", folder)
        run(folder / "bin" / "python", *PIP, "install", "--quiet", "--no-deps", "-r", environment.pins)

    return _kept(_folder_of(environment), make) / "bin" / "python"


def packages_beside() -> Path:
    """Return the folder with Alembic, Flask-Migrate and Flask-Alembic, to be put on the path."""
    environment = read_environments()[BESIDE]

    def make(folder: Path) -> None:
        with tempfile.TemporaryDirectory() as python:
            run(find_python(), "-m", "venv", python)
            install = (*PIP, "install", "--quiet", "--no-deps", "--target", folder / "site-packages")
            run(Path(python, "bin", "python"), *install, "-r", environment.pins)

    return _kept(_folder_of(environment), make) / "site-packages"


def install_checkout(python: Path, folder: Path) -> Path:
    """Install a wheel of this checkout into a folder, unless it is there, and return where it is.

    A run is not disturbed by changes of the working tree, and finds what users would find.
    """
    site = folder / "site-packages"
    if not site.exists():
        run(python, *PIP, "install", "--quiet", "--no-deps", "--target", site, CHECKOUT)
    return site


def root_of(history: History) -> Path:
    """Return the folder that the locations of a history are in."""
    python = python_of(history.environment)
    installed = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    if all((installed / each).is_dir() for each in history.locations):
        return installed
    named = f"{history.package}-{history.version}"
    return _kept(cache_folder() / "packages" / named, lambda folder: _unpack(history, python, folder))


def pin(environment: Environment) -> str:
    """Return the releases of all packages that an environment comes to today, one on a line.

    What is in the environment `alembic` is left out of all others.
    """
    beside = read_environments()[BESIDE]
    wanted = {*environment.requirements, *beside.requirements}
    with tempfile.TemporaryDirectory() as folder:
        run(find_python(), "-m", "venv", folder)
        options = ("install", "--quiet", "--dry-run", "--ignore-installed", "--report", "-")
        report = run(Path(folder, "bin", "python"), *PIP, *options, *sorted(wanted))
    releases = {each["metadata"]["name"]: each["metadata"]["version"] for each in json.loads(report)["install"]}
    theirs = {"mako", *(each.partition("==")[0].lower() for each in beside.requirements)}
    kept = {name for name in releases if (name.lower() in theirs) == environment.beside}
    return "".join(f"{name}=={releases[name]}\n" for name in sorted(kept, key=str.lower))


@cache
def find_python() -> Path:
    """Return a Python of the release that packages were pinned for; where there is none, the running one."""
    named = [Path(sys.executable), *(Path(each, f"python{PYTHON}") for each in os.get_exec_path())]
    others = sorted(Path.home().glob(f".pyenv/versions/{PYTHON}.*/bin/python"))
    ask = "import sys; print(sys.base_prefix if '%d.%d' % sys.version_info[:2] == sys.argv[1] else '')"
    for candidate in (*named, *others):
        with suppress(RuntimeError, OSError):  # that a name is on the path does not say that it can be run
            prefix = run(candidate, "-c", ask, PYTHON).strip()
            if prefix:
                return Path(prefix, "bin", f"python{PYTHON}")
    return Path(sys.executable)


def run(program: Path, *arguments: str | Path) -> str:
    """Run a program, and return what it printed.

    :raises RuntimeError: it failed, with the end of what it said.
    """
    command = [str(program), *map(str, arguments)]
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "FLASK_"))}
    process = subprocess.run(command, env=kept, capture_output=True, text=True, timeout=PATIENCE)
    if process.returncode:
        said = (process.stderr or process.stdout).strip()
        raise RuntimeError(f"'{' '.join(command)}' failed: {said[-2000:]}")
    return process.stdout


# -- what is kept -----------------------------------------------------------------------------------


def _folder_of(environment: Environment) -> Path:
    """Return the folder of an environment; its name changes with what is in it."""
    pins = environment.pins.read_text(encoding="utf-8")
    digest = hashlib.sha256(f"{find_python()}\n{pins}".encode()).hexdigest()[:8]
    return cache_folder() / "environments" / f"{environment.name}-{digest}"


def _kept(folder: Path, make: Callable[[Path], None]) -> Path:
    """Return a folder that is made once, by one process; what an interrupted one left is made anew."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    done = folder.with_name(f"{folder.name}.done")
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            make(folder)
            done.touch()
    return folder


def _unpack(history: History, python: Path, folder: Path) -> None:
    """Unpack the Python files of a package, and all that is in its locations."""
    pinned = f"{history.package}=={history.version}"
    with tempfile.TemporaryDirectory() as download:
        run(python, *PIP, "download", "--quiet", "--no-deps", "--only-binary", ":all:", "-d", download, pinned)
        (wheel,) = Path(download).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            wanted = [each for each in archive.namelist() if each.endswith(".py") or each.startswith(history.locations)]
            archive.extractall(folder, wanted)
