"""A real server for tests, in the folder of a project."""

from __future__ import annotations

import http.client
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ..browser import free_port
from ..projects import Project


@contextmanager
def server(project: Project, command: list[str], **environment: str) -> Iterator[int]:
    """Run a server in the folder, and give its port."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", *(word.format(port=port) for word in command)],
        cwd=project.folder,
        env=project.environment(PORT=str(port), **environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def ask(port: int) -> tuple[int, str]:
    """Ask a server, which may not be up yet."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(ConnectionError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", "/")
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        time.sleep(0.05)
    raise TimeoutError("the server has not come up")
