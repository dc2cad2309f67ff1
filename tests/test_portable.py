"""Nothing is imported that only some systems have, but where it has been asked which system this is."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
import sqlalchemy, flask_sqlalchemy, flask.cli, jinja2  # what they use is theirs
import importlib, pkgutil, types
for name in ("pwd", "grp", "resource", "termios", "tty", "syslog", "readline", "fcntl"):
    sys.modules[name] = None
sys.modules["msvcrt"] = types.ModuleType("msvcrt")  # which Windows has instead
import flask_revisions
for each in pkgutil.walk_packages(flask_revisions.__path__, "flask_revisions."):
    importlib.import_module(each.name)
print("all")
"""


def test_modules_that_windows_lacks_are_not_needed() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert done.stdout == "all\n", done.stderr[-2000:]
