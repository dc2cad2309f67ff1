"""Keys that the database counts, in the ways that models have of saying so."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask_revisions.schema.convert import Converter
from sqlalchemy.dialects import mysql

from ..projects import Project
from .models import Author, Models

WAYS = {"by itself": (), "identity": (sa.Identity,), "sequence": (lambda: sa.Sequence("tickets", optional=True),)}


def counted(items: tuple[Any, ...]) -> Models:
    def make(metadata: sa.MetaData) -> None:
        sa.Table("ticket", metadata, sa.Column("id", sa.Integer, *(each() for each in items), primary_key=True))

    return make


@pytest.mark.parametrize("way", WAYS)
def test_it_is_the_same_whether_create_all_or_a_revision_made_it(project: Project, way: str) -> None:
    author, models = Author(project), counted(WAYS[way])
    author.begin(models)
    author.assert_same(models)
    project.send("DROP TABLE ticket")
    metadata = sa.MetaData()
    models(metadata)
    metadata.create_all(project.engine)
    author.assert_same(models)


def test_mysql_without_sequences_counts_in_place_of_one() -> None:
    metadata = sa.MetaData()
    counted((lambda: sa.Sequence("tickets"),))(metadata)
    dialect = mysql.dialect()
    (table,) = Converter(dialect).schema((metadata,)).tables.values()
    assert [each.autoincrement for each in table.columns] == [True]
    dialect.supports_sequences = True  # MariaDB from 10.3
    (table,) = Converter(dialect).schema((metadata,)).tables.values()
    assert [each.autoincrement for each in table.columns] == [False]
