"""The package as it is installed: what wheel and sdist hold, the main job from them, and their types for others."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CONSUMER = ROOT / "tests" / "consumer" / "application.py"

pytestmark = pytest.mark.slow


class Installed:
    """An environment of its own, in which the built wheel is installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.dist = folder / "dist"
        self.bin = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
        subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
        self.run("pip", "install", "-q", "hatchling", "mypy", "pyright")
        self.run("python", "-m", "hatchling", "build", "-d", str(self.dist), folder=ROOT)
        self.run("pip", "install", "-q", str(self.wheel))

    @property
    def wheel(self) -> Path:
        return next(self.dist.glob("*.whl"))

    @property
    def sdist(self) -> Path:
        return next(self.dist.glob("*.tar.gz"))

    def run(self, program: str, *arguments: str, folder: Path | None = None) -> str:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "FLASK", "VIRTUAL"))}
        done = subprocess.run(
            [str(self.bin / program), *arguments],
            cwd=folder or self.folder,
            env={**kept, "PATH": f"{self.bin}{os.pathsep}{kept.get('PATH', '')}"},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, f"{program} {' '.join(arguments)}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(tmp_path_factory.mktemp("wheel"))


def test_the_wheel_holds_all_that_is_no_python_file_and_nothing_else(installed: Installed) -> None:
    names = {name for name in zipfile.ZipFile(installed.wheel).namelist() if ".dist-info/" not in name}
    package = ROOT / "flask_revisions"
    files = {str(path.relative_to(ROOT)) for path in package.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert names == files
    assert {"flask_revisions/py.typed", "flask_revisions/scripts/templates/script.py.jinja"} <= names


def test_the_source_distribution_holds_what_a_packager_needs(installed: Installed) -> None:
    with tarfile.open(installed.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"LICENSE", "README.md", "CHANGES.md", "CONTRIBUTING.md", "SECURITY.md", "docs/conf.py"} <= names
    assert {"tests/projects.py", "flask_revisions/py.typed", "pyproject.toml"} <= names


def test_the_main_job_in_an_empty_folder(installed: Installed, tmp_path: Path) -> None:
    shutil.copy(CONSUMER, tmp_path / "app.py")
    for arguments in (["init"], ["revision", "-m", "users"], ["upgrade"], ["current", "--check-heads"]):
        installed.run("flask", "db", *arguments, folder=tmp_path)
    assert "users" in installed.run("flask", "db", "history", folder=tmp_path)


@pytest.mark.parametrize("checker", [("mypy", "--strict", "app.py"), ("pyright",)], ids=lambda each: each[0])
def test_a_project_type_checks_against_it(installed: Installed, tmp_path: Path, checker: tuple[str, ...]) -> None:
    shutil.copy(CONSUMER, tmp_path / "app.py")
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    python = ("--pythonpath", str(installed.bin / "python")) if checker[0] == "pyright" else ()
    installed.run(*checker, *python, folder=tmp_path)
