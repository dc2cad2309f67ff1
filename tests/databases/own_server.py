"""A server of the tests' own, which may be stopped in the middle of something and started again."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import create_engine, exc
from sqlalchemy.pool import NullPool

from .pgbouncer import free_port

PROGRAMS = {"postgresql": ("initdb", "postgres"), "mariadb": ("mariadb-install-db", "mariadbd")}
PLACES = [*sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True), "/usr/sbin", "/usr/local/sbin"]


def program(name: str) -> str:
    """The path of a program; where there is none, the test is skipped, and fails in CI."""
    found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(PLACES))
    if found is None and os.environ.get("CI"):
        pytest.fail(f"{name} is not installed")
    return found or pytest.skip(f"{name} is not installed")


@dataclass
class OwnServer:
    """A server with its data in a folder.

    :param user: who runs it, where that may not be root.
    """

    kind: str
    folder: Path
    user: str | None
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        if self.kind == "postgresql":
            return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"
        return f"mysql+pymysql://root@127.0.0.1:{self.port}/test"

    def make(self) -> None:
        """Make its data."""
        data = str(self.folder / "data")
        if self.kind == "postgresql":
            command = [
                program("initdb"),
                "-D",
                data,
                "-U",
                "postgres",
                "-A",
                "trust",
                "--no-sync",
                "--no-locale",
                "-E",
                "UTF8",
            ]
        else:
            command = [program("mariadb-install-db"), "--no-defaults", f"--datadir={data}", "--skip-name-resolve"]
            command += ["--auth-root-authentication-method=normal", "--innodb-log-file-size=8M"]
        made = subprocess.run([*command], user=self.user, cwd=self.folder, capture_output=True, text=True, timeout=60)
        assert made.returncode == 0, made.stdout + made.stderr

    def start(self) -> None:
        """Start it, and wait until it answers."""
        data = self.folder / "data"
        if self.kind == "postgresql":
            command = [program("postgres"), "-D", str(data), "-p", str(self.port), "-k", str(self.folder), "-F"]
            command += ["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=20", "-c", "shared_buffers=8MB"]
        else:
            command = [program("mariadbd"), "--no-defaults", f"--datadir={data}", f"--port={self.port}"]
            command += [f"--socket={self.folder / 'socket'}", "--bind-address=127.0.0.1", "--skip-name-resolve"]
            command += ["--innodb-buffer-pool-size=16M", "--innodb-log-file-size=8M"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, user=self.user, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        engine = create_engine(self.url.removesuffix("test"), poolclass=NullPool)
        ends = time.monotonic() + 60
        while True:
            assert self.process.poll() is None and time.monotonic() < ends, (self.folder / "log").read_text()
            try:
                with engine.connect() as connection:
                    if self.kind == "mariadb":
                        connection.exec_driver_sql("CREATE DATABASE IF NOT EXISTS test")
                return
            except exc.DBAPIError:
                time.sleep(0.05)

    def stop(self) -> None:
        """Stop it at once, whatever it is doing: as in a crash."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT if self.kind == "postgresql" else signal.SIGKILL)
            self.process.wait(30)
            self.process = None


@contextmanager
def own_server(kind: str) -> Iterator[OwnServer]:
    """Give a server that runs, for the length of a block."""
    for each in PROGRAMS[kind]:
        program(each)
    user = {"postgresql": "postgres", "mariadb": "mysql"}[kind] if getpass.getuser() == "root" else None
    with tempfile.TemporaryDirectory(prefix="own-server-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if user is not None:
            shutil.chown(folder, user)
        server = OwnServer(kind, folder, user)
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()
