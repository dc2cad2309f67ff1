"""Packages that register operations with Alembic, and packages with types: in revisions that our engine runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask_revisions import op
from sqlalchemy import column

from ..ddl.sql import sql_of
from ..projects import Project
from ..servers import fresh_database


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    monkeypatch.chdir(tmp_path)
    with fresh_database("postgresql", tmp_path) as url:
        made = Project(tmp_path, url)
        yield made
        made.close()


ENTITY = """
from alembic_utils.pg_view import PGView
from alembic_utils.pg_function import PGFunction
first = PGView("public", "cheap", "SELECT 1 AS one")
second = PGView("public", "cheap", "SELECT 1 AS one, 2 AS two")
twice = PGFunction("public", "twice(n integer)", "RETURNS integer AS $$ SELECT n * 2 $$ LANGUAGE sql")
"""


def test_entities_of_alembic_utils_are_created_replaced_and_dropped(place: Project) -> None:
    pytest.importorskip("alembic_utils")
    place.script(
        "a1",
        None,
        "op.create_entity(first)\nop.create_entity(twice)",
        "op.drop_entity(twice)\nop.drop_entity(first)",
        op="alembic",
        before=ENTITY,
    )
    place.script(
        "b2",
        "a1",
        "op.replace_entity(second)",
        "op.drop_entity(second)\nop.create_entity(first)",
        op="alembic",
        before=ENTITY,
    )
    revisions = place.revisions()
    revisions.upgrade()
    assert place.query("SELECT two, twice(4) FROM cheap") == [(2, 8)]
    revisions.downgrade("base")
    assert place.query("SELECT count(*) FROM pg_views WHERE viewname = 'cheap'") == [(0,)]


SYNC = """
from alembic_postgresql_enum import TableReference
"""
VALUES = (
    'op.sync_enum_values(enum_schema="public", enum_name="kind", new_values={}, enum_values_to_rename=[], '
    'affected_columns=[TableReference(table_schema="public", table_name="t", column_name="k")])'
)


def test_values_of_an_enum_are_synchronised(place: Project) -> None:
    pytest.importorskip("alembic_postgresql_enum")
    place.script("a1", None, 'op.create_table("t", sa.Column("k", sa.Enum("a", "b", name="kind")))', op="alembic")
    place.script("b2", "a1", VALUES.format('["a", "c"]'), VALUES.format('["a", "b"]'), op="alembic", before=SYNC)
    place.revisions().upgrade()
    place.send("INSERT INTO t VALUES ('c')")
    place.send("DELETE FROM t")
    place.revisions().downgrade("a1")
    assert place.query("SELECT enum_range(NULL::kind)::text") == [("{a,b}",)]


def test_vectors_of_pgvector_are_columns_and_have_indexes() -> None:
    pgvector = pytest.importorskip("pgvector.sqlalchemy")
    import sqlalchemy as sa

    def script() -> None:
        op.create_table("t", sa.Column("v", pgvector.Vector(3)))
        op.create_index(
            "ix", "t", ["v"], postgresql_using="hnsw", postgresql_with={"m": 16}, postgresql_ops={"v": "vector_l2_ops"}
        )
        op.alter_column("t", "v", type_=pgvector.Vector(4))

    assert sql_of("postgresql", script) == [
        "CREATE TABLE t ( v VECTOR(3) )",
        "CREATE INDEX ix ON t USING hnsw (v vector_l2_ops) WITH (m = 16)",
        "ALTER TABLE t ALTER COLUMN v TYPE VECTOR(4)",
    ]


def test_geometries_of_geoalchemy_are_columns_and_have_indexes() -> None:
    geoalchemy2 = pytest.importorskip("geoalchemy2")
    import sqlalchemy as sa

    def script() -> None:
        op.create_table("t", sa.Column("g", geoalchemy2.Geometry("POINT", srid=4326, spatial_index=False)))
        op.add_column("t", sa.Column("h", geoalchemy2.Geography("POLYGON", srid=4326, spatial_index=False)))
        op.create_index("ix", "t", ["g"], postgresql_using="gist")

    assert sql_of("postgresql", script) == [
        "CREATE TABLE t ( g geometry(POINT,4326) )",
        "ALTER TABLE t ADD COLUMN h geography(POLYGON,4326)",
        "CREATE INDEX ix ON t USING gist (g)",
    ]


def test_types_of_sqlalchemy_utils_are_columns_and_have_indexes(tmp_path: Path) -> None:
    utils = pytest.importorskip("sqlalchemy_utils")
    import sqlalchemy as sa

    def script() -> None:
        op.create_table(
            "t",
            sa.Column("id", utils.UUIDType(), primary_key=True),
            sa.Column("mail", utils.EmailType(), unique=True),
            sa.Column("state", utils.ChoiceType([("a", "A"), ("b", "B")]), server_default="a"),
        )
        op.add_column("t", sa.Column("link", utils.URLType(), index=True))
        op.create_index("ix", "t", [column("mail").desc()])

    created, added, *indexes = sql_of("postgresql", script)
    assert (
        "id UUID NOT NULL" in created and "mail VARCHAR(255)" in created and "state VARCHAR(255) DEFAULT 'a'" in created
    )
    assert added == "ALTER TABLE t ADD COLUMN link TEXT"
    assert indexes == ["CREATE INDEX ix_t_link ON t (link)", "CREATE INDEX ix ON t (mail DESC)"]
    assert sql_of("sqlite", script)[0].startswith("CREATE TABLE t ( id BINARY(16) NOT NULL")
