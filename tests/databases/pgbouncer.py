"""PgBouncer in front of PostgreSQL, in transaction mode: a process of its own for the length of a block."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL

CONFIGURATION = """
[databases]
{name} = host={host} port={port} dbname={name} user={user} {password}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
unix_socket_dir =
auth_type = any
stats_users = {stats}
pool_mode = transaction
default_pool_size = {size}
server_reset_query =
query_wait_timeout = 5
ignore_startup_parameters = extra_float_digits
"""


@contextmanager
def pgbouncer(url: URL, folder: Path, *, size: int = 10) -> Iterator[URL]:
    """Give the URL that leads to a database through PgBouncer.

    :param size: how many connections to the server it keeps.
    """
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None and os.environ.get("CI"):
        pytest.fail("pgbouncer is not installed")
    if program is None:
        pytest.skip("pgbouncer is not installed")
    listen = free_port()
    configuration = folder / "pgbouncer.ini"
    configuration.write_text(
        CONFIGURATION.format(
            name=url.database,
            host=url.host or "127.0.0.1",
            port=url.port or 5432,
            user=url.username or "postgres",
            password=f"password={url.password}" if url.password else "",
            listen=listen,
            stats=url.username or "postgres",
            size=size,
        )
    )
    configuration.chmod(0o644)
    user = ["-u", "nobody"] if getpass.getuser() == "root" else []
    log_file = folder / "pgbouncer.log"
    with log_file.open("w") as log, configuration.open() as readable:  # folders of root's are closed to nobody
        process = subprocess.Popen(
            [program, *user, f"/dev/fd/{readable.fileno()}"],
            pass_fds=[readable.fileno()],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
        )
        try:
            wait_for_port(listen, process, log_file)
            yield url.set(host="127.0.0.1", port=listen)
        finally:
            process.terminate()
            process.wait(10)


def pool_mode(url: URL) -> str:
    """What PgBouncer itself says about how it pools a database."""
    import psycopg

    place = {"host": url.host, "port": url.port, "user": url.username}
    with psycopg.connect(dbname="pgbouncer", autocommit=True, prepare_threshold=None, **place) as connection:
        cursor = connection.execute("SHOW POOLS")
        assert cursor.description is not None
        names = [each.name for each in cursor.description]
        pools = [dict(zip(names, row, strict=True)) for row in cursor]
    (mode,) = {str(each["pool_mode"]) for each in pools if each["database"] == url.database}
    return mode


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + 10
    while True:
        assert process.poll() is None and time.monotonic() < ends, log.read_text()
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
