"""Prints what is written for every kind of change, each way, without a database: `python -m tests.migrate.printed`."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa
from flask_revisions.diff.compare import compare
from flask_revisions.diff.plan import plan
from flask_revisions.render.operations import render
from flask_revisions.schema.convert import Converter
from flask_revisions.schema.model import Schema, without_sources
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.engine import Dialect

from .kinds import KINDS
from .models import Models

DIALECTS = {"sqlite": sqlite, "postgresql": postgresql, "mariadb": mysql}


def dialect_of(kind: str) -> Dialect:
    made: Dialect = DIALECTS[kind].dialect()
    made.default_schema_name = "here"
    if kind == "mariadb":
        made.supports_sequences = True
    return made


def schema(models: Models, dialect: Dialect) -> Schema:
    metadata = sa.MetaData()
    models(metadata)
    return Converter(dialect).schema([metadata])


def printed(old: Models, new: Models, dialect: Dialect) -> str:
    read = schema(old, dialect)
    there = replace(read, tables={name: without_sources(each) for name, each in read.tables.items()})
    wanted = schema(new, dialect)
    made = plan(compare(there, wanted).changes, there, wanted, dialect=dialect, batch=True)
    source = render(made.upgrade, made.downgrade, dialect=dialect)
    return "\n".join((*source.imports, source.upgrade, source.downgrade))


def nothing(metadata: sa.MetaData) -> None:
    """Models without tables."""


if __name__ == "__main__":
    for each in KINDS:
        for kind in each.on:
            dialect = dialect_of(kind)
            made, changed = printed(nothing, each.new, dialect), printed(each.old, each.new, dialect)
            print(each.name, kind, made, changed, sep="\n")
