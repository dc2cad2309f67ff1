"""The databases' own clients: a script is fed to them and stops at the first error; a dump is taken by them."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url

from ..servers import server_url, server_version

CLIENTS = {"sqlite": ("sqlite3",), "postgresql": ("psql", "pg_dump"), "mariadb": ("mariadb", "mariadb-dump")}


def require_clients(kind: str) -> None:
    """Skip a test for want of a client program that its server takes; where CI is set, fail."""
    missing = [name for name in CLIENTS[kind] if shutil.which(name) is None]
    why = f"{missing[0]} is not installed" if missing else _too_old(kind)
    if why and os.environ.get("CI"):
        pytest.fail(why)
    if why:
        pytest.skip(why)


@cache
def _too_old(kind: str) -> str:
    """Why the client cannot dump the server: pg_dump refuses every server newer than itself."""
    if kind != "postgresql":
        return ""
    said = subprocess.run(["pg_dump", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"\) (\d+)", said)
    server = server_version(server_url(kind))
    if found is None or int(found[1]) >= server[0]:
        return ""
    return f"pg_dump {found[1]} does not dump PostgreSQL {server[0]}"


def feed(url: str, script: str) -> None:
    """Run a script of SQL; any error ends it."""
    target = make_url(url)
    arguments, environment = _client(target)
    process = subprocess.run(
        arguments, input=script, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60
    )
    assert process.returncode == 0 and not process.stderr, (process.stderr, script)


OF_RUNS = ("revision_log", "revision_journal")
"""Tables that a script of SQL does not write to: it is nobody's run."""


def dump(url: str, *, rows: bool = True) -> str:
    """Structure and rows, as the database's own tools write them; the same for equal databases."""
    target = make_url(url)
    kind = target.get_backend_name()
    if kind == "sqlite":
        return _dump_sqlite(str(target.database), rows=rows)
    name = str(target.database)
    if kind == "postgresql":
        arguments = ["pg_dump", "--no-owner", "--inserts", *([] if rows else ["--schema-only"]), "-d", name]
        arguments += [f"--exclude-table={table}" for table in OF_RUNS]
        environment = _postgresql(target)
    else:
        arguments = [
            "mariadb-dump",
            *_mariadb(target),
            "--compact",
            "--skip-extended-insert",
            "--triggers",
            "--routines",
            *(f"--ignore-table={name}.{table}" for table in OF_RUNS),
        ]
        arguments += [name] if rows else ["--no-data", name]
        environment = {"MYSQL_PWD": target.password or ""}
    text = subprocess.run(
        arguments, env={**os.environ, **environment}, capture_output=True, text=True, check=True, timeout=60
    ).stdout
    kept = [
        line for line in text.splitlines() if line and not line.startswith(("--", "\\restrict", "\\unrestrict", "SET "))
    ]
    return re.sub(r" AUTO_INCREMENT=\d+", "", "\n".join(kept))


def _dump_sqlite(path: str, *, rows: bool) -> str:
    connection = sqlite3.connect(path)
    lines = [line for line in connection.iterdump() if not any(table in line for table in OF_RUNS)]
    connection.close()
    kept = lines if rows else [line for line in lines if not line.startswith("INSERT INTO")]
    return "\n".join(" ".join(line.split()) for line in sorted(kept))


def _client(target: URL) -> tuple[list[str], dict[str, str]]:
    kind = target.get_backend_name()
    if kind == "sqlite":
        return ["sqlite3", "-bail", str(Path(str(target.database)))], {}
    if kind == "postgresql":
        quiet = {"PGOPTIONS": "-c client_min_messages=warning"}
        return ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, "-d", str(target.database), "-f", "-"], {
            **_postgresql(target),
            **quiet,
        }
    return ["mariadb", *_mariadb(target), "--default-character-set=utf8mb4", str(target.database)], {
        "MYSQL_PWD": target.password or ""
    }


def _postgresql(target: URL) -> dict[str, str]:
    return {
        "PGHOST": target.host or "",
        "PGPORT": str(target.port or 5432),
        "PGUSER": target.username or "",
        "PGPASSWORD": target.password or "",
    }


def _mariadb(target: URL) -> list[str]:
    return ["-h", target.host or "127.0.0.1", "-P", str(target.port or 3306), "-u", target.username or "root"]
