"""Names of dialects that mean one kind of database; what asks for them is loaded by commands that need nothing else."""

from __future__ import annotations

MYSQL = ("mysql", "mariadb")
