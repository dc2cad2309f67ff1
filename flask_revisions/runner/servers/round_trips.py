"""Several statements in one round trip, where the driver has that: psycopg. No other driver is asked."""

from __future__ import annotations

import selectors
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

Failed = Callable[[BaseException], BaseException]
"""The driver's error -> what is raised instead."""


def takes_together(driver: Any) -> bool:
    """Return True if a driver's connection can send several statements at once, and begins transactions as we do."""
    if type(driver).__module__.split(".")[0] != "psycopg" or not hasattr(driver, "pipeline"):
        return False
    from psycopg import Connection, Pipeline

    plain = isinstance(driver, Connection) and driver.read_only is None and driver.deferrable is None
    return plain and Pipeline.is_supported()


def row_of(driver: Any, *statements: str) -> list[str] | None:
    """Send statements without parameters in one message; return the one row that they give, as the server writes it.

    With the driver's own means BEGIN is a round trip of its own
    (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT).

    :return: None where the server refuses any of them: the caller does it in the driver's way, and gets its error.
    """
    server = driver.pgconn
    try:
        server.send_query("; ".join(statements).encode())
        results = _results(server)
    except Exception:
        return None
    except BaseException:  # what has come meanwhile would be taken for the answer to something else
        with suppress(Exception):
            driver.close()
        raise
    rows = [each for each in results if each.ntuples]
    if len(results) != len(statements) or len(rows) != 1 or any(each.error_message for each in results):
        return None
    return [(rows[0].get_value(0, number) or b"").decode() for number in range(rows[0].nfields)]


def _results(server: Any) -> list[Any]:
    """Return all results of what was sent; an interrupt comes through while they are waited for."""
    results: list[Any] = []
    with selectors.DefaultSelector() as selector:
        selector.register(server.socket, selectors.EVENT_READ)
        while True:
            while server.flush() or server.is_busy():
                if selector.select(timeout=1.0):
                    server.consume_input()
            result = server.get_result()
            if result is None:
                return results
            results.append(result)


class Pipelined:
    """Statements that are sent in one round trip with the next one."""

    def __init__(self) -> None:
        self._statements: list[tuple[str, Failed]] = []

    def __bool__(self) -> bool:
        return bool(self._statements)

    def add(self, statement: str, failed: Failed) -> None:
        """Let a statement wait.

        :param failed: the driver's error -> what is raised instead.
        """
        self._statements.append((statement, failed))

    def clear(self) -> None:
        """Forget what waits."""
        self._statements = []

    def send(self, driver: Any, send: Callable[[], None]) -> None:
        """Send what waits, and what `send` sends; one that fails keeps the later ones from being carried out.

        :param driver: psycopg's connection, in a transaction.
        """
        waiting, self._statements = self._statements, []
        cursors: list[Any] = []
        try:
            with driver.pipeline():
                for statement, _ in waiting:
                    cursors.append(driver.cursor())
                    cursors[-1].execute(statement)
                send()
        except Exception as error:
            failed = _first_failed(waiting, cursors)
            if failed is None or driver.closed:
                raise
            raise failed(error) from error


def _first_failed(waiting: Sequence[tuple[str, Failed]], cursors: Sequence[Any]) -> Failed | None:
    for (_, failed), cursor in zip(waiting, cursors, strict=False):
        if cursor.pgresult is None or cursor.pgresult.error_message:
            return failed
    return None
