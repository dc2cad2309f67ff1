"""The same history under Alembic: `flask peer upgrade TARGET [--sql]`, `flask peer downgrade TARGET`."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from pathlib import Path

import alembic.command
import click
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask.cli import AppGroup
from given import given

peer = AppGroup("peer")


@peer.command()
@click.argument("target")
@click.option("--sql", is_flag=True)
def upgrade(target: str, sql: bool) -> None:
    config = configuration()
    with redirect_stdout(sys.stderr):  # what revisions print is no SQL
        alembic.command.upgrade(config, target, sql=sql)


@peer.command()
@click.argument("target")
def downgrade(target: str) -> None:
    alembic.command.downgrade(configuration(), target)


@peer.command()
def count() -> None:
    script = ScriptDirectory.from_config(configuration())
    print(sum(1 for _ in script.walk_revisions()))


def configuration() -> Config:
    config = Config(output_buffer=sys.stdout)
    config.set_main_option("script_location", str(Path(__file__).with_name("peer_environment")))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(given.locations))
    config.set_main_option("recursive_version_locations", str(given.recursive).lower())
    return config
