"""Something between client and server that cuts the line at a COMMIT, before it arrives or before its answer does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import URL

Side = Literal["before", "after"]


@dataclass
class Cutter:
    """Passes on what comes, until it has to cut.

    :param server: where it leads to.
    :param side: whether the server gets the COMMIT.
    :param armed: set when the next COMMIT is the one.
    """

    server: tuple[str, int]
    side: Side
    armed: threading.Event = field(default_factory=threading.Event)
    cut: threading.Event = field(default_factory=threading.Event)

    def serve(self, listener: socket.socket) -> None:
        """Take connections until the listener is closed."""
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.server)
            silent = threading.Event()
            threading.Thread(target=self._from_client, args=(client, server, silent), daemon=True).start()
            threading.Thread(target=self._from_server, args=(client, server, silent), daemon=True).start()

    def _from_client(self, client: socket.socket, server: socket.socket, silent: threading.Event) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                if self.armed.is_set() and b"COMMIT" in data:
                    self.armed.clear()
                    silent.set()
                    if self.side == "before":
                        self.cut.set()
                        _end(client, server)
                        return
                server.sendall(data)
        _end(client, server)

    def _from_server(self, client: socket.socket, server: socket.socket, silent: threading.Event) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                if silent.is_set():
                    self.cut.set()
                    break
                client.sendall(data)
        _end(client, server)


def _end(*sockets: socket.socket) -> None:
    for each in sockets:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()


@contextmanager
def cutter(url: URL, side: Side) -> Iterator[tuple[URL, Cutter]]:
    """Give the URL that leads through it, for the length of a block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Cutter(
            (url.host or "127.0.0.1", url.port or {"postgresql": 5432}.get(url.get_backend_name(), 3306)), side
        )
        thread = threading.Thread(target=made.serve, args=(listener,), daemon=True)
        thread.start()
        yield url.set(host="127.0.0.1", port=listener.getsockname()[1]), made
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)
